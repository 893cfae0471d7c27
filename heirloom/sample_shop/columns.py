"""The column types of the shop's tables, and how arrays become columns."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from heirloom.sample_shop.arrays import Flags

Column: TypeAlias = "pa.Array[Any]"

TEXT: pa.DataType = pa.string()
COUNT: pa.DataType = pa.int32()
FLAG: pa.DataType = pa.bool_()
NUMBER: pa.DataType = pa.float64()
PRICE: pa.DataType = pa.decimal128(12, 2)
DAY: pa.DataType = pa.date32()
MOMENT: pa.DataType = pa.timestamp("us", tz="UTC")


def labelled(positions: npt.NDArray[np.integer], labels: "Column | Iterable[str]") -> Column:
    """The label at each position; a negative position has none."""
    names = labels if isinstance(labels, pa.Array) else pa.array(labels, TEXT)
    return names.take(pa.array(positions, mask=positions < 0))


def joined(*columns: Column, by: str) -> Column:
    """Texts side by side; unknown where one of them is."""
    texts: Column = pc.binary_join_element_wise(*columns, by)  # type: ignore[call-overload]
    return texts


def days(dates: npt.NDArray[np.datetime64], *, unknown: Flags | None = None) -> Column:
    return pa.array(dates.astype("datetime64[D]"), DAY, mask=unknown)


def moments(times: npt.NDArray[np.datetime64]) -> Column:
    return pa.array(times.astype("datetime64[us]"), MOMENT)
