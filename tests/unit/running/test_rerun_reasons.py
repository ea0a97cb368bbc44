"""Snakemake's reasons in words."""

import json

import pytest

from spendscape.running.rerun_reasons import follows, words

PARAMS = "Params have changed since last execution: Union of exclusive params before and now across all output: "


def params(before: list[str], now: list[str]) -> str:
    """A reason as Snakemake prints it; it keeps the notation of each parameter, sorted."""
    shown = [",".join(map(repr, texts)) or "<nothing exclusive>" for texts in (before, now)]
    return f"{PARAMS}before: {shown[0]} now: {shown[1]} "


CODE = {
    "script": "a" * 12,
    "spendscape.network.keras_model": "b" * 12,
    "job": "c" * 12,
    "numpy": "2.4.6",
}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Missing output files: a.csv, b.csv", ["not there: a.csv, b.csv"]),
        (
            "Missing output files: a.csv; Input files updated by another job: b.csv",
            ["not there: a.csv", "made anew before it: b.csv"],
        ),
        (
            "Set of input files has changed since last execution",
            ["it reads other files than before"],
        ),
        ("Something that Snakemake 10 says", ["Something that Snakemake 10 says"]),
        (
            params(
                [json.dumps({"seed": 20, "surrogate": {"nonzero": 0.1, "ridge": [1, 2]}})],
                [json.dumps({"seed": 20, "surrogate": {"nonzero": 0.2, "ridge": [1]}})],
            ),
            [
                "config: surrogate.nonzero was 0.1, is 0.2",
                "config: surrogate.ridge was [1, 2], is [1]",
            ],
        ),
        (
            params(
                [json.dumps(CODE)],
                [json.dumps(CODE | {"numpy": "2.5", "script": "d" * 12, "job": "e" * 12})],
            ),
            [
                "code: what it uses of job changed",
                "package: numpy was 2.4.6, is 2.5",
                "code: the rule's own script changed",
            ],
        ),
        (
            params([json.dumps({"results": "a now: b"})], [json.dumps({"results": "it's"})]),
            ['config: results was "a now: b", is "it\'s"'],
        ),
        (
            params([], ["0123"]),
            ["another parameter changed, such as the page's template"],
        ),
    ],
)
def test_a_reason_is_told_in_words(reason: str, expected: list[str]) -> None:
    assert words(reason) == expected


def test_what_only_follows_is_known() -> None:
    assert follows("Input files updated by another job: a.csv")
    assert not follows("Missing output files: a.csv")
