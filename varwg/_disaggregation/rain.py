"""Whose rain: the observed day of its own that each wet day of a station takes its hours from, and midnights between them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg._disaggregation.days import log_amount
from varwg.streams import require_generator

if TYPE_CHECKING:
    from varwg._disaggregation.archive import HourlyArchive

#: Wet days of a station that are weighed against each other for each of its days: those nearest in the year, as many as two
#: months have, but not fewer or more than these numbers, ...
_FEWEST_IN_SEASON: Final = 24
_MOST_IN_SEASON: Final = 256
#: ... and of these so many whose amounts and hours fit best, and so many more with rain in their first, and in their last step.
_LENDERS: Final = 16
_AT_MIDNIGHT: Final = 4
_FAR: Final = 1e6
#: Amounts larger than all but so many of the season are taken to be alike, as else one day would lend to all of them.
_LARGEST: Final = 4

#: Difference of logarithms of amounts, and mean squared difference of the shares of rain that have fallen by the same hour, that
#: make a day less likely by factors of the root of e, and of e. With them made storms have the standard deviation of hours and
#: rain at several stations that they should have; they were looked at on hours of Beijing and of other storms afterwards.
_AMOUNT_TOLERANCE: Final = 0.15
_COURSE_TOLERANCE: Final = 0.01

#: A course is moved only where that makes the day more likely by more than a factor of e; the day that all stations and other
#: variables take their courses from is as likely as some twenty others like it, but for the largest amounts.
_MOVE: Final = 1.0
_COMMON: Final = 3.0

#: Stations whose amounts are most like those of a station, which its lenders should fit too. Mean squared differences of their
#: logarithms make a lender less likely by factors of e, up to so many; and a course that such a station has taken, at the same
#: hours, is as likely as e to the power of the last number others like it. Both go with the correlation of the two stations.
_NEIGHBOURS: Final = 3
_FURTHEST: Final = 24.0
_SHARED: Final = 8.0

#: Days of a record for each mean overlap of rain at two stations, groups of amounts at most, and rounds, longest step and largest
#: weight of the search for the weights that lead to such overlaps.
_FEWEST_TOGETHER: Final = 30
_GROUPS: Final = 5
_SEARCHES: Final = 10
_STRIDE: Final = 3.0
_MOST_TOGETHER: Final = 20.0

#: Amounts that differ by less than this share are those of the very day.
_SAME_AMOUNT: Final = 0.01
#: A course is compared at so many times of the day.
_TIMES: Final = 8

#: Rounds in which weights of midnights are found, shares of them that are near enough, and the least that anything is likely.
_ROUNDS: Final = 60
_NEAR: Final = 0.002
_LEAST: Final = 1e-100
#: Earlier rounds that a step is mixed with, and the longest step of a logarithm of a weight.
_MIXED: Final = 5
_LONGEST_STEP: Final = 6.0


class RainDays(NamedTuple):
    """The observed wet days of one station, in the order of the year.

    Attributes
    ----------
    days, doy : array of int, shape (W,)
        Positions in the archive, and rows of the year.
    amounts, scale : array, shape (W,)
        Sums of steps, and on the scale of `log_amount`.
    fallen : array, shape (W, n)
        Share of the rain that has fallen by the end of each step.
    first, last : array of int, shape (W,)
        First and last wet step.
    """

    days: IntArray
    doy: IntArray
    amounts: FloatArray
    scale: FloatArray
    fallen: FloatArray
    first: IntArray
    last: IntArray

    @classmethod
    def of(cls, archive: HourlyArchive, station: int, column: int) -> RainDays:
        """Those of a station of an archive."""
        wet = np.flatnonzero(archive.patterns[station, column].any(axis=1))
        wet = wet[np.argsort(archive.doy[wet], kind="stable")]
        steps = archive.patterns[station, column, wet].astype(np.float64)
        amounts = steps.sum(axis=1)
        rainy = steps > 0.0
        last = steps.shape[1] - 1 - rainy[:, ::-1].argmax(axis=1)
        scale = log_amount(archive.variables[column], amounts)
        return cls(wet, archive.doy[wet], amounts, scale, fallen_shares(steps), rainy.argmax(axis=1), last)


def fallen_shares(steps: FloatArray) -> FloatArray:
    """Share of the rain of days (T, n) that has fallen by the end of each step; 0 on dry days."""
    fallen = np.cumsum(steps, axis=1)
    return np.asarray(fallen / np.where(fallen[:, -1:] > 0.0, fallen[:, -1:], 1.0))


class RainSource(NamedTuple):
    """Whose rain the days of one station get.

    Attributes
    ----------
    days : array of int, shape (T,)
        Positions in the archive.
    later : array of int, shape (T,)
        Steps by which the course is moved, within the day.
    """

    days: IntArray
    later: IntArray


class Elsewhere(NamedTuple):
    """Rain at the stations that are most like one, with which its lenders have to go together.

    Attributes
    ----------
    asked : array, shape (K, T)
        Amounts of the simulated days on the scale of `log_amount`, NaN where there are none.
    observed : array, shape (K, D)
        Those of the archive.
    alike : array, shape (K,)
        Correlations of observed amounts with those of the station, 0 where they are negative.
    sources : sequence of RainSource or None
        Whose rain each gets, with -1 on its dry days; None for stations that have not been dealt with.
    rows : array of int, shape (K,)
        Their places in the archive and in what follows.
    courses : array, shape (S, T, n)
        Courses of the stations that have been dealt with.
    """

    asked: FloatArray
    observed: FloatArray
    alike: FloatArray
    sources: Sequence[RainSource | None]
    rows: IntArray
    courses: FloatArray


def most_alike(observed: FloatArray) -> tuple[IntArray, FloatArray]:
    """Rows of the stations whose amounts (S, D) go most with those of each, and how much by correlation, both (S, K)."""
    deviations = observed - observed.mean(axis=1, keepdims=True)
    deviations /= np.maximum(np.sqrt((deviations**2).sum(axis=1, keepdims=True)), 1e-300)
    # Not a matrix product, whose last bits depend on the number of threads.
    alike = np.einsum("id,jd->ij", deviations, deviations)
    np.fill_diagonal(alike, -np.inf)
    rows = np.argsort(-alike, axis=1, kind="stable")[:, : min(_NEIGHBOURS, len(observed) - 1)]
    return rows, np.maximum(np.take_along_axis(alike, rows, axis=1), 0.0)


def rain_source(
    archive: HourlyArchive,
    place: tuple[int, int],
    amounts: FloatArray,
    wanted: FloatArray,
    days: IntArray,
    doy: IntArray,
    *,
    rng: np.random.Generator,
    elsewhere: Elsewhere | None = None,
) -> RainSource:
    """The observed day of its own that each wet day of a station takes its rain from.

    One day for all stations cannot have had the amounts of all of them, and courses of days with less rain, which is
    shorter, are too strong for days with more. So days are drawn among those of the season by how much their amount, and
    when their rain fell, differ from what is wanted, their courses being moved to its hours; a day that stands in the record
    where it stands now, with its own amount, stays. At stations that are alike rain falls at the same hours as much as in the
    record, because the overlap of their courses makes a day more likely, by weights with which its mean, and how it grows with
    amounts, are those of the record. Rain of the last step of a day and of the first of the next is dry, weak
    or strong together as often as in the record, because pairs of these have weights, found by iterative
    proportional fitting (Deming and Stephan, 1940, doi:10.1214/aoms/1177731829) of what is expected over all sequences of a
    wet spell, from which one is drawn (Rabiner, 1989, doi:10.1109/5.18626).

    Parameters
    ----------
    archive : HourlyArchive
        With a wet day at that station.
    place : tuple of int
        Station and variable.
    amounts : array, shape (T,)
        Of the simulated days.
    wanted : array, shape (T, n)
        Share of the rain that should have fallen by the end of each step.
    days : array of int, shape (T,)
        Position of the observed day of all stations.
    doy : array of int, shape (T,)
        Row 0 to 365 of each simulated day.
    rng : numpy.random.Generator
        Source of the choices.
    elsewhere : Elsewhere, optional
        Rain at the stations most like this one; their lenders are likely to be its own.
    """
    require_generator(rng)
    rain = RainDays.of(archive, *place)
    rainy = np.flatnonzero(amounts > 0.0)
    source = RainSource(days.copy(), np.zeros(days.size, dtype=np.intp))
    if not rainy.size:
        return source
    n_steps = archive.steps_per_day
    asked = _Asked(log_amount(archive.variables[place[1]], amounts[rainy]), wanted[rainy], doy[rainy])
    near = elsewhere or Elsewhere(
        np.empty((0, amounts.size)), np.empty((0, archive.days.size)), np.empty(0), (), np.arange(0), wanted[None]
    )
    here = list(zip(near.asked[:, rainy], near.observed[:, rain.days], near.alike / max(near.alike.size, 1), strict=True))
    row_of = np.full(archive.days.size, -1)
    row_of[rain.days] = np.arange(rain.days.size)
    rows, later, cost, largest = _lenders(rain, asked, row_of[days[rainy]], here)
    for other, alike in zip(near.sources, near.alike.tolist(), strict=True):
        if other is None:
            continue
        row, moved = np.where(other.days[rainy] >= 0, row_of[other.days[rainy]], -1), other.later[rainy]
        fits = (row >= 0) & (moved >= -rain.first[row]) & (moved < n_steps - rain.last[row])
        unlike = np.minimum(rain.scale[row], largest) - np.minimum(asked.scale, largest)
        price = 0.5 * (unlike / _AMOUNT_TOLERANCE) ** 2 - alike * _SHARED
        rows, later = np.column_stack([rows, row]), np.column_stack([later, np.where(fits, moved, 0)])
        cost = np.column_stack([cost, np.where(fits, price, np.inf)])
    cost -= _together(archive, place, rain, near, asked.scale, rainy, rows, later, cost)
    # A day that stands where it stood, with its own amount, has no other lender.
    same = np.abs(amounts[rainy] - rain.amounts[rows[:, 0]]) <= _SAME_AMOUNT * amounts[rainy]
    stays = np.isfinite(cost[:, 0]) & same & in_the_record(archive, days)[rainy]
    cost[stays, 1:] = np.inf
    lenders = rain.days[rows]
    factor = amounts[rainy, None] / rain.amounts[rows]
    steps = archive.patterns[place]
    first = np.where(later > 0, 0.0, steps[lenders, np.maximum(-later, 0)]) * factor
    last = np.where(later < 0, 0.0, steps[lenders, np.minimum(n_steps - 1 - later, n_steps - 1)]) * factor
    ends = steps[:, [0, -1]][steps[:, [0, -1]] > 0.0]
    edges = np.array([0.5 * float(steps[steps > 0.0].min()), float(np.median(ends)) if ends.size else np.inf])
    record = _Midnights.of_record(np.searchsorted(edges, steps[:, 0]), np.searchsorted(edges, steps[:, -1]), steps, archive)
    chosen = _drawn(-cost, np.searchsorted(edges, first), np.searchsorted(edges, last), rainy, record, rng)
    at = np.arange(rainy.size), chosen
    source.days[rainy], source.later[rainy] = lenders[at], later[at]
    return source


class _Asked(NamedTuple):
    """Wet days that ask for a course: amounts (R,) on the scale of `log_amount`, wanted shares (R, n), rows of the year (R,)."""

    scale: FloatArray
    wanted: FloatArray
    doy: IntArray


def in_the_record(archive: HourlyArchive, days: IntArray) -> BoolArray:
    """Which chosen days (T,) stand between the days that they stand between in the record."""
    joined = (np.diff(days) == 1) & np.append(archive.consecutive, False)[days[:-1]]
    return np.asarray(np.append(joined, True) & np.insert(joined, 0, True))


def _lenders(
    rain: RainDays, asked: _Asked, mine: IntArray, elsewhere: Sequence[tuple[FloatArray, FloatArray, float]]
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Rows of `rain`, steps by which each is moved, and what it costs, all (R, 1 + n): first the common day, then the best.

    At last the scale from which all amounts of the season are alike (R,).

    Parameters
    ----------
    rain : RainDays
    asked : _Asked
    mine : array of int, shape (R,)
        Row of the day of all stations, -1 where it was dry here.
    elsewhere : sequence of two arrays, shapes (R,) and (W,), and a number
        For each of the stations most like this one amounts of the wet days that ask, and of those that lend, and its weight.
    """
    n_days, n_steps = rain.fallen.shape
    number = min(n_days, max(_FEWEST_IN_SEASON, min(_MOST_IN_SEASON, n_days * 2 // 12)))
    season = (np.searchsorted(rain.doy, asked.doy)[:, None] + np.arange(number) - number // 2) % n_days
    scale = rain.scale[season]
    largest = np.partition(scale, max(number - _LARGEST, 0), axis=1)[:, max(number - _LARGEST, 0), None]
    goal = np.minimum(asked.scale[:, None], largest)

    def unlike(scale: FloatArray) -> FloatArray:
        return np.asarray(0.5 * ((np.minimum(scale, largest) - goal) / _AMOUNT_TOLERANCE) ** 2)

    width = max(1, n_steps // _TIMES)
    times = np.arange(width - 1, n_steps - 1, width)
    cost = unlike(scale) + _apart(rain.fallen[:, times][season], asked.wanted[:, None, times])
    together = np.zeros(cost.shape)
    for want, have, weight in elsewhere:
        together += weight * np.nan_to_num(np.minimum((have[season] - want[:, None]) ** 2, _FURTHEST))
    cost += together
    parts = []
    for wanting, most in (
        (np.zeros(cost.shape), _LENDERS),
        (rain.first[season] > 0, _AT_MIDNIGHT),
        (rain.last[season] < n_steps - 1, _AT_MIDNIGHT),
    ):
        parts.append(np.argpartition(cost + _FAR * wanting, min(most, number) - 1, axis=1)[:, : min(most, number)])
        np.put_along_axis(cost, parts[-1], _FAR, axis=1)
    best = np.concatenate(parts, axis=1)
    rows = np.take_along_axis(season, best, axis=1)
    fallen = rain.fallen[rows]
    # Centres of rain lie as many steps apart as the sums of what has fallen differ; rain at midnight stays there.
    later = np.rint(fallen.sum(axis=2) - asked.wanted.sum(axis=1)[:, None]).astype(np.intp)
    later = np.clip(later, -rain.first[rows], n_steps - 1 - rain.last[rows])
    later[(rain.first[rows] == 0) | (rain.last[rows] == n_steps - 1)] = 0
    staying = _apart(fallen, asked.wanted[:, None])
    moving = np.full(later.shape, np.inf)
    movable = np.nonzero(later)
    position = np.arange(n_steps) - later[movable][:, None]
    moved = np.take_along_axis(fallen[movable], np.clip(position, 0, n_steps - 1), axis=1)
    moving[movable] = _apart(np.where(position < 0, 0.0, moved), asked.wanted[movable[0]]) + _MOVE
    later[staying <= moving] = 0
    cost = unlike(np.take_along_axis(scale, best, axis=1)) + np.minimum(staying, moving)
    cost += np.take_along_axis(together, best, axis=1)
    cost[(rows == mine[:, None]) & (later == 0)] = np.inf
    common = unlike(rain.scale[mine][:, None]) + _apart(rain.fallen[mine], asked.wanted)[:, None]
    common -= np.where(asked.scale[:, None] < largest, _COMMON, 0.0)
    cost = np.concatenate([np.where(mine[:, None] >= 0, common, np.inf), cost], axis=1)
    return np.column_stack([mine, rows]), np.column_stack([np.zeros_like(mine), later]), cost, largest[:, 0]


def _apart(fallen: FloatArray, wanted: FloatArray) -> FloatArray:
    """Mean squared differences of shares that have fallen, in tolerances."""
    return np.asarray(((fallen - wanted) ** 2).mean(axis=-1) / _COURSE_TOLERANCE)


def _together(
    archive: HourlyArchive,
    place: tuple[int, int],
    rain: RainDays,
    near: Elsewhere,
    scale: FloatArray,
    rainy: IntArray,
    rows: IntArray,
    later: IntArray,
    cost: FloatArray,
) -> FloatArray:
    """What makes lenders, rows (R, n) of `rain`, more likely: their rain falls when it does at stations with courses.

    The overlap of two courses is their correlation about nothing, 1 where they are in proportion.
    """
    out = np.zeros(cost.shape)
    if not any(near.sources):
        return out
    steps = archive.patterns[place][rain.days]
    steps = steps / _lengths(steps)
    n_steps = steps.shape[1]
    courses, moved = steps[rows], np.nonzero(later)
    position = (np.arange(n_steps) - later[moved][:, None]) % n_steps
    courses[moved] = np.take_along_axis(courses[moved], position, axis=1)
    overlap, goal, weight = np.zeros(cost.shape), np.zeros(rainy.size), np.zeros(rainy.size)
    for source, row, alike, asked, observed in zip(near.sources, near.rows, near.alike, near.asked, near.observed, strict=True):
        other = archive.patterns[row, place[1], rain.days]
        both = other.any(axis=1)
        if source is None or not both.any() or not alike > 0.0:
            continue
        there, wet = near.courses[row, rainy].astype(np.float32), source.days[rainy] >= 0
        there = np.where(wet[:, None], there / _lengths(there), 0.0).astype(np.float32)
        overlap += alike * np.einsum("rjn,rn->rj", courses, there)
        recorded = np.einsum("dn,dn->d", steps, other / _lengths(other))[both]
        sums = (rain.scale + observed[rain.days])[both]
        parts = np.array_split(np.argsort(sums, kind="stable"), min(_GROUPS, 1 + recorded.size // _FEWEST_TOGETHER))
        expected = np.interp(
            scale + asked[rainy], [sums[part].mean() for part in parts], [recorded[part].mean() for part in parts]
        )
        goal += alike * np.where(wet, expected, 0.0)
        weight += alike * wet
    on = np.flatnonzero(weight > 0.0)
    if on.size:
        overlap, goal = overlap[on] / weight[on, None], goal[on] / weight[on]
        out[on] = _weights_of_overlap(overlap, goal, -cost[on], scale[on])[:, None] * overlap
    return out


def _lengths(courses: NDArray[Any]) -> NDArray[Any]:
    """Lengths of courses (T, n) as vectors, shape (T, 1); those of dry days are next to nothing."""
    return np.asarray(np.maximum(np.sqrt(np.einsum("tn,tn->t", courses, courses)), 1e-30)[:, None])


def _weights_of_overlap(overlap: FloatArray, goal: FloatArray, scores: FloatArray, scale: FloatArray) -> FloatArray:
    """Weights (R,) of overlaps (R, n) beside scores (R, n) whose mean, and its rise with `scale`, are to be those of `goal`.

    They are a line in `scale`, found by Newton's method; overlaps that are larger than they should be are left.
    """
    deviation = scale - scale.mean()
    deviation /= deviation.std() or 1.0
    level, rise = 0.0, 0.0
    for _ in range(_SEARCHES):
        likely = scores + (level + rise * deviation)[:, None] * overlap
        likely = np.exp(likely - likely.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        mean = (likely * overlap).sum(axis=1)
        variance = (likely * overlap**2).sum(axis=1) - mean**2 + 1e-4
        missing = (goal - mean).sum(), (deviation * (goal - mean)).sum()
        first, second, third = variance.sum(), (deviation * variance).sum(), (deviation**2 * variance).sum() + 1e-4
        determinant = first * third - second**2
        level += float(np.clip((third * missing[0] - second * missing[1]) / determinant, -_STRIDE, _STRIDE))
        rise += float(np.clip((first * missing[1] - second * missing[0]) / determinant, -_STRIDE, _STRIDE))
    return np.asarray(np.clip(level + rise * deviation, 0.0, _MOST_TOGETHER))


class _Midnights(NamedTuple):
    """For midnights between two wet days (3, 3), after a dry one (3,) and before a dry one (3,): dry, weak or strong rain.

    Shares of a record, or weights.
    """

    between: FloatArray
    before: FloatArray
    after: FloatArray

    @classmethod
    def of_logarithms(cls, logarithms: FloatArray) -> _Midnights:
        """Weights, the largest of each table being 1, by their logarithms (15,)."""
        tables = logarithms[:9].reshape(3, 3), logarithms[9:12], logarithms[12:]
        return cls(*(np.maximum(np.exp(table - table.max()), _LEAST) for table in tables))

    @classmethod
    def of_record(cls, first: IntArray, last: IntArray, steps: FloatArray, archive: HourlyArchive) -> _Midnights:
        """Shares in a record of steps (D, n), whose first and last steps have these levels."""
        wet = np.asarray(steps.any(axis=1))
        joined = archive.consecutive
        between, before, after = joined & wet[:-1] & wet[1:], joined & ~wet[:-1] & wet[1:], joined & wet[:-1] & ~wet[1:]
        tables = (
            np.bincount(3 * last[:-1][between] + first[1:][between], minlength=9).reshape(3, 3),
            np.bincount(first[1:][before], minlength=3),
            np.bincount(last[:-1][after], minlength=3),
        )
        # A fifth of a day more, so that nothing is impossible because a short record lacks it.
        return cls(*((table + 0.2) / (table + 0.2).sum() for table in tables))


class _Spells(NamedTuple):
    """Runs of wet days, the longest first; arrays of wet days are ordered by their day within its spell, then by spell.

    Attributes
    ----------
    order : array of int, shape (R,)
        Numbers of the wet days in that order, in which those of one day of all spells stand together.
    offsets : list of int
        Where the first, the second, ... days of spells begin in that order, and where the last ones end.
    before : array of int
        Where the day before stands of each but the first days.
    ends : array of int
        Where the last day of each spell stands.
    """

    order: IntArray
    offsets: list[int]
    before: IntArray
    ends: IntArray

    @classmethod
    def of(cls, rainy: IntArray) -> _Spells:
        """Those of wet days, given by their numbers."""
        starts = np.flatnonzero(np.diff(rainy, prepend=-2) > 1)
        lengths = np.diff(np.append(starts, rainy.size))
        longest_first = np.argsort(-lengths, kind="stable")
        starts, lengths = starts[longest_first], lengths[longest_first]
        n_lasting = [int((lengths > days).sum()) for days in range(int(lengths[0]))]
        offsets = [0, *itertools.accumulate(n_lasting)]
        rows = [np.arange(n_spells) for n_spells in n_lasting]
        return cls(
            np.concatenate([starts[row] + days for days, row in enumerate(rows)]),
            offsets,
            np.concatenate([row + offset for row, offset in zip(rows[1:], offsets, strict=False)] or [np.arange(0)]),
            np.array(offsets)[lengths - 1] + np.arange(lengths.size),
        )

    def forwards(self, likely: FloatArray, weights: _Midnights) -> tuple[FloatArray, FloatArray]:
        """How likely each level of the first and of the last step of each day (3, R) is by all days before it."""
        first, last = np.empty((2, 3, likely.shape[2]))
        first[:, : self.offsets[1]] = weights.before[:, None]
        # Sums and not matrix products, whose last bits depend on the number of threads.
        for begins, ends, before in zip(self.offsets, self.offsets[1:], [0, *self.offsets], strict=False):
            if begins:
                yesterday = last[:, before : before + ends - begins]
                first[:, begins:ends] = _sum_of_levels(yesterday[:, None], weights.between[:, :, None])
            reached = _sum_of_levels(first[:, None, begins:ends], likely[:, :, begins:ends])
            last[:, begins:ends] = reached / (reached[0] + reached[1] + reached[2])
        return first, last

    def backwards(self, likely: FloatArray, weights: _Midnights) -> FloatArray:
        """How likely each level of the first step of each day (3, R) makes the rest of its spell."""
        first = np.empty((3, likely.shape[2]))
        after = self.offsets[-1]
        for begins, ends in reversed(list(itertools.pairwise(self.offsets))):
            ahead = np.repeat(weights.after[:, None], ends - begins, axis=1)
            tomorrow = first[:, ends:after]
            ahead[:, : after - ends] = _sum_of_levels(tomorrow[:, None], weights.between.T[:, :, None])
            led = _sum_of_levels(ahead[:, None], likely[:, :, begins:ends].swapaxes(0, 1))
            first[:, begins:ends] = led / (led[0] + led[1] + led[2])
            after = ends
        return first

    def expected(self, likely: FloatArray, weights: _Midnights) -> _Midnights:
        """Shares of midnights that are to be expected."""
        (into, last), first = self.forwards(likely, weights), self.backwards(likely, weights)
        n_spells = self.offsets[1]
        pairs = last[:, None, self.before] * weights.between[:, :, None] * first[None, :, n_spells:]
        before = into[:, :n_spells] * first[:, :n_spells]
        after = last[:, self.ends] * weights.after[:, None]
        return _Midnights(
            (pairs / pairs.sum(axis=(0, 1))).sum(axis=2) / max(self.before.size, 1),
            (before / before.sum(axis=0)).mean(axis=1),
            (after / after.sum(axis=0)).mean(axis=1),
        )


def _sum_of_levels(weights: FloatArray, likely: FloatArray) -> FloatArray:
    """Sums of products over three levels, along the first axis; sums one by one are faster than those of short axes."""
    return np.asarray(weights[0] * likely[0] + weights[1] * likely[1] + weights[2] * likely[2])


def _weights_at_midnight(spells: _Spells, likely: FloatArray, record: _Midnights) -> _Midnights:
    """Weights of midnights with which their shares are expected to be those of the record.

    Iterative proportional fitting is a fixed point of the logarithms of weights; each step is mixed with those before it
    (Anderson, 1965, doi:10.1145/321296.321305; Walker and Ni, 2011, doi:10.1137/10078356X), which takes a third of its rounds.
    """
    logarithms = np.zeros(15)
    positions: list[FloatArray] = []
    changes: list[FloatArray] = []
    best, least = _Midnights.of_logarithms(logarithms), np.inf
    for _ in range(_ROUNDS):
        weights = _Midnights.of_logarithms(logarithms)
        expected = spells.expected(likely, weights)
        misfit = max(float(np.abs(have - want).max()) for have, want in zip(expected, record, strict=True))
        best, least = (weights, misfit) if misfit < least else (best, least)
        if misfit < _NEAR:
            break
        ratios = [np.log((want + 1e-4) / (have + 1e-4)).ravel() for have, want in zip(expected, record, strict=True)]
        positions, changes = [*positions[-_MIXED:], logarithms], [*changes[-_MIXED:], np.concatenate(ratios)]
        step = changes[-1]
        if len(changes) > 1:
            differences = np.diff(changes, axis=0)
            shares = np.linalg.lstsq(differences.T, step, rcond=1e-8)[0]
            step = step - shares @ (np.diff(positions, axis=0) + differences)
        logarithms = np.maximum(logarithms + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP), np.log(_LEAST))
    return best


def _drawn(
    scores: FloatArray,
    first: IntArray,
    last: IntArray,
    rainy: IntArray,
    record: _Midnights,
    rng: np.random.Generator,
) -> IntArray:
    """One of the lenders of each wet day (R,), by scores and levels at midnight (R, n), drawn spell by spell from its end."""
    spells = _Spells.of(rainy)
    scores, level = scores[spells.order], (3 * first + last)[spells.order]
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely = np.stack([np.where(level == number, weights, 0.0).sum(axis=1) for number in range(9)]) + _LEAST
    likely = likely.reshape(3, 3, -1)
    at_midnight = _weights_at_midnight(spells, likely, record)
    into, out = spells.forwards(likely, at_midnight)
    uniform, noise = rng.random((rainy.size, 2))[spells.order], rng.gumbel(size=scores.shape)[spells.order]
    chosen, begins = np.zeros(rainy.size, dtype=np.intp), np.zeros(rainy.size, dtype=np.intp)
    after = rainy.size
    for start, stop in reversed(list(itertools.pairwise(spells.offsets))):
        ahead = np.tile(at_midnight.after, (stop - start, 1))
        ahead[: after - stop] = at_midnight.between.T[begins[stop:after]]
        ends = _by_chance(out[:, start:stop].T * ahead, uniform[start:stop, 0])
        here = np.arange(start, stop)
        begins[here] = _by_chance((into[:, here] * likely[:, ends, here]).T, uniform[here, 1])
        fitting = level[here] == (3 * begins[here] + ends)[:, None]
        chosen[here] = np.argmax(scores[here] + noise[here] - np.where(fitting, 0.0, 1e6), axis=1)
        after = stop
    in_time = np.empty_like(chosen)
    in_time[spells.order] = chosen
    return in_time


def _by_chance(weights: FloatArray, uniform: FloatArray) -> IntArray:
    """One column of each row of weights, drawn by uniform numbers."""
    sums = np.cumsum(weights, axis=1)
    return np.asarray((uniform[:, None] * sums[:, -1:] > sums[:, :-1]).sum(axis=1))
