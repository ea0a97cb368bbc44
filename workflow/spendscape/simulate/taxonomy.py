"""The classes of a simulated world: their shares, tickets and users, and what households have in common."""

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from spendscape.core.arrays import Bools, Floats, Indices
from spendscape.core.errors import DataError


def classes(
    taxonomy: pd.DataFrame,
) -> tuple[list[str], Float[Floats, "C"], Float[Floats, "C"]]:
    """Names, shares and tickets of a taxonomy's classes.

    Parameters
    ----------
    taxonomy : as for `population.build`

    Raises
    ------
    DataError
        A column is missing, a class has two rows, a number is not above 0, or the shares do not add
        up to 1.
    """
    missing = [name for name in ("class", "share", "ticket") if name not in taxonomy]
    if missing:
        raise DataError(
            f"simulate.taxonomy: there is no column {missing[0]!r}; "
            "expected class, share (of a typical household's spend) and ticket (mean amount)"
        )
    names = taxonomy["class"].astype(str)
    if names.duplicated().any():
        twice = names[names.duplicated()].iloc[0]
        raise DataError(f"simulate.taxonomy: class {twice!r} has more than one row")
    numbers = []
    for column in ("share", "ticket"):
        values = pd.to_numeric(taxonomy[column], errors="coerce").to_numpy(dtype=np.float64)
        wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
        if len(wrong):
            raise DataError(
                f"simulate.taxonomy: the {column} of class {names.iloc[wrong[0]]!r} is "
                f"{taxonomy[column].iloc[wrong[0]]!r}; expected a number above 0"
            )
        numbers.append(values)
    shares, tickets = numbers
    if abs(shares.sum() - 1) > 1e-3:
        raise DataError(f"simulate.taxonomy: the shares add up to {shares.sum():g}; expected 1")
    return list(names), shares / shares.sum(), tickets


def households(
    taxonomy: pd.DataFrame,
) -> tuple[Float[Floats, "C"], Int[Indices, "C"], Bool[Bools, "C"]]:
    """The share of each class's users, which of a customer's draws decides, and whether a high one does.

    Parameters
    ----------
    taxonomy : as for `population.build`

    Raises
    ------
    DataError
        A share of users is not above 0 and at most 1.
    """
    given = taxonomy["users"] if "users" in taxonomy else pd.Series(1.0, taxonomy.index)
    users = pd.to_numeric(given.fillna(1), errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~((users > 0) & (users <= 1)))
    names = taxonomy["class"].astype(str)
    if len(wrong):
        raise DataError(
            f"simulate.taxonomy: the users of class {names.iloc[wrong[0]]!r} are "
            f"{given.iloc[wrong[0]]!r}; expected a share above 0, up to 1"
        )
    if "household" not in taxonomy:
        return users, np.arange(len(names)), np.zeros(len(names), dtype=np.bool_)
    words = taxonomy["household"].fillna("").astype(str)
    # A class without a word has a draw of its own.
    cause = words.str.removeprefix("not ").where(words != "", "class " + names)
    return users, pd.factorize(cause)[0], words.str.startswith("not ").to_numpy(dtype=np.bool_)
