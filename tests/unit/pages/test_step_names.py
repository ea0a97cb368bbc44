"""Steps in words."""

from spendscape.core.months import month_number
from spendscape.pages.step_names import step_names


def test_calendar_years_other_years_and_months() -> None:
    last = month_number("2024-12")
    assert step_names(last, 2, 12) == ["2023", "2024"]
    assert step_names(last - 1, 1, 12) == ["Dec 2023 to Nov 2024"]
    assert step_names(last, 2, 1) == ["Nov 2024", "Dec 2024"]
