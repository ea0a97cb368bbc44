"""The audit finds what goes with an attribute, is silent on what does not, and counts as others do."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, false_discovery_control

from spendscape.core.arrays import Array
from spendscape.evaluation.attributes import Groups
from spendscape.evaluation.audit import (
    COLUMNS,
    MOST_CLASSES,
    NOT_TESTED,
    Run,
    audit,
    flips,
    holm,
    one_hot,
    predictability,
)
from spendscape.evaluation.group_differences import gaps, label_rates

SETTINGS: Any = SimpleNamespace(level=0.05, smallest_difference=0.05, folds=4, customers=10_000)
LABELS = np.array(["calm", "bold", "open"])


def run_of(attribute: Array, strength: float, seed: int) -> Run:
    """A run whose first state, first class and label go with an attribute so far."""
    random = np.random.default_rng(seed)
    states = random.normal(size=(len(attribute), 3))
    states[:, 0] += strength * attribute
    fractions = random.gamma(2, size=(len(attribute), 20))
    fractions[:, 0] *= 1 + strength * attribute
    fractions /= fractions.sum(axis=1, keepdims=True)
    labels = LABELS[states.argmax(axis=1)]
    error = random.exponential(1 + strength * attribute)
    error[::7] = np.nan
    classes = [f"class {k}" for k in range(20)]
    predictors = {"states": states, "spending": fractions, "segments": one_hot(labels)}
    return Run(predictors, labels, {"error": error}, fractions, classes)


def groups(code: Array, count: int = 2) -> Groups:
    return Groups("region", [f"group {k}" for k in range(count)], code.astype(np.int64), 0, 0)


def verdicts(table: pd.DataFrame, kind: str) -> Mapping[str, str]:
    rows = table[table["kind"] == kind].drop_duplicates("what")
    return dict(zip(rows["what"], rows["verdict"], strict=True))


@pytest.mark.parametrize("count", [2, 3])
def test_what_goes_with_an_attribute_is_found(count: int) -> None:
    code = np.random.default_rng(0).integers(0, count, 1500)
    table = audit(run_of(code, 0.6, 1), [groups(code, count)], SETTINGS, 5, 5)
    assert list(table.columns) == COLUMNS
    assert set(verdicts(table, "predicted from").values()) == {"found"}
    assert verdicts(table, "explanation") == {"error": "found"}
    assert verdicts(table, "label")["calm"] == "found"
    classes = table[table["kind"] == "class"]
    assert classes.iloc[0]["what"] == "class 0" and classes.iloc[0]["verdict"] == "found"
    top = classes.iloc[0]
    # Of three groups the first is as far from the others as the last.
    assert top["group"] in {f"group {count - 1}", "group 0"}
    assert (top["score"] > 0.5) == (top["group"] != "group 0")
    assert len(classes) == MOST_CLASSES and top["low"] < top["score"] < top["high"]
    scores = table[table["kind"] == "predicted from"]
    assert (scores["low"] < scores["score"]).all() and (scores["low"] > 0.5).all()


def test_a_difference_that_nobody_would_call_one_is_small_however_certain() -> None:
    code = np.tile([0, 1], 20_000)
    random = np.random.default_rng(0)
    run = run_of(code, 0.0, 1)
    error = 4 + random.normal(size=40_000) * 0.2 + 0.02 * code
    # The means are equal and the ranks are not: the test is of what is shown.
    skewed = np.where(code == 1, random.exponential(2, 40_000), random.normal(2, 0.1, 40_000))
    half = 2 - 0.5 * code + random.normal(size=40_000)
    shown = {"error": error, "skewed": skewed, "half": half.clip(0)}
    table = audit(
        Run({}, run.labels, shown, run.fractions[:, :2], ["a", "b"]), [groups(code)], SETTINGS, 5, 5
    )
    assert verdicts(table, "explanation") == {
        "error": "small",
        "skewed": "not found",
        "half": "found",
    }
    compared: Any = table[table["kind"] == "measures compared"].set_index(["what", "group"])
    row = compared.loc[("error", "largest difference")]
    means = [error[code == k].mean() for k in (0, 1)]
    assert row["score"] == pytest.approx(means[1] - means[0]) and row["verdict"] == "small"
    # The interval of a difference of two means is that of the sum of their variances.
    half_width = 1.96 * np.sqrt(sum(error[code == k].var() / 20_000 for k in (0, 1)))
    assert [row["low"], row["high"]] == pytest.approx(
        [row["score"] - half_width, row["score"] + half_width], rel=1e-3
    )
    assert compared.loc[("error", "smallest ratio"), "score"] == pytest.approx(means[0] / means[1])


def test_a_measure_that_is_the_same_in_a_group_is_tested() -> None:
    code = np.repeat([0, 1], 200)
    flip = np.where(code == 1, np.arange(400) % 4 == 0, 0).astype(float)
    rows = list(gaps({"flip": flip}, groups(code), 5))
    assert all(row["p"] < 1e-9 for row in rows)
    assert {row["group"]: row["score"] for row in rows}["largest difference"] == pytest.approx(0.25)


def test_a_class_is_told_by_the_group_that_differs_most() -> None:
    """Each probability is that of a pair of customers, counted."""
    code = np.random.default_rng(0).integers(0, 3, 300)
    run = run_of(code, 0.0, 1)
    own = run.fractions[:, 3] = np.where(code == 1, 0.5, 1) * run.fractions[:, 3]
    table = audit(run, [groups(code, 3)], SETTINGS, 5, 5)
    row = table[(table["kind"] == "class") & (table["what"] == "class 3")].iloc[0]
    assert row["group"] == "group 1" and row["verdict"] == "found"
    pairs = np.sign(own[code == 1][:, None] - own[code != 1])
    assert row["score"] == pytest.approx((pairs.mean() + 1) / 2)


def test_a_level_is_never_out_of_reach() -> None:
    """With 199 shuffles four predictors could not be found at a level of 1 %."""
    code = np.random.default_rng(0).integers(0, 2, 300)
    run = run_of(code, 2.0, 1)
    four = {f"{k}": run.predictors["states"] for k in range(4)}
    strict = SimpleNamespace(**(vars(SETTINGS) | {"level": 0.01}))
    table = audit(Run(**(vars(run) | {"predictors": four})), [groups(code)], strict, 5, 5)
    assert set(verdicts(table, "predicted from").values()) == {"found"}


def test_chance_is_found_as_rarely_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 60 attributes of nothing more than 9 alarms have a chance of .2 % at a level of .05."""
    monkeypatch.setattr("spendscape.evaluation.audit.SHUFFLES", 39)
    alarms = 0
    for seed in range(60):
        code = np.random.default_rng(seed).integers(0, 2, 120)
        whole = run_of(code, 0.0, 1000 + seed)
        run = Run({"states": whole.predictors["states"]}, whole.labels, {}, whole.fractions, [])
        row = next(predictability(run, groups(code), SETTINGS, seed))
        assert row["chance"] == pytest.approx(0.5, abs=0.08)
        alarms += row["p"] <= SETTINGS.level
    assert alarms <= 9, alarms


def test_customers_without_a_group_count_nowhere() -> None:
    code = np.random.default_rng(0).integers(0, 2, 900)
    whole = run_of(code, 0.6, 1)
    cut = code.copy()
    cut[600:] = -1
    first = Run(
        {name: values[:600] for name, values in whole.predictors.items()},
        whole.labels[:600], {name: values[:600] for name, values in whole.measures.items()},
        whole.fractions[:600], whole.classes,
    )  # fmt: skip
    wanted = audit(first, [groups(code[:600])], SETTINGS, 5, 5)
    pd.testing.assert_frame_equal(audit(whole, [groups(cut)], SETTINGS, 5, 5), wanted)


def test_one_group_and_none_are_said_not_to_be_tested() -> None:
    code = np.zeros(100, dtype=np.int64)
    run = run_of(code, 0.0, 1)
    table = audit(run, [groups(code, 1), groups(code - 1, 0)], SETTINGS, 5, 5)
    table = table[table["kind"] != "customers"]
    assert table["verdict"].tolist() == [NOT_TESTED] * 2
    assert table["what"].tolist() == ["there is one group", "no group is large enough"]


def test_what_is_the_same_for_all_predicts_nothing() -> None:
    code = np.random.default_rng(0).integers(0, 2, 200)
    run = run_of(code, 0.0, 1)
    same = Run(
        {"segments": one_hot(np.full(200, "calm"))}, np.full(200, "calm"),
        {"error": np.zeros(200)}, np.full((200, 2), 0.5), ["a", "b"],
    )  # fmt: skip
    table = audit(Run(**(vars(run) | vars(same))), [groups(code)], SETTINGS, 5, 5)
    table = table[table["kind"] != "customers"]
    assert set(table["verdict"]) == {NOT_TESTED}
    assert table["score"].iloc[0] == 0.5


def test_rates_differences_and_ratios_are_those_of_fairlearn() -> None:
    metrics = pytest.importorskip("fairlearn.metrics", reason="fairlearn is not installed")
    code = np.random.default_rng(0).integers(0, 3, 900)
    run = run_of(code, 0.6, 1)
    table = pd.DataFrame(label_rates(run.labels, groups(code, 3), 5))
    for label, rows in table.groupby("what"):
        has = run.labels == label
        own = rows.set_index("group")["score"]
        arguments: dict[str, Any] = {"y_true": has, "y_pred": has, "sensitive_features": code}
        rates = metrics.MetricFrame(metrics=metrics.selection_rate, **arguments).by_group
        np.testing.assert_allclose(own[[f"group {k}" for k in range(3)]], rates)
        difference = metrics.demographic_parity_difference(**arguments)
        assert own["largest difference"] == pytest.approx(difference)
        ratio = metrics.demographic_parity_ratio(**arguments)
        assert own["smallest ratio"] == pytest.approx(ratio)
        counts = [[(has & (code == k)).sum(), (~has & (code == k)).sum()] for k in range(3)]
        p = chi2_contingency(counts, correction=False).pvalue
        assert rows["p"].iloc[0] == pytest.approx(p)


def test_holm_is_between_one_test_and_as_many_times_as_there_are_tests() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, np.nan])) == pytest.approx(
        [0.03, 0.06, 0.06, np.nan], nan_ok=True
    )
    p = np.sort(np.random.default_rng(1).uniform(size=20))
    assert (holm(p) >= false_discovery_control(p) - 1e-12).all() and (
        holm(p) <= 20 * p + 1e-12
    ).all()
    assert not len(holm(np.empty(0)))


def test_one_hot_leaves_out_the_most_frequent_name() -> None:
    assert one_hot(np.array(["a", "b", "b", "c"])).tolist() == [[1, 0], [0, 0], [0, 0], [0, 1]]


def test_flips_are_unknown_where_the_formula_is() -> None:
    found = flips(np.array(["a", "b", "a"]), np.array(["a", "a", ""]))
    assert found[:2].tolist() == [0, 1] and np.isnan(found[2])


def test_no_rate_or_mean_is_of_a_few_and_none_can_be_worked_out() -> None:
    code = np.repeat([0, 1, 2], [40, 200, 300])
    run = run_of(code, 0.0, 1)
    labels = np.tile(LABELS[:2], 270)
    labels[0], labels[2] = LABELS[2], LABELS[2]
    labels[40:100] = LABELS[2]
    flip, error = np.zeros(540), np.full(540, np.nan)
    flip[[3, 50, *range(300, 340)]] = 1
    error[5], error[60:500] = 7.5, 1.0
    shown = Run(run.predictors, labels, {"flip": flip, "error": error}, run.fractions, run.classes)
    table = audit(shown, [groups(code, 3)], SETTINGS, 30, 5)
    rates = table[table["kind"] == "label"].pivot(index="group", columns="what", values="score")
    # Two of group 0 are open: hidden, and so is a second label of theirs, and of both a second group.
    assert rates.isna().sum(axis=1).ne(1).all() and rates.isna().sum(axis=0).ne(1).all()
    assert np.isnan(rates["open"]["group 0"])
    compared = table[table["kind"] == "labels compared"].set_index(["what", "group"])["score"]
    for label in LABELS:
        known = rates[label].dropna()
        expected = known.max() - known.min() if len(known) > 1 else np.nan
        assert compared[label, "largest difference"] == pytest.approx(expected, nan_ok=True)
    rows = table[table["kind"] == "explanation"]
    means = {(row["what"], row["group"][-1]): row for row in rows.to_dict("records")}
    assert np.isnan(means["flip", "0"]["score"]) and np.isnan(means["flip", "1"]["score"])
    assert means["flip", "2"]["score"] > 0
    assert np.isnan(means["error", "0"]["score"]) and np.isnan(means["error", "0"]["customers"])
    # The mean of all holds nothing of the one customer of group 0.
    assert means["error", "1"]["chance"] == pytest.approx(1.0)


def test_customers_are_counted_and_no_group_looks_like_another_row() -> None:
    code = np.random.default_rng(0).integers(0, 2, 300)
    names = ["largest difference", "north"]
    own = Groups("region", names, code.astype(np.int64), 7, 3)
    table = audit(run_of(code, 0.0, 1), [own], SETTINGS, 5, 5)
    counted = table[table["kind"] == "customers"].set_index("what")["customers"]
    assert counted.tolist() == [300, 7, 3]
    rates = table[table["kind"] == "label"]
    assert set(rates["group"]) == set(names) and len(rates) == 6
    assert (table["kind"] == "labels compared").sum() == 6
