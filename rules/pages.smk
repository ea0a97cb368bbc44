HOLDING = [name for name, holds in CONDITIONS.items() if holds]
REPORT_PAGES = pages_of(HOLDING)
PAPER_FILES = paper_contents.inputs_of(HOLDING)


report: "../workflow/report/workflow.rst"


# So light that sending them to a cluster takes longer.
localrules:
    claims,
    paper,
    report,
    report_tables,


rule reference:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        directions="<results>/surrogate/directions_long.parquet",
        segments="<results>/segments/segments.parquet",
    output:
        reference="<results>/explain/reference.json",
    log:
        "<logs>/reference.log",
    benchmark:
        "<benchmarks>/reference.tsv"
    conda:
        "../envs/pages.yaml"
    resources:
        **RESOURCES["reference"],
    params:
        settings=settings("score.far"),
        code=code("pages/reference"),
    message:
        "Reference: all customers' margins and errors, which cards compare with"
    script:
        "../workflow/scripts/pages/reference.py"


rule card:
    input:
        spending=[TENSORS[window] for window in WINDOWS],
        customers="<results>/tensors/customers.parquet",
        traits="<results>/tensors/traits.parquet",
        formula="<model>/tensors/traits.json",
        weights="<model>/model/weights.json",
        metrics="<model>/model/metrics.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        surrogate="<model>/surrogate/state.json",
        directions="<results>/surrogate/directions_long.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        segments="<results>/segments/segments.parquet",
        contributions="<results>/explain/contributions.parquet",
        counterfactuals="<results>/explain/counterfactuals.parquet",
        # New customers are scored without their movers.
        movers=[] if CONFIG.score.run else "<results>/segments/movers.parquet",
        reference="<model>/explain/reference.json",
    output:
        card=card_page(),
    log:
        "<logs>/card_{customer}.log",
    benchmark:
        "<benchmarks>/card_{customer}.tsv"
    conda:
        "../envs/pages.yaml"
    resources:
        **RESOURCES["card"],
    params:
        settings=settings(
            "cards.classes",
            "tensors",
            "explain",
            "results",
            "score.run",
            "currency",
        ),
        code=code("pages/card"),
        template=template("card.html"),
    message:
        "Card: why has customer {wildcards.customer} its label?"
    script:
        "../workflow/scripts/pages/card.py"


checkpoint examples:
    input:
        customers="<results>/tensors/customers.parquet",
        weights="<model>/model/weights.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        directions="<results>/surrogate/directions_long.parquet",
        segments="<results>/segments/segments.parquet",
    output:
        examples="<results>/explain/examples.csv",
    log:
        "<logs>/examples.log",
    benchmark:
        "<benchmarks>/examples.tsv"
    conda:
        "../envs/pages.yaml"
    resources:
        **RESOURCES["examples"],
    params:
        settings=settings("cards.examples", "cards.customers", "cards.segment"),
        code=code("pages/examples"),
    message:
        "Examples: the customers whose cards are made"
    script:
        "../workflow/scripts/pages/examples.py"


rule explorer:
    input:
        weights="<results>/model/weights.json",
        metrics="<results>/model/metrics.json",
        traits="<results>/tensors/traits.parquet",
        formula="<results>/tensors/traits.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        spending=[TENSORS[window] for window in WINDOWS],
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
        inverse="<results>/space/inverse.json",
        segments="<results>/segments/segments.parquet",
        naming="<results>/segments/naming.json",
        contributions="<results>/explain/contributions.parquet",
        movers="<results>/segments/movers.parquet",
    output:
        explorer="<results>/explorer.html",
    log:
        "<logs>/explorer.log",
    benchmark:
        "<benchmarks>/explorer.tsv"
    conda:
        "../envs/pages.yaml"
    resources:
        **RESOURCES["explorer"],
    params:
        settings=settings("explorer", "results", "tensors"),
        named=CONFIG.shows_customers,
        code=code("pages/explorer"),
        templates=[template(name) for name in EXPLORER_TEMPLATES],
    message:
        "Explorer: directions and states, to turn, filter and click"
    script:
        "../workflow/scripts/pages/explorer.py"


# A rule for each row of the table.
for name, figure in FIGURES.items():

    rule:
        name:
            name
        input:
            **figure_inputs(figure),
        output:
            png=report(
                f"<results>/figures/{name}.png",
                caption=f"../workflow/report/{name}.rst",
                category="Figures",
                labels={"figure": f"{NUMBERS[name]:02}", "shows": figure.shows},
            ),
            svg=f"<results>/figures/{name}.svg",
        log:
            f"<logs>/{name}.log",
        benchmark:
            f"<benchmarks>/{name}.tsv"
        conda:
            "../envs/pages.yaml"
        resources:
            **RESOURCES["figures"],
        params:
            settings=settings(),
            code=code(f"pages/{name}"),
            name=name,
        message:
            f"{name.replace('_', ' ').capitalize()}: {figure.shows}"
        # Not by f"…", which would be worked out when the job runs, with the last name of the loop.
        script:
            "../workflow/scripts/pages/{params.name}.py"


rule report_tables:
    input:
        **{name: f"<results>/{path}" for name, path in inputs_of(REPORT_PAGES).items()},
    output:
        **{page.name: report_page(page) for page in REPORT_PAGES},
    log:
        "<logs>/report_tables.log",
    benchmark:
        "<benchmarks>/report_tables.tsv"
    conda:
        "../envs/pages.yaml"
    resources:
        **RESOURCES["report_tables"],
    params:
        settings=settings(
            "tensors.posting_months",
            "audit.level",
            "audit.smallest_difference",
            "currency",
        ),
        code=code("pages/report_tables"),
        templates=[template(name) for name in templates_of(REPORT_PAGES)],
    message:
        "Report: the run's numbers as tables"
    script:
        "../workflow/scripts/pages/report_tables.py"


rule paper:
    input:
        **{name: f"<results>/{path}" for name, path in PAPER_FILES.items()},
        images=expand(
            "<results>/figures/{name}.{kind}", name=FIGURES, kind=["png", "svg"]
        ),
        captions=[
            beside(os.path.relpath(ROOT / f"workflow/report/{name}.rst"))
            for name in FIGURES
        ],
    output:
        **{name: f"<results>/report/captions/{name}.html" for name in FIGURES},
        paper="<results>/paper.html",
    log:
        "<logs>/paper.log",
    benchmark:
        "<benchmarks>/paper.tsv"
    conda:
        "../envs/pages.yaml"
    resources:
        **RESOURCES["paper"],
    params:
        settings=settings(*paper_contents.SETTINGS),
        code=code("pages/paper"),
        templates=[template(name) for name in paper_contents.TEMPLATES],
        files=list(PAPER_FILES),
    message:
        "Paper: the run's results, to read from the beginning"
    script:
        "../workflow/scripts/pages/paper.py"


# A local rule, because it starts a second Snakemake that reads this one's records of what ran.
rule report:
    input:
        results=before_report,
        tables=rules.report_tables.output,
        paper=rules.paper.output,
        # Apart, because only the cards have to wait for the checkpoint in a dry run.
        cards=example_cards,
        captions=[
            beside(os.path.relpath(path))
            for path in sorted((ROOT / "workflow/report").glob("*.rst"))
        ],
        stylesheet=beside(os.path.relpath(ROOT / "workflow/report/report.css")),
    output:
        report="<results>/report.html",
        config="<results>/config.yaml",
    log:
        "<logs>/report.log",
    benchmark:
        "<benchmarks>/report.tsv"
    conda:
        "../envs/pages.yaml"
    resources:
        **RESOURCES["report"],
    params:
        settings=settings(*CONFIG.model_dump()),
        code=code("pages/report"),
    message:
        "Report: everything above in one file"
    script:
        "../workflow/scripts/pages/report.py"


if CONFIG.score.run:

    rule drift_page:
        input:
            drift="<results>/monitor/drift.csv",
        output:
            page="<results>/monitor/drift.html",
        log:
            "<logs>/drift_page.log",
        benchmark:
            "<benchmarks>/drift_page.tsv"
        conda:
            "../envs/pages.yaml"
        resources:
            **RESOURCES["drift_page"],
        params:
            settings=settings("score.run"),
            code=code("pages/drift_page"),
            templates=[template(name) for name in DRIFT_TEMPLATES],
        message:
            "Drift: what has changed since the finished run, as a page"
        script:
            "../workflow/scripts/pages/drift_page.py"
