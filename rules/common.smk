import atexit
import gc
import hashlib
import json
import os
import sys
import time
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.io import sourcecache_entry

# Planning makes many objects that stay, and looking for garbage among them again and again takes a third of it.
gc.set_threshold(100_000, 20, 20)

ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
LIBRARY = ROOT / "workflow"

# Scripts import the library from here whether or not it is installed.
sys.path.insert(0, str(LIBRARY))
if str(LIBRARY) not in os.environ.get("PYTHONPATH", "").split(os.pathsep):
    # Not by os.environ[…] =, which lint takes for a variable that the user must set.
    os.environ.update(
        PYTHONPATH=os.pathsep.join(
            filter(None, [str(LIBRARY), os.environ.get("PYTHONPATH")])
        )
    )

import yaml

from spendscape.commands.first_look import look as first_look
from spendscape.config.validate import check_scoring, recent_apart, validate
from spendscape.core.errors import DataError
from spendscape.ingest.file_parts import cuttable, plan
from spendscape.pages.explorer_templates import TEMPLATES as EXPLORER_TEMPLATES
from spendscape.pages.paper import contents as paper_contents
from spendscape.pages.report.contents import DRIFT_TEMPLATES
from spendscape.pages.report.contents import inputs_of, pages_of, templates_of
from spendscape.running import contract, guards, inputs, params
from spendscape.running.code_digests import modules
from spendscape.running.figure_table import FIGURES, NUMBERS
from spendscape.running.kept_digests import KeptDigests

if workflow.is_main_process:
    guards.note_run(Path(".snakemake"))
    if guards.release_locks(Path(".snakemake")):
        print("Removed the lock of a run that was killed.", file=sys.stderr)


def checked(function, *arguments):
    """What a function gives; a mistake of the user's that it finds is told in words."""
    try:
        return function(*arguments)
    except DataError as error:
        raise WorkflowError(f"The config has a mistake:\n{error}") from None


# Not by `checked`, whose own place Snakemake would show, too.
try:
    CONFIG = validate(config)
except DataError as error:
    raise WorkflowError(f"The config has a mistake:\n{error}") from None

if told := guards.no_folder("results", CONFIG.results):
    raise WorkflowError(f"The config has a mistake:\n{told}")

# Where the model is: this run's own folder, or that of the finished run that scores new customers.
MODEL = (CONFIG.score.run or CONFIG.results).rstrip("/")
if CONFIG.score.run:
    finished = Path(MODEL, "config.yaml")
    if not finished.is_file():
        raise WorkflowError(
            f"score.run: {CONFIG.score.run!r} was given; expected the results folder of a finished run, "
            f"with its config.yaml"
        )
    FINISHED = yaml.safe_load(finished.read_text())
    checked(check_scoring, CONFIG, FINISHED)

WINDOWS = ["long", "recent"] if CONFIG.tensors.recent else ["long"]
TENSORS = {
    "long": "<results>/tensors/spending.parquet",
    "recent": "<results>/tensors/recent.parquet",
}
LOCK = (ROOT / "envs/requirements.lock").read_text()
DIGESTS = KeptDigests(
    Path(".snakemake/spendscape_digests.json"), modules(LIBRARY / "spendscape"), LOCK
)
if workflow.is_main_process:
    atexit.register(DIGESTS.keep)
RESOURCES = params.resources(
    yaml.safe_load((ROOT / "rules/resources.yaml").read_text())
)


wildcard_constraints:
    window="long|recent",
    year=r"\d{4}",
    units=r"\d+",
    seed=r"\d+",
    shard=r"\d+",
    supervision="every_step|final_step",
    # Ids are escaped by spendscape.pages.card_names.file_name; nothing else can name a card.
    customer=r"[A-Za-z0-9_%~-]+",


VALUES = CONFIG.model_dump(mode="json")


def settings(*keys):
    """The named keys of the config as one JSON text, so that a rule reruns when they change."""
    # A function, because Snakemake would take the braces of a text for wildcards.
    return lambda wildcards: params.settings_text(VALUES, keys)


@cache
def code_digests(script):
    """Digests of a script and what it reaches in each library module, and locked versions, as JSON."""
    source = (LIBRARY / "scripts" / f"{script}.py").read_text()
    return json.dumps(DIGESTS.of(source))


def code(script):
    """The digests of a script, for a rule's params: worked out when a job asks for them, because a job on a cluster
    reads all rules and runs one."""
    return lambda wildcards: code_digests(script)


def template(name):
    """A digest of a page's template, so that its cards follow it."""
    source = (LIBRARY / "spendscape/pages/templates" / name).read_bytes()
    return hashlib.sha256(source).hexdigest()[:32]


def beside(path):
    """A file that is where the workflow is, also when results are in a bucket (profiles/s3)."""
    if workflow.storage_settings.default_storage_provider is None:
        return path
    return sourcecache_entry(path, path)


def config_file(key, name):
    """A file that the config names, from the working directory or from beside the Snakefile."""
    return beside(str(checked(inputs.named, key, name, [Path(), ROOT])))


# Raw files in a bucket are named one by one: nothing is listed or measured there before a job runs.
IN_BUCKET = CONFIG.source == "files" and "://" in CONFIG.ingest.folder
if IN_BUCKET and CONFIG.ingest.shards > 1:
    raise WorkflowError(
        f"ingest.shards: {CONFIG.ingest.shards} was given; expected 1, because ingest.folder "
        f"{CONFIG.ingest.folder!r} is in a bucket"
    )


def raw_files(wildcards):
    """The transaction files: the simulator's, one a year, or those that the config names."""
    if CONFIG.source == "simulated":
        first = CONFIG.simulate.first_year
        years = range(first, first + CONFIG.simulate.years)
        return [
            f"{CONFIG.results}/simulate/transactions_{year}.parquet" for year in years
        ]
    if CONFIG.source != "files":
        return []
    if IN_BUCKET:
        folder = CONFIG.ingest.folder.rstrip("/")
        return [storage(f"{folder}/{name}") for name in CONFIG.ingest.files]
    own = CONFIG.ingest
    found = inputs.matching(own.folder, own.files, own.allow_copies)
    return [beside(path) for path in found]


def file_names(wildcards=None):
    """The raw files' names in the ledger, in order."""
    return [os.path.relpath(path, CONFIG.ingest.folder) for path in raw_files(None)]


def all_pieces():
    """What each shard reads."""
    paths = raw_files(None)
    encoding = CONFIG.ingest.encoding
    sizes = [
        (
            name,
            path,
            os.path.getsize(path),
            cuttable(path, encoding, CONFIG.ingest.format),
        )
        for name, path in zip(file_names(), paths)
    ]
    return plan(sizes, CONFIG.ingest.shards)


def shard_pieces(wildcards):
    """What a shard reads as [[name, path, part, parts], …]."""
    return [list(vars(piece).values()) for piece in PIECES[int(wildcards.shard)]]


def shard_files(wildcards):
    """The files that a shard reads, or parts of them."""
    return list(dict.fromkeys(piece.path for piece in PIECES[int(wildcards.shard)]))


if CONFIG.source in ("delta", "iceberg") and workflow.is_main_process:
    from spendscape.ingest.lakes import check_version
    from spendscape.ingest.settings import lake

    checked(check_version, lake(CONFIG.source, VALUES["ingest"]))

SHARDED = CONFIG.source == "files" and CONFIG.ingest.shards > 1
# Before any job, and without the trace that a mistake in an input function gets.
PIECES = checked(all_pieces) if CONFIG.source == "files" and not IN_BUCKET else []
SHARDS = range(len(PIECES))


def keeps_sums():
    """Whether the sums of each file are kept, so that an added file is read alone."""
    own = CONFIG.ingest
    remote = IN_BUCKET or workflow.storage_settings.default_storage_provider is not None
    if CONFIG.source != "files" or SHARDED or remote:
        # The config sees to the source and the shards.
        for key in ("history", "keep_sums"):
            if getattr(own, key):
                raise WorkflowError(
                    f"ingest.{key}: {getattr(own, key)!r} was given; expected null, because sums are kept only "
                    f"with files and results on the disk"
                )
        return False
    if own.history and not Path(own.history, "ingest/kept.json").is_file():
        raise WorkflowError(
            f"ingest.history: {own.history!r} was given; expected the results folder of a run with ingest/kept.json, "
            f"which ingest writes for several files, or with ingest.keep_sums: true"
        )
    if own.keep_sums is None:
        return own.history is not None or len(raw_files(None)) > 1
    return own.keep_sums


KEPT = keeps_sums()
INGEST = "ingest_added" if KEPT else "ingest"


def tables_to_look_at():
    """The tables that the config names, by the names of `first_look.look`; a finished run has its own formula."""
    own = CONFIG.ingest
    ours = CONFIG.source == "simulated"
    taxonomy = ("simulate.taxonomy", CONFIG.simulate.taxonomy)
    # Who has not chosen coefficients yet may want no more than what comes before them.
    chosen = CONFIG.traits.coefficients != type(CONFIG.traits)().coefficients
    # Measured traits need no formula, but the simulator does.
    formula = ours or (chosen and not CONFIG.traits.measured)
    coefficients, measured = CONFIG.traits.coefficients, CONFIG.traits.measured
    trained = [coefficients] if formula and not CONFIG.score.run else []
    named = {
        "taxonomy": [taxonomy if ours else ("ingest.taxonomy", own.taxonomy)],
        "class_tables": [("ingest.class_tables", name) for name in own.class_tables],
        "rates": [("ingest.rates", own.rates)],
        "coefficients": [("traits.coefficients", name) for name in trained],
        "measured": [("traits.measured", CONFIG.traits.measured)],
        "audit": [("audit.table", CONFIG.audit.table if CONFIG.audited else None)],
        "trained": [
            (
                "traits.coefficients",
                None if measured or CONFIG.score.run else coefficients,
            )
        ],
    }
    return {
        kind: [
            str(inputs.named(key, name, [Path(), ROOT]))
            for key, name in entries
            if name
        ]
        for kind, entries in named.items()
    }


if workflow.is_main_process:
    # Not in a job on a cluster, which would look again.
    known = dict(zip(file_names(), raw_files(None))) if PIECES else {}
    later = checked(
        first_look, VALUES, known, checked(tables_to_look_at), Path(".snakemake")
    )
    if later:
        # Who only wants what comes before that job may have it.
        print(f"A later job will stop:\n{later}", file=sys.stderr)


def figure_inputs(figure):
    """A figure's inputs, those of the windows for every window."""
    return {
        name: expand(path, window=WINDOWS) if "{window}" in path else path
        for name, path in figure.inputs.items()
    }


def card_page():
    """A card as an output, in the report where single customers are shown to others."""
    path = "<results>/explain/{customer}.html"
    if not CONFIG.shows_customers:
        return path
    return report(
        path,
        caption="../workflow/report/card.rst",
        category="Cards",
        labels={"customer": "{customer}"},
    )


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


def inputs_that_stay():
    """The files that this run reads and does not make."""
    made = {path for job in workflow.dag.needrun_jobs() for path in job.output}
    return {
        path
        for job in workflow.dag.jobs
        for path in job.input
        if path not in made and not path.is_storage
    }


def example_cards(wildcards):
    """The cards of the customers that the checkpoint chose."""
    chosen = checkpoints.examples.get().output.examples
    with chosen.open() as lines:
        names = [line.split(",")[0] for line in lines.read().splitlines()[1:]]
    return [f"{CONFIG.results}/explain/{name}.html" for name in names]


def nothing_to_audit(wildcards):
    """The answer to `snakemake audit` without attributes."""
    raise WorkflowError(
        "audit.table: null was given; expected a table of attributes of the customers, with a column of their ids"
    )


def no_run_to_score_with(wildcards):
    """The answer to `snakemake score` and `snakemake monitor` without a finished run."""
    raise WorkflowError(
        "score.run: null was given; expected the results folder of a finished run, whose model scores "
        "the customers of source: files, or with which monitor compares them"
    )


CONDITIONS = {
    "recent": CONFIG.tensors.recent is not None,
    "simulated": CONFIG.source == "simulated",
    "sliding": CONFIG.tensors.long.sliding,
    "score": CONFIG.score.run is not None,
    "kept": KEPT,
    "audited": CONFIG.audited,
    "steps": CONFIG.tensors.long.steps > 1 and CONFIG.score.run is None,
}


def before_report(wildcards):
    """Every file of the results contract that this config can give, but the cards and the report."""
    names = contract.paths({name for name, holds in CONDITIONS.items() if holds})
    return [f"{CONFIG.results}/{name}" for name in names]


def whole_contract(wildcards):
    """Every file of the results contract that this config can give, but the cards.

    They stand apart, as example_cards, because they wait for a checkpoint: in one function with the
    rest they would hide all of it from a dry run.
    """
    last = [] if CONFIG.score.run else [f"{CONFIG.results}/report.html"]
    return before_report(wildcards) + last
