rule recovery:
    input:
        truth="<results>/simulate/truth.parquet",
        weights="<results>/model/weights.json",
        formula="<results>/tensors/traits.json",
        traits="<results>/tensors/traits.parquet",
        spending=[TENSORS[window] for window in WINDOWS],
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        directions=expand(
            "<results>/surrogate/directions_{window}.parquet", window=WINDOWS
        ),
        scores="<results>/surrogate/scores.csv",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        movers="<results>/segments/movers.parquet",
    output:
        recovery="<results>/recovery.csv",
        page=report(
            "<results>/report/recovery.html",
            caption="../workflow/report/recovery.rst",
            category="Recovery",
            labels={"table": "what was planted and what was found"},
        ),
    log:
        "<logs>/recovery.log",
    benchmark:
        "<benchmarks>/recovery.tsv"
    conda:
        "../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        settings=settings(
            "simulate.first_year",
            "simulate.years",
            "tensors.long.steps",
            "tensors.long.months_per_step",
            "tensors.recent",
            "segments.levels",
            "segments.bootstrap",
            "privacy.pseudonymise",
            "privacy.key_variable",
            "seed",
        ),
        code=code("recovery"),
    message:
        "Recovery: what the run found of what the simulator planted"
    script:
        "../workflow/scripts/recovery.py"
