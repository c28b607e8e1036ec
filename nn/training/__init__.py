"""How a network learns: the loop, callbacks, history, supervision and checkpoints."""
