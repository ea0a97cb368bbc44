rule traits:
    input:
        spending="<results>/tensors/spending.parquet",
        coefficients=config_file("traits.coefficients", CONFIG.traits.coefficients),
    output:
        traits="<results>/tensors/traits.parquet",
        formula="<results>/tensors/traits.json",
    log:
        "<logs>/traits.log",
    benchmark:
        "<benchmarks>/traits.tsv"
    conda:
        "../envs/spendscape.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=settings("traits.mean", "traits.shares", "traits.minimum_customers"),
        code=code("traits"),
    message:
        "Traits: each customer's targets from the coefficients table, and its side of the split"
    script:
        "../workflow/scripts/traits.py"


rule train:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
    output:
        model="<results>/model/lstm.keras",
        weights="<results>/model/weights.json",
        history="<results>/model/history.csv",
        metrics="<results>/model/metrics.json",
    log:
        "<logs>/train.log",
    benchmark:
        "<benchmarks>/train.tsv"
    # Everything but the elbow waits for it.
    priority: 10
    conda:
        "../envs/spendscape.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=settings("model", "seed"),
        code=code("train"),
    message:
        "Train: the LSTM on the training customers"
    script:
        "../workflow/scripts/train.py"


rule elbow_units:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
    output:
        scores="<results>/model/elbow/{units}.csv",
    log:
        "<logs>/elbow_{units}.log",
    benchmark:
        "<benchmarks>/elbow_{units}.tsv"
    conda:
        "../envs/spendscape.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=settings(
            "model.supervision",
            "model.batch_size",
            "model.learning_rate",
            "model.patience",
            "elbow.seeds",
            "elbow.epochs",
            "seed",
        ),
        code=code("elbow_units"),
    message:
        "Elbow: networks with {wildcards.units} units"
    script:
        "../workflow/scripts/elbow_units.py"


rule elbow:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        scores=expand("<results>/model/elbow/{units}.csv", units=CONFIG.elbow.units),
    output:
        scores="<results>/model/elbow.csv",
        choice="<results>/model/elbow.json",
    log:
        "<logs>/elbow.log",
    benchmark:
        "<benchmarks>/elbow.tsv"
    conda:
        "../envs/spendscape.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=settings("elbow.units", "elbow.tolerance"),
        code=code("elbow"),
    message:
        "Elbow: how many units are enough, beside the rank ceiling"
    script:
        "../workflow/scripts/elbow.py"


rule baselines:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
    output:
        codes="<results>/model/baselines.parquet",
    log:
        "<logs>/baselines.log",
    benchmark:
        "<benchmarks>/baselines.tsv"
    conda:
        "../envs/spendscape.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=settings(
            "model.units",
            "model.batch_size",
            "model.learning_rate",
            "model.patience",
            "elbow.epochs",
            "seed",
        ),
        code=code("baselines"),
    message:
        "Baselines: a feed-forward layer's and an auto-encoder's codes of the same customers"
    script:
        "../workflow/scripts/baselines.py"
