"""Coefficients: how the explanation weighs each class for each trait, as colours."""

from pathlib import Path

from spendscape.core.csv_tables import read_csv
from spendscape.pages.figures.coefficients import by_class_and_trait, draw
from spendscape.pages.figures.drawing import save
from spendscape.running.job import job
from spendscape.traits.formula import formula_from_json

with job() as run:
    traits = formula_from_json(Path(run.input.formula).read_text()).traits
    values, classes = by_class_and_trait(read_csv(run.input.coefficients), traits)
    save(draw(values, classes, traits), run.output.png, run.output.svg)
