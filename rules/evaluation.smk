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
    resources:
        **RESOURCES["baselines"],
    params:
        settings=settings(
            "model.units",
            "model.batch_size",
            "model.learning_rate",
            "model.patience",
            "elbow.epochs",
            "seed",
        ),
        code=code("evaluation/baselines"),
    message:
        "Baselines: a feed-forward layer's and an auto-encoder's codes of the same customers"
    script:
        "../workflow/scripts/evaluation/baselines.py"


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
    resources:
        **RESOURCES["comparison"],
    params:
        settings=settings("ensemble.bootstrap", "segments.minimum_customers", "seed"),
        code=code("evaluation/comparison"),
    message:
        "Comparison: the network beside what it must beat, and its calibration"
    script:
        "../workflow/scripts/evaluation/comparison.py"


rule ensemble:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        networks=expand("<results>/model/networks/{name}.json", name=RETRAINED),
        reference="<results>/model/weights.json",
    output:
        scores="<results>/model/retraining.csv",
        ensemble="<results>/model/ensemble.csv",
    log:
        "<logs>/ensemble.log",
    benchmark:
        "<benchmarks>/ensemble.tsv"
    conda:
        "../envs/analysis.yaml"
    resources:
        **RESOURCES["ensemble"],
    params:
        settings=settings(
            "model.supervision",
            "ensemble.bootstrap",
            "segments.levels",
            "surrogate.minimum_users",
            "seed",
        ),
        code=code("evaluation/ensemble"),
    message:
        "Ensemble: what survives another seed, and another supervision"
    script:
        "../workflow/scripts/evaluation/ensemble.py"


rule claims:
    input:
        formula="<results>/tensors/traits.json",
        scores="<results>/surrogate/scores.csv",
        coefficients="<results>/surrogate/coefficients.csv",
        inverse="<results>/space/inverse.json",
        elbow="<results>/model/elbow.json",
        ensemble="<results>/model/ensemble.csv",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
        convergence="<results>/dynamics/convergence.csv",
        stability="<results>/segments/stability.json",
        purity="<results>/segments/purity.csv",
        cells="<results>/segments/cells.csv",
    output:
        claims="<results>/claims.csv",
    log:
        "<logs>/claims.log",
    benchmark:
        "<benchmarks>/claims.tsv"
    conda:
        "../envs/pages.yaml"
    resources:
        **RESOURCES["claims"],
    params:
        settings=settings("dynamics.slow", "model.supervision"),
        code=code("evaluation/claims"),
    message:
        "Claims: every claim of the study beside what this run measured"
    script:
        "../workflow/scripts/evaluation/claims.py"


if CONFIG.source == "simulated":

    rule recovery:
        input:
            truth="<results>/simulate/truth.parquet",
            weights="<results>/model/weights.json",
            formula="<results>/tensors/traits.json",
            traits="<results>/tensors/traits.parquet",
            spending=[TENSORS[window] for window in WINDOWS],
            states=expand("<results>/states/{window}.parquet", window=WINDOWS),
            directions=expand(
                "<results>/surrogate/directions_{window}.parquet", window=WINDOWS
            ),
            scores="<results>/surrogate/scores.csv",
            fixed_points="<results>/dynamics/fixed_points.parquet",
            movers="<results>/segments/movers.parquet",
        output:
            recovery="<results>/recovery.csv",
        log:
            "<logs>/recovery.log",
        benchmark:
            "<benchmarks>/recovery.tsv"
        conda:
            "../envs/tables.yaml"
        resources:
            **RESOURCES["recovery"],
        params:
            settings=settings(
                "simulate.first_year",
                "simulate.years",
                "tensors.long.steps",
                "tensors.long.months_per_step",
                "tensors.recent",
                "segments.levels",
                "segments.bootstrap",
                "privacy.pseudonymise",
                "privacy.key_variable",
                "seed",
            ),
            code=code("evaluation/recovery"),
        message:
            "Recovery: what the run found of what the simulator planted"
        script:
            "../workflow/scripts/evaluation/recovery.py"


if CONFIG.audited:
    # The simulator's own attribute, unless a table is given.
    ATTRIBUTES = (
        {"table": config_file("audit.table", CONFIG.audit.table)}
        if CONFIG.audit.table
        else {
            "table": "<results>/simulate/truth.parquet",
            "truth": "<results>/simulate/truth.parquet",
        }
    )

    rule audit:
        input:
            **ATTRIBUTES,
            weights="<results>/model/weights.json",
            spending="<results>/tensors/spending.parquet",
            traits="<results>/tensors/traits.parquet",
            states="<results>/states/long.parquet",
            segments="<results>/segments/segments.parquet",
            directions="<results>/surrogate/directions_long.parquet",
            counterfactuals="<results>/explain/counterfactuals.parquet",
        output:
            audit="<results>/audit/audit.csv",
        log:
            "<logs>/audit.log",
        benchmark:
            "<benchmarks>/audit.tsv"
        conda:
            "../envs/analysis.yaml"
        resources:
            **RESOURCES["audit"],
        params:
            settings=settings(
                "audit",
                "segments.minimum_customers",
                "privacy.pseudonymise",
                "privacy.key_variable",
                "seed",
            ),
            code=code("evaluation/audit"),
        message:
            "Audit: what the run says of attributes that nothing was trained on"
        script:
            "../workflow/scripts/evaluation/audit.py"


# What every rule of the monitor reads: thresholds, and of how many customers a row is.
MONITORED = [
    *(f"monitor.{key}" for key in type(CONFIG.monitor).model_fields if key != "fail"),
    "segments.depth",
    "segments.minimum_customers",
    "seed",
]

if CONDITIONS["steps"]:

    rule last_step:
        input:
            weights="<results>/model/weights.json",
            naming="<results>/segments/naming.json",
            spending="<results>/tensors/spending.parquet",
            states="<results>/states/long.parquet",
        output:
            drift="<results>/monitor/last_step.csv",
        log:
            "<logs>/last_step.log",
        benchmark:
            "<benchmarks>/last_step.tsv"
        conda:
            "../envs/analysis.yaml"
        resources:
            **RESOURCES["last_step"],
        params:
            settings=settings(*MONITORED),
            code=code("evaluation/last_step"),
        message:
            "Last step: what changed from the step before"
        script:
            "../workflow/scripts/evaluation/last_step.py"


if CONFIG.score.run:
    # The recent windows, too, where those of the finished run are as long.
    APART = recent_apart(CONFIG, FINISHED)
    COMPARED = WINDOWS[: 1 if APART else 2]

    rule drift:
        input:
            weights="<model>/model/weights.json",
            naming="<model>/segments/naming.json",
            range="<model>/explain/reference.json",
            trained_spending=[
                TENSORS[window].replace("<results>", "<model>") for window in COMPARED
            ],
            trained_states=expand("<model>/states/{window}.parquet", window=COMPARED),
            trained_fixed_points="<model>/dynamics/fixed_points.parquet",
            monthly="<results>/ingest/monthly.parquet",
            spending=[TENSORS[window] for window in COMPARED],
            states=expand("<results>/states/{window}.parquet", window=COMPARED),
            fixed_points="<results>/dynamics/fixed_points.parquet",
        output:
            drift="<results>/monitor/drift.csv",
        log:
            "<logs>/drift.log",
        benchmark:
            "<benchmarks>/drift.tsv"
        conda:
            "../envs/analysis.yaml"
        resources:
            **RESOURCES["drift"],
        params:
            settings=settings(*MONITORED),
            apart=APART,
            code=code("evaluation/drift"),
        message:
            "Drift: the new period beside the finished run in {MODEL}"
        script:
            "../workflow/scripts/evaluation/drift.py"

    # Apart, so that the table and the page stand when it fails; `monitor` asks for it with monitor.fail.
    rule drift_passed:
        input:
            drift="<results>/monitor/drift.csv",
            page="<results>/monitor/drift.html",
        output:
            passed="<results>/monitor/passed",
        log:
            "<logs>/drift_passed.log",
        benchmark:
            "<benchmarks>/drift_passed.tsv"
        conda:
            "../envs/analysis.yaml"
        resources:
            **RESOURCES["drift_passed"],
        params:
            settings=settings(),
            code=code("evaluation/drift_passed"),
        message:
            "Drift: whether any check is an alarm"
        script:
            "../workflow/scripts/evaluation/drift_passed.py"
