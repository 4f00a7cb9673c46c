"""Hours without hourly observations: courses of the day by formula, and a random cascade for rain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg._disaggregation.courses import (
    curve,
    kind_of,
    line_weights,
    settle,
    settle_smoothly,
    steps_of,
)
from varwg._variables import Variable
from varwg.meteo._air import saturation_vapour_pressure
from varwg.meteo._radiation import longwave_tva
from varwg.meteo._sun import SUNRISE_ALTITUDE, day_length, equation_of_time, potential_radiation
from varwg.streams import require_generator

#: The temperature and its extremes.
TEMPERATURES: Final = ("theta", "theta_min", "theta_max")
#: Hours after noon at which the air is warmest, and at which the wind is strongest.
_WARMEST: Final = 2.0
_WINDIEST: Final = 2.5
#: By how much of its daily mean the wind is stronger in the afternoon, as at three stations of Beijing.
_GUSTINESS: Final = 0.35
#: Share of potential radiation that arrives, per root of the daily range in K (FAO-56 eq. 50, inland), and where nobody knows.
_HARGREAVES: Final = 0.16
_USUAL_SHARE: Final = 0.5
#: Ranges of temperature that the formula of Hargreaves may give, in K.
_RANGES: Final = (1.0, 25.0)

#: Upper ends of classes of a day's rain in mm, and how likely 1, 2 or 3 thirds of the day are wet then.
_DAYS: Final = (1.0, 3.0, 10.0)
_WET_THIRDS: Final = ((0.88, 0.12, 0.0), (0.68, 0.26, 0.06), (0.46, 0.34, 0.2), (0.37, 0.38, 0.25))
#: Pairs of wet thirds: neighbours, or the first and the last.
_PAIRS: Final = ((0, 1), (1, 2), (0, 2))
_OF_PAIRS: Final = (0.4, 0.4, 0.2)
#: Parameters of the (Dirichlet) distribution of shares among 2 and among 3 wet thirds.
_SHARES_OF_THIRDS: Final = (0.6, 0.67)
#: Upper ends of classes of rain in a box of 8, 4 or 2 hours in mm; how likely both its halves are wet, box by box, and the
#: parameter of the beta distribution of their shares.
_BOXES: Final = (0.5, 1.0, 2.0, 5.0)
_BOTH_HALVES: Final = ((0.08, 0.30, 0.40, 0.53, 0.68), (0.13, 0.43, 0.62, 0.72, 0.72), (0.19, 0.62, 0.78, 0.81, 0.80))
_SHARES_OF_HALVES: Final = (0.94, 1.14, 1.72)

#: What a formula does for a variable, in words; others follow a smooth curve through their daily values.
_IN_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "theta": "cosines from the minimum at sunrise to the maximum two hours after noon",
        "theta_min": "the extreme of these cosines",
        "theta_max": "the extreme of these cosines",
        "Qsw": "in proportion to what the sun allows",
        "sun": "in proportion to what the sun allows",
        "rh": "a steady vapour pressure",
        "e": "a steady vapour pressure",
        "ILWR": "the cloudiness of the day",
        "U": "a cosine with its maximum in the afternoon",
        "u": "a steady direction",
        "v": "a steady direction",
    }
)
_SMOOTH: Final = "a smooth curve through the daily values"


class Place(NamedTuple):
    """Where and when courses are wanted.

    Attributes
    ----------
    latitude : float
        Degrees; NaN where unknown: the day is then taken to last from 6 to 18 h.
    noon : float
        Hour at which the sun stands highest.
    doy : array of int, shape (T,)
        Row 0 to 365 of each day.
    n_steps : int
        Steps in a day.
    """

    latitude: float
    noon: float
    doy: IntArray
    n_steps: int

    @property
    def hours(self) -> FloatArray:
        """Middles of the steps, in hours."""
        return np.asarray((np.arange(self.n_steps) + 0.5) * 24.0 / self.n_steps)

    @property
    def sunrise(self) -> FloatArray:
        """Hour of sunrise, at least three hours before the warmest one, shape (T,)."""
        length = np.full(self.doy.size, 12.0)
        if np.isfinite(self.latitude):
            length = day_length(self.latitude, self.doy, altitude=SUNRISE_ALTITUDE)
        highest = self.noon - equation_of_time(self.doy) / 60.0
        return np.asarray(np.clip(highest - 0.5 * length, highest + _WARMEST - 14.0, highest - 1.0))


def in_words(name: str, *, precipitation: bool) -> str:
    """What the formula for a variable does."""
    return (
        "a random cascade at each station, whose parameters are not of this place"
        if precipitation
        else _IN_WORDS.get(name, _SMOOTH)
    )


def steps_by_formula(
    variable: Variable,
    series: FloatArray,
    place: Place,
    *,
    days: Mapping[str, FloatArray],
    hours: Mapping[str, FloatArray],
    most: FloatArray | None,
    rng: np.random.Generator,
) -> tuple[FloatArray, BoolArray]:
    """Values of the steps of consecutive days.

    Parameters
    ----------
    variable : Variable
    series : array, shape (T,)
        Daily values; NaN is missing.
    place : Place
    days : mapping of str to array, shape (T,)
        Daily values of all variables of the station.
    hours : mapping of str to array, shape (T, n_steps)
        Steps of variables that are there already: the temperature comes first.
    most : array, shape (T, n_steps), or None
        The most that the sun allows.
    rng : numpy.random.Generator
        Source of the cascade.

    Returns
    -------
    array, shape (T, n_steps)
        With the daily values of the series.
    array of bool, shape (T,)
        Days whose daily value is beyond its bounds.
    """
    require_generator(rng)
    shape = (series.size, place.n_steps)
    if variable.role in TEMPERATURES:
        course = settle_smoothly(
            temperature(place, days), series, -np.inf, np.inf, variable.aggregation, line_weights(place.n_steps)
        )
        return settle(course, series, -np.inf, np.inf, variable.aggregation)
    if variable.is_precipitation and place.n_steps == 24:
        return settle(cascade(series, rng=rng), series / 24.0, 0.0, np.inf, "mean")
    if kind_of(variable) in ("amount", "sunlit"):
        return steps_of(variable, np.ones(shape), np.zeros(series.size - 1), series, most)
    theta = next((hours[name] for name in TEMPERATURES if name in hours), None)
    lines = line_weights(place.n_steps)
    wanted = np.clip(series, variable.lower, variable.upper)
    if variable.role == "rh" and theta is not None:
        dryness = 1.0 / saturation_vapour_pressure(theta)
        return _settled(variable, curve(wanted / dryness.mean(axis=1), lines) * dryness, series)
    if variable.role == "ILWR" and theta is not None:
        clear = longwave_tva(theta, 0.0)
        return _settled(variable, clear * curve(wanted / clear.mean(axis=1), lines), series)
    if variable.role == "U":
        swing = np.cos(2.0 * np.pi * (place.hours - place.noon - _WINDIEST) / 24.0)
        return _settled(variable, curve(wanted, lines) * (1.0 + _GUSTINESS * swing), series)
    return steps_of(variable, np.zeros(shape), np.zeros(series.size - 1), series, None)


def temperature(place: Place, days: Mapping[str, FloatArray]) -> FloatArray:
    """Course of the temperature between the extremes of the days, shape (T, n_steps).

    Two cosines, from the minimum at sunrise to the maximum two hours after noon and on to the next minimum (the method WAVE of
    de Wit et al. 1978 as given by Reicosky et al. 1989, doi:10.1016/0168-1923(89)90064-6). Where only means are known the range
    follows from radiation or sunshine by the formula of Hargreaves and Samani (FAO-56 eq. 50), or else is that of a day with half
    of the potential radiation.
    """
    low, high = _extremes(place, days)
    sunrise, warmest = place.sunrise, place.noon + _WARMEST
    before = np.append(high[:1], high[:-1]), np.append(sunrise[:1], sunrise[:-1])
    after = np.append(low[1:], low[-1:]), np.append(sunrise[1:], sunrise[-1:])
    hour = place.hours[None, :]
    morning = _cosine(hour, warmest - 24.0, sunrise[:, None], before[0][:, None], low[:, None])
    day = _cosine(hour, sunrise[:, None], warmest, low[:, None], high[:, None])
    evening = _cosine(hour, warmest, after[1][:, None] + 24.0, high[:, None], after[0][:, None])
    return np.asarray(np.where(hour < sunrise[:, None], morning, np.where(hour < warmest, day, evening)))


def _cosine(
    hour: FloatArray, first: FloatArray | float, last: FloatArray | float, begin: FloatArray, end: FloatArray
) -> FloatArray:
    """Half a cosine from a value to another."""
    share = np.clip((hour - first) / (np.asarray(last) - first), 0.0, 1.0)
    begin = np.where(np.isnan(begin), end, begin)
    end = np.where(np.isnan(end), begin, end)
    return np.asarray(end + (begin - end) * 0.5 * (1.0 + np.cos(np.pi * share)))


def _extremes(place: Place, days: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Daily minima and maxima, estimated where they are not simulated."""
    span = _range(place, days)
    low, high, mean = (days.get(name) for name in ("theta_min", "theta_max", "theta"))
    if low is None:
        low = high - span if high is not None else mean - 0.5 * span if mean is not None else -0.5 * span
    if high is None:
        high = np.maximum(2.0 * mean - low, low) if mean is not None else low + span
    return np.asarray(low), np.asarray(high)


def _range(place: Place, days: Mapping[str, FloatArray]) -> FloatArray:
    """Daily ranges of temperature in K from radiation or sunshine, shape (T,)."""
    share = np.full(place.doy.size, _USUAL_SHARE)
    if np.isfinite(place.latitude):
        if "Qsw" in days:
            most = potential_radiation(place.latitude, place.doy)
            share = np.where(most > 10.0, days["Qsw"] / np.maximum(most, 10.0), share)
        elif "sun" in days:
            share = 0.25 + 0.5 * days["sun"] / np.maximum(day_length(place.latitude, place.doy), 1.0)
    share = np.where(np.isnan(share), _USUAL_SHARE, share)
    return np.asarray(np.clip((share / _HARGREAVES) ** 2, *_RANGES))


def cascade(amounts: FloatArray, *, rng: np.random.Generator) -> FloatArray:
    """Hours of rain of days, shape (T, 24): a microcanonical random cascade, which keeps the amount at each of its steps.

    A day is split into three parts and these into halves of halves of halves; how many of them are wet depends on the amount
    (Olsson 1998, doi:10.5194/hess-2-19-1998; the first step is that of Mueller and Haberlandt 2015,
    doi:10.1016/j.jhydrol.2015.05.036). The parameters are those of 4 years of hours at three stations of Beijing; at other
    places rain may be longer or shorter, and at other times of the day.
    """
    require_generator(rng)
    days = np.flatnonzero(amounts > 0.0)
    boxes = _thirds(amounts[days], rng)
    for both, shares in zip(_BOTH_HALVES, _SHARES_OF_HALVES, strict=True):
        boxes = _halves(boxes, np.asarray(both), shares, rng)
    out = np.zeros((amounts.size, 24))
    out[days] = boxes
    out[np.isnan(amounts)] = np.nan
    return out


def _thirds(amounts: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Rain of the thirds of wet days, shape (T, 3)."""
    likely = np.cumsum(np.asarray(_WET_THIRDS)[np.searchsorted(_DAYS, amounts, side="right")], axis=1)
    n_wet = 1 + (rng.random(amounts.size)[:, None] > likely[:, :2]).sum(axis=1)
    wet = np.zeros((amounts.size, 3))
    wet[np.arange(amounts.size), rng.integers(0, 3, amounts.size)] = 1.0
    pairs = np.zeros((3, 3))
    for row, pair in enumerate(_PAIRS):
        pairs[row, list(pair)] = 1.0
    wet = np.where((n_wet == 2)[:, None], pairs[rng.choice(3, amounts.size, p=_OF_PAIRS)], wet)
    wet = np.where((n_wet == 3)[:, None], 1.0, wet)
    parameter = np.where(n_wet == 2, *_SHARES_OF_THIRDS)
    drawn = wet * np.maximum(rng.gamma(parameter[:, None], size=wet.shape), 1e-12)
    return np.asarray(amounts[:, None] * drawn / drawn.sum(axis=1, keepdims=True))


def _halves(boxes: FloatArray, both: FloatArray, shares: float, rng: np.random.Generator) -> FloatArray:
    """Rain of the halves of boxes, shape (T, 2 m), of that of boxes, shape (T, m)."""
    share = rng.beta(shares, shares, boxes.shape)
    alone = rng.random(boxes.shape) < 0.5
    together = rng.random(boxes.shape) < both[np.searchsorted(_BOXES, boxes, side="right")]
    share = np.where(together, share, alone)
    return np.stack([boxes * share, boxes * (1.0 - share)], axis=-1).reshape(boxes.shape[0], 2 * boxes.shape[1])


def _settled(variable: Variable, steps: FloatArray, series: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Steps within the bounds of a variable and with its daily values."""
    steps = np.clip(steps, variable.lower, variable.upper)
    weights = line_weights(steps.shape[1])
    steps = settle_smoothly(steps, series, variable.lower, variable.upper, "mean", weights)
    return settle(steps, series, variable.lower, variable.upper, "mean")


#: Rounds of smooth changes of a temperature's range, and steps of the search for its mean, rough and exact.
_ROUNDS: Final = 3
_FEW_STEPS: Final = 4
_STEPS: Final = 14


def between(steps: FloatArray, low: FloatArray, mean: FloatArray | None, high: FloatArray) -> FloatArray:
    """A course with the given minimum, mean and maximum on each day, shape (T, n_steps).

    Its range is stretched, and the share of the way from the minimum to the maximum is raised to the power that gives the mean:
    first by continuous curves, so that midnight does not show, then day by day. On days whose mean no course with both
    extremes has, the mean is kept and the steps stay between the extremes.
    """
    n_steps = steps.shape[1]
    lines = line_weights(n_steps)
    ranges = high - low
    wanted = None if mean is None else np.where(ranges > 0.0, (mean - low) / np.where(ranges > 0.0, ranges, 1.0), 0.5)
    floor, room = curve(low, lines), curve(ranges, lines)
    for _ in range(_ROUNDS):
        least, most = steps.min(axis=1), steps.max(axis=1)
        factor = np.where(most > least, ranges / np.where(most > least, most - least, 1.0), 1.0)
        steps = floor + 0.5 * room + curve(factor, lines) * (steps - curve(0.5 * (least + most), lines))
        if wanted is not None:
            powers = np.exp(curve(np.log(_power(_share(steps), wanted, _FEW_STEPS)), lines))
            share = np.clip((steps - floor) / np.where(room > 0.0, room, 1.0), 0.0, 1.0)
            steps = floor + room * share**powers
    share = _share(steps)
    if wanted is None or mean is None:
        return np.asarray(low[:, None] + ranges[:, None] * share)
    out = low[:, None] + ranges[:, None] * share ** _power(share, wanted, _STEPS)[:, None]
    out = np.clip(out, low[:, None], high[:, None])
    missed = np.abs(out.mean(axis=1) - mean) > 1e-9 * np.maximum(ranges, 1.0)
    return np.where(missed[:, None], within(out, low, mean, high), out)


def _share(steps: FloatArray) -> FloatArray:
    """Shares of the way from the minimum to the maximum of each day, shape (T, n_steps); a steady rise on days without."""
    least, most = steps.min(axis=1), steps.max(axis=1)
    flat = ~(most - least > 0.0)
    share = (steps - least[:, None]) / np.where(flat, 1.0, most - least)[:, None]
    return np.asarray(np.where(flat[:, None], np.linspace(0.0, 1.0, steps.shape[1]), share))


def within(steps: FloatArray, low: FloatArray, mean: FloatArray, high: FloatArray) -> FloatArray:
    """Steps with the daily mean and none below `low` or above `high`, which may be infinite, shape (T, n_steps)."""
    clipped = np.clip(steps, low[:, None], high[:, None])
    current = clipped.mean(axis=1)
    upward = mean > current
    anchor = np.where(upward, np.where(np.isfinite(high), high, low), np.where(np.isfinite(low), low, high))
    distance = current - anchor
    factor = np.where(distance != 0.0, (mean - anchor) / np.where(distance != 0.0, distance, 1.0), 1.0)
    moved = anchor[:, None] + (clipped - anchor[:, None]) * factor[:, None]
    moved = np.where((distance == 0.0)[:, None], mean[:, None], moved)
    return np.asarray(np.clip(moved, low[:, None], high[:, None]))


def _power(share: FloatArray, wanted: FloatArray, n_steps: int) -> FloatArray:
    """Exponents that give shares (T, n) the wanted means (T,)."""
    logarithms = np.log(np.maximum(share, 1e-300))
    largest = np.full(wanted.size, 4.0)
    exponents = _root(lambda x: np.exp(logarithms * np.exp(x)[:, None]).mean(axis=1) - wanted, -largest, largest, n_steps)
    return np.asarray(np.exp(exponents))


def _root(function: Callable[[FloatArray], FloatArray], begin: FloatArray, end: FloatArray, n_steps: int) -> FloatArray:
    """Where functions change their sign between two arguments: the false position with the Illinois modification.

    Where they do not, the argument of the smaller value. (Dowell and Jarratt 1971, doi:10.1007/BF01934364.)
    """
    first, last = begin.copy(), end.copy()
    at_first, at_last = function(first), function(last)
    best, size = np.where(np.abs(at_first) < np.abs(at_last), first, last), np.fmin(np.abs(at_first), np.abs(at_last))
    bracketed = np.sign(at_first) * np.sign(at_last) < 0.0
    for _ in range(n_steps):
        slope = at_last - at_first
        middle = last - at_last * (last - first) / np.where(slope != 0.0, slope, 1.0)
        middle = np.where(bracketed & np.isfinite(middle), middle, best)
        value = function(middle)
        better = np.abs(value) < size
        best, size = np.where(better, middle, best), np.where(better, np.abs(value), size)
        crossed = np.sign(value) * np.sign(at_last) < 0.0
        first, at_first = np.where(crossed, last, first), np.where(crossed, at_last, 0.5 * at_first)
        last, at_last = middle, value
    return np.asarray(best)


def temperatures_in_order(
    steps: Mapping[str, FloatArray], days: Mapping[str, FloatArray], observed: frozenset[str]
) -> dict[str, FloatArray]:
    """Steps of the temperature and its extremes at one station, in which the extremes enclose the temperature.

    Parameters
    ----------
    steps : mapping of str to array, shape (T, n_steps)
        By variable.
    days : mapping of str to array, shape (T,)
        Daily values, which are kept.
    observed : frozenset of str
        Extremes whose own courses were observed; others are those of the course of the temperature.

    Returns
    -------
    dict of str to array
        Of those variables that are there; nothing where there are no extremes.
    """
    if "theta_min" not in steps and "theta_max" not in steps:
        return {}
    low, mean, high = (days.get(name) for name in ("theta_min", "theta", "theta_max"))
    course = next(steps[name] for name in ("theta", "theta_min", "theta_max") if name in steps)
    filled = {name for name in ("theta_min", "theta_max") if name in steps and name not in observed}
    if low is not None and high is not None and filled:
        bounded: BoolArray = np.isfinite(low) & np.isfinite(high)
        course = np.where(bounded[:, None], between(course, low, mean, high), course)
    elif mean is not None:
        floor = np.full(mean.size, -np.inf) if low is None else np.where(np.isnan(low), -np.inf, low)
        ceiling = np.full(mean.size, np.inf) if high is None else np.where(np.isnan(high), np.inf, high)
        wrong: BoolArray = np.asarray(((course < floor[:, None]) | (course > ceiling[:, None])).any(axis=1))
        course = np.where(wrong[:, None], within(course, floor, mean, ceiling), course)
    out = {"theta": course} if "theta" in steps else {}
    rows = np.arange(course.shape[0])
    if low is not None:
        lowest = course.copy() if "theta_min" in filled else np.fmin(steps["theta_min"], course)
        lowest[rows, np.nan_to_num(lowest, nan=np.inf).argmin(axis=1)] = low
        out["theta_min"] = np.where(np.isnan(low)[:, None], np.nan, lowest)
    if high is not None:
        highest = course.copy() if "theta_max" in filled else np.fmax(steps["theta_max"], course)
        highest[rows, np.nan_to_num(highest, nan=-np.inf).argmax(axis=1)] = high
        out["theta_max"] = np.where(np.isnan(high)[:, None], np.nan, highest)
    return out


#: Steps of the search for winds with the vector of the day, how far the mean may be from it as a share of the speed, and how
#: much of a step is tried in turn.
_NEWTON_STEPS: Final = 60
_CLOSE: Final = 1e-10
_DAMPING: Final = (1.0, 0.5, 0.2, 0.1, 0.03, 0.01, 0.003, 0.001)
#: How much winds turn within the day before that search where it finds nothing, as shares of their speed, in turn: those that
#: all blow the same way, and those of which one is so strong that the others cannot make up for it, have no solution.
_VEERINGS: Final = (0.05, 0.4, 1.0, 2.0, 4.0)


def winds_in_order(steps: Mapping[str, FloatArray], days: Mapping[str, FloatArray]) -> tuple[dict[str, FloatArray], int]:
    """Steps of the wind at one station, in which the speed is the length of its vector; nothing where not all three are there.

    The steps keep their speeds; their directions are those of the courses of u and v, to which one vector is added on each day
    so that the mean is that of the day.

    Parameters
    ----------
    steps : mapping of str to array, shape (T, n_steps)
        By variable.
    days : mapping of str to array, shape (T,)
        Daily means, which are kept.

    Returns
    -------
    dict of str to array
    int
        Days whose speed is shorter than their vector, so that it had to be raised.
    """
    if not {"u", "v", "U"} <= set(steps):
        return {}, 0
    mean = np.stack([days["u"], days["v"]], axis=1)
    speeds = steps["U"]
    vectors = np.stack([steps["u"], steps["v"]], axis=2)
    turned, close = _towards(vectors, speeds, mean)
    left = np.flatnonzero(~close)
    for number, veering in enumerate(_VEERINGS):
        if not left.size:
            break
        angle = 2.0 * np.pi * (np.arange(speeds.shape[1]) / speeds.shape[1] + number / len(_VEERINGS))
        circle = veering * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        courses = vectors[left] + np.maximum(days["U"][left], 1e-9)[:, None, None] * circle
        turned[left], close = _towards(courses, speeds[left], mean[left])
        left = left[~close]
    turned += (mean - turned.mean(axis=1))[:, None, :]
    lengths = np.hypot(turned[..., 0], turned[..., 1])
    raised = np.abs(lengths.mean(axis=1) - days["U"]) > 1e-6 * np.maximum(days["U"], 1.0)
    return {"u": turned[..., 0], "v": turned[..., 1], "U": lengths}, int(raised.sum())


def _towards(vectors: FloatArray, speeds: FloatArray, mean: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Vectors (T, n, 2) of the given speeds (T, n) with the given means (T, 2), and on which days that was possible.

    With unit vectors along c_h + w the mean of s_h (c_h + w) / |c_h + w| is the gradient of the convex function of w that is the
    mean of s_h |c_h + w|, so that there is one w at most; a damped Newton method finds it.
    """
    added = np.zeros(mean.shape)
    scale = np.maximum(speeds.mean(axis=1), 1e-12)
    todo = np.flatnonzero(np.isfinite(vectors).all(axis=(1, 2)) & np.isfinite(speeds).all(axis=1))
    close = np.zeros(scale.size, dtype=bool)
    for _ in range(_NEWTON_STEPS):
        shifted = vectors[todo] + added[todo][:, None, :]
        unit, length = _directions(shifted)
        gradient = (speeds[todo][..., None] * unit).mean(axis=1) - mean[todo]
        there = np.hypot(gradient[:, 0], gradient[:, 1]) <= _CLOSE * scale[todo]
        close[todo[there]] = True
        todo, unit, length, gradient = todo[~there], unit[~there], length[~there], gradient[~there]
        if not todo.size:
            break
        step = _newton_step(unit, length, speeds[todo], gradient, scale[todo])
        added[todo] = _damped(added[todo], step, vectors[todo], speeds[todo], mean[todo])
    unit, _ = _directions(vectors + added[:, None, :])
    return speeds[..., None] * unit, close


def _directions(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vectors, and lengths; a calm blows to the east."""
    length = np.hypot(vectors[..., 0], vectors[..., 1])
    unit = vectors / np.where(length > 0.0, length, 1.0)[..., None]
    unit[..., 0] = np.where(length > 0.0, unit[..., 0], 1.0)
    return unit, length


def _newton_step(unit: FloatArray, length: FloatArray, speeds: FloatArray, gradient: FloatArray, scale: FloatArray) -> FloatArray:
    """Newton's steps (T, 2), at most four times as long as the mean length of the vectors."""
    weight = speeds / np.maximum(length, 1e-9 * scale[:, None])
    x, y = unit[..., 0], unit[..., 1]
    a, b, d = (weight * y * y).mean(axis=1), -(weight * x * y).mean(axis=1), (weight * x * x).mean(axis=1)
    a, d = a + 1e-12 * (a + d) + 1e-300, d + 1e-12 * (a + d) + 1e-300
    determinant = np.maximum(a * d - b * b, 1e-300)
    step = -np.stack([d * gradient[:, 0] - b * gradient[:, 1], a * gradient[:, 1] - b * gradient[:, 0]], axis=1)
    step = step / determinant[:, None]
    longest = 4.0 * (length.mean(axis=1) + 1e-6 * scale)
    return np.asarray(step * np.minimum(1.0, longest / np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-300))[:, None])


def _damped(added: FloatArray, step: FloatArray, vectors: FloatArray, speeds: FloatArray, mean: FloatArray) -> FloatArray:
    """The longest part of a step that lowers the function of which the gradient has a zero."""

    def height(where: FloatArray, days: IntArray) -> FloatArray:
        shifted = vectors[days] + where[:, None, :]
        return np.asarray(
            (speeds[days] * np.hypot(shifted[..., 0], shifted[..., 1])).mean(axis=1) - (mean[days] * where).sum(axis=1)
        )

    todo = np.arange(len(added))
    before, out = height(added, todo), added.copy()
    for share in _DAMPING:
        trial = added[todo] + share * step[todo]
        out[todo] = trial
        todo = todo[height(trial, todo) > before[todo]]
        if not todo.size:
            break
    return out
