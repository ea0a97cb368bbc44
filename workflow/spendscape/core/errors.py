"""The one exception that a user is meant to read, and the name that the user perhaps meant."""

import difflib
from collections.abc import Sequence


class DataError(ValueError):
    """A mistake in the config or the data that its user can mend.

    The message is one or two lines: the key or column, what was given, what was expected.
    It is shown without a stack trace, and never holds a row of the data.
    """


def some(known: Sequence[str], most: int = 8) -> str:
    """Known names in a message about an unknown one, and how many there are where not all of them are shown."""
    shown = ", ".join(map(repr, known[:most]))
    return f"{shown}, … ({len(known):,} in all)" if len(known) > most else shown


def nearest(given: str, known: Sequence[str], words: str = "; nearest is {!r}") -> str:
    """The end of a message about an unknown name: `words` with the known name that is most like it.

    Empty where no known name is like the given one.
    """
    near = difflib.get_close_matches(given, known, n=1)
    return words.format(near[0]) if near else ""
