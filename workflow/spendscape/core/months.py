"""Months as numbers: 0 is January 1970, as NumPy counts them (`datetime64[M]`)."""

import datetime

# A month as users write it, such as 2024-12.
MONTH = r"\d{4}-(0[1-9]|1[0-2])"
# January 1970, counted from January of the year 0.
EPOCH = 1970 * 12


def month_number(month: str) -> int:
    """The number of a month such as 2024-12."""
    year, part = month.split("-")
    return int(year) * 12 + int(part) - 1 - EPOCH


def month_of(day: datetime.date) -> int:
    """The number of the month that a day lies in."""
    return day.year * 12 + day.month - 1 - EPOCH


def month_name(number: int) -> str:
    """The month of a number, such as 2024-12; the inverse of `month_number`."""
    year, month = divmod(number + EPOCH, 12)
    return f"{year:04d}-{month + 1:02d}"
