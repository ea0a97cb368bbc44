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


rule all:
    default_target: True
    input:
        whole_contract,
        example_cards,
