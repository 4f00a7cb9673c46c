"""Arguments of public methods, checked: whole numbers, switches and arrays of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from varwg._arrays import FloatArray
from varwg.errors import DataError


def whole_number(value: Any, name: str, lowest: int, highest: int | None = None, *, error: type[Exception] = DataError) -> int:
    """`value` as an int if it is a whole number within bounds, ends included.

    Raises
    ------
    error
        If it is anything else; True and 2.0 are not whole numbers.
    """
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or value < lowest or (highest is not None and value > highest):
        bounds = f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise error(f"{name} is {value!r}, but a whole number {bounds} is expected.")
    return int(value)


def switch(value: Any, name: str, *, error: type[Exception] = DataError) -> bool:
    """`value` if it is True or False.

    Raises
    ------
    error
        If it is anything else, such as a text, which would count as True.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise error(f"{name} is {value!r}, but True or False is expected.")
    return bool(value)


def number_array(value: Any, name: str, *, error: type[Exception] = DataError) -> FloatArray:
    """`value` as an array of numbers.

    Raises
    ------
    error
        If it is none.
    """
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as reason:
        raise error(f"{name} is a {type(value).__name__}, but an array of numbers is expected.") from reason
