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
    threads: 1
    resources:
        mem_mb=8000,
        runtime=60,
    params:
        settings=settings("simulate.messy", "seed"),
        code=code("simulate_messy"),
    message:
        "Exporting the transactions of {wildcards.year} as a bank does, some of them broken"
    script:
        "../workflow/scripts/simulate_messy.py"


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
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=settings("simulate.years"),
        code=code("simulate_defects"),
    message:
        "Listing the broken rows of all exports"
    script:
        "../workflow/scripts/simulate_defects.py"
