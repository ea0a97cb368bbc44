"""Months and steps of a window in the words of the pages."""

from spendscape.core.months import month_name

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def step_names(last: int, steps: int, months: int) -> list[str]:
    """The months of each step of a window; a calendar year by its number.

    Parameters
    ----------
    last : the number of the window's last month
    steps, months : of the window, and in each of its steps
    """
    names = []
    for end in range(last - months * (steps - 1), last + 1, months):
        first, last_one = (month_words(month) for month in (end - months + 1, end))
        if months == 12 and last_one.startswith(MONTHS[-1]):
            names.append(last_one.split()[1])
        else:
            names.append(first if first == last_one else f"{first} to {last_one}")
    return names


def month_words(month: int) -> str:
    """The month of a number, for readers: Dec 2024."""
    year, number = month_name(month).split("-")
    return f"{MONTHS[int(number) - 1]} {year}"
