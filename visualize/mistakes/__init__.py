"""What people get wrong who derive a gradient by hand: found by computing it from the graph."""
