"""What no shop means to book: free, broken and doubled lines, and one wholesale order above all else."""

import numpy as np

from heirloom.sample_shop.arrays import Flags, Records
from heirloom.sample_shop.books import Books
from heirloom.sample_shop.chance import chance, marks

FREE_SHARE = 0.001
BROKEN_SHARE = 0.0002
DOUBLED_SHARE = 0.001
WHOLESALE_TIMES = 20  # the next largest document


def flawed(lines: Records, *, goods: Flags, seed: int) -> Records:
    """A few lines of goods are free; fewer are broken: a negative price or no quantity, in turn."""
    free, broken = round(len(lines) * FREE_SHARE), round(len(lines) * BROKEN_SHARE)
    rng = chance(seed, of="flawed lines")
    chosen = rng.permutation(np.flatnonzero(goods))[: free + broken]
    written = lines.copy()
    written["price"][chosen[:free]] = 0.0
    written["price"][chosen[free::2]] *= -1
    written["quantity"][chosen[free + 1 :: 2]] = 0
    return written


def with_wholesale(books: Books, *, candidates: Flags, seed: int) -> Books:
    """One of the candidate lines, if there is any, becomes the wholesale order."""
    positions = np.flatnonzero(candidates)
    if not len(positions):
        return books
    chosen = chance(seed, of="wholesale").choice(positions)
    lines = books.lines.copy()
    lines["quantity"][chosen] = np.ceil(WHOLESALE_TIMES * books.values.max() / lines["price"][chosen])
    return Books(books.documents, lines)


def doubled(lines: Records, *, seed: int) -> Records:
    """Some lines stand twice, equal in everything."""
    again = marks(len(lines), share=DOUBLED_SHARE, rng=chance(seed, of="doubled lines"))
    return np.repeat(lines, 1 + again)
