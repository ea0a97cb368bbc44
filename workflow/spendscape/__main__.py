"""`python -m spendscape`, the command line."""

import sys

from spendscape.cli import main

if __name__ == "__main__":
    sys.exit(main())
