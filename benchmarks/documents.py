"""What was measured as tables in the docs: python benchmarks/documents.py [--check].

A page has its tables between `<!-- measured: NAME -->` and `<!-- end -->`; the words around them are written by hand.
"""

import argparse
import json
import re
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from benchmarks.growth import BY_ROWS, Growth, fits  # noqa: E402
from benchmarks.scale import plan_tables, too_few  # noqa: E402

Measured = Mapping[str, dict[str, Any]]
PAGES = ("benchmarks.md", "explanation/scale.md")
# Rules that took less than this at every size are one row of the table of growth.
SLOW = 2.0


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def shown(seconds: float) -> str:
    """Seconds with as many digits as they are good for."""
    return f"{seconds:.2g}" if seconds < 10 else f"{seconds:,.0f}"


def gigabytes(megabytes: float) -> str:
    """Megabytes as GB."""
    return f"{megabytes / 1000:.2f}"


def where(measured: Sequence[dict[str, Any]]) -> list[str]:
    """The machine, versions, dates and loads of some parts, as a sentence each."""
    one = measured[-1]["machine"]
    days = sorted({part["machine"]["date"][:10] for part in measured})
    loads = [f"{m['load_before']} to {m['load_after']}" for m in (p["machine"] for p in measured)]
    versions = ", ".join(f"{name} {number}" for name, number in one["versions"].items())
    return [
        f"Measured on {' and '.join(days)}, commit {', '.join(dict.fromkeys(p['machine']['commit'] for p in measured))}, "
        f"on {one['cores']} cores ({one['processor']}, {one['memory_gib']} GiB, no GPU), "
        f"load at the start and the end {'; '.join(loads)}. Python {one['python']}, {versions}."
    ]


def notebook(measured: Measured) -> list[str]:
    """The notebook beside our pipeline."""
    parts = _of(measured, "notebook_")
    if not parts:
        return []
    head = ["customers", "", "wall, s", "processor, s", "largest process, GB", "all at once, GB",
            "network, worst R²", "linear model of the angles, worse R²"]  # fmt: skip
    rows, ratios = [], []
    for part in parts:
        took, found = part["took"], part["found"]
        for way, name in (("notebook", "notebook"), ("pipeline", "**spendscape**")):
            runs = took[way]
            rows.append([
                f"{part['customers']:,}" if way == "notebook" else "",
                name,
                ", ".join(shown(one["wall"]) for one in runs),
                ", ".join(shown(one["cpu"]) for one in runs),
                gigabytes(max(one["largest"] for one in runs)),
                gigabytes(max(one["together"] for one in runs)),
                f"{found[way]['network_r2']:.3f}",
                f"{found[way]['linear_r2']:.3f}",
            ])  # fmt: skip
        ratio = {
            key: statistics.median(
                ours[key] / theirs[key]
                for ours, theirs in zip(took["pipeline"], took["notebook"], strict=True)
            )
            for key in ("wall", "cpu", "largest", "together")
        }
        ratios.append([
            f"{part['customers']:,}", f"{part['rows']:,}", *(f"{value:.2f}" for value in ratio.values()),
        ])  # fmt: skip
    ratio_head = [
        "customers",
        "transactions",
        "wall",
        "processor",
        "largest process",
        "all at once",
    ]
    return [*table(head, rows), "", "Ours divided by the notebook's, the median of the pairs:", "",
            *table(ratio_head, ratios), "", *where(parts)]  # fmt: skip


def growth(measured: Measured) -> list[str]:
    """Every rule at every size, with fitted exponents."""
    parts = _of(measured, "growth_")
    if len(parts) < 2:
        return []
    sizes = [f"{part['customers']:,}" for part in parts]
    head = ["rule", "jobs", *(f"{size}: processor s" for size in sizes), "exponent",
            *(f"{size}: GB" for size in sizes), "GB a million more"]  # fmt: skip
    found = fits(parts)
    rows, small = [], []
    for name, fit in sorted(found.items(), key=lambda item: -max(item[1].seconds)):
        if max(fit.seconds) < SLOW:
            small.append(fit)
            continue
        rows.append(_growth_row(name, fit, parts[-1]["rows"] / parts[-1]["customers"]))
    whole = ["**wall of all, s**", "", *(f"{_wall(p):,.0f}" for p in parts), "",
             *(gigabytes(max(u["largest"] for u in p["took"].values())) for p in parts), ""]  # fmt: skip
    rest = [f"{len(small)} others, each below {SLOW:g} s", f"{sum(f.jobs for f in small)}",
            *(f"{sum(f.seconds[k] for f in small):,.1f}" for k in range(len(parts))), "",
            *(gigabytes(max((f.peaks[k] for f in small), default=0)) for k in range(len(parts))), ""]  # fmt: skip
    counts = [f"{part['customers']:,} customers, {part['rows']:,} transactions" for part in parts]
    return [
        *table(head, [*rows, *([rest] if small else []), whole]),
        "",
        "; ".join(counts) + ".",
        "",
        *where(parts),
    ]


def _growth_row(name: str, fit: Growth, transactions: float) -> list[str]:
    per = transactions if name in BY_ROWS else 1
    return [
        f"`{name}`",
        f"{fit.jobs}",
        *map(shown, fit.seconds),
        "–" if fit.exponent is None else f"{fit.exponent:.2f}",
        *map(gigabytes, fit.peaks),
        gigabytes(fit.megabytes_each * per * 1e6),
    ]


def _wall(part: dict[str, Any]) -> float:
    return float(sum(usage["wall"] for usage in part["took"].values()))


def overhead(measured: Measured) -> list[str]:
    """Imports and Snakemake's own work."""
    if "overhead" not in measured:
        return []
    part = measured["overhead"]
    rows = [[f"import {name}", shown(value)] for name, value in part["imports"].items()]
    rows += [["Python itself", shown(part["python"])], ["`snakemake -n`", shown(part["plan"])]]
    return [*table(["what", "seconds"], rows), "", *block(part), "", *where([part])]


def block(part: dict[str, Any]) -> list[str]:
    """What a script printed."""
    return ["```text", f"$ {part['command']}", *part["lines"], "```"]


def scripts(name: str) -> Callable[[Measured], list[str]]:
    """The page's part for a script of its own."""

    def made(measured: Measured) -> list[str]:
        part = measured.get(name)
        return [*block(part), "", *where([part])] if part else []

    return made


def scale(measured: Measured) -> list[str]:
    """Measured costs, carried on."""
    parts = _of(measured, "growth_")
    if len(parts) < 2:
        return []
    # Two sizes say nothing of how a rule grows.
    return (plan_tables if len(parts) > 2 else too_few)(parts, measured.get("plan"))


TABLES: dict[str, Callable[[Measured], list[str]]] = {
    "notebook": notebook,
    "growth": growth,
    "overhead": overhead,
    "scale": scale,
    **{name: scripts(name) for name in ("ingest", "training", "fixed_points", "simulate")},
}


def _of(measured: Measured, beginning: str) -> list[dict[str, Any]]:
    """The parts of one kind, by their number of customers."""
    parts = [part for name, part in measured.items() if name.startswith(beginning)]
    return sorted(parts, key=lambda part: int(part["customers"]))


def filled(text: str, measured: Measured) -> str:
    """A page with its tables; one without measurements stays as it is."""

    def replace(found: re.Match[str]) -> str:
        lines = TABLES[found[1]](measured)
        return (
            f"<!-- measured: {found[1]} -->\n\n{chr(10).join(lines)}\n\n<!-- end -->"
            if lines
            else found[0]
        )

    return re.sub(r"<!-- measured: (\w+) -->\n.*?<!-- end -->", replace, text, flags=re.DOTALL)


def write_documents(folder: Path, docs: Path, check: bool = False) -> bool:
    """Write the tables into the pages; whether nothing changed."""
    measured = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    same = True
    for name in PAGES:
        page = docs / name
        text = page.read_text()
        new = filled(text, measured)
        same &= new == text
        if not check:
            page.write_text(new)
    return same


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="status 1 when a page is stale")
    checking = parser.parse_args().check
    fresh = write_documents(ROOT / "benchmarks/measured", ROOT / "docs", checking)
    sys.exit(checking and not fresh)
