"""The results do not depend on how many cores make them."""

from pathlib import Path

from small_run import SMALL, snakemake

# Snakemake's report and its records of time and memory, and what jobs say while they run.
RECORDS = ("report.html", "benchmarks", "logs")


def files(results: Path) -> set[str]:
    """The results of a run, below its folder; cards of single customers are made on demand."""
    found = {path.relative_to(results) for path in results.rglob("*") if path.is_file()}
    chosen = {line.split(",")[0] for line in (results / "explain/examples.csv").open()}
    return {
        str(path)
        for path in found
        if path.parts[0] not in RECORDS
        and (path.suffix != ".html" or path.parts[0] != "explain" or path.stem in chosen)
    }


def test_one_core_gives_the_bytes_that_two_give(run: Path, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    done = snakemake(tmp_path, cores=1)
    assert done.returncode == 0, done.stdout + done.stderr
    one, two = tmp_path / "results", run / "results"
    names = files(one)
    assert len(names) > 50 and names <= files(two)
    different = {name for name in names if (one / name).read_bytes() != (two / name).read_bytes()}
    assert not different
