"""Write a year's transactions as a bank exports them, and which of its rows are broken."""

import pyarrow.parquet as pq

from spendscape.core import parquet as tables
from spendscape.running.job import job
from spendscape.simulate import exports as messy

with job() as run:
    year = int(run.wildcards.year)
    transactions = pq.read_table(run.input.transactions, columns=messy.HEADER)
    # Every second file has the habits of another system.
    odd = bool(year % 2)
    with open(run.output.export, "wb") as file:
        seed = (run.settings.seed, year)
        defects = messy.write(transactions, file, run.settings.simulate.messy, seed, odd, not odd)
    pq.write_table(defects, run.output.defects, **tables.PARQUET)
    run.log.info("%d rows, %d of them broken", len(transactions), len(defects))
