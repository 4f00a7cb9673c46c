"""Numbers that stand for missing values, and values that can be weather."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.arrays import BoolArray, FloatArray
from varwg.units import Conversion
from varwg.variables import Variable

_CODES: Final = (-99.0, -99.9, -999.0, -999.9, -9999.0, -9999.9, -99999.0, -32768.0, 999.0, 999.9, 9999.0, 99999.0,
                 1e20, 9.96921e36)  # fmt: skip


def without_codes(values: FloatArray, variable: Variable, line: Conversion) -> tuple[FloatArray, str]:
    """Values in the caller's unit with infinities and the usual missing-value codes set to NaN, and a note on them.

    A code counts only where the variable cannot have that value or, where nobody knows what it can have, if it is farther
    from all other values than they are from each other.
    """
    codes = np.array(_CODES)
    if np.isinf([variable.possible_min, variable.possible_max]).all():
        return _without_codes_apart(values, codes)
    codes = codes[~possible(line.scale * codes + line.offset, variable)]
    mask = np.isinf(values)
    found = ["infinite"] if mask.any() else []
    # Most values are far from all codes: compare only those beyond the possible range.
    odd = np.flatnonzero(~possible(line.scale * values + line.offset, variable) & ~np.isnan(values))
    for code in codes:
        hits = odd[np.isclose(values[odd], code, rtol=1e-6)]
        if len(hits):
            mask[hits] = True
            found.append(f"{code:g}")
    if not found:
        return values, ""
    count = counted(int(mask.sum()), "value")
    return np.where(mask, np.nan, values), f"{count} of {' or '.join(found)}, which stands for missing, set to missing."


def _without_codes_apart(values: FloatArray, codes: FloatArray) -> tuple[FloatArray, str]:
    """As `without_codes`, for a variable without a possible range."""
    present = np.where(np.isinf(values), np.nan, values)
    is_code = np.isclose(present[..., None], codes, rtol=1e-6).any(axis=-1)
    others = present[~is_code & ~np.isnan(present)]
    low, high = (others.min(), others.max()) if others.size else (-np.inf, np.inf)
    apart = (present < 2.0 * low - high) | (present > 2.0 * high - low)
    mask = (is_code & apart) | np.isinf(values)
    if not mask.any():
        return values, ""
    names = " or ".join(f"{code:g}" for code in np.unique(values[mask]))
    count = counted(int(mask.sum()), "value")
    return np.where(mask, np.nan, values), f"{count} of {names}, which stands for missing, set to missing."


def possible(values: FloatArray, variable: Variable) -> BoolArray:
    """Where values, in the unit of the variable, can be weather."""
    return np.asarray((values >= variable.possible_min) & (values <= variable.possible_max))


def counted(number: int, noun: str) -> str:
    """A number with its noun, for messages."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
