"""This run's numbers for the captions of the figures, as sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from spendscape.core.counts import counted
from spendscape.dynamics.fixed_points import CERTIFIED, UNCONVERGED
from spendscape.pages.numbers import interval_of, number, percent, share
from spendscape.pages.report.explanation import INTERCEPT
from spendscape.pages.report.segments import by_level
from spendscape.pages.report.tables import Json, Rows, words


def numbers_beside(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Sentences for the caption of each figure.

    Parameters
    ----------
    values : what the results files hold, by the names in `paper.contents.INPUTS`
    """
    return {
        "ledger_flow": _ledger(values["ledger"]["total"]),
        "figure_1": _trajectories(values["windows"], values["stability"]),
        "figure_2": _directions(values["segment_table"], values["naming"]),
        "figure_3": _locations(values["fixed_points"], values["convergence"]),
        "figure_4": _attractors(values["attractors"]["traits"]),
        "figure_5": _reach(values["inverse"], values["metrics"]),
        "figure_6": _inverse(values["inverse"]),
        "flow": _flow(values["attractors"]["slow_manifold"]),
        "learning": _learning(values["metrics"], values["elbow"]),
        "segment_map": _steps(values["stability"]["within_long"]),
        "coefficients": _coefficients(values["coefficients"], values["inverse"]["traits"]),
    }


def in_this_run(sentences: Sequence[str]) -> Markup:
    """These sentences as the end of a caption, in HTML; empty where there are none.

    The paper and the report's captions both show it.
    """
    if not sentences:
        return Markup("")
    return Markup("<strong>In this run:</strong> ") + escape(" ".join(sentences))


def _ledger(total: Json) -> list[str]:
    read = total["read"]["rows"]
    told = ", ".join(
        f"{total[verdict]['rows']:,} {verdict} ({share(total[verdict]['rows'], read)})"
        for verdict in ("accepted", "excluded", "quarantined")
    )
    return [f"Of {counted(read, 'row')}: {told}."]


def _trajectories(windows: Json, stability: Json) -> list[str]:
    told = [
        f"{counted(window['in'], 'customer')} in the {name} window, of {window['customers']:,}"
        for name, window in windows.items()
    ]
    sentences = [f"{'; '.join(told)}."]
    if movers := stability.get("movers"):
        sentences.append(
            f"{counted(movers['customers'], 'customer')} ({percent(movers['share'])}) "
            f"{'has' if movers['customers'] == 1 else 'have'} another dominant trait in the recent window."
        )
    return sentences


def _directions(table: Rows, naming: Json) -> list[str]:
    named, _ = by_level(table)
    if not named:
        least = counted(naming["minimum_customers"], "customer")
        return [f"No segment has the {least} that it needs to be named."]
    levels = ", ".join(f"{len(rows)} at level {level}" for level, rows in named.items())
    shares = ", ".join(
        f"{words(row['segment'])} {percent(row['share'])}" for row in named[min(named)]
    )
    return [f"Named segments: {levels}.", f"Share of the customers by first trait: {shares}."]


def _locations(fixed_points: Json, convergence: Rows) -> list[str]:
    verdicts = fixed_points["verdict"]
    every, unknown = sum(verdicts.values()), verdicts.get(UNCONVERGED, 0)
    found = f"{every - unknown:,} of {counted(every, 'trajectory', 'trajectories')}"
    told = "; ".join(
        f"{words(row['quantity'].removeprefix('r2_of_'))} {interval_of(row)}"
        for row in convergence
        if row["quantity"].startswith("r2_of_")
    )
    return [
        f"The end of {found} was found; for {verdicts.get(CERTIFIED, 0):,} it is proved.",
        f"R² for these ends: {told}.",
    ]


def _attractors(traits: Json) -> list[str]:
    told = [
        f"{words(name)}: {entry['kind']} of dimension {entry['dimension']}, {counted(entry['customers'], 'customer')}"
        if "kind" in entry and "dimension" in entry
        else f"{words(name)}: {entry.get('kind', 'no kind')}, {counted(entry['customers'], 'customer')}"
        for name, entry in traits.items()
    ]
    return [f"What the ends h* form: {'; '.join(told)}."]


def _reach(inverse: Json, metrics: Json) -> list[str]:
    pairs = zip(inverse["traits"], inverse["extent"], strict=True)
    reach = ", ".join(f"{words(name)} {number(value)}" for name, value in pairs)
    return [
        f"Largest reachable value of each trait: {reach}.",
        f"{counted(metrics['units'], 'unit')} can reach {percent(metrics['rank_ceiling'])} of the traits' variance; the network reaches "
        f"an R² of {number(metrics['r2_all_traits'])}.",
    ]


def _inverse(inverse: Json) -> list[str]:
    values = ", ".join(number(value) for value in inverse["singular_values"])
    return [
        f"The output layer has rank {inverse['rank']}: it can change so many combinations of the traits independently of each other "
        f"(singular values {values})."
    ]


def _flow(slow: Json) -> list[str]:
    told = "; ".join(
        f"{'all customers' if name == '(all)' else words(name)} {number(entry['spectral_radius'])}"
        for name, entry in slow.items()
    )
    if not told:
        return []
    return [
        "Near the fixed point a small distance is multiplied in each step, in the long run, by (spectral radius; below 1 the "
        f"point attracts): {told}."
    ]


def _learning(metrics: Json, elbow: Json) -> list[str]:
    enough = (
        counted(elbow["enough"], "unit") if elbow["enough"] else "no number of units that was tried"
    )
    return [
        f"By the elbow criterion {enough} {'is' if elbow['enough'] in (None, 1) else 'are'} enough; this network has {metrics['units']}.",
        f"Its R² is {number(metrics['r2_all_traits'])}, of at most {number(metrics['rank_ceiling'])}.",
    ]


def _steps(within: Rows) -> list[str]:
    steps = [
        row for row in within if row["labels"] == "states" and row["comparison"] == "whole_window"
    ]
    told = {f"after step {row['step']}": interval_of(row) for row in (*steps[:1], *steps[1:][-1:])}
    if not told:
        return []
    shares = ", ".join(f"{value} {when}" for when, value in told.items())
    return [f"Share with the label of the whole window, by the network's output: {shares}."]


def _coefficients(coefficients: Rows, traits: Sequence[str]) -> list[str]:
    told = []
    for trait in traits:
        own = [row for row in coefficients if row["output"] == trait and row["class"] != INTERCEPT]
        if own:
            most = max(own, key=lambda row: float(row["value"]))
            told.append(f"{words(trait)}: {words(str(most['class']))} ({number(most['value'])})")
    return [f"The class that raises each trait most: {', '.join(told)}."] if told else []
