"""Where a member's latent series come from: its phases and amplitudes, and which periods it has from the record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from varwg.arrays import BoolArray, FloatArray
from varwg.errors import ScenarioError
from varwg.streams import Streams
from weathercop.latent import LatentSpectrum
from weathercop.phases.amplitudes import AmplitudePool, spectrum_of_length
from weathercop.phases.masks import PhaseMask

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
    n_days : int
        Days of a member.
    spectrum : LatentSpectrum
        Spectrum of the record, or that of a longer series (stretched, or with held periods).
    pool : AmplitudePool or None
        Amplitudes to choose from.
    """

    mask: PhaseMask
    amplitude_width: int
    stretch: int
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
    ) -> MemberPhases:
        """For realisations of `n_days` with a spectrum, of the weather or of external variables.

        Raises
        ------
        ScenarioError
            If a band of periods, the width or the stretch is not usable.
        """
        _check_whole("amplitude_width", amplitude_width, 0)
        _check_whole("stretch", stretch, 1)
        mask = PhaseMask.of(keep_periods)
        used = mask.spectrum(spectrum, n_days)
        if stretch > 1:
            length = stretch * max(n_days, spectrum.n_days)
            used = spectrum_of_length(mask.spectrum(spectrum, length), length)
        if not amplitude_width:
            return cls(mask, 0, int(stretch), n_days, used, None)
        width = round(amplitude_width * used.n_days / spectrum.n_days)
        pool = AmplitudePool.of(used, n_days, width, held=mask.held(used.frequencies(n_days)))
        return cls(mask, int(amplitude_width), int(stretch), n_days, used, pool)

    @property
    def neutral(self) -> bool:
        """Whether members draw phases and nothing else."""
        return not self.mask.keep_periods and not self.amplitude_width and self.stretch == 1

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
        return self.spectrum if self.pool is None else self.pool.draw(rng=streams.generator(AMPLITUDES))

    def draw(self, streams: Streams) -> Drawn:
        """Spectrum and phases of the member whose streams these are."""
        phases = self.spectrum.draw_phases(self.n_days, rng=streams.generator(PHASES))
        return Drawn(self.amplitudes(streams), self.mask.hold(phases, self.frequencies))

    def to_json(self) -> str:
        """Canonical text for manifests and attributes."""
        terms = {"amplitude_width": self.amplitude_width, "keep_periods": self.mask.keep_periods, "stretch": self.stretch}
        return json.dumps(terms, sort_keys=True)


def _check_whole(name: str, value: int, lowest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < lowest:
        raise ScenarioError(f"{name} is {value!r}, but a whole number of at least {lowest} is expected.")
