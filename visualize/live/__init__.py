"""Graphs whose numbers may change in the page: the numbers, and the program that computes them."""
