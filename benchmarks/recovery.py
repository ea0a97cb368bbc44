"""Recovery against noise: small runs at several levels of noise, one table of what each recovers.

Usage: python benchmarks/recovery.py FOLDER [--customers N] [--noise F ...]

Each run has its own results in FOLDER. Its noise is F (default 0.5 1 2) times the default one: own
tastes change F times as much from year to year, tastes drift F times as much, and there are 1/F²
as many transactions. Prints recovery.csv of all runs side by side, as Markdown.
"""

import argparse
import subprocess
import sys
from pathlib import Path

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
    "movers_top",
    "movers_top_observer",
    "movers_recall_without_noise",
    "movers_delay_months",
    "movers_new_trait_shown",
]


def run(folder: Path, customers: int, noise: float) -> Path:
    """The recovery.csv of a run; one that is there already is kept."""
    sys.path.insert(0, str(ROOT / "workflow"))
    from spendscape.config import Simulate

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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--noise", type=float, nargs="*", default=[0.5, 1, 2])
    chosen = parser.parse_args()
    paths = [run(chosen.folder, chosen.customers, noise) for noise in chosen.noise]
    import pandas as pd

    frames = [pd.read_csv(path).set_index("quantity")["value"] for path in paths]
    print("| quantity | " + " | ".join(f"noise × {noise:g}" for noise in chosen.noise) + " |")
    print("|---" * (len(frames) + 1) + "|")
    worst = [frame[frame.index.str.startswith("trait_")].min() for frame in frames]
    print("| worst trait | " + " | ".join(f"{value:.3f}" for value in worst) + " |")
    for name in QUANTITIES:
        cells = [f"{frame.get(name, float('nan')):.3f}" for frame in frames]
        print(f"| {name.replace('_', ' ')} | " + " | ".join(cells) + " |")
