"""Latent series: independent standard-normal series per station and variable, their spectra, and random phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from varwg.arrays import FloatArray, readonly
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
        variance = (np.abs(kept) ** 2 @ _weights(n_days))[..., None] / n_days**2
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
        length = self._length(n_days)
        rotation = np.exp(1j * phases)
        rotation[0] = 1.0
        if length % 2 == 0:
            rotation[-1] = 1.0
        coefficients = self._coefficients(length)
        return np.asarray(fft.irfft(coefficients * rotation, n=length, axis=-1)[..., :n_days], dtype=np.float64)

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
