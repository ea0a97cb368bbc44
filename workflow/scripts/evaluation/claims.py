"""Claims: every claim of the study beside what this run measured."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from spendscape.evaluation.claims import claims_table
from spendscape.evaluation.quantities import Results, levels
from spendscape.evaluation.study_claims import CLAIMS
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json

READERS: dict[str, Callable[[str], Any]] = {
    ".csv": pd.read_csv,
    ".json": lambda path: json.loads(Path(path).read_text()),
    ".parquet": lambda path: pd.read_parquet(path, columns=["verdict"]),
}

with job() as run:
    files = {name: READERS[Path(path).suffix](path) for name, path in run.input.items()}
    files["formula"] = formula_from_json(Path(run.input.formula).read_text())
    results = Results(
        **files, slow=run.settings.dynamics.slow, supervision=run.settings.model.supervision
    )
    table = claims_table(CLAIMS, levels(results), results)
    table.to_csv(run.output.claims, index=False)
    run.log.info("%s", table["verdict"].value_counts().to_dict())
