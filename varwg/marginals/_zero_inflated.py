"""Zero-inflated distributions: a mass at or below a threshold, a body, and an upper tail or a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray, brief, matrix_product, readonly_floats
from varwg._calendar import N_DOYS
from varwg._ranks import LAST_SCORE, ranks_from_scores, scores_from_ranks
from varwg.errors import FitError
from varwg.marginals._amounts import MIN_WET, WET_MARGIN, amount_quantiles, wet_scores
from varwg.marginals._base import Uncapped
from varwg.marginals._kernel import Standard, kernel_quantiles
from varwg.marginals._sample import SeasonalSample, share_at
from varwg.marginals._seasonal import (
    monthly_correction,
    row_month_sums,
    row_sums,
    seasonal_mean,
    seasonal_moments,
    window_weights,
)
from varwg.marginals._tabulated import ScoreTable, make_table, table_scores

#: Fewer distinct wet values than this do not determine a distribution of amounts.
_MIN_DISTINCT: Final = 3
_CORRECTIONS: Final = 5


@dataclass(frozen=True, eq=False)
class ZeroInflated(Uncapped):
    """Dry with probability p0, otherwise wet with a continuous distribution kept as a table over scores.

    F(x) = p0 below the threshold and continuous from there on. Scores up to Phi^-1(p0) are dry days and give 0; a dry
    day has the score Phi^-1(p0), which says only that its score is not above.

    Attributes
    ----------
    name : str
        Name of the family.
    threshold : float
        Smallest wet value.
    dry_probability : array, shape (366,)
        p0.
    table : ScoreTable
        Quantile function of the wet part, over scores from Phi^-1(p0).
    tail_start, tail_shape, tail_scale : float
        Generalised Pareto tail of the distribution of all days of the year; infinity, 0 and 0 where there is none.
    tail_shape_error : float
        Standard error of the shape; NaN where there is none.
    tail_days : int
        Days on record beyond the start of the tail.
    """

    name: str
    threshold: float
    dry_probability: FloatArray
    table: ScoreTable
    tail_start: float
    tail_shape: float
    tail_scale: float
    tail_shape_error: float = np.nan
    tail_days: int = 0

    __repr__ = brief

    @property
    def family(self) -> str:
        """Name of the family."""
        return self.name

    def cdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """F(x), zero below zero."""
        ranks = ranks_from_scores(self.to_scores(values, doy))
        return np.asarray(np.where(values < 0.0, 0.0, ranks), dtype=np.float64)

    def pdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Density of the wet part, which integrates to 1 - p0."""
        dry = self.is_censored(values, doy)
        return np.asarray(np.where(dry, 0.0, self.table.density_at(values, doy)), dtype=np.float64)

    def ppf(self, ranks: FloatArray, doy: IntArray) -> FloatArray:
        """Values of uniform ranks, 0 for ranks up to p0."""
        return self.from_scores(scores_from_ranks(ranks), doy)

    def to_scores(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Scores of values, the threshold's for a dry day."""
        start = self.table.start[doy]
        wet = np.maximum(self.table.scores_at(values, doy), np.nextafter(start, np.inf))
        return np.asarray(np.where(self.is_censored(values, doy), start, wet), dtype=np.float64)

    def from_scores(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """Values of scores, 0 up to the threshold's."""
        values = self.table.values_at(scores, doy)
        np.maximum(values, self.threshold, out=values)
        values *= scores > self.table.start[doy]
        return values

    def mean(self) -> FloatArray:
        """Mean of each row, dry days included, shape (366,)."""
        return self.table.moments()[0]

    def is_censored(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """True on dry days; False where the value is missing."""
        dry = (values < self.threshold) | (values <= 0.0)
        return np.asarray(np.broadcast_to(dry, np.broadcast_shapes(np.shape(values), np.shape(doy))))

    def threshold_scores(self) -> FloatArray:
        """Phi^-1(p0), shape (366,)."""
        return self.table.start


def fit_zero_inflated(sample: SeasonalSample) -> ZeroInflated:
    """Precipitation: seasonal frequency of dry days, and amounts as described in `varwg.marginals._amounts`.

    Raises
    ------
    FitError
        If there are too few wet days.
    """
    require_wet(sample)
    start = dry_scores(sample)
    quantiles, tail = amount_quantiles(sample, start)
    dry_probability = readonly_floats(ranks_from_scores(start))
    table = make_table(start, quantiles)
    return ZeroInflated(
        "zero_inflated",
        sample.threshold,
        dry_probability,
        table,
        tail.start,
        tail.shape,
        tail.scale,
        tail.shape_error,
        tail.n_days,
    )


def dry_scores(sample: SeasonalSample) -> FloatArray:
    """Phi^-1 of the seasonal frequency of dry days, shape (366,); without a single one, the lowest score there is."""
    dry = sample.dry()
    return share_scores(sample, dry) if dry.any() else np.full(N_DOYS, -LAST_SCORE)


def share_scores(sample: SeasonalSample, chosen: BoolArray) -> FloatArray:
    """Phi^-1 of the seasonal frequency of the chosen values, which keeps the frequency of every month, shape (366,).

    Frequencies stay half a day of the window away from 0 and 1, or less where the whole record is nearer to one of them;
    what that takes from a month is given back to its other days.
    """
    counts = row_sums(sample.doy)
    weights = window_weights(counts, sample.window)
    share = chosen.astype(np.float64)
    observed = row_month_sums(row_sums(sample.doy, share))
    half_a_day = 0.5 / matrix_product(weights, counts)
    lowest = np.minimum(half_a_day, 0.5 * share.mean())
    highest = 1.0 - np.minimum(half_a_day, 0.5 * (1.0 - share.mean()))
    frequency = seasonal_mean(share, sample.doy, weights, sample.order)
    for _ in range(_CORRECTIONS):
        frequency = np.clip(frequency, lowest, highest)
        frequency = frequency + monthly_correction(counts, observed - row_month_sums(counts * frequency))
    return scores_from_ranks(np.clip(frequency, lowest, highest))


def require_wet(sample: SeasonalSample) -> None:
    """Refuse a sample with too few wet days to tell how amounts are distributed.

    Raises
    ------
    FitError
        If fewer than 5 values, or 3 distinct ones, reach the threshold.
    """
    wet = sample.values[~sample.dry()]
    distinct = np.unique(wet).size
    if wet.size < MIN_WET or distinct < _MIN_DISTINCT:
        raise FitError(
            f"{sample.where}: {wet.size} values ({distinct} distinct) reach the threshold {sample.threshold:g}, but at "
            f"least {MIN_WET} ({_MIN_DISTINCT} distinct) are needed; leave the variable out, lower the threshold or "
            "supply a longer record."
        )


_N_NODES: Final = 80
#: Score of the dry probability of a day that is always sunless.
_ALWAYS: Final = 6.5


def fit_zero_inflated_bounded(sample: SeasonalSample) -> ZeroInflated:
    """Sunshine duration: sunless with probability p0, else a kernel density of the position between 0 and the bound.

    Days whose bound is hardly above the threshold (polar night) are always sunless.

    Raises
    ------
    FitError
        If too few values reach the threshold, or the upper bound is not finite, or below the threshold all year.
    """
    require_wet(sample)
    values, doy = sample.values, sample.doy
    night = sample.upper <= 2.0 * sample.threshold
    if night.all() or not np.isfinite(sample.upper).all():
        raise FitError(
            f"{sample.where}: the upper bound is {sample.upper.max():g} at most, but the marginal "
            f"'zero_inflated_bounded' needs a finite one that is above the threshold {sample.threshold:g}; give the "
            "day length, or choose the marginal 'zero_inflated'."
        )
    upper = np.where(night, 3.0 * sample.threshold, sample.upper)
    # The polar night begins and ends from one day to the next: harmonics of a frequency that jumps to 1 would miss all days.
    start = np.where(night, _ALWAYS, dry_scores(sample.part(~night[doy])))
    sunny = ~sample.dry()
    lowest = np.full(N_DOYS, sample.threshold * (1.0 - WET_MARGIN))
    form = Standard(lowest, upper - lowest, 0.0, 1.0)
    scores = wet_scores(start, table_scores(start, _N_NODES)[1])
    _, sd = seasonal_moments(values[sunny], doy[sunny], sample.window, sample.order)
    quantiles, _ = kernel_quantiles(values[sunny], doy[sunny], form, sd, start, scores, sample.window)
    at_upper = share_at(values >= upper[doy], doy, window_weights(row_sums(doy), sample.window))
    table = make_table(start, quantiles, upper=upper, at_upper=at_upper)
    dry_probability = readonly_floats(ranks_from_scores(start))
    return ZeroInflated("zero_inflated_bounded", sample.threshold, dry_probability, table, np.inf, 0.0, 0.0)
