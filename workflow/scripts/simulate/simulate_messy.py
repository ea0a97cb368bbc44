"""Write a year's transactions as a bank exports them, and which of its rows are broken."""

import pyarrow.parquet as pq

from spendscape.core.parquet import PARQUET
from spendscape.running.job import job
from spendscape.simulate.exports import HEADER, write

with job() as run:
    year = int(run.wildcards.year)
    transactions = pq.read_table(run.input.transactions, columns=HEADER)
    # Every second file has the habits of another system.
    odd = bool(year % 2)
    with open(run.output.export, "wb") as file:
        seed = (run.settings.seed, year)
        defects = write(transactions, file, run.settings.simulate.messy, seed, odd, not odd)
    pq.write_table(defects, run.output.defects, **PARQUET)
    run.log.info("%d rows, %d of them broken", len(transactions), len(defects))
