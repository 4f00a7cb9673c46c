"""The choice of observed days: what makes days alike, and which one each simulated day takes its course from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg._calendar import N_DOYS
from varwg._disaggregation.courses import kind_of
from varwg._variables import Variable
from varwg.streams import require_generator

if TYPE_CHECKING:
    from varwg._disaggregation.archive import HourlyArchive

#: Half-width in days of the season that observed days come from.
WINDOW: Final = 15

# Weights of differences of one standard deviation within the season, or of one station that is wet on the day before or
# after in one case and dry in the other. Chosen on hours that were made up, of fronts and of thunderstorms in the evening, and
# looked at on those of Beijing; in both, a year gets the hours of others.
_VALUE: Final = 1.0
_TREND: Final = 0.5
_AMOUNT: Final = 6.0
_WET_NEIGHBOUR: Final = 12.0
#: Weights at midnight of the mean squared gap of rain at all stations, and of that of all other series, however many these are.
_RAIN_AT_MIDNIGHT: Final = 3.0
_OTHERS_AT_MIDNIGHT: Final = 0.67

#: Wet days look for observed days with so many times their rain: scaled down they lose their weakest steps (see
#: `varwg._disaggregation.run`), while days with less rain, scaled up, gain none.
_MORE_RAIN: Final = 1.5


class Features(NamedTuple):
    """What is compared between days.

    Attributes
    ----------
    doy : array of int, shape (days,)
    wet : array of float, shape (days, F)
        0 or 1 for each series with dry days.
    state : array of float, shape (days, G)
        Daily values, how they change from midnight to midnight, and wet neighbours, in comparable units.
    """

    doy: IntArray
    wet: FloatArray
    state: FloatArray


def features(archive: HourlyArchive, daily: FloatArray, doy: IntArray, *, borrowed: bool = False) -> tuple[Features, Features]:
    """Features of the simulated days (values of shape (S, K, T)) and of those of the archive.

    Values but for amounts are moved to the climate of an archive that is `borrowed` from other stations.
    """
    ours, theirs = _Days.empty(doy, _MORE_RAIN), _Days.empty(archive.doy, 1.0)
    joined = np.ones(doy.size - 1, dtype=bool)
    weights: list[float] = []
    for station, column in np.argwhere(np.isfinite(daily).any(axis=2)):
        observed = archive.daily[station, column].astype(np.float64)
        if np.isfinite(observed).any():
            variable, own = archive.variables[column], daily[station, column]
            if borrowed and kind_of(variable) != "amount":
                own = own - _seasonal_means(own, doy)[doy] + _seasonal_means(observed, archive.doy)[doy]
            ours.add(variable, own, joined)
            theirs.add(variable, observed, archive.consecutive)
            weights += [_AMOUNT if kind_of(variable) == "amount" else _VALUE, _TREND]
    mine, others = _in_seasonal_deviations(
        _columns(ours.series, doy.size), _columns(theirs.series, archive.days.size), archive.doy
    )
    share = 1.0 / np.sqrt(len(archive.stations))
    factors = share * np.asarray(weights)
    return ours.features(factors * mine, share), theirs.features(factors * others, share)


def seams(archive: HourlyArchive, midnights: FloatArray, reported: BoolArray) -> FloatArray:
    """What has to go together at midnight, shape (D, F): patterns in standard deviations, and rain.

    Parameters
    ----------
    archive : HourlyArchive
    midnights : array, shape (S, K, D)
        Patterns at midnight.
    reported : array of bool, shape (S, K)
        The series that count.
    """
    columns, others = [], []
    for station, column in np.argwhere(reported):
        variable = archive.variables[column]
        if kind_of(variable) == "amount":
            columns.append(_in_deviations(_log_amount(variable, midnights[station, column])))
        elif kind_of(variable) != "sunlit":
            others.append(_in_deviations(midnights[station, column]))
    rain = _columns(columns, archive.days.size)
    n_columns = rain.shape[1] + len(others)
    blocks = [
        np.sqrt(weight * n_columns / max(block.shape[1], 1)) * block
        for weight, block in ((_RAIN_AT_MIDNIGHT, rain), (_OTHERS_AT_MIDNIGHT, _columns(others, archive.days.size)))
    ]
    return np.concatenate(blocks, axis=1)


def midnights(archive: HourlyArchive) -> tuple[FloatArray, FloatArray]:
    """Patterns of the last step before every observed day, and of its last step, both (S, K, D).

    A day whose predecessor in the record was not kept begins with its first step.
    """
    begins, ends = archive.patterns[..., 0].astype(np.float64), archive.patterns[..., -1].astype(np.float64)
    begins[..., 1:] = np.where(archive.consecutive, ends[..., :-1], begins[..., 1:])
    return begins, ends


class _Days(NamedTuple):
    """What has been collected of simulated or observed days, one column after the other."""

    doy: IntArray
    rain_factor: float
    wet: list[FloatArray]
    neighbours: list[FloatArray]
    series: list[FloatArray]

    @classmethod
    def empty(cls, doy: IntArray, rain_factor: float) -> _Days:
        return cls(doy, rain_factor, [], [], [])

    def add(self, variable: Variable, series: FloatArray, joined: BoolArray) -> None:
        """Add the columns of one series; `joined` says which days are followed by the next."""
        values = series
        if kind_of(variable) == "amount":
            flags = _wet(variable, series)
            self.wet.append(flags)
            self.neighbours.extend(_neighbours(flags, joined))
            values = _log_amount(variable, self.rain_factor * series)
        self.series.extend([values, _trend(values, joined)])

    def features(self, series: FloatArray, share: float) -> Features:
        """Features with these series, wet neighbours being weighted with the share of a station."""
        n_days = self.doy.size
        around = share * _WET_NEIGHBOUR * _columns(self.neighbours, n_days)
        return Features(self.doy, _columns(self.wet, n_days), np.concatenate([series, around], axis=1))


def _in_seasonal_deviations(ours: FloatArray, theirs: FloatArray, doy: IntArray) -> tuple[FloatArray, FloatArray]:
    """Columns in standard deviations of the observed ones about their seasonal means; what is missing is average."""
    centre = np.nanmean(theirs, axis=0)
    filled = np.where(np.isnan(theirs), centre, theirs)
    columns = (np.ones(doy.size), *filled.T)
    sums = np.stack([np.bincount(doy, column, N_DOYS).astype(np.float64) for column in columns], axis=1)
    around = _season_sums(sums)[doy]
    spread = np.std(filled - around[:, 1:] / around[:, :1], axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    return (np.where(np.isnan(ours), centre, ours) - centre) / spread, (filled - centre) / spread


def _seasonal_means(series: FloatArray, doy: IntArray) -> FloatArray:
    """Means within the window around each row of a seasonal table, shape (366,); of the whole series where there are none."""
    known: BoolArray = np.isfinite(series)
    rows = np.stack([np.bincount(doy[known], weights, N_DOYS) for weights in (series[known], np.ones(int(known.sum())))], axis=1)
    sums = _season_sums(rows.astype(np.float64))
    mean = float(series[known].mean()) if known.any() else 0.0
    return np.asarray(np.where(sums[:, 1] > 0.0, sums[:, 0] / np.maximum(sums[:, 1], 1.0), mean))


def _season_sums(table: FloatArray) -> FloatArray:
    """Sums of the rows within the window around each row of a seasonal table."""
    turned = np.cumsum(np.concatenate([np.zeros_like(table[:1]), table[-WINDOW:], table, table[:WINDOW]]), axis=0)
    return np.asarray(turned[2 * WINDOW + 1 :] - turned[: -2 * WINDOW - 1])


def _in_deviations(series: FloatArray) -> FloatArray:
    return np.asarray(series / (float(np.std(series)) or 1.0))


def _trend(daily: FloatArray, joined: BoolArray) -> FloatArray:
    """Change from midnight to midnight, as far as the neighbouring days are known."""
    steps = np.nan_to_num(np.where(joined, np.diff(daily), 0.0))
    return np.asarray(0.5 * (np.append(steps, 0.0) + np.append(0.0, steps)))


def _neighbours(flags: FloatArray, joined: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Flags of the day before and of the day after; their mean where these days are not known."""
    usual = float(flags.mean())
    before = np.append(usual, np.where(joined, flags[:-1], usual))
    after = np.append(np.where(joined, flags[1:], usual), usual)
    return before, after


def _wet(variable: Variable, amounts: FloatArray) -> FloatArray:
    wet: BoolArray = (amounts >= variable.threshold) & (amounts > 0.0)
    return wet.astype(np.float64)


def _log_amount(variable: Variable, amounts: FloatArray) -> FloatArray:
    """Amounts on a scale on which a drizzle and a shower differ as much as a shower and a downpour."""
    return np.asarray(np.log1p(np.maximum(amounts, 0.0) / (variable.threshold or 1.0)))


def _columns(parts: list[FloatArray], n_days: int) -> FloatArray:
    return np.stack(parts, axis=1) if parts else np.zeros((n_days, 0))


#: How well an observed day fits: as wet or dry (at any station) in the season, in a wider season, or the best there is.
EXACT: Final = 0
WIDENED: Final = 1
NEAREST: Final = 2

#: Half-width in days of the wider season.
WIDER: Final = 30

#: Observed days that are weighed against each other for every simulated day: the best of so many parts of the season.
SHORTLIST: Final = 16

#: And so many more of those days on which it rains at midnight, of which there is often none among the best.
WET_SHORTLIST: Final = 16

#: Squared distance of states that makes a day less likely by a factor of e.
_STATE_TOLERANCE: Final = 3.0

#: The same for the mean squared gap at midnight, in variances. It is so small that days which go together are taken
#: wherever the shortlists have any.
_GAP_TOLERANCE: Final = 0.1

#: Squared distance of a day that is dry at all stations from one that is not: more than that of any two states.
_DISAGREEMENT: Final = 1e6

#: Squared distance of a station that is wet in one case and dry in the other. It gets the course of another station of the same
#: day then, which costs less than a midnight at which rain breaks off for want of days that are wet at the same stations.
_ONE_STATION: Final = 5.0

#: Days whose gaps are held in memory at a time.
_BLOCK: Final = 2048


class Shortlist(NamedTuple):
    """Observed days to choose from.

    Attributes
    ----------
    days : array of int, shape (T, n)
        Positions in the archive.
    eligible : array of bool, shape (T, n)
        Those that agree best in wet and dry.
    distance : array, shape (T, n)
        Squared distance of their states.
    quality : array of int, shape (T,)
        `EXACT`, `WIDENED` or `NEAREST`.
    """

    days: IntArray
    eligible: BoolArray
    distance: FloatArray
    quality: NDArray[np.int8]


def shortlist(wanted: Features, observed: Features, wet_midnight: BoolArray, window: int) -> Shortlist:
    """The observed days most like each simulated day: first in whether it rains at all, then in stations with rain and state.

    Each part of the season (two days of the year, usually) gives its best. The season is `window` days to either side;
    where none of its days is as wet or dry, such days are sought within `WIDER`. Where the archive has
    no days at all so near, its nearest are taken.
    """
    n_wet = min(WET_SHORTLIST, int(wet_midnight.sum()))
    shape = wanted.doy.size, min(SHORTLIST, observed.doy.size) + n_wet
    found = Shortlist(
        days=np.zeros(shape, dtype=np.intp),
        eligible=np.zeros(shape, dtype=bool),
        distance=np.zeros(shape),
        quality=np.full(shape[0], NEAREST, dtype=np.int8),
    )
    season = _Season(observed, wet_midnight)
    _search(found, np.arange(shape[0]), wanted, season, window, EXACT)
    unlike = np.flatnonzero(found.quality == NEAREST)
    if window < WIDER and unlike.size:
        _search(found, unlike, wanted, season, WIDER, WIDENED)
    return found


def _search(found: Shortlist, todo: IntArray, wanted: Features, season: _Season, window: int, quality: int) -> None:
    """Fill in the simulated days `todo`: in the first search all of them, later those for which days agree completely."""
    points = _coordinates(wanted)
    squares = np.einsum("ij,ij->i", points, points)
    order = todo[np.argsort(wanted.doy[todo], kind="stable")]
    rows, starts = np.unique(wanted.doy[order], return_index=True)
    stops = np.append(starts, order.size)[1:]
    for row, start, stop in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True):
        asking = order[start:stop]
        near, half_width = season.around(row, window)
        # Not a matrix product, whose last bits depend on the number of threads and decide between equal days.
        cost = season.squares[near] - 2.0 * np.einsum("ik,kj->ij", points[asking], season.columns[:, near])
        cost += squares[asking, None]
        disagreement = np.floor(cost.min(axis=1) / _DISAGREEMENT + 0.5)
        if quality != EXACT:
            agreeing = disagreement == 0
            asking, cost, disagreement = asking[agreeing], cost[agreeing], disagreement[agreeing]
        best = _best_of_parts(cost, min(SHORTLIST, season.n_days))
        wet = np.flatnonzero(season.wet[near])
        n_more = found.days.shape[1] - min(SHORTLIST, season.n_days)
        if n_more and wet.size:
            more = wet[_best_of_parts(cost[:, wet], n_more)]
            best = np.concatenate([best, more], axis=1)
        distance = cost[np.arange(asking.size)[:, None], best] - disagreement[:, None] * _DISAGREEMENT
        n_best = best.shape[1]
        found.days[asking, :n_best] = season.days[near][best]
        found.distance[asking, :n_best] = distance
        found.eligible[asking] = False
        found.eligible[asking, :n_best] = (distance < 0.5 * _DISAGREEMENT) & _first_time(best)
        if half_width <= window:
            found.quality[asking[disagreement == 0]] = quality


def _best_of_parts(cost: FloatArray, n: int) -> IntArray:
    """Position of the smallest in each of n parts of every row (all if there are fewer).

    Much faster than the n smallest, of which it has the first and most; the parts are parts of the season.
    """
    n_rows, n_columns = cost.shape
    if n_columns <= n:
        return np.broadcast_to(np.arange(n_columns), cost.shape)
    width = -(-n_columns // n)
    n_parts = -(-n_columns // width)
    padded = np.full((n_rows, n_parts * width), np.inf)
    padded[:, :n_columns] = cost
    best = padded.reshape(n_rows, n_parts, width).argmin(axis=2)
    return np.asarray(best + width * np.arange(n_parts))


def _first_time(chosen: IntArray) -> BoolArray:
    """Which of the entries of each row are there for the first time."""
    order = np.argsort(chosen, axis=1, kind="stable")
    ordered = np.take_along_axis(chosen, order, axis=1)
    new = np.ones(chosen.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.empty_like(new)
    np.put_along_axis(first, order, new, axis=1)
    return first


def _coordinates(features: Features) -> FloatArray:
    """Points whose squared distances count disagreement in rain at any station first, then stations and states."""
    anywhere = features.wet.any(axis=1, keepdims=True).astype(np.float64)
    parts = (np.sqrt(_DISAGREEMENT) * anywhere, np.sqrt(_ONE_STATION) * features.wet, features.state)
    return np.concatenate(parts, axis=1)


class _Season:
    """Observed days in the order of the year, which is there three times, so that a season is a slice."""

    def __init__(self, observed: Features, wet_midnight: BoolArray) -> None:
        order = np.argsort(observed.doy, kind="stable")
        self.days = np.concatenate([order, order, order])
        self.n_days = order.size
        self.wet = wet_midnight[self.days]
        self.columns = np.ascontiguousarray(_coordinates(observed)[self.days].T)
        self.squares = np.einsum("ij,ij->j", self.columns, self.columns)
        doy = observed.doy[order]
        self._doy = np.concatenate([doy - N_DOYS, doy, doy + N_DOYS])

    def around(self, row: int, window: int) -> tuple[slice, int]:
        """The days within `window` of a row, or else the nearest, and the half-width that was needed."""
        after = int(np.searchsorted(self._doy, row))
        nearest = int(min(self._doy[after] - row, row - self._doy[after - 1]))
        half_width = max(window, nearest)
        first = int(np.searchsorted(self._doy, row - half_width))
        return slice(first, int(np.searchsorted(self._doy, row + half_width, side="right"))), half_width


def choose(listed: Shortlist, begins: FloatArray, ends: FloatArray, weights: FloatArray, *, rng: np.random.Generator) -> IntArray:
    """One observed day for each simulated day, so that the end of a day and the beginning of the next go together.

    Of the days on a shortlist each has a score: the logarithm of its weight, less its distance, plus a Gumbel variable, so
    that the largest score alone would be a draw. From day to day the one is taken whose score, less the squared gap at
    midnight to the day taken before, is largest together with the best that can follow it; without that look ahead rain
    would often end at midnight, because no day on the next shortlist goes on with it. A day that followed the one before
    in the record leaves no gap.

    Parameters
    ----------
    listed : Shortlist
    begins, ends : array, shape (D, F)
        What observed days are like at their first and second midnight, in comparable units.
    weights : array, shape (D,)
        Logarithms of how much more likely a day shall be than others at the same distance.
    rng : numpy.random.Generator
        Source of the choices.

    Returns
    -------
    array of int, shape (T,)
        Positions in the archive.
    """
    require_generator(rng)
    n_days, n_listed = listed.days.shape
    scores = rng.gumbel(size=(n_days, n_listed)) - listed.distance / _STATE_TOLERANCE + weights[listed.days]
    scores = np.where(listed.eligible, scores, -np.inf)
    path: list[int] = []
    for first in range(0, max(n_days - 1, 1), _BLOCK):
        last = min(first + _BLOCK, n_days - 1)
        until = min(last + 1, n_days - 1)
        gaps = _gaps(ends[listed.days[first:until]], begins[listed.days[first + 1 : until + 1]]) / _GAP_TOLERANCE
        with_next = scores[first : until + 1].copy()
        with_next[: until - first] += np.max(scores[first + 1 : until + 1, None, :] - gaps, axis=2)
        path = path or [int(np.argmax(with_next[0]))]
        n_steps = last - first
        for successors in np.argmax(with_next[1 : n_steps + 1, None, :] - gaps[:n_steps], axis=2).tolist():
            path.append(successors[path[-1]])
    return np.asarray(listed.days[np.arange(n_days), path])


def _gaps(ends: FloatArray, begins: FloatArray) -> FloatArray:
    """Mean squared gaps between all days of one shortlist (t, i, F) and all of the next (t, j, F), shape (t, i, j)."""
    squares = np.einsum("tif,tif->ti", ends, ends)[:, :, None] + np.einsum("tjf,tjf->tj", begins, begins)[:, None, :]
    return np.asarray((squares - 2.0 * (ends @ begins.swapaxes(1, 2))) / max(begins.shape[2], 1))


#: Rounds in which weights are made; each takes a step towards the weight that would be right if all others stayed.
_ROUNDS: Final = 10
_STEP: Final = 0.7

#: Days in a row that ask for others; what comes before and after them counts for nothing.
_RUN: Final = 64


def balanced(archive: HourlyArchive, reported: BoolArray) -> FloatArray:
    """Logarithms of weights with which days with rain at midnight are taken as often as the record has them, shape (D,).

    By distance and by gaps at midnight alone, days with a dry midnight, which nearly every day goes with, would be taken more
    often than days with a wet one, and rain that is scaled down would lose its weakest steps. So the record itself asks for
    days, each for any but itself, in runs of 64 days. How often each day is expected to be taken follows exactly by summing over
    all sequences forwards and backwards (Rabiner, 1989, doi:10.1109/5.18626). Weights of days with rain at their first
    midnight, of those with rain at their second, and of days by their number of wet steps are raised or lowered until days with
    such midnights, and wet steps, are as frequent as in the record.

    Parameters
    ----------
    archive : HourlyArchive
    reported : array of bool, shape (S, K)
        The series that count.
    """
    n_days = archive.days.size
    at_midnight = midnights(archive)
    weights, classes = np.zeros(n_days), wet_midnights(archive, at_midnight, reported)
    length = min(_RUN, n_days)
    if length < 2 or not any(wet.any() for wet in classes):
        return weights
    n_runs = n_days // length
    wanted, observed = features(archive, np.where(reported[..., None], archive.daily.astype(np.float64), np.nan), archive.doy)
    listed = shortlist(wanted, observed, classes[0] | classes[1], WINDOW)
    n_asking = n_runs * length
    days = listed.days[:n_asking].reshape(n_runs, length, -1)
    others = listed.eligible[:n_asking] & (listed.days[:n_asking] != np.arange(n_asking)[:, None])
    eligible = np.where(others.any(axis=1, keepdims=True), others, listed.eligible[:n_asking]).reshape(days.shape)
    distance = np.where(eligible, listed.distance[:n_asking].reshape(days.shape) / _STATE_TOLERANCE, np.inf)
    begins, ends = (seams(archive, midnight, reported) for midnight in at_midnight)
    going = np.empty((n_runs, length - 1, *2 * days.shape[2:]), dtype=np.float32)
    for step in range(length - 1):
        going[:, step] = np.exp(-_gaps(ends[days[:, step]], begins[days[:, step + 1]]) / _GAP_TOLERANCE)
    n_wet, kept = _wet_steps(archive, reported, listed.days[:n_asking])
    longer = (n_wet - n_wet.mean()) / (float(n_wet.std()) or 1.0)
    for _ in range(_ROUNDS):
        shares = _shares(weights[days] - distance, going).reshape(n_asking, -1)
        uses = np.bincount(days.ravel(), shares.ravel(), n_days) * (n_days / n_asking)
        weights += _STEP * np.log(max(float(n_wet[:n_asking].sum()), 1.0) / max(float((shares * kept).sum()), 1.0)) * longer
        for wet in classes:
            weights[wet] += _STEP * np.log((wet.sum() + 1.0) / (uses[wet].sum() + 1.0))
    return weights


def _wet_steps(archive: HourlyArchive, reported: BoolArray, listed: IntArray) -> tuple[FloatArray, FloatArray]:
    """Wet steps of every observed day (D,), and those left of each listed day (T, n) by the amounts of the first T days."""
    n_wet, kept = np.zeros(archive.days.size), np.zeros(listed.shape)
    for station, column in np.argwhere(reported):
        if kind_of(archive.variables[column]) != "amount":
            continue
        pattern = archive.patterns[station, column]
        if not pattern.any():
            continue
        n_wet += (pattern > 0.0).sum(axis=1)
        shares = pattern / np.maximum(pattern.sum(axis=1, keepdims=True), 1e-9)
        least = 0.5 * float(pattern[pattern > 0.0].min())
        amounts = np.nan_to_num(archive.daily[station, column, : len(listed)])[:, None]
        for step in range(pattern.shape[1]):
            kept += (amounts * shares[:, step][listed] >= least) & (amounts > 0.0)
    return n_wet, kept


def _shares(scores: FloatArray, going: NDArray[np.float32]) -> FloatArray:
    """How likely each listed day is in sequences drawn by scores (r, t, n) and by how days go together (r, t - 1, n, n)."""
    likely = np.exp(scores - scores.max(axis=2, keepdims=True))
    forwards, backwards = likely.copy(), np.ones_like(likely)
    # Sums and not matrix products, whose last bits depend on the number of threads; none may vanish.
    for step in range(1, likely.shape[1]):
        before = forwards[:, step - 1] / forwards[:, step - 1].sum(axis=1, keepdims=True)
        forwards[:, step] *= np.maximum(np.einsum("ri,rij->rj", before, going[:, step - 1]), 1e-100)
    for step in reversed(range(likely.shape[1] - 1)):
        after = likely[:, step + 1] * backwards[:, step + 1]
        after /= after.sum(axis=1, keepdims=True)
        backwards[:, step] = np.maximum(np.einsum("rij,rj->ri", going[:, step], after), 1e-100)
    share = forwards * backwards
    return np.asarray(share / share.sum(axis=2, keepdims=True))


def wet_midnights(
    archive: HourlyArchive, at_midnight: tuple[FloatArray, FloatArray], reported: BoolArray
) -> tuple[BoolArray, BoolArray]:
    """Whether it rains at any station at the first and at the second midnight of each observed day, both (D,)."""
    amounts = reported & np.array([kind_of(variable) == "amount" for variable in archive.variables])
    begins, ends = at_midnight
    return np.asarray((begins[amounts] > 0.0).any(axis=0)), np.asarray((ends[amounts] > 0.0).any(axis=0))
