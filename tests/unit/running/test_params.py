"""Settings as one text for Snakemake, and memory that grows with each attempt."""

import json

import pytest

from spendscape.running.params import resources, retrained, settings_text, sizes

VALUES = {"a": {"b": 1, "c": {"d": [2], "e": 3}}, "f": None}


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ((), {}),
        (("f",), {"f": None}),
        (("a.b", "a.c.d"), {"a": {"b": 1, "c": {"d": [2]}}}),
        (("a.c",), {"a": {"c": {"d": [2], "e": 3}}}),
    ],
)
def test_settings_hold_the_named_keys_and_no_others(
    keys: tuple[str, ...], chosen: dict[str, object]
) -> None:
    assert json.loads(settings_text(VALUES, keys)) == chosen


def test_the_order_of_the_keys_is_no_matter() -> None:
    assert settings_text(VALUES, ["f", "a.b"]) == settings_text(VALUES, ["a.b", "f"])


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        settings_text(VALUES, ["a.x"])


def test_memory_grows_with_each_attempt_and_time_does_not() -> None:
    asked = resources({"one": {"mem_mb": 100, "runtime": 5}, "two": {"mem_mb": 7, "runtime": 9}})
    assert [asked["one"]["mem_mb"](None, attempt=k) for k in (1, 2, 3)] == [100, 200, 300]
    assert asked["two"]["mem_mb"](None, attempt=2) == 14
    assert [asked[rule]["runtime"] for rule in ("one", "two")] == [5, 9]


def test_retrained_networks_have_the_next_seeds_and_the_other_supervision() -> None:
    assert retrained("every_step", 3, 20, 2) == [
        "every_step_3_21",
        "final_step_3_20",
    ]
    assert retrained("final_step", 4, 1, 1) == ["every_step_4_1"]


def test_networks_of_several_sizes_have_the_next_seeds() -> None:
    assert sizes("every_step", [1, 4], 20, 2) == [
        "every_step_1_20",
        "every_step_1_21",
        "every_step_4_20",
        "every_step_4_21",
    ]
