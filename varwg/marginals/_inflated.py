"""Masses on the bounds: a share of days on the lower bound, one on the upper, and a kernel density in between.

Cloud cover is often none or complete, the wind calm, the air saturated, and in the polar night there is no radiation at
all. A value on a bound says no more than that its score is beyond that of the mass; a day on which the bounds meet says
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from varwg._arrays import BoolArray, FloatArray, IntArray, brief, readonly_floats
from varwg._calendar import N_DOYS
from varwg._ranks import LAST_SCORE, ranks_from_scores, scores_from_ranks
from varwg.marginals._kernel import kernel_quantiles, standard_form
from varwg.marginals._sample import SeasonalSample
from varwg.marginals._seasonal import seasonal_moments
from varwg.marginals._tabulated import ScoreTable, Tabulated, first_scores, node_scores, tabulate
from varwg.marginals._zero_inflated import share_scores

#: A smaller share of values on a bound is no mass but rounding.
_MASS: Final = 0.02
#: Bounds as close as this, relative to the largest distance of the year, have met: 1 W m-2 stands for none.
_DARK: Final = 2.5e-3
#: Score of the mass of days on which the bounds meet.
_ALWAYS: Final = 6.5
#: Fewer values between the bounds have no distribution of their own.
_MIN_INSIDE: Final = 100
_N_NODES: Final = 115


@dataclass(frozen=True, eq=False)
class Inflated:
    """On the lower bound up to the score `floor`, on the upper one from `cap` on, continuous in between.

    Attributes
    ----------
    name : str
        Name of the family.
    table : ScoreTable
        Quantile function, constant outside the masses' scores.
    lower, upper : array, shape (366,)
        Bounds; `upper` is infinite where there is none.
    floor, cap : array, shape (366,)
        Scores of the masses, -inf and inf where there is none.
    """

    name: str
    table: ScoreTable
    lower: FloatArray
    upper: FloatArray
    floor: FloatArray
    cap: FloatArray

    __repr__ = brief

    @property
    def family(self) -> str:
        """Name of the family."""
        return self.name

    def cdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """F(x), 0 below and 1 from the upper bound on."""
        ranks = np.where(values < self.lower[doy], 0.0, ranks_from_scores(self.to_scores(values, doy)))
        return np.asarray(np.where(values >= self.upper[doy], 1.0, ranks), dtype=np.float64)

    def pdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Density between the bounds, without the masses on them."""
        on_bound = self.is_censored(values, doy) | self.is_capped(values, doy)
        return np.asarray(np.where(on_bound, 0.0, self.table.density_at(values, doy)), dtype=np.float64)

    def ppf(self, ranks: FloatArray, doy: IntArray) -> FloatArray:
        """Values of uniform ranks."""
        return self.from_scores(scores_from_ranks(ranks), doy)

    def to_scores(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Scores of values, those of the masses for values on the bounds."""
        scores = self.table.scores_at(values, doy)
        return np.asarray(np.where(self.is_capped(values, doy), self.cap[doy], scores), dtype=np.float64)

    def from_scores(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """Values of scores, on a bound exactly where they have its mass or more."""
        values = np.minimum(self.table.values_at(scores, doy), self.upper[doy])
        return np.asarray(np.where(scores >= self.cap[doy], self.upper[doy], values), dtype=np.float64)

    def mean(self) -> FloatArray:
        """Mean of each row, shape (366,)."""
        below = ranks_from_scores(self.table.start) * self.table.values[:, 0]
        return np.asarray(self.table.moments()[0] + below, dtype=np.float64)

    def is_censored(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """True on the lower bound where it has a mass, and for all values where the bounds meet; False where missing."""
        meet = (self.floor[doy] >= _ALWAYS) & ~np.isnan(values)
        return np.asarray(((values <= self.lower[doy]) & np.isfinite(self.floor[doy])) | meet)

    def threshold_scores(self) -> FloatArray:
        """Score of the mass on the lower bound, shape (366,)."""
        return self.floor

    def is_capped(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """True on the upper bound where it has a mass."""
        return np.asarray((values >= self.upper[doy]) & np.isfinite(self.cap[doy]))

    def cap_scores(self) -> FloatArray:
        """Score of the mass on the upper bound, shape (366,)."""
        return self.cap


def has_masses(sample: SeasonalSample) -> bool:
    """Whether many values of a sample are on a bound, while enough lie between, or its bounds meet during the year."""
    on_lower, on_upper = _on_bounds(sample)
    dark = _dark(sample)[sample.doy]
    inside = ~(on_lower | on_upper | dark)
    if not np.isfinite(sample.lower).all() or inside.sum() < _MIN_INSIDE or np.ptp(sample.values[inside]) == 0.0:
        return False
    return bool(dark.any() or on_lower.mean() > _MASS or on_upper.mean() > _MASS)


def fit_inflated(sample: SeasonalSample, name: str) -> Inflated:
    """Masses on the bounds by their seasonal frequency, and the kernel density of all other values.

    Parameters
    ----------
    sample : SeasonalSample
        One that `has_masses`.
    name : str
        Name of the family.
    """
    dark = _dark(sample)
    light = sample.part(~dark[sample.doy])
    on_lower, on_upper = _on_bounds(light)
    floor = share_scores(light, on_lower) if on_lower.any() else np.full(N_DOYS, -np.inf)
    cap = -share_scores(light, on_upper) if on_upper.any() else np.full(N_DOYS, np.inf)
    floor, cap = np.where(dark, _ALWAYS, floor), np.where(dark, np.inf, cap)
    table = _table(light, ~(on_lower | on_upper), np.fmax(floor, -LAST_SCORE), np.fmin(cap, LAST_SCORE), dark)
    return Inflated(name, table, *(readonly_floats(part) for part in (sample.lower, sample.upper, floor, cap)))


def _table(light: SeasonalSample, inside: BoolArray, start: FloatArray, end: FloatArray, dark: BoolArray) -> ScoreTable:
    """The quantile function from the score of one mass to that of the other; constant where the bounds meet."""
    body = light.part(inside)
    mean, sd = _moments(body)
    form = standard_form(mean, sd, body.lower, body.upper)
    quantiles, _ = kernel_quantiles(body.values, body.doy, form, sd, first_scores(), node_scores(), body.window)
    step = (end - start) / (_N_NODES - 1)
    within = _scores_between(start[:, None] + step[:, None] * np.arange(_N_NODES), start, end)
    nodes = node_scores()[0]
    values = np.stack([np.interp(wanted, nodes, row) for wanted, row in zip(within, quantiles, strict=True)])
    values = np.clip(np.maximum.accumulate(values, axis=1), body.lower[:, None], body.upper[:, None])
    has_upper = np.isfinite(body.upper)
    values[:, 0] = body.lower
    values[:, -1] = np.where(has_upper, body.upper, values[:, -1])
    values[dark] = body.lower[dark, None]
    top = np.where(has_upper | dark, end, np.inf)
    return ScoreTable(*(readonly_floats(part) for part in (start, step, values, start, top)))


def _moments(body: SeasonalSample) -> tuple[FloatArray, FloatArray]:
    """Seasonal mean and standard deviation, between two bounds by way of those of the position between them.

    That hardly changes where the bounds approach each other, while a few harmonics cannot follow the values there.
    """
    if not np.isfinite(body.upper).all():
        return seasonal_moments(body.values, body.doy, body.window, body.order)
    length = body.upper - body.lower
    position = (body.values - body.lower[body.doy]) / length[body.doy]
    mean, sd = seasonal_moments(position, body.doy, body.window, body.order)
    return body.lower + length * mean, length * sd


def _scores_between(scores: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Scores of ranks within what is between the masses, accurate in both tails."""
    mass = (special.ndtr(end) - special.ndtr(start))[:, None]
    below = (special.ndtr(scores) - special.ndtr(start)[:, None]) / mass
    above = (special.ndtr(-scores) - special.ndtr(-end)[:, None]) / mass
    within = np.where(below < 0.5, special.ndtri(np.clip(below, 0.0, 1.0)), -special.ndtri(np.clip(above, 0.0, 1.0)))
    return np.asarray(np.clip(within, -LAST_SCORE, LAST_SCORE))


def _on_bounds(sample: SeasonalSample) -> tuple[BoolArray, BoolArray]:
    return sample.values <= sample.lower[sample.doy], sample.values >= sample.upper[sample.doy]


def _dark(sample: SeasonalSample) -> BoolArray:
    """Rows on which the bounds meet, shape (366,)."""
    between = sample.upper - sample.lower
    if not np.isfinite(between).all():
        return np.zeros(N_DOYS, dtype=np.bool_)
    return np.asarray(between <= _DARK * between.max())


#: Days with bounds closer than this, relative to the largest distance, say nothing about the others.
_NIGHT: Final = 0.02


def fit_kde(sample: SeasonalSample) -> Tabulated | Inflated:
    """Kernel density between the bounds of a sample, and masses on them where many values are.

    Values are brought into a standard form first, so that the seasonal cycle inside a window does not widen the
    distribution; the rest is `kernel_quantiles`.
    """
    if has_masses(sample):
        return fit_inflated(sample, "kde")
    sample = _without_night(sample)
    mean, sd = seasonal_moments(sample.values, sample.doy, sample.window, sample.order)
    form = standard_form(mean, sd, sample.lower, sample.upper)
    quantiles, width = kernel_quantiles(sample.values, sample.doy, form, sd, first_scores(), node_scores(), sample.window)
    return tabulate(
        "kde",
        quantiles,
        sample,
        (("bandwidth", width),),
        lower=sample.lower if np.isfinite(form.lower) else None,
        upper=sample.upper if np.isfinite(form.upper) else None,
    )


def _without_night(sample: SeasonalSample) -> SeasonalSample:
    """The sample without days on which the bounds leave hardly any room, whose zeros would bend the seasonal moments."""
    room_between = sample.upper - sample.lower
    if not np.isfinite(room_between).all():
        return sample
    return sample.part((room_between > _NIGHT * room_between.max())[sample.doy])
