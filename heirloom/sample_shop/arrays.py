"""The arrays that the shop is drawn in (Records are structured, one record a row), and counting within groups."""

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def ranks(counts: Ints) -> Ints:
    """1, 2, ... up to each count, one after the other."""
    return 1 + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
