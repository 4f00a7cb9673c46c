"""How little a record says: what the scores of other records of the same climate would have been, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from varwg._arrays import FloatArray, IntArray, readonly_floats
from varwg._calendar import months_of
from varwg.streams import Streams

if TYPE_CHECKING:
    from varwg._arrays import TimeArray
    from weathercop._model import MultisiteModel

__all__ = ["RESAMPLING", "STRETCH", "WIDTH", "RecordSpread", "sampling_error"]

#: How records of the same climate are simulated: cut from longer series, with amplitudes of neighbouring frequencies.
STRETCH: Final = 3
WIDTH: Final = 10
#: Records that are simulated.
_N_RECORDS: Final = 40
#: Name of the stream that a member chooses one of them with.
RESAMPLING: Final = "sampling"
_MONTHS: Final = 12
#: Months of fewer known days say nothing of their own.
_FEWEST_DAYS: Final = 20
#: Frequencies that the power of slow changes is taken from, at least, and the most by which these are enlarged.
_FEWEST_FREQUENCIES: Final = 4
_LARGEST_FACTOR: Final = 4.0


@dataclass(frozen=True, eq=False)
class RecordSpread:
    """Monthly means and standard deviations of the scores of B records as long and with the gaps of the one that was fitted.

    In the mean over the records they are 0 and 1, so that an ensemble that uses them is right in the mean.

    Attributes
    ----------
    means : array, shape (B, S, K, 12)
        Means of the scores.
    spreads : array, shape (B, S, K, 12)
        Standard deviations of the scores.
    """

    means: FloatArray
    spreads: FloatArray

    def draw(self, streams: Streams, times: TimeArray) -> tuple[FloatArray, FloatArray]:
        """Shifts and factors (S, K, T) of the scores of a member, those of one of the records; linear between months."""
        record = int(streams.generator(RESAMPLING).integers(len(self.means)))
        return _by_day(self.means[record], times), _by_day(self.spreads[record], times)


def sampling_error(model: MultisiteModel, known: FloatArray, *, streams: Streams) -> RecordSpread:
    """What records of the climate of a model would have said of it.

    A parametric bootstrap (Efron and Tibshirani 1993, chapter 6) in the space of normal scores, where each distribution is
    the standard normal one: the error of its place and scale, whatever its family.

    Parameters
    ----------
    model : MultisiteModel
        A calibrated model.
    known : array of bool, shape (S, K, T)
        Which values of the record were observed.
    streams : Streams
        Streams of the fit.
    """
    from varwg._request import Request
    from weathercop._plan import Plan
    from weathercop._simulation import realize

    plan = Plan.of(model, Request(stretch=STRETCH, amplitude_width=WIDTH))
    months = months_of(plan.times)
    means = np.zeros((_N_RECORDS, *known.shape[:2], _MONTHS))
    spreads = np.ones_like(means)
    for number in range(_N_RECORDS):
        rng = Streams(streams.seed(RESAMPLING, str(number))).generator(RESAMPLING)
        means[number], spreads[number] = _monthly(realize(model, plan, rng=rng).scores, known, months)
    record = realize(model, Plan.of(model), rng=streams.generator(RESAMPLING)).scores
    means = _with_slow_part(means - means.mean(axis=0), _error_of_mean(record))
    return RecordSpread(readonly_floats(means), readonly_floats(spreads / np.sqrt((spreads**2).mean(axis=0))))


def _error_of_mean(scores: FloatArray) -> FloatArray:
    """Standard error (S, K) of the mean of series (S, K, T), from the power that they have at periods of a year and longer.

    The mean of T days of a stationary series has the variance S(0) / T, S the spectral density (Priestley 1981, section 5.3).
    """
    n_days = scores.shape[-1]
    slowest = max(_FEWEST_FREQUENCIES, n_days // 365)
    power = np.abs(np.fft.rfft(scores - scores.mean(axis=-1, keepdims=True))[..., 1 : slowest + 1]) ** 2 / n_days
    return np.asarray(np.sqrt(power.mean(axis=-1) / n_days))


def _with_slow_part(means: FloatArray, error: FloatArray) -> FloatArray:
    """Monthly means (B, S, K, 12) whose means over the year have at least the standard error (S, K).

    A series cut from one three times as long has too little power at periods longer than the record.
    """
    annual = means.mean(axis=-1, keepdims=True)
    factor = np.clip(error / np.maximum(annual[..., 0].std(axis=0), 1e-12), 1.0, _LARGEST_FACTOR)
    return np.asarray(means + (factor[None, ..., None] - 1.0) * annual)


def _monthly(scores: FloatArray, known: FloatArray, months: IntArray) -> tuple[FloatArray, FloatArray]:
    """Means and standard deviations (S, K, 12) of known scores (S, K, T)."""
    means = np.zeros((*scores.shape[:2], _MONTHS))
    spreads = np.ones_like(means)
    for month in range(_MONTHS):
        days = months == month
        there = known[..., days]
        count = there.sum(axis=-1)
        enough = count >= _FEWEST_DAYS
        values = np.where(there, scores[..., days], 0.0)
        mean = values.sum(axis=-1) / np.maximum(count, 1)
        square = (values**2).sum(axis=-1) / np.maximum(count, 1)
        means[..., month] = np.where(enough, mean, 0.0)
        spreads[..., month] = np.where(enough, np.sqrt(np.maximum(square - mean**2, 1e-6)), 1.0)
    return means, spreads


def _by_day(table: FloatArray, times: TimeArray) -> FloatArray:
    """Values (S, K, T) of a monthly table (S, K, 12), linear between the middles of months."""
    days = times.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    length = ((months + np.timedelta64(1, "M")).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.float64)
    part = ((days - months.astype("datetime64[D]")).astype(np.float64) + 0.5) / length
    position = months.astype(np.int64) % _MONTHS + part - 0.5
    before = np.floor(position).astype(np.intp)
    share = position - before
    return np.asarray((1.0 - share) * table[..., before % _MONTHS] + share * table[..., (before + 1) % _MONTHS])
