"""Latent series: their spectra, and tables of ranks that make their distributions uniform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from varwg._arrays import FloatArray, IntArray, brief, interpolated, matrix_product, readonly, readonly_floats
from varwg.errors import FitError


@dataclass(frozen=True, eq=False)
class LatentSpectrum:
    """Fourier coefficients of the latent series of all stations and variables, stacked as the caller likes.

    One vector of random phases, added to the phases of every series alike, makes a realisation with the same auto- and
    cross-spectra (Prichard and Theiler 1994, Phys. Rev. Lett. 73, 951), hence the same memory and the same correlation
    between stations.

    Attributes
    ----------
    coefficients : array of complex, shape (..., T // 2 + 1)
        Discrete Fourier transform of the series, each with mean 0 and variance 1.
    n_days : int
        Length T of the record.
    """

    coefficients: NDArray[np.complex128]
    n_days: int

    __repr__ = brief

    @classmethod
    def of(cls, series: FloatArray) -> LatentSpectrum:
        """The spectrum of latent series of shape (..., T), standardised first.

        Raises
        ------
        FitError
            If a series does not vary.
        """
        centred = series - series.mean(axis=-1, keepdims=True)
        spread = centred.std(axis=-1, keepdims=True)
        if not np.all(spread > 0):
            raise FitError("a latent series does not vary, so it has no spectrum: check the observations for constants.")
        coefficients = fft.rfft(centred / spread, axis=-1)
        return cls(readonly(coefficients), series.shape[-1])

    @classmethod
    def standardised(cls, coefficients: NDArray[np.complex128], n_days: int) -> LatentSpectrum:
        """A spectrum of series with mean 0 and variance 1, whatever the power of `coefficients`."""
        kept = coefficients.copy()
        kept[..., 0] = 0.0
        variance = matrix_product(np.abs(kept) ** 2, _weights(n_days))[..., None] / n_days**2
        return cls(readonly(kept / np.sqrt(variance)), n_days)

    def n_phases(self, n_days: int) -> int:
        """How many phases a realisation of `n_days` needs."""
        return self._length(n_days) // 2 + 1

    def frequencies(self, n_days: int) -> FloatArray:
        """Frequencies that the phases belong to, in cycles per day."""
        return np.asarray(fft.rfftfreq(self._length(n_days)), dtype=np.float64)

    def draw_phases(self, n_days: int, *, rng: np.random.Generator) -> FloatArray:
        """Random phases in [0, 2 pi), one per frequency, for a realisation of `n_days`."""
        return np.asarray(rng.uniform(0.0, 2.0 * np.pi, self.n_phases(n_days)), dtype=np.float64)

    def realize(self, phases: FloatArray, n_days: int) -> FloatArray:
        """Latent series of shape (..., n_days) with the given phases.

        As many days as the record, or fewer, come from the record's own frequencies (and are cut). More days come from
        the denser grid of frequencies that they span, each with a share of the nearest frequency of the record and a
        phase of its own: there are no blocks and so no seams, and there is variance at periods longer than the record.
        """
        series = fft.irfft(self.rotated(phases, n_days), n=self._length(n_days), axis=-1)
        return np.asarray(series[..., :n_days], dtype=np.float64)

    def rotated(self, phases: FloatArray, n_days: int) -> NDArray[np.complex128]:
        """Fourier coefficients of the series that `realize` makes, as many days as it makes before they are cut."""
        length = self._length(n_days)
        rotation = np.exp(1j * phases)
        rotation[0] = 1.0
        if length % 2 == 0:
            rotation[-1] = 1.0
        coefficients = np.asarray(self._coefficients(length) * rotation)
        if length % 2 == 0:
            # At the highest frequency, which has but one phase, only the real part makes waves.
            coefficients[..., -1] = coefficients[..., -1].real
        return coefficients

    def _length(self, n_days: int) -> int:
        """Days to be synthesised so that `n_days` can be cut from them."""
        return max(n_days, self.n_days)

    def _coefficients(self, length: int) -> NDArray[Any]:
        if length == self.n_days:
            return self.coefficients
        source = np.rint(np.arange(length // 2 + 1) * (self.n_days / length)).astype(np.intp)
        source = np.clip(source, 1, self.coefficients.shape[-1] - 1)
        # Each observed frequency hands its variance, no more and no less, to the frequencies that are nearest to it.
        variance, share = _weights(self.n_days), _weights(length)
        share[0] = 0.0
        gain = np.sqrt(variance[1:] / np.bincount(source, weights=share)[1:])[source - 1]
        dense = self.coefficients[..., source] * (gain * (length / self.n_days))
        dense[..., 0] = 0.0
        return np.asarray(dense)


def _weights(n_days: int) -> FloatArray:
    """How often each coefficient of a real transform counts in the variance: twice, but for zero and Nyquist."""
    weights = np.full(n_days // 2 + 1, 2.0)
    weights[0] = 1.0
    if n_days % 2 == 0:
        weights[-1] = 1.0
    return weights


#: Scores at which the distribution of the simulated scores is estimated.
_NODE_LIMIT: Final = 2.8
_N_NODES: Final = 113
#: Equidistant scores at which a map is tabulated, many enough to follow the estimate's own nodes.
_N_TABULATED: Final = 4 * _N_NODES


@dataclass(frozen=True, eq=False)
class RankTables:
    """Monotone maps of simulated scores to standard-normal scores, one per station and variable.

    Attributes
    ----------
    low, high : array, shape (S, K)
        First and last simulated score of each table.
    target : array, shape (S, K, n)
        Standard-normal scores of the same ranks as n equidistant simulated scores from `low` to `high`.
    """

    low: FloatArray
    high: FloatArray
    target: FloatArray

    __repr__ = brief

    @classmethod
    def of(cls, scores: NDArray[np.floating[Any]]) -> RankTables:
        """Tables from a long simulation of shape (S, K, N)."""
        nodes = np.linspace(-_NODE_LIMIT, _NODE_LIMIT, _N_NODES)
        low, high = np.empty(scores.shape[:-1]), np.empty(scores.shape[:-1])
        target = np.empty((*low.shape, _N_TABULATED))
        position = special.ndtr(nodes) * (scores.shape[-1] - 1)
        before = position.astype(np.intp)
        for place in np.ndindex(*low.shape):
            # A hundred quantiles are read off sorted scores in a tenth of the time that finding them one after the other takes.
            ordered = np.sort(scores[place]).astype(np.float64)
            quantiles = ordered[before] + (position - before) * (ordered[before + 1] - ordered[before])
            low[place], high[place] = quantiles[0], quantiles[-1]
            target[place] = np.interp(np.linspace(low[place], high[place], _N_TABULATED), quantiles, nodes)
        return cls(readonly_floats(low), readonly_floats(high), readonly_floats(target))

    @classmethod
    def joined(cls, parts: Sequence[RankTables]) -> RankTables:
        """Tables of stations one behind the other."""
        columns = zip(*((part.low, part.high, part.target) for part in parts), strict=True)
        return cls(*(readonly_floats(np.concatenate(column)) for column in columns))

    @classmethod
    def identity(cls, n_stations: int, n_variables: int) -> RankTables:
        """Tables that change nothing."""
        limits = np.full((n_stations, n_variables), _NODE_LIMIT)
        target = np.linspace(-_NODE_LIMIT, _NODE_LIMIT, _N_TABULATED)
        everywhere = np.broadcast_to(target, (n_stations, n_variables, _N_TABULATED))
        return cls(readonly_floats(-limits), readonly_floats(limits), readonly_floats(everywhere))

    def apply(self, scores: FloatArray, station: int | IntArray, variable: int | IntArray) -> FloatArray:
        """Scores of one station and variable after the map; beyond the table they are shifted with its ends.

        Several of both, of shape (n,), are the stations and variables of scores (n, ..., T).
        """
        shape = (*np.shape(station), *(1,) * (np.ndim(scores) - np.ndim(station)))
        low, high = self.low[station, variable].reshape(shape), self.high[station, variable].reshape(shape)
        n_nodes = self.target.shape[-1]
        position = np.clip(scores, low, high)
        beyond = scores - position
        position -= low
        position *= (n_nodes - 1) / (high - low)
        rows = (np.asarray(station) * self.target.shape[1] + np.asarray(variable)).reshape(shape)
        moved = interpolated(self.target.reshape(-1, n_nodes), rows, position)
        moved += beyond
        return moved
