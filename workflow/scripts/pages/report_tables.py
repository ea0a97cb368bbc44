"""Report tables: the run's numbers → HTML pages with their own style, no row of a customer in them."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from spendscape.pages.report import tables as report
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json
from spendscape.traits.words import fitted, meaning

with job() as run:

    def read(name):
        return json.loads(Path(run.input[name]).read_text())

    def column(path, name):
        return pq.read_table(path, columns=[name])[name].to_pylist()

    ledger, windows, metrics = read("ledger"), read("windows"), read("metrics")
    scores, claims = pd.read_csv(run.input.scores), pd.read_csv(run.input.claims)
    fixed_points = report.counts(column(run.input.fixed_points, "verdict"))
    verdicts = {name: report.counts(column(run.input.customers, name)) for name in windows}
    why = report.no_recent_window(run.settings.tensors.posting_months)
    formula = formula_from_json(Path(run.input.formula).read_text())
    about, note = meaning(formula, metrics["r2"]), fitted(formula)
    pages = {
        "summary": report.summary(
            ledger, windows, metrics, scores, fixed_points, claims, why, about
        ),
        "claims": report.claims_page(claims, about),
        "ledger": report.ledger_page(ledger),
        "customers": report.customers_page(ledger, windows, verdicts, metrics["customers"], why),
        "model": report.model_page(
            metrics, ledger, windows,
            pd.read_csv(run.input.baselines), pd.read_csv(run.input.calibration), formula,
        ),
        "elbow": report.elbow_page(pd.read_csv(run.input.elbow), read("choice")["enough"]),
        "ensemble": report.ensemble_page(pd.read_csv(run.input.ensemble)),
        "surrogate": report.surrogate_page(scores, note),
        "attractors": report.dynamics_page(
            read("attractors"), fixed_points, pd.read_csv(run.input.convergence)
        ),
        "stability": report.stability_page(read("stability"), why, note),
        "purity": report.purity_page(pd.read_csv(run.input.purity)),
    }  # fmt: skip
    for name, text in pages.items():
        Path(getattr(run.output, name)).write_text(text)
    run.log.info("%d pages", len(pages))
