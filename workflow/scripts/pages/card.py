"""Card: why is this customer where it is?"""

from pathlib import Path

from spendscape.pages.card_files import read_customer, read_reference
from spendscape.pages.cards import card
from spendscape.running.job import job

with job() as run:
    files = dict(run.input.items())
    customer = read_customer(files, run.wildcards.customer, run.settings.traits.mean)
    page = card(customer, read_reference(files), run.settings.cards.classes)
    Path(run.output.card).write_text(page, encoding="utf-8")
