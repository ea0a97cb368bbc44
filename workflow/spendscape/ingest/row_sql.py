"""The verdict on a row, in SQL: its customer, month, category and amount, or the reason why it has none."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Set

from spendscape.core.months import EPOCH, month_number
from spendscape.core.text import plain
from spendscape.ingest.columns import Reading, chosen_values, roles
from spendscape.ingest.date_formats import date_format
from spendscape.ingest.sql import clean, literal

# Exact to a millionth (ledgers with shared bills go that far), below 10^12; so are their sums.
AMOUNT = "DECIMAL(18, 6)"
# U+2212, the minus of typesetters and of some banks.
MINUS = "\u2212"
_SIGN = f"[-+({MINUS}]"
# What software writes for an id that there is not. Of these nobody is the customer, and rows that share one are no repeats.
NO_ID = ("NULL", "null", r"\N", "None", "nan", "NaN", "NaT", "<NA>", "#N/A", "N/A")


def judge(
    raw: str,
    reading: Reading,
    dated: Set[str] = frozenset(),
    numeric: Set[str] = frozenset(),
    typed: Set[str] = frozenset(),
) -> str:
    """The select that turns raw fields into row, line, customer, month, category, amount, reason, text.

    Parameters
    ----------
    raw : a select of row, line, problem, text and a column per role
    dated, numeric : roles whose columns have such types; all others are read as text
    typed : roles of text of which some rows have a day or a number beside it, in `{role}_typed`, which then counts
    """
    first, last = (month_number(text) for text in (reading.first_month, reading.last_month))
    own = roles(reading)
    filters = [
        (f"{kind}_{k}", column, values, kind == "keep")
        for kind, chosen in (("keep", reading.keep), ("drop", reading.drop))
        for k, (column, values) in enumerate(chosen.items())
    ]
    # Cleaning text costs more than all the rest, so ids and categories stay raw: the few distinct
    # ones are cleaned later. An id that begins with a visible ASCII character is not blank.
    blank = f"CASE WHEN customer >= '!' AND customer < '\u0080' THEN {_no_id('customer')} ELSE {_is_no_id(clean('customer'))} END"
    texts = ", ".join(f"{role}::VARCHAR AS {role}" for role in own if role not in dated | numeric)
    kept = [role for role in ("currency", "transaction") if role in own]
    optional = "".join(f", {role}" for role in (*kept, *chosen_values(reading)))
    named = optional.replace(
        ", transaction", f", if({_no_id('transaction')}, NULL, transaction) AS transaction"
    )
    left_out = "".join(
        f"WHEN {'NOT ' if keep else ''}{_among(role, values)} THEN {literal(f'filter {column}')}\n"
        for role, column, values, keep in filters
    )
    return f"""
        SELECT row, line, if(v_blank, NULL, customer) AS customer, v_month AS month,
            category, v_amount AS amount, text{optional},
            CASE
                WHEN problem IS NOT NULL THEN problem
                WHEN v_filter IS NOT NULL THEN v_filter
                WHEN v_blank THEN 'no_customer'
                WHEN v_month IS NULL THEN 'bad_date'
                WHEN v_month NOT BETWEEN {first} AND {last} THEN 'date_out_of_range'
                WHEN v_missing THEN 'missing_amount'
                WHEN NOT v_sided THEN 'no_direction'
                WHEN v_amount IS NULL THEN 'bad_amount'
            END AS reason
        FROM (
            SELECT row, line, problem, customer, {blank} AS v_blank{named},
                (year(v_date) * 12 + month(v_date) - 1 - {EPOCH})::INTEGER AS v_month,
                {_category(own)} AS category,
                ({_amount(reading, own, numeric, typed)})::{AMOUNT} AS v_amount,
                {_missing(reading, own, numeric)} AS v_missing, {_sided(reading)} AS v_sided,
                {f"CASE {left_out} END" if left_out else "NULL::VARCHAR"} AS v_filter, text
            FROM (
                SELECT *, {_date(reading, own, dated, typed)} AS v_date
                FROM (SELECT * REPLACE ({texts}) FROM ({raw}))
            )
        )"""


def _no_id(role: str) -> str:
    """SQL: whether the text of an id is a word for none; by its first character nearly all are seen to be none of them."""
    first = sorted({word[0] for word in NO_ID})
    begins = " OR ".join(
        f"{role} >= {literal(c)} AND {role} < {literal(chr(ord(c) + 1))}" for c in first
    )
    return f"CASE WHEN {begins} THEN {_is_no_id(f'trim({role})')} ELSE false END"


def _is_no_id(text: str) -> str:
    """SQL: whether a text without space around it is empty or a word for no id.

    Not by IN: DuckDB makes a join of a long list, for which it cleans the texts of all rows.
    """
    words = "|".join(map(re.escape, NO_ID))
    return f"regexp_full_match({text}, {literal(f'({words})?')})"


def _category(own: Mapping[str, str]) -> str:
    """SQL: the category of a row; of several columns the first that is not empty, '' where all are."""
    several = [role for role in own if role.startswith("category_")]
    if not several:
        return "coalesce(category, '')"
    filled = ", ".join(f"nullif({clean(role)}, '')" for role in several)
    return f"coalesce({filled}, '')"


def _among(role: str, values: object) -> str:
    """SQL: whether a field is one of some values."""
    listed = ", ".join(literal(plain(str(value))) for value in values)  # type: ignore[attr-defined]
    return f"coalesce({clean(role)} IN ({listed}), false)" if listed else "false"


def _date(reading: Reading, own: Mapping[str, str], dated: Set[str], typed: Set[str]) -> str:
    """SQL: the date of a row, from one field, or from fields for year, month and perhaps day."""
    parts = [role for role in own if role.startswith("date_")]
    if len(parts) > 1:
        year, month, *day = (f"TRY_CAST({clean(role)} AS INTEGER)" for role in parts)
        text = f"printf('%04d-%02d-%02d', {year}, {month}, {day[0] if day else '1'})"
        return f"TRY_CAST({text} AS DATE)"
    role = parts[0]
    if role in dated:
        return f"TRY_CAST({role} AS DATE)"
    own_format = date_format(reading.date_format)
    read = own_format.sql(role, reading.financial_year_ends, reading.time_zone)
    return f"coalesce({role}_typed, {read})" if role in typed else read


def _amount(reading: Reading, own: Mapping[str, str], numeric: Set[str], typed: Set[str]) -> str:
    """SQL: what was spent; NULL where it cannot be read."""

    def value(role: str) -> str:
        if role in numeric:
            return f"TRY_CAST({role} AS {AMOUNT})"
        read = marked_amount(role, reading)
        own_type = f"CASE WHEN {role}_typed IS NOT NULL THEN TRY_CAST({role}_typed AS {AMOUNT})"
        return f"{own_type} ELSE {read} END" if role in typed else read

    spent = value("amount")
    if reading.spend_is == "negative":
        spent = f"-({spent})"
    if "direction" in own:
        spent = f"CASE WHEN {_among('direction', reading.credit_values)} THEN -({spent}) WHEN {_sided(reading)} THEN {spent} END"
    if "credit" in own:
        missing = [*reading.missing_amounts, ""]
        empty = {role: _among(role, missing) for role in ("amount", "credit")}
        spent = f"""CASE
            WHEN {empty["credit"]} THEN {spent}
            WHEN {empty["amount"]} THEN -({value("credit")})
            ELSE {spent} - ({value("credit")}) END"""
    return spent


def _sided(reading: Reading) -> str:
    """SQL: whether it is known if money was spent or came back.

    Without debit_values any text means spent: `check_values` sees to it that there is one only.
    """
    if reading.columns.direction is None:
        return "true"
    if reading.debit_values:
        return _among("direction", [*reading.credit_values, *reading.debit_values])
    return f"({_among('direction', reading.credit_values)} OR {clean('direction')} <> '')"


def _missing(reading: Reading, own: Mapping[str, str], numeric: Set[str]) -> str:
    """SQL: whether the amount is one of those that mean that nothing was spent."""
    tests = []
    for role in ("amount", "credit"):
        if role in own and role in numeric:
            tests.append(f"{role} IS NULL" if "" in reading.missing_amounts else "false")
        elif role in own:
            tests.append(_among(role, reading.missing_amounts))
    return " AND ".join(tests)


def marked_amount(role: str, reading: Reading) -> str:
    """SQL: the amount of a text that may end with a mark of a credit or a debit, such as CR or DR.

    A mark says what the sign would say, so an amount that has both is not read.
    """
    plain = _text_amount(role, reading.amount_ignores, reading.decimal)
    marks = [(mark, -1) for mark in reading.credit_marks] + [(m, 1) for m in reading.debit_marks]
    if not marks:
        return plain
    # Of two marks of which one ends with the other, the longer one is meant.
    marks.sort(key=lambda item: (-len(item[0]), item))
    turn = -1 if reading.spend_is == "negative" else 1
    cases = []
    for mark, sign in marks:
        unmarked = clean(f"left(marked, length(marked) - {len(mark)})")
        value = _text_amount("bare", reading.amount_ignores, reading.decimal)
        value = f"CASE WHEN NOT regexp_matches(bare, {literal(_SIGN)}) THEN {value} END"
        cases.append(
            f"WHEN ends_with(upper(marked), {literal(mark.upper())}) THEN {sign * turn} * {_with('bare', unmarked, value)}"
        )
    # The text stands in it once, and not once for each use: DuckDB took a second to plan the copies.
    given = _with("marked", clean(role), f"CASE {' '.join(cases)} END")
    ends = " OR ".join(
        f"ends_with(upper({clean(role)}), {literal(mark.upper())})" for mark, _ in marks
    )
    return f"CASE WHEN {ends} THEN {given} ELSE {plain} END"


def _with(name: str, value: str, expression: str) -> str:
    """SQL: an expression in which a name stands for a value."""
    return f"list_transform([{value}], lambda {name}: ({expression})::{AMOUNT})[1]"


def _text_amount(role: str, ignored: str, decimal: str) -> str:
    """SQL: the amount of a text.

    A plain number needs no more than a cast. Otherwise ignored characters may stand before and
    after the number and between groups of digits, where the last group has three: what would read
    `1.234,50` as 1.2345 is refused. Parentheses mean a minus, as does one behind the number. A dash
    before a number may be meant as a minus, so that it is never ignored there.
    """
    text = f"replace({clean(role)}, '{MINUS}', '-')"
    any_ = _any_of(ignored)
    before = _any_of(c for c in ignored if unicodedata.category(c) != "Pd")
    one = any_.removesuffix("*")
    point = re.escape(decimal)
    grouped = f"|\\d{{1,3}}({one}\\d{{2,3}})*{one}\\d{{3}}" if one else ""
    number = f"((\\d+{grouped})({point}\\d*)?|{point}\\d+)"
    pattern = (
        f"{before}[-+]?{before}{number}{any_}|{before}{number}{any_}-{any_}"
        f"|{before}\\({before}{number}{any_}\\){any_}"
    )
    digits = f"regexp_replace({text}, '[^0-9{point}]', '', 'g')"
    if decimal != ".":
        digits = f"replace({digits}, {literal(decimal)}, '.')"
    read = f"""CASE WHEN regexp_full_match({text}, {literal(pattern)}) THEN
            TRY_CAST({digits} AS {AMOUNT}) * CASE WHEN regexp_matches({text}, '[-(]') THEN -1 ELSE 1 END
        END"""
    # With another decimal mark a cast would take thousands for decimals.
    # DuckDB's own numbers may have underscores, a bank's may not.
    cast = f"CASE WHEN NOT contains({role}, '_') THEN TRY_CAST({role} AS {AMOUNT}) END"
    # In a case, or DuckDB computes what `read` has twice for all rows; of one type, or it widens them.
    rest = f"CASE WHEN {role} IS NOT NULL THEN ({read})::{AMOUNT} END"
    return f"coalesce({cast}, {rest})" if decimal == "." else read


def _any_of(characters: Iterable[str]) -> str:
    """A regular expression of any number of these characters, "" where there is none."""
    some = "".join(re.escape(c) for c in characters)
    return f"[{some}]*" if some else ""
