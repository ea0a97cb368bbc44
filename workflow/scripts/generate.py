"""Write, or with --check compare, the files that are generated from the config's models and the lock."""

import argparse
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow"))

from spendscape import documentation  # noqa: E402
from spendscape.config import Config  # noqa: E402

YAML_HEAD = """\
yaml-language-server: $schema=../workflow/schemas/config.schema.json

Every key with its meaning and default. Edit here, or give only what differs in a file of your own:
snakemake --cores all --configfile my.yaml
This file is generated from workflow/spendscape/config.py, with its defaults: `make generated`
writes it anew."""
CONDA_HEAD = """\
The runtime packages of envs/requirements.lock, for `snakemake --software-deployment-method conda`.
Generated: `make generated` writes it anew."""


def generated() -> dict[Path, str]:
    """Every generated file with the text it should have."""
    readme, schema = ROOT / "README.md", ROOT / "workflow/schemas/config.schema.json"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "envs/requirements.lock").read_text()
    table = documentation.readme_table(Config())
    return {
        ROOT / "config/config.yaml": documentation.commented_yaml(Config(), YAML_HEAD),
        schema: documentation.json_schema(Config),
        readme: documentation.between_markers(readme.read_text(), table),
        ROOT / "envs/spendscape.yaml": documentation.conda_environment(
            lock, project["dependencies"], "3.12", CONDA_HEAD
        ),
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
