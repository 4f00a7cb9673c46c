"""Names asked for against names there are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import numpy as np

from varwg.arrays import IntArray
from varwg.errors import DataError


def positions(kind: str, wanted: Sequence[str], available: Sequence[str]) -> IntArray:
    """Where each wanted name stands among the available ones.

    Parameters
    ----------
    kind : str
        "variable" or "station", for the error message.
    wanted, available : sequence of str
        Names; `wanted` in the order asked for.

    Returns
    -------
    array of int, shape (len(wanted),)

    Raises
    ------
    DataError
        If a name is not there, occurs twice, or nothing is asked for.
    """
    if not wanted:
        raise DataError(f"no {kind} was asked for: name at least one of {', '.join(available)}.")
    for name in wanted:
        if name not in available:
            close = difflib.get_close_matches(name, available, n=1, cutoff=0.6)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise DataError(f"{kind} {name!r} is not in the data, which have {', '.join(available)}.{hint}")
    if len(set(wanted)) != len(wanted):
        twice = next(name for name in wanted if list(wanted).count(name) > 1)
        raise DataError(f"{kind} {twice!r} was asked for twice: name each {kind} once.")
    return np.array([list(available).index(name) for name in wanted], dtype=np.intp)


def no_duplicates(kind: str, names: Sequence[str]) -> None:
    """Raise a DataError if a name occurs twice among the data's own."""
    if len(set(names)) != len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(f"{kind} {twice!r} occurs twice in the data: rename or drop one.")
