"""The paper as text, from what the results files hold."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spendscape.core.text import NEEDS_TWO_TRAITS, NEEDS_TWO_UNITS
from spendscape.pages.environment import render
from spendscape.pages.numbers import share, unit_of_money
from spendscape.pages.paper.claims import (
    FAILED,
    STUDY_TABLE,
    Finding,
    by_place,
    findings,
    verdict_counts,
)
from spendscape.pages.paper.images import Image, caption, smallest
from spendscape.pages.paper.numbers_beside import in_this_run, numbers_beside
from spendscape.pages.paper.provenance import provenance
from spendscape.pages.report import audit, data, recovery, segments
from spendscape.pages.report.make import read
from spendscape.pages.report.tables import Table, verdict_words, words
from spendscape.running.figure_table import FIGURES, NUMBERS
from spendscape.traits.formula import formula_from_json
from spendscape.traits.words import fitted, meaning

# The claim that the abstract tells of the explanation.
LABEL = "state_surrogate_gives_the_label"


def paper(
    files: Mapping[str, str],
    images: Sequence[str],
    captions: Sequence[str],
    settings: Mapping[str, Any],
    version: str,
    lock: bytes | None,
    revision: str | None,
) -> str:
    """The paper as one HTML page: no script, nothing loaded, every text escaped, no customer's row.

    Parameters
    ----------
    files : path of each results file by its name in `contents.inputs_of`
    images : files of the figures, several kinds of one figure among them; the smallest of each is embedded
    captions : files of their captions in workflow/report/, each named like its figure
    settings : the parts of the config in `contents.SETTINGS`
    version, lock, revision : as in `provenance.provenance`
    """
    values = {name: read(Path(path)) for name, path in files.items()}
    formula = formula_from_json(Path(files["formula"]).read_text())
    found = findings(values["claims"])
    figures = _images(images, captions)
    placed = by_place(found)
    return render(
        "paper/paper.html",
        {
            **_findings(found, placed, figures),
            **_data(values, settings),
            "figures": figures,
            "beside": numbers_beside(values),
            "in_this_run": in_this_run,
            "metrics": values["metrics"],
            "elbow": values["elbow"],
            "r2": _r2(values["metrics"]),
            "segments": segments.segments(values["segment_table"], values["naming"], values["margins"]),
            "across": segments.stability(values["stability"]),
            "moved": segments.movers(values["stability"], values["moves"], values["naming"]),
            "audit": audit.audit(values["audit"], values["naming"])["attributes"] if "audit" in values else None,
            "recovery": recovery.recovery(values["recovery"]) if "recovery" in values else None,
            "traits": [words(name) for name in formula.traits],
            "meaning": meaning(formula, values["metrics"]["r2"]),
            "fitted": fitted(formula),
            "measured": formula.measured is not None,
            "one_trait": NEEDS_TWO_TRAITS if len(formula.traits) == 1 else None,
            "one_unit": NEEDS_TWO_UNITS if values["metrics"]["units"] == 1 else None,
            **provenance(_deciding(settings), values["metrics"]["versions"], version, lock, revision),
            "settings_of": settings,
            "unit_of_money": unit_of_money(settings["currency"]),
        },
    )  # fmt: skip


def caption_ends(files: Mapping[str, str]) -> dict[str, str]:
    """What the report's caption of each figure says of this run, the same as the paper's, as HTML.

    Parameters
    ----------
    files : as in `paper`
    """
    values = {name: read(Path(path)) for name, path in files.items()}
    return {
        name: f"<p>{in_this_run(told)}</p>\n" if told else ""
        for name, told in numbers_beside(values).items()
    }


def _images(images: Sequence[str], captions: Sequence[str]) -> dict[str, Image]:
    """The figures in the order of their table."""
    files: dict[str, list[Path]] = {}
    for path in map(Path, images):
        files.setdefault(path.stem, []).append(path)
    texts = {Path(path).stem: Path(path).read_text() for path in captions}
    return {
        name: Image(name, NUMBERS[name], figure.shows, smallest(files[name]), caption(texts[name]))
        for name, figure in FIGURES.items()
        if name in files
    }


def _findings(
    found: Sequence[Finding], placed: Mapping[str, Sequence[Finding]], figures: Mapping[str, Image]
) -> dict[str, Any]:
    """The claims as the abstract, their places and the discussion need them."""
    study = [finding for finding in found if finding.table == STUDY_TABLE]
    parts = {"study": study, "own": [finding for finding in found if finding.table != STUDY_TABLE]}

    def with_verdict(*verdicts: str) -> dict[str, list[Finding]]:
        return {
            whose: [finding for finding in part if finding.verdict in verdicts]
            for whose, part in parts.items()
        }

    return {
        "found": found,
        "study": study,
        "label_claim": next((finding for finding in found if finding.id == LABEL and finding.verdict != "not tested"), None),
        "placed": placed,
        "verdicts": verdict_counts(study),
        "verdicts_of": verdict_counts,
        "verdict_words": verdict_words,
        "counts_of": {whose: len(part) for whose, part in parts.items()},
        "failed": with_verdict(*FAILED),
        "open": with_verdict("equal"),
        "place_names": {name: f"Figure {image.number}" for name, image in figures.items()},
    }  # fmt: skip


def _data(values: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What went in and what was left out; no amount of money, as a run may be one person's."""
    ledger, metrics = values["ledger"], values["metrics"]
    total = ledger["total"]
    rows = [("accepted", "", total["accepted"]["rows"])]
    for verdict in ("quarantined", "excluded"):
        rows += [
            (verdict, words(reason), entry["rows"])
            for reason, entry in total[verdict]["reasons"].items()
        ]
    read_rows = total["read"]["rows"]
    left_out = [
        (name, reason, count, share(count, window["customers"]))
        for name, window in values["windows"].items()
        for reason, count in window["out"].items()
    ]
    sides = metrics["customers"]
    return {
        "ledger": ledger,
        "windows": values["windows"],
        "classes": data.with_money(ledger, values["coverage"]),
        "uncovered": sum(row["share"] for row in data.without_coefficient(values["coverage"])),
        "rows": Table(("verdict", "reason", "rows", "share"), [(*row, share(row[2], read_rows)) for row in rows]),
        "left_out": Table(("window", "reason", "customers", "share"), left_out),
        "split": Table(("side", "customers", "share"), [(side, count, share(count, sum(sides.values()))) for side, count in sides.items()]),
        "simulated": settings["source"] == "simulated",
        "posting_months": settings["tensors"]["posting_months"],
    }  # fmt: skip


def _deciding(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Without the simulator's settings where nothing is simulated."""
    simulated = settings["source"] == "simulated"
    return {name: part for name, part in settings.items() if simulated or name != "simulate"}


def _r2(metrics: Mapping[str, Any]) -> Table:
    """How well the network predicts each trait of customers that it did not see."""
    entries = metrics["r2"].items()
    columns = ("trait", "R²", "lower end", "upper end")
    return Table(
        columns,
        [(words(name), entry["value"], entry["low"], entry["high"]) for name, entry in entries],
    )
