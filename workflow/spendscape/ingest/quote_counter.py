"""Where a text file can be cut: at the line ends at which every reader agrees that no quote is open."""

import numpy as np

from spendscape.ingest.lossless_csv import MOST_LINES


class QuoteCounter:
    """Whether a quote is open at the end of what was read so far, and whether all readers agree on that.

    They agree where every quote that opens stands at the beginning of a field, every quote that closes
    stands at its end, and no row has more lines than a row may have. What is found does not depend on
    how the bytes are cut into blocks.

    Parameters
    ----------
    delimiter, quote : one character each; the quote may be empty, for none
    """

    def __init__(self, delimiter: str, quote: str) -> None:
        self.quote = quote.encode()
        self.open = False
        self.agreed = len(self.quote) <= 1 and len(delimiter.encode()) == 1
        # What may stand before a quote that opens, and behind one that closes.
        self.bounds = np.array([10, 13, *delimiter.encode(), *self.quote], np.uint8)
        self.last = 10
        self.closed_at_end = False
        self.lines = 0

    def read(self, block: bytes) -> None:
        """Go on with the next bytes."""
        if not block or not self.quote or not self.agreed:
            return
        codes = np.frombuffer(block, np.uint8)
        if self.closed_at_end and codes[0] not in self.bounds:
            self.agreed = False
        places = np.flatnonzero(codes == self.quote[0])
        opens = (np.arange(len(places)) + self.open) % 2 == 0
        before = np.append(np.uint8(self.last), codes)[places] if len(places) else places
        inside = places[places + 1 < len(codes)] + 1
        behind = codes[inside]
        if not np.isin(before[opens], self.bounds).all():
            self.agreed = False
        if not np.isin(behind[~opens[: len(behind)]], self.bounds).all():
            self.agreed = False
        feeds = np.searchsorted(np.flatnonzero(codes == 10), places)
        self._count_lines(np.diff(feeds, prepend=0, append=block.count(b"\n")))
        self.closed_at_end = bool(len(places) and places[-1] == len(codes) - 1 and not opens[-1])
        self.open ^= len(places) % 2 == 1
        self.last = int(codes[-1])

    def _count_lines(self, gaps: np.ndarray) -> None:
        """Add the line ends before, between and behind the quotes of a block to those of each row."""
        quoted = (np.arange(len(gaps)) + self.open) % 2 == 1
        row = np.cumsum(np.where(quoted, 0, gaps))
        lines = np.bincount(row, np.where(quoted, gaps, 0))
        lines[0] += self.lines
        if lines.max() > MOST_LINES:
            self.agreed = False
        self.lines = int(lines[-1])
