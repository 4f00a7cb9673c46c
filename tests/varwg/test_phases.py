"""Phase randomisation: spectra, means and relations between series are kept to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg._driving import draw_phases, phase_randomize, turn_phases
from varwg.errors import DataError, RngError


def correlated(n_steps: int, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((3, n_steps))
    return np.cumsum(noise, axis=1) * 0.1 + noise[[1, 2, 0]] + 4.0


@given(n_steps=st.integers(8, 400), seed=st.integers(0, 2**32))
def test_auto_and_cross_spectra_are_kept(n_steps: int, seed: int) -> None:
    series = correlated(n_steps)
    randomized, _ = phase_randomize(series, rng=np.random.default_rng(seed))
    before, after = np.fft.rfft(series), np.fft.rfft(randomized)
    cross = np.einsum("if,jf->ijf", before, before.conj())
    np.testing.assert_allclose(np.einsum("if,jf->ijf", after, after.conj()), cross, atol=1e-8 * np.abs(cross).max())
    np.testing.assert_allclose(randomized.mean(axis=1), series.mean(axis=1))
    np.testing.assert_allclose(np.cov(randomized), np.cov(series), atol=1e-9)


@pytest.mark.parametrize("n_steps", [365, 366])
def test_zero_angles_give_the_series_back(n_steps: int) -> None:
    series = correlated(n_steps)
    np.testing.assert_allclose(turn_phases(series, np.zeros(n_steps // 2 + 1)), series, atol=1e-12)


@pytest.mark.parametrize("n_steps", [365, 366])
def test_the_mean_and_nyquist_are_not_turned(n_steps: int) -> None:
    phases = draw_phases(n_steps, rng=np.random.default_rng(0))
    assert phases[0] == 0.0
    assert (phases[-1] == 0.0) == (n_steps % 2 == 0)
    assert np.count_nonzero(phases) == (n_steps - 1) // 2


def test_angles_turned_back_give_the_series_back() -> None:
    series = correlated(366)
    randomized, phases = phase_randomize(series, rng=np.random.default_rng(1))
    assert not np.allclose(randomized, series, atol=0.1)
    np.testing.assert_allclose(turn_phases(randomized, -phases), series, atol=1e-11)
    assert turn_phases(series, phases).tobytes() == randomized.tobytes()


def test_a_band_of_periods_keeps_its_angles_and_no_other_angle_moves() -> None:
    n_steps = 3650
    free = draw_phases(n_steps, rng=np.random.default_rng(3))
    kept = draw_phases(n_steps, rng=np.random.default_rng(3), keep_periods=[(360.0, 370.0), (2.0, 7.0)])
    with np.errstate(divide="ignore"):
        periods = n_steps / np.arange(kept.size)
    inside = ((periods >= 360) & (periods <= 370)) | ((periods >= 2) & (periods <= 7))
    assert not kept[inside].any()
    assert inside[10]
    assert np.array_equal(kept[~inside], free[~inside])


def test_the_annual_cycle_survives_when_its_band_is_kept() -> None:
    days = np.arange(3650)
    cycle = 10.0 * np.cos(2 * np.pi * days / 365)
    series = cycle + np.random.default_rng(0).standard_normal(3650)
    randomized, _ = phase_randomize(series[None], rng=np.random.default_rng(1), keep_periods=[(360, 370)])
    assert np.corrcoef(randomized[0], cycle)[0, 1] > 0.98


def test_wrong_arguments_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(RngError):
        draw_phases(10, rng=0)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="keep_periods"):
        draw_phases(10, rng=rng, keep_periods=[(5, 2)])
    with pytest.raises(DataError, match="phases has shape"):
        turn_phases(np.zeros((1, 10)), np.zeros(10))
    with pytest.raises(DataError, match="missing"):
        turn_phases(np.full((1, 10), np.nan), np.zeros(6))
