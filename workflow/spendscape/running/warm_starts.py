"""Starting the scripts of a run by forks of a process that has imported what they need.

A job of a small run takes longer to start Python and to import than to work. A *warm* process imports
the modules of all jobs once; each job is then a fork of it, which shares these modules and nothing
that another job has done. There are two of them, because TensorFlow takes seconds and half a
gigabyte that only jobs which train shall carry.

Warm processes are single-threaded when they fork, read no data, and end with the run that they belong to, also
when it is killed: each waits at a socket of which nobody but the run holds the other end.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from select import select
from typing import NamedTuple

from spendscape.core.imports import NOT_FOR_KERAS, without

# What is imported inside functions, by the distribution that holds it; the rest comes with our own modules.
INSIDE = {
    "scipy": ["scipy.stats"],
    "scikit-learn": ["sklearn.tree", "sklearn.mixture", "sklearn.neighbors"],
    "tensorflow": ["tensorflow"],
}
TENSORFLOW = "tensorflow"
# What Snakemake puts before every script imports these.
ALWAYS = ["snakemake.logging", "snakemake.iocontainers"]
# Numbers that libraries read once, when they are imported; a job with more threads starts by itself.
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "GOTO", "OPENBLAS", "MKL", "NUMEXPR")
} | {"VECLIB_MAXIMUM_THREADS": "1"}
LONGEST = 1 << 20
GO = b"go"


class Started(NamedTuple):
    """A job that waits to begin: its process, and the socket at which it does."""

    process: int
    line: socket.socket

    def run(self) -> int:
        """Let it begin and wait for its end; returns its exit code, -9 when it was killed."""
        with self.line:
            try:
                self.line.send(GO)
                code = self.line.recv(LONGEST)
            except OSError:
                code = b""
        return int(code) if code else -signal.SIGKILL


class Warm:
    """The warm processes of a run, as it sees them.

    Parameters
    ----------
    used : of each script that will run, what it uses, as `code_digests.digests` names it
    """

    def __init__(self, used: Iterable[Collection[str]]) -> None:
        scripts = list(used)
        heavy = [names for names in scripts if TENSORFLOW in names]
        light = [names for names in scripts if TENSORFLOW not in names]
        pairs = [socket.socketpair(type=socket.SOCK_SEQPACKET) for _ in range(2)]
        self._light, self._heavy = (ours for ours, _ in pairs)
        ends = [theirs.fileno() for _, theirs in pairs]
        plan = json.dumps([*zip(ends, [imported(light), imported(heavy)], strict=True)])
        # -P: nothing is imported from the working directory.
        command = [sys.executable, "-P", "-m", __name__, plan]
        environment = os.environ | ONE_THREAD | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, env=environment, pass_fds=ends
        )
        for _, theirs in pairs:
            theirs.close()

    def end(self) -> None:
        """Let the warm processes end, and wait for them: what they have used is then part of what the run used."""
        self._light.close()
        self._heavy.close()
        self._process.wait()

    def start(
        self, script: str, uses: Collection[str], environment: Mapping[str, str]
    ) -> Started | None:
        """Start a script in the working directory; nothing when the warm process is gone."""
        control = self._heavy if TENSORFLOW in uses else self._light
        request = json.dumps({"script": script, "environment": dict(environment)}).encode()
        ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        try:
            with theirs:
                socket.send_fds(control, [request], [theirs.fileno()])
            process = ours.recv(LONGEST)
        except OSError:
            process = b""
        if process:
            return Started(int(process), ours)
        ours.close()
        return None


def imported(scripts: Sequence[Collection[str]]) -> list[str]:
    """The modules of some scripts, by what they use."""
    names = sorted(set().union(*scripts))
    own = [name for name in names if name.startswith("spendscape.")]
    others = [module for name in names for module in INSIDE.get(name, [])]
    return [*ALWAYS, *own, *others] if scripts else []


def main(plans: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Import and fork until the run ends: a process for each socket with its modules, the first without TensorFlow."""
    # Ctrl-C reaches all processes of a terminal: the jobs shall hear it, and the run decides about these.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    (own, modules), (other, heavy_modules) = (
        (socket.socket(fileno=end), names) for end, names in plans
    )
    is_heavy = bool(heavy_modules) and not os.fork()
    if is_heavy:
        own, other = other, own
    other.close()
    own.set_inheritable(False)
    if is_heavy:
        # A job waits for this, because it would have to import it itself.
        with silent():
            load(heavy_modules)
    else:
        # A job does not wait for what others need.
        load(modules, lambda: answer_waiting(own))
    while True:
        answer(own)


@contextmanager
def silent() -> Iterator[None]:
    """Without what TensorFlow tells on the terminal when it is imported."""
    terminal, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(nowhere)


def load(modules: Iterable[str], after_each: Callable[[], None] = lambda: None) -> None:
    """Import modules; the job that needs one which cannot be imported will say so."""
    # Collecting garbage while so much is imported that stays would take a fifth of the time.
    gc.disable()
    for module in modules:
        needless = NOT_FOR_KERAS if module == TENSORFLOW else ()
        with suppress(Exception), without(*needless):
            importlib.import_module(module)
        after_each()
    # Nor shall the jobs look through it, or copy the memory that it is in.
    gc.freeze()
    gc.enable()


def answer_waiting(control: socket.socket) -> None:
    """Fork for the jobs that are asked for by now."""
    while select([control], [], [], 0)[0]:
        answer(control)


def answer(control: socket.socket) -> None:
    """Fork for one job; the run has ended when there is nothing more to be read."""
    message, ends, _, _ = socket.recv_fds(control, LONGEST, 1)
    ended = not message
    # What jobs have used counts once they are waited for; how they ended they have said themselves.
    with suppress(ChildProcessError):
        while os.waitpid(-1, 0 if ended else os.WNOHANG)[0]:
            pass
    if ended:
        os._exit(0)
    with socket.socket(fileno=ends[0]) as line:
        if os.fork():
            return
        control.close()
        line.set_inheritable(False)
        line.send(str(os.getpid()).encode())
        # The run first looks at this process, to measure it.
        if line.recv(LONGEST) == GO:
            code = run(**json.loads(message))
            line.send(str(code).encode())
        # Not by an exception: what called this belongs to the warm process.
        os._exit(0)


def run(script: str, environment: Mapping[str, str]) -> int:
    """Run a script in this process as Python would run it; returns the exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [script]
    code = 0
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
