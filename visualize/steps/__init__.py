"""Backpropagation in steps, as on the lecture's slides, and the lines written beside them."""
