rule space:
    input:
        weights="<results>/model/weights.json",
    output:
        reachable="<results>/space/reachable.parquet",
        inverse="<results>/space/inverse.json",
    log:
        "<logs>/space.log",
    benchmark:
        "<benchmarks>/space.tsv"
    conda:
        "../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        settings=settings("space"),
        code=code("space"),
    message:
        "Space: the reachable outputs and the inverse map"
    script:
        "../workflow/scripts/space.py"
