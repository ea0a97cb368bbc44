"""The targets of sliding windows: each window's own traits, or its customer's measured ones."""

import pyarrow as pa
import pyarrow.compute as pc

from spendscape.core.parquet import tensor_values
from spendscape.traits.formula import TraitFormula
from spendscape.traits.targets import mean_fractions, target_table


def scored_customers(known: pa.Table) -> set[str]:
    """The customers that no network learns from; of each of them one window is enough.

    Parameters
    ----------
    known : tensors/traits.parquet
    """
    learning = pc.field("split").isin(["train", "validation"])
    return set(known.filter(~learning)["customer_id"].to_pylist())


def window_targets(
    windows: pa.Table, known: pa.Table, formula: TraitFormula, weights: str
) -> pa.Table:
    """The table of tensors/training_traits.parquet: a row for each window, columns as in `target_table`.

    Parameters
    ----------
    windows : customer_id, spending [T, C] and total [T] of each window
    known : tensors/traits.parquet, which has the side of the split and the traits of every customer
    formula : gives each window its own traits, unless traits were measured
    weights : of `mean_fractions`
    """
    place = {name: row for row, name in enumerate(known["customer_id"].to_pylist())}
    rows = [place[name] for name in windows["customer_id"].to_pylist()]
    if formula.measured:
        values = tensor_values(known["traits"])[rows]
    else:
        spending, totals = (tensor_values(windows[name]) for name in ("spending", "total"))
        values = formula(mean_fractions(spending, totals, weights))
    sides = known["split"].to_numpy()[rows]
    return target_table(windows["customer_id"], values, formula.traits, sides)
