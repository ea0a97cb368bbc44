# The long window, without what the networks make of it.
LONG = [
    "tensors.long.steps",
    "tensors.long.months_per_step",
    "tensors.long.end",
    "tensors.posting_months",
    "tensors.coverage",
]


rule long_window:
    input:
        monthly="<results>/ingest/monthly.parquet",
        classes="<model>/ingest/classes.json",
    output:
        spending="<results>/tensors/spending.parquet",
        verdicts="<results>/tensors/verdicts_long.parquet",
        summary="<results>/tensors/summary_long.json",
    log:
        "<logs>/long_window.log",
    benchmark:
        "<benchmarks>/long_window.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        **RESOURCES["long_window"],
    params:
        settings=settings(*LONG, "score.unknown_classes"),
        code=code("tensors/long_window"),
    message:
        "Tensors: each customer's spending fractions in the steps of the long window"
    script:
        "../workflow/scripts/tensors/long_window.py"


use rule long_window as recent_window with:
    input:
        monthly="<results>/ingest/monthly.parquet",
        classes="<model>/ingest/classes.json",
        within="<results>/tensors/verdicts_long.parquet",
    output:
        spending="<results>/tensors/recent.parquet",
        verdicts="<results>/tensors/verdicts_recent.parquet",
        summary="<results>/tensors/summary_recent.json",
    log:
        "<logs>/recent_window.log",
    benchmark:
        "<benchmarks>/recent_window.tsv"
    resources:
        **RESOURCES["recent_window"],
    params:
        settings=settings(
            "tensors.recent",
            "tensors.posting_months",
            "tensors.coverage",
            "score.unknown_classes",
        ),
        code=code("tensors/long_window"),
    message:
        "Tensors: each customer's spending fractions in the steps of the recent window"


rule tensor_customers:
    input:
        verdicts=expand("<results>/tensors/verdicts_{window}.parquet", window=WINDOWS),
        summaries=expand("<results>/tensors/summary_{window}.json", window=WINDOWS),
    output:
        customers="<results>/tensors/customers.parquet",
        summary="<results>/tensors/summary.json",
    log:
        "<logs>/tensor_customers.log",
    benchmark:
        "<benchmarks>/tensor_customers.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        **RESOURCES["tensor_customers"],
    params:
        # Without it, a window that is taken away would leave this file as it was.
        settings=json.dumps(WINDOWS),
        code=code("tensors/tensor_customers"),
    message:
        "Tensors: which customers are in each window, and why the others are not"
    script:
        "../workflow/scripts/tensors/tensor_customers.py"


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
    resources:
        **RESOURCES["training_windows"],
    params:
        settings=settings(*LONG, "traits.mean"),
        code=code("tensors/training_windows"),
    message:
        "Tensors: every complete window of the customers that the network learns from"
    script:
        "../workflow/scripts/tensors/training_windows.py"
