"""Groups are told as scikit-learn's discriminants tell them, and as well as its areas say."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score

from spendscape.core.arrays import Array
from spendscape.evaluation.discriminants import Discriminants, area_under_curve, areas


def test_each_fold_is_scored_by_a_discriminant_of_the_others() -> None:
    random = np.random.default_rng(1)
    folds = random.permutation(400) % 4
    own = random.random((400, 3)) < 0.4
    values = random.normal(size=(400, 6)) @ random.normal(size=(6, 6)) + own[:, :1]
    fitted = Discriminants(np.column_stack([values, np.ones(400)]), folds)
    found = fitted.scores(own)
    for fold in range(4):
        held = folds == fold
        for k in range(3):
            # With so many rows the shrinkage is small; it is of all of the spread, and here within groups.
            other = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=fitted.shrinkage)
            other.fit(fitted.scaled[np.argsort(fitted.order)][~held], own[~held, k])
            known = other.decision_function(fitted.scaled[np.argsort(fitted.order)][held])
            assert np.corrcoef(known, found[held, k])[0, 1] > 0.999
    for k, area in enumerate(areas(found, own)):
        assert area == pytest.approx(roc_auc_score(own[:, k], found[:, k]))


def test_what_is_the_same_for_all_tells_nothing() -> None:
    own = np.arange(20)[:, None] % 2 == 0
    assert not Discriminants(np.ones((20, 2)), np.arange(20) % 5).scores(own).any()


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
