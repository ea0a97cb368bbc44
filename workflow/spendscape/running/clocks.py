"""Files that are dated later than now, whose products would look older than they are."""

import os
import shlex
from collections.abc import Iterable
from datetime import datetime

# Clocks of one network differ by less, and a run that is started later meets them in the past.
TOLERANCE = 60.0


def ahead(paths: Iterable[str], now: float) -> str | None:
    """What to tell the user of files that were changed in the future; nothing when there are none.

    Parameters
    ----------
    paths : names of files; those that are not there are passed over
    now : this machine's time, seconds since 1970

    Returns
    -------
    str or None
        Two lines: the file that is farthest ahead and how many others are, and what to do.
    """
    dated = sorted((os.path.getmtime(path), path) for path in set(paths) if os.path.exists(path))
    found = [(time, path) for time, path in dated if time > now + TOLERANCE]
    if not found:
        return None
    time, path = found[-1]
    folders = shlex.join(sorted({os.path.dirname(path) or "." for _, path in found}))
    others = f" (in all {len(found)} files are)" if found[1:] else ""
    return (
        f"{path!r} is dated {datetime.fromtimestamp(time):%Y-%m-%d %H:%M:%S}, {time - now:.0f} s ahead of this "
        f"machine's clock{others}: what is made of it would look older than it.\n"
        f"Set the clock if it is late. If it is right: find {folders} -newermt now "
        f"-exec touch {{}} + (contents are compared, so that a touch alone reruns nothing)"
    )
