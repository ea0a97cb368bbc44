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
        "../envs/spendscape.yaml"
    threads: 2
    resources:
        mem_mb=3500,
        runtime=60,
    params:
        settings=settings(
            "source", "privacy", *(["ingest"] if CONFIG.source == "files" else [])
        ),
        code=code("ingest"),
    message:
        "Ingest: every raw row accepted, quarantined or excluded, and summed by customer, month and class"
    script:
        "../workflow/scripts/ingest.py"
