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
    "classes": ["food", "fun", "never bought"],
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
SCORE = ("family", "start", "target", "split", "metric", "value", "low", "high")
SCORES = [
    dict(zip(SCORE, row, strict=True))
    for row in [
        ("linear", "zero", "azimuth", "test", "r2", 0.8, 0.7, 0.9),
        ("linear", "zero", "elevation", "test", "r2", 0.7, 0.6, 0.8),
        ("linear", "zero", "elevation", "train", "r2", 0.1, 0.0, 0.2),
        ("linear", "zero", "direction_1", "test", "r2", 0.1, 0.0, 0.2),
        ("linear", "origin", "azimuth", "test", "r2", 0.1, 0.0, 0.2),
        ("linear", float("nan"), "states", "test", "r2", 0.2, 0.1, 0.3),
        ("ridge", "zero", "azimuth", "test", "r2", 0.1, 0.0, 0.2),
        ("state", "origin", "direction_1", "test", "r2", 0.98, 0.97, 0.99),
        ("state", "origin", "direction_2", "test", "r2", 0.95, 0.94, 0.96),
        ("state", "origin", "azimuth", "test", "r2", 0.1, 0.0, 0.2),
        ("state", "zero", "direction_2", "test", "r2", 0.5, 0.4, 0.6),
        ("state", "origin", "label", "test", "agreement", 0.9, 0.88, 0.92),
    ]
]
NAN = float("nan")
CLAIMS = [
    {
        "table": part, "claim": claim, "paper": paper, "ours": ours, "low": low, "high": high,
        "verdict": verdict, "rule": "a rule", "evidence": "x.csv", "retrained": retrained,
    }
    for part, claim, paper, ours, low, high, verdict, retrained in [
        ("study", "holds", "0.78", "0.98321", 0.98159, 0.98474, "stronger", "survives: 0.97 to 0.99"),
        ("study", HOSTILE, "strong", "0.2", 0.1, 0.3, "contradicted", NAN),
        ("study", "in words", "3", "69 of 97", NAN, NAN, "not tested", ""),
        ("explanation", "ours", "not stated", "0.9", 0.8, 0.95, "equal", NAN),
        ("other supervision", "theirs", "not stated", "0.9", 0.8, 0.95, "contradicted", NAN),
    ]
]  # fmt: skip


def summary(**changed: Any) -> dict[str, Any]:
    long, recent = {"in": 3, "customers": 5}, {"in": 2, "customers": 3}
    values = {
        "ledger": LEDGER,
        "coverage": [
            {"class": "food", "share": 0.9, "coefficient": True},
            {"class": "fun", "share": 0.1, "coefficient": False},
            {"class": "never bought", "share": 0.0, "coefficient": True},
        ],
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
    assert rows["spending classes with money"] == "2 of 3"
    assert rows["money in classes without a coefficient"] == "10.0 %"
    assert rows["customers in the long window"] == "3 of 5"
    assert rows["customers in the recent window"] == "2 of 3"
    assert rows[f"test R² of the network, worst trait ({HOSTILE})"] == "0.90 (0.88–0.92)"
    assert rows["test R² over all traits, beside its ceiling"] == "0.950 of at most 0.970"
    assert rows["test R² of the surrogate's direction, worst component"] == "0.95 (0.94–0.96)"
    assert rows["share of test customers with the surrogate's label"] == "0.90 (0.88–0.92)"
    angle = "test R² of the linear model of angles, worse angle (elevation)"
    assert rows[angle] == "0.70 (0.60–0.80)"
    assert rows["fixed points"] == "4 certified, 1 unconverged"
    assert rows["claims of the study"] == (
        "0 confirmed, 1 stronger, 0 too close to call, 1 contradicted, 1 not tested"
    )
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
    # On a phone a claim's cells stand below each other, each with the head of its column.
    assert page.heads[:7] == page.rows[0]
    columns = list(zip(*page.rows[:4], strict=True))
    assert columns[0][1:] == ("holds", HOSTILE, "in words")
    assert columns[2][1:] == ("0.78", "strong", "3")
    assert columns[3][1:] == ("0.983 (0.982–0.985)", "0.20 (0.10–0.30)", "69 of 97")
    assert columns[1][1:] == ("stronger", "contradicted", "not tested")
    assert columns[5][1:] == ("survives: 0.97 to 0.99", "", "")
    assert "What the traits are." in page.text


def test_what_is_not_the_studys_stands_in_tables_of_its_own() -> None:
    page = read_page("claims", {"claims": CLAIMS})
    assert [row[0] for row in page.rows[4:]] == ["claim", "ours", "claim", "theirs"]
    assert page.rows[5][1] == "too close to call" and "the two cannot be told apart" in page.text


def test_no_claims_leave_heads() -> None:
    assert [row[0] for row in read_page("claims", {"claims": []}).rows] == ["claim"] * 3
