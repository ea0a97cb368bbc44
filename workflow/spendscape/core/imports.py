"""Importing a package without others that it imports for what nobody here uses."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Keras imports them for its wrappers and its galleries: a third of TensorFlow's import, and 60 MB.
NOT_FOR_KERAS = ("matplotlib", "sklearn")


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """While this lasts, packages that nothing has imported yet cannot be imported; afterwards they can.

    For a package that does without them, as one does that asks for them by `try` and `except ImportError`.
    """
    # Python takes a module that is None for one that is not there.
    modules: dict[str, Any] = sys.modules
    blocked = [name for name in packages if name not in modules]
    modules.update(dict.fromkeys(blocked))
    try:
        yield
    finally:
        for name in blocked:
            del modules[name]
