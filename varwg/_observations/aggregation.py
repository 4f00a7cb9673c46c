"""Days from finer steps: means, sums and extremes of the values present, missing where too few are."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg._arrays import FloatArray, IntArray
from varwg._variables import Aggregation


def to_days(values: FloatArray, steps_per_day: int, how: Aggregation, min_coverage: float) -> tuple[FloatArray, int]:
    """Daily values of one variable, and how many of them come from an incomplete day.

    Parameters
    ----------
    values : array of float, shape (..., steps)
        Whole days of regular steps; NaN is missing.
    steps_per_day : int
    how : str
        "mean", "sum", "min", "max" or "direction". The sum of an incomplete day is its mean step times the number of steps: a
        missing hour is never a zero.
    min_coverage : float
        Share of the steps that a day must have; a day with fewer is missing.

    Returns
    -------
    daily : array of float, shape (..., steps / steps_per_day)
    n_incomplete : int
        Days that have a value although some of their steps are missing.
    """
    steps = values.reshape(*values.shape[:-1], -1, steps_per_day)
    present = np.isfinite(steps)
    count = present.sum(axis=-1)
    enough = (count >= min_coverage * steps_per_day) & (count > 0)
    if how == "direction":
        daily = circular_mean(steps)
    elif how in ("min", "max"):
        empty = np.inf if how == "min" else -np.inf
        filled = np.where(present, steps, empty)
        daily = filled.min(axis=-1) if how == "min" else filled.max(axis=-1)
    else:
        scale = steps_per_day if how == "sum" else 1.0
        daily = np.where(present, steps, 0.0).sum(axis=-1) * scale / np.maximum(count, 1)
    return np.where(enough, daily, np.nan), int((enough & (count < steps_per_day)).sum())


def own_steps(values: FloatArray, steps_per_day: int, how: Aggregation) -> IntArray | None:
    """Steps of the day at which a series stands that has coarser ones than its table; None for any other series.

    Such a series has values at the same evenly spaced steps of nearly all days and at none of the others: rain every six
    hours, or read out once a day, in a table of hours. One or two states a day do not make its mean.

    Parameters
    ----------
    values : array of float, shape (steps,)
        Whole days of regular steps; NaN is missing.
    steps_per_day : int
    how : str
        How its daily values are made.
    """
    present = np.isfinite(values.reshape(-1, steps_per_day))
    present = present[present.any(axis=1)]
    share = present.mean(axis=0) if len(present) else np.zeros(steps_per_day)
    steps = np.flatnonzero(share > _OWN_STEP)
    fewest = 1 if how in ("sum", "min", "max") else 3
    if not fewest <= steps.size < steps_per_day or steps_per_day % steps.size or share[share <= _OWN_STEP].max() > _NO_STEP:
        return None
    evenly = steps.size == 1 or bool((np.diff(steps) == steps_per_day // steps.size).all())
    return steps if evenly else None


#: Share of the days on which a coarser series has its steps at least, and others at most.
_OWN_STEP: Final = 0.5
_NO_STEP: Final = 0.02


def without_short_gaps(values: FloatArray, longest: int) -> FloatArray:
    """A series (T,) with its gaps of up to `longest` steps filled linearly in time; those at its ends stay."""
    missing = np.isnan(values)
    if not missing.any() or missing.all():
        return values
    changes = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
    starts, ends = changes[::2], changes[1::2]
    short = (ends - starts <= longest) & (starts > 0) & (ends < values.size)
    inside = np.zeros(values.size, dtype=bool)
    for start, end in zip(starts[short], ends[short], strict=True):
        inside[start:end] = True
    steps = np.arange(values.size)
    return np.where(inside, np.interp(steps, steps[~missing], values[~missing]), values)


def with_dark_nights(values: FloatArray, steps_per_day: int) -> tuple[FloatArray, int]:
    """A series (T,) of radiation with 0 in nights that were left empty, and how many steps these have.

    A night is a gap over the step of the day that is missing on most days, between values that are small for their day.
    """
    present = np.isfinite(values)
    of_step = present.reshape(-1, steps_per_day).mean(axis=0)
    if present.all() or of_step.min() > _NIGHTS or of_step.max() < 1.0 - _NIGHTS:
        return values, 0
    at = np.flatnonzero(present)
    first, last = at[:-1][np.diff(at) > 1], at[1:][np.diff(at) > 1]
    darkest = int(of_step.argmin())
    next_dark = first + 1 + (darkest - first - 1) % steps_per_day
    highest = np.nanmax(np.where(present, values, -np.inf).reshape(-1, steps_per_day), axis=1)
    small = np.maximum(values[first], values[last]) <= _SMALL_AT_NIGHT * np.maximum(
        highest[first // steps_per_day], highest[last // steps_per_day]
    )
    nights = (next_dark < last) & (last - first - 1 < steps_per_day) & small
    # Steps are within a gap where more gaps have begun than ended.
    edges = np.zeros(values.size + 1, dtype=np.int64)
    edges[first[nights] + 1] += 1
    edges[last[nights]] -= 1
    dark = np.cumsum(edges[:-1]) > 0
    return np.where(dark, 0.0, values), int(dark.sum())


#: Nights are empty if the darkest step has values on fewer days than this share, and the brightest on more than the rest.
_NIGHTS: Final = 0.5
#: The largest value before and after a night as a share of the largest of its day.
_SMALL_AT_NIGHT: Final = 0.4


def circular_mean(degrees: FloatArray) -> FloatArray:
    """Direction in degrees, 0 to 360, of the mean of unit vectors along the last axis; NaN where there is no value."""
    present = np.isfinite(degrees)
    angles = np.deg2rad(np.where(present, degrees, 0.0))
    east, north = (np.where(present, part, 0.0).sum(axis=-1) for part in (np.sin(angles), np.cos(angles)))
    return np.where(present.any(axis=-1), np.rad2deg(np.arctan2(east, north)) % 360.0, np.nan)


def without_running_total(values: FloatArray, steps_per_day: int) -> tuple[FloatArray, str]:
    """Amounts of steps from totals since midnight or another time; other values as they are, with an empty note.

    A running total of a day, as ERA5-Land has them, never falls but for one step of the day (or some, evenly spaced), in which
    it does on nearly all days on which it had risen; one of months, of years or since the beginning falls hardly ever.

    Parameters
    ----------
    values : array, shape (S, steps)
        Whole days of regular steps; NaN is missing.
    steps_per_day : int
    """
    long_run, note = _without_long_total(values)
    if note or steps_per_day < 4:
        return long_run, note
    for n_resets in (2, 3, 4):
        if steps_per_day % n_resets == 0 and steps_per_day // n_resets >= 3:
            taken, note = _without_daily_total(values, steps_per_day // n_resets)
            if note and not _without_daily_total(values, steps_per_day)[1]:
                return taken, note.replace("since midnight", f"of {n_resets} parts of the day")
    return _without_daily_total(values, steps_per_day)


def _without_long_total(values: FloatArray) -> tuple[FloatArray, str]:
    """Amounts of steps from totals of a month or longer; other values as they are, with an empty note."""
    change = np.diff(values, axis=1, prepend=np.nan)
    rounding = 1e-9 * float(np.nanmax(np.abs(values), initial=0.0))
    falls, rises = int((change < -rounding).sum()), int((change > rounding).sum())
    if rises < _FEWEST_RISES or falls > _FALLS_OF_TOTALS * rises:
        return values, ""
    amounts = np.where(change < -rounding, values, np.where(change < 0.0, 0.0, change))
    return amounts, (
        f"its values rise {rises} times and fall {falls} times, as totals do that begin anew after months or years, and were "
        "taken apart into those of the steps."
    )


def _without_daily_total(values: FloatArray, steps_per_day: int) -> tuple[FloatArray, str]:
    """As `without_running_total`, for totals that begin anew every `steps_per_day` steps."""
    change = np.diff(values, axis=1, prepend=np.nan)
    by_step = change.reshape(values.shape[0], -1, steps_per_day)
    highest = np.nanmax(np.where(np.isfinite(values), values, -np.inf), axis=1, initial=0.0)
    tolerance = 1e-6 * np.maximum(highest, 0.0)[:, None, None]
    falls = by_step < -tolerance
    per_step = falls.sum(axis=(0, 1))
    reset = int(per_step.argmax())
    rises = (by_step > tolerance).sum(axis=(0, 1))
    elsewhere = int(per_step.sum() - per_step[reset])
    if not rises.sum() or per_step[reset] < _RESETS or elsewhere > _OTHER_FALLS * falls[..., reset].sum():
        return values, ""
    # Within a day it never falls: what falls at all falls at the reset, on nearly all days that had any.
    total_before = np.roll(values, 1, axis=1).reshape(by_step.shape)[..., reset]
    had_any = total_before > tolerance[..., 0]
    if falls[..., reset].sum() < _RESET_SHARE * np.count_nonzero(had_any):
        return values, ""
    amounts = by_step.copy()
    amounts[..., reset] = values.reshape(by_step.shape)[..., reset]
    steps = np.maximum(amounts, 0.0).reshape(values.shape)
    if reset == 1:
        steps = np.concatenate([steps[:, 1:], np.full((len(steps), 1), np.nan)], axis=1)
    return np.where(np.isnan(steps) & ~np.isfinite(values), np.nan, steps), (
        f"its values are totals since midnight (they fall at step {reset} of the day only), and were taken apart into those of "
        "the steps."
    )


#: Fewer falls at one step of the day are no sign of a total; falls elsewhere as a share of them; share of days that fall.
_RESETS: Final = 20
_OTHER_FALLS: Final = 0.01
_RESET_SHARE: Final = 0.8
#: Rises of a long total at least, and the most falls as a share of them: weather falls about as often as it rises.
_FEWEST_RISES: Final = 100
_FALLS_OF_TOTALS: Final = 0.08
