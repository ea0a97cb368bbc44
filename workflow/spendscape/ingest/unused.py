"""Values that only the config or only the files have: most often a misspelling, which would change sums silently."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import duckdb

from spendscape.core.counts import counted
from spendscape.core.errors import DataError, nearest
from spendscape.core.text import plain, short
from spendscape.ingest.columns import Reading, chosen_values
from spendscape.ingest.sql import clean, literal

# A column with more values than this may hold names or accounts, so none of them is shown.
MANY = 100
SHOWN = 8
# The directions of accepted rows, beside the roles.
SIDES = "accepted directions"


def count_values(
    connection: duckdb.DuckDBPyConnection, numbers: Sequence[int], reading: Reading
) -> dict[str, dict[str, int]]:
    """Rows of each value of the columns that keep, drop and credit_values name, by role.

    Of a column with many values the most frequent and those of the config are returned. Without
    debit_values the directions of the accepted rows are returned too.
    """
    found: dict[str, dict[str, int]] = {}
    for role, (_, _, values) in chosen_values(reading).items():
        # Also of rows that cannot be read, whose value is '': to judge all rows again would cost more.
        every = " UNION ALL ".join(
            f"SELECT {role} AS value, count(*) AS rows FROM rows_{k} GROUP BY {role}"
            for k in numbers
        )
        listed = ", ".join(literal(plain(value)) for value in values) or "NULL"
        rows = connection.execute(
            f"""SELECT * FROM (
                SELECT {clean("value")} AS value, sum(rows)::BIGINT AS rows FROM ({every}) GROUP BY 1)
            QUALIFY row_number() OVER (ORDER BY rows DESC, value) <= {MANY + 1} OR value IN ({listed})"""
        ).fetchall()
        found[role] = dict(rows)
    if reading.columns.direction is not None and not reading.debit_values:
        every = " UNION ALL ".join(
            f"SELECT direction FROM rows_{k} WHERE reason IS NULL" for k in numbers
        )
        rows = connection.execute(
            f"SELECT {clean('direction')} AS value, count(*) AS rows FROM ({every}) "
            f"GROUP BY 1 ORDER BY rows DESC, value LIMIT {MANY + 1}"
        ).fetchall()
        found[SIDES] = dict(rows)
    return found


def check_values(
    counts: Iterable[Mapping[str, Mapping[str, int]]], reading: Reading, allow_unused: bool
) -> None:
    """Refuse values of keep, drop and credit_values that no row has, and directions of unknown meaning.

    Parameters
    ----------
    counts : what `count_values` returned for each shard
    allow_unused : whether the config may have values that no row has

    Raises
    ------
    DataError
        Several directions are no credit while there are no debit_values; or no row has one of the values. The message has the column's own values, the most frequent first.
    """
    shards = list(counts)
    for role, (key, column, values) in chosen_values(reading).items():
        total = Counter[str]()
        for shard in shards:
            total.update(shard.get(role, {}))
        if total and not allow_unused:
            given = [plain(value) for value in values]
            refuse_unused(key, f"column {column!r}", given, given, total)
    _refuse_unknown_sides(shards, reading)


def _refuse_unknown_sides(
    shards: Sequence[Mapping[str, Mapping[str, int]]], reading: Reading
) -> None:
    """Refuse a second direction beside the credits: it may be a credit that is spelt otherwise."""
    total = Counter[str]()
    for shard in shards:
        total.update(shard.get(SIDES, {}))
    credits = [plain(value) for value in reading.credit_values]
    others = sorted(set(total) - set(credits), key=lambda name: (-total[name], name))
    if len(others) < 2:
        return
    if len(others) > MANY:
        shown = f"more than {MANY} other values"
    else:
        told = (
            f"{short(name)} ({counted(total[name], 'row')}{nearest(name, credits, ', nearest is {!r}')})"
            for name in others[:SHOWN]
        )
        more = ", …" if len(others) > SHOWN else ""
        shown = f"{len(others)} other values: {', '.join(told)}{more}"
    raise DataError(
        f"ingest.credit_values: {list(reading.credit_values)} was given; column {reading.columns.direction!r} "
        f"has {shown}.\nGive ingest.debit_values those that mean money was spent; "
        "rows with any other value are then quarantined."
    )


def all_categories(connection: duckdb.DuckDBPyConnection, numbers: Sequence[int]) -> list[str]:
    """The categories of all rows, also of those that are left out for another reason, in order."""
    every = " UNION ".join(
        f"SELECT DISTINCT category FROM rows_{k} WHERE category IS NOT NULL" for k in numbers
    )
    return sorted({plain(raw) for (raw,) in connection.execute(every).fetchall()})


def refuse_unused(
    key: str, where: str, given: Sequence[str], compared: Sequence[str], counts: Mapping[str, int]
) -> None:
    """Refuse values that no row has.

    Parameters
    ----------
    key : the key of the config that holds the values
    where : what holds the values in the files, for the message
    given, compared : the values as in the config, and as they are compared
    counts : rows of each value in the files, as they are compared; a value with 0 is known and not shown

    Raises
    ------
    DataError
        A value is not among them.
    """
    unused = [name for name, own in zip(given, compared, strict=True) if own not in counts]
    if not unused:
        return
    known = [
        name for name, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if rows
    ]
    few = len(known) <= MANY
    near = {name: nearest(name, known, " (nearest is {!r})") if few else "" for name in unused}
    shown = ", ".join(short(name) + near[name] for name in unused[:SHOWN])
    values = ", ".join(f"{short(name)} ({counted(counts[name], 'row')})" for name in known[:SHOWN])
    more = ", …" if len(known) > SHOWN else ""
    has = f"Its values: {values}{more}" if few else f"It has more than {MANY} values"
    raise DataError(
        f"{key}: no row has {shown}{', …' if len(unused) > SHOWN else ''} in the {where}.\n"
        f"{has}. Set ingest.allow_unused to true if values of the config may be absent from the files."
    )
