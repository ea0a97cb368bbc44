"""Write, or with --check compare, the files that are generated: from the config's models, the lock and the contract."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow"))

from spendscape.config import documents  # noqa: E402
from spendscape.config.config import Config  # noqa: E402
from spendscape.running import contract  # noqa: E402

YAML_HEAD = """\
yaml-language-server: $schema=../workflow/schemas/config.schema.json

Every key with its meaning and default. Edit here, or give only what differs in a file of your own:
snakemake --cores all --configfile my.yaml
This file is generated from workflow/spendscape/config/, with its defaults: `make generated`
writes it anew."""
REFERENCE_HEAD = """\
<!-- Generated from workflow/spendscape/config/: `make generated` writes it anew. -->

# Config keys

Every key of the config, with its default and its meaning. `config/config.yaml` holds the same keys and
defaults. Give what differs in a file of your own, `snakemake --cores all --configfile my.yaml`, or on the
command line, `snakemake --cores all --config results=results/mine model='{units: 4}'`. A section that you give
in part keeps its other defaults.

An unknown key or a value of the wrong kind stops the run before anything is computed, and the message names
the key and what was expected. Editors that read JSON schemas complete and check the keys as you type:
put `# yaml-language-server: $schema=` and the path of `workflow/schemas/config.schema.json` on the first line of your file.
"""
CONDA_HEAD = """\
{}, with the versions of envs/requirements.lock,
for `snakemake --software-deployment-method conda`. Generated: `make generated` writes it anew."""
TABLES = ["numpy", "pandas", "pyarrow", "scipy"]
# The conda environments: what their rules have in common, and what their scripts import.
FAMILIES = {
    "tables": ("Transactions, months and tensors", [*TABLES, "duckdb"]),
    "network": ("Training", [*TABLES, "keras", "tensorflow", "tensorflow-cpu"]),
    "analysis": ("What is made of states and scores", [*TABLES, "scikit-learn"]),
    "pages": (
        "Figures, cards and reports",
        # The report reads the workflow itself: pydantic, psutil and PyYAML are for rules/common.smk.
        [
            *TABLES,
            "jinja2",
            "markupsafe",
            "matplotlib",
            "pillow",
            "pydantic",
            "psutil",
            "pyyaml",
        ],
    ),
}
# Snakemake hands a script its `snakemake` as an object of its own package; shapes are jaxtyping's.
EVERY_SCRIPT = ["snakemake", "jaxtyping"]


def generated() -> dict[Path, str]:
    """Every generated file with the text it should have."""
    lock = (ROOT / "envs/requirements.lock").read_text()
    results = ROOT / "results/README.md"
    return {
        results: contract.with_table(results.read_text()),
        ROOT / "config/config.yaml": documents.commented_yaml(Config(), YAML_HEAD),
        ROOT / "workflow/schemas/config.schema.json": documents.json_schema(Config),
        ROOT / "docs/reference/config.md": documents.reference_page(Config(), REFERENCE_HEAD),
    } | {
        ROOT / f"envs/{name}.yaml": documents.conda_environment(
            lock, [*packages, *EVERY_SCRIPT], "3.12", CONDA_HEAD.format(meaning)
        )
        for name, (meaning, packages) in FAMILIES.items()
    }


def main() -> str | None:
    """Write or compare; a message for the exit when something is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    check = parser.parse_args().check
    stale = [
        (path, text)
        for path, text in generated().items()
        if not path.is_file() or path.read_text() != text
    ]
    if check:
        names = ", ".join(str(path.relative_to(ROOT)) for path, _ in stale)
        return f"stale: {names}; run `make generated` and commit" if stale else None
    for path, text in stale:
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")
    return None


if __name__ == "__main__":
    sys.exit(main())
