"""Timings beside peers: ``python -m benchmarks all``, or one of `commands.COMMANDS`."""
