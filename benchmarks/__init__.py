"""Timings: ``python -m benchmarks engine | training | pictures``, the first two beside peers."""
