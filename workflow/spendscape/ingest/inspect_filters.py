"""Which rows of an export are no spending, and the columns of ids and currencies."""

import re
from collections.abc import Mapping
from itertools import islice

import numpy as np
import pandas as pd
from jaxtyping import Float

from spendscape.core.arrays import Floats
from spendscape.core.counts import counted
from spendscape.ingest.inspect_columns import Column, majority
from spendscape.ingest.inspect_proposal import Proposal
from spendscape.ingest.inspect_words import CODES, CREDITS, DEBITS, NO, NOT_MADE, YES, named

# A column with more values than this is no state.
MOST_STATES = 12


def propose_states(made: Proposal, columns: Mapping[str, Column], used: set[str]) -> None:
    """Propose to leave out rows that are no payment, by a state or an error; name other filters as doubts."""
    for name, column in columns.items():
        if name in used or column.distinct > MOST_STATES:
            continue
        not_made = [text for text in column.counts if NOT_MADE.search(text)]
        rows = sum(column.counts[text] for text in not_made)
        if not_made and rows < 0.5 * len(column.fields) and _is_state(name, column):
            used.add(name)
            made.set(
                "drop", made.section.get("drop", {}) | {name: not_made}, "not, or not yet, payments"
            )
            made.doubts.append(
                f"rows whose {name!r} is {', '.join(map(repr, not_made))} are left out as not made"
            )
        elif named("error", name) > 0 and column.filled < 0.2:
            used.add(name)
            made.set("keep", made.section.get("keep", {}) | {name: [""]}, "a payment with an error was not made")  # fmt: skip
            made.doubts.append(f"rows with a value in {name!r} are left out as not made")


def _is_state(name: str, column: Column) -> bool:
    """Whether the values are states: words that fit in, in a column that has few others."""
    return named("state", name) > 0 or column.filled > 0.9 or named("error", name) > 0


def doubt_groups(
    made: Proposal, columns: Mapping[str, Column], used: set[str], customer: str
) -> None:
    """Name the columns that say yes or no of a customer: whether only one of them is wanted, its user knows."""
    for name, column in columns.items():
        values = {text.lower() for text in column.counts}
        if name in used or column.distinct != 2 or not (values <= YES | NO):
            continue
        yes = next((text for text in column.counts if text.lower() in YES), "")
        share = column.counts[yes] / len(column.fields)
        of = (
            "customers"
            if customer and majority(column.codes, columns[customer].codes) > 0.98
            else "rows"
        )
        made.doubts.append(
            f"{name!r} says yes or no of {of} (yes in {share:.0%} of rows); for those alone add "
            f"keep: {{{name}: [{yes!r}]}}"
        )


def propose_income(
    made: Proposal,
    columns: Mapping[str, Column],
    spent: Float[Floats, "N"],
    direction: str,
) -> None:
    """Propose what is done with money that came in: income is left out, refunds are taken off.

    Money came back for something where its category has spending too; a category that only ever has
    money that came in is income.
    """
    chosen = made.section["columns"]["category"]
    names = [chosen] if isinstance(chosen, str) else chosen
    labels = np.array(columns[names[0]].fields, dtype=object)
    for name in names[1:]:
        labels = np.where(labels == "", np.array(columns[name].fields, dtype=object), labels)
    moved = np.isfinite(spent) & (spent != 0)
    table = pd.DataFrame({"label": labels[moved], "came_in": spent[moved] < 0})
    shares = table.groupby("label")["came_in"].agg(["mean", "size"])
    income = sorted(shares.index[(shares["mean"] >= 0.99) & (shares["size"] >= 3)])
    refunds = int((table["came_in"] & ~table["label"].isin(income)).sum())
    if direction:
        low = columns[direction].counts
        credits = [text for text in low if text.lower() in CREDITS]
        other = int((table["came_in"] & ~table["label"].isin(["", *income])).sum())
        if other < 0.1 * max(1, int(table["came_in"].sum())):
            made.set(
                "drop", made.section.get("drop", {}) | {direction: credits}, "money that came in"
            )
            made.doubts.append(
                f"{direction!r} tells credits ({', '.join(credits)}) from debits; they are left out as income. "
                "Where they are refunds give columns.direction, credit_values and debit_values instead of drop"
            )
            return
        made.set("columns.direction", direction, "tells credits from debits")
        made.set("credit_values", credits, "money that came back: its categories have spending too")
        debits = [text for text in low if text.lower() in DEBITS]
        made.set("debit_values", debits, "money that was spent")
    named_ones = [label for label in income if label]
    if named_ones and len(named_ones) < len(shares):
        made.set("excluded_categories", named_ones, "only ever money that came in")
        shown = (
            counted(len(named_ones), "category", "categories")
            if made.hidden
            else ", ".join(map(repr, named_ones[:5]))
        )
        made.doubts.append(
            f"{shown} only ever {'have' if named_ones[1:] else 'has'} money that came in: left out as income"
        )
    if refunds and direction:
        made.doubts.append(
            f"credits of categories with spending are taken for refunds: {refunds:,} rows of those looked at"
        )


def propose_ids(
    made: Proposal, columns: Mapping[str, Column], used: set[str], spent: Float[Floats, "N"]
) -> None:
    """Propose columns.transaction: a value a row, but for rows that stand twice."""
    for name, column in columns.items():
        if name in used or column.filled < 0.99 or named("transaction", name) <= 0:
            continue
        rows = len(column.fields)
        if rows < 2 or column.distinct < 0.9 * rows or column.identifier < 0.5:
            continue
        if column.distinct == rows:
            reason = "no value twice; a second row with one would be a repeat"
        else:
            amounts = pd.Series(spent).groupby(column.codes).nunique(dropna=False)
            if float((amounts > 1).sum()) > 0.2 * (rows - column.distinct):
                continue
            reason = "rows with a value that was there before are repeats"
        made.set("columns.transaction", name, reason)
        used.add(name)
        return


def propose_currency(made: Proposal, columns: Mapping[str, Column], used: set[str]) -> None:
    """Propose columns.currency, and to keep the most frequent one where there are several."""
    for name, column in columns.items():
        codes = {text.upper() for text in column.counts}
        if name in used or not all(len(code) == 3 and code.isalpha() for code in codes):
            continue
        if not (codes <= CODES or named("currency", name) > 0) or column.filled < 0.9:
            continue
        main, rows = column.counts.most_common(1)[0]
        used.add(name)
        made.set("columns.currency", name, f"values {', '.join(islice(column.counts, 5))}")
        made.set("currency", main.upper(), "the most frequent one; others need ingest.rates")
        if len(codes) > 1:
            made.set(
                "keep",
                made.section.get("keep", {}) | {name: [main]},
                "one currency; others need ingest.rates",
            )
            made.doubts.append(
                f"{len(codes)} currencies: only rows in {main} are kept ({rows / len(column.fields):.0%}). "
                "With a table of rates (ingest.rates) all can be"
            )
            _doubt_converted(made, name)
        return


def _doubt_converted(made: Proposal, currency: str) -> None:
    """Say where an amount's own name holds a currency: every row may have been changed into that one."""
    columns = made.section["columns"]
    for key in ("amount", "credit"):
        own = columns.get(key, "")
        named_codes = [word for word in re.findall(r"[^\W\d_]+", own) if word.upper() in CODES]
        if named_codes:
            made.doubts.append(
                f"{own!r} names {named_codes[0]}: if all its amounts are in {named_codes[0]} already, and "
                f"{currency!r} is the currency of another amount, give neither columns.currency nor "
                f"keep for {currency!r}, so that no row is left out"
            )
            return
