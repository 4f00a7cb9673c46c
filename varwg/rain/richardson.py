"""Richardson's rain model: a Markov chain of dry and wet days, and gamma amounts, month by month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from varwg.arrays import FloatArray, IntArray, readonly_floats
from varwg.calendar import month_of_doy
from varwg.errors import DataError, FitError
from varwg.rain.statistics import WET_THRESHOLD
from varwg.streams import require_generator


@dataclass(frozen=True, eq=False)
class RichardsonModel:
    """A fitted rain model (Richardson 1981, doi:10.1029/WR017i001p00182; amounts as in WGEN, Richardson and Wright 1984).

    Attributes
    ----------
    threshold : float
        Smallest sum of a wet day, mm.
    p01, p11 : arrays, shape (12,)
        Probability of a wet day after a dry and after a wet one, by month of the later day.
    shape : array, shape (12,)
        Shape of the gamma distribution of what falls beyond the threshold on wet days.
    scale : array, shape (12,)
        Its scale, mm.
    """

    threshold: float
    p01: FloatArray
    p11: FloatArray
    shape: FloatArray
    scale: FloatArray

    @property
    def wet_fraction(self) -> FloatArray:
        """Stationary share of wet days under each month's probabilities, shape (12,)."""
        return np.asarray(self.p01 / (1.0 + self.p01 - self.p11))


def fit_richardson(rain: FloatArray, doy: IntArray, *, threshold: float = WET_THRESHOLD) -> RichardsonModel:
    """Estimate transition probabilities by counting and gamma distributions by likelihood (Thom 1958's approximation).

    Parameters
    ----------
    rain : array, shape (T,)
        Daily sums in mm on consecutive days, NaN where missing.
    doy : array of int, shape (T,)
        Row 0 to 365 of every day, from `varwg.calendar.doy_index`.
    threshold : float
        Smallest sum of a wet day, mm.

    Raises
    ------
    FitError
        If a month has no dry or no wet day before an observed one, or fewer than two different wet amounts.
    """
    values = np.asarray(rain, dtype=np.float64)
    if values.shape != np.shape(doy):
        raise FitError(f"rain has shape {values.shape} and doy {np.shape(doy)}: give one row per day.")
    month = month_of_doy()[doy]
    wet = values >= threshold
    observed = np.isfinite(values)
    pair = observed[1:] & observed[:-1]
    p01, p11 = np.empty(12), np.empty(12)
    shape, scale = np.empty(12), np.empty(12)
    for number in range(12):
        here = pair & (month[1:] == number)
        p01[number] = _share(wet[1:][here & ~wet[:-1]], number, "dry")
        p11[number] = _share(wet[1:][here & wet[:-1]], number, "wet")
        shape[number], scale[number] = _gamma(values[observed & wet & (month == number)] - threshold, number)
    arrays = (readonly_floats(table) for table in (p01, p11, shape, scale))
    return RichardsonModel(float(threshold), *arrays)


def simulate_richardson(model: RichardsonModel, doy: IntArray, *, rng: np.random.Generator) -> FloatArray:
    """Daily sums in mm, shape (T,), on consecutive days with the given rows; dry days are zero.

    The first day is wet with its month's stationary probability.

    Raises
    ------
    DataError
        If there is no day.
    """
    require_generator(rng)
    month = month_of_doy()[np.asarray(doy, dtype=np.intp)]
    if not month.size:
        raise DataError("doy is empty, but a simulation needs at least one day.")
    uniform = rng.random(month.size)
    amounts = model.threshold + rng.gamma(model.shape[month], model.scale[month])
    after_dry, after_wet = (uniform < model.p01[month]).tolist(), (uniform < model.p11[month]).tolist()
    wet = [bool(uniform[0] < model.wet_fraction[month[0]])]
    for if_dry, if_wet in zip(after_dry[1:], after_wet[1:], strict=True):
        wet.append(if_wet if wet[-1] else if_dry)
    return np.where(wet, amounts, 0.0)


def _share(following: FloatArray, month: int, state: str) -> float:
    if not following.size:
        raise FitError(f"month {month + 1} has no {state} day before an observed one: give a longer record.")
    return float(following.mean())


def _gamma(excess: FloatArray, month: int) -> tuple[float, float]:
    """Shape and scale by maximum likelihood, with Thom's closed form; excesses of zero count as a tenth of the least."""
    if np.unique(excess).size < 2:
        raise FitError(f"month {month + 1} has fewer than two different wet amounts: give a longer record.")
    positive = np.where(excess > 0.0, excess, 0.1 * excess[excess > 0.0].min())
    mean = float(positive.mean())
    gap = np.log(mean) - float(np.log(positive).mean())
    shape = (1.0 + np.sqrt(1.0 + 4.0 * gap / 3.0)) / (4.0 * gap)
    return float(shape), mean / float(shape)
