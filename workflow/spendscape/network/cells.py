"""The recurrent cells that there are, by the name that the config and weights.json have for them."""

from spendscape.core.errors import DataError, nearest
from spendscape.network.cell import Cell
from spendscape.network.lstm import Lstm

CELLS: dict[str, type[Cell]] = {cell.name: cell for cell in (Lstm,)}


def cell_of(name: str) -> type[Cell]:
    """The cell that `model.cell` names.

    Raises
    ------
    DataError
        There is no such cell.
    """
    if name not in CELLS:
        raise DataError(
            f"model.cell: {name!r} was given; known are {', '.join(CELLS)}{nearest(name, list(CELLS))}"
        )
    return CELLS[name]
