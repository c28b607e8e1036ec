"""The command line: ``python -m visualize``."""

import sys

from .expression.command import main

if __name__ == "__main__":
    sys.exit(main())
