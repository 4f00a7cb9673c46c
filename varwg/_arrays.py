"""Small array helpers that have no better home: read-only arrays, type aliases, and looking up in rows of tables."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]
TimeArray: TypeAlias = NDArray[np.datetime64]

#: Numbers on which NumPy calls go together where there are so many: such a call works so long without the interpreter's lock that
#: threads hardly wait for each other, and what many calls have in hand stays near the processor.
LONG_CALL: Final = 2**17


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


def interpolated(table: FloatArray, rows: IntArray, position: FloatArray) -> FloatArray:
    """Values between the nodes of rows of a table, by straight lines that go on beyond its ends; NaN stays NaN.

    Parameters
    ----------
    table : array, shape (R, N)
        Values at the nodes.
    rows : array of int
        Numbers of the rows; broadcast against `position`.
    position : array
        Places in the rows, in nodes; overwritten.
    """
    n_nodes = table.shape[1]
    node = np.asarray(np.fmax(np.fmin(position, n_nodes - 2), 0.0))
    np.floor(node, out=node)
    position -= node
    at = node.astype(np.intp)
    at += rows * n_nodes
    flat = table.ravel()
    left = flat.take(at, out=node)
    at += 1
    values = np.asarray(flat.take(at))
    values -= left
    values *= position
    values += left
    return values
