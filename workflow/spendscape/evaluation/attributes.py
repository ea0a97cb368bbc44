"""Attributes of customers for the audit: read from a table, matched by id, and cut into groups.

Nothing else reads them; the network, the surrogate and the segments never see them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from jaxtyping import Int, Shaped

from spendscape.core.arrays import Array, Integers, Names
from spendscape.core.errors import DataError, nearest
from spendscape.core.pseudonyms import pseudonyms
from spendscape.core.text import plain

KEY = "audit.table"
# A column of numbers with more different values than these is cut into bands.
MOST_VALUES = 10
# A column of texts with more different values than these is no attribute, but a name.
MOST_GROUPS = 100
NO_GROUP = -1


@dataclass(frozen=True)
class Groups:
    """An attribute of some customers.

    Attributes
    ----------
    name : of the attribute
    groups : the names of its groups, two or more if it can be audited
    code : each customer's group; −1 without one
    unknown : customers without a value
    small : customers in groups with too few, which are left out
    """

    name: str
    groups: list[str]
    code: Int[Integers, "N"]
    unknown: int
    small: int


def read_attributes(
    path: str, customer: str, wanted: Sequence[str], key: bytes | None = None
) -> tuple[list[str], pa.Table]:
    """The customers of a table of attributes, and its wanted columns.

    Parameters
    ----------
    customer : the column of ids
    wanted : the attributes' columns; empty for all but the ids
    key : of the pseudonyms that replace the ids (`core.pseudonyms`); None: the ids stay

    Raises
    ------
    DataError
        The file cannot be read, a column is missing, or a customer has two rows.
    """
    try:
        if path.endswith(".parquet"):
            found = pq.read_table(path)
        else:
            # Ids stay the texts that they are.
            types = pyarrow.csv.ConvertOptions(
                column_types={customer: pa.string()}, strings_can_be_null=True
            )
            found = pyarrow.csv.read_csv(path, convert_options=types)
    except (OSError, pa.ArrowException):
        raise DataError(f"{KEY}: {path} cannot be read as a table, CSV or Parquet") from None
    names = found.column_names
    for setting, asked in (
        ("audit.customer", [customer]),
        *(("audit.attributes", [w]) for w in wanted),
    ):
        if names.count(asked[0]) != 1:
            raise DataError(
                f"{setting}: {asked[0]!r} was given; {path} has the columns {', '.join(names)}"
                + nearest(asked[0], names)
            )
    if "" in names:
        raise DataError(f"{KEY}: {path} has a column without a name")
    columns = list(wanted) or [name for name in names if name != customer]
    if not columns or len(set(columns)) < len(columns):
        raise DataError(f"{KEY}: {path} has no attribute beside {customer}, or two of one name")
    texts = _plain(found[customer].cast(pa.string()), customer).to_pylist()
    ids = ["" if text is None else plain(text) for text in texts]
    if "" in ids or len(set(ids)) < len(ids):
        raise DataError(
            f"{KEY}: {ids.count(''):,} of {len(ids):,} rows have no {customer}, and "
            f"{len(ids) - len(set(ids)):,} repeat one; expected one row for each customer"
        )
    return ids if key is None else pseudonyms(ids, key), found.select(columns)


def matched(
    customers: Shaped[Names, "N"], ids: Sequence[str], attributes: pa.Table
) -> dict[str, pa.ChunkedArray]:
    """Each attribute of these customers, null where the table does not have them.

    Raises
    ------
    DataError
        The table has none of the customers.
    """
    place = {name: k for k, name in enumerate(ids)}
    rows = [place.get(str(name)) for name in customers]
    if all(row is None for row in rows):
        raise DataError(
            f"{KEY}: none of its {len(ids):,} customers is among the {len(rows):,} of the long window; "
            "expected ids as in the raw files"
        )
    chosen = attributes.take(pa.array(rows, pa.int64()))
    return dict(zip(chosen.column_names, chosen.columns, strict=True))


def groups_of(name: str, values: pa.ChunkedArray, bands: int, fewest: int) -> Groups:
    """The groups of an attribute: its values, or bands of equally many customers.

    Parameters
    ----------
    bands : into how many a column of numbers with many values is cut
    fewest : customers in smaller groups are left out

    Raises
    ------
    DataError
        More different texts than an attribute has.
    """
    values, size = _plain(values, name), len(values)
    distinct = pc.count_distinct(values).as_py()
    if pa.types.is_floating(values.type) and distinct > MOST_VALUES:
        texts = _banded(values.to_numpy(zero_copy_only=False), bands)
    else:
        texts = np.array([_text(value) for value in values.to_pylist()], dtype=object)
        if distinct > MOST_GROUPS:
            raise DataError(
                f"audit.attributes: {name!r} has {distinct:,} different values; expected an attribute with at most "
                f"{MOST_GROUPS}, or numbers"
            )
    unknown = texts == ""
    counts = {text: int((texts == text).sum()) for text in dict.fromkeys(texts[~unknown].tolist())}
    large = [text for text in sorted(counts, key=_natural) if counts[text] >= fewest]
    code = np.full(size, NO_GROUP, dtype=np.int64)
    for k, text in enumerate(large):
        code[texts == text] = k
    small = sum(count for text, count in counts.items() if text not in large)
    return Groups(name, large, code, int(unknown.sum()), small)


def _plain(values: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """A column as numbers, where they are numbers, or as texts; numbers without a value are null."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    number = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)
    try:
        values = values.cast(pa.float64() if number else pa.string())
    except pa.ArrowException:
        raise DataError(
            f"audit.attributes: the column {name!r} holds neither numbers nor UTF-8 text; expected one of them"
        ) from None
    return pc.if_else(pc.is_finite(values), values, None) if number else values


def _text(value: str | float | None) -> str:
    """A value as the name of a group; '' for none, whole numbers without decimals."""
    if value is None:
        return ""
    return plain(value) if isinstance(value, str) else f"{value:.10g}"


def _banded(values: Array, bands: int) -> Array:
    """The band of each number in words, '' for none; the first and the last are open, because their ends are people's."""
    known = np.isfinite(values)
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, bands + 1)[1:-1]))
    texts = [f"{edge:.10g}" for edge in edges]
    inner = [f"over {low} to {high}" for low, high in pairwise(texts)]
    names = np.array([f"up to {texts[0]}", *inner, f"over {texts[-1]}"], dtype=object)
    named = names[np.searchsorted(edges, values, side="left").clip(0, len(edges))]
    return np.where(known, named, "").astype(object)


def _natural(text: str) -> tuple[float, int, str]:
    """Sorts numbers and bands by where they begin, and other names by themselves."""
    number, after = text.removeprefix("up to "), -1
    if number == text:
        number, after = text.removeprefix("over ").split(" to ")[0], int(text.startswith("over "))
    try:
        return float(number), after, text
    except ValueError:
        return np.inf, 0, text
