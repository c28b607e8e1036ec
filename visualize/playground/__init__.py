"""A network of one's own that trains in a page: its programs, its data, and the page."""

from .playground import Playground, playground

__all__ = ["Playground", "playground"]
