rule naming:
    input:
        weights="<results>/model/weights.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        traits="<results>/tensors/traits.parquet",
    output:
        naming="<results>/segments/naming.json",
        margins="<results>/segments/margins.csv",
    log:
        "<logs>/naming.log",
    benchmark:
        "<benchmarks>/naming.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["naming"],
    params:
        settings=settings(
            "segments.minimum_customers",
            "segments.keep_next_step",
            "segments.keep_recent_window",
        ),
        code=code("segments/naming"),
    message:
        "Naming: which labels hold, and which segments are large enough to be named"
    script:
        "../workflow/scripts/segments/naming.py"


rule segments:
    input:
        naming="<model>/segments/naming.json",
        weights="<model>/model/weights.json",
        states="<results>/states/long.parquet",
        directions="<results>/surrogate/directions_long.parquet",
    output:
        segments="<results>/segments/segments.parquet",
    log:
        "<logs>/segments.log",
    benchmark:
        "<benchmarks>/segments.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["segments"],
    params:
        settings=settings("segments.depth"),
        code=code("segments/segments"),
    message:
        "Segments: every customer's order of traits"
    script:
        "../workflow/scripts/segments/segments.py"


rule segment_table:
    input:
        naming="<results>/segments/naming.json",
        weights="<results>/model/weights.json",
        spending="<results>/tensors/spending.parquet",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        segments="<results>/segments/segments.parquet",
        cells="<results>/segments/cells.csv",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
    output:
        table="<results>/segments/table.csv",
        profiles="<results>/segments/profiles.csv",
        exemplars="<results>/segments/exemplars.csv",
    log:
        "<logs>/segment_table.log",
    benchmark:
        "<benchmarks>/segment_table.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["segment_table"],
    params:
        settings=settings("tensors.long.months_per_step", "currency"),
        code=code("segments/segment_table"),
    message:
        "Segment table: every named segment, who stays in it, and what sets it apart"
    script:
        "../workflow/scripts/segments/segment_table.py"


rule purity:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        states="<results>/states/long.parquet",
        directions="<results>/surrogate/directions_long.parquet",
        codes="<results>/model/baselines.parquet",
    output:
        purity="<results>/segments/purity.csv",
    log:
        "<logs>/purity.log",
    benchmark:
        "<benchmarks>/purity.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["purity"],
    params:
        settings=settings(
            "segments.levels",
            "segments.neighbours",
            "segments.minimum_customers",
            "segments.bootstrap",
            "seed",
        ),
        code=code("segments/purity"),
    message:
        "Purity: where the segments' levels separate, and where they do not"
    script:
        "../workflow/scripts/segments/purity.py"


rule stability:
    input:
        weights="<results>/model/weights.json",
        formula="<results>/tensors/traits.json",
        traits="<results>/tensors/traits.parquet",
        spending=[TENSORS[window] for window in WINDOWS],
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        directions=expand(
            "<results>/surrogate/directions_{window}.parquet", window=WINDOWS
        ),
    output:
        stability="<results>/segments/stability.json",
        movers="<results>/segments/movers.parquet",
        moves="<results>/segments/moves.csv",
    log:
        "<logs>/stability.log",
    benchmark:
        "<benchmarks>/stability.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["stability"],
    params:
        settings=settings(
            "tensors.long.steps",
            "tensors.long.months_per_step",
            "tensors.recent",
            "segments.levels",
            "segments.neighbours",
            "segments.bootstrap",
            "segments.false_discovery_rate",
            "segments.minimum_customers",
            "seed",
            "currency",
        ),
        code=code("segments/stability"),
    message:
        "Stability: the segments of the windows and of the years compared"
    script:
        "../workflow/scripts/segments/stability.py"


rule contributions:
    input:
        weights="<model>/model/weights.json",
        surrogate="<model>/surrogate/state.json",
        spending="<results>/tensors/spending.parquet",
        states="<results>/states/long.parquet",
    output:
        contributions="<results>/explain/contributions.parquet",
        classes="<results>/explain/contributions.csv",
    log:
        "<logs>/contributions.log",
    benchmark:
        "<benchmarks>/contributions.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["contributions"],
    params:
        settings=settings(),
        code=code("segments/contributions"),
    message:
        "Contributions: what each class and each step adds to every customer's decision"
    script:
        "../workflow/scripts/segments/contributions.py"


rule swap_classes:
    input:
        classes="<model>/ingest/classes.json",
    output:
        swap_classes="<results>/explain/swap_classes.csv",
    log:
        "<logs>/swap_classes.log",
    benchmark:
        "<benchmarks>/swap_classes.tsv"
    # Before any training and in no queue of a cluster, because a class that the data lack stops the run here.
    priority: 100
    localrule: True
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["swap_classes"],
    params:
        settings=settings("explain"),
        code=code("segments/swap_classes"),
    message:
        "Swap classes: which classes may give and take in a counterfactual"
    script:
        "../workflow/scripts/segments/swap_classes.py"


rule counterfactuals:
    input:
        weights="<model>/model/weights.json",
        surrogate="<model>/surrogate/state.json",
        spending="<results>/tensors/spending.parquet",
        swap_classes="<results>/explain/swap_classes.csv",
    output:
        counterfactuals="<results>/explain/counterfactuals.parquet",
        swaps="<results>/explain/swaps.json",
    log:
        "<logs>/counterfactuals.log",
    benchmark:
        "<benchmarks>/counterfactuals.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["counterfactuals"],
    params:
        settings=settings("tensors.long.months_per_step", "segments.minimum_customers"),
        code=code("segments/counterfactuals"),
    message:
        "Counterfactuals: the cheapest swap of spending that changes each customer's label"
    script:
        "../workflow/scripts/segments/counterfactuals.py"


if CONFIG.score.run:

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
        resources:
            **RESOURCES["score"],
        params:
            settings=settings(),
            code=code("segments/score"),
        message:
            "Score: each new customer's segment, with the model of {MODEL}"
        script:
            "../workflow/scripts/segments/score.py"
