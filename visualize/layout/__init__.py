"""From a picture to one list of shapes: measured, placed by Graphviz, cut into rows, drawn."""
