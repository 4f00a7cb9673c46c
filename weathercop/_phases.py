"""Phases and amplitudes of members: drawn, kept in bands of periods, or stretched to another length."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from scipy import fft

from varwg._arguments import whole_number
from varwg._arrays import BoolArray, FloatArray, IntArray, brief, readonly, readonly_floats
from varwg._request import Spread
from varwg.errors import ScenarioError
from varwg.streams import Streams, require_generator
from weathercop._latent import LatentSpectrum


def spectrum_of_length(spectrum: LatentSpectrum, n_days: int) -> LatentSpectrum:
    """The spectrum on the grid of frequencies of `n_days`; the same object if the record is as long.

    Realisations of `n_days` are the same with it as with `spectrum`.
    """
    if n_days <= spectrum.n_days:
        return spectrum
    series = spectrum.realize(np.zeros(spectrum.n_phases(n_days)), n_days)
    return LatentSpectrum(readonly(fft.rfft(series, axis=-1)), n_days)


#: Harmonics of the year of which a fitted seasonal cycle leaves next to nothing, and how near frequencies of the record are
#: to them, in steps between these.
_HARMONICS: Final = 5
_NEAR: Final = 0.75
_DAYS_OF_A_YEAR: Final = 365.2425


def with_annual_harmonics(spectrum: LatentSpectrum) -> LatentSpectrum:
    """The spectrum with the power at the harmonics of the year that a fitted seasonal cycle has taken away with itself.

    Such a frequency gets the coefficients of the next one that is left. The variance of each series is 1, as ever.
    """
    positions = np.arange(1, _HARMONICS + 1) * (spectrum.n_days / _DAYS_OF_A_YEAR)
    numbers = np.arange(spectrum.coefficients.shape[-1])
    empty = (np.abs(numbers[:, None] - positions) < _NEAR).any(axis=1) | (numbers == 0)
    left = np.flatnonzero(~empty)
    source = np.where(empty, left[np.minimum(np.searchsorted(left, numbers), left.size - 1)], numbers)
    return LatentSpectrum.standardised(spectrum.coefficients[..., source], spectrum.n_days)


#: The longest series that a realisation is cut from, in lengths of it.
_LONGEST_STRETCH: Final = 100


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

    __repr__ = brief

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
        positions = np.arange(dense.coefficients.shape[-1])
        alone = np.zeros(positions.size, dtype=bool) if held is None else np.array(held)
        # The mean has no phase, and the coefficient at the Nyquist frequency is a real number.
        alone[0] = True
        if dense.n_days % 2 == 0:
            alone[-1] = True
        reach = np.minimum(round(half_width * dense.n_days / spectrum.n_days), np.maximum(positions // 2, 1))
        reach[alone] = 0
        pool = cls(
            dense,
            readonly(np.maximum(positions - reach, 0)),
            readonly(np.minimum(positions + reach, positions[-1])),
            readonly(alone),
        )
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
        free_power = self._window_sums(np.where(self.held, 0.0, power))
        kept = self._window_sums(self.held.astype(np.float64))
        return readonly_floats((free_power + kept * power) / n_choices)

    def _window_sums(self, values: FloatArray) -> FloatArray:
        sums = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
        return np.asarray(sums[..., self.last + 1] - sums[..., self.first])


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
        return np.where(self.held(frequencies), 0.0, phases) if self.keep_periods else phases

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


#: How members that vary as records do are cut from longer series, and how far neighbouring frequencies may be.
STRETCH: Final = 3
WIDTH: Final = 10
#: Names of the streams that phases and amplitudes are drawn from.
PHASES: Final = "phases"
AMPLITUDES: Final = "amplitudes"


class Drawn(NamedTuple):
    """Spectrum and phases of one member."""

    spectrum: LatentSpectrum
    phases: FloatArray


@dataclass(frozen=True, eq=False)
class MemberPhases:
    """How members draw phases and amplitudes; the same for all members of an ensemble.

    Attributes
    ----------
    mask : PhaseMask
        Periods that are held.
    amplitude_width : int
        Farthest neighbour that amplitudes are taken from, in frequencies of the record; 0 leaves all members those of the
        record.
    stretch : int
        A member is cut from a series this many times as long. With 1, as long as the record or the member, phase
        randomisation gives all members the same mean and periodogram; with 2 and more, means over all days, and the
        spectrum of a member, vary as those of a stationary series do, and are those of the record in expectation only.
    spread : str
        With 'sampling', amplitudes are those of another record, as long as the one that was fitted: a parametric bootstrap of
        all second moments. However long a member is, it has them from its first day to its last.
    n_days : int
        Days of a member.
    spectrum : LatentSpectrum
        Spectrum of the record, or that of a longer series (stretched, or with held periods).
    pool : AmplitudePool or None
        Amplitudes to choose from: on the grid of `spectrum`, or on that of the record where they are those of another.
    """

    mask: PhaseMask
    amplitude_width: int
    stretch: int
    spread: Spread
    n_days: int
    spectrum: LatentSpectrum
    pool: AmplitudePool | None

    @classmethod
    def of(
        cls,
        spectrum: LatentSpectrum,
        n_days: int,
        *,
        keep_periods: Sequence[tuple[float, float]] = (),
        amplitude_width: int = 0,
        stretch: int = 1,
        spread: Spread = "record",
    ) -> MemberPhases:
        """For realisations of `n_days` with a spectrum, of the weather or of external variables.

        With a `spread`, width and stretch have other defaults: `WIDTH`, and `STRETCH` for 'climate'.

        Raises
        ------
        ScenarioError
            If a band of periods, the width or the stretch is not usable.
        """
        whole_number(amplitude_width, "amplitude_width", 0, error=ScenarioError)
        whole_number(stretch, "stretch", 1, _LONGEST_STRETCH, error=ScenarioError)
        if spread != "record":
            amplitude_width = amplitude_width or WIDTH
        if spread == "climate" and stretch == 1:
            stretch = STRETCH
        mask = PhaseMask.of(keep_periods)
        used = _on_grid(mask, spectrum, n_days, stretch)
        pool = None
        if spread == "sampling":
            whole = with_annual_harmonics(spectrum)
            pool = AmplitudePool.of(whole, spectrum.n_days, amplitude_width, held=mask.held(spectrum.frequencies(1)))
        elif amplitude_width:
            width = round(amplitude_width * used.n_days / spectrum.n_days)
            pool = AmplitudePool.of(used, n_days, width, held=mask.held(used.frequencies(n_days)))
        return cls(mask, int(amplitude_width), int(stretch), spread, n_days, used, pool)

    @property
    def neutral(self) -> bool:
        """Whether members draw phases and nothing else."""
        return not self.mask.keep_periods and not self.amplitude_width and self.stretch == 1 and self.spread == "record"

    @property
    def frequencies(self) -> FloatArray:
        """Frequency of each phase in cycles per day."""
        return self.spectrum.frequencies(self.n_days)

    @property
    def held(self) -> BoolArray:
        """Which phases are held, those of frequency 0 not counted."""
        return self.mask.held(self.frequencies)

    def amplitudes(self, streams: Streams) -> LatentSpectrum:
        """The spectrum of a member; that of external variables resamples like that of the weather."""
        drawn = self.spectrum if self.pool is None else self.pool.draw(rng=streams.generator(AMPLITUDES))
        if self.spread != "sampling":
            return drawn
        # The fit standardises the latent series of every record; how its variance differs is said by its distributions.
        other = LatentSpectrum.standardised(drawn.coefficients, drawn.n_days)
        return _on_grid(self.mask, other, self.n_days, self.stretch)

    def draw(self, streams: Streams) -> Drawn:
        """Spectrum and phases of the member whose streams these are."""
        phases = self.spectrum.draw_phases(self.n_days, rng=streams.generator(PHASES))
        return Drawn(self.amplitudes(streams), self.mask.hold(phases, self.frequencies))

    def to_json(self) -> str:
        """Canonical text for manifests and attributes."""
        terms = {"amplitude_width": self.amplitude_width, "keep_periods": self.mask.keep_periods, "stretch": self.stretch}
        return json.dumps(terms if self.spread == "record" else {**terms, "spread": self.spread}, sort_keys=True)


def _on_grid(mask: PhaseMask, spectrum: LatentSpectrum, n_days: int, stretch: int) -> LatentSpectrum:
    """The spectrum of a record on the grid that members of `n_days` are made on, with held periods and stretched."""
    if stretch == 1:
        return mask.spectrum(spectrum, n_days)
    length = stretch * max(n_days, spectrum.n_days)
    return spectrum_of_length(mask.spectrum(spectrum, length), length)
