"""What cannot be weather: impossible values, values a little beyond a bound, useless series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg._calendar import N_DOYS, doy_index
from varwg._observations.container import largest_radiation, upper_bound
from varwg._variables import SECONDS_PER_DAY, Variable, conversion, spellings_for, with_unit
from varwg.errors import DataError, UnitError
from varwg.io._plausible import counted, possible

#: A larger share of impossible values means that the series is not what it says.
MAX_IMPOSSIBLE: Final = 0.05

#: Fewer values than a year's cannot be fitted.
MIN_VALUES: Final = 365

#: A season of more days without a value in any year cannot be fitted.
MAX_SEASON_WITHOUT_VALUES: Final = 30

#: How many times as far from the median as the outermost thousandth an outlier is; for amounts.
_OUTLIER: Final = 20.0
_OUTERMOST: Final = 5
#: How many times the median the upper edge of amounts is, if nothing is known of their bounds.
_SKEWED: Final = 4.0
_OUTLIER_AMOUNT: Final = 100.0
_ROUNDING: Final = 0.005  # below a lower bound this is rounding, such as -1e-9 mm of reanalyses


@dataclass(frozen=True, eq=False)
class Limits:
    """Range of one variable at one station: outside `low` to `high` is impossible, beyond `floor`, `ceiling` clipped.

    `high` and `ceiling` are numbers or one value per time; `reason` says where the latter come from.
    """

    low: float
    high: float | FloatArray
    floor: float
    ceiling: float | FloatArray
    reason: str = ""


def limits(variable: Variable, latitude: float, times: TimeArray, step_seconds: float) -> Limits:
    """The range of values of `variable` at each time.

    A sunshine duration is at most the astronomical day length (sunrise to sunset), half an hour more is clipped;
    daily radiation at most the potential one, a tenth and 5 W m-2 more is clipped. Finer steps know only the length
    of the step and the largest possible value.
    """
    low = min(variable.possible_min, variable.lower - _ROUNDING) if variable.lower > -np.inf else variable.possible_min
    daily = step_seconds == SECONDS_PER_DAY
    bound = upper_bound(variable, latitude) if daily else None
    if bound is None and daily and variable.upper_bound == "potential_radiation":
        ceilings = 1.1 * largest_radiation()[doy_index(times)] + 5.0
        reason = " that day at any latitude"
        return Limits(low, np.minimum(ceilings, variable.possible_max), variable.lower, ceilings, reason)
    if bound is None:
        high = variable.possible_max
        if variable.upper_bound == "day_length":
            high = min(high, 1.01 * step_seconds / 3600.0)
        ceiling = variable.upper if variable.upper_bound == "constant" else high
        return Limits(low, high, variable.lower, ceiling)
    ceilings = bound[doy_index(times)]
    if variable.upper_bound == "constant":
        return Limits(low, variable.possible_max, variable.lower, ceilings)
    tolerated = ceilings + 0.5 if variable.upper_bound == "day_length" else 1.1 * ceilings + 5.0
    reason = "" if np.isnan(latitude) else f" that day at latitude {latitude:g}"
    return Limits(low, np.minimum(tolerated, variable.possible_max), variable.lower, ceilings, reason)


def without_impossible(
    values: FloatArray, variable: Variable, limit: Limits, times: TimeArray, where: str, unit: str | None
) -> tuple[FloatArray, tuple[str, ...]]:
    """Values with impossible ones set to NaN and those a little beyond a bound set to it, and notes on both.

    Parameters
    ----------
    values : array of float, shape (time,)
    variable, limit
        See `limits`.
    times : array of datetime64, shape (time,)
    where : str
        The variable and station, for messages.
    unit : str or None
        The unit that the values came in; None if it can no longer be the cause.

    Raises
    ------
    UnitError
        If many values are impossible and would be possible in another unit.
    DataError
        If more than 5 % of the values are impossible.
    """
    notes = []
    bad = (values < limit.low) | (values > limit.high)
    n_bad = int(bad.sum())
    if n_bad:
        excess = np.maximum(limit.low - values, values - limit.high)
        worst = int(np.nanargmax(np.where(bad, excess, -np.inf)))
        high = float(np.broadcast_to(limit.high, values.shape)[worst])
        worst_value = f"{with_unit(values[worst], variable)} on {times[worst].astype('datetime64[D]')}"
        expected = f"{variable.possible_min:g} to {with_unit(high, variable)} are possible{limit.reason}"
        n_present = int(np.isfinite(values).sum())
        if n_bad > MAX_IMPOSSIBLE * n_present:
            worst_value = f"{n_bad} of {n_present} values, at worst {worst_value}"
            if limit.reason and possible(values[bad], variable).all():
                raise DataError(
                    f"{where}: {worst_value}, cannot be weather ({expected}): check the latitude and the dates, set the values "
                    "to NaN, or leave the variable or the station out."
                )
            _refuse(values, variable, where, worst_value, expected, unit)
        notes.append(f"{where}: {counted(n_bad, 'impossible value')} set to missing, at worst {worst_value} ({expected}).")
        values = np.where(bad, np.nan, values)
    beyond = (values < limit.floor) | (values > limit.ceiling)
    if beyond.any():
        clipped = np.clip(values, limit.floor, limit.ceiling)
        largest = float(np.max(np.abs(clipped - values)[beyond]))
        notes.append(
            f"{where}: {counted(int(beyond.sum()), 'value')} beyond a bound, by at most {with_unit(largest, variable)}, "
            "set to the bound."
        )
        values = clipped
    return values, tuple(notes)


def doubt_of_latitude(values: FloatArray, variable: Variable, latitude: float, times: TimeArray, where: str) -> str:
    """A sentence on radiation of which many days are above what the sun gives at a latitude, though not anywhere; else nothing.

    If their course over the year is against that of the sun there, no reading of them makes sense, and nothing is said here:
    they are refused as impossible.
    """
    bound = upper_bound(variable, latitude)
    if bound is None or np.isnan(latitude) or variable.upper_bound != "potential_radiation":
        return ""
    here, anywhere = (limits(variable, place, times, SECONDS_PER_DAY) for place in (latitude, float("nan")))
    present = np.isfinite(values)
    above = values > here.high
    if above.sum() <= MAX_IMPOSSIBLE * present.sum() or (values > anywhere.high).sum() > MAX_IMPOSSIBLE * present.sum():
        return ""
    sun = bound[doy_index(times)]
    if np.ptp(values[present]) == 0.0 or np.corrcoef(sun[present], values[present])[0, 1] < _AGAINST_THE_SUN:
        return ""
    worst = int(np.nanargmax(np.where(above, values - sun, -np.inf)))
    return (
        f"{where}: {int(above.sum())} of {int(present.sum())} values are above what the sun gives at latitude {latitude:g}, at "
        f"worst {with_unit(float(values[worst]), variable)} on {times[worst].astype('datetime64[D]')} "
        f"({with_unit(float(sun[worst]), variable)}): check the latitude, the dates and the unit; as they stand, the values were "
        "kept and have no bound by the sun."
    )


#: Correlation with the sun's course at a latitude below which a series is that of another season.
_AGAINST_THE_SUN: Final = -0.1


def without_outliers(values: FloatArray, variable: Variable, where: str) -> tuple[FloatArray, str]:
    """Values without those that no weather explains although nothing is known to forbid them, and a note on them.

    An outlier is many times as far from the median as all but the outermost thousandth of the values (or the outermost
    five): 20 times, or 100 times for amounts, whose extremes are far out. Zeros, which many amounts are, are not looked at.
    """
    amounts = values[np.isfinite(values) & (values != 0.0)]
    if amounts.size < MIN_VALUES:
        return values, ""
    edge = max(_OUTERMOST / amounts.size, 0.001)
    low, median, high = np.quantile(amounts, (edge, 0.5, 1.0 - edge))
    is_amount = variable.lower == 0.0 or (low >= 0.0 and high > _SKEWED * median)
    reach = (_OUTLIER_AMOUNT if is_amount else _OUTLIER) * max(high - median, median - low)
    bad = np.abs(values - median) > reach
    if not bad.any() or reach == 0.0:
        return values, ""
    worst = float(values[np.nanargmax(np.where(bad, np.abs(values - median), -np.inf))])
    return np.where(bad, np.nan, values), (
        f"{where}: {counted(int(bad.sum()), 'outlier')} set to missing, at worst {with_unit(worst, variable)}, while nearly all "
        f"values are from {with_unit(float(low), variable)} to {with_unit(float(high), variable)}."
    )


def _refuse(values: FloatArray, variable: Variable, where: str, found: str, expected: str, unit: str | None) -> None:
    """Raise the error for many impossible values, with the unit that would make them possible if there is one."""
    text = f"{where}: {found}, cannot be weather ({expected})"
    tenths = (f"0.1 {variable.units}",)
    fitting = () if unit is None else _fitting_units(values, variable, unit, spellings_for(variable.units))
    changed = () if unit is None else _fitting_units(_impossible(values, variable), variable, unit, spellings_for(variable.units))
    if unit is not None and (fitting or not changed):
        fitting += _fitting_units(values, variable, unit, tenths)
    if fitting:
        raise UnitError(
            f"{text}; the unit is {unit!r}, but the values would be possible in {' or '.join(map(repr, fitting))}: "
            "declare the right unit."
        )
    if changed:
        raise UnitError(
            f"{text}; these would be possible in {' or '.join(map(repr, changed))}, as if the unit changed within the record: "
            "bring all values to one unit."
        )
    raise DataError(f"{text}: set them to NaN, or leave the variable or the station out.")


def _impossible(values: FloatArray, variable: Variable) -> FloatArray:
    return np.asarray(values[np.isfinite(values) & ~possible(values, variable)])


def _fitting_units(values: FloatArray, variable: Variable, unit: str, spellings: Sequence[str]) -> tuple[str, ...]:
    """Those of the units in which the values, wrongly read in `unit`, would be possible."""
    read = conversion(unit, variable.units)
    present = values[np.isfinite(values)]
    fitting = []
    for other in spellings if present.size else ():
        line = conversion(other, variable.units)
        if read is None or line is None or line == read:
            continue
        raw = (present - read.offset) / read.scale
        if (~possible(line.scale * raw + line.offset, variable)).mean() <= MAX_IMPOSSIBLE:
            fitting.append(other)
    return tuple(fitting)


def check_series(values: FloatArray, doy: np.ndarray, where: str) -> tuple[FloatArray, str]:
    """A daily series that can be fitted, or an all-missing one and the reason why it is now.

    Raises
    ------
    DataError
        If all values are equal.
    """
    present = np.isfinite(values)
    n_present = int(present.sum())
    remedy = "it will be missing in every simulation; leave the variable or the station out to be rid of it"
    if n_present == 0:
        return values, f"{where} has no values: {remedy}."
    if n_present > 1 and np.ptp(values[present]) == 0.0:
        raise DataError(
            f"{where} is constant: all {n_present} values are {values[present][0]:g}, but a series that varies is "
            "needed; leave the variable or the station out."
        )
    if n_present < MIN_VALUES:
        return np.full_like(values, np.nan), (
            f"{where} has only {n_present} values, fewer than the {MIN_VALUES} that a fit needs, and is taken as "
            f"missing: {remedy}."
        )
    gap = _longest_empty_season(doy[present])
    if gap > MAX_SEASON_WITHOUT_VALUES:
        return np.full_like(values, np.nan), (
            f"{where} has no values in {gap} consecutive days of the year, more than the "
            f"{MAX_SEASON_WITHOUT_VALUES} that a seasonal fit can bridge, and is taken as missing: {remedy}."
        )
    return values, ""


def _longest_empty_season(doy: np.ndarray) -> int:
    """The longest run of days of the year, across New Year too, on which there is never a value."""
    rows = np.unique(doy)
    return int(np.diff(np.append(rows, rows[0] + N_DOYS)).max()) - 1
