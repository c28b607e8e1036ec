"""From a graph to the parts of a picture: boxes and wires, folds, labels, local gradients."""
