"""What is kept of sub-daily observations: the course of every usable observed day, and where it belongs in the year."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from varwg._arrays import BoolArray, FloatArray, IntArray, brief, readonly, readonly_floats
from varwg._calendar import N_DOYS, doy_index
from varwg._disaggregation.courses import by_the_sun, ceiling, kind_of, pattern_of
from varwg._disaggregation.days import WINDOW
from varwg._observations import Observations
from varwg._observations.aggregation import to_days, without_short_gaps
from varwg._variables import Variable
from varwg.errors import DataError
from varwg.marginals._seasonal import circular_distance
from varwg.meteo._sun import noon_of_record

_LOG: Final = logging.getLogger(__name__)

#: Days with missing hours are used only in seasons with fewer complete ones than this.
_FEW: Final = 10

#: Days that are kept at most, twenty years: a season of a month then has 600 to choose from.
MOST_DAYS: Final = 7305

#: Share of a day's steps that its neighbours need to know its daily value.
_COVERAGE: Final = 0.8
#: Longer gaps are not closed, in hours.
_LONGEST_GAP_HOURS: Final = 3.0


@dataclass(frozen=True, eq=False)
class HourlyArchive:
    """The courses of D observed days at S stations of K variables, in n steps each.

    Attributes
    ----------
    stations : tuple of str
    variables : tuple of Variable
    latitude : array, shape (S,)
        Degrees; NaN where unknown.
    noon : array, shape (S,)
        Hour of the record's clock at which the sun stands highest.
    days : array of int, shape (D,)
        Days since 1970-01-01, ascending.
    daily : array of float32, shape (S, K, D)
        Daily values; NaN where the day is incomplete there.
    patterns : array of float32, shape (S, K, D, n)
        See `varwg._disaggregation.courses`; nothing is missing.
    largest : array, shape (S, K)
        The largest step on these days; infinite where a series was never complete.
    """

    stations: tuple[str, ...]
    variables: tuple[Variable, ...]
    latitude: FloatArray
    noon: FloatArray
    days: NDArray[np.int64]
    daily: NDArray[np.float32]
    patterns: NDArray[np.float32]
    largest: FloatArray

    __repr__ = brief

    def __post_init__(self) -> None:
        for name, dtype in (("days", np.int64), ("daily", np.float32), ("patterns", np.float32)):
            object.__setattr__(self, name, readonly(np.asarray(getattr(self, name), dtype=dtype)))
        for name in ("latitude", "noon", "largest"):
            object.__setattr__(self, name, readonly_floats(getattr(self, name)))

    @classmethod
    def of(cls, observations: Observations, *, max_days: int = MOST_DAYS) -> HourlyArchive:
        """The archive of sub-daily observations, or of the sub-daily source of daily ones.

        Parameters
        ----------
        observations : Observations
            A station that never reports a variable by the step gets the mean course of the others; where there is none,
            its days have no course (rain falls all day, sunshine is in proportion to what the sun allows).
        max_days : int
            Days that are kept at most, the last ones. A day takes 4 (n + 1) bytes for each station and variable: ten years
            of hours of four stations and four variables are 5.6 MiB.

        Raises
        ------
        DataError
            If there are no sub-daily observations, or no day of any series is complete.
        """
        return _archive(_sub_daily(observations), max_days)

    @property
    def steps_per_day(self) -> int:
        """Steps in a day, n."""
        return int(self.patterns.shape[-1])

    @property
    def doy(self) -> IntArray:
        """Row 0 to 365 of every observed day."""
        return doy_index(self.days.astype("datetime64[D]"))

    @property
    def consecutive(self) -> BoolArray:
        """Whether an observed day is followed by the next one, shape (D - 1,)."""
        return np.asarray(np.diff(self.days) == 1)

    def ceilings(self, station: int, variable: int) -> FloatArray | None:
        """The most that the sun allows a series in each step of each day of the year, shape (366, n), or None."""
        treated = self.variables[variable]
        if not by_the_sun(treated):
            return None
        return ceiling(treated, float(self.latitude[station]), float(self.noon[station]), self.steps_per_day)


def _sub_daily(observations: Observations) -> Observations:
    source = observations if observations.hourly is None else observations.hourly
    if source.steps_per_day < 2:
        raise DataError(
            f"the observations of {', '.join(observations.names)} are daily, but disaggregation needs to have seen the "
            "course of days: pass hourly observations, or others of a regular step that divides a day."
        )
    return source


def _archive(source: Observations, max_days: int) -> HourlyArchive:
    n_steps = source.steps_per_day
    steps = _closed(source.values, n_steps).reshape(*source.values.shape[:2], -1, n_steps)
    days = source.times[::n_steps].astype("datetime64[D]")
    doy = doy_index(days)
    complete: BoolArray = np.asarray(np.isfinite(steps).all(axis=-1))
    kept = _usable_days(complete, doy)
    if not kept.any():
        raise DataError(
            f"no observed day from {days[0]} to {days[-1]} has all its {n_steps} steps in any series: use a record with "
            "fewer gaps, or fill them."
        )
    _require_courses(source, steps, complete)
    kept = _last(kept, max_days)
    noon = _noons(source, steps)
    patterns = np.empty((*steps.shape[:2], int(kept.sum()), n_steps), dtype=np.float32)
    daily = np.empty(patterns.shape[:3], dtype=np.float32)
    largest = np.full(patterns.shape[:2], np.inf)
    for station, column in np.ndindex(*steps.shape[:2]):
        variable = source.variables[column]
        values = steps[station, column]
        most = None
        if by_the_sun(variable):
            table = ceiling(variable, float(source.latitude[station]), float(noon[station]), n_steps)
            most = None if table is None else table[doy]
        of_days = to_days(values.ravel(), n_steps, variable.aggregation, _COVERAGE)[0]
        whole = np.where(complete[station, column, :, None], values, np.nan)
        patterns[station, column] = pattern_of(variable, whole, of_days, most)[kept]
        daily[station, column] = np.where(complete[station, column], of_days, np.nan)[kept]
        if complete[station, column, kept].any():
            largest[station, column] = np.nanmax(whole[kept])
    return HourlyArchive(
        stations=source.stations,
        variables=source.variables,
        latitude=source.latitude,
        noon=noon,
        days=days[kept].astype(np.int64),
        daily=daily,
        patterns=_without_gaps(patterns, source.variables),
        largest=largest,
    )


def _closed(values: FloatArray, n_steps: int) -> FloatArray:
    """Values (S, K, T) with gaps of up to three hours closed by straight lines: a day needs no more steps than its value does."""
    longest = max(1, round(_LONGEST_GAP_HOURS * n_steps / 24.0))
    closed = values.copy()
    for series in closed.reshape(-1, values.shape[-1]):
        series[:] = without_short_gaps(series, longest)
    return closed


def _require_courses(source: Observations, steps: FloatArray, complete: BoolArray) -> None:
    """Refuse amounts whose course nobody knows, which would fall evenly all day.

    Raises
    ------
    DataError
        If such a variable has values of steps and no day that is complete at any station.
    """
    for column, variable in enumerate(source.variables):
        if kind_of(variable) != "amount" or complete[:, column].any():
            continue
        present = np.isfinite(steps[:, column])
        days = int(present.any(axis=-1).sum())
        if days:
            share = present.sum() / (days * steps.shape[-1])
            raise DataError(
                f"{variable.name} has {share:.0%} of its steps on {days} days, but on none of them all but gaps of "
                f"{_LONGEST_GAP_HOURS:g} hours, so that the course of its days is unknown: fill the gaps, or leave it out."
            )


def _usable_days(complete: BoolArray, doy: IntArray) -> BoolArray:
    """Complete days; in seasons with few of them also the days with the fewest incomplete series.

    Series that are never complete do not count.
    """
    reported = complete.any(axis=2)
    incomplete = (~complete[reported]).sum(axis=0)
    if not reported.any():
        return np.zeros(doy.size, dtype=bool)
    near = (circular_distance() <= WINDOW).astype(np.float64)
    kept = np.zeros(doy.size, dtype=bool)
    for number in np.unique(incomplete[incomplete < reported.sum()]):
        available = near @ np.bincount(doy[kept], minlength=N_DOYS)
        kept |= (incomplete == number) & (available[doy] < _FEW)
    return kept


def _last(kept: BoolArray, max_days: int) -> BoolArray:
    """The last `max_days` of the days marked."""
    usable = np.flatnonzero(kept)
    if usable.size <= max_days:
        return kept
    _LOG.info("of %d usable days the last %d are kept for disaggregation", usable.size, max_days)
    return np.asarray(kept & (np.arange(kept.size) >= usable[-max_days]))


def _noons(source: Observations, steps: FloatArray) -> FloatArray:
    """Noon by the record's clock at each station, from the first variable that the sun limits."""
    noon = np.full(len(source.stations), 12.0)
    sunny = [column for column, variable in enumerate(source.variables) if by_the_sun(variable)]
    for station, longitude in enumerate(source.longitude):
        told = [column for column in sunny if np.isfinite(steps[station, column]).all(axis=1).any()]
        if told:
            noon[station] = noon_of_record(steps[station, told[0]], float(longitude))
    return noon


def _without_gaps(patterns: NDArray[Any], variables: tuple[Variable, ...]) -> NDArray[Any]:
    """Missing patterns from the mean of the other stations, or else a day without a course (for rain, none)."""
    for column, variable in enumerate(variables):
        of_variable = patterns[:, column]
        missing = np.isnan(of_variable).any(axis=-1)
        if not missing.any():
            continue
        filled = np.where(missing[..., None], 0.0, of_variable)
        count = (~missing).sum(axis=0)
        mean = filled.sum(axis=0) / np.maximum(count, 1)[:, None]
        if kind_of(variable) == "sunlit":
            mean[count == 0] = 1.0
        patterns[:, column] = np.where(missing[..., None], mean, of_variable)
    return patterns


_LOGGER: Final = logging.getLogger(__name__)


def archive_of(observations: Observations) -> HourlyArchive | None:
    """The courses of observed days; None where observations are daily, or no day is complete, which the log tells.

    A station that never reports a variable by the hour gets the mean course of the others, or else its daily value at
    all steps (rain that falls all day, sunshine in proportion to what the sun allows).
    """
    if observations.hourly is None:
        return None
    try:
        return HourlyArchive.of(observations)
    except DataError as error:
        _LOGGER.warning("simulations of %s cannot be disaggregated: %s", ", ".join(observations.stations), error)
        return None
