rule trajectories:
    input:
        spending=lambda wildcards: TENSORS[wildcards.window],
        weights="<model>/model/weights.json",
    output:
        states="<results>/states/{window}.parquet",
    log:
        "<logs>/trajectories_{window}.log",
    benchmark:
        "<benchmarks>/trajectories_{window}.tsv"
    conda:
        "../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        settings=settings(),
        code=code("trajectories"),
    message:
        "Trajectories: the hidden state's trajectories in the {wildcards.window} window"
    script:
        "../workflow/scripts/trajectories.py"


rule extend:
    input:
        spending="<results>/tensors/spending.parquet",
        weights="<model>/model/weights.json",
    output:
        states="<results>/states/extended.parquet",
    log:
        "<logs>/extend.log",
    benchmark:
        "<benchmarks>/extend.tsv"
    conda:
        "../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        settings=settings("states.extended_steps"),
        code=code("extend"),
    message:
        "Extend: the trajectories under each customer's mean spending"
    script:
        "../workflow/scripts/extend.py"
