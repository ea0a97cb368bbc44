# Our scripts start as forks of a process that has imported already (spendscape.running.warm_starts), which saves a
# small run a third of its time (docs/benchmarks.md). It changes nothing but the time: where it cannot be done they
# start as Snakemake starts scripts, as on a cluster, with conda or containers, and for rules with several threads.
import subprocess

import snakemake
from snakemake.script import PythonScript

from spendscape.running.warm_starts import ONE_THREAD, Warm

# Snakemake has no setting for how a script starts; this is the version whose own way is known here.
KNOWN = "9.27."
# Fewer jobs are not worth it.
FEW_JOBS = 4
# Also where another workflow of this process has put its own in the place.
SNAKEMAKES_WAY = getattr(
    PythonScript.execute_script, "snakemakes_way", PythonScript.execute_script
)
WARM = []


def uses(params):
    """What a job's script uses, by its digests."""
    return json.loads(params.get("code", "{}"))


def prepare_warm_starts():
    """Begin to import what the scripts of this run need, if there are enough of them."""
    jobs = [job for job in workflow.dag.needrun_jobs() if job.rule.script]
    known = sys.platform == "linux" and snakemake.__version__.startswith(KNOWN)
    if known and workflow.local_exec and len(jobs) >= FEW_JOBS:
        WARM.append(Warm(uses(job.params) for job in jobs))
        atexit.register(WARM[0].end)


def fork_of(script, name):
    """A script as a fork that waits to begin, or nothing where it cannot be one."""
    path = Path(script.path.get_path_or_uri(secret_free=True)).resolve()
    ours = LIBRARY.resolve() in path.parents
    apart = script.conda_env or script.container_img or script.env_modules
    if not WARM or not ours or apart or script.threads > 1:
        return None
    names = ["TMPDIR", "TMP", "TEMPDIR", "TEMP"]
    temporary = dict.fromkeys(names, str(script.resources.tmpdir))
    environment = os.environ | ONE_THREAD | temporary
    return WARM[0].start(name, uses(script.params), environment)


def start_warm(script, name, edit=False):
    """Run a script by a fork, measured as Snakemake measures, or else as Snakemake does."""
    from snakemake.benchmark import benchmarked

    started = None if edit else fork_of(script, name)
    if started is None:
        return SNAKEMAKES_WAY(script, name, edit)
    if script.bench_record is None:
        code = started.run()
    else:
        with benchmarked(started.process, script.bench_record):
            code = started.run()
    if code:
        raise subprocess.CalledProcessError(code, f"{sys.executable} {name}")


start_warm.snakemakes_way = SNAKEMAKES_WAY
PythonScript.execute_script = start_warm
