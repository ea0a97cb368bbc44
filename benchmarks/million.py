"""A million customers: peak memory of training a network on them.

Usage: python benchmarks/million.py FOLDER [--customers N] [--epochs N]

Makes tensors of random customers in FOLDER, block by block, and trains as the rule `train` does, in a
process of its own. Prints seconds and peak memory; ends with status 1 beyond 6 GiB.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STEPS, CLASSES, TRAITS, BLOCK = 6, 97, 5, 8192
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "workflow/scripts")]


def generate(folder: Path, customers: int) -> None:
    """tensors of customers whose traits are a linear formula of their spending."""
    import numpy as np
    import pyarrow.parquet as pq

    from spendscape.core.parquet import PARQUET, table

    random = np.random.default_rng(1)
    formula = random.normal(size=(CLASSES, TRAITS))
    options = {key: value for key, value in PARQUET.items() if key != "row_group_size"}
    writers: list[pq.ParquetWriter] = []
    for first in range(0, customers, BLOCK):
        count = min(BLOCK, customers - first)
        taste = random.gamma(0.3, size=(count, 1, CLASSES))
        spending = taste * random.gamma(2.0, size=(count, STEPS, CLASSES)) + 1e-9
        spending = (spending / spending.sum(axis=2, keepdims=True)).astype("float32")
        ids = [f"C{first + k:08d}" for k in range(count)]
        sides = random.choice(["train", "validation", "test"], count, p=[0.7, 0.15, 0.15])
        values = np.clip(spending.mean(axis=1) @ formula / 3, -1, 1).astype("float32")
        made = [
            table({"customer_id": ids, "spending": spending}, {"classes": [f"c{k}" for k in range(CLASSES)]}),
            table({"customer_id": ids, "traits": values, "split": sides}, {"traits": [f"t{k}" for k in range(TRAITS)]}),
        ]  # fmt: skip
        if not writers:
            writers = [
                pq.ParquetWriter(folder / f"{name}.parquet", part.schema, **options)
                for name, part in zip(("spending", "traits"), made, strict=True)
            ]
        for writer, part in zip(writers, made, strict=True):
            writer.write_table(part)
    for writer in writers:
        writer.close()


def network(folder: Path, epochs: int) -> None:
    """As the rule `train` does."""
    from spendscape.network.training import Member, Training, start_tensorflow, train
    from spendscape.network.training_data import training_data

    data = training_data(str(folder / "spending.parquet"), str(folder / "traits.parquet"))
    start_tensorflow()
    how = Training(epochs, 256, 0.005, epochs, 20)
    names = (data.traits, data.classes)
    train(data.of("train"), data.of("validation"), [Member("every_step", 3, 20)], how, names)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    if options.worker:
        network(options.folder, options.epochs)
        return 0
    options.folder.mkdir(parents=True, exist_ok=True)
    generate(options.folder, options.customers)
    started = time.perf_counter()
    command = [
        sys.executable,
        __file__,
        str(options.folder),
        "--worker",
        "--epochs",
        str(options.epochs),
    ]
    pid = os.posix_spawn(sys.executable, command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    seconds, peak = time.perf_counter() - started, usage.ru_maxrss / 2**20
    print(
        f"{options.customers:,} customers, {options.epochs} epochs: {seconds:.0f} s, peak {peak:.2f} GiB (≤ 6)"
    )
    return 1 if status or peak > 6 else 0


if __name__ == "__main__":
    sys.exit(main())
