"""Programs as text: NumPy code to read and to run, and a list of the values."""
