"""How little a record says: what the distributions of other records of the same climate would have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray, brief, readonly_floats
from varwg._calendar import doy_index, months_of
from varwg._ranks import RANK_MARGIN
from varwg._scores.amount_noise import scores_of_wet, wet_scores
from varwg.streams import Streams

if TYPE_CHECKING:
    from varwg._arrays import TimeArray
    from weathercop._latent import LatentSpectrum
    from weathercop._model import MultisiteModel

__all__ = ["RecordSpread", "sampling_error"]

#: Records that are simulated.
_N_RECORDS: Final = 40
#: Name of the stream that they, and what a member makes of them, are drawn from.
RESAMPLING: Final = "sampling"
_MONTHS: Final = 12
#: Months of fewer known days, or wet ones, say nothing of their own.
_FEWEST_DAYS: Final = 20
#: Frequencies that the power of slow changes is taken from, at least.
_FEWEST_FREQUENCIES: Final = 4
#: Places within the wet part, as scores, at which amounts are compared; farther out, the largest amounts of a record decide.
_NODES: Final = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
#: Steps that make the mean frequency of wet days over the records that of the model.
_NEWTON_STEPS: Final = 4


@dataclass(frozen=True, eq=False)
class RecordSpread:
    """Distributions of scores in B records as long and with the gaps of the one that was fitted, month by month.

    Where values are not censored, means and standard deviations; where dry days are, the threshold and the places of amounts
    in the wet part, as scores. In the mean over the records they are those of the model, so that an ensemble that uses them is
    right in the mean; but variances are larger than those of the record by what it has lost to the means of its months.

    Attributes
    ----------
    means : array, shape (B, S, K, 12)
        Means of the scores, or of the scores within the wet part.
    spreads : array, shape (B, S, K, 12)
        Standard deviations of the scores; 1 where there are dry days.
    thresholds : array, shape (B, S, K, 12)
        How much higher the score is above which days are wet.
    shapes : array, shape (B, S, K, N)
        How much higher scores within the wet part are at N places, the same in all months; see `NODES`.
    """

    means: FloatArray
    spreads: FloatArray
    thresholds: FloatArray
    shapes: FloatArray

    __repr__ = brief

    def draw(self, streams: Streams, model: MultisiteModel, times: TimeArray) -> OtherRecord:
        """What another record says, for the days of a member; linear between months.

        Normal with the mean and covariance of the B records, so that there is no end of different ones.
        """
        rng = streams.generator(RESAMPLING)
        weights = rng.standard_normal(len(self.means)) / np.sqrt(len(self.means) - 1.0)

        def drawn(table: FloatArray) -> FloatArray:
            middle = table.mean(axis=0)
            return np.asarray(middle + np.tensordot(weights, table - middle, axes=1))

        means, spreads, rises = (
            _by_day(table, times) for table in (drawn(self.means), np.exp(drawn(np.log(self.spreads))), drawn(self.thresholds))
        )
        # Places of amounts stay in order.
        shapes = np.maximum.accumulate(_NODES + drawn(self.shapes), axis=-1) - _NODES
        return OtherRecord(means, spreads, rises, shapes, _thresholds(model)[..., doy_index(times)])


@dataclass(frozen=True, eq=False)
class OtherRecord:
    """Distributions that one other record says, for the days of a member.

    Attributes
    ----------
    means, spreads, rises : array, shape (S, K, T)
        As in `RecordSpread`, day by day.
    shapes : array, shape (S, K, N)
        As in `RecordSpread`.
    dry : array, shape (S, K, T)
        Scores up to which the model has dry days; -inf where it has none.
    """

    means: FloatArray
    spreads: FloatArray
    rises: FloatArray
    shapes: FloatArray
    dry: FloatArray

    __repr__ = brief

    def apply(self, scores: FloatArray) -> FloatArray:
        """Scores (S, K, T) for the distributions of the model that give weather with those of the other record."""
        result = self.spreads * scores + self.means
        for place in map(tuple, np.argwhere(np.isfinite(self.dry).any(axis=-1))):
            series, dry = scores[place], self.dry[place]
            begins = dry + self.rises[place]
            result[place] = series - self.rises[place]
            wet = series > begins
            within = wet_scores(series[wet], begins[wet])
            within = within + self.means[place][wet] + np.interp(within, _NODES, self.shapes[place])
            result[place][wet] = scores_of_wet(within, dry[wet])
            result[place][~wet] = np.minimum(result[place][~wet], dry[~wet])
        return result


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
    from weathercop._phases import AMPLITUDES, PHASES, WIDTH, AmplitudePool, with_annual_harmonics
    from weathercop._simulation import scores_of_latent

    spectrum = with_annual_harmonics(model.spectrum)
    pool = AmplitudePool.of(spectrum, model.n_days, WIDTH)
    doy, months = doy_index(model.times), months_of(model.times)
    dry = _thresholds(model)[..., doy]
    said = []
    for number in range(_N_RECORDS):
        run_streams = Streams(streams.seed(RESAMPLING, str(number)))
        phases = spectrum.draw_phases(model.n_days, rng=run_streams.generator(PHASES))
        series = pool.draw(rng=run_streams.generator(AMPLITUDES)).realize(phases, model.n_days)
        series += _mean_of_record(spectrum, rng=run_streams.generator(RESAMPLING))[:, None]
        said.append(_said(scores_of_latent(model, series, doy), known, months, dry))
    means, spreads, thresholds, shapes = (np.stack(parts) for parts in zip(*said, strict=True))
    return RecordSpread(
        readonly_floats(means - means.mean(axis=0)),
        readonly_floats(spreads / (spreads**2).mean(axis=0)),
        readonly_floats(_centred(thresholds, dry, months)),
        readonly_floats(shapes - shapes.mean(axis=0)),
    )


def _thresholds(model: MultisiteModel) -> FloatArray:
    """Scores (S, K, 366) up to which days are dry; -inf where none is."""
    nothing = np.full(366, -np.inf)
    return np.array([[nothing if m is None else m.threshold_scores() for m in row] for row in model.marginals])


def _mean_of_record(spectrum: LatentSpectrum, *, rng: np.random.Generator) -> FloatArray:
    """Means of all series in a record, from the power at periods longer than a year.

    The mean of T days of a stationary series has the variance S(0) / T, S the spectral density (Priestley 1981, section 5.3).
    As n frequencies tell S(0) with 2 n degrees of freedom, it is Student's t and not normal.
    """
    slowest = max(_FEWEST_FREQUENCIES, spectrum.n_days // 366)
    low = spectrum.coefficients[:, 1 : slowest + 1]
    freedom = 2 * low.shape[1]
    weights = rng.standard_normal((2, low.shape[1])) / np.sqrt(rng.chisquare(freedom) / freedom)
    return np.asarray((low.real @ weights[0] - low.imag @ weights[1]) / (spectrum.n_days * np.sqrt(low.shape[1])))


def _said(
    scores: FloatArray, reported: FloatArray, months: IntArray, dry: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """What scores (S, K, T) say of monthly means, standard deviations and thresholds, and of the shapes of amounts."""
    shape = (*scores.shape[:2], _MONTHS)
    means, spreads, thresholds = np.zeros(shape), np.ones(shape), np.zeros(shape)
    shapes = np.zeros((*shape[:2], len(_NODES)))
    ranks = special.ndtr(np.array(_NODES))
    for place in np.ndindex(*shape[:2]):
        there = reported[place]
        series, month, begins = scores[place][there], months[there], dry[place][there]
        days = np.bincount(month, minlength=_MONTHS)
        enough = days >= _FEWEST_DAYS
        if not np.isfinite(begins).any():
            mean = np.bincount(month, series, _MONTHS) / np.maximum(days, 1)
            square = np.bincount(month, series**2, _MONTHS) / np.maximum(days, 1)
            means[place] = np.where(enough, mean, 0.0)
            spreads[place] = np.where(enough, np.sqrt(np.maximum(square - mean**2, 1e-6)), 1.0)
            continue
        wet = series > begins
        n_wet = np.bincount(month[wet], minlength=_MONTHS)
        share = np.clip(n_wet, 0.5, days - 0.5) / np.maximum(days, 1)
        expected = np.bincount(month, special.ndtr(-begins), _MONTHS) / np.maximum(days, 1)
        thresholds[place][enough] = special.ndtri(expected[enough]) - special.ndtri(share[enough])
        within = wet_scores(series[wet], begins[wet])
        if within.size < _FEWEST_DAYS:
            continue
        of_month = np.bincount(month[wet], within - within.mean(), _MONTHS) / np.maximum(n_wet, 1)
        means[place] = np.where(n_wet >= _FEWEST_DAYS, of_month, 0.0)
        shapes[place] = np.quantile(within - means[place][month[wet]], ranks) - _NODES
    return means, spreads, thresholds, shapes


def _centred(thresholds: FloatArray, dry: FloatArray, months: IntArray) -> FloatArray:
    """Thresholds (B, S, K, 12), all higher or lower by as much as makes the mean frequency of wet days that of the model."""
    centred = thresholds.copy()
    for place in map(tuple, np.argwhere(np.isfinite(dry).any(axis=-1))):
        days = np.maximum(np.bincount(months, minlength=_MONTHS), 1)
        wet = np.bincount(months, special.ndtr(-dry[place]), _MONTHS) / days
        middle = -special.ndtri(np.clip(wet, RANK_MARGIN, 1.0 - RANK_MARGIN))
        rises = centred[(slice(None), *place)]
        for _ in range(_NEWTON_STEPS):
            slope = np.exp(-0.5 * (middle + rises) ** 2).mean(axis=0) / np.sqrt(2.0 * np.pi)
            rises += (special.ndtr(-middle - rises).mean(axis=0) - wet) / np.maximum(slope, 1e-3)
    return centred


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
