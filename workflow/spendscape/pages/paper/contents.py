"""What the paper is made of. Snakemake reads this at every start, so it imports nothing heavy."""

from collections.abc import Collection

# The results files by the name of what is read from them.
INPUTS = {
    "ledger": "ingest/ledger.json",
    "coverage": "tensors/coverage.csv",
    "windows": "tensors/summary.json",
    "formula": "tensors/traits.json",
    "metrics": "model/metrics.json",
    "elbow": "model/elbow.json",
    "scores": "surrogate/scores.csv",
    "coefficients": "surrogate/coefficients.csv",
    "inverse": "space/inverse.json",
    "fixed_points": "dynamics/fixed_points.parquet",
    "attractors": "dynamics/attractors.json",
    "convergence": "dynamics/convergence.csv",
    "segment_table": "segments/table.csv",
    "naming": "segments/naming.json",
    "margins": "segments/margins.csv",
    "moves": "segments/moves.csv",
    "stability": "segments/stability.json",
    "claims": "claims.csv",
}
# And those that a run has under a condition (`running.contract.CONDITIONS`).
INPUTS_WHEN = {
    "audited": {"audit": "audit/audit.csv"},
    "simulated": {"recovery": "recovery.csv"},
}
# The parts of the config that the page shows: what decides results. The others name places and people.
SETTINGS = (
    "source",
    "seed",
    "currency",
    "simulate",
    "tensors",
    "traits",
    "model",
    "elbow",
    "ensemble",
    "surrogate",
    "space",
    "dynamics",
    "segments",
    "explain",
    "audit",
)
TEMPLATES = (
    "paper/paper.html",
    "paper/macros.html",
    "paper/data.html",
    "paper/results.html",
    "paper/segments.html",
    "paper/discussion.html",
    "paper/methods.html",
    "paper/provenance.html",
    "paper/style.css",
)


def inputs_of(holding: Collection[str]) -> dict[str, str]:
    """The results files that the paper is made of, by name.

    Parameters
    ----------
    holding : the conditions that the config fulfils
    """
    found = dict(INPUTS)
    for condition, files in INPUTS_WHEN.items():
        if condition in holding:
            found |= files
    return found
