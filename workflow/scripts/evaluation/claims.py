"""Claims: every claim of the study beside what this run measured."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from spendscape.core.csv_tables import read_csv, write_csv
from spendscape.evaluation.claims import claims_table
from spendscape.evaluation.quantities import Results, levels
from spendscape.evaluation.study_claims import CLAIMS
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json

READERS: dict[str, Callable[[str], Any]] = {
    ".csv": read_csv,
    ".json": lambda path: json.loads(Path(path).read_text()),
    ".parquet": lambda path: pd.read_parquet(path, columns=["verdict"]),
}

with job() as run:
    files = {name: READERS[Path(path).suffix](path) for name, path in run.input.items()}
    files["formula"] = formula_from_json(Path(run.input.formula).read_text())
    settings = {"slow": run.settings.dynamics.slow, "supervision": run.settings.model.supervision}
    results = Results(**files, **settings)
    table = claims_table(CLAIMS, levels(results), results)
    write_csv(table, run.output.claims)
    run.log.info("%s", table["verdict"].value_counts().to_dict())
