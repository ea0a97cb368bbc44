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
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=settings(*SIMULATED, "seed"),
        code=code("simulate_truth"),
    message:
        "Drawing the tastes of the simulated customers and who of them moves"
    script:
        "../workflow/scripts/simulate_truth.py"


rule simulate_transactions:
    input:
        taxonomy=config_file("simulate.taxonomy", CONFIG.simulate.taxonomy),
        coefficients=config_file("traits.coefficients", CONFIG.traits.coefficients),
        truth="<results>/simulate/truth.parquet",
    output:
        transactions="<results>/simulate/transactions_{year}.parquet",
    log:
        "<logs>/simulate_transactions_{year}.log",
    benchmark:
        "<benchmarks>/simulate_transactions_{year}.tsv"
    conda:
        "../envs/tables.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=settings(*SIMULATED, "seed"),
        code=code("simulate_transactions"),
    message:
        "Simulating the transactions of {wildcards.year}"
    script:
        "../workflow/scripts/simulate_transactions.py"
