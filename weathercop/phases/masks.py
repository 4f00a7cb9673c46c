"""Which periods keep the phases of the record while all others are randomised, and what that means for longer series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from varwg.arrays import BoolArray, FloatArray, readonly
from varwg.errors import ScenarioError
from weathercop.latent import LatentSpectrum
from weathercop.phases.amplitudes import spectrum_of_length


@dataclass(frozen=True)
class PhaseMask:
    """Bands of periods that every realisation has from the record, day by day, from the record's first day on.

    Attributes
    ----------
    keep_periods : tuple of (shortest, longest)
        Bands of periods in days, ends included.
    """

    keep_periods: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, keep_periods: Sequence[tuple[float, float]] = ()) -> PhaseMask:
        """A mask; no bands hold nothing.

        Raises
        ------
        ScenarioError
            If a band is not a pair of numbers, positive and increasing; the longest may be infinite.
        """
        bands = []
        for band in keep_periods:
            try:
                shortest, longest = (float(period) for period in band)
            except (TypeError, ValueError) as error:
                raise ScenarioError(f"keep_periods holds {band!r}, but a band is (shortest, longest) period in days.") from error
            if not 0.0 < shortest <= longest:
                raise ScenarioError(
                    f"keep_periods holds ({shortest:g}, {longest:g}), but a band is (shortest, longest) period in days, both "
                    "positive: write the shorter one first."
                )
            bands.append((shortest, longest))
        return cls(tuple(bands))

    def held(self, frequencies: FloatArray) -> BoolArray:
        """Which frequencies (cycles per day) are held; never frequency 0, which has no phase."""
        periods = np.divide(1.0, frequencies, out=np.full(np.shape(frequencies), np.inf), where=frequencies > 0.0)
        inside = [(shortest <= periods) & (periods <= longest) for shortest, longest in self.keep_periods]
        none = np.zeros(np.shape(frequencies), dtype=bool)
        return np.asarray(np.logical_or.reduce([none, *inside]) & (frequencies > 0.0))

    def hold(self, phases: FloatArray, frequencies: FloatArray) -> FloatArray:
        """Phases that are zero, so that they leave those of the record as they are, at the held frequencies."""
        return np.where(self.held(frequencies), 0.0, phases)

    def spectrum(self, spectrum: LatentSpectrum, n_days: int) -> LatentSpectrum:
        """The spectrum that a realisation of `n_days` with these held periods is made from.

        More days than the record has need care, because in between the frequencies of the record there are others, and a
        sum over all of them with the phases of the record would be a pulse at its beginning. So the length is rounded up
        to whole records, on whose grid the frequencies of the record are found again, and the held bands have these and no
        others: they repeat the record, while all else is new from the first day to the last.

        Parameters
        ----------
        spectrum : LatentSpectrum
            That of the record.
        n_days : int
            Days to be simulated.

        Returns
        -------
        LatentSpectrum
            The same object if nothing is held or the record is long enough.
        """
        if n_days <= spectrum.n_days or not self.held(spectrum.frequencies(1)).any():
            return spectrum
        repeats = -(-n_days // spectrum.n_days)
        length = repeats * spectrum.n_days
        dense = spectrum_of_length(spectrum, length)
        coefficients = dense.coefficients.copy()
        coefficients[..., self.held(dense.frequencies(1))] = 0.0
        held = np.flatnonzero(self.held(spectrum.frequencies(1)))
        coefficients[..., held * repeats] = spectrum.coefficients[..., held] * repeats
        return LatentSpectrum(readonly(coefficients), length)
