rule fixed_points:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        weights="<model>/model/weights.json",
        states="<results>/states/long.parquet",
        extended="<results>/states/extended.parquet",
    output:
        fixed_points="<results>/dynamics/fixed_points.parquet",
    log:
        "<logs>/fixed_points.log",
    benchmark:
        "<benchmarks>/fixed_points.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["fixed_points"],
    params:
        settings=settings(
            "dynamics.tolerance", "dynamics.rollout_steps", "dynamics.starts", "seed"
        ),
        code=code("dynamics/fixed_points"),
    message:
        "Fixed points: where every customer's trajectory ends, with its stability"
    script:
        "../workflow/scripts/dynamics/fixed_points.py"


rule attractors:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        weights="<results>/model/weights.json",
        states="<results>/states/long.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
    output:
        attractors="<results>/dynamics/attractors.json",
    log:
        "<logs>/attractors.log",
    benchmark:
        "<benchmarks>/attractors.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["attractors"],
    params:
        settings=settings(
            "dynamics.point_spread",
            "dynamics.locus_variance",
            "dynamics.maximum_points",
            "dynamics.basin_customers",
            "dynamics.basin_starts",
            "dynamics.rollout_steps",
            "dynamics.slow",
            "dynamics.bootstrap",
            "seed",
        ),
        code=code("dynamics/attractors"),
    message:
        "Attractors: what the fixed points of each trait form, and their labels"
    script:
        "../workflow/scripts/dynamics/attractors.py"


rule convergence:
    input:
        traits="<results>/tensors/traits.parquet",
        weights="<results>/model/weights.json",
        states="<results>/states/long.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
    output:
        convergence="<results>/dynamics/convergence.csv",
    log:
        "<logs>/convergence.log",
    benchmark:
        "<benchmarks>/convergence.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["convergence"],
    params:
        settings=settings("dynamics.bootstrap", "seed"),
        code=code("dynamics/convergence"),
    message:
        "Convergence: do the trajectories end at their predicted final locations?"
    script:
        "../workflow/scripts/dynamics/convergence.py"
