"""The one exception that a user is meant to read."""


class DataError(ValueError):
    """A mistake in the config or the data that its user can mend.

    The message is one or two lines: the key or column, what was given, what was expected.
    It is shown without a stack trace, and never holds a row of the data.
    """
