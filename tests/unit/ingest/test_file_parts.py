"""Which job reads which part of which file."""

from spendscape.ingest.file_parts import Piece, plan


def test_a_plan_reads_every_part_once() -> None:
    sizes = [("a", "a", 1000, True), ("b", "b", 10, True), ("c", "c", 5000, False), ("d", "d", 0, True)]  # fmt: skip
    for shards in (1, 2, 5, 100):
        made = plan(sizes, shards)
        assert len(made) <= shards
        found = [piece for some in made for piece in some]
        for name, *_ in sizes:
            own = [piece for piece in found if piece.name == name]
            assert [piece.part for piece in own] == list(range(own[0].parts))
    assert plan(sizes, 1) == [[Piece(name, name) for name, *_ in sizes]]
