"""After the fit: spectra and rain noise adjusted until simulated weather has the memory of the observed, in physical units.

Phase randomisation keeps the second moments of the latent normal scores. What users look at are those of the weather
itself, which differ a little, because neither a pair of days nor a pair of stations is exactly bivariate normal. So the
spectra are corrected by what the model, run forward, turns out to do: the correction of spectra in surrogate data
(Schreiber and Schmitz 1996, Phys. Rev. Lett. 77, 635), with matrices in place of numbers, since stations go together, and
with regard to what a variable owes to others of its station, which its own latent series may add to or cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from varwg._arrays import FloatArray, IntArray
from varwg._scores.amount_noise import add_amount_noise
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
#: A correction is taken back if it makes the mean square error of correlations so many times as large.
_CLEARLY_FARTHER: Final = 3.0
#: A smaller one (correlations wrong by 0.03) may be an accident of so few simulations, and takes nothing back.
_UNCERTAIN: Final = 1e-3
#: Cross-spectra of latent series and weather are told from zero if their square is larger than this share of the mean square.
_DAMPING: Final = 0.02
#: Largest change of latent series in one round, as a share of them.
_LARGEST_CHANGE: Final = 0.5
#: Fewest complete years, and days of one, that say something about the variance of annual means.
_MIN_YEARS: Final = 5
_DAYS_OF_A_YEAR: Final = 365
#: Least and greatest factor of the amplitudes at periods above a year, in one round.
_SLOW_FACTORS: Final = (0.5, 1.5)
#: Factors of the signal in rain amounts that are tried, from 1 on downhill, and the largest signal that can result.
_SIGNAL_FACTORS: Final = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
_LARGEST_SIGNAL: Final = 0.99
#: Values that simulations have in memory together.
_VALUES_TOGETHER: Final = 2**20


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
        Where amounts are noisy it is the spectrum of the noise that is corrected; that of the series itself has to serve
        the occurrence of rain.
    """
    bands = _bands(doy.size, len(model.sites))
    cycle = _AnnualCycle(doy)
    groups = _groups(model)
    waves = [fft.rfft(cycle.anomalies(values[g.stations, g.variable]), axis=-1) for g in groups]
    observed = [_spectral_matrices(own, own, bands) for own in waves]
    best = [_Best.nothing(matrices) for matrices in observed]
    for number in range(_ROUNDS + 1):
        simulated: list[NDArray[np.complex128]] = [np.zeros_like(matrices) for matrices in observed]
        plan = Plan.of(model)
        links: list[NDArray[np.complex128]] = [np.zeros_like(matrices) for matrices in observed]
        for run in _runs(model, plan, _RUNS, rng=rng):
            latent = model.spectrum.rotated(run.phases, model.n_days)
            for sums, link, group in zip(simulated, links, groups, strict=True):
                weather = fft.rfft(cycle.anomalies(run.values[group.stations, group.variable]), axis=-1)
                sums += _spectral_matrices(weather, weather, bands) / _RUNS
                link += _spectral_matrices(latent[group.series], weather, bands) / _RUNS
        held = model.spectrum.coefficients
        best = [
            old.or_better(held[group.series], target, actual, link, bands)
            for old, group, target, actual, link in zip(best, groups, observed, simulated, links, strict=True)
        ]
        steps = [known.step if number < _ROUNDS else 0.0 for known in best]
        model = replace(model, spectrum=_corrected(model, groups, observed, best, steps, bands))
    return model


def calibrate_amounts(model: MultisiteModel, values: FloatArray, doy: IntArray, *, rng: np.random.Generator) -> MultisiteModel:
    """The model with that share of noise in rain amounts which gives the observed correlations in time and space.

    Parameters
    ----------
    model, values, doy, rng
        As for `calibrate_spectra`.

    Returns
    -------
    MultisiteModel
        The signals of all noisy series multiplied by one factor; wet days and distributions do not depend on it.
    """
    if not model.noisy:
        return model
    cycle = _AnnualCycle(doy)
    places = [divmod(noisy.series, len(model.variables)) for noisy in model.noisy]
    stations, variables = np.array(places).T
    observed = _memory(cycle.anomalies(values[stations, variables]))
    runs = []
    for _ in range(_RUNS):
        latent, noise = latent_series(model, model.spectrum.draw_phases(model.n_days, rng=rng), model.n_days)
        runs.append((corrected_scores(model, latent, doy)[stations, variables], noise))

    def error(factor: float) -> float:
        """Only the noise depends on the factor, which all that the vine does comes before."""
        found = []
        for scores, noise in runs:
            amounts = np.empty_like(scores)
            for row, noisy in enumerate(_with_signal(model, factor).noisy):
                with_noise = add_amount_noise(scores[row], noisy.threshold[doy], noisy.signal, noise[row])
                s, k = places[row]
                amounts[row] = cast(SeasonalMarginal, model.marginals[s][k]).from_scores(with_noise, doy)
            found.append(_memory(cycle.anomalies(amounts)))
        return float(np.mean((np.mean(found, axis=0) - observed) ** 2))

    return _with_signal(model, _downhill(error))


def calibrate_years(model: MultisiteModel, values: FloatArray, *, rng: np.random.Generator) -> MultisiteModel:
    """The model with that power at periods above a year which gives the observed variance of annual means.

    A few years determine these few frequencies badly, so all stations share one factor per variable.

    Parameters
    ----------
    model, values, rng
        As for `calibrate_spectra`.

    Returns
    -------
    MultisiteModel
        The same model if the record has fewer than five complete years.
    """
    years = _complete_years(model)
    if len(years) < _MIN_YEARS:
        return model
    observed = _annual_variance(values, years)
    slow = slice(1, len(years))
    for _ in range(_ROUNDS):
        plan = Plan.of(model)
        runs = [_annual_variance(run.values, years) for run in _runs(model, plan, _RUNS, rng=rng)]
        factors = np.clip(np.sqrt(observed / np.mean(runs, axis=0)), *_SLOW_FACTORS)
        coefficients = model.spectrum.coefficients.copy()
        for group in _groups(model):
            rows = np.concatenate([group.series, group.stations * len(model.variables) + group.variable])
            coefficients[np.unique(rows), slow] *= factors[group.variable]
        model = replace(model, spectrum=LatentSpectrum.standardised(coefficients, model.n_days))
    return model


def _runs(model: MultisiteModel, plan: Plan, n_runs: int, *, rng: np.random.Generator) -> Iterator[Realization]:
    """Simulations one after the other; some are made together, which is faster and gives the same numbers."""
    size = len(model.sites) * len(model.variables) * plan.times.size
    together = max(1, _VALUES_TOGETHER // size)
    for first in range(0, n_runs, together):
        yield from realize_together(model, plan, rngs=[rng] * min(together, n_runs - first), with_scores=False)


def _complete_years(model: MultisiteModel) -> list[NDArray[np.bool_]]:
    """Which days of the record belong to each calendar year that is complete."""
    numbers = model.times.astype("datetime64[Y]").astype(np.int64)
    masks = (numbers == year for year in np.unique(numbers))
    return [mask for mask in masks if mask.sum() >= _DAYS_OF_A_YEAR]


def _annual_variance(values: FloatArray, years: list[NDArray[np.bool_]]) -> FloatArray:
    """Variance of annual means of each variable, in units of that of its days, mean over stations: shape (K,)."""
    means = np.stack([values[..., year].mean(axis=-1) for year in years], axis=-1)
    return np.asarray(np.nanmean(means.var(axis=-1, ddof=1) / values.var(axis=-1), axis=0))


class _AnnualCycle:
    """The mean annual cycle (three harmonics) and what is left without it."""

    def __init__(self, doy: IntArray) -> None:
        angle = 2 * np.pi * doy / 365.25
        columns = [np.ones(doy.size)] + [f(n * angle) for n in (1, 2, 3) for f in (np.cos, np.sin)]
        self.basis, _ = np.linalg.qr(np.stack(columns, axis=1))

    def anomalies(self, values: FloatArray) -> FloatArray:
        """Values (N, T) without their mean annual cycle."""
        return np.asarray(values - (values @ self.basis) @ self.basis.T)


def _downhill(error: Callable[[float], float]) -> float:
    """The factor in `_SIGNAL_FACTORS` that is reached from 1 by going on as long as the error falls."""
    at = _SIGNAL_FACTORS.index(1.0)
    smallest = error(1.0)
    for step in (-1, 1):
        began = at
        while 0 <= at + step < len(_SIGNAL_FACTORS) and (following := error(_SIGNAL_FACTORS[at + step])) < smallest:
            at, smallest = at + step, following
        if at != began:
            break
    return _SIGNAL_FACTORS[at]


def _with_signal(model: MultisiteModel, factor: float) -> MultisiteModel:
    """The signals of all noisy series multiplied by `factor`, but kept below 1."""
    signals = [min(noisy.signal * factor, max(noisy.signal, _LARGEST_SIGNAL)) for noisy in model.noisy]
    noisy = tuple(replace(noisy, signal=signal) for noisy, signal in zip(model.noisy, signals, strict=True))
    return replace(model, noisy=noisy)


def _memory(anomalies: FloatArray) -> FloatArray:
    """Lag-1 autocorrelations, and correlations between all pairs, of series (N, T)."""
    standard = anomalies / anomalies.std(axis=-1, keepdims=True)
    lag1 = (standard[:, 1:] * standard[:, :-1]).mean(axis=-1)
    correlations = standard @ standard.T / standard.shape[-1]
    return np.concatenate([lag1, correlations[np.triu_indices(len(standard), 1)]])


class _Group(NamedTuple):
    """One variable at the stations whose spectra are compared, and the latent series that are corrected for it."""

    variable: int
    stations: IntArray
    series: IntArray


def _groups(model: MultisiteModel) -> list[_Group]:
    n_variables = len(model.variables)
    n_series = len(model.sites) * n_variables
    noise_rows = {noisy.series: n_series + row for row, noisy in enumerate(model.noisy)}
    groups = []
    for k in range(n_variables):
        reported = [s for s, row in enumerate(model.marginals) if row[k] is not None]
        own = [s * n_variables + k for s in reported]
        noisy = [number in noise_rows for number in own]
        for wanted in (False, True):
            chosen = [s for s, is_noisy in zip(reported, noisy, strict=True) if is_noisy == wanted]
            rows = [noise_rows.get(s * n_variables + k, s * n_variables + k) for s in chosen]
            if chosen:
                groups.append(_Group(k, np.array(chosen, dtype=np.intp), np.array(rows, dtype=np.intp)))
    return groups


def _bands(n_days: int, n_stations: int) -> list[slice]:
    """Bands of equal width, wide enough to estimate a matrix of all stations in each."""
    n_frequencies = n_days // 2
    width = max(_BAND_WIDTH, 4 * n_stations, -(-n_frequencies // _MAX_BANDS))
    edges = np.linspace(1, n_frequencies + 1, max(n_frequencies // width, 1) + 1).astype(int)
    return [slice(int(start), int(stop)) for start, stop in pairwise(edges)]


def _spectral_matrices(
    rows: NDArray[np.complex128], columns: NDArray[np.complex128], bands: list[slice]
) -> NDArray[np.complex128]:
    """Cross-spectral matrices of Fourier coefficients (N, F) with others, averaged over bands: shape (bands, N, N)."""
    return np.array([rows[:, band] @ columns[:, band].conj().T / (band.stop - band.start) for band in bands])


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
    ) -> _Best:
        """`coefficients`, which gave `actual`, or this if they are clearly farther from `target`: distances are uncertain."""
        error = _distance(target, actual, bands)
        if error < max(_CLEARLY_FARTHER * self.error, _UNCERTAIN):
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
    for group, target, known, step in zip(groups, observed, best, steps, strict=True):
        series = group.series
        gains = np.eye(series.size) + step * _change(target, known, bands)
        coefficients[series] = 0.0
        for gain, share in zip(gains, shares, strict=True):
            near = np.flatnonzero(share)
            coefficients[np.ix_(series, near)] += gain @ (known.coefficients[:, near] * share[near])
    return LatentSpectrum.standardised(coefficients, model.spectrum.n_days)


def _change(target: NDArray[np.complex128], known: _Best, bands: list[slice]) -> NDArray[np.complex128]:
    """Matrices E (bands, N, N) by which latent series have to change, l + E l, for the weather to have the target spectra.

    Weather x that changes by b dl, with slopes b, changes its spectra by b E C + (b E C)*, where C are the cross-spectra of
    l and x, so that E = (target - simulated) C^-1 / 2b. C, unlike the spectra of x, knows how much of x comes from l, and
    whether that adds to what comes from other variables or cancels it.
    """
    widths = np.array([band.stop - band.start for band in bands], dtype=np.float64)
    covariance = np.einsum("b,bii->i", widths, known.links.real)
    power = np.array([np.sum(np.abs(known.coefficients[:, band]) ** 2, axis=1) for band in bands]).sum(axis=0)
    slope = covariance / power
    adjoint = np.swapaxes(known.links.conj(), 1, 2)
    square = known.links @ adjoint
    size = np.einsum("bii->b", square.real) / square.shape[-1]
    inverse = adjoint @ np.linalg.inv(square + _DAMPING * size[:, None, None] * np.eye(square.shape[-1]))
    change = 0.5 * ((target - known.simulated) @ inverse) / slope[:, None]
    norm = np.linalg.norm(change, ord=2, axis=(1, 2))
    return np.asarray(change * np.minimum(1.0, _LARGEST_CHANGE / np.maximum(norm, _LARGEST_CHANGE))[:, None, None])
