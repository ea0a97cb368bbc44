"""The public packages that benchmarks/explanations.py asks, and the network as they see it."""

import contextlib
import importlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from spendscape.core.arrays import Array, Floats
from spendscape.network.weights import Weights

NODES, FEW_NODES = 32, 4
SAMPLES = 2048  # coalitions that the kernels ask about, besides two for each class


@dataclass
class Game:
    """One customer's decision as a function of which classes are there (1) and which at their average (0).

    Attributes
    ----------
    spending, average : fractions of the steps [T, C]
    first, second : numbers of the traits whose margin it is
    """

    weights: Weights
    spending: Floats
    average: Floats
    first: int
    second: int
    base: Floats = field(init=False)
    change: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.base = self.weights.drive(self.average)
        away = (self.spending - self.average)[:, :, None] * self.weights.cell.kernel
        self.change = np.swapaxes(away, 0, 1).reshape(self.spending.shape[1], -1)

    def of_drives(self, drives: Floats) -> Floats:
        """Margins of drives [K, T, D]."""
        outputs = self.weights.outputs(last_states(self.weights, drives))
        return np.asarray(outputs[:, self.first] - outputs[:, self.second])

    def __call__(self, present: Any) -> Floats:
        """Margins of coalitions [K, C]."""
        moved = np.asarray(present, np.float64) @ self.change
        return self.of_drives(self.base + moved.reshape(-1, *self.base.shape))

    def of_spending(self, spending: Floats) -> Floats:
        """Margins of fractions [K, T, C]."""
        return self.of_drives(self.weights.drive(spending))

    def closed(self, present: Floats) -> Floats:
        """The same as of coalitions, with baskets that are made to sum to 1 again in every step."""
        mixed = self.average + present[:, None, :] * (self.spending - self.average)
        return self.of_spending(mixed / mixed.sum(axis=2, keepdims=True))


def last_states(weights: Weights, drives: Floats) -> Floats:
    """The last hidden states [K, M] under drives [K, T, D]."""
    cell = weights.cell
    hidden = np.zeros((len(drives), cell.units))
    memory = np.zeros((len(drives), cell.memory_units))
    for t in range(drives.shape[1]):
        hidden, memory = cell.step(drives[:, t], hidden, memory)
    return np.asarray(hidden)


Method = Callable[[Game, int], Floats]


def integrated_gradients(game: Game, seed: int, count: int = NODES) -> Floats:
    """Gradients by the drives at Gauss–Legendre nodes between average and own spending, times what classes add to them."""
    nodes, shares = np.polynomial.legendre.leggauss(count)
    flat, whole = game.base.ravel(), game.change.sum(axis=0)
    size, step = len(flat), 1e-5
    nudges = step * np.concatenate([np.eye(size), -np.eye(size)])
    at = flat + (nodes[:, None] + 1) / 2 * whole
    around = (at[:, None] + nudges).reshape(-1, *game.base.shape)
    values = game.of_drives(around).reshape(count, 2, size)
    gradient = shares / 2 @ ((values[:, 0] - values[:, 1]) / (2 * step))
    found = game.change @ gradient
    total = np.diff(game(np.array([[0.0], [1.0]]) * np.ones(len(found))))[0]
    if count == NODES and abs(found.sum() - total) > 1e-6:
        raise ArithmeticError(f"integrated gradients sum to {found.sum()}, not to {total}")
    return np.asarray(found)


def few_gradients(game: Game, seed: int) -> Floats:
    """The same at four nodes, whose sum may be a little off."""
    return integrated_gradients(game, seed, FEW_NODES)


def shap_kernel(game: Game, seed: int, **options: Any) -> Floats:
    """SHAP's KernelExplainer with the average customer as background."""
    shap: Any = importlib.import_module("shap")
    np.random.seed(seed)  # noqa: NPY002 (its only source of randomness)
    count = len(game.change)
    explainer = shap.KernelExplainer(game, np.zeros((1, count)))
    return np.asarray(explainer.shap_values(np.ones((1, count)), silent=True, **options)[0])


def shap_kernel_all(game: Game, seed: int) -> Floats:
    """The same without its default of keeping ten classes only."""
    return shap_kernel(game, seed, l1_reg=False)


def shap_permutation(game: Game, seed: int) -> Floats:
    """SHAP's PermutationExplainer, ten permutations there and back."""
    shap: Any = importlib.import_module("shap")
    count = len(game.change)
    explainer = shap.PermutationExplainer(game, np.zeros((1, count)), seed=seed)
    evaluations = 10 * (2 * count + 1)
    return np.asarray(explainer(np.ones((1, count)), max_evals=evaluations, silent=True).values[0])


def timeshap(game: Game, seed: int, mode: str = "feature") -> Floats:
    """TimeSHAP's classes over all steps, or its steps (mode event)."""
    kernel: Any = importlib.import_module("shap.explainers._kernel")
    kernel.Kernel = kernel.KernelExplainer  # the name that it had when TimeSHAP was written
    made: Any = importlib.import_module("timeshap.explainer.kernel")
    explainer = made.TimeShapKernel(
        lambda x: game.of_spending(x)[:, None], game.average[None], seed, mode
    )
    samples = 2 * len(game.change) + SAMPLES
    found = explainer.shap_values(game.spending[None], pruning_idx=0, nsamples=samples)
    return np.asarray(found)


PEERS: dict[str, Method] = {
    "integrated gradients": integrated_gradients,
    "integrated gradients, 4 nodes": few_gradients,
    "SHAP kernel": shap_kernel,
    "SHAP kernel, l1_reg off": shap_kernel_all,
    "SHAP permutation": shap_permutation,
    "TimeSHAP, classes": timeshap,
}


class StillFirst:
    """A customer's label as a classifier of mean fractions, for DiCE: is its first trait still the first?"""

    def __init__(self, weights: Weights, spending: Floats, first: int):
        self.weights, self.spending, self.first = weights, spending, first
        self.mean = spending.mean(axis=0)

    def baskets(self, means: Floats) -> Floats:
        """Steps [K, T, C] with these mean fractions: each class keeps its course, and each step sums to 1."""
        used = self.mean > 0
        ratio = means[:, None, :] / np.where(used, self.mean, 1)
        made = np.where(used, ratio * self.spending, means[:, None, :])
        return np.asarray(made / np.maximum(made.sum(axis=2, keepdims=True), 1e-12))

    def lead(self, means: Floats) -> Floats:
        """How far the first trait is before the best other one."""
        outputs = self.weights.outputs(
            last_states(self.weights, self.weights.drive(self.baskets(means)))
        )
        others = np.delete(outputs, self.first, axis=1)
        return np.asarray(outputs[:, self.first] - others.max(axis=1))

    def predict_proba(self, frame: Any) -> Floats:
        """Of another label, and of the same."""
        same = 1 / (1 + np.exp(-20 * self.lead(np.asarray(frame, np.float64))))
        return np.column_stack([1 - same, same])

    def predict(self, frame: Any) -> Array:
        """1 where the label is the same."""
        return (self.predict_proba(frame)[:, 1] > 0.5).astype(int)


def dice(asked: StillFirst, means: Any, movable: Any, method: str, seed: int) -> Floats | None:
    """The mean fractions that DiCE proposes for another label; None where it finds none."""
    module: Any = importlib.import_module("dice_ml")
    classes, (give, take) = asked.weights.classes, movable
    data = pd.DataFrame(means, columns=classes)
    data["same"] = asked.predict(means)
    if data["same"].nunique() < 2:
        return None
    described = module.Data(dataframe=data, continuous_features=classes, outcome_name="same")
    model = module.Model(model=asked, backend="sklearn", model_type="classifier")
    own = pd.DataFrame(asked.mean[None], columns=classes)
    vary = [c for k, c in enumerate(classes) if take[k] or (give[k] and asked.mean[k] > 1e-6)]
    most = {c: [0.0, float(own[c][0])] for k, c in enumerate(classes) if give[k] and not take[k]}
    options: dict[str, Any] = {"random_seed": seed} if method == "random" else {}
    np.random.seed(seed)  # noqa: NPY002 (it draws from there)
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
            found = module.Dice(described, model, method=method).generate_counterfactuals(
                own, total_CFs=1, desired_class="opposite", features_to_vary=vary,
                permitted_range={c: r for c, r in most.items() if c in vary}, **options,
            )  # fmt: skip
    except importlib.import_module("raiutils.exceptions").UserConfigValidationException:
        return None
    example = found.cf_examples_list[0]
    sparse, plain = example.final_cfs_df_sparse, example.final_cfs_df
    made = plain if sparse is None or not len(sparse) else sparse
    return None if made is None or not len(made) else made[classes].to_numpy(np.float64)[0]
