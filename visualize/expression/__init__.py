"""A page with an expression box: what is typed becomes a live graph, without Python.

The parser, the layout and the assembly are scripts; the sentences and the rules come from Python
as data: what the writers of this package say about one operation, and its programs.
"""

from .page import expression_page

__all__ = ["expression_page"]
