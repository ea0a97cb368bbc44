"""Why customers have their labels and what would change them, summed up: no customer's row (maths §8)."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from spendscape.core.parquet import names_of, tensor_values


def contributions_by_class(path: str) -> pd.DataFrame:
    """explain/contributions.csv: how much each class decides, over all customers.

    Parameters
    ----------
    path : of explain/contributions.parquet, read a row group at a time

    Returns
    -------
    Columns class, size (mean magnitude of its contribution to the margin), mean (with its sign) and largest (share of
    the customers for whom no class adds or takes more), from the largest size down.
    """
    file = pq.ParquetFile(path)
    classes = names_of(file.schema_arrow, "classes")
    sums, customers = np.zeros((3, len(classes))), file.metadata.num_rows
    for group in range(file.num_row_groups):
        values = tensor_values(
            file.read_row_group(group, columns=["contributions"])["contributions"]
        )
        first = np.bincount(np.abs(values).argmax(axis=1), minlength=len(classes))
        sums += [np.abs(values).sum(axis=0), values.sum(axis=0), first]
    size, mean, largest = sums / customers if customers else np.full_like(sums, np.nan)
    made = pd.DataFrame({"class": classes, "size": size, "mean": mean, "largest": largest})
    return made.sort_values("size", ascending=False, kind="stable", ignore_index=True)


def swaps(path: str, fewest: int) -> dict[str, Any]:
    """explain/swaps.json: how many customers have a verified swap, what it costs, and the most frequent ones.

    Parameters
    ----------
    path : of explain/counterfactuals.parquet
    fewest : customers of a swap that is listed, at least

    Returns
    -------
    customers, verified and two_swaps (how many customers), fraction and money (medians over those with a verified
    swap: the share of all spending that moves, and money a year), fewest, swaps (from, to, customers, fraction, money;
    single swaps from the most frequent down) and not_listed (customers whose single swap has too few customers).
    """
    table = pd.read_parquet(path, columns=["from", "to", "from_2", "fraction", "fraction_2", "money", "money_2", "verified"])  # fmt: skip
    found = table[table["verified"]]
    moved = found[["fraction", "money"]] + found[["fraction_2", "money_2"]].fillna(0).to_numpy()
    two = found["from_2"].notna()
    groups = moved[~two].groupby([found.loc[~two, "from"], found.loc[~two, "to"]])
    listed = groups.median().assign(customers=groups.size()).reset_index()
    listed = listed.sort_values(["customers", "from", "to"], ascending=[False, True, True])
    frequent = listed[listed["customers"] >= fewest]
    return {
        "customers": len(table),
        "verified": len(found),
        "two_swaps": int(two.sum()),
        "fraction": float(moved["fraction"].median()) if len(found) else None,
        "money": float(moved["money"].median()) if len(found) else None,
        "fewest": fewest,
        "swaps": frequent[["from", "to", "customers", "fraction", "money"]].to_dict("records"),
        "not_listed": int(listed["customers"].sum() - frequent["customers"].sum()),
    }
