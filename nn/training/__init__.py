"""How a network learns.

`loop` runs the epochs and owns the state of a run, which `checkpoint` keeps in a file; `interrupt`
lets Ctrl-C come between two batches. `callbacks` are what happens beside it; `history` and `totals`
hold its figures; `supervision` measures the layers, and warns.
"""
