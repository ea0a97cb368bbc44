"""Numbers of things in messages: 1 customer, 1,200 customers."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and what it counts, in the singular or the plural.

    Parameters
    ----------
    one : the word for one thing
    many : the word for several; None: `one` with an s
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
