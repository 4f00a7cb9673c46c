"""Small array helpers that have no better home: read-only arrays and type aliases."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]
TimeArray: TypeAlias = NDArray[np.datetime64]


def readonly(array: NDArray[Any]) -> NDArray[Any]:
    """A C-contiguous array that cannot be written to, copied unless it already is one that owns its data."""
    if array.flags.c_contiguous and array.flags.owndata and not array.flags.writeable:
        return array
    frozen = np.array(array, order="C", copy=True)
    frozen.setflags(write=False)
    return frozen


def readonly_floats(values: ArrayLike) -> FloatArray:
    """`values` as a read-only array of float64."""
    return readonly(np.asarray(values, dtype=np.float64))
