"""Trends: the change of a climate with the years or with a covariate, estimated, taken out of a record and put back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
from scipy import special

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray, brief, readonly_floats
from varwg._calendar import N_DOYS, doy_index
from varwg._ranks import RANK_MARGIN
from varwg._statistics import anomalies
from varwg._variables import Variable
from varwg.errors import FitError, ScenarioError
from varwg.rain import WET_THRESHOLD, is_wet

if TYPE_CHECKING:
    from varwg._observations import Observations

__all__ = ["Trend", "TrendCourse", "TrendOnDays", "checked_course", "estimate_trend", "trend_lines", "trend_on", "without_trend"]

#: Which course of the covariate is simulated: see `Trend.on`.
TrendCourse: TypeAlias = Literal["record", "continue", "none"] | int | Mapping[int, float]

_COURSES: Final = ("record", "continue", "none")
#: Fewest years with a mean from which a trend is estimated, and the share of a year's days that such a mean needs.
_FEWEST_YEARS: Final = 10
_COVERAGE: Final = 0.8
#: Fewest wet days from which a year's amounts are known.
_FEWEST_WET_DAYS: Final = 5
#: Chance of finding a trend in a variable that has none, half of it for the mean of the network, half for single stations.
_FALSE_ALARM: Final = 0.05
#: Rounds in which the change of odds is brought to the slope of the mean.
_N_ROUNDS: Final = 4
#: What a trend may leave of a mean or a frequency.
_LEAST_FACTOR: Final = 0.02

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Trend:
    """How the climate of S stations and K variables changes with a covariate c, linearly and relative to its mean.

    The mean of an unbounded variable moves by slope (c - reference), in its unit; one that is bounded below is multiplied by
    1 + slope (c - reference); of one between two bounds the odds are multiplied by exp(slope (c - reference)). For
    precipitation two slopes are relative changes: of what wet days have above 1 mm, and of the frequency of each amount.

    Attributes
    ----------
    covariate : str
        Its name; "year" for a linear trend.
    years : array, shape (Y,)
        Years that the covariate is known in.
    course : array, shape (Y,)
        The covariate in these; it is linear in between, from the middle of a year to that of the next.
    reference : float
        Its mean over the record.
    slopes, errors : array, shape (S, K)
        Change per unit of the covariate and its standard error; 0 and NaN where there is none.
    wet_slopes, wet_errors : array, shape (S, K)
        The same of the frequency of precipitation.
    wet_means : array, shape (S, K)
        Mean over the observed days of the frequency, relative to that at the reference.
    lower : array, shape (K,)
        Lower bounds of the variables; -inf for none.
    upper : array, shape (S, K, 366)
        Upper bounds by day of the year; inf for none.
    rain : tuple of bool
        Which variables are precipitation.
    """

    covariate: str
    years: FloatArray
    course: FloatArray
    reference: float
    slopes: FloatArray
    errors: FloatArray
    wet_slopes: FloatArray
    wet_errors: FloatArray
    wet_means: FloatArray
    lower: FloatArray
    upper: FloatArray
    rain: tuple[bool, ...]

    __repr__ = brief

    def on(
        self, times: TimeArray, course: TrendCourse, record: TimeArray, names: tuple[tuple[str, ...], tuple[str, ...]]
    ) -> TrendOnDays:
        """What the trend does on some days.

        Parameters
        ----------
        times : array of datetime64, shape (T,)
            The days.
        course : "record", "continue", "none", int or mapping of int to float
            "record": the covariate of each day, that of the first or last day of the record before and after it;
            "continue": beyond the record too; "none": the mean climate of the record; a year: the climate of that year on
            all days; values of the covariate by year.
        record : array of datetime64
            The days of the record.
        names : tuple of tuple of str
            Names of stations and variables, for messages.

        Raises
        ------
        ScenarioError
            If the covariate is unknown in a year that is needed, or the trend leaves nothing of a mean or frequency.
        """
        if course == "none":
            return TrendOnDays(self, doy_index(times), np.zeros(0))
        change = self._covariate_on(times, course, record) - self.reference
        for slopes, what in ((self.slopes, "mean"), (self.wet_slopes, "frequency")):
            for station, variable in zip(*np.nonzero(slopes), strict=True):
                if what == "mean" and self._way(station, variable) not in ("factor", "rain"):
                    continue
                factor = 1.0 + slopes[station, variable] * change
                if factor.min() < _LEAST_FACTOR:
                    raise ScenarioError(
                        f"the trend takes the {what} of {names[1][variable]} at {names[0][station]} to {factor.min():.0%} of "
                        f"what the record has on {times[int(factor.argmin())].astype('datetime64[D]')}: simulate fewer years, "
                        "or choose trend='record' or a year."
                    )
        return TrendOnDays(self, doy_index(times), change)

    def _covariate_on(self, times: TimeArray, course: TrendCourse, record: TimeArray) -> FloatArray:
        """The covariate on some days, shape (T,)."""
        years, values = self.years, self.course
        when = _decimal_years(times)
        if isinstance(course, Mapping):
            years = np.array(sorted(course), dtype=np.float64)
            values = np.array([course[int(year)] for year in years], dtype=np.float64)
        elif course == "record":
            when = np.clip(when, *_decimal_years(record[[0, -1]]))
        elif isinstance(course, int):
            when = np.full(times.size, course + 0.5)
        if self.covariate == "year" and not isinstance(course, Mapping):
            return when
        unknown = [int(year) for year in np.floor(when[[0, -1]]) if not years[0] <= year <= years[-1]]
        if unknown:
            raise ScenarioError(
                f"{self.covariate} is known from {years[0]:.0f} to {years[-1]:.0f}, but {unknown[0]} is simulated: give its "
                "course as trend={year: value, ...}, or choose trend='record'."
            )
        return np.interp(when, years + 0.5, values)

    def _way(self, station: int, variable: int) -> str:
        """How the slope of the mean is meant: "added", "factor", "odds" or "rain"."""
        return _way(self.rain[variable], self.lower[variable], self.upper[station, variable])

    def described(self, variables: tuple[Variable, ...]) -> list[str]:
        """One line for each variable: slopes with their standard errors, a range over stations."""
        unit = "decade" if self.covariate == "year" else f"unit of {self.covariate}"
        scale = 10.0 if self.covariate == "year" else 1.0
        lines = []
        for k, variable in enumerate(variables):
            parts = []
            for slopes, errors, what in (
                (self.slopes, self.errors, "wet-day excess" if self.rain[k] else "mean"),
                (self.wet_slopes, self.wet_errors, "frequency"),
            ):
                rows = np.flatnonzero(slopes[:, k])
                if not rows.size:
                    continue
                relative = self._way(int(rows[0]), k) != "added" or what == "frequency"
                size, shown = (100.0 * scale, "%") if relative else (scale, variable.units)
                if self._way(int(rows[0]), k) == "odds" and what == "mean":
                    what = "odds"
                low, high = slopes[rows, k].min() * size, slopes[rows, k].max() * size
                error = float(np.sqrt(np.mean(errors[rows, k] ** 2))) * size
                span = f"{low:+.2g}" if rows.size == 1 or f"{low:+.2g}" == f"{high:+.2g}" else f"{low:+.2g} to {high:+.2g}"
                parts.append(f"{what} {span} ± {error:.2g} {shown} per {unit}")
            lines.append(f"{variable.name}: {'; '.join(parts) or 'none'}")
        return lines


def trend_lines(trend: Trend | None, variables: tuple[Variable, ...]) -> list[str]:
    """What a description says of a trend; nothing where there is none."""
    return [] if trend is None else ["Trend of the record", *(f"  {line}" for line in trend.described(variables))]


def trend_on(model: Any, times: TimeArray, course: TrendCourse = "record") -> TrendOnDays | None:
    """What the trend of a fitted model does on some days; None if it has none (see `Trend.on`).

    Raises
    ------
    ScenarioError
        If a course is asked for and the model has no trend, or as `Trend.on`.
    """
    if model.trend is None:
        if course not in ("record", "none"):
            raise ScenarioError(
                f"trend is {course!r}, but the model has no trend: fit(trend='linear') finds one where there is one."
            )
        return None
    on_days: TrendOnDays = model.trend.on(times, course, model.times, (model.stations, model.variable_names))
    return on_days


def without_trend(observations: Observations, trend: Trend | None) -> tuple[Observations, FloatArray | None]:
    """The record of its mean climate, but for the frequency of rain, whose factors (S, K, T) are the second."""
    if trend is None:
        return observations, None
    on_days = trend.on(observations.times, "record", observations.times, (observations.stations, observations.names))
    values = [[on_days.of_record(row, s, k) for k, row in enumerate(rows)] for s, rows in enumerate(observations.values)]
    return replace(observations, values=np.array(values)), on_days.exceedance_factors()


@dataclass(frozen=True, eq=False)
class TrendOnDays:
    """A trend on some days; `change` (T,) is the covariate less its reference, empty where nothing changes."""

    trend: Trend
    doy: IntArray
    change: FloatArray

    def put_back(self, values: FloatArray) -> None:
        """Give values (..., S, K, T) of the record's mean climate that of the days, in place, but for the frequency of rain."""
        for station, variable in zip(*np.nonzero(self.trend.slopes), strict=True):
            values[..., station, variable, :] = self.on_days(values[..., station, variable, :], station, variable)

    def on_days(self, values: FloatArray, station: int, variable: int) -> FloatArray:
        """Values (..., T) of the record's mean climate as they are in that of the days, but for the frequency of rain."""
        return self._moved(values, station, variable, 1.0)

    def of_record(self, values: FloatArray, station: int, variable: int) -> FloatArray:
        """Values (..., T) as they would be in the record's mean climate, but for the frequency of rain."""
        return self._moved(values, station, variable, -1.0)

    def _moved(self, values: FloatArray, station: int, variable: int, sign: float) -> FloatArray:
        trend = self.trend
        if not self.change.size or trend.slopes[station, variable] == 0.0:
            return values
        change, upper = trend.slopes[station, variable] * self.change, trend.upper[station, variable][self.doy]
        return _moved(values, trend._way(station, variable), change, sign, trend.lower[variable], upper)

    def exceedance_factor(self, station: int, variable: int) -> FloatArray | None:
        """Factor (T,) of the frequency of each amount of precipitation, relative to the record's; None for none."""
        slope = self.trend.wet_slopes[station, variable]
        if slope == 0.0 or not self.change.size:
            return None
        return np.asarray((1.0 + slope * self.change) / self.trend.wet_means[station, variable])

    def scores_of_record(self, scores: FloatArray, station: int, variable: int) -> FloatArray:
        """Scores (..., T) that the distribution of the record turns into amounts as frequent as on the days."""
        factor = self.exceedance_factor(station, variable)
        return scores if factor is None else with_exceedance(scores, 1.0 / factor)

    def scores_on_days(self, scores: FloatArray, station: int, variable: int) -> FloatArray:
        """Undo `scores_of_record`."""
        factor = self.exceedance_factor(station, variable)
        return scores if factor is None else with_exceedance(scores, factor)

    def exceedance_factors(self) -> FloatArray | None:
        """All factors, (S, K, T), or None if there are none."""
        if not self.trend.wet_slopes.any() or not self.change.size:
            return None
        factors = np.ones((*self.trend.slopes.shape, self.change.size))
        for station, variable in zip(*np.nonzero(self.trend.wet_slopes), strict=True):
            factors[station, variable] = self.exceedance_factor(station, variable)
        return factors


def with_exceedance(scores: FloatArray, factor: FloatArray) -> FloatArray:
    """Scores whose probability of being exceeded is multiplied by a factor (T,); NaN and infinite ones stay."""
    log_exceedance = np.minimum(special.log_ndtr(-scores) + np.log(factor), np.log1p(-RANK_MARGIN))
    moved = -special.ndtri_exp(log_exceedance)
    return np.where(np.isfinite(scores), moved, scores)


def checked_course(course: Any) -> TrendCourse:
    """The course of a covariate as a user names it; a text of digits is a year.

    Raises
    ------
    ScenarioError
        If it is none.
    """
    if isinstance(course, str) and course.lstrip("-").isdigit():
        course = int(course)
    if (isinstance(course, str) and course in _COURSES) or (
        isinstance(course, (int, np.integer)) and not isinstance(course, bool)
    ):
        return course if isinstance(course, str) else int(course)  # type: ignore[return-value]
    if isinstance(course, Mapping) and course:
        return _by_year(course, "trend", ScenarioError)
    raise ScenarioError(
        f"trend is {course!r}, but 'record', 'continue', 'none', a year, or values of the covariate by year are expected."
    )


def _by_year(courses: Mapping[Any, Any], name: str, error: type[Exception]) -> dict[int, float]:
    """Finite numbers by year."""
    try:
        values = {int(year): float(value) for year, value in courses.items()}
    except (TypeError, ValueError) as cause:
        raise error(f"{name} is {courses!r}, but numbers by year are expected, such as {{1990: 0.2, 1991: 0.3}}.") from cause
    wrong = [year for year, value in values.items() if not np.isfinite(value)]
    if wrong:
        raise error(f"{name} is {values[wrong[0]]} in {wrong[0]}: give finite numbers.")
    return values


class _Part(NamedTuple):
    """What is averaged over years (T,), NaN where unknown, and by what it is divided; None for a difference.

    Years count from so many days on, or from a share of their days.
    """

    values: FloatArray
    expected: FloatArray | None = None
    fewest_days: int = 0


class _Slopes(NamedTuple):
    """Slopes of S stations, their standard errors, the chances of such without a trend, and that of the stations' mean."""

    values: FloatArray
    errors: FloatArray
    chances: FloatArray
    of_mean: float

    @property
    def significant(self) -> bool:
        """Whether there is a trend somewhere."""
        alone = np.nanmin(self.chances) if np.isfinite(self.chances).any() else 1.0
        return bool(self.of_mean < _FALSE_ALARM / 2 or alone < _FALSE_ALARM / 2 / self.chances.size)


def estimate_trend(observations: Observations, covariate: Any) -> Trend | None:
    """Trends of all variables of a record, by least squares on annual means of what is left without the annual cycle.

    Standard errors have as many independent years as the lag-one correlation of the residuals leaves (Santer et al. 2000,
    doi:10.1029/1999JD901105). A variable has a trend if that of the mean of its stations differs from zero (chance 2.5 %), or
    that of one of them does (2.5 % divided by their number); nothing of the others is changed.

    Parameters
    ----------
    observations : Observations
        The record.
    covariate : "linear", or mapping or Series of int to float
        What means change with: time, or a value for each year of the record, such as the global temperature or an index.

    Returns
    -------
    Trend or None
        None if no variable has a trend.

    Raises
    ------
    FitError
        If the covariate is something else, lacks a year of the record or does not vary, or no series has ten years.
    """
    name, years, course = _covariate(covariate, observations.times)
    when = _decimal_years(observations.times)
    daily = when if name == "year" else np.interp(when, years + 0.5, course)
    annual, reference = _Annual.of(observations.times, daily), float(daily.mean())
    shape, n_days = observations.values.shape[:2], observations.times.size
    means, wet = ((np.zeros(shape), np.full(shape, np.nan)) for _ in range(2))
    wet_means = np.ones(shape)
    bounds = observations.upper_bounds()
    upper = np.array([[np.full(N_DOYS, np.inf) if own is None else own for own in row] for row in bounds])
    lower = np.array([variable.lower for variable in observations.variables], dtype=np.float64)
    rain = tuple(bool(variable.is_precipitation) for variable in observations.variables)
    enough = False
    for k, variable in enumerate(observations.variables):
        values = observations.values[:, k]
        centre = np.array([daily[np.isfinite(row)].mean() if np.isfinite(row).any() else 0.0 for row in values])
        series = [
            _Series(_way(rain[k], lower[k], upper[s, k]), row, observations.doy, lower[k], upper[s, k])
            for s, row in enumerate(values)
        ]
        parts = {"mean": means, "frequency": wet} if rain[k] else {"mean": means}
        for part, (slopes, errors) in parts.items():
            slopes_of_part = annual.slopes([own.part(part) for own in series])
            enough |= bool(np.isfinite(slopes_of_part.values).any())
            _tell(variable, part, slopes_of_part, name)
            if not slopes_of_part.significant:
                continue
            for s in np.flatnonzero(np.isfinite(slopes_of_part.values)):
                own, error = float(slopes_of_part.values[s]), float(slopes_of_part.errors[s])
                if series[s].way == "odds":
                    own, error = _in_odds(series[s], annual, own, error)
                elif part == "frequency" or series[s].way != "added":
                    # Relative to the mean over the days that the station has, and now to that over the record.
                    at_reference = 1.0 + own * (reference - centre[s])
                    own, error = own / at_reference, error / at_reference
                slopes[s, k], errors[s, k] = own, error
                if part == "frequency":
                    wet_means[s, k] = 1.0 + own * (centre[s] - reference)
    if not enough:
        raise FitError(
            f"a trend needs {_FEWEST_YEARS} years with {_COVERAGE:.0%} of their days, but no series of the record has them "
            f"({n_days} days in all): leave trend out."
        )
    if not (means[0].any() or wet[0].any()):
        return None
    return Trend(
        covariate=name,
        years=readonly_floats(years),
        course=readonly_floats(course),
        reference=reference,
        slopes=readonly_floats(means[0]),
        errors=readonly_floats(means[1]),
        wet_slopes=readonly_floats(wet[0]),
        wet_errors=readonly_floats(wet[1]),
        wet_means=readonly_floats(wet_means),
        lower=readonly_floats(lower),
        upper=readonly_floats(upper),
        rain=rain,
    )


@dataclass(frozen=True, eq=False)
class _Series:
    """One series of the record, and how its mean changes."""

    way: str
    values: FloatArray
    doy: IntArray
    lower: float
    upper: FloatArray

    def part(self, name: str) -> _Part:
        """The frequency or the mean, without or relative to the annual cycle."""
        if name == "frequency":
            wet = np.where(np.isnan(self.values), np.nan, is_wet(self.values))
            return _Part(wet, np.maximum(self._cycle(wet), 1e-3))
        if self.way == "rain":
            excess = np.where(is_wet(self.values), self.values - WET_THRESHOLD, np.nan)
            return _Part(excess, self._positive_cycle(excess), _FEWEST_WET_DAYS)
        if self.way == "factor":
            above = self.values - self.lower
            return _Part(above, self._positive_cycle(above))
        values = self.share if self.way == "odds" else self.values
        return _Part(anomalies(values, self.doy))

    @property
    def share(self) -> FloatArray:
        """Values as a share of the range between their bounds."""
        return np.asarray((self.values - self.lower) / (self.upper[self.doy] - self.lower))

    def _positive_cycle(self, values: FloatArray) -> FloatArray:
        present = values[np.isfinite(values)]
        return np.maximum(self._cycle(values), 0.1 * present.mean() if present.size else 1.0)

    def _cycle(self, values: FloatArray) -> FloatArray:
        """The mean annual cycle of values (T,) on the days that are known."""
        return np.asarray(values - anomalies(values, self.doy))


@dataclass(frozen=True, eq=False)
class _Annual:
    """Calendar years of a record and its covariate."""

    year: IntArray
    lengths: FloatArray
    daily: FloatArray

    @classmethod
    def of(cls, times: TimeArray, daily: FloatArray) -> _Annual:
        numbers = times.astype("datetime64[Y]").astype(np.int64)
        first, last = int(numbers[0]), int(numbers[-1])
        starts = np.arange(first, last + 2).astype("datetime64[Y]").astype("datetime64[D]")
        return cls(numbers - first, np.diff(starts).astype(np.float64), daily)

    def _sums(self, values: FloatArray, present: BoolArray) -> FloatArray:
        return np.bincount(self.year[present], weights=values[present], minlength=self.lengths.size).astype(np.float64)

    def slopes(self, parts: list[_Part]) -> _Slopes:
        """Slopes of the annual means of S series."""
        rows, covariates = [], []
        for values, expected, fewest_days in parts:
            present = np.isfinite(values)
            count = self._sums(np.ones(values.size), present)
            divisor = count if expected is None else self._sums(expected, present)
            there = (count >= (fewest_days or _COVERAGE * self.lengths)) & (divisor > 0.0)
            rows.append(np.where(there, self._sums(values, present) / np.where(there, divisor, 1.0), np.nan))
            covariates.append(np.where(there, self._sums(self.daily, present) / np.where(there, count, 1.0), np.nan))
        return _regressed(np.array(rows), np.array(covariates))


def _regressed(annual: FloatArray, covariate: FloatArray) -> _Slopes:
    """Least squares of S series of annual means (S, Y), NaN where unknown, on covariates (S, Y)."""
    there = np.isfinite(annual)
    n = there.sum(axis=1)
    usable = n >= _FEWEST_YEARS
    count = np.maximum(n, 1)[:, None]
    x = np.where(there, covariate - np.where(there, covariate, 0.0).sum(axis=1, keepdims=True) / count, 0.0)
    y = np.where(there, annual - np.where(there, annual, 0.0).sum(axis=1, keepdims=True) / count, 0.0)
    square = np.where(usable, (x**2).sum(axis=1), 1.0)
    usable &= square > 0.0
    slopes = np.where(usable, (x * y).sum(axis=1) / np.where(square > 0.0, square, 1.0), np.nan)
    residuals = np.where(there, y - np.nan_to_num(slopes)[:, None] * x, 0.0)
    independent = np.array([_independent_years(row, mask) for row, mask in zip(residuals, there, strict=True)])
    freedom = np.maximum(independent - 2.0, 1.0)
    errors = np.sqrt((residuals**2).sum(axis=1) / freedom / np.where(square > 0.0, square, 1.0))
    chances = np.where(usable, _chance(slopes, errors, freedom), np.nan)
    if not usable.any():
        return _Slopes(slopes, np.full(slopes.size, np.nan), chances, 1.0)
    # The mean of the slopes is a weighted sum of all annual means, whose errors go together within a year.
    weights = np.where(usable[:, None], x / square[:, None], 0.0) / usable.sum()
    together = there.astype(np.float64) @ there.T.astype(np.float64)
    share = np.minimum.outer(freedom, freedom) * together / np.sqrt(np.outer(count[:, 0], count[:, 0]))
    covariances = residuals @ residuals.T / np.maximum(share, 1.0)
    error = float(np.sqrt(max(np.einsum("sy,st,ty->", weights, covariances, weights), 0.0)))
    of_mean = float(_chance(np.nanmean(slopes), error, float(freedom[usable].min())))
    return _Slopes(slopes, np.where(usable, errors, np.nan), chances, of_mean)


def _chance(slope: Any, error: Any, freedom: Any) -> Any:
    """Chance of a slope as large in either direction without a trend, by Student's distribution."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return 2.0 * special.stdtr(freedom, -np.abs(np.divide(slope, error)))


def _independent_years(residuals: FloatArray, there: BoolArray) -> float:
    """Number of independent ones among residuals (Y,) with a lag-one correlation."""
    both = there[1:] & there[:-1]
    square = float((residuals**2).mean())
    if square <= 0.0 or both.sum() < 3:
        return float(there.sum())
    memory = float(np.clip((residuals[1:] * residuals[:-1])[both].mean() / (residuals[there] ** 2).mean(), 0.0, 0.9))
    return float(there.sum()) * (1.0 - memory) / (1.0 + memory)


def _in_odds(series: _Series, annual: _Annual, slope: float, error: float) -> tuple[float, float]:
    """Slope and error of the logarithm of the odds that change the mean share by a slope."""
    share, change = series.share, annual.daily - annual.daily.mean()
    sensitivity = float(np.nanmean(share * (1.0 - share)))
    if sensitivity <= 0.0:
        return 0.0, np.nan
    change_of_odds = slope / sensitivity
    for _ in range(_N_ROUNDS):
        without = _moved(share, "odds", change_of_odds * change, -1.0, 0.0, np.ones(share.size))
        left = annual.slopes([_Part(anomalies(without, series.doy))]).values[0]
        change_of_odds += float(left) / sensitivity
    return change_of_odds, error / sensitivity


def _moved(values: FloatArray, way: str, change: FloatArray, sign: float, lower: float, upper: FloatArray) -> FloatArray:
    """Values (..., T) with a change of their mean, or without it where `sign` is -1."""
    if way == "added":
        return values + sign * change
    if way == "odds":
        share = (values - lower) / (upper - lower)
        odds = share * np.exp(sign * change)
        moved = lower + (upper - lower) * odds / (1.0 - share + odds)
        return np.where((share > 0.0) & (share < 1.0), moved, values)
    factor = (1.0 + change) ** sign
    if way == "factor":
        return np.asarray(lower + (values - lower) * factor)
    return np.where(values > WET_THRESHOLD, WET_THRESHOLD + (values - WET_THRESHOLD) * factor, values)


def _way(rain: bool, lower: float, upper: FloatArray) -> str:
    """How the slope of a mean is meant."""
    if rain:
        return "rain"
    if not np.isfinite(lower):
        return "added"
    return "odds" if np.isfinite(upper).all() else "factor"


def _covariate(choice: Any, times: TimeArray) -> tuple[str, FloatArray, FloatArray]:
    """Name, years and values of a covariate that has all years of the record."""
    first, last = (int(time.astype("datetime64[Y]").astype(np.int64)) + 1970 for time in (times[0], times[-1]))
    needed = np.arange(first, last + 1, dtype=np.float64)
    if isinstance(choice, str) and choice == "linear":
        return "year", needed, needed + 0.5
    name = str(getattr(choice, "name", None) or "covariate")
    if hasattr(choice, "to_dict") and not isinstance(choice, Mapping):
        choice = choice.to_dict()
    if not isinstance(choice, Mapping):
        raise FitError(f"trend is {choice!r}, but 'linear' or values of a covariate by year are expected.")
    by_year = _by_year(choice, "trend", FitError)
    missing = [int(year) for year in needed if year not in by_year]
    if missing:
        raise FitError(
            f"trend has no value of {name} for {missing[0]}, but the record goes from {first} to {last}: give all years."
        )
    years = np.array(sorted(by_year), dtype=np.float64)
    course = np.array([by_year[int(year)] for year in years])
    if np.ptp(np.array([by_year[int(year)] for year in needed])) == 0.0:
        raise FitError(f"{name} is {course[0]:g} in all years of the record, so that no trend with it can be estimated.")
    return name, years, course


def _tell(variable: Variable, part: str, slopes: _Slopes, covariate: str) -> None:
    """Log what was found in a variable."""
    if not np.isfinite(slopes.values).any():
        _LOGGER.warning(
            "trend of %s: no station has %d years with %.0f %% of their days, so none is estimated.",
            variable.name,
            _FEWEST_YEARS,
            100 * _COVERAGE,
        )
        return
    _LOGGER.info(
        "trend of %s (%s): %s; %+.3g per %s in the mean of the stations (chance without a trend %.2g).",
        variable.name,
        part,
        "found" if slopes.significant else "none found",
        np.nanmean(slopes.values),
        "year" if covariate == "year" else f"unit of {covariate}",
        slopes.of_mean,
    )


def _decimal_years(times: TimeArray) -> FloatArray:
    """Years and the share of the year that has passed at noon."""
    days = times.astype("datetime64[D]")
    years = days.astype("datetime64[Y]")
    start = years.astype("datetime64[D]")
    length = ((years + np.timedelta64(1, "Y")).astype("datetime64[D]") - start).astype(np.float64)
    return np.asarray(years.astype(np.int64) + 1970 + ((days - start).astype(np.float64) + 0.5) / length)
