# Only for a cell that is no default, because the cells' modules take a while to import.
if CONFIG.model.cell != type(CONFIG.model)().cell:
    from spendscape.network.cells import cell_of

    checked(cell_of, CONFIG.model.cell)

# What the networks train on, and what they are scored on.
SEEN = {
    "spending": "<results>/tensors/spending.parquet",
    "traits": "<results>/tensors/traits.parquet",
}
TRAINING = {"training": SEEN["spending"], "targets": SEEN["traits"]}
if CONFIG.tensors.long.sliding:
    TRAINING = {
        "training": "<results>/tensors/training.parquet",
        "targets": "<results>/tensors/training_traits.parquet",
    }
# Networks as their files are named: those of several sizes, and those that show what survives retraining.
SIZES = params.sizes(
    CONFIG.model.supervision, CONFIG.elbow.units, CONFIG.seed, CONFIG.elbow.seeds
)
RETRAINED = params.retrained(
    CONFIG.model.supervision, CONFIG.model.units, CONFIG.seed, CONFIG.ensemble.seeds
)


rule train:
    input:
        **TRAINING,
        **SEEN,
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
    resources:
        **RESOURCES["train"],
    params:
        settings=settings("model", "seed"),
        code=code("network/train"),
    message:
        "Train: the network of this run, scored on the test customers"
    script:
        "../workflow/scripts/network/train.py"


rule retrained:
    input:
        **TRAINING,
    output:
        weights=expand("<results>/model/networks/{name}.json", name=RETRAINED),
        histories=expand("<results>/model/networks/{name}.csv", name=RETRAINED),
    log:
        "<logs>/retrained.log",
    benchmark:
        "<benchmarks>/retrained.tsv"
    priority: 1
    conda:
        "../envs/network.yaml"
    resources:
        **RESOURCES["retrained"],
    params:
        settings=settings("model", "elbow.customers", "ensemble.seeds", "seed"),
        code=code("network/retrained"),
    message:
        "Retrained: networks with other seeds, and one supervised the other way"
    script:
        "../workflow/scripts/network/retrained.py"


rule elbow:
    input:
        **TRAINING,
        **SEEN,
    output:
        scores="<results>/model/elbow.csv",
        choice="<results>/model/elbow.json",
        weights=expand("<results>/model/elbow/{name}.json", name=SIZES),
        histories=expand("<results>/model/elbow/{name}.csv", name=SIZES),
    log:
        "<logs>/elbow.log",
    benchmark:
        "<benchmarks>/elbow.tsv"
    conda:
        "../envs/network.yaml"
    resources:
        **RESOURCES["elbow"],
    params:
        settings=settings(
            "model.cell",
            "model.supervision",
            "model.batch_size",
            "model.learning_rate",
            "model.patience",
            "elbow",
            "seed",
        ),
        code=code("network/elbow"),
    message:
        "Elbow: networks of several sizes, and how many units are enough"
    script:
        "../workflow/scripts/network/elbow.py"


rule trajectories:
    input:
        spending=lambda wildcards: TENSORS[wildcards.window],
        weights="<model>/model/weights.json",
    output:
        states="<results>/states/{window}.parquet",
    log:
        "<logs>/trajectories_{window}.log",
    benchmark:
        "<benchmarks>/trajectories_{window}.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["trajectories"],
    params:
        settings=settings(),
        code=code("network/trajectories"),
    message:
        "Trajectories: the hidden state's trajectories in the {wildcards.window} window"
    script:
        "../workflow/scripts/network/trajectories.py"


rule extend:
    input:
        spending="<results>/tensors/spending.parquet",
        weights="<model>/model/weights.json",
    output:
        states="<results>/states/extended.parquet",
    log:
        "<logs>/extend.log",
    benchmark:
        "<benchmarks>/extend.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["extend"],
    params:
        settings=settings("states.extended_steps"),
        code=code("network/extend"),
    message:
        "Extend: the trajectories under each customer's mean spending"
    script:
        "../workflow/scripts/network/extend.py"
