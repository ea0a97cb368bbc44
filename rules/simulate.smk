# What both the simulated customers and their transactions depend on.
SIMULATED = [
    f"simulate.{name}"
    for name in type(CONFIG.simulate).model_fields
    if name not in ("messy", "currency", "merchant_category_codes", "protected")
]


rule simulate_truth:
    input:
        taxonomy=config_file("simulate.taxonomy", CONFIG.simulate.taxonomy),
        coefficients=config_file("traits.coefficients", CONFIG.traits.coefficients),
    output:
        truth="<results>/simulate/truth.parquet",
    log:
        "<logs>/simulate_truth.log",
    benchmark:
        "<benchmarks>/simulate_truth.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        **RESOURCES["simulate_truth"],
    params:
        settings=settings(*SIMULATED, "simulate.protected", "seed"),
        code=code("simulate/simulate_truth"),
    message:
        "Drawing the tastes of the simulated customers and who of them moves"
    script:
        "../workflow/scripts/simulate/simulate_truth.py"


rule simulate_transactions:
    input:
        taxonomy=config_file("simulate.taxonomy", CONFIG.simulate.taxonomy),
        coefficients=config_file("traits.coefficients", CONFIG.traits.coefficients),
        codes=config_file(
            "simulate.merchant_category_codes", CONFIG.simulate.merchant_category_codes
        ),
        truth="<results>/simulate/truth.parquet",
    output:
        transactions="<results>/simulate/transactions_{year}.parquet",
    log:
        "<logs>/simulate_transactions_{year}.log",
    benchmark:
        "<benchmarks>/simulate_transactions_{year}.tsv"
    conda:
        "../envs/tables.yaml"
    resources:
        **RESOURCES["simulate_transactions"],
    params:
        settings=settings(*SIMULATED, "simulate.currency", "seed"),
        code=code("simulate/simulate_transactions"),
    message:
        "Simulating the transactions of {wildcards.year}"
    script:
        "../workflow/scripts/simulate/simulate_transactions.py"


if CONFIG.source == "simulated":

    # On demand: `snakemake results/simulate/defects.parquet` makes the exports too.
    rule simulate_messy:
        input:
            transactions="<results>/simulate/transactions_{year}.parquet",
        output:
            export="<results>/simulate/messy/{year}.csv",
            defects="<results>/simulate/messy/defects_{year}.parquet",
        log:
            "<logs>/simulate_messy_{year}.log",
        benchmark:
            "<benchmarks>/simulate_messy_{year}.tsv"
        conda:
            "../envs/tables.yaml"
        resources:
            **RESOURCES["simulate_messy"],
        params:
            settings=settings("simulate.messy", "seed"),
            code=code("simulate/simulate_messy"),
        message:
            "Exporting the transactions of {wildcards.year} as a bank does, some of them broken"
        script:
            "../workflow/scripts/simulate/simulate_messy.py"

    rule simulate_defects:
        input:
            defects=expand(
                "<results>/simulate/messy/defects_{year}.parquet",
                year=range(
                    CONFIG.simulate.first_year,
                    CONFIG.simulate.first_year + CONFIG.simulate.years,
                ),
            ),
        output:
            defects="<results>/simulate/defects.parquet",
        log:
            "<logs>/simulate_defects.log",
        benchmark:
            "<benchmarks>/simulate_defects.tsv"
        conda:
            "../envs/tables.yaml"
        resources:
            **RESOURCES["simulate_defects"],
        params:
            settings=settings("simulate.years"),
            code=code("simulate/simulate_defects"),
        message:
            "Listing the broken rows of all exports"
        script:
            "../workflow/scripts/simulate/simulate_defects.py"
