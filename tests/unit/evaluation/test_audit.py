"""The audit finds what goes with an attribute, is silent on what does not, and counts as others do."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, false_discovery_control
from sklearn.metrics import roc_auc_score

from spendscape.core.arrays import Array
from spendscape.evaluation.attributes import Groups
from spendscape.evaluation.audit import (
    COLUMNS,
    MOST_CLASSES,
    NOT_TESTED,
    Run,
    area_under_curve,
    audit,
    flips,
    holm,
    label_rates,
    one_hot,
    predictability,
)

SETTINGS: Any = SimpleNamespace(level=0.05, folds=4, customers=10_000)
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
    table = audit(run_of(code, 0.6, 1), [groups(code, count)], SETTINGS, 5)
    assert list(table.columns) == COLUMNS
    assert set(verdicts(table, "predicted from").values()) == {"found"}
    assert verdicts(table, "explanation") == {"error": "found"}
    assert verdicts(table, "label")["calm"] == "found"
    classes = table[table["kind"] == "class"]
    assert classes.iloc[0]["what"] == "class 0" and classes.iloc[0]["verdict"] == "found"
    assert classes.iloc[0]["group"] == f"most in group {count - 1}" and len(classes) == MOST_CLASSES
    scores = table[table["kind"] == "predicted from"]
    assert (scores["low"] < scores["score"]).all() and (scores["low"] > 0.5).all()


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
    wanted = audit(first, [groups(code[:600])], SETTINGS, 5)
    pd.testing.assert_frame_equal(audit(whole, [groups(cut)], SETTINGS, 5), wanted)


def test_one_group_and_none_are_said_not_to_be_tested() -> None:
    code = np.zeros(100, dtype=np.int64)
    run = run_of(code, 0.0, 1)
    table = audit(run, [groups(code, 1), groups(code - 1, 0)], SETTINGS, 5)
    assert table["verdict"].tolist() == [NOT_TESTED] * 2
    assert table["what"].tolist() == ["there is one group", "no group is large enough"]


def test_what_is_the_same_for_all_predicts_nothing() -> None:
    code = np.random.default_rng(0).integers(0, 2, 200)
    run = run_of(code, 0.0, 1)
    same = Run(
        {"segments": one_hot(np.full(200, "calm"))}, np.full(200, "calm"),
        {"error": np.zeros(200)}, np.full((200, 2), 0.5), ["a", "b"],
    )  # fmt: skip
    table = audit(Run(**(vars(run) | vars(same))), [groups(code)], SETTINGS, 5)
    assert set(table["verdict"]) == {NOT_TESTED}
    assert table["score"].iloc[0] == 0.5


@pytest.mark.parametrize("count", [2, 4])
def test_the_area_is_scikit_learns_and_its_error_that_of_many_samples(count: int) -> None:
    random = np.random.default_rng(3)

    def drawn() -> tuple[Array, Array]:
        code = random.integers(0, count, 300)
        scores = random.normal(size=(300, count)) + 0.8 * np.eye(count)[code]
        return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), code

    found = [(area_under_curve(*sample), sample) for sample in (drawn() for _ in range(300))]
    for (area, _), (scores, code) in found[:5]:
        known = roc_auc_score(code, scores[:, 1] if count == 2 else scores, multi_class="ovr")
        assert area == pytest.approx(known)
    areas, errors = np.array([pair for pair, _ in found]).T
    assert errors.mean() == pytest.approx(areas.std(), rel=0.15)


def test_rates_differences_and_ratios_are_those_of_fairlearn() -> None:
    metrics = pytest.importorskip("fairlearn.metrics", reason="fairlearn is not installed")
    code = np.random.default_rng(0).integers(0, 3, 900)
    run = run_of(code, 0.6, 1)
    table = pd.DataFrame(label_rates(run.labels, groups(code, 3)))
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
