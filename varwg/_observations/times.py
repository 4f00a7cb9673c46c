"""Time axes: any record on a regular grid of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg._arrays import IntArray, TimeArray
from varwg._calendar import in_seconds
from varwg.errors import DataError
from varwg.io._written_times import LOCALIZE, nights_of_clocks

#: Fewer days than two years show no season twice.
MIN_DAYS: Final = 730

#: A record with fewer of its times is more likely to hold a wrong date than to be a record.
MIN_SHARE_OF_TIMES: Final = 0.1

#: Days that begin from this hour on may be those of a zone to the east, written in another.
_LATE: Final = 21.0

_DAY: Final[np.timedelta64] = np.timedelta64(1, "D").astype("timedelta64[s]")


@dataclass(frozen=True, eq=False)
class TimeGrid:
    """Where the values of a record go on a regular time axis of whole days.

    Attributes
    ----------
    times : array of datetime64[s], shape (steps,)
        The regular axis.
    source : array of int
        Positions in the record of the values that are used.
    target : array of int
        Their positions on the axis.
    notes : tuple of str
        What was sorted, dropped or left empty.
    """

    times: TimeArray
    source: IntArray
    target: IntArray
    notes: tuple[str, ...]

    @property
    def step_seconds(self) -> float:
        """Length of a step in seconds."""
        return float((self.times[1] - self.times[0]) / np.timedelta64(1, "s"))


def time_grid(times: TimeArray, *, at_beginnings: bool = False) -> TimeGrid:
    """The regular axis of whole days that a record fits on.

    Parameters
    ----------
    times : array of datetime64[s], shape (n,)
        In any order, with gaps; daily ones at any hour.
    at_beginnings : bool
        Whether each is known to be the beginning of its step, as it may otherwise be the end.

    Raises
    ------
    DataError
        If times are duplicate, steps are irregular or longer than a day, or the record is shorter than two years or
        consists of gaps.
    """
    notes: list[str] = []
    order = np.arange(len(times))
    if (np.diff(times) < np.timedelta64(0, "s")).any():
        order = np.argsort(times, kind="stable")
        notes.append("the times were not in order and were sorted.")
    stamps = times[order]
    if len(stamps) < 2:
        _refuse_short(len(stamps), stamps)
    _refuse_duplicates(stamps)
    step = _step(stamps)
    if step == _DAY:
        stamps = _to_dates(stamps, notes)
        _refuse_duplicates(stamps)
    else:
        stamps = _on_steps(stamps, step)
        if not at_beginnings:
            stamps = _beginnings(stamps, step, notes)
        _tell_summer_time(stamps, step, notes)
    first, last = _whole_days(stamps, step, notes)
    n_steps = int((last - first) // step)
    _refuse_short(int((last - first) // _DAY), np.array([first, last - _DAY]))
    used = (stamps >= first) & (stamps < last)
    target = ((stamps[used] - first) // step).astype(np.intp)
    if len(target) < MIN_SHARE_OF_TIMES * n_steps:
        raise DataError(
            f"the record has values at only {len(target)} of the {n_steps} times between {_shown(first)} and "
            f"{_shown(last)}: check for wrong dates, or select the part of the record that has values."
        )
    grid = first + step * np.arange(n_steps)
    if len(target) < n_steps:
        empty = np.ones(n_steps, dtype=bool)
        empty[target] = False
        notes.append(
            f"{int(empty.sum())} of {n_steps} times are not in the record (the first is {_shown(grid[empty][0])}); "
            "their values are missing."
        )
    return TimeGrid(grid, order[used].astype(np.intp), target, tuple(notes))


def _to_dates(stamps: TimeArray, notes: list[str]) -> TimeArray:
    """Daily times as midnights: each of its own date, or the nearest one where they lie around midnight, as in another zone."""
    dates = in_seconds(stamps.astype("datetime64[D]"))
    hours = (stamps - dates) / np.timedelta64(1, "h")
    late, early = hours >= _LATE, hours <= 24.0 - _LATE
    if late.any() and (late | early).all():
        notes.append(
            f"days are stamped from {_clock(hours[late].min())} to {_clock(hours.max())}, shortly before midnight, as days of "
            "another zone are; each was taken as the date that begins then."
        )
        return in_seconds((stamps + np.timedelta64(12, "h")).astype("datetime64[D]"))
    if np.ptp(hours) > 0.0:
        notes.append(f"days are stamped from {_clock(hours.min())} to {_clock(hours.max())}; each was taken as its date.")
    return np.asarray(dates)


def _beginnings(stamps: TimeArray, step: np.timedelta64, notes: list[str]) -> TimeArray:
    """Beginnings of steps where a record runs from the end of the first step of a day to midnight, as ends of steps do."""
    whole = [in_seconds(stamps[[place]].astype("datetime64[D]"))[0] for place in (0, -1)]
    if stamps[0] - whole[0] != step or stamps[-1] != whole[1]:
        return stamps
    notes.append(
        f"the record runs from {_shown(stamps[0])} to {_shown(stamps[-1])}, as times at the ends of steps do; each was taken "
        f"as the end of its step of {step / np.timedelta64(1, 'h'):g} h."
    )
    return np.asarray(stamps - step)


def _tell_summer_time(stamps: TimeArray, step: np.timedelta64, notes: list[str]) -> None:
    """Say so where hours are missing on spring nights of several years, as they are on clocks with summer time."""
    odd = stamps[:-1][np.diff(stamps) == step + np.timedelta64(1, "h")] + step
    if odd.size >= _FEWEST_NIGHTS and nights_of_clocks(odd, forward=True) == odd.size:
        notes.append(
            f"an hour is missing on {odd.size} nights of spring (the first {_shown(odd[0])}), as on clocks with summer time: if "
            f"it is that, hours of half the year are an hour late; {LOCALIZE}."
        )


#: Fewer nights than this may lack an hour by chance.
_FEWEST_NIGHTS: Final = 2


def _clock(hours: float) -> str:
    return f"{int(hours):02d}:{round(hours % 1.0 * 60.0):02d}"


def _step(stamps: TimeArray) -> np.timedelta64:
    """The most frequent step of sorted times."""
    steps, counts = np.unique(np.diff(stamps), return_counts=True)
    step: np.timedelta64 = steps[counts.argmax()]
    if abs(step - _DAY) <= np.timedelta64(1, "s"):
        return _DAY
    hours = step / np.timedelta64(1, "h")
    if step > _DAY:
        raise DataError(f"the record has steps of {hours / 24:g} days, but daily values or finer ones are needed.")
    if _DAY % step != np.timedelta64(0, "s"):
        raise DataError(f"the record has steps of {hours:g} h, which do not divide a day: resample it to hours.")
    return step


def _on_steps(stamps: TimeArray, step: np.timedelta64) -> TimeArray:
    """Times moved back to the start of their step, if all are equally far from it."""
    phase = (stamps - stamps.astype("datetime64[D]")) % step
    odd = phase != phase[0]
    if odd.any():
        raise DataError(
            f"the time {_shown(stamps[odd][0])} is not a multiple of {step / np.timedelta64(1, 'h'):g} h after the "
            f"first, {_shown(stamps[0])}: resample the record to a regular step."
        )
    return np.asarray(stamps - phase[0])


def _whole_days(stamps: TimeArray, step: np.timedelta64, notes: list[str]) -> tuple[np.datetime64, np.datetime64]:
    """The first day and the day after the last that the record covers from midnight to midnight."""
    first, last = in_seconds(stamps[[0, -1]].astype("datetime64[D]"))
    last = last + _DAY
    if stamps[0] != first:
        notes.append(f"the partial first day {_shown(first)} (from {_shown(stamps[0])}) was dropped.")
        first = first + _DAY
    if stamps[-1] + step != last:
        last = last - _DAY
        notes.append(f"the partial last day {_shown(last)} (to {_shown(stamps[-1])}) was dropped.")
    return first, last


def _refuse_duplicates(stamps: TimeArray) -> None:
    same = np.diff(stamps) == np.timedelta64(0, "s")
    if same.any():
        twice = stamps[1:][same]
        of_days = bool((stamps == stamps.astype("datetime64[D]")).all())
        if not of_days and nights_of_clocks(twice, forward=False) == twice.size:
            why = f"they are nights on which clocks go back from summer time: {LOCALIZE}"
        elif of_days and twice.size > stamps.size // 2:
            why = "most do, as if hours or stations were missing from the table: add their column to the times or as 'station'"
        else:
            why = "find out whether a station or an hour is missing from the table, or which of the rows is right"
        raise DataError(
            f"the time {_shown(twice[0])} occurs twice ({twice.size} duplicates in all), but each time may occur once: {why}."
        )


def _refuse_short(n_days: int, times: TimeArray) -> None:
    if n_days < MIN_DAYS:
        span = f" ({times.min().astype('datetime64[D]')} to {times.max().astype('datetime64[D]')})" if n_days > 0 else ""
        raise DataError(
            f"the record has {max(n_days, 0)} days{span}, but at least {MIN_DAYS} (two years) are needed to know "
            "the seasons: use a longer one."
        )


def _shown(time: np.datetime64) -> str:
    text = str(time.astype("datetime64[m]"))
    return text.removesuffix("T00:00")
