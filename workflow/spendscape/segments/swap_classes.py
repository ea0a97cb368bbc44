"""The classes that may give and take in a swap of spending, as the config names them (maths §8).

They are known once the classes are, long before a network is trained.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool

from spendscape.core.arrays import Array, Bools
from spendscape.core.csv_tables import read_csv
from spendscape.core.errors import DataError, nearest, some


def may_move(
    classes: Sequence[str],
    unmovable: Sequence[str],
    never_suggest: Sequence[str],
    passed_over: Sequence[str] = (),
) -> tuple[Bool[Bools, " C"], Bool[Bools, " C"]]:
    """The classes that may give in a swap, and those that may take.

    Parameters
    ----------
    passed_over : names that need not be classes of these data: the config's defaults

    Raises
    ------
    DataError
        A class that the config names is not one of the data's.
    """
    for key, names in (("unmovable", unmovable), ("never_suggest", never_suggest)):
        for name in names:
            if name not in {*classes, *passed_over}:
                raise DataError(
                    f"explain.{key}: {name!r} was given; expected a class of the data"
                    + (nearest(name, list(classes)) or f": {some(classes)}")
                )
    fixed = np.isin(np.array(classes), list(unmovable))
    return ~fixed, ~fixed & ~np.isin(np.array(classes), list(never_suggest))


def swap_classes(
    classes: Sequence[str], gives: Bool[Bools, " C"], takes: Bool[Bools, " C"]
) -> pd.DataFrame:
    """The columns of explain/swap_classes.csv: class, gives and takes."""
    return pd.DataFrame({"class": list(classes), "gives": gives, "takes": takes})


def read_swap_classes(
    path: str, classes: Sequence[str]
) -> tuple[Bool[Array, " C"], Bool[Array, " C"]]:
    """Which of these classes may give, and which may take, from explain/swap_classes.csv."""
    found = read_csv(path, ["class"]).set_index("class")
    own = found.loc[list(classes)]
    return own["gives"].to_numpy(dtype=bool), own["takes"].to_numpy(dtype=bool)
