# Only for a cell that is no default, because the cells' modules take a while to import.
if CONFIG.model.cell != type(CONFIG.model)().cell:
    from spendscape.network.cells import cell_of

    checked(cell_of, CONFIG.model.cell)

# What the networks train on.
TRAINING = {
    "spending": "<results>/tensors/spending.parquet",
    "traits": "<results>/tensors/traits.parquet",
}
if CONFIG.tensors.long.sliding:
    TRAINING = {
        "spending": "<results>/tensors/training.parquet",
        "traits": "<results>/tensors/training_traits.parquet",
    }
# The network of this run, as its files are named.
NETWORK = f"{CONFIG.model.supervision}_{CONFIG.model.units}_{CONFIG.seed}"


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
    resources:
        **RESOURCES["network"],
    params:
        settings=settings(
            "model.cell",
            "model.epochs",
            "model.batch_size",
            "model.learning_rate",
            "model.patience",
        ),
        code=code("network/network"),
    message:
        "Network: one with {wildcards.units} units, seed {wildcards.seed}, {wildcards.supervision}"
    script:
        "../workflow/scripts/network/network.py"


use rule network as elbow_network with:
    output:
        weights="<results>/model/elbow/{supervision}_{units}_{seed}.json",
        history="<results>/model/elbow/{supervision}_{units}_{seed}.csv",
    log:
        "<logs>/elbow_network_{supervision}_{units}_{seed}.log",
    benchmark:
        "<benchmarks>/elbow_network_{supervision}_{units}_{seed}.tsv"
    priority: 0
    resources:
        **RESOURCES["elbow_network"],
    params:
        settings=settings(
            "model.cell",
            "elbow.epochs",
            "model.batch_size",
            "model.learning_rate",
            "model.patience",
        ),
        code=code("network/network"),
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
    resources:
        **RESOURCES["train"],
    params:
        settings=settings("model", "seed"),
        code=code("network/train"),
    message:
        "Train: the network of this run, scored on the test customers"
    script:
        "../workflow/scripts/network/train.py"


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
    resources:
        **RESOURCES["elbow"],
    params:
        settings=settings("elbow.units", "elbow.tolerance"),
        code=code("network/elbow"),
    message:
        "Elbow: how many units are enough, beside the rank ceiling"
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
