"""Held periods: which phases they are, and that a longer series has the record's own course in them, again and again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import signal

from varwg.errors import ScenarioError
from weathercop._latent import LatentSpectrum
from weathercop._phases import PhaseMask


@pytest.fixture(scope="module", params=[600, 601])
def spectrum(request: pytest.FixtureRequest) -> LatentSpectrum:
    noise = np.random.default_rng(3).standard_normal((2, request.param))
    return LatentSpectrum.of(signal.lfilter([1.0], [1.0, -0.8], noise, axis=-1))


def realize(spectrum: LatentSpectrum, mask: PhaseMask, n_days: int, seed: int) -> np.ndarray:
    used = mask.spectrum(spectrum, n_days)
    phases = used.draw_phases(n_days, rng=np.random.default_rng(seed))
    return used.realize(mask.hold(phases, used.frequencies(n_days)), n_days)


def record_in_band(spectrum: LatentSpectrum, mask: PhaseMask) -> np.ndarray:
    """What the record has in the held periods."""
    kept = np.where(mask.held(spectrum.frequencies(1)), spectrum.coefficients, 0.0)
    return np.fft.irfft(kept, n=spectrum.n_days, axis=-1)


def test_bands_include_their_ends_and_never_the_mean() -> None:
    mask = PhaseMask.of([(10.0, 20.0), (100.0, np.inf)])
    periods = np.array([np.inf, 1000.0, 100.0, 99.0, 20.1, 20.0, 10.0, 9.9])
    frequencies = np.divide(1.0, periods)
    assert mask.held(frequencies).tolist() == [False, True, True, False, False, True, True, False]
    phases = np.arange(1.0, 9.0)
    assert mask.hold(phases, frequencies).tolist() == [1.0, 0.0, 0.0, 4.0, 5.0, 0.0, 0.0, 8.0]


def test_no_bands_change_nothing(spectrum: LatentSpectrum) -> None:
    phases = spectrum.draw_phases(2000, rng=np.random.default_rng(1))
    mask = PhaseMask.of()
    assert np.array_equal(mask.hold(phases, spectrum.frequencies(2000)), phases)
    assert mask.spectrum(spectrum, 2000) is spectrum


def test_all_periods_held_give_the_record_back_and_repeat_it(spectrum: LatentSpectrum) -> None:
    mask = PhaseMask.of([(1.0, np.inf)])
    record = spectrum.realize(np.zeros(spectrum.n_phases(1)), spectrum.n_days)
    assert np.allclose(realize(spectrum, mask, spectrum.n_days, 1), record, atol=1e-12)
    assert np.allclose(realize(spectrum, mask, 1500, 1), np.tile(record, 3)[:, :1500], atol=1e-10)


@pytest.mark.parametrize("factor", [0.5, 1, 3])
def test_realisations_share_what_is_held_and_nothing_else(spectrum: LatentSpectrum, factor: float) -> None:
    """Two realisations less the record's part in the band are uncorrelated: |r| < 4.5 / sqrt(effective days)."""
    mask = PhaseMask.of([(60.0, np.inf)])
    n_days = int(factor * spectrum.n_days)
    repeated = np.tile(record_in_band(spectrum, mask), 3)[:, :n_days]
    one, other = (realize(spectrum, mask, n_days, seed) - repeated for seed in (1, 2))
    effective = n_days * (1 - 0.8**2) / (1 + 0.8**2)
    assert abs(np.corrcoef(one[0], other[0])[0, 1]) < 4.5 / np.sqrt(effective)
    if factor >= 1:
        days = int(factor) * spectrum.n_days
        cycles = np.fft.rfft(one[:, :days], axis=-1)
        frequencies = np.arange(days // 2 + 1) / days
        slow = (frequencies > 0) & mask.held(frequencies)
        assert np.abs(cycles[:, slow]).max() < 1e-8 * np.abs(cycles).max()


def test_longer_series_with_held_periods_keep_the_variance(spectrum: LatentSpectrum) -> None:
    """Over the whole length to which it is rounded up the variance is 1 without sampling error but at the band's edges."""
    mask = PhaseMask.of([(60.0, np.inf)])
    assert np.allclose(realize(spectrum, mask, 3 * spectrum.n_days, 4).var(axis=-1), 1.0, atol=0.05)


@pytest.mark.parametrize("band", [(20.0, 10.0), (0.0, 10.0), (-1.0, 5.0), (np.nan, 5.0), (1.0, 2.0, 3.0), 5.0, ("a", "b")])
def test_unusable_bands_are_refused(band: tuple[Any, ...] | float) -> None:
    with pytest.raises(ScenarioError, match="band is"):
        PhaseMask.of([band])  # type: ignore[list-item]
