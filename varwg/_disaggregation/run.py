"""From days to hours: whose hours, how a run asks for them, the courses of days laid on simulated days, and hours of rain."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray
from varwg._calendar import N_DOYS, doy_index, in_seconds
from varwg._disaggregation.archive import HourlyArchive
from varwg._disaggregation.courses import by_the_sun, kind_of, steps_of
from varwg._disaggregation.days import (
    EXACT,
    NEAREST,
    WIDENED,
    WINDOW,
    choose,
    features,
    log_amount,
    midnights,
    seams,
    shortlist,
)
from varwg._disaggregation.formula import TEMPERATURES, Place, in_words, steps_by_formula, temperatures_in_order, winds_in_order
from varwg._disaggregation.rain import Elsewhere, RainSource, fallen_shares, most_alike, rain_source
from varwg._observations import Observations
from varwg._persistence import memory_limit
from varwg._provenance import parsed_json
from varwg._variables import Variable, roles_of
from varwg.errors import DataError, ScenarioError
from varwg.streams import Streams, require_generator

#: Wet days of a station, nearest in the year, among which a course is drawn where the observed day has none.
_LENDERS: Final = 10

#: Times that too strong a course is smoothed at most; after that rain is nearly the same at all steps.
_SMOOTHINGS: Final = 100


def rain_courses(
    archive: HourlyArchive,
    column: int,
    stations: IntArray,
    amounts: FloatArray,
    days: IntArray,
    doy: IntArray,
    *,
    rng: np.random.Generator,
    alike: bool = False,
) -> tuple[FloatArray, int]:
    """Courses of rain of all stations.

    Rain of a station is that of a day of its own with such an amount, which falls when it did on the observed day of all
    stations (see `varwg._disaggregation.rain.rain_source`), or else by as much earlier or later as at the stations before.

    Parameters
    ----------
    archive : HourlyArchive
    column : int
        Variable.
    stations : array of int
        Those that report it.
    amounts : array, shape (S, T)
        Of the simulated days.
    days : array of int, shape (T,)
        Position of the observed day of each.
    doy : array of int, shape (T,)
        Row 0 to 365 of each simulated day.
    rng : numpy.random.Generator
        Source of the choices.
    alike : bool
        Whether all stations of the archive are one, so that rain falls at the same hours at all of them.

    Returns
    -------
    array, shape (S, T, n)
        Only the proportions within a day matter.
    int
        Wet values whose course is not that of the station on the observed day.
    """
    require_generator(rng)
    n_steps = archive.steps_per_day
    out = np.zeros((*amounts.shape, n_steps))
    ahead, count = np.zeros((days.size, n_steps)), np.zeros((days.size, 1))
    record = archive.patterns[: 1 if alike else None, column]
    strongest, largest = float(record.max()), float(record.sum(axis=-1).max())
    most = np.nan_to_num(amounts[stations]).max(axis=0, initial=0.0)
    n_lent, source = 0, None
    sources: dict[int, RainSource] = {}
    scales = log_amount(archive.variables[column], record[stations[:1] if alike else stations].sum(axis=-1, dtype=np.float64))
    neighbours, alikes = most_alike(scales)
    for row, station in enumerate(stations.tolist()):
        observed = archive.patterns[station, column]
        rainy = amounts[station] > 0.0
        pattern = observed[days].astype(np.float64)
        lacking = rainy & ~pattern.any(axis=1)
        if lacking.any():
            pattern[lacking] = _lent(archive, (station, column), days[lacking], doy[lacking], rng)
        if observed.any():
            wanted = fallen_shares(pattern)
            if source is None or not alike:
                asking = most if alike else amounts[station]
                wanted_then = wanted + ahead / np.maximum(count, 1.0)
                elsewhere = Elsewhere(
                    log_amount(archive.variables[column], amounts[stations[neighbours[row]]]),
                    scales[neighbours[row]],
                    alikes[row],
                    [sources.get(other) for other in stations[neighbours[row]].tolist()],
                    stations[neighbours[row]],
                    out,
                )
                source = rain_source(archive, (station, column), asking, wanted_then, days, doy, rng=rng, elsewhere=elsewhere)
                sources[station] = RainSource(np.where(rainy, source.days, -1), source.later)
            position = (np.arange(n_steps) - source.later[:, None]) % n_steps
            pattern[rainy] = np.take_along_axis(observed[source.days], position, axis=1)[rainy]
            ahead[rainy] += (fallen_shares(pattern) - wanted)[rainy]
            count[rainy] += 1.0
            lacking |= rainy & ((source.days != days) | (source.later != 0))
            # A gauge that counts in tenths of a millimetre records nothing below half a tenth.
            pattern = _without_traces(pattern, amounts[station], 0.5 * float(observed[observed > 0.0].min()))
            pattern = _without_torrents(pattern, amounts[station], strongest, largest)
            pattern[~rainy] = 0.0
        out[station] = pattern
        n_lent += int(lacking.sum())
    return out, n_lent


def _lent(archive: HourlyArchive, place: tuple[int, int], days: IntArray, doy: IntArray, rng: np.random.Generator) -> FloatArray:
    """Courses of the same observed day at other stations, or drawn from the wet days nearest in the year, or steady rain."""
    station, column = place
    pattern = np.asarray(archive.patterns[:, column, days].sum(axis=0, dtype=np.float64))
    still = np.flatnonzero(~pattern.any(axis=1))
    if not still.size:
        return pattern
    lender = archive.patterns[station, column]
    lender = lender if lender.any() else archive.patterns[:, column].sum(axis=0)
    wet = np.flatnonzero(lender.any(axis=1))
    if not wet.size:
        pattern[still] = 1.0
        return pattern
    wet = wet[np.argsort(archive.doy[wet], kind="stable")]
    place_in_year = np.searchsorted(archive.doy[wet], doy[still])
    drawn = place_in_year + rng.integers(-(_LENDERS // 2), _LENDERS // 2, size=still.size)
    pattern[still] = lender[wet[drawn % wet.size]]
    return pattern


def _without_traces(pattern: FloatArray, amounts: FloatArray, least: float) -> FloatArray:
    """Courses without the steps that would get less than `least`; the strongest step stays."""
    totals = pattern.sum(axis=1)
    scaled = pattern * (amounts / np.where(totals > 0.0, totals, 1.0))[:, None]
    weak = np.flatnonzero(((scaled > 0.0) & (scaled < least)).any(axis=1))
    order = np.argsort(-pattern[weak], axis=1, kind="stable")
    falling = np.take_along_axis(pattern[weak], order, axis=1)
    # What the weakest of the j strongest steps gets if only these j get rain; it falls with j.
    shares = falling / np.cumsum(falling, axis=1)
    n_strong = np.maximum((amounts[weak, None] * shares >= least).sum(axis=1), 1)
    kept = np.where(np.arange(pattern.shape[1]) < n_strong[:, None], falling, 0.0)
    strong = np.empty_like(kept)
    np.put_along_axis(strong, order, kept, axis=1)
    out = pattern.copy()
    out[weak] = strong
    return out


def _without_torrents(pattern: FloatArray, amounts: FloatArray, strongest: float, largest: float) -> FloatArray:
    """Courses smoothed until no step gets more than the strongest recorded one.

    On days with more rain than any recorded one that limit grows with the root of their amount: they are taken to be as
    much longer as they are stronger.
    """
    limit = strongest * np.sqrt(np.maximum(1.0, amounts / largest))
    out = pattern.copy()
    for _ in range(_SMOOTHINGS):
        totals = out.sum(axis=1)
        strong = np.flatnonzero(amounts * out.max(axis=1) > limit * totals * (1.0 + 1e-6))
        if not strong.size:
            break
        padded = np.pad(out[strong], ((0, 0), (1, 1)), mode="edge")
        out[strong] = 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]
    return out


class DisaggregationCounts(NamedTuple):
    """What disaggregation did.

    Attributes
    ----------
    exact : int
        Days whose observed day is wet (at any station) or dry as they are, and within the season.
    widened : int
        Days for which such a day was found only in a wider season.
    nearest : int
        Days for which the best there was had to do: wet in place of dry, or the nearest in the year.
    lent : int
        Wet values whose course of rain is not that of their station on the observed day, which was dry or had another amount.
    beyond : int
        Daily values beyond their own bounds, whose steps are too.
    """

    exact: int
    widened: int
    nearest: int
    lent: int
    beyond: int


class Disaggregation(NamedTuple):
    """Sub-daily values.

    Attributes
    ----------
    values : array, shape (S, K, T n)
        In the units of the archive: amounts are per step.
    times : array of datetime64[s], shape (T n,)
        Beginnings of the steps.
    source : array of datetime64[D], shape (T,)
        The observed day whose course each day has.
    counts : DisaggregationCounts
    """

    values: FloatArray
    times: TimeArray
    source: TimeArray
    counts: DisaggregationCounts


def disaggregate(
    archive: HourlyArchive,
    times: TimeArray,
    values: FloatArray,
    *,
    rng: np.random.Generator,
    window: int = WINDOW,
    borrowed: bool = False,
    alike: bool = False,
) -> Disaggregation:
    """Sub-daily values whose daily means (sums, extremes) are the given ones.

    Every day gets the course of one observed day, the same for all variables and stations: of the days of the season
    that agree with it best in which stations are wet, one that resembles it and goes with the day before at midnight.
    What a course is depends on the variable (see `varwg._disaggregation.courses`). Remaining gaps at midnight are
    closed from both sides, then each day is moved to its daily value within its bounds. A series of which the archive
    has no day gets its course by formula (see `varwg._disaggregation.formula`). At last extremes are made to enclose the
    temperature, and the length of the wind's vector to be its speed, in each step.

    Parameters
    ----------
    archive : HourlyArchive
        Observed days.
    times : array of datetime64, shape (T,)
        Consecutive days.
    values : array, shape (S, K, T)
        Daily values of the stations and variables of the archive; NaN stays NaN.
    rng : numpy.random.Generator
        Source of all choices.
    window : int
        Half-width in days of the season.
    borrowed : bool
        Whether the archive is that of other stations, so that days are compared by how unusual they are at their own.
    alike : bool
        Whether all stations of the archive are one, so that days are chosen by the mean of the stations.

    Returns
    -------
    Disaggregation
        Daily values are kept to rounding. Steps are within the bounds of their variable (and below what the sun
        allows) wherever the daily value is.

    Raises
    ------
    DataError
        If shapes do not fit, or `window` is not within 0 and 182.
    RngError
        If `rng` is not a Generator.
    """
    require_generator(rng)
    daily = np.asarray(values, dtype=np.float64)
    dates = np.asarray(times).astype("datetime64[D]")
    _check(archive, dates, daily, window)
    doy = doy_index(dates)
    reported: BoolArray = np.asarray(np.isfinite(daily).any(axis=2))
    with_course: BoolArray = np.zeros(reported.shape, dtype=bool)
    if archive.days.size:
        with_course = np.asarray(np.isfinite(archive.patterns[..., 0, 0]))
    compared = reported & with_course
    days, quality = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.int8)
    gaps = np.zeros((*daily.shape[:2], max(dates.size - 1, 0)))
    if compared.any():
        days, quality = _chosen(archive, daily, doy, compared, window, borrowed=borrowed, alike=alike, rng=rng)
        begins, ends = midnights(archive)
        gaps = begins[..., days[1:]] - ends[..., days[:-1]]
    out = np.full((*daily.shape, archive.steps_per_day), np.nan)
    n_lent = n_beyond = 0
    rain: dict[int, FloatArray] = {}
    for column in np.flatnonzero(compared.any(axis=0)).tolist():
        if kind_of(archive.variables[column]) == "amount":
            stations = np.flatnonzero(compared[:, column])
            rain[column], lent = rain_courses(archive, column, stations, daily[:, column], days, doy, rng=rng, alike=alike)
            n_lent += lent
    for station in np.flatnonzero(reported.any(axis=1)).tolist():
        rain_here = {column: courses[station] for column, courses in rain.items()}
        hours = _StationHours(archive, station, daily[station], doy, reported[station], with_course[station], rain_here)
        n_beyond += hours.fill(out[station], days, gaps[station], rng=rng)
    counts = np.bincount(quality, minlength=3)
    source = archive.days[days].astype("datetime64[D]")
    return Disaggregation(
        values=out.reshape(*daily.shape[:2], -1),
        times=step_times(dates, archive.steps_per_day),
        source=source if days.size else np.full(dates.size, np.datetime64("NaT", "D")),
        counts=DisaggregationCounts(int(counts[EXACT]), int(counts[WIDENED]), int(counts[NEAREST]), n_lent, n_beyond),
    )


def _chosen(
    archive: HourlyArchive,
    daily: FloatArray,
    doy: IntArray,
    compared: BoolArray,
    window: int,
    *,
    borrowed: bool,
    alike: bool,
    rng: np.random.Generator,
) -> tuple[IntArray, NDArray[np.int8]]:
    """Position in the archive of the observed day that each day gets its course from, and how well it fits."""
    if alike and len(archive.stations) > 1:
        archive, daily = _as_one(archive), _together(archive.variables, daily)
        compared = np.asarray(compared.any(axis=0, keepdims=True))
    begins, ends = midnights(archive)
    ours, theirs = features(archive, np.where(compared[..., None], daily, np.nan), doy, borrowed=borrowed)
    listed = shortlist(ours, theirs, window)
    days = choose(listed, seams(archive, begins, compared), seams(archive, ends, compared), rng=rng)
    return days, listed.quality


def _as_one(archive: HourlyArchive) -> HourlyArchive:
    """The first station of an archive."""
    return replace(
        archive,
        stations=archive.stations[:1],
        latitude=archive.latitude[:1],
        noon=archive.noon[:1],
        daily=archive.daily[:1],
        patterns=archive.patterns[:1],
        largest=archive.largest[:1],
    )


def _together(variables: Sequence[Variable], daily: FloatArray) -> FloatArray:
    """One series for all stations (1, K, T): the largest amount, so that a day is wet if it is anywhere, or the mean."""
    present = np.isfinite(daily)
    count = present.sum(axis=0)
    mean = np.where(count > 0, np.where(present, daily, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
    most = np.where(count > 0, np.where(present, daily, -np.inf).max(axis=0), np.nan)
    amounts = np.array([kind_of(variable) == "amount" for variable in variables])
    return np.asarray(np.where(amounts[:, None], most, mean)[None])


class _StationHours(NamedTuple):
    """The series of one station that get their hours."""

    archive: HourlyArchive
    station: int
    daily: FloatArray
    doy: IntArray
    reported: BoolArray
    known: BoolArray
    rain: Mapping[int, FloatArray]

    def fill(self, out: FloatArray, days: IntArray, gaps: FloatArray, *, rng: np.random.Generator) -> int:
        """Fill in hours (K, T, n); returns the number of values beyond their bounds."""
        names = roles_of(self.archive.variables)
        of_days = {name: row for name, row, there in zip(names, self.daily, self.reported, strict=True) if there}
        extremes = frozenset(name for name, known in zip(names, self.known, strict=True) if known)
        columns = np.flatnonzero(self.reported).tolist()
        hours: dict[str, FloatArray] = {}
        n_beyond = 0
        # Temperatures come first, as other formulas build on them.
        for group in (
            [column for column in columns if names[column] in TEMPERATURES],
            [column for column in columns if names[column] not in TEMPERATURES],
        ):
            for column in group:
                hours[names[column]], beyond = self._steps(column, days, gaps[column], of_days, hours, rng)
                n_beyond += beyond
            hours |= temperatures_in_order(hours, of_days, extremes) if group and names[group[0]] in TEMPERATURES else {}
        winds, raised = winds_in_order(hours, of_days)
        for name, steps in (hours | winds).items():
            out[names.index(name)] = steps
        return n_beyond + raised

    def _steps(
        self,
        column: int,
        days: IntArray,
        gaps: FloatArray,
        of_days: Mapping[str, FloatArray],
        hours: Mapping[str, FloatArray],
        rng: np.random.Generator,
    ) -> tuple[FloatArray, int]:
        """Steps of one variable, and the number of values beyond their bounds."""
        archive, station = self.archive, self.station
        variable, series = archive.variables[column], self.daily[column]
        most = _most(archive, station, column, series, self.doy)
        if not self.known[column]:
            place = Place(float(archive.latitude[station]), float(archive.noon[station]), self.doy, archive.steps_per_day)
            steps, beyond = steps_by_formula(variable, series, place, days=of_days, hours=hours, most=most, rng=rng)
            return steps, int(beyond.sum())
        pattern = self.rain[column] if column in self.rain else archive.patterns[station, column, days].astype(np.float64)
        steps, beyond = steps_of(variable, pattern, gaps, series, most)
        return steps, int(beyond.sum())


def step_times(times: TimeArray, steps_per_day: int) -> TimeArray:
    """Beginnings of the steps of all days.

    Parameters
    ----------
    times : array of datetime64, shape (T,)
        Days.
    steps_per_day : int
        Steps in a day, n.

    Returns
    -------
    array of datetime64[s], shape (T n,)

    Raises
    ------
    DataError
        If the steps are not of whole seconds.
    """
    if 86_400 % steps_per_day:
        raise DataError(
            f"there are {steps_per_day} steps in a day, which is not a whole number of seconds each: use a record of other steps."
        )
    step = np.timedelta64(86_400 // steps_per_day, "s")
    days = in_seconds(np.asarray(times).astype("datetime64[D]"))
    return np.asarray((days[:, None] + step * np.arange(steps_per_day)).ravel())


def _most(archive: HourlyArchive, station: int, column: int, series: FloatArray, doy: IntArray) -> FloatArray | None:
    """The most that steps can have by the sun; or what gusts should not exceed: the strongest of the record.

    That of days with a larger value than any of the record is larger in proportion.
    """
    variable = archive.variables[column]
    if kind_of(variable) == "sunlit":
        table = archive.ceilings(station, column)
        return None if table is None else table[doy]
    if kind_of(variable) != "bounded" or np.isinf(variable.lower) or np.isfinite(variable.upper):
        return None
    largest = float(archive.largest[station, column]) - variable.lower
    if not 0.0 < largest < np.inf:
        return None
    of_days = float(np.nanmax(archive.daily[station, column])) - variable.lower
    return np.asarray(variable.lower + largest * np.maximum(1.0, (series - variable.lower) / of_days))[:, None]


def _check(archive: HourlyArchive, dates: TimeArray, daily: FloatArray, window: int) -> None:
    expected = (len(archive.stations), len(archive.variables), dates.size)
    if daily.shape != expected or dates.size == 0:
        raise DataError(
            f"the daily values have shape {daily.shape}, but {expected} is needed for the stations "
            f"{', '.join(archive.stations)}, the variables {', '.join(v.name for v in archive.variables)} and at least one "
            "day: pass the values of the stations and variables that the archive was made for, in this order."
        )
    if dates.size > 1 and np.any(np.diff(dates).astype(np.int64) != 1):
        at = int(np.argmax(np.diff(dates).astype(np.int64) != 1))
        raise DataError(f"the times step from {dates[at]} to {dates[at + 1]}, but consecutive days are needed.")
    if not 0 <= window < N_DOYS // 2:
        raise DataError(f"window is {window} days, but 0 to {N_DOYS // 2 - 1} were expected.")


#: Name of the stream that disaggregation draws from.
HOURS: Final = "disaggregation"
#: What users write for hours without any hourly observations.
FORMULA: Final = "formula"
#: Variables whose course is that of another, if the archive has no more.
_STAND_INS: Final = (("theta_min", "theta"), ("theta_max", "theta"))
_LOG: Final = logging.getLogger(__name__)


class HasPlaces(Protocol):
    """What days are simulated for: stations, variables, and where the stations are."""

    @property
    def stations(self) -> tuple[str, ...]:
        """Names of the stations."""

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables."""

    def site_values(self, what: str) -> FloatArray:
        """Latitude, longitude or elevation of all stations."""


@dataclass(frozen=True)
class HourlyOptions:
    """How all members of a run are disaggregated.

    Attributes
    ----------
    steps_per_day : int
        Steps in a day, as in the observations that courses come from.
    window : int
        Half-width in days of the season that observed days come from.
    source : str
        In words where the courses of which variables come from; empty for those of the record itself.
    digest : str
        What tells a borrowed archive apart; empty where there is none.
    archive : HourlyArchive or None
        The courses, for the stations and variables of the model; None in a mere description.
    alike : bool
        Whether all stations have the courses of one.
    """

    steps_per_day: int = 24
    window: int = WINDOW
    source: str = ""
    digest: str = ""
    archive: HourlyArchive | None = field(default=None, compare=False, repr=False)
    alike: bool = field(default=False, compare=False)

    @classmethod
    def of(
        cls, places: HasPlaces, own: HourlyArchive | None, disaggregate: bool | Mapping[str, Any], archive: Any = None
    ) -> HourlyOptions | None:
        """The options that a user asked for, or None if he wants days only.

        Parameters
        ----------
        places : HasPlaces
            The model.
        own : HourlyArchive or None
            That of the model.
        disaggregate : bool or mapping
            True for the defaults, or {"window": days}.
        archive : HourlyArchive, Observations, path, "formula" or None
            Other courses than those of the model.

        Raises
        ------
        ScenarioError
            If the model has no archive and none is given, or an option is unknown or out of range.
        DataError
            If the archive does not fit.
        """
        if disaggregate is False and archive is None:
            return None
        chosen = {} if isinstance(disaggregate, bool) else disaggregate
        if not isinstance(chosen, Mapping):
            raise ScenarioError(f"disaggregate is {disaggregate!r}, but True, False or {{'window': days}} is needed.")
        unknown = sorted(set(map(str, chosen)) - {"window"})
        if unknown:
            raise ScenarioError(
                f"disaggregate has the option {unknown[0]!r}, but the only option is 'window': leave the other out."
            )
        window = _checked_window(chosen.get("window", WINDOW))
        if archive is not None:
            return _with_courses(places, archive, window)
        if own is None:
            raise ScenarioError(
                "disaggregate was asked for, but the model knows no course of days, because it was fitted to daily "
                "observations or to sub-daily ones without a complete day: fit it to hourly observations, pass those of another "
                "station as archive=, or archive='formula'."
            )
        return cls(own.steps_per_day, window, archive=own)

    def require_room(self, places: HasPlaces, n_days: int) -> None:
        """Refuse days whose hours no memory of this process holds, before any is simulated.

        Raises
        ------
        ScenarioError
            With what they take and what there is.
        """
        needed, limit = 8 * len(places.stations) * len(places.variables) * n_days * self.steps_per_day, memory_limit()
        if needed > limit:
            raise ScenarioError(
                f"the parts of {n_days} days at {len(places.stations)} stations take {needed / 2**30:.3g} GiB for a member, but "
                f"this process can have {limit / 2**30:.3g} GiB: simulate fewer days, or one part after the other."
            )

    def to_json(self) -> str:
        """Canonical text for attributes and manifests."""
        content: dict[str, Any] = {"steps_per_day": self.steps_per_day, "window": self.window}
        content |= {name: text for name, text in (("source", self.source), ("digest", self.digest)) if text}
        return json.dumps(content, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> HourlyOptions | None:
        """The inverse of `to_json`, without courses; None for the empty text of a run without hours.

        Raises
        ------
        ScenarioError
            If the text is something else.
        """
        if not text:
            return None
        try:
            content = parsed_json(text, "the description of the hours")
            texts = str(content.get("source", "")), str(content.get("digest", ""))
            return cls(int(content["steps_per_day"]), int(content["window"]), *texts)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ScenarioError(f"{text!r} does not say how days were disaggregated ({error}).") from error


def hours_of(options: HourlyOptions | None, times: TimeArray, values: FloatArray, *, streams: Streams) -> Disaggregation | None:
    """Sub-daily values of a realisation; None where nobody wants them.

    Parameters
    ----------
    options : HourlyOptions or None
        With the courses.
    times : array of datetime64, shape (T,)
        Its days.
    values : array, shape (S, K, T)
        Its physical values.
    streams : Streams
        Those that the realisation was drawn from; hours have a stream of their own, so that they move no daily value.

    Returns
    -------
    Disaggregation or None
    """
    if options is None or options.archive is None:
        return None
    return disaggregate(
        options.archive,
        times,
        values,
        rng=streams.generator(HOURS),
        window=options.window,
        borrowed=bool(options.source),
        alike=options.alike,
    )


def hourly_times(times: TimeArray, options: HourlyOptions) -> TimeArray:
    """Beginnings of the steps of days `times`, shape (T n,)."""
    return step_times(times, options.steps_per_day)


def archive_from(archive: Any) -> HourlyArchive | None:
    """The archive that a user gave as such, as observations or as their file; None for "formula".

    Raises
    ------
    DataError
        If it is something else, or holds no hours.
    """
    from varwg._observations import read_observations

    if isinstance(archive, HourlyArchive):
        return archive
    if isinstance(archive, str) and archive == FORMULA:
        return None
    if isinstance(archive, Observations):
        return HourlyArchive.of(archive)
    if isinstance(archive, (str, Path)) or hasattr(archive, "data_vars") or hasattr(archive, "columns"):
        return HourlyArchive.of(read_observations(archive))
    raise DataError(
        f"archive is a {type(archive).__name__}, but a varwg.HourlyArchive, hourly observations, their file or 'formula' is "
        "expected."
    )


def _with_courses(places: HasPlaces, archive: Any, window: int) -> HourlyOptions:
    """Options with the courses of other stations, or by formula, for the stations and variables of a model."""
    lent = archive_from(archive)
    base = _nothing(places) if lent is None else lent
    rows = _rows(places, base)
    columns = [_column(variable, base) for variable in places.variables]
    alike = lent is not None and len(base.stations) == 1 and len(places.stations) > 1
    lending_rows = rows[:1] if alike else rows
    parts = {name: _for_variables(getattr(base, name), lending_rows, columns) for name in ("daily", "patterns", "largest")}
    for column, (variable, lender) in enumerate(zip(places.variables, columns, strict=True)):
        if lender is not None and base.variables[lender].role != variable.role:
            shifts = parts["patterns"][:, column].min(axis=-1), parts["patterns"][:, column].max(axis=-1)
            parts["daily"][:, column] += shifts[0] if variable.aggregation == "min" else shifts[1]
    if alike:
        # Views, so that many stations take no more memory than one.
        parts = {name: np.broadcast_to(part, (len(rows), *part.shape[1:])) for name, part in parts.items()}
    latitude = places.site_values("latitude")
    if lent is not None:
        latitude = np.where(np.isnan(latitude), base.latitude[rows], latitude)
        if any(by_the_sun(v) and column is not None for v, column in zip(places.variables, columns, strict=True)):
            # A pattern of sunlight is a share of what the sun allows only where the archive knows its latitude.
            latitude = np.where(np.isnan(base.latitude[rows]), np.nan, latitude)
    fitted = HourlyArchive(places.stations, places.variables, latitude, base.noon[rows], base.days, **parts)
    unknown = [variable for variable, column in zip(places.variables, columns, strict=True) if column is None]
    _require_sun(places, unknown, latitude)
    lenders = "" if lent is None else ", ".join(dict.fromkeys(base.stations[row] for row in rows))
    source = _said(lenders, alike, [v for v in places.variables if v not in unknown], unknown)
    _LOG.warning("hours: %s.", source)
    return HourlyOptions(base.steps_per_day, window, source, "" if lent is None else _digest(base), fitted, alike)


def _nothing(places: HasPlaces) -> HourlyArchive:
    """An archive without any day; hours are those of the sun's time, which is highest at 12 h."""
    shape = (len(places.stations), 0)
    return HourlyArchive(
        places.stations,
        (),
        places.site_values("latitude"),
        np.full(shape[0], 12.0),
        np.empty(0, dtype=np.int64),
        np.empty((*shape, 0), dtype=np.float32),
        np.empty((*shape, 0, 24), dtype=np.float32),
        np.empty(shape),
    )


def _rows(places: HasPlaces, archive: HourlyArchive) -> list[int]:
    """The station of the archive that each station gets its courses from: the one of its name, or the only one."""
    if set(places.stations) <= set(archive.stations):
        return [archive.stations.index(name) for name in places.stations]
    if len(archive.stations) == 1:
        return [0] * len(places.stations)
    raise DataError(
        f"the archive has the stations {', '.join(archive.stations)}, but {', '.join(places.stations)} are simulated: read the "
        "hourly record of one station, or of stations with these names."
    )


def _column(variable: Variable, archive: HourlyArchive) -> int | None:
    """Which variable of the archive has the courses of one, or None."""
    names, roles = [held.name for held in archive.variables], [held.role for held in archive.variables]
    stand_in = dict(_STAND_INS).get(variable.role, "")
    position = names.index(variable.name) if variable.name in names else None
    if position is None:
        position = next((roles.index(role) for role in (variable.role, stand_in) if role in roles), None)
    if position is not None and archive.variables[position].units != variable.units:
        raise DataError(
            f"{variable.name} is in {archive.variables[position].units} in the archive and in {variable.units} in the "
            "simulation: read both records in the same unit."
        )
    return position


def _for_variables(values: NDArray[Any], rows: list[int], columns: list[int | None]) -> NDArray[Any]:
    """Values (S, K, ...) of stations and variables, NaN for variables that are not there."""
    out = np.full((len(rows), len(columns), *values.shape[2:]), np.nan, dtype=values.dtype)
    for place, column in enumerate(columns):
        if column is not None:
            out[:, place] = values[rows, column]
    return out


def _require_sun(places: HasPlaces, unknown: list[Variable], latitude: FloatArray) -> None:
    """Refuse radiation by formula where nobody knows the latitude (S,)."""
    for variable in filter(by_the_sun, unknown):
        for station, usable, degrees in zip(places.stations, latitude, places.site_values("latitude"), strict=True):
            if np.isnan(usable):
                whose = (
                    "observations that are fitted (latitude=, or --latitude)"
                    if np.isnan(degrees)
                    else "hourly record, which has other sunlight without it (varwg convert FILE -o NEW.nc --latitude DEGREES)"
                )
                raise DataError(
                    f"{variable.name} at {station} is to get its hours by formula, which needs the latitude: give it with the "
                    f"{whose}."
                )


def _said(lenders: str, alike: bool, with_course: list[Variable], unknown: list[Variable]) -> str:
    """Where hours come from, in words."""
    parts = []
    if with_course:
        all_alike = ", the same at all stations" if alike else ""
        parts.append(f"{', '.join(v.name for v in with_course)} with the courses of days at {lenders}{all_alike}")
    ways: dict[str, list[str]] = {}
    for variable in unknown:
        ways.setdefault(in_words(variable.role, precipitation=variable.is_precipitation), []).append(variable.name)
    parts += [f"{', '.join(names)} by formula ({way})" for way, names in ways.items()]
    return "; ".join(parts)


def _digest(archive: HourlyArchive) -> str:
    """What tells archives apart."""
    text = hashlib.sha256("|".join((*archive.stations, *(v.name for v in archive.variables))).encode())
    for part in (archive.days, archive.daily, archive.patterns):
        text.update(np.ascontiguousarray(part).tobytes())
    return text.hexdigest()[:16]


def _checked_window(window: object) -> int:
    if isinstance(window, bool) or not isinstance(window, (int, np.integer)) or not 0 <= window < N_DOYS // 2:
        raise ScenarioError(f"window of disaggregate is {window!r}, but a number of days from 0 to {N_DOYS // 2 - 1} is needed.")
    return int(window)
