"""From a picture to a layout: cells, DOT text, Graphviz, and the shapes that come back."""
