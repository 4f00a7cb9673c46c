"""Amplitudes of a member of its own: the record's periodogram, resampled, so that members do not share it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from varwg.arrays import BoolArray, FloatArray, IntArray, readonly, readonly_floats
from varwg.errors import ScenarioError
from varwg.streams import require_generator
from weathercop.latent import LatentSpectrum


def spectrum_of_length(spectrum: LatentSpectrum, n_days: int) -> LatentSpectrum:
    """The spectrum on the grid of frequencies of `n_days`; the same object if the record is as long.

    Realisations of `n_days` are the same with it as with `spectrum`.
    """
    if n_days <= spectrum.n_days:
        return spectrum
    series = spectrum.realize(np.zeros(spectrum.n_phases(n_days)), n_days)
    return LatentSpectrum(readonly(fft.rfft(series, axis=-1)), n_days)


@dataclass(frozen=True, eq=False)
class AmplitudePool:
    """Neighbouring frequencies that each frequency may take its coefficients from: the local bootstrap of the periodogram.

    A draw takes the coefficients of one neighbour, of all series together. So amplitudes vary between members as those of
    a stationary series do, where otherwise all members have the record's periodogram and very nearly the same variance of
    annual means; and what series have in common, coherence and relative phase, is that of the record. Expected spectra
    are those of the record, smoothed over the neighbours. (Paparoditis and Politis 1999, J. Time Ser. Anal. 20, 193; Kirch
    and Politis 2011, doi:10.1214/10-AOS868.)

    Attributes
    ----------
    spectrum : LatentSpectrum
        Coefficients to choose from, on the grid of the realisation, scaled so that the expected variance of every series
        is what it was.
    first, last : array of int, shape (n_frequencies,)
        The neighbours that a frequency chooses from, itself included.
    held : array of bool, shape (n_frequencies,)
        Frequencies that keep their coefficients, and give them to no other.
    """

    spectrum: LatentSpectrum
    first: IntArray
    last: IntArray
    held: BoolArray

    @classmethod
    def of(cls, spectrum: LatentSpectrum, n_days: int, half_width: int, *, held: BoolArray | None = None) -> AmplitudePool:
        """The pool for realisations of `n_days`.

        Parameters
        ----------
        spectrum : LatentSpectrum
            Spectrum of the record, or one that `PhaseMask.spectrum` made of it.
        n_days : int
            Days of the realisations.
        half_width : int
            Farthest neighbour, in frequencies of `spectrum`; at most half the frequency itself, because spectra are
            steep where frequencies are low. 0 changes nothing.
        held : array of bool, shape (spectrum.n_phases(n_days),), optional
            Frequencies to be left alone.

        Raises
        ------
        ScenarioError
            If `half_width` is not a whole number of at least 0.
        """
        if isinstance(half_width, bool) or not isinstance(half_width, (int, np.integer)) or half_width < 0:
            raise ScenarioError(
                f"the half-width of amplitude resampling is {half_width!r}, but a whole number of neighbours is expected."
            )
        dense = spectrum_of_length(spectrum, n_days)
        own = np.arange(dense.coefficients.shape[-1])
        alone = np.zeros(own.size, dtype=bool) if held is None else np.array(held)
        # The mean has no phase, and the coefficient at the Nyquist frequency is a real number.
        alone[0] = True
        if dense.n_days % 2 == 0:
            alone[-1] = True
        reach = np.minimum(round(half_width * dense.n_days / spectrum.n_days), np.maximum(own // 2, 1))
        reach[alone] = 0
        pool = cls(dense, readonly(np.maximum(own - reach, 0)), readonly(np.minimum(own + reach, own[-1])), readonly(alone))
        return pool._with_variance_kept()

    def draw(self, *, rng: np.random.Generator) -> LatentSpectrum:
        """The spectrum of one member; equal generators choose alike from pools of equal length, whatever their series."""
        chosen = require_generator(rng).integers(self.first, self.last, endpoint=True)
        source = np.where(self.held[chosen], np.arange(chosen.size), chosen)
        return LatentSpectrum(readonly(self.spectrum.coefficients[..., source]), self.spectrum.n_days)

    def _with_variance_kept(self) -> AmplitudePool:
        coefficients = self.spectrum.coefficients.copy()
        free = ~self.held
        power = np.abs(coefficients) ** 2
        expected = self._expected(power)
        gain = np.sqrt(power[..., free].sum(axis=-1) / expected[..., free].sum(axis=-1))
        coefficients[..., free] *= gain[..., None]
        return AmplitudePool(LatentSpectrum(readonly(coefficients), self.spectrum.n_days), self.first, self.last, self.held)

    def _expected(self, power: FloatArray) -> FloatArray:
        """Expected power (..., n_frequencies) of a draw."""
        n_choices = self.last - self.first + 1
        given = self._window_sums(np.where(self.held, 0.0, power))
        kept = self._window_sums(self.held.astype(np.float64))
        return readonly_floats((given + kept * power) / n_choices)

    def _window_sums(self, values: FloatArray) -> FloatArray:
        sums = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
        return np.asarray(sums[..., self.last + 1] - sums[..., self.first])
