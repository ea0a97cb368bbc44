"""spendscape: from raw bank transactions to explained micro-segments.

Pure functions on arrays and tables, one package a room of the pipeline. The modules import each
other and third parties lazily through their own names; importing the package costs nothing.
"""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`spendscape.explain`, for notebooks; imported when it is asked for."""
    if name == "explain":
        from spendscape.commands.explain import explain

        return explain
    raise AttributeError(f"module 'spendscape' has no attribute {name!r}")
