"""spendscape: from raw bank transactions to explained micro-segments.

Pure functions on arrays and tables, one module a room of the pipeline. The modules import each
other and third parties lazily through their own names; importing the package costs nothing.
"""

__version__ = "0.1.0"
