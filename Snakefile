from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


include: "rules/common.smk"


pathvars:
    results=CONFIG.results,
    model=MODEL,
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


include: "rules/simulate.smk"
include: "rules/ingest.smk"
include: "rules/tensors.smk"
include: "rules/model.smk"
include: "rules/states.smk"
include: "rules/surrogate.smk"
include: "rules/space.smk"
include: "rules/dynamics.smk"
include: "rules/segments.smk"
include: "rules/explain.smk"
include: "rules/figures.smk"
include: "rules/report.smk"
include: "rules/targets.smk"


if CONFIG.source == "simulated":

    include: "rules/messy.smk"
    include: "rules/recovery.smk"


if CONFIG.score.run:

    include: "rules/score.smk"


onstart:
    # Otherwise the first job that reads such a file fails, when its work is done.
    if workflow.is_main_process and (
        told := clocks.ahead(inputs_that_stay(), time.time())
    ):
        raise WorkflowError(told)


rule all:
    default_target: True
    input:
        contract,
        example_cards,
