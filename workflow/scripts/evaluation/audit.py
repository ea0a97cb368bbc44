"""Audit: what the run says of attributes that nothing was trained on (docs/explanation/audit.md)."""

from spendscape.core.csv_tables import write_csv
from spendscape.core.pseudonyms import secret
from spendscape.evaluation.audit import audit
from spendscape.evaluation.audit_data import audited, read_run
from spendscape.running.job import job

with job() as run:
    # The simulator's truth holds its attribute, and much that is none.
    settings, columns = run.settings.audit, run.settings.audit.attributes
    if run.input.get("truth"):
        columns = ["protected"]
    found, customers = read_run(dict(run.input.items()))
    key = secret(run.settings.privacy)
    minimum = run.settings.segments.minimum_customers
    groups = audited(customers, run.input.table, settings, columns, minimum, key)
    made = audit(found, groups, settings, minimum, run.settings.seed)
    write_csv(made, run.output.audit)
    for attribute in groups:
        run.log.info(
            "%s: %d groups, %d customers without a value, %d in groups that are too small",
            attribute.name, len(attribute.groups), attribute.unknown, attribute.small,
        )  # fmt: skip
