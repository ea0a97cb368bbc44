"""Text as files hold it, and as messages quote it."""

# Around a field these mean nothing; a byte-order mark can stand wherever files were joined.
SPACE = " \t\r\n\u00a0\ufeff"


def short(text: str) -> str:
    """A name from the data for a message: quoted, and cut where it is long."""
    return repr(text if len(text) <= 60 else text[:59] + "…")


# What a page or a table says in the place of an angle, or of a border, that a run does not have.
NEEDS_TWO_UNITS = "needs 2 units"
NEEDS_TWO_TRAITS = "needs 2 traits"

# How a text begins that a spreadsheet takes for a formula when it opens a CSV file.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def no_formula(text: str) -> str:
    """A text for a CSV file that people open: with an apostrophe before it where a spreadsheet would compute it."""
    try:
        float(text)
    except ValueError:
        return f"'{text}" if text.startswith(FORMULA) else text
    return text
