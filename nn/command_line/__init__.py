"""The command line `python -m nn`: commands, runs in their folders, configurations."""
