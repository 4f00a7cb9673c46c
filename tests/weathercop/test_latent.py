"""Phase randomisation: spectra kept, no seams, memory beyond the record."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from varwg.errors import FitError
from weathercop._latent import LatentSpectrum


def autoregressive(n_days: int, rng: np.random.Generator) -> np.ndarray:
    """Two stations, two variables: AR(1) series driven by correlated noise."""
    shared = rng.standard_normal((1, 2, n_days))
    noise = 0.8 * shared + 0.6 * rng.standard_normal((2, 2, n_days))
    return np.asarray(signal.lfilter([1.0], [1.0, -0.7], noise, axis=-1))


@pytest.fixture(scope="module", params=[1200, 1201])
def series(request: pytest.FixtureRequest) -> np.ndarray:
    return autoregressive(request.param, np.random.default_rng(5))


def realize(spectrum: LatentSpectrum, n_days: int, seed: int) -> np.ndarray:
    return spectrum.realize(spectrum.draw_phases(n_days, rng=np.random.default_rng(seed)), n_days)


def lag1(x: np.ndarray) -> np.ndarray:
    return np.asarray((x[..., 1:] * x[..., :-1]).mean(axis=-1) / x.var(axis=-1))


def test_the_phases_of_the_record_give_the_record_back(series: np.ndarray) -> None:
    spectrum = LatentSpectrum.of(series)
    n_days = series.shape[-1]
    standardised = (series - series.mean(-1, keepdims=True)) / series.std(-1, keepdims=True)
    assert np.allclose(spectrum.realize(np.zeros(spectrum.n_phases(n_days)), n_days), standardised, atol=1e-12)


def test_cross_spectra_are_kept_exactly(series: np.ndarray) -> None:
    spectrum = LatentSpectrum.of(series)
    n_days = series.shape[-1]
    again = np.fft.rfft(realize(spectrum, n_days, 1), axis=-1)[..., 1 : (n_days + 1) // 2]
    kept = spectrum.coefficients[..., 1 : (n_days + 1) // 2]
    for other in np.ndindex(2, 2):
        assert np.allclose(again * np.conj(again[other]), kept * np.conj(kept[other]), atol=1e-7 * n_days)


def test_every_realisation_has_mean_zero_variance_one_and_the_correlations_of_the_record(series: np.ndarray) -> None:
    spectrum = LatentSpectrum.of(series)
    x = realize(spectrum, series.shape[-1], 2)
    flat = x.reshape(4, -1)
    assert np.allclose(flat.mean(axis=1), 0, atol=1e-12)
    assert np.allclose(flat.var(axis=1), 1)
    assert np.allclose(np.corrcoef(flat), np.corrcoef(series.reshape(4, -1)), atol=1e-10)


@pytest.mark.parametrize("factor", [1.5, 3, 7.3])
def test_longer_series_keep_variance_memory_and_correlation(series: np.ndarray, factor: float) -> None:
    """Ensemble means over 40 long series; their standard errors are below 0.004, the tolerances five times that."""
    spectrum = LatentSpectrum.of(series)
    n_days = int(factor * series.shape[-1])
    runs = np.array([realize(spectrum, n_days, seed) for seed in range(40)])
    record = realize(spectrum, series.shape[-1], 0)
    assert np.allclose(runs.var(axis=-1).mean(axis=0), 1, atol=0.02)
    assert np.allclose(lag1(runs).mean(axis=0), lag1(record), atol=0.02)
    correlation = (runs[:, 0, 0] * runs[:, 1, 0]).mean()
    assert correlation == pytest.approx((record[0, 0] * record[1, 0]).mean(), abs=0.02)


def test_there_is_no_seam_where_the_record_would_begin_again(series: np.ndarray) -> None:
    """Lag-1 products across multiples of the record's length against all others, over 400 series: a z-test at 1e-4."""
    spectrum = LatentSpectrum.of(series)
    length = series.shape[-1]
    runs = np.array([realize(spectrum, 3 * length, seed)[0, 0] for seed in range(400)])
    products = runs[:, 1:] * runs[:, :-1]
    across = products[:, [length - 1, 2 * length - 1]].ravel()
    assert abs(across.mean() - products.mean()) < 3.9 * across.std() / np.sqrt(across.size)


def test_there_is_variance_at_periods_longer_than_the_record(series: np.ndarray) -> None:
    spectrum = LatentSpectrum.of(series)
    n_days = 8 * series.shape[-1]
    power = np.abs(np.fft.rfft(realize(spectrum, n_days, 3)[0, 0])) ** 2 / n_days
    lowest = np.abs(spectrum.coefficients[0, 0, 1]) ** 2 / series.shape[-1]
    assert np.allclose(power[1:8], power[1])
    assert 0.5 * lowest < power[1] < lowest


def test_a_shorter_series_is_the_beginning_of_one_as_long_as_the_record(series: np.ndarray) -> None:
    spectrum = LatentSpectrum.of(series)
    assert np.array_equal(realize(spectrum, 100, 4), realize(spectrum, series.shape[-1], 4)[..., :100])


def test_a_series_that_does_not_vary_has_no_spectrum(series: np.ndarray) -> None:
    constant = series.copy()
    constant[1, 1] = 3.0
    with pytest.raises(FitError, match="does not vary"):
        LatentSpectrum.of(constant)


def test_phases_are_uniform() -> None:
    """Kolmogorov-Smirnov at a false-alarm probability of 1e-4."""
    from scipy import stats

    spectrum = LatentSpectrum.of(autoregressive(4001, np.random.default_rng(1)))
    phases = spectrum.draw_phases(4001, rng=np.random.default_rng(2))
    assert stats.kstest(phases / (2 * np.pi), "uniform").pvalue > 1e-4
