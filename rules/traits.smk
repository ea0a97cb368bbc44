if CONFIG.traits.measured:

    rule traits:
        input:
            spending="<results>/tensors/spending.parquet",
            measured=config_file("traits.measured", CONFIG.traits.measured),
        output:
            traits="<results>/tensors/traits.parquet",
            formula="<results>/tensors/traits.json",
            coverage="<results>/tensors/coverage.csv",
        log:
            "<logs>/traits.log",
        benchmark:
            "<benchmarks>/traits.tsv"
        conda:
            "../envs/tables.yaml"
        resources:
            **RESOURCES["traits"],
        params:
            settings=settings(
                "traits.mean",
                "traits.shares",
                "traits.minimum_customers",
                "privacy.pseudonymise",
                "privacy.key_variable",
            ),
            code=code("traits/measured_traits"),
        message:
            "Traits: each customer's targets from the measured traits, and its side of the split"
        script:
            "../workflow/scripts/traits/measured_traits.py"

else:

    rule traits:
        input:
            spending="<results>/tensors/spending.parquet",
            coefficients=config_file("traits.coefficients", CONFIG.traits.coefficients),
        output:
            traits="<results>/tensors/traits.parquet",
            formula="<results>/tensors/traits.json",
            coverage="<results>/tensors/coverage.csv",
        log:
            "<logs>/traits.log",
        benchmark:
            "<benchmarks>/traits.tsv"
        conda:
            "../envs/tables.yaml"
        resources:
            **RESOURCES["traits"],
        params:
            settings=settings(
                "traits.mean",
                "traits.shares",
                "traits.minimum_customers",
                "traits.max_uncovered_share",
            ),
            code=code("traits/traits"),
        message:
            "Traits: each customer's targets from the coefficients table, and its side of the split"
        script:
            "../workflow/scripts/traits/traits.py"


if CONFIG.score.run:

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
        resources:
            **RESOURCES["scored_traits"],
        params:
            settings=settings("traits.mean"),
            code=code("traits/scored_traits"),
        message:
            "Traits: the formula of the finished run on new customers"
        script:
            "../workflow/scripts/traits/scored_traits.py"
