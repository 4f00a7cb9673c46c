"""After the fit: spectra and rain noise adjusted until simulated weather has the memory of the observed, in physical units.

Phase randomisation keeps the second moments of the latent normal scores. What users look at are those of the weather
itself, which differ a little, because neither a pair of days nor a pair of stations is exactly bivariate normal. So the
spectra are corrected by what the model, run forward, turns out to do: the correction of spectra in surrogate data
(Schreiber and Schmitz 1996, Phys. Rev. Lett. 77, 635), with matrices in place of numbers, since stations go together, and
with regard to what a variable owes to others of its station, which its own latent series may add to or cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from varwg._arrays import FloatArray, IntArray, covariance_matrix, matrix_product, solved
from varwg._scores.amount_noise import add_amount_noise, wet_scores
from varwg._simulation import Realization
from varwg.marginals._base import SeasonalMarginal
from weathercop._latent import LatentSpectrum
from weathercop._model import MultisiteModel
from weathercop._plan import Plan
from weathercop._simulation import corrected_scores, latent_series, realize_together

#: Rounds of simulating and correcting, and simulations in each.
_ROUNDS: Final = 3
_RUNS: Final = 8
#: Bands of frequencies in which spectra are compared, at most and as the least number of frequencies in each.
_MAX_BANDS: Final = 40
_BAND_WIDTH: Final = 40
#: Bands of the spectra of noise, at most: a part of the amounts cannot repair what is wrong with the others in every band.
_NOISE_BANDS: Final = 4
#: A correction is taken back if it makes the mean square error of correlations so many times as large.
_CLEARLY_FARTHER: Final = 3.0
#: A smaller one (correlations wrong by 0.03) may be an accident of so few simulations, and takes nothing back.
_UNCERTAIN: Final = 1e-3
#: Cross-spectra of latent series and weather are told from zero if their square is larger than this share of the mean square.
_DAMPING: Final = 0.02
#: Largest change of latent series in one round, as a share of them.
_LARGEST_CHANGE: Final = 0.5
#: Wet days, and dry ones, that say something of their memory.
_FEWEST_DAYS: Final = 30
#: Fewest years, and days of one, that say something about the variance of annual means.
_MIN_YEARS: Final = 5
_DAYS_OF_A_YEAR: Final = 365
#: Least and greatest factor of the amplitudes at periods above a year, in one round.
_SLOW_FACTORS: Final = (0.5, 1.5)
#: Signals of rain amounts before there are data: mean, and standard deviations of regions and of stations within one. The regions
#: that this was written with had 0.42, 0.49, 0.69, 0.93 and 1.09.
_TYPICAL_SIGNAL: Final = 0.7
_REGIONAL_SD: Final = 0.25
_LOCAL_SD: Final = 0.1
#: Least and greatest signal, and the factors of it that are tried, from 1 on downhill.
_SIGNAL_RANGE: Final = (0.1, 0.98)
_SIGNAL_FACTORS: Final = (0.51, 0.58, 0.65, 0.72, 0.79, 0.86, 0.93, 1.0, 1.07, 1.14)
#: Values that simulations have in memory together.
_VALUES_TOGETHER: Final = 2**20
#: Scores of rain that are kept while the noise of its amounts is found.
_VALUES_HELD: Final = 2**24


def calibrate_spectra(model: MultisiteModel, values: FloatArray, doy: IntArray, *, rng: np.random.Generator) -> MultisiteModel:
    """The model with latent spectra that give the observed auto- and cross-spectra between stations.

    Parameters
    ----------
    model : MultisiteModel
        A model whose simulations have the right distributions.
    values : array, shape (S, K, T)
        The observations without gaps, NaN where a station does not report a variable.
    doy : array of int, shape (T,)
        Day of the year of each value.
    rng : numpy.random.Generator
        Source of the simulations.

    Returns
    -------
    MultisiteModel
        Where amounts are noisy the spectra compared are those of wet and dry, which do not depend on the noise (see
        `calibrate_amounts`).
    """
    bands = _bands(doy.size, len(model.sites))
    cycle = _AnnualCycle(doy)
    groups = _groups(model, values)
    waves = [cycle.waves(group.of(values)) for group in groups]
    observed = [_spectral_matrices(own, own, bands) for own in waves]
    best = [_Best.nothing(matrices) for matrices in observed]
    for number in range(_ROUNDS + 1):
        simulated: list[NDArray[np.complex128]] = [np.zeros_like(matrices) for matrices in observed]
        plan = Plan.of(model)
        links: list[NDArray[np.complex128]] = [np.zeros_like(matrices) for matrices in observed]
        for run in _runs(model, plan, _RUNS, rng=rng):
            latent = model.spectrum.rotated(run.phases, model.n_days)
            for sums, link, group in zip(simulated, links, groups, strict=True):
                weather = cycle.waves(group.of(run.values))
                sums += _spectral_matrices(weather, weather, bands) / _RUNS
                link += _spectral_matrices(latent[group.series], weather, bands) / _RUNS
        model = _nearer(model, groups, observed, best, simulated, links, bands, is_last=number == _ROUNDS)
    return model


def calibrate_amounts(model: MultisiteModel, values: FloatArray, doy: IntArray, *, rng: np.random.Generator) -> MultisiteModel:
    """The model with that share of noise in rain amounts, and those spectra of it, which give the observed amounts.

    Noise is independent of which days are wet, there and elsewhere, and of other variables. What amounts have to do with these
    says what share of noise is right, whatever its spectra; and these are then free for the correlations of amounts. Where no
    spectra of so little noise give them, as amounts are more alike, or less, than wet and dry are, its share grows as long as the
    correlations gain more than what is lost.

    Parameters
    ----------
    model, values, doy, rng
        As for `calibrate_spectra`; the model has the right spectra of wet and dry.

    Returns
    -------
    MultisiteModel
        Wet days and distributions do not depend on the noise.
    """
    if not model.noisy:
        return model
    model = _with_noise_apart(model, rng=rng)
    runs = _AmountRuns.of(model, values, doy, rng=rng)

    def tried(factor: float, start: MultisiteModel) -> tuple[MultisiteModel, float]:
        signals = np.clip(factor * runs.signals, *_SIGNAL_RANGE)
        noisy = tuple(replace(one, signal=float(signal)) for one, signal in zip(model.noisy, signals, strict=True))
        candidate, error = _with_noise_spectra(replace(start, noisy=noisy), runs, values, doy)
        return candidate, error + float(np.mean((signals - runs.signals) ** 2 * runs.strengths))

    return _downhill(tried, model)


def _downhill(tried: Callable[[float, MultisiteModel], tuple[MultisiteModel, float]], start: MultisiteModel) -> MultisiteModel:
    """The model of that factor in `_SIGNAL_FACTORS` that is reached from 1 by going on as long as the error falls."""
    at = _SIGNAL_FACTORS.index(1.0)
    best, smallest = tried(1.0, start)
    for step in (-1, 1):
        began = at
        while 0 <= at + step < len(_SIGNAL_FACTORS):
            candidate, error = tried(_SIGNAL_FACTORS[at + step], best)
            if error >= smallest:
                break
            best, smallest, at = candidate, error, at + step
        if at != began:
            break
    return best


def _with_noise_apart(model: MultisiteModel, *, rng: np.random.Generator) -> MultisiteModel:
    """The model with noise that does not go with the latent series by the accident of one record.

    All series have the same random phases, so that members would repeat the correlation that the noise of the record happens to
    have with its wet days, and have too much rain. The same random turn at all stations leaves the spectra of the noise.
    """
    coefficients = model.spectrum.coefficients.copy()
    turns = rng.uniform(0.0, 2.0 * np.pi, coefficients.shape[-1])
    n_series = len(model.sites) * len(model.variables)
    coefficients[n_series:] = coefficients[[noisy.series for noisy in model.noisy]] * np.exp(1j * turns)
    return replace(model, spectrum=LatentSpectrum.standardised(_as_related(model, coefficients), model.n_days))


@dataclass(frozen=True, eq=False)
class _AmountRuns:
    """Simulations without the noise of amounts, of M series with noise, and what they say of its share.

    Attributes
    ----------
    phases : list of array
        The phases of each simulation.
    scores : array, shape (M, runs, T)
        Scores of rain without noise.
    signals, strengths : array, shape (M,)
        The signal that makes amounts go with wet days around, and with other variables, as observed; and the share of the
        variance of scores without noise that these explain.
    """

    phases: list[FloatArray]
    scores: FloatArray
    signals: FloatArray
    strengths: FloatArray

    @classmethod
    def of(cls, model: MultisiteModel, values: FloatArray, doy: IntArray, *, rng: np.random.Generator) -> _AmountRuns:
        """Simulate, and estimate the signals."""
        places = [divmod(noisy.series, len(model.variables)) for noisy in model.noisy]
        observed = _record_scores(model, values, doy)
        wet = np.array([observed[place] > noisy.threshold[doy] for place, noisy in zip(places, model.noisy, strict=True)])
        likeness = covariance_matrix(wet)
        np.fill_diagonal(likeness, 0.0)
        n_runs = int(np.clip(_VALUES_HELD // wet.size, 1, _RUNS))
        phases = [model.spectrum.draw_phases(model.n_days, rng=rng) for _ in range(n_runs)]
        scores = np.empty((len(places), n_runs, model.n_days))
        moments: list[FloatArray | float] = [0.0] * len(places)
        for run, own in enumerate(phases):
            simulated = corrected_scores(model, latent_series(model, own, model.n_days)[0], doy)
            scores[:, run] = [simulated[place] for place in places]
            for number, table in enumerate(_around(model, simulated, likeness, doy)):
                moments[number] = moments[number] + matrix_product(table, table.T) / n_runs
        explained, strengths, weights = np.zeros((3, len(places)))
        for number, table in enumerate(_around(model, observed, likeness, doy)):
            square = np.asarray(moments[number])
            slopes = np.linalg.lstsq(square[:-1, :-1], square[:-1, -1], rcond=None)[0]
            strengths[number] = slopes @ square[:-1, -1] / square[0, 0] - (square[0, -1] / square[0, 0]) ** 2
            weights[number] = table.shape[1]
            led, place = matrix_product(slopes, table[:-1]), table[-1]
            explained[number] = np.mean((led - led.mean()) * (place - place.mean()))
        prior = solved(_REGIONAL_SD**2 + _LOCAL_SD**2 * np.eye(len(places)), np.eye(len(places)))
        right = prior.sum(axis=1) * _TYPICAL_SIGNAL + weights * explained
        signals = solved(prior + np.diag(weights * strengths), right[:, None])[:, 0]
        return cls(phases, scores, np.clip(signals, *_SIGNAL_RANGE), strengths)


def _record_scores(model: MultisiteModel, values: FloatArray, doy: IntArray) -> FloatArray:
    """Scores of values (S, K, T), NaN where a variable is not reported."""
    scores = np.full(values.shape, np.nan)
    for s, row in enumerate(model.marginals):
        for k, marginal in enumerate(row):
            if marginal is not None:
                scores[s, k] = marginal.to_scores(values[s, k], doy)
    return scores


def _around(model: MultisiteModel, scores: FloatArray, likeness: FloatArray, doy: IntArray) -> Iterator[FloatArray]:
    """For each series of noisy amounts what is around its wet days, and the places of these in the wet part, in the last row.

    Around are the days before and after, the days before, after and the same day at other stations by their `likeness`, and the
    other variables of the station; the first row is 1.
    """
    places = [divmod(noisy.series, len(model.variables)) for noisy in model.noisy]
    thresholds = np.array([noisy.threshold[doy] for noisy in model.noisy])
    rain = np.array([scores[place] for place in places])
    wet = (rain > thresholds).astype(np.float64)
    elsewhere = matrix_product(likeness, wet)
    series = (np.ones_like(wet), elsewhere, *(np.roll(one, lag, axis=1) for one in (wet, elsewhere) for lag in (-1, 1)))
    for number, (s, k) in enumerate(places):
        days = np.flatnonzero(wet[number])
        others = [scores[s, j, days] for j, marginal in enumerate(model.marginals[s]) if j != k and marginal is not None]
        place = wet_scores(rain[number, days], thresholds[number, days])
        yield np.array([*(row[number, days] for row in series), *others, place])


def _with_noise_spectra(
    model: MultisiteModel, runs: _AmountRuns, values: FloatArray, doy: IntArray
) -> tuple[MultisiteModel, float]:
    """The model with those spectra of noise that give the observed spectra of amounts, and how far off these are still."""
    bands, cycle = _bands(doy.size, len(model.sites), _NOISE_BANDS), _AnnualCycle(doy)
    groups, n_series = _groups(model, values, of_noise=True), len(model.sites) * len(model.variables)
    waves = [cycle.waves(group.of(values)) for group in groups]
    observed = [_spectral_matrices(own, own, bands) for own in waves]
    best = [_Best.nothing(matrices) for matrices in observed]
    for number in range(_ROUNDS + 1):
        spectrum = LatentSpectrum(model.spectrum.coefficients[n_series:], model.n_days)
        noise = np.stack([spectrum.rotated(phases, model.n_days) for phases in runs.phases], axis=1)
        simulated, links = [], []
        for group in groups:
            rows = group.series - n_series
            series = fft.irfft(noise[rows], n=model.n_days, axis=-1)
            weather = [_amounts(model, int(row), runs.scores[row], own, doy) for row, own in zip(rows, series, strict=True)]
            pairs = list(zip(np.swapaxes(cycle.waves(np.array(weather)), 0, 1), np.swapaxes(noise[rows], 0, 1), strict=True))
            simulated.append(np.mean([_spectral_matrices(own, own, bands) for own, _ in pairs], axis=0))
            links.append(np.mean([_spectral_matrices(latent, own, bands) for own, latent in pairs], axis=0))
        model = _nearer(model, groups, observed, best, simulated, links, bands, is_last=number == _ROUNDS, is_exact=True)
    return model, max(one.error for one in best)


def _amounts(model: MultisiteModel, number: int, scores: FloatArray, noise: FloatArray, doy: IntArray) -> FloatArray:
    """Amounts (runs, T) of a noisy series, of its scores without noise, and noise."""
    noisy = model.noisy[number]
    s, k = divmod(noisy.series, len(model.variables))
    marginal = cast(SeasonalMarginal, model.marginals[s][k])
    return marginal.from_scores(add_amount_noise(scores, noisy.threshold[doy], noisy.signal, noise), doy)


def _nearer(
    model: MultisiteModel,
    groups: list[_Group],
    observed: list[NDArray[np.complex128]],
    best: list[_Best],
    simulated: list[NDArray[np.complex128]],
    links: list[NDArray[np.complex128]],
    bands: list[slice],
    *,
    is_last: bool,
    is_exact: bool = False,
) -> MultisiteModel:
    """The model after one correction more, or in the end with the best spectra there were; `best` is brought up to date.

    It `is_exact` how far off simulated spectra are where all rounds have the same phases.
    """
    held = model.spectrum.coefficients
    for number, (group, *spectra) in enumerate(zip(groups, observed, simulated, links, strict=True)):
        target, actual, link = spectra
        best[number] = best[number].or_better(held[group.series], target, actual, link, bands, is_exact=is_exact)
    steps = [0.0 if is_last else one.step for one in best]
    return replace(model, spectrum=_corrected(model, groups, observed, best, steps, bands))


def calibrate_years(model: MultisiteModel, values: FloatArray, doy: IntArray, *, rng: np.random.Generator) -> MultisiteModel:
    """The model with that power at periods above a year which gives the observed variance of means of 365 days.

    Of any 365 days, since those from January to December have a variance which is in part an accident of how the slow waves of a
    record lie to each other, and members have phases of their own. A few years determine these few frequencies badly, so all
    stations share one factor per variable.

    Parameters
    ----------
    model, values, doy, rng
        As for `calibrate_spectra`.

    Returns
    -------
    MultisiteModel
        The same model if the record is shorter than five years.
    """
    n_years = model.n_days // _DAYS_OF_A_YEAR
    if n_years < _MIN_YEARS:
        return model
    cycle = _AnnualCycle(doy)
    observed = _annual_variance(cycle, values)
    slow = slice(1, n_years)
    for _ in range(_ROUNDS):
        plan = Plan.of(model)
        runs = [_annual_variance(cycle, run.values) for run in _runs(model, plan, _RUNS, rng=rng)]
        factors = np.clip(np.sqrt(observed / np.mean(runs, axis=0)), *_SLOW_FACTORS)
        coefficients = model.spectrum.coefficients.copy()
        variables = [*range(len(model.variables))] * len(model.sites) + [one.series % len(model.variables) for one in model.noisy]
        coefficients[:, slow] *= np.where(np.isfinite(factors), factors, 1.0)[variables][:, None]
        related = _as_related(model, coefficients)
        model = replace(model, spectrum=LatentSpectrum.standardised(related, model.n_days))
    return model


def _runs(model: MultisiteModel, plan: Plan, n_runs: int, *, rng: np.random.Generator) -> Iterator[Realization]:
    """Simulations one after the other; some are made together, which is faster and gives the same numbers."""
    size = len(model.sites) * len(model.variables) * plan.times.size
    together = max(1, _VALUES_TOGETHER // size)
    for first in range(0, n_runs, together):
        yield from realize_together(model, plan, rngs=[rng] * min(together, n_runs - first), with_scores=False)


def _annual_variance(cycle: _AnnualCycle, values: FloatArray) -> FloatArray:
    """Variance of means of any 365 days of each variable, in units of that of its days, mean over stations: shape (K,).

    A sum over the power of all periods, in which each counts by what a mean of 365 days leaves of its wave.
    """
    angle = np.pi * fft.rfftfreq(values.shape[-1])[1:]
    left = (np.sin(_DAYS_OF_A_YEAR * angle) / (_DAYS_OF_A_YEAR * np.sin(angle))) ** 2
    power = np.abs(cycle.waves(values)[..., 1:]) ** 2
    return np.asarray(np.nanmean(2.0 * (power @ left) / values.shape[-1] ** 2, axis=0))


class _AnnualCycle:
    """The mean annual cycle (three harmonics) and what is left without it."""

    def __init__(self, doy: IntArray) -> None:
        angle = 2 * np.pi * doy / 365.25
        columns = [np.ones(doy.size)] + [f(n * angle) for n in (1, 2, 3) for f in (np.cos, np.sin)]
        self.basis, _ = np.linalg.qr(np.stack(columns, axis=1))

    def waves(self, values: FloatArray) -> NDArray[np.complex128]:
        """Fourier coefficients of values (..., T) without their mean annual cycle, in standard deviations of what is left."""
        without = values - matrix_product(matrix_product(values, self.basis), self.basis.T)
        return np.asarray(fft.rfft(without / without.std(axis=-1, keepdims=True), axis=-1))


class _Group(NamedTuple):
    """One variable at the stations whose spectra are compared, and the latent series that are corrected for it.

    With a `limit` it is not the values that count, but whether they reach it.
    """

    variable: int
    stations: IntArray
    series: IntArray
    limit: float | None

    def of(self, values: FloatArray) -> FloatArray:
        """What is compared, of values (S, K, T): shape (stations, T)."""
        own = values[self.stations, self.variable]
        return own if self.limit is None else np.asarray(own >= self.limit, dtype=np.float64)


def _groups(model: MultisiteModel, values: FloatArray, *, of_noise: bool = False) -> list[_Group]:
    """All variables, those with noisy amounts as wet and dry where there are days of both, or the noisy amounts alone."""
    n_variables = len(model.variables)
    n_series = len(model.sites) * n_variables
    noise_rows = {noisy.series: n_series + row for row, noisy in enumerate(model.noisy)}
    groups = []
    for k, variable in enumerate(model.variables):
        reported = [s for s, row in enumerate(model.marginals) if row[k] is not None]
        for is_noisy in (True, False):
            limit = variable.noisy_above if is_noisy and not of_noise else None
            chosen = [s for s in reported if (s * n_variables + k in noise_rows) == is_noisy]
            if limit is not None:
                wet = np.count_nonzero(values[chosen, k] >= limit, axis=-1)
                chosen = [s for s, n in zip(chosen, wet, strict=True) if _FEWEST_DAYS <= n <= values.shape[-1] - _FEWEST_DAYS]
            rows = [s * n_variables + k for s in chosen]
            if not chosen or (of_noise and not is_noisy):
                continue
            series = [noise_rows[row] for row in rows] if of_noise else rows
            groups.append(_Group(k, np.array(chosen, dtype=np.intp), np.array(series, dtype=np.intp), limit))
    return groups


def _bands(n_days: int, n_stations: int, most: int = _MAX_BANDS) -> list[slice]:
    """Bands of equal width, wide enough to estimate a matrix of all stations in each."""
    n_frequencies = n_days // 2
    width = max(_BAND_WIDTH, 4 * n_stations, -(-n_frequencies // most))
    edges = np.linspace(1, n_frequencies + 1, max(n_frequencies // width, 1) + 1).astype(int)
    return [slice(int(start), int(stop)) for start, stop in pairwise(edges)]


def _spectral_matrices(
    rows: NDArray[np.complex128], columns: NDArray[np.complex128], bands: list[slice]
) -> NDArray[np.complex128]:
    """Cross-spectral matrices of Fourier coefficients (N, F) with others, averaged over bands: shape (bands, N, N)."""
    return np.array([matrix_product(rows[:, band], columns[:, band].conj().T) / (band.stop - band.start) for band in bands])


class _Best(NamedTuple):
    """The coefficients of a group that came nearest to the observed spectra so far, and how far to go from there.

    A correction can miss, since it is of first order and knows spectra from few simulations. Such a step is taken back, and
    halved. `links` are the cross-spectra of latent series and weather.
    """

    error: float
    step: float
    coefficients: NDArray[np.complex128]
    simulated: NDArray[np.complex128]
    links: NDArray[np.complex128]

    @classmethod
    def nothing(cls, target: NDArray[np.complex128]) -> _Best:
        """Before the first simulation."""
        return cls(np.inf, 1.0, np.empty((0, 0), dtype=np.complex128), target, target)

    def or_better(
        self,
        coefficients: NDArray[np.complex128],
        target: NDArray[np.complex128],
        actual: NDArray[np.complex128],
        links: NDArray[np.complex128],
        bands: list[slice],
        *,
        is_exact: bool = False,
    ) -> _Best:
        """`coefficients`, which gave `actual`, or this if they are clearly farther from `target`: distances are uncertain."""
        error = _distance(target, actual, bands)
        if error < (self.error if is_exact else max(_CLEARLY_FARTHER * self.error, _UNCERTAIN)):
            return _Best(min(error, self.error), self.step, coefficients, actual, links)
        return self._replace(step=0.5 * self.step)


def _distance(target: NDArray[np.complex128], actual: NDArray[np.complex128], bands: list[slice]) -> float:
    """Mean square difference of the correlations between stations, on the same day and from one day to the next.

    They are sums over the bands of spectral matrices (bands, N, N); squares summed band by band would make more of how the
    variance of one station is spread over periods.
    """
    widths = np.array([band.stop - band.start for band in bands], dtype=np.float64)
    middles = np.array([0.5 * (band.start + band.stop - 1) for band in bands])
    variance = np.einsum("b,bii->i", widths, target.real)
    scaled = widths[:, None, None] * (target - actual) / np.sqrt(np.outer(variance, variance))
    one_day = np.exp(1j * np.pi * middles / bands[-1].stop)
    same_day, next_day = scaled.sum(axis=0).real, np.einsum("b,bij->ij", one_day, scaled).real
    return float(np.mean(same_day**2 + next_day**2))


def _corrected(
    model: MultisiteModel,
    groups: list[_Group],
    observed: list[NDArray[np.complex128]],
    best: list[_Best],
    steps: list[float],
    bands: list[slice],
) -> LatentSpectrum:
    """The best spectrum filtered so that simulated spectral matrices become the observed ones, to first order.

    With a step of 1; shorter steps go only a part of the way.
    """
    coefficients = model.spectrum.coefficients.copy()
    centres = np.array([(band.start + band.stop - 1) / 2 for band in bands])
    frequencies = np.arange(coefficients.shape[-1])
    # Between the middles of bands the matrices are interpolated: each frequency has a share of the two that are nearest.
    shares = [np.interp(frequencies, centres, row) for row in np.eye(centres.size)]
    for group, target, state, step in zip(groups, observed, best, steps, strict=True):
        series = group.series
        gains = np.eye(series.size) + step * _change(target, state, bands)
        coefficients[series] = 0.0
        for gain, share in zip(gains, shares, strict=True):
            near = np.flatnonzero(share)
            coefficients[np.ix_(series, near)] += matrix_product(gain, state.coefficients[:, near] * share[near])
    return LatentSpectrum.standardised(_as_related(model, coefficients), model.spectrum.n_days)


def _as_related(model: MultisiteModel, coefficients: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Coefficients with the correlations that the latent series of a station have in the model, next to none; noise has none.

    Slow changes of two variables go together otherwise than fast ones do. So a filter that makes one of them slower makes two
    series dependent on the same day, which the copulas take to be independent. Each variable is repaired by those before it, the
    primary first. Noise that went with its latent series would be larger on wet days than on others, and all rain with it.
    """
    shape = (len(model.sites), len(model.variables), coefficients.shape[-1])
    order = np.argsort(np.arange(shape[1]) != model.primary, kind="stable")
    n_series = shape[0] * shape[1]

    def factor(rows: NDArray[np.complex128]) -> FloatArray:
        return np.asarray(np.linalg.cholesky(matrix_product(rows, np.swapaxes(rows.conj(), 1, 2)).real), dtype=np.float64)

    before, after = (rows[:n_series].reshape(shape)[:, order] for rows in (model.spectrum.coefficients, coefficients))
    related = np.empty(shape, dtype=np.complex128)
    related[:, order] = matrix_product(factor(before), solved(factor(after), after))
    noise = coefficients[n_series:].copy()
    for noisy, row in zip(model.noisy, noise, strict=True):
        latent = related[noisy.series // shape[1]]
        together = matrix_product(latent, np.stack([*latent.conj(), row.conj()], axis=1)).real
        row -= matrix_product(solved(together[:, :-1], together[:, -1:])[:, 0], latent)
    return np.concatenate([related.reshape(n_series, -1), noise])


def _change(target: NDArray[np.complex128], state: _Best, bands: list[slice]) -> NDArray[np.complex128]:
    """Matrices E (bands, N, N) by which latent series have to change, l + E l, for the weather to have the target spectra.

    Weather x that changes by b dl, with slopes b, changes its spectra by b E C + (b E C)*, where C are the cross-spectra of
    l and x, so that E = (target - simulated) C^-1 / 2b. C, unlike the spectra of x, knows how much of x comes from l, and
    whether that adds to what comes from other variables or cancels it.
    """
    widths = np.array([band.stop - band.start for band in bands], dtype=np.float64)
    covariance = np.einsum("b,bii->i", widths, state.links.real)
    power = np.array([np.sum(np.abs(state.coefficients[:, band]) ** 2, axis=1) for band in bands]).sum(axis=0)
    slope = covariance / power
    adjoint = np.swapaxes(state.links.conj(), 1, 2)
    square = matrix_product(state.links, adjoint)
    size = np.einsum("bii->b", square.real) / square.shape[-1]
    inverse = adjoint @ solved(square + _DAMPING * size[:, None, None] * np.eye(square.shape[-1]), np.eye(square.shape[-1]))
    change = 0.5 * ((target - state.simulated) @ inverse) / slope[:, None]
    norm = np.linalg.norm(change, ord=2, axis=(1, 2))
    return np.asarray(change * np.minimum(1.0, _LARGEST_CHANGE / np.maximum(norm, _LARGEST_CHANGE))[:, None, None])
