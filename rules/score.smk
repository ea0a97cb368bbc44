# Only with score.run: new customers go through the same rules, with the model of a finished run.
ruleorder: scored_traits > traits


rule scored_traits:
    input:
        spending="<results>/tensors/spending.parquet",
        formula="<model>/tensors/traits.json",
    output:
        traits="<results>/tensors/traits.parquet",
    log:
        "<logs>/scored_traits.log",
    benchmark:
        "<benchmarks>/scored_traits.tsv"
    conda:
        "../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=settings("traits.mean"),
        code=code("scored_traits"),
    message:
        "Traits: the formula of the finished run on new customers"
    script:
        "../workflow/scripts/scored_traits.py"


rule score:
    input:
        spending="<results>/tensors/spending.parquet",
        customers="<results>/tensors/customers.parquet",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        fixed_points="<results>/dynamics/fixed_points.parquet",
        segments="<results>/segments/segments.parquet",
        reference="<model>/explain/reference.json",
        cards=example_cards,
    output:
        score="<results>/score.parquet",
    log:
        "<logs>/score.log",
    benchmark:
        "<benchmarks>/score.tsv"
    conda:
        "../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=settings(),
        code=code("score"),
    message:
        "Score: each new customer's segment, with the model of {MODEL}"
    script:
        "../workflow/scripts/score.py"
