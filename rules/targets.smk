# What users ask for by name, beside the rules that have such a name themselves: ingest, elbow,
# surrogate, space, attractors, segments and report. `make help` and the docs list them all.


rule simulate:
    input:
        raw_files,


rule tensors:
    input:
        [TENSORS[window] for window in WINDOWS],
        "<results>/tensors/customers.parquet",
        "<results>/tensors/traits.parquet",


rule model:
    input:
        "<results>/model/lstm.keras",


rule states:
    input:
        expand("<results>/states/{window}.parquet", window=WINDOWS),
        "<results>/states/extended.parquet",


rule figures:
    input:
        expand("<results>/figures/{name}.png", name=FIGURES),


rule cards:
    input:
        example_cards,


if not CONFIG.score.run:

    # rules/segments.smk has the one that scores.
    rule score:
        input:
            no_run_to_score_with,

    rule monitor:
        input:
            no_run_to_score_with,

else:

    rule monitor:
        input:
            "<results>/monitor/drift.csv",
            "<results>/monitor/drift.html",
            "<results>/monitor/passed" if CONFIG.monitor.fail else [],


if not CONFIG.audited:

    # rules/evaluation.smk has the one that audits.
    rule audit:
        input:
            nothing_to_audit,
