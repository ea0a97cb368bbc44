"""The first page of the report, and the claims."""

from typing import Any

from page_reading import HOSTILE, read_page

LEDGER = {
    "total": {
        "read": {"rows": 10},
        "accepted": {"rows": 7},
        "quarantined": {"rows": 1},
        "excluded": {"rows": 2},
    },
    "classes": ["food"],
    "first_month": "2019-01",
    "last_month": "2024-12",
}
METRICS = {
    "r2": {
        "a": {"value": 0.99, "low": 0.98, "high": 1.0},
        HOSTILE: {"value": 0.9, "low": 0.88, "high": 0.92},
    },
    "r2_all_traits": 0.95,
    "rank_ceiling": 0.97,
}
SCORES = [
    dict(zip(("family", "target", "split", "metric", "value", "low", "high"), row, strict=True))
    for row in [
        ("linear", "azimuth", "test", "r2", 0.8, 0.7, 0.9),
        ("linear", "elevation", "test", "r2", 0.7, 0.6, 0.8),
        ("linear", "elevation", "train", "r2", 0.1, 0.0, 0.2),
        ("linear", "states", "test", "r2", 0.2, 0.1, 0.3),
        ("ridge", "azimuth", "test", "r2", 0.1, 0.0, 0.2),
    ]
]
NAN = float("nan")
CLAIMS = [
    {
        "claim": claim, "paper": paper, "ours": ours, "low": low, "high": high, "verdict": verdict,
        "rule": "a rule", "evidence": "x.csv", "retrained": retrained,
    }
    for claim, paper, ours, low, high, verdict, retrained in [
        ("holds", "0.78", "0.98321", 0.98159, 0.98474, "confirmed", "survives: 0.97 to 0.99"),
        (HOSTILE, "strong", "0.2", 0.1, 0.3, "not confirmed", NAN),
        ("in words", "3", "69 of 97", NAN, NAN, "not tested", ""),
    ]
]  # fmt: skip


def summary(**changed: Any) -> dict[str, Any]:
    long, recent = {"in": 3, "customers": 5}, {"in": 2, "customers": 3}
    values = {
        "ledger": LEDGER,
        "windows": {"long": long, "recent": recent},
        "metrics": METRICS,
        "scores": SCORES,
        "fixed_points": {"verdict": {"certified": 4, "unconverged": 1}},
        "claims": CLAIMS,
    }
    return values | changed


def test_the_summary_takes_the_worst_numbers_and_counts_the_claims() -> None:
    page = read_page("summary", summary())
    rows = dict(page.rows[1:])
    assert rows["rows read"] == "10 = 7 accepted + 1 quarantined + 2 excluded"
    assert rows["months"] == "2019-01 to 2024-12"
    assert rows["customers in the long window"] == "3 of 5"
    assert rows["customers in the recent window"] == "2 of 3"
    assert rows[f"test R² of the network, worst trait ({HOSTILE})"] == "0.90 (0.88–0.92)"
    assert rows["test R² over all traits, beside its ceiling"] == "0.950 of at most 0.970"
    assert rows["test R² of the linear surrogate, worst angle (elevation)"] == "0.70 (0.60–0.80)"
    assert rows["fixed points"] == "4 certified, 1 unconverged"
    assert rows["claims of the study"] == "1 confirmed, 1 not confirmed, 1 not tested"
    assert "What the traits are." in page.text and "There is no recent window" not in page.text


def test_the_summary_is_a_fragment_and_says_why_there_is_no_recent_window() -> None:
    values = summary(windows={"long": {"in": 3, "customers": 5}})
    page = read_page("summary", values)
    assert "html" not in page.tags
    assert dict(page.rows[1:])["customers in the recent window"] == "no recent window"
    assert "tensors.recent is null in the config" in page.text
    assert "a posting covers 12 months" in read_page("summary", values, posting_months=12).text


def test_claims_show_numbers_with_intervals_and_words_as_they_are() -> None:
    page = read_page("claims", {"claims": CLAIMS})
    columns = list(zip(*page.rows, strict=True))
    assert columns[0][1:] == ("holds", HOSTILE, "in words")
    assert columns[1][1:] == ("0.78", "strong", "3")
    assert columns[2][1:] == ("0.983 (0.982–0.985)", "0.20 (0.10–0.30)", "69 of 97")
    assert columns[3][1:] == ("confirmed", "not confirmed", "not tested")
    assert columns[5][1:] == ("survives: 0.97 to 0.99", "", "")
    assert "What the traits are." in page.text


def test_no_claims_leave_a_head() -> None:
    assert [row[0] for row in read_page("claims", {"claims": []}).rows] == ["claim"]
