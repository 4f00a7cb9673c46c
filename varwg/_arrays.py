"""Small array helpers that have no better home: read-only arrays, type aliases, and looking up in rows of tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
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


#: Entries that a text shows of an array or a sequence, and characters of anything else.
_FEW: Final = 6
_LONGEST_TEXT: Final = 200
#: Multiplications of one product up to which OpenBLAS takes one thread, and columns of a block.
_ONE_THREAD: Final = 2**18
_COLUMNS: Final = 64
#: Multiplications up to which loops of NumPy take less time than blocks.
_SMALL: Final = 2**19


def brief(value: Any) -> str:
    """One line for a frozen value that holds arrays or many others: its `__repr__`, which a notebook can show."""
    return (
        f"{type(value).__name__}({', '.join(f'{field.name}={_in_brief(getattr(value, field.name))}' for field in fields(value))})"
    )


def _in_brief(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > _FEW:
        return f"<{value.dtype} {' x '.join(map(str, value.shape))}>"
    if isinstance(value, np.ndarray):
        return str(value.tolist())
    if isinstance(value, (tuple, list, Mapping)) and len(value) > _FEW:
        return f"<{len(value)} of {type(next(iter(value))).__name__}>"
    if isinstance(value, tuple):
        return f"({', '.join(map(_in_brief, value))}{',' * (len(value) == 1)})"
    if is_dataclass(value):
        return f"<{type(value).__name__}>"
    text = repr(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."


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


def matrix_product(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Matrix product whose sums run in one order, whatever the number of threads.

    `left @ right` is left to BLAS, whose sums differ in their last bits between one and two threads (with OpenBLAS of NumPy 1.26
    and of 2.4), and so would every model that is fitted with them. Large products are taken in blocks, so small that OpenBLAS
    takes one thread for it, all others by loops of NumPy itself.

    Parameters
    ----------
    left : array, shape (..., M, N) or (N,)
    right : array, shape (..., N, K) or (N,)
    """
    n_rows = _ONE_THREAD // (_COLUMNS * max(left.shape[-1], 1) * (4 if np.iscomplexobj(left) or np.iscomplexobj(right) else 1))
    if left.ndim == right.ndim == 2 and n_rows > 1 and left.size * right.shape[1] > _SMALL:
        blocks = np.zeros((-(-len(left) // n_rows), n_rows, left.shape[1]), dtype=left.dtype)
        blocks.reshape(-1, left.shape[1])[: len(left)] = left
        columns = [np.ascontiguousarray(right[:, first : first + _COLUMNS]) for first in range(0, right.shape[1], _COLUMNS)]
        parts = [(blocks @ part).reshape(-1, part.shape[1])[: len(left)] for part in columns]
        return np.concatenate(parts, axis=1)
    row, column = "i" * (left.ndim > 1), "k" * (right.ndim > 1)
    before, after = "..." * len(row), "..." * len(column)
    return np.asarray(np.einsum(f"{before}{row}j,{after}j{column}->{before or after}{row}{column}", left, right))


def solved(matrix: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Solutions of linear systems by elimination with pivots, whose sums run in one order.

    Those of `numpy.linalg.solve` differ in their last bits between one and two threads: with OpenBLAS of NumPy 1.26 from 9
    complex or 13 real unknowns on, with that of 2.4 from some hundred.

    Parameters
    ----------
    matrix : array, shape (..., N, N)
    right : array, shape (..., N, M)
    """
    n = matrix.shape[-1]
    shape = np.broadcast_shapes(matrix.shape[:-2], right.shape[:-2])
    parts = [np.broadcast_to(part, (*shape, *part.shape[-2:])) for part in (matrix, right)]
    table = np.concatenate(parts, axis=-1).reshape(-1, n, n + right.shape[-1])
    every = np.arange(len(table))
    for column in range(n):
        pivot = column + np.abs(table[:, column:, column]).argmax(axis=1)
        row = table[every, pivot, column:]
        table[every, pivot, column:] = table[:, column, column:]
        row = row / row[:, :1]
        table[:, :, column:] -= table[:, :, column, None] * row[:, None]
        table[:, column, column:] = row
    return table[:, :, n:].reshape(*shape, n, -1)


def covariance_matrix(rows: FloatArray) -> FloatArray:
    """Covariances (N, N) of rows (N, T) about their means, as of `numpy.cov`, whose sums depend on the number of threads."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(matrix_product(centred, centred.T) / (rows.shape[1] - 1))


def correlation_matrix(rows: FloatArray) -> FloatArray:
    """Correlations (N, N) of rows (N, T), as of `numpy.corrcoef`, whose sums depend on the number of threads."""
    table = covariance_matrix(rows)
    spread = np.sqrt(np.diag(table))
    return np.asarray(np.clip(table / np.outer(spread, spread), -1.0, 1.0))


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
