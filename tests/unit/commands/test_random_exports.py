"""Random exports: nearly all are read with the right columns, and then with the right sums."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from inspected import differences, expected, proposed, sums
from random_exports import FORMS, Drawn, Form, write

from spendscape.core.errors import DataError


def wrong_roles(drawn: Drawn, form: Form) -> list[str]:
    """The roles whose column is another one than it should be."""
    try:
        config, _ = proposed([drawn.path])
    except DataError as error:
        return [f"refused: {error}"]
    found, names = config["ingest"]["columns"], drawn.columns
    right = {role: {names[role]} for role in ("customer", "date", "category")}
    # Without a name that says so, the day of the value date is as good as the other.
    right["date"] |= {names["valued"]} if "valued" in names else set()
    right["amount"] = {names["debit" if form.sign == "two" else "amount"]}
    if form.sign == "two":
        right["credit"] = {names["credit"]}
    if form.sign == "direction":
        right["direction"] = {names["direction"]}
    wrong = [
        f"{role} is {found.get(role)}" for role in right if str(found.get(role)) not in right[role]
    ]
    if not wrong:
        made, _ = sums(config, drawn.path.parent / "work")
        if differences(made, expected(drawn.truth, config)):
            wrong.append("the sums differ")
    return wrong


def share_right(examples: int) -> tuple[int, list[tuple[Form, list[str]]]]:
    """How many random exports are read, and what is wrong with the others."""
    judged: list[tuple[Form, list[str]]] = []

    @seed(20)
    @settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(FORMS)
    def judge(form: Form) -> None:
        with tempfile.TemporaryDirectory() as folder:
            judged.append((form, wrong_roles(write(form, Path(folder)), form)))

    judge()
    return len(judged), [(form, wrong) for form, wrong in judged if wrong]


def test_some_random_exports() -> None:
    number, wrong = share_right(5)
    assert number >= 5 and len(wrong) <= 1, wrong


@pytest.mark.slow
def test_two_hundred_random_exports() -> None:
    """The share that docs/explanation/inspect.md names."""
    number, wrong = share_right(200)
    print(f"{number - len(wrong)} of {number}")
    assert len(wrong) <= 0.05 * number, wrong
