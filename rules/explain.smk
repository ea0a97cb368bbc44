rule reference:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        directions="<results>/surrogate/directions_long.parquet",
        chart="<results>/surrogate/chart.json",
    output:
        reference="<results>/explain/reference.json",
    log:
        "<logs>/reference.log",
    benchmark:
        "<benchmarks>/reference.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=settings("traits.mean", "score.far"),
        code=code("reference"),
    message:
        "Reference: the average customer, which cards compare with"
    script:
        "../workflow/scripts/reference.py"


rule card:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        formula="<model>/tensors/traits.json",
        weights="<model>/model/weights.json",
        metrics="<model>/model/metrics.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        directions="<results>/surrogate/directions_long.parquet",
        coefficients="<model>/surrogate/coefficients.csv",
        chart="<model>/surrogate/chart.json",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        segments="<results>/segments/segments.parquet",
        reference="<model>/explain/reference.json",
    output:
        card=report(
            "<results>/explain/{customer}.html",
            caption="../workflow/report/card.rst",
            category="Cards",
            labels={"customer": "{customer}"},
        ),
    log:
        "<logs>/card_{customer}.log",
    benchmark:
        "<benchmarks>/card_{customer}.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        settings=settings("cards.classes", "traits.mean"),
        code=code("card"),
        template=template("card.html"),
    message:
        "Card: why is customer {wildcards.customer} where it is?"
    script:
        "../workflow/scripts/card.py"


checkpoint examples:
    input:
        weights="<model>/model/weights.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        directions="<results>/surrogate/directions_long.parquet",
        chart="<model>/surrogate/chart.json",
        segments="<results>/segments/segments.parquet",
    output:
        examples="<results>/explain/examples.csv",
    log:
        "<logs>/examples.log",
    benchmark:
        "<benchmarks>/examples.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        settings=settings("cards.examples"),
        code=code("examples"),
    message:
        "Examples: customers whose cards differ"
    script:
        "../workflow/scripts/examples.py"


rule explorer:
    input:
        weights="<results>/model/weights.json",
        metrics="<results>/model/metrics.json",
        traits="<results>/tensors/traits.parquet",
        formula="<results>/tensors/traits.json",
        states="<results>/states/long.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
        inverse="<results>/space/inverse.json",
        segments="<results>/segments/segments.parquet",
        movers="<results>/segments/movers.parquet",
    output:
        explorer=report(
            "<results>/explorer.html",
            caption="../workflow/report/explorer.rst",
            category="Explorer",
            labels={"shows": "the state space in 3-D"},
        ),
    log:
        "<logs>/explorer.log",
    benchmark:
        "<benchmarks>/explorer.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=settings("explorer", "results"),
        code=code("explorer"),
        template=template("explorer.html"),
    message:
        "Explorer: the state space, to turn, filter and click"
    script:
        "../workflow/scripts/explorer.py"
