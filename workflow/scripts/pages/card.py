"""Card: why has this customer its label, how sure is it, and what would change it?"""

from pathlib import Path

from spendscape.pages.card_files import read_customer, read_reference
from spendscape.pages.cards import card
from spendscape.running.job import job

with job() as run:
    files, windows = dict(run.input.items()), run.settings.tensors
    months = [w.months_per_step for w in (windows.long, windows.recent) if w]
    customer = read_customer(files, run.wildcards.customer, months)
    page = card(customer, read_reference(files, run.settings), run.settings.cards.classes)
    Path(run.output.card).write_text(page, encoding="utf-8")
