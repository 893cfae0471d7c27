"""Text in columns."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], *, indent: str = "  ") -> list[str]:
    """One line a row; rows have equally many cells."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [indent + line.rstrip() for line in lines]
