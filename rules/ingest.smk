# The keys that a shard reads; those about classes and shares are for what gathers the shards.
READING = [
    "privacy.pseudonymise",
    "privacy.key_variable",
    "privacy.keep_rejected_text",
    *(
        f"ingest.{key}"
        for key in type(CONFIG.ingest).model_fields
        if key
        not in (
            "taxonomy",
            "class_tables",
            "class_map",
            "excluded_categories",
            "unmapped",
            "allow_unused",
            "allow_links",
            "max_quarantined_share",
            "keep_sums",
            "history",
            "shards",
        )
    ),
]


if SHARDED:

    rule ingest_shard:
        input:
            files=shard_files,
            rates=(
                config_file("ingest.rates", CONFIG.ingest.rates)
                if CONFIG.ingest.rates
                else []
            ),
        output:
            sums="<results>/ingest/shards/{shard}.parquet",
            quarantine="<results>/ingest/shards/{shard}_quarantine.parquet",
            survey="<results>/ingest/shards/{shard}.json",
        log:
            "<logs>/ingest_shard_{shard}.log",
        benchmark:
            "<benchmarks>/ingest_shard_{shard}.tsv"
        conda:
            "../envs/tables.yaml"
        resources:
            **RESOURCES["ingest_shard"],
        params:
            settings=settings(*READING),
            pieces=shard_pieces,
            code=code("ingest/ingest_shard"),
        message:
            "Ingest, shard {wildcards.shard}: every raw row judged and summed"
        script:
            "../workflow/scripts/ingest/ingest_shard.py"

    rule ingest:
        input:
            sums=expand("<results>/ingest/shards/{shard}.parquet", shard=SHARDS),
            quarantine=expand(
                "<results>/ingest/shards/{shard}_quarantine.parquet", shard=SHARDS
            ),
            surveys=expand("<results>/ingest/shards/{shard}.json", shard=SHARDS),
            taxonomy=(
                config_file("ingest.taxonomy", CONFIG.ingest.taxonomy)
                if CONFIG.ingest.taxonomy
                else []
            ),
            class_tables=[
                config_file("ingest.class_tables", name)
                for name in CONFIG.ingest.class_tables
            ],
        output:
            monthly="<results>/ingest/monthly.parquet",
            quarantine="<results>/ingest/quarantine.parquet",
            ledger="<results>/ingest/ledger.json",
            classes="<results>/ingest/classes.json",
        log:
            "<logs>/ingest.log",
        benchmark:
            "<benchmarks>/ingest.tsv"
        conda:
            "../envs/tables.yaml"
        threads: 2
        resources:
            **RESOURCES["ingest"],
        params:
            settings=settings("source", "ingest"),
            code=code("ingest/ingest_gather"),
        message:
            "Ingest: the shards brought together, every row accepted, quarantined or excluded"
        script:
            "../workflow/scripts/ingest/ingest_gather.py"

else:

    rule ingest:
        input:
            files=raw_files,
            taxonomy=(
                config_file("simulate.taxonomy", CONFIG.simulate.taxonomy)
                if CONFIG.source == "simulated"
                else (
                    config_file("ingest.taxonomy", CONFIG.ingest.taxonomy)
                    if CONFIG.ingest.taxonomy
                    else []
                )
            ),
            class_tables=[
                config_file("ingest.class_tables", name)
                for name in CONFIG.ingest.class_tables
            ],
            rates=(
                config_file("ingest.rates", CONFIG.ingest.rates)
                if CONFIG.ingest.rates
                else []
            ),
            history=(
                config_file(
                    "ingest.history", f"{CONFIG.ingest.history}/ingest/kept.json"
                )
                if CONFIG.ingest.history
                else []
            ),
        output:
            # Beside it is the folder of the sums, which has to outlive this job's next start.
            **({"kept": "<results>/ingest/kept.json"} if KEPT else {}),
            monthly="<results>/ingest/monthly.parquet",
            quarantine="<results>/ingest/quarantine.parquet",
            ledger="<results>/ingest/ledger.json",
            classes="<results>/ingest/classes.json",
        log:
            "<logs>/ingest.log",
        benchmark:
            "<benchmarks>/ingest.tsv"
        conda:
            "../envs/tables.yaml"
        threads: 2
        resources:
            **RESOURCES["ingest"],
        params:
            settings=settings(
                "source",
                "privacy.pseudonymise",
                "privacy.key_variable",
                "privacy.keep_rejected_text",
                *([] if CONFIG.source == "simulated" else ["ingest"]),
            ),
            code=code(f"ingest/{INGEST}"),
        message:
            "Ingest: every raw row accepted, quarantined or excluded, and summed by customer, month and class"
        script:
            f"../workflow/scripts/ingest/{INGEST}.py"
