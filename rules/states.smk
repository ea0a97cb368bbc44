rule states:
    input:
        spending=lambda wildcards: TENSORS[wildcards.window],
        weights="<model>/model/weights.json",
    output:
        states="<results>/states/{window}.parquet",
    log:
        "<logs>/states_{window}.log",
    benchmark:
        "<benchmarks>/states_{window}.tsv"
    conda:
        "../envs/spendscape.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        settings=settings(),
        code=code("states"),
    message:
        "States: the hidden state's trajectories in the {wildcards.window} window"
    script:
        "../workflow/scripts/states.py"


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
        "../envs/spendscape.yaml"
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
