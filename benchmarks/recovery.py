"""Recovery against noise: small runs at several levels of noise, one table of what each recovers.

Usage: python benchmarks/recovery.py FOLDER [--customers N] [--noise F ...] [--figure FILE]

Each run has its own results in FOLDER. Its noise is F (default 0.5 1 2) times the default one: own
tastes change F times as much from year to year, tastes drift F times as much, and there are 1/F²
as many transactions. Prints recovery.csv of all runs side by side, as Markdown,
and draws it with its intervals (docs/explanation/recovery_against_noise.png by default).
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[1]
QUANTITIES = [
    "dominant_trait",
    "segment_level_2",
    "segment_level_3",
    "attractor_label",
    "coefficients_azimuth",
    "coefficients_elevation",
    "movers_precision",
    "movers_recall",
    "movers_likely_precision",
    "movers_likely_recall",
    "movers_top",
    "movers_top_network",
    "movers_top_observer",
    "movers_recall_without_noise",
    "movers_delay_months",
    "movers_new_trait_shown",
]
# Panels of the figure: title, and the quantities with their names there.
PANELS = {
    "Traits": {"trait_worst": "worst trait, squared correlation"},
    "Segments": {
        "dominant_trait": "dominant trait",
        "segment_level_2": "segment of two",
        "segment_level_3": "segment of three",
        "attractor_label": "attractor's label",
    },
    "Movers": {
        "movers_likely_precision": "likely movers: precision",
        "movers_likely_recall": "likely movers: recall",
        "movers_top": "largest changes",
        "movers_precision": "another dominant trait: precision",
    },
}


def run(folder: Path, customers: int, noise: float) -> Path:
    """The recovery.csv of a run; one that is there already is kept."""
    sys.path.insert(0, str(ROOT / "workflow"))
    from spendscape.config.simulate import Simulate

    usual = Simulate()
    results = (folder / f"noise_{noise:g}").resolve()
    knobs = (
        f"simulate={{customers: {customers}, yearly_noise: {noise * usual.yearly_noise:g}, "
        f"yearly_drift: {noise * usual.yearly_drift:g}, "
        f"transactions_per_year: {min(2000, round(usual.transactions_per_year / noise**2))}}}"
    )
    target = results / "recovery.csv"
    command = [sys.executable, "-m", "snakemake", str(target), "--cores", "2", "--quiet", "all"]
    subprocess.run([*command, "--config", f"results={results}", knobs], cwd=ROOT, check=True)
    return target


def recovered(path: Path) -> "pd.DataFrame":
    """A run's recovery.csv by quantity, with the row of the trait that is found worst."""
    import pandas as pd

    frame = pd.read_csv(path).set_index("quantity")
    traits = frame[frame.index.str.startswith("trait_")]
    frame.loc["trait_worst"] = traits.iloc[int(traits["value"].argmin())]
    return frame


def draw(frames: "list[pd.DataFrame]", noise: list[float], file: Path) -> None:
    """Values with their 95 % intervals over the noise, a panel a kind of quantity."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

    from spendscape.pages.colours import COLOURBLIND
    from spendscape.pages.figures import drawing as figures

    @figures.styled
    def drawn() -> "Figure":
        figure = Figure(figsize=(7.4, 3.5), facecolor="white", layout="constrained")
        for panel, (axes, (title, lines)) in enumerate(
            zip(figure.subplots(1, len(PANELS), sharey=True), PANELS.items(), strict=True)
        ):
            for k, (name, label) in enumerate(lines.items()):
                rows = [frame.loc[name] for frame in frames]
                # Side by side, so that no interval hides another.
                places = [level * 1.06 ** (k - (len(lines) - 1) / 2) for level in noise]
                value = [row["value"] for row in rows]
                ends = [[abs(row["value"] - row[end]) for row in rows] for end in ("low", "high")]
                style = {"marker": "o", "ms": 3.5, "lw": 1.2, "elinewidth": 0.8, "capsize": 2}
                axes.errorbar(places, value, yerr=ends, color=COLOURBLIND[k], label=label, **style)
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(FixedLocator(noise))
            axes.xaxis.set_minor_locator(NullLocator())
            axes.xaxis.set_major_formatter(ScalarFormatter())
            axes.set_xlabel("noise, relative to the default")
            axes.set_ylim(0, 1.03)
            axes.grid(axis="y")
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), handlelength=1.5)
            letter = f"({chr(ord('a') + panel)}) "
            axes.set_title(letter + title, loc="left", fontsize=9)
            if panel == 0:
                axes.set_ylabel("recovered")
        return figure

    drawn().savefig(file, dpi=130, format="png", metadata={"Software": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--noise", type=float, nargs="*", default=[0.5, 1, 2])
    figure = ROOT / "docs/explanation/recovery_against_noise.png"
    parser.add_argument("--figure", type=Path, default=figure)
    chosen = parser.parse_args()
    paths = [run(chosen.folder, chosen.customers, noise) for noise in chosen.noise]
    frames = [recovered(path) for path in paths]
    draw(frames, chosen.noise, chosen.figure)
    print("| quantity | " + " | ".join(f"noise × {noise:g}" for noise in chosen.noise) + " |")
    print("|---" * (len(frames) + 1) + "|")
    for name in ["trait_worst", *QUANTITIES]:
        values = [frame["value"].get(name, float("nan")) for frame in frames]
        print(f"| {name.replace('_', ' ')} | " + " | ".join(f"{v:.3f}" for v in values) + " |")
