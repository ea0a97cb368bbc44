"""The truth: movers, planted traits and the protected attribute."""

import numpy as np
import pandas as pd
import pytest
from simulated import COEFFICIENTS, World, built

from spendscape.core.arrays import Floats
from spendscape.core.parquet import names_of, tensor_values
from spendscape.simulate.truth import truth


def standard(values: Floats) -> Floats:
    """Columns with mean 0 and deviation 1."""
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0))


def test_whose_dominant_trait_cannot_change_is_no_mover() -> None:
    # One taste, two opposite traits: one time in 2^4 no draw changes the dominant one.
    opposite = COEFFICIENTS[["class", "extraversion"]].assign(
        introversion=-COEFFICIENTS["extraversion"]
    )
    model = built(coefficients=opposite, customers=4000, label_rank=1, movers=0.5)
    frame = truth(model).to_pandas(ignore_metadata=True)
    assert frame["mover"].mean() == pytest.approx(0.5 * 15 / 16, abs=0.015)
    assert ((frame["dominant_before"] != frame["dominant_after"]) == frame["mover"]).all()


def test_movers_move_to_another_trait(world: World) -> None:
    model, planted, fractions, _ = world
    frame = planted.select(["mover", "moved", "dominant_before", "dominant_after"]).to_pandas()
    mover = frame["mover"].to_numpy()
    assert mover.mean() == pytest.approx(model.knobs.movers, abs=2 / 800)
    assert (frame["moved"].notna() == mover).all()
    assert set(pd.to_datetime(frame["moved"][mover]).dt.strftime("%Y-%m-%d")) <= {
        f"{model.last_year}-{month:02d}-01" for month in range(1, 7)
    }
    assert ((frame["dominant_before"] != frame["dominant_after"]) == mover).all()
    for what in ("tastes", "traits"):
        before, after = (tensor_values(planted[f"{what}_{when}"]) for when in ("before", "after"))
        assert ((before != after).any(axis=1) == mover).all()
    traits = names_of(planted.schema, "traits")
    scores = fractions @ model.coefficients
    scores = (scores - scores.mean(axis=(0, 1))) / scores.std(axis=(0, 1))
    new = frame["dominant_after"].map(traits.index).to_numpy()
    rows = np.arange(len(new))
    gain = scores[rows, -1, new] - scores[:, :-1].mean(axis=1)[rows, new]
    assert gain[mover].mean() > 1 and abs(gain[~mover].mean()) < 0.2


def test_traits_have_the_planted_rank_and_values(world: World) -> None:
    model, planted, fractions, _ = world
    traits = standard(fractions.mean(axis=1) @ model.coefficients)
    _, sizes, right = np.linalg.svd(traits, full_matrices=False)
    shares = np.cumsum(sizes**2) / (sizes**2).sum()
    rank = model.knobs.label_rank
    assert shares[rank - 1] > 0.98 and shares[rank - 2] < 0.9
    kept = traits @ right[:rank].T @ right[:rank]
    assert ((kept**2).mean(axis=0) > 0.98).all()
    assert (np.bincount(traits.argmax(axis=1)) / len(traits) > 0.08).all()
    stays = ~planted["mover"].to_numpy()
    known = tensor_values(planted["traits_before"])
    assert np.abs(known).max() == 1
    for trait in range(traits.shape[1]):
        assert np.corrcoef(known[stays, trait], traits[stays, trait])[0, 1] > 0.97


@pytest.mark.parametrize("rho", [-0.6, 0, 0.3, 1])
def test_a_protected_attribute_goes_with_taste_as_far_as_asked(rho: float) -> None:
    customers = 20_000
    planted = truth(built(customers=customers, protected=rho))
    protected = planted["protected"].to_numpy()
    taste = tensor_values(planted["tastes_before"])
    found = [np.corrcoef(protected, taste[:, k])[0, 1] for k in range(taste.shape[1])]
    error = 4 / np.sqrt(customers)
    assert found[0] == pytest.approx(rho * np.sqrt(2 / np.pi), abs=error)
    assert np.abs(found[1:]).max() < error
    assert protected.mean() == pytest.approx(0.5, abs=error)
    # All else is what it is without the attribute.
    plain = truth(built(customers=customers, protected=None))
    assert planted.drop_columns("protected").equals(plain)
