"""The recurrent cells that there are, by the name that the config and weights.json have for them."""

from spendscape.network.cell import Cell
from spendscape.network.lstm import Lstm

CELLS: dict[str, type[Cell]] = {cell.name: cell for cell in (Lstm,)}
