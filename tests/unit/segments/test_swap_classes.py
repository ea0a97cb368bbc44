"""Which classes may give and take in a swap."""

from pathlib import Path

import pytest

from spendscape.core.csv_tables import write_csv
from spendscape.core.errors import DataError
from spendscape.segments.swap_classes import may_move, read_swap_classes, swap_classes


def test_classes_come_back_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    classes = ["rent", "NA", "=7", "gambling, lottery"]
    made = swap_classes(classes, *may_move(classes, ["rent"], ["gambling, lottery"]))
    write_csv(made, path := tmp_path / "swap_classes.csv")
    gives, takes = read_swap_classes(str(path), classes[::-1])
    assert gives.tolist() == [True, True, True, False]
    assert takes.tolist() == [False, True, True, False]


def test_a_class_that_the_data_lack_is_named_but_for_defaults() -> None:
    gives, takes = may_move(["food"], ["rent"], [], ["rent"])
    assert gives.tolist() == takes.tolist() == [True]
    with pytest.raises(DataError, match=r"^explain\.never_suggest: 'foot' was given.* 'food'$"):
        may_move(["food"], [], ["foot"])
    with pytest.raises(
        DataError, match=r"'moon_rocks' was given; expected a class of the data: 'food', 'rent'$"
    ):
        may_move(["food", "rent"], ["moon_rocks"], [])
    with pytest.raises(DataError, match=r": 'c0', .*'c7', … \(97 in all\)$"):
        may_move([f"c{k}" for k in range(97)], ["moon_rocks"], [])
