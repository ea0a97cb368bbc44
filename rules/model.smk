if CONFIG.traits.measured:

    rule traits:
        input:
            spending="<results>/tensors/spending.parquet",
            measured=config_file("traits.measured", CONFIG.traits.measured),
        output:
            traits="<results>/tensors/traits.parquet",
            formula="<results>/tensors/traits.json",
        log:
            "<logs>/traits.log",
        benchmark:
            "<benchmarks>/traits.tsv"
        conda:
            "../envs/tables.yaml"
        threads: 1
        resources:
            mem_mb=2000,
            runtime=10,
        params:
            settings=settings(
                "traits.mean",
                "traits.shares",
                "traits.minimum_customers",
                "privacy.pseudonymise",
                "privacy.key_variable",
            ),
            code=code("measured_traits"),
        message:
            "Traits: each customer's targets from the measured traits, and its side of the split"
        script:
            "../workflow/scripts/measured_traits.py"

else:

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
            "../envs/tables.yaml"
        threads: 1
        resources:
            mem_mb=2000,
            runtime=10,
        params:
            settings=settings(
                "traits.mean", "traits.shares", "traits.minimum_customers"
            ),
            code=code("traits"),
        message:
            "Traits: each customer's targets from the coefficients table, and its side of the split"
        script:
            "../workflow/scripts/traits.py"


rule training_windows:
    input:
        monthly="<results>/ingest/monthly.parquet",
        classes="<results>/ingest/classes.json",
        traits="<results>/tensors/traits.parquet",
        formula="<results>/tensors/traits.json",
    output:
        spending="<results>/tensors/training.parquet",
        traits="<results>/tensors/training_traits.parquet",
    log:
        "<logs>/training_windows.log",
    benchmark:
        "<benchmarks>/training_windows.tsv"
    conda:
        "../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        settings=settings(*LONG, "traits.mean"),
        code=code("training_windows"),
    message:
        "Tensors: every complete window of the customers that the network learns from"
    script:
        "../workflow/scripts/training_windows.py"


rule network:
    input:
        **TRAINING,
    output:
        weights="<results>/model/networks/{supervision}_{units}_{seed}.json",
        history="<results>/model/networks/{supervision}_{units}_{seed}.csv",
    log:
        "<logs>/network_{supervision}_{units}_{seed}.log",
    benchmark:
        "<benchmarks>/network_{supervision}_{units}_{seed}.tsv"
    priority: 1
    conda:
        "../envs/network.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=settings(
            "model.epochs", "model.batch_size", "model.learning_rate", "model.patience"
        ),
        code=code("network"),
    message:
        "Network: an LSTM with {wildcards.units} units, seed {wildcards.seed}, {wildcards.supervision}"
    script:
        "../workflow/scripts/network.py"


use rule network as elbow_network with:
    output:
        weights="<results>/model/elbow/{supervision}_{units}_{seed}.json",
        history="<results>/model/elbow/{supervision}_{units}_{seed}.csv",
    log:
        "<logs>/elbow_network_{supervision}_{units}_{seed}.log",
    benchmark:
        "<benchmarks>/elbow_network_{supervision}_{units}_{seed}.tsv"
    priority: 0
    params:
        settings=settings(
            "elbow.epochs", "model.batch_size", "model.learning_rate", "model.patience"
        ),
        code=code("network"),
    message:
        "Elbow: a network with {wildcards.units} units, seed {wildcards.seed}"


rule train:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        weights=f"<results>/model/networks/{NETWORK}.json",
        history=f"<results>/model/networks/{NETWORK}.csv",
    output:
        model="<results>/model/lstm.keras",
        weights="<results>/model/weights.json",
        history="<results>/model/history.csv",
        metrics="<results>/model/metrics.json",
    log:
        "<logs>/train.log",
    benchmark:
        "<benchmarks>/train.tsv"
    # Everything but the elbow and the retrained networks waits for it.
    priority: 10
    conda:
        "../envs/network.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=settings("model", "seed"),
        code=code("train"),
    message:
        "Train: the network of this run, scored on the test customers"
    script:
        "../workflow/scripts/train.py"


rule retraining:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        weights="<results>/model/networks/{supervision}_{units}_{seed}.json",
        reference="<results>/model/weights.json",
    output:
        scores="<results>/model/retraining/{supervision}_{units}_{seed}.csv",
    log:
        "<logs>/retraining_{supervision}_{units}_{seed}.log",
    benchmark:
        "<benchmarks>/retraining_{supervision}_{units}_{seed}.tsv"
    conda:
        "../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        settings=settings("ensemble.bootstrap", "segments.levels", "seed"),
        code=code("retraining"),
    message:
        "Retraining: what the network of seed {wildcards.seed}, {wildcards.supervision}, says"
    script:
        "../workflow/scripts/retraining.py"


rule ensemble:
    input:
        scores=expand("<results>/model/retraining/{name}.csv", name=RETRAINED),
    output:
        ensemble="<results>/model/ensemble.csv",
    log:
        "<logs>/ensemble.log",
    benchmark:
        "<benchmarks>/ensemble.tsv"
    conda:
        "../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=settings("model.supervision", "seed"),
        code=code("ensemble"),
    message:
        "Ensemble: what survives another seed, and another supervision"
    script:
        "../workflow/scripts/ensemble.py"


rule elbow:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        weights=expand(
            "<results>/model/elbow/{supervision}_{units}_{seed}.json",
            supervision=CONFIG.model.supervision,
            units=CONFIG.elbow.units,
            seed=range(CONFIG.seed, CONFIG.seed + CONFIG.elbow.seeds),
        ),
    output:
        scores="<results>/model/elbow.csv",
        choice="<results>/model/elbow.json",
    log:
        "<logs>/elbow.log",
    benchmark:
        "<benchmarks>/elbow.tsv"
    conda:
        "../envs/analysis.yaml"
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
        "../envs/network.yaml"
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


rule comparison:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        weights="<results>/model/weights.json",
        codes="<results>/model/baselines.parquet",
    output:
        scores="<results>/model/baselines.csv",
        calibration="<results>/model/calibration.csv",
    log:
        "<logs>/comparison.log",
    benchmark:
        "<benchmarks>/comparison.tsv"
    conda:
        "../envs/analysis.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        settings=settings("ensemble.bootstrap", "seed"),
        code=code("comparison"),
    message:
        "Comparison: the network beside what it must beat, and its calibration"
    script:
        "../workflow/scripts/comparison.py"
