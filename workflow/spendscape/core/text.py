"""Text as files hold it, and as messages quote it."""

import unicodedata

# Around a field these mean nothing, and most are invisible; a byte-order mark can stand wherever files were joined.
SPACE = " \t\r\n\v\f\u00a0\ufeff\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u2060\u3000"


def plain(text: str) -> str:
    """A field as it is compared: without space around it, and an accent written in one way (NFC) of the two."""
    # As `ingest.sql.clean`, which can compose no text with a NUL.
    return (text if "\0" in text else unicodedata.normalize("NFC", text)).strip(SPACE)


def short(text: str) -> str:
    """A name from the data for a message: quoted, and cut where it is long."""
    return repr(text if len(text) <= 60 else text[:59] + "…")


def fixed(value: float, decimals: int, sign: bool = False) -> str:
    """A number with so many decimals, thousands set apart by commas and a real minus sign; a zero has no sign."""
    plus = "+" if sign else ""
    return signed(f"{value:{plus},.{decimals}f}")


def signed(text: str) -> str:
    """A number's text with a real minus sign, and without any before a zero."""
    zero = not float(text.replace(",", ""))
    return text.lstrip("+-") if zero else text.replace("-", "−")


# What a page or a table says in the place of an angle, or of a border, that a run does not have.
NEEDS_TWO_UNITS = "needs 2 units"
NEEDS_TWO_TRAITS = "needs 2 traits"

# How a text begins that a spreadsheet takes for a formula when it opens a CSV file.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def no_formula(text: str) -> str:
    """A text for a CSV file that people open: with an apostrophe before it where a spreadsheet would compute it.

    A number stays one. A text that has such apostrophes already gets one more, so that `as_written` knows it.
    """
    try:
        float(text)
    except ValueError:
        return f"'{text}" if _formula(text) else text
    return text


def as_written(text: str) -> str:
    """The text of which `no_formula` made another one."""
    return text[1:] if text.startswith("'") and _formula(text) else text


def _formula(text: str) -> bool:
    return text.lstrip("'").startswith(FORMULA)


def money(value: float, decimals: int, currency: str, sign: bool = False) -> str:
    """An amount with its currency: `+6 EUR`, `−£6`; of an empty currency the number alone."""
    return in_currency(fixed(value, decimals, sign), currency)


def in_currency(text: str, currency: str) -> str:
    """A number that is written already, with its currency."""
    if not currency or currency[-1].isalpha():
        return f"{text} {currency}".rstrip()
    mark = text[: not text[0].isdigit()]
    return f"{mark}{currency}{text[len(mark) :]}"
