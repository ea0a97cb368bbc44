"""Singular and plural."""

from spendscape.core.counts import counted


def test_one_thing_is_in_the_singular_and_any_other_number_in_the_plural() -> None:
    assert counted(1, "customer") == "1 customer"
    assert counted(0, "customer") == "0 customers"
    assert counted(1200, "class", "classes") == "1,200 classes"
