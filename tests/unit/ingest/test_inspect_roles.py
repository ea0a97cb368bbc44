"""The customer and the category are found by what the columns hold, also where the names mislead."""

import random
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from spendscape.core.errors import DataError
from spendscape.ingest.inspect_columns import Column, columns_of
from spendscape.ingest.inspect_proposal import Proposal
from spendscape.ingest.inspect_roles import (
    category_scores,
    coarser,
    customer_scores,
    decides,
    differing,
    names_are_ids,
    people_share,
    propose_people,
    shared_by,
)

ROWS = 600
RNG = random.Random(2)
WHO = [RNG.randrange(20) for _ in range(ROWS)]
KINDS = [f"kind {RNG.randrange(12)}" for _ in range(ROWS)]
PEOPLE = ["Anna Berg", "Ben Cole", "Cleo Dunn", "Dora Eck"]
DAYS = np.arange(ROWS, dtype=np.float64)
SPENT = np.ones(ROWS)


def none_known(_: Iterable[str]) -> float:
    return 0.0


def columns(**fields: Sequence[str]) -> dict[str, Column]:
    return columns_of(fields)


# What stands beside the customer and the category, with names that lie.
LEDGER = columns(
    is_member=["yes" if who % 3 else "no" for who in WHO],
    category=[RNG.choice(PEOPLE) for _ in WHO],
    clock=[f"{k % 24:02d}:{k % 60:02d}" for k in range(ROWS)],
    reference=[f"R{k:05d}" for k in range(ROWS)],
    x=[f"C{who:04d}" for who in WHO],
    y=KINDS,
)


def test_the_customer_is_neither_a_yes_nor_a_clock_nor_a_row_of_its_own() -> None:
    scores = customer_scores(LEDGER, set(), DAYS)
    assert not {"is_member", "clock", "reference"} & set(scores)
    assert max(scores, key=lambda name: scores[name]) == "x"


def test_a_category_is_no_id_no_yes_and_no_person() -> None:
    scores = category_scores(LEDGER, set(), none_known)
    assert not {"is_member", "reference"} & set(scores)
    assert scores["y"] > scores["x"]
    assert people_share(LEDGER["category"], none_known) == 1 and people_share(LEDGER["y"], none_known) == 0  # fmt: skip
    # Where they are known as classes, capitalised words are no people.
    assert people_share(LEDGER["category"], lambda _: 1.0) == 0


def test_both_are_proposed_together_and_people_are_not_shown() -> None:
    made = Proposal({})
    found = {name: own for name, own in LEDGER.items() if name != "category"}
    chosen = propose_people(made, found, set(), DAYS, SPENT, none_known, [], ["a.csv"])
    assert (chosen, made.section["columns"]["customer"]) == ("y", "x") and not made.hidden
    made = Proposal({})
    found = {"category": LEDGER["category"], "x": LEDGER["x"]}
    propose_people(made, found, set(), DAYS, SPENT, none_known, [], ["a.csv"])
    assert "look like people's names" in made.hidden and made.hidden in made.doubts[0]
    with pytest.raises(DataError, match="no column looks like categories"):
        propose_people(Proposal({}), columns(a=["1"] * ROWS), set(), DAYS, SPENT, none_known, [], ["a.csv"])  # fmt: skip


def test_what_one_column_knows_of_another() -> None:
    card = Column("card", [f"4111{who:04d}{k % 2}" for k, who in enumerate(WHO)])
    assert decides(card, LEDGER["x"]) == 1 and decides(LEDGER["y"], LEDGER["x"]) < 0.2
    assert shared_by(LEDGER["is_member"], LEDGER["x"]) > 0.5 > shared_by(card, LEDGER["x"])
    # A card is a card of its holder.
    both = {"card": card, "x": LEDGER["x"]}
    assert coarser(both, {"card": 2.0, "x": 1.5}, "card") == "x"
    assert coarser(both, {"card": 2.0, "x": 1.5}, "x") == "x"


@pytest.mark.parametrize(
    ("files", "ids"),
    [
        (["client_17a.csv", "client_93b.csv"], True),
        (["ann.csv", "bob.csv"], True),
        (["2023-01.csv", "2023-02.csv"], False),
        (["bank_jan.csv", "bank_feb.csv"], False),
        (["part-0.csv", "part-1.csv"], False),
        (["one.csv"], False),
    ],
)
def test_names_of_files_are_ids_or_periods(files: list[str], ids: bool) -> None:
    assert names_are_ids(files) is ids


def test_the_part_of_names_that_differs() -> None:
    assert differing(["a_1.csv", "a_22.csv"]) == ("a_", ["1", "22"], ".csv")
