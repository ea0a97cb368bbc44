"""Which revision of the code a run was made with, as Git knows it."""

import subprocess
from pathlib import Path


def revision(folder: Path) -> str | None:
    """The commit of a checkout, with "-dirty" behind it where files differ from it.

    Parameters
    ----------
    folder : the top of the checkout

    Returns
    -------
    None where the folder is not the top of a checkout, or where there is no Git.
    """
    # A folder inside another project's checkout must not be told that project's commit.
    if not (folder / ".git").exists():
        return None
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None
