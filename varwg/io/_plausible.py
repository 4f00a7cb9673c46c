"""Which values a variable can have: codes for missing values, possible and plausible ranges, units that fit the values."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from varwg._arrays import BoolArray, FloatArray
from varwg._variables import VARIABLES, Conversion, Variable, canonical, conversion, spellings_for, unit_in_words
from varwg.errors import UnitError
from varwg.meteo._air import standard_pressure

#: What stands for missing where a variable cannot have it.
CODES: Final = (-99.0, -99.9, -999.0, -999.9, -9999.0, -9999.9, -99999.0, -32768.0, 999.0, 999.9, 9999.0, 99999.0,
                 -6999.0, 6999.0, 7999.0, 32766.0, 999999.0, 1e20, 9.96921e36)  # fmt: skip


def without_codes(values: FloatArray, variable: Variable, line: Conversion) -> tuple[FloatArray, str]:
    """Values in the caller's unit with infinities and the usual missing-value codes set to NaN, and a note on them.

    A code counts only where the variable cannot have that value or, where nobody knows what it can have, if it is farther
    from all other values than they are from each other.
    """
    codes = np.array(CODES)
    if np.isinf([variable.possible_min, variable.possible_max]).all():
        return _without_codes_apart(values, codes)
    codes = codes[~possible(line.scale * codes + line.offset, variable)]
    mask = np.isinf(values)
    shown_codes = ["infinite"] if mask.any() else []
    # Most values are far from all codes: compare only those beyond the possible range.
    odd = np.flatnonzero(~possible(line.scale * values + line.offset, variable) & ~np.isnan(values))
    for code in codes:
        hits = odd[np.isclose(values[odd], code, rtol=1e-6)]
        if len(hits):
            mask[hits] = True
            shown_codes.append(f"{code:g}")
    if not shown_codes:
        return values, ""
    count = counted(int(mask.sum()), "value")
    return np.where(mask, np.nan, values), f"{count} of {' or '.join(shown_codes)}, which stands for missing, set to missing."


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


def without_repeated_code(values: FloatArray, variable: Variable, line: Conversion) -> tuple[FloatArray, str]:
    """Values without the largest or the smallest if that occurs again and again far from all others, as codes do; and a note.

    Weather comes near its extremes more often than it reaches them; so far out only nines (99.99) may be few, and the usual codes
    (999.9) may be one. Zeros stay,
    and others than nines that are impossible, which are told as such.
    """
    notes = []
    for sign, side in ((1.0, "above"), (-1.0, "below")):
        present = sign * values[np.isfinite(values)]
        if present.size < _MIN_VALUES:
            break
        top = float(present.max())
        count, others = int((present == top).sum()), present[present < top]
        usual = sign * top in CODES
        if top == 0.0 or (count < _FEWEST_CODES[0] and not usual) or np.unique(others).size < _FEWEST_OTHERS:
            continue
        reach, gap = float(others.max() - np.median(present)), top - float(others.max())
        may_be = bool(possible(line.scale * np.array([sign * top]) + line.offset, variable)[0])
        is_nines = set(f"{abs(top):g}") <= set("9.")
        if (is_nines and gap > (_GAP_OF_NINES if count >= _FEWEST_CODES[0] else _GAP_OF_ONE) * reach) or (
            may_be and _FEWEST_CODES[1] <= count <= _LARGEST_SHARE * present.size and gap > reach
        ):
            notes.append(
                f"{counted(count, 'value')} of {sign * top:g}, far {side} all others (which end at {sign * others.max():g}), "
                "taken for a code and set to missing."
            )
            values = np.where(values == sign * top, np.nan, values)
    values, note = _without_only_negative(values, variable, line)
    return values, " ".join([*notes, note] if note else notes)


def _without_only_negative(values: FloatArray, variable: Variable, line: Conversion) -> tuple[FloatArray, str]:
    """Values without those of one negative whole number that comes again and again while all others are from zero on.

    Where the variable cannot have that number, it is told as impossible elsewhere.
    """
    present = values[np.isfinite(values)]
    negative = present[present < 0.0]
    others = present[present >= 0.0]
    if not _FEWEST_CODES[1] <= negative.size <= _LARGEST_SHARE * present.size or np.unique(others).size < _FEWEST_OTHERS:
        return values, ""
    code = float(negative[0])
    if not possible(line.scale * np.array([code]) + line.offset, variable)[0]:
        return values, ""
    if (negative != code).any() or code % 1.0 or others.min() - code < _CODE_BELOW * float(np.median(np.diff(np.unique(others)))):
        return values, ""
    return np.where(values == code, np.nan, values), (
        f"{counted(negative.size, 'value')} of {code:g}, the only ones below zero, taken for a code and set to missing."
    )


#: How many times as far below zero as the others are from each other the only negative value is.
_CODE_BELOW: Final = 10.0


def possible(values: FloatArray, variable: Variable) -> BoolArray:
    """Where values, in the unit of the variable, can be weather."""
    return np.asarray((values >= variable.possible_min) & (values <= variable.possible_max))


def counted(number: int, noun: str) -> str:
    """A number with its noun, for messages."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


#: How often a code occurs at least: one of nines, and any other; how far from the others, by their reach from the median.
_FEWEST_CODES: Final = (3, 8)
_GAP_OF_NINES: Final = 0.3
_GAP_OF_ONE: Final = 3.0
#: Fewer other values are those of a scale, in which one may well stand apart; more equal ones than this share are weather.
_FEWEST_OTHERS: Final = 30
_LARGEST_SHARE: Final = 0.1


class _Range(NamedTuple):
    """Where a quantile of the daily values of a record, of those above `above`, lies anywhere on Earth, and where it often is."""

    name: str
    quantile: float
    low: float
    high: float
    usual_low: float
    usual_high: float
    above: float = -np.inf


#: `low` to `high` is wider than any climate by a margin: a record outside is a matter of units. Other units are suggested
#: only if they bring it to where most records are.
_RANGES: Final[tuple[_Range, ...]] = (
    _Range("theta", 0.5, -65.0, 40.0, -20.0, 30.0),
    _Range("theta_min", 0.5, -70.0, 35.0, -25.0, 27.0),
    _Range("theta_max", 0.5, -60.0, 45.0, -15.0, 38.0),
    _Range("R", 0.99, 0.2, np.inf, 4.0, 400.0, above=0.0),
    _Range("rh", 0.99, 0.15, np.inf, 0.4, 1.0),
    _Range("Qsw", 0.99, 45.0, np.inf, 150.0, 450.0),
    _Range("sun", 0.99, 2.0, np.inf, 5.0, 24.0),
    _Range("ILWR", 0.5, 50.0, 500.0, 150.0, 450.0),
    _Range("U", 0.5, 0.0, 30.0, 0.5, 12.0),
    _Range("pressure", 0.5, 400.0, 1060.0, 600.0, 1040.0),
    _Range("e", 0.99, 0.3, 50.0, 5.0, 40.0),
)
#: Fewer values have no quantile worth a refusal.
_MIN_VALUES: Final = 30
#: The median of station pressure is not lower than that of the standard atmosphere by more than this share.
_PRESSURE_DEFICIT: Final = 0.1


def require_plausible(values: FloatArray, variable: Variable, unit: str | None, station: str, elevation: float) -> str:
    """Refuse a daily series that cannot be of its variable in its unit; a sentence on one that would be more usual in another.

    Only table variables are looked at, as long as their limits are those of the table: who knows better passes a
    `Variable` with limits of its own.

    Parameters
    ----------
    values : array, shape (T,)
        Daily values in the unit of the variable, NaN where missing.
    variable : Variable
    unit : str or None
        The unit that was declared; None if none was.
    station : str
        For the message.
    elevation : float
        Metres; NaN where unknown.

    Raises
    ------
    UnitError
        Naming the quantile that was found, what is expected, and the units that would fit.
    """
    twin = _twin(variable)
    doubt = ""
    for limits in () if twin is None else _ranges_of(twin.name, elevation):
        typical = _quantile(values, limits)
        if np.isnan(typical) or (unit is not None and limits.low <= typical <= limits.high):
            continue
        if limits.usual_low <= typical <= limits.usual_high:
            continue
        of_what = "median" if limits.quantile == 0.5 else f"{100 * limits.quantile:g}th percentile"
        shown = "" if variable.units == "1" else f" {variable.units}"
        days = " of wet days" if np.isfinite(limits.above) else ""
        bound = f"at least {limits.low:.4g}" if typical < limits.low else f"at most {limits.high:.4g}"
        declared = (
            f"no unit is declared ({unit_in_words(variable.units)} was assumed)" if unit is None else f"the unit is {unit!r}"
        )
        fitting = _fitting(values, variable, unit, limits)
        if limits.low <= typical <= limits.high:
            if fitting:
                doubt = (
                    f"{variable.name} at {station}: the {of_what}{days} is {typical:.3g}{shown}, which is unusual; no unit is "
                    f"declared, and the values would be more usual in {' or '.join(map(repr, fitting))}: declare the right one."
                )
            continue
        hint = f", but {' or '.join(map(repr, fitting))} would fit" if fitting else ""
        raise UnitError(
            f"{variable.name} at {station}: the {of_what}{days} is {typical:.3g}{shown}, where {bound} is expected anywhere; "
            f"{declared}{hint}: declare the right one in the attribute 'units', in units= or by --units, or, if the values are "
            "right, pass a varwg.Variable with limits of its own."
        )
    return doubt


def refuse_share_of_one(values: FloatArray, variable: Variable, unit: str, where: str) -> None:
    """A share between 0 and 1 that is declared in percent or eighths would pass all other checks, many times too small.

    Raises
    ------
    UnitError
        If all raw values are shares of one.
    """
    if canonical(unit) not in ("%", "okta") or canonical(variable.units) != "1":
        return
    present = values[np.isfinite(values)]
    if len(present) and present.max() <= variable.possible_max and np.ptp(present) > 0.0:
        raise UnitError(
            f"{where}: the unit is {unit!r}, but the largest value is {present.max():g}, so that the values seem to be "
            "shares of one: declare the unit '1'."
        )


def _twin(variable: Variable) -> Variable | None:
    """The table variable with the same meaning and the same limits."""
    for usual in VARIABLES:
        same_meaning = (usual.standard_name, usual.units, usual.aggregation) == (
            variable.standard_name,
            variable.units,
            variable.aggregation,
        )
        if same_meaning and (usual.possible_min, usual.possible_max) == (variable.possible_min, variable.possible_max):
            return usual
    return None


def _ranges_of(name: str, elevation: float) -> tuple[_Range, ...]:
    ranges = tuple(limits for limits in _RANGES if limits.name == name)
    if name == "pressure" and np.isfinite(elevation):
        lowest = (1.0 - _PRESSURE_DEFICIT) * float(standard_pressure(elevation))
        ranges += (_Range("pressure", 0.5, lowest, np.inf, lowest, 1040.0),)
    return ranges


def _quantile(values: FloatArray, limits: _Range) -> float:
    present = values[np.isfinite(values) & (values > limits.above)]
    return float(np.quantile(present, limits.quantile)) if present.size >= _MIN_VALUES else np.nan


def _fitting(values: FloatArray, variable: Variable, unit: str | None, limits: _Range) -> tuple[str, ...]:
    """Units in which the values, wrongly read in `unit`, would be plausible and possible."""
    read = Conversion(1.0, 0.0) if unit is None else conversion(unit, variable.units)
    fitting: list[str] = []
    for other in spellings_for(variable.units):
        line = conversion(other, variable.units)
        if read is None or line is None or line == read:
            continue
        meant = line.scale * (values - read.offset) / read.scale + line.offset
        present = meant[np.isfinite(meant)]
        possible = (present >= variable.possible_min) & (present <= variable.possible_max)
        if possible.mean() > 0.95 and limits.usual_low <= _quantile(meant, limits) <= limits.usual_high:
            fitting.append(other)
    return tuple(fitting)
