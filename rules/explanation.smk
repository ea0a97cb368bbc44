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
        state="<results>/surrogate/state.json",
    log:
        "<logs>/surrogate.log",
    benchmark:
        "<benchmarks>/surrogate.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["surrogate"],
    params:
        settings=settings("surrogate", "seed"),
        code=code("explanation/surrogate"),
    message:
        "Surrogate: models of the trajectories' directions, and the one of the state that explains"
    script:
        "../workflow/scripts/explanation/surrogate.py"


rule directions:
    input:
        spending=lambda wildcards: TENSORS[wildcards.window],
        states="<results>/states/{window}.parquet",
        chart="<model>/surrogate/chart.json",
        state="<model>/surrogate/state.json",
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
        settings=settings("space.grid_points"),
        code=code("explanation/space"),
    message:
        "Space: the reachable outputs and the inverse map"
    script:
        "../workflow/scripts/explanation/space.py"


rule cells:
    input:
        weights="<model>/model/weights.json",
        states="<results>/states/long.parquet",
    output:
        cells="<results>/segments/cells.csv",
    log:
        "<logs>/cells.log",
    benchmark:
        "<benchmarks>/cells.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["cells"],
    params:
        settings=settings("segments.largest_residual"),
        code=code("explanation/cells"),
    message:
        "Cells: which orders of traits exist, how large they are, and who is in them"
    script:
        "../workflow/scripts/explanation/cells.py"
