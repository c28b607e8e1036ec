"""The chain rule in writing: paths through a graph, formulas, plain text and LaTeX."""
