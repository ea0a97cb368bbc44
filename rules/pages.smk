from spendscape.pages.report.contents import inputs_of, pages_of, templates_of


report: "../workflow/report/workflow.rst"


# So light that sending them to a cluster takes longer.
localrules:
    claims,
    ensemble,
    report,
    report_tables,


rule reference:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        directions="<results>/surrogate/directions_long.parquet",
        chart="<results>/surrogate/chart.json",
    output:
        reference="<results>/explain/reference.json",
    log:
        "<logs>/reference.log",
    benchmark:
        "<benchmarks>/reference.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=settings("traits.mean", "score.far"),
        code=code("pages/reference"),
    message:
        "Reference: the average customer, which cards compare with"
    script:
        "../workflow/scripts/pages/reference.py"


rule card:
    input:
        spending="<results>/tensors/spending.parquet",
        traits="<results>/tensors/traits.parquet",
        formula="<model>/tensors/traits.json",
        weights="<model>/model/weights.json",
        metrics="<model>/model/metrics.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        directions="<results>/surrogate/directions_long.parquet",
        coefficients="<model>/surrogate/coefficients.csv",
        chart="<model>/surrogate/chart.json",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        segments="<results>/segments/segments.parquet",
        reference="<model>/explain/reference.json",
    output:
        card=report(
            "<results>/explain/{customer}.html",
            caption="../workflow/report/card.rst",
            category="Cards",
            labels={"customer": "{customer}"},
        ),
    log:
        "<logs>/card_{customer}.log",
    benchmark:
        "<benchmarks>/card_{customer}.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        settings=settings("cards.classes", "traits.mean"),
        code=code("pages/card"),
        template=template("card.html"),
    message:
        "Card: why is customer {wildcards.customer} where it is?"
    script:
        "../workflow/scripts/pages/card.py"


checkpoint examples:
    input:
        weights="<model>/model/weights.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        directions="<results>/surrogate/directions_long.parquet",
        chart="<model>/surrogate/chart.json",
        segments="<results>/segments/segments.parquet",
    output:
        examples="<results>/explain/examples.csv",
    log:
        "<logs>/examples.log",
    benchmark:
        "<benchmarks>/examples.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        settings=settings("cards.examples"),
        code=code("pages/examples"),
    message:
        "Examples: customers whose cards differ"
    script:
        "../workflow/scripts/pages/examples.py"


rule explorer:
    input:
        weights="<results>/model/weights.json",
        metrics="<results>/model/metrics.json",
        traits="<results>/tensors/traits.parquet",
        formula="<results>/tensors/traits.json",
        states="<results>/states/long.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
        inverse="<results>/space/inverse.json",
        segments="<results>/segments/segments.parquet",
        movers="<results>/segments/movers.parquet",
    output:
        explorer=report(
            "<results>/explorer.html",
            caption="../workflow/report/explorer.rst",
            category="Explorer",
            labels={"shows": "the state space in 3-D"},
        ),
    log:
        "<logs>/explorer.log",
    benchmark:
        "<benchmarks>/explorer.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=settings("explorer", "results"),
        code=code("pages/explorer"),
        template=template("explorer.html"),
    message:
        "Explorer: the state space, to turn, filter and click"
    script:
        "../workflow/scripts/pages/explorer.py"


rule figure_1:
    input:
        weights="<results>/model/weights.json",
        states=expand("<results>/states/{window}.parquet", window=WINDOWS),
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
    output:
        png=report(
            "<results>/figures/figure_1.png",
            caption="../workflow/report/figure_1.rst",
            category="Figures",
            labels={"figure": "1", "shows": "trajectories by dominant trait"},
        ),
        svg="<results>/figures/figure_1.svg",
    log:
        "<logs>/figure_1.log",
    benchmark:
        "<benchmarks>/figure_1.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("pages/figure_1"),
    message:
        "Figure 1: trajectories by dominant trait"
    script:
        "../workflow/scripts/pages/figure_1.py"


rule figure_2:
    input:
        formula="<results>/tensors/traits.json",
        directions="<results>/surrogate/directions_long.parquet",
        segments="<results>/segments/segments.parquet",
    output:
        png=report(
            "<results>/figures/figure_2.png",
            caption="../workflow/report/figure_2.rst",
            category="Figures",
            labels={
                "figure": "2",
                "shows": "the trajectories' angles, level by level",
            },
        ),
        svg="<results>/figures/figure_2.svg",
    log:
        "<logs>/figure_2.log",
    benchmark:
        "<benchmarks>/figure_2.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("pages/figure_2"),
    message:
        "Figure 2: the trajectories' angles, level by level"
    script:
        "../workflow/scripts/pages/figure_2.py"


rule figure_3:
    input:
        formula="<results>/tensors/traits.json",
        segments="<results>/segments/segments.parquet",
        extended="<results>/states/extended.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
    output:
        png=report(
            "<results>/figures/figure_3.png",
            caption="../workflow/report/figure_3.rst",
            category="Figures",
            labels={"figure": "3", "shows": "predicted final locations"},
        ),
        svg="<results>/figures/figure_3.svg",
    log:
        "<logs>/figure_3.log",
    benchmark:
        "<benchmarks>/figure_3.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("pages/figure_3"),
    message:
        "Figure 3: predicted final locations"
    script:
        "../workflow/scripts/pages/figure_3.py"


rule figure_4:
    input:
        segments="<results>/segments/segments.parquet",
        extended="<results>/states/extended.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
    output:
        png=report(
            "<results>/figures/figure_4.png",
            caption="../workflow/report/figure_4.rst",
            category="Figures",
            labels={"figure": "4", "shows": "the attractors"},
        ),
        svg="<results>/figures/figure_4.svg",
    log:
        "<logs>/figure_4.log",
    benchmark:
        "<benchmarks>/figure_4.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("pages/figure_4"),
    message:
        "Figure 4: the attractors"
    script:
        "../workflow/scripts/pages/figure_4.py"


rule figure_5:
    input:
        traits="<results>/tensors/traits.parquet",
        reachable="<results>/space/reachable.parquet",
        weights="<results>/model/weights.json",
        fixed_points="<results>/dynamics/fixed_points.parquet",
    output:
        png=report(
            "<results>/figures/figure_5.png",
            caption="../workflow/report/figure_5.rst",
            category="Figures",
            labels={"figure": "5", "shows": "the reachable output space"},
        ),
        svg="<results>/figures/figure_5.svg",
    log:
        "<logs>/figure_5.log",
    benchmark:
        "<benchmarks>/figure_5.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("pages/figure_5"),
    message:
        "Figure 5: the reachable output space"
    script:
        "../workflow/scripts/pages/figure_5.py"


rule figure_6:
    input:
        inverse="<results>/space/inverse.json",
        fixed_points="<results>/dynamics/fixed_points.parquet",
    output:
        png=report(
            "<results>/figures/figure_6.png",
            caption="../workflow/report/figure_6.rst",
            category="Figures",
            labels={"figure": "6", "shows": "the trait axes in state space"},
        ),
        svg="<results>/figures/figure_6.svg",
    log:
        "<logs>/figure_6.log",
    benchmark:
        "<benchmarks>/figure_6.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("pages/figure_6"),
    message:
        "Figure 6: the trait axes in state space"
    script:
        "../workflow/scripts/pages/figure_6.py"


rule flow:
    input:
        spending="<results>/tensors/spending.parquet",
        weights="<results>/model/weights.json",
        extended="<results>/states/extended.parquet",
        fixed_points="<results>/dynamics/fixed_points.parquet",
        attractors="<results>/dynamics/attractors.json",
    output:
        png=report(
            "<results>/figures/flow.png",
            caption="../workflow/report/flow.rst",
            category="Figures",
            labels={"figure": "flow", "shows": "where the network drives the state"},
        ),
        svg="<results>/figures/flow.svg",
    log:
        "<logs>/flow.log",
    benchmark:
        "<benchmarks>/flow.tsv"
    conda:
        "../envs/pages.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        settings=settings(),
        code=code("pages/flow"),
    message:
        "Flow: where the network drives the state under the mean input"
    script:
        "../workflow/scripts/pages/flow.py"


REPORT_PAGES = pages_of(CONFIG.source == "simulated")


def report_page(page):
    """A page of the report as an output, listed in the report unless it has no category."""
    path = f"<results>/report/{page.name}.html"
    if page.category is None:
        return path
    return report(
        path,
        caption=f"../workflow/report/{page.caption}",
        category=page.category,
        labels={"table": page.label},
    )


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
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=settings("tensors.posting_months"),
        code=code("pages/report_tables"),
        templates=[template(name) for name in templates_of(REPORT_PAGES)],
    message:
        "Report: the run's numbers as tables"
    script:
        "../workflow/scripts/pages/report_tables.py"


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
        code=code("pages/report"),
    message:
        "Report: everything above in one file"
    script:
        "../workflow/scripts/pages/report.py"
