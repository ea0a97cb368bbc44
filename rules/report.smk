report: "../workflow/report/workflow.rst"


# So light that sending them to a cluster takes longer.
localrules:
    claims,
    ensemble,
    report,
    report_tables,


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
    output:
        claims="<results>/claims.csv",
    log:
        "<logs>/claims.log",
    benchmark:
        "<benchmarks>/claims.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=settings("model.supervision"),
        code=code("claims"),
    message:
        "Claims: every claim of the study beside what this run measured"
    script:
        "../workflow/scripts/claims.py"


rule report_tables:
    input:
        ledger="<results>/ingest/ledger.json",
        windows="<results>/tensors/summary.json",
        customers="<results>/tensors/customers.parquet",
        formula="<results>/tensors/traits.json",
        metrics="<results>/model/metrics.json",
        baselines="<results>/model/baselines.csv",
        calibration="<results>/model/calibration.csv",
        elbow="<results>/model/elbow.csv",
        choice="<results>/model/elbow.json",
        ensemble="<results>/model/ensemble.csv",
        scores="<results>/surrogate/scores.csv",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
        convergence="<results>/dynamics/convergence.csv",
        stability="<results>/segments/stability.json",
        purity="<results>/segments/purity.csv",
        claims="<results>/claims.csv",
    output:
        summary="<results>/report/summary.html",
        claims=report(
            "<results>/report/claims.html",
            caption="../workflow/report/claims.rst",
            category="Summary",
            labels={"table": "claims of the study"},
        ),
        ledger=report(
            "<results>/report/ledger.html",
            caption="../workflow/report/ledger.rst",
            category="Data",
            labels={"table": "ledger of rows and amounts"},
        ),
        customers=report(
            "<results>/report/customers.html",
            caption="../workflow/report/customers.rst",
            category="Data",
            labels={"table": "customers and their verdicts"},
        ),
        model=report(
            "<results>/report/model.html",
            caption="../workflow/report/model.rst",
            category="Model",
            labels={"table": "model card"},
        ),
        elbow=report(
            "<results>/report/elbow.html",
            caption="../workflow/report/elbow.rst",
            category="Model",
            labels={"table": "the number of units"},
        ),
        ensemble=report(
            "<results>/report/ensemble.html",
            caption="../workflow/report/ensemble.rst",
            category="Model",
            labels={"table": "what survives retraining"},
        ),
        surrogate=report(
            "<results>/report/surrogate.html",
            caption="../workflow/report/surrogate.rst",
            category="Explanation",
            labels={"table": "the surrogate models"},
        ),
        attractors=report(
            "<results>/report/attractors.html",
            caption="../workflow/report/attractors.rst",
            category="Dynamics",
            labels={"table": "fixed points and attractors"},
        ),
        stability=report(
            "<results>/report/stability.html",
            caption="../workflow/report/stability.rst",
            category="Segments",
            labels={"table": "stability of the segments"},
        ),
        purity=report(
            "<results>/report/purity.html",
            caption="../workflow/report/purity.rst",
            category="Segments",
            labels={"table": "purity of the segments"},
        ),
    log:
        "<logs>/report_tables.log",
    benchmark:
        "<benchmarks>/report_tables.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=settings("tensors.posting_months"),
        code=code("report_tables"),
    message:
        "Report: the run's numbers as tables"
    script:
        "../workflow/scripts/report_tables.py"


# A local rule, because it starts a second Snakemake that reads this one's records of what ran.
rule report:
    input:
        results=before_report,
        tables=rules.report_tables.output,
        # Apart, because only the cards have to wait for the checkpoint in a dry run.
        cards=example_cards,
        captions=[
            beside(os.path.relpath(path))
            for path in sorted((ROOT / "workflow/report").glob("*.rst"))
        ],
    output:
        report="<results>/report.html",
        config="<results>/config.yaml",
    log:
        "<logs>/report.log",
    benchmark:
        "<benchmarks>/report.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=settings(*CONFIG.model_dump()),
        code=code("report"),
    message:
        "Report: everything above in one file"
    script:
        "../workflow/scripts/report.py"
