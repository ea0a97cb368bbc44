"""Results and raw files in a bucket, against a local run; `tests/storage/run` starts it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/workflow"))
import faults  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not {"STORAGE_PLUGIN", "STORAGE_SERVER"} <= os.environ.keys(),
        reason="neither plugin nor server are in the lock: tests/storage/run installs them beside it",
    ),
]
BUCKET = "spendscape-test"
COPY = """\
import sys, boto3, os, pathlib
bucket, target = boto3.resource("s3").Bucket(sys.argv[1]), pathlib.Path(sys.argv[2])
for item in bucket.objects.all():
    (target / item.key).parent.mkdir(parents=True, exist_ok=True)
    bucket.download_file(item.key, str(target / item.key))
"""
UPLOAD = """\
import sys, boto3
boto3.resource("s3").create_bucket(Bucket=sys.argv[1])
for path in sys.argv[2:]:
    boto3.resource("s3").Bucket(sys.argv[1]).upload_file(path, "raw/" + path.split("/")[-1])
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What a client of the server needs to know."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    with (tmp_path_factory.mktemp("server") / "log").open("w") as log:
        server = subprocess.Popen(
            command,
            env=os.environ | {"PYTHONPATH": os.environ["STORAGE_SERVER"]},
            stdout=log,
            stderr=log,
        )
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            assert server.poll() is None and time.monotonic() < end, "the server does not answer"
            time.sleep(0.2)
    yield {
        **os.environ,
        "PYTHONPATH": os.environ["STORAGE_PLUGIN"],
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile as a user would copy it."""
    folder = tmp_path_factory.mktemp("profile")
    text = (ROOT / "profiles/s3/config.yaml").read_text()
    assert "YOUR-BUCKET" in text
    (folder / "config.yaml").write_text(text.replace("YOUR-BUCKET", BUCKET))
    return folder


def run(
    folder: Path, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    command = faults.command(*arguments)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1800
    )


def ended(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("local")
    (folder / "tiny.yaml").write_text(faults.TINY)
    ended(faults.finish(folder))
    return folder


def test_results_in_a_bucket_are_a_local_runs(
    tmp_path: Path, local: Path, environment: dict[str, str], profile: Path
) -> None:
    (tmp_path / "tiny.yaml").write_text(faults.TINY)
    options = ["--workflow-profile", str(profile)]
    ended(run(tmp_path, environment, *options))
    assert not (tmp_path / "results").exists()
    fetch = [sys.executable, "-c", COPY, BUCKET, str(tmp_path / "fetched")]
    subprocess.run(fetch, env=environment, check=True)
    found = faults.contents(tmp_path / "fetched/spendscape/results")
    expected = faults.contents(local / "results")
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert "Nothing to be done" in ended(run(tmp_path, environment, *options))


def test_raw_files_in_a_bucket(tmp_path: Path, local: Path, environment: dict[str, str]) -> None:
    raw = sorted((local / "results/simulate").glob("transactions_*.parquet"))
    # Sums of each file are kept on a disk only.
    ingest: dict[str, Any] = {"files": [path.name for path in raw], "keep_sums": False}
    folders = {"here": str(raw[0].parent), "bucket": f"s3://{BUCKET}-raw/raw"}
    upload = [sys.executable, "-c", UPLOAD, f"{BUCKET}-raw", *map(str, raw)]
    subprocess.run(upload, env=environment, check=True)
    found = {}
    for name, folder in folders.items():
        (tmp_path / name).mkdir()
        ingest["folder"] = folder
        (tmp_path / name / "tiny.yaml").write_text(
            yaml.safe_dump({"source": "files", "ingest": ingest})
        )
        ended(run(tmp_path / name, environment, "ingest"))
        found[name] = faults.contents(tmp_path / name / "results")
    assert found["here"] == found["bucket"] and "ingest/monthly.parquet" in found["here"]
