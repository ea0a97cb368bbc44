from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


include: "rules/common.smk"


pathvars:
    results=CONFIG.results,
    model=MODEL,
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


include: "rules/warm_starts.smk"
include: "rules/checksums.smk"
include: "rules/simulate.smk"
include: "rules/ingest.smk"
include: "rules/tensors.smk"
include: "rules/traits.smk"
include: "rules/network.smk"
include: "rules/dynamics.smk"
include: "rules/explanation.smk"
include: "rules/segments.smk"
include: "rules/evaluation.smk"
include: "rules/pages.smk"
include: "rules/targets.smk"


onstart:
    # Otherwise the first job that reads such a file fails, when its work is done.
    if workflow.is_main_process and (
        told := guards.files_ahead(inputs_that_stay(), time.time())
    ):
        raise WorkflowError(told)
    prepare_warm_starts()


onsuccess:
    # Only of a run that makes them all; not of one for a single target.
    if workflow.is_main_process and any(
        job.rule.name == "report" for job in workflow.dag.jobs
    ):
        print(
            f"To read: {CONFIG.results}/paper.html, the run as a paper.\n"
            f"Every table, figure and card, and what ran and for how long: {CONFIG.results}/report.html.",
            file=sys.stderr,
        )


rule all:
    default_target: True
    input:
        whole_contract,
        example_cards,
