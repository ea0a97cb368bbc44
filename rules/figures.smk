rule figure_1:
    input:
        weights="<results>/model/weights.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
    output:
        png=report(
            "<results>/figures/figure_1.png",
            caption="../workflow/report/figure_1.rst",
            category="Figures",
            labels={"figure": "1", "shows": "trajectories by dominant trait"},
        ),
        svg="<results>/figures/figure_1.svg",
    log:
        "<logs>/figure_1.log",
    benchmark:
        "<benchmarks>/figure_1.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("figure_1"),
    message:
        "Figure 1: trajectories by dominant trait"
    script:
        "../workflow/scripts/figure_1.py"


rule figure_2:
    input:
        formula="<results>/tensors/traits.json",
        directions="<results>/surrogate/directions_long.parquet",
        segments="<results>/segments/segments.parquet",
    output:
        png=report(
            "<results>/figures/figure_2.png",
            caption="../workflow/report/figure_2.rst",
            category="Figures",
            labels={
                "figure": "2",
                "shows": "the trajectories' angles, level by level",
            },
        ),
        svg="<results>/figures/figure_2.svg",
    log:
        "<logs>/figure_2.log",
    benchmark:
        "<benchmarks>/figure_2.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("figure_2"),
    message:
        "Figure 2: the trajectories' angles, level by level"
    script:
        "../workflow/scripts/figure_2.py"


rule figure_3:
    input:
        formula="<results>/tensors/traits.json",
        segments="<results>/segments/segments.parquet",
        extended="<results>/states/extended.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
    output:
        png=report(
            "<results>/figures/figure_3.png",
            caption="../workflow/report/figure_3.rst",
            category="Figures",
            labels={"figure": "3", "shows": "predicted final locations"},
        ),
        svg="<results>/figures/figure_3.svg",
    log:
        "<logs>/figure_3.log",
    benchmark:
        "<benchmarks>/figure_3.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("figure_3"),
    message:
        "Figure 3: predicted final locations"
    script:
        "../workflow/scripts/figure_3.py"


rule figure_4:
    input:
        segments="<results>/segments/segments.parquet",
        extended="<results>/states/extended.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
    output:
        png=report(
            "<results>/figures/figure_4.png",
            caption="../workflow/report/figure_4.rst",
            category="Figures",
            labels={"figure": "4", "shows": "the attractors"},
        ),
        svg="<results>/figures/figure_4.svg",
    log:
        "<logs>/figure_4.log",
    benchmark:
        "<benchmarks>/figure_4.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("figure_4"),
    message:
        "Figure 4: the attractors"
    script:
        "../workflow/scripts/figure_4.py"


rule figure_5:
    input:
        traits="<results>/tensors/traits.parquet",
        reachable="<results>/space/reachable.parquet",
        weights="<results>/model/weights.json",
        fixed_points="<results>/dynamics/fixed_points.parquet",
    output:
        png=report(
            "<results>/figures/figure_5.png",
            caption="../workflow/report/figure_5.rst",
            category="Figures",
            labels={"figure": "5", "shows": "the reachable output space"},
        ),
        svg="<results>/figures/figure_5.svg",
    log:
        "<logs>/figure_5.log",
    benchmark:
        "<benchmarks>/figure_5.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("figure_5"),
    message:
        "Figure 5: the reachable output space"
    script:
        "../workflow/scripts/figure_5.py"


rule figure_6:
    input:
        inverse="<results>/space/inverse.json",
        fixed_points="<results>/dynamics/fixed_points.parquet",
    output:
        png=report(
            "<results>/figures/figure_6.png",
            caption="../workflow/report/figure_6.rst",
            category="Figures",
            labels={"figure": "6", "shows": "the trait axes in state space"},
        ),
        svg="<results>/figures/figure_6.svg",
    log:
        "<logs>/figure_6.log",
    benchmark:
        "<benchmarks>/figure_6.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("figure_6"),
    message:
        "Figure 6: the trait axes in state space"
    script:
        "../workflow/scripts/figure_6.py"


rule flow:
    input:
        spending="<results>/tensors/spending.parquet",
        weights="<results>/model/weights.json",
        extended="<results>/states/extended.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
    output:
        png=report(
            "<results>/figures/flow.png",
            caption="../workflow/report/flow.rst",
            category="Figures",
            labels={"figure": "flow", "shows": "where the network drives the state"},
        ),
        svg="<results>/figures/flow.svg",
    log:
        "<logs>/flow.log",
    benchmark:
        "<benchmarks>/flow.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("flow"),
    message:
        "Flow: where the network drives the state under the mean input"
    script:
        "../workflow/scripts/flow.py"
