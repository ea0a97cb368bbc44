rule surrogate:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        formula="<results>/tensors/traits.json",
        states="<results>/states/long.parquet",
        inverse="<results>/space/inverse.json",
    output:
        scores="<results>/surrogate/scores.csv",
        coefficients="<results>/surrogate/coefficients.csv",
        chart="<results>/surrogate/chart.json",
    log:
        "<logs>/surrogate.log",
    benchmark:
        "<benchmarks>/surrogate.tsv"
    conda:
        "../envs/analysis.yaml"
    threads: 2
    resources:
        **RESOURCES["surrogate"],
    params:
        settings=settings("surrogate", "seed"),
        code=code("explanation/surrogate"),
    message:
        "Surrogate: five families of models of the trajectories' directions"
    script:
        "../workflow/scripts/explanation/surrogate.py"


rule directions:
    input:
        spending=lambda wildcards: TENSORS[wildcards.window],
        states="<results>/states/{window}.parquet",
        chart="<model>/surrogate/chart.json",
        coefficients="<model>/surrogate/coefficients.csv",
    output:
        directions="<results>/surrogate/directions_{window}.parquet",
    log:
        "<logs>/directions_{window}.log",
    benchmark:
        "<benchmarks>/directions_{window}.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["directions"],
    params:
        settings=settings(),
        code=code("explanation/directions"),
    message:
        "Directions: azimuth and elevation in the {wildcards.window} window"
    script:
        "../workflow/scripts/explanation/directions.py"


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
    resources:
        **RESOURCES["space"],
    params:
        settings=settings("space"),
        code=code("explanation/space"),
    message:
        "Space: the reachable outputs and the inverse map"
    script:
        "../workflow/scripts/explanation/space.py"
