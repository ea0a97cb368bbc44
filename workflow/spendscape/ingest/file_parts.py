"""What kind of file each raw file is, and which job reads which part of it. No file is opened here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spendscape.core.errors import DataError

TEXT = {".csv", ".txt", ".tsv"}
PARQUET = {".parquet", ".pq"}
ARROW = {".arrow", ".feather", ".ipc"}
SPREADSHEET = {".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"}
KINDS = {"text": TEXT, "parquet": PARQUET, "arrow": ARROW, "spreadsheet": SPREADSHEET}
COMPRESSED = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}


@dataclass(frozen=True)
class Piece:
    """A whole file, the part number `part` of `parts` equal parts, or a sheet of a workbook."""

    name: str
    path: str
    part: int = 0
    parts: int = 1
    sheet: str | None = None


def kind_of(name: str, given: str | None = None) -> tuple[str, str | None]:
    """Whether a file is text, parquet, arrow or spreadsheet, and how it is compressed, by the end of its name.

    Parameters
    ----------
    given : what the config says it is (ingest.format), whatever its name ends in

    Raises
    ------
    DataError
        The end is not known.
    """
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    compression = COMPRESSED.get(suffixes[-1]) if suffixes else None
    if given:
        return given, compression if given == "text" else None
    ending = (suffixes[:-1] if compression else suffixes)[-1:]
    for kind, endings in KINDS.items():
        if ending and ending[0] in endings and (kind == "text" or not compression):
            return kind, compression
    known = ", ".join(end for endings in KINDS.values() for end in sorted(endings))
    raise DataError(
        f"ingest.files: {name} was given; expected a name that ends in {known}, "
        f"text also with {', '.join(COMPRESSED)} after it.\n"
        f"Or say in ingest.format what it is: {', '.join(KINDS)}"
    )


def cuttable(name: str, encoding: str, given: str | None = None) -> bool:
    """Whether several jobs can share a file: they can share Parquet, and text that is neither compressed nor in another encoding."""
    kind, compression = kind_of(name, given)
    plain = compression is None and encoding.lower().replace("_", "-") in ("utf-8", "utf8", "ascii")
    return kind == "parquet" or (kind == "text" and plain)


def plan(sizes: Sequence[tuple[str, str, int, bool]], shards: int) -> list[list[Piece]]:
    """The pieces that each shard reads, of about equal size; every byte is read once.

    Parameters
    ----------
    sizes : of every file in order its name, its path, its bytes, and whether it can be cut
    """
    share = max(1, -(-sum(size for _, _, size, _ in sizes) // shards))
    made: list[list[Piece]] = [[]]
    filled = 0
    for name, path, size, cut in sizes:
        parts = max(1, round(size / share)) if cut else 1
        for part in range(parts):
            if made[-1] and filled + size / parts / 2 > share and len(made) < shards:
                made.append([])
                filled = 0
            made[-1].append(Piece(name, path, part, parts))
            filled += size // parts
    return made
