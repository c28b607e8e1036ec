"""The command line: ``python -m nn``."""

import sys

from .command_line.main import main

if __name__ == "__main__":
    sys.exit(main())
