"""Resampled amplitudes: whose they are, and what stays the same in expectation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from varwg.errors import RngError, ScenarioError
from weathercop._latent import LatentSpectrum
from weathercop._phases import AmplitudePool, spectrum_of_length

WIDTH = 8


def autoregressive(n_days: int, seed: int, n_series: int = 3) -> np.ndarray:
    """Correlated AR(1) series."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((1, n_days)) + 0.7 * rng.standard_normal((n_series, n_days))
    return np.asarray(signal.lfilter([1.0], [1.0, -0.7], noise, axis=-1))


@pytest.fixture(scope="module", params=[1460, 1461])
def spectrum(request: pytest.FixtureRequest) -> LatentSpectrum:
    return LatentSpectrum.of(autoregressive(request.param, 1))


def variances(pool: AmplitudePool, n_draws: int) -> np.ndarray:
    spectra = (pool.draw(rng=np.random.default_rng(seed)) for seed in range(n_draws))
    return np.array([s.realize(np.zeros(s.n_phases(1)), s.n_days).var(axis=-1) for s in spectra])


def test_a_spectrum_of_another_length_gives_the_same_realisations(spectrum: LatentSpectrum) -> None:
    longer = spectrum_of_length(spectrum, 4000)
    phases = spectrum.draw_phases(4000, rng=np.random.default_rng(1))
    assert np.allclose(longer.realize(phases, 4000), spectrum.realize(phases, 4000), atol=1e-10)
    assert spectrum_of_length(spectrum, 100) is spectrum


def test_slow_changes_have_neighbours_up_to_half_their_frequency_and_one_at_least(spectrum: LatentSpectrum) -> None:
    pool = AmplitudePool.of(spectrum, 100, WIDTH)
    assert (pool.last - np.arange(pool.last.size))[1:21].tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 8, 8, 8]
    assert pool.first[:6].tolist() == [0, 0, 1, 2, 2, 3]


def test_no_neighbours_no_change(spectrum: LatentSpectrum) -> None:
    drawn = AmplitudePool.of(spectrum, 100, 0).draw(rng=np.random.default_rng(1))
    assert np.allclose(drawn.coefficients, spectrum.coefficients, rtol=1e-14)


def test_each_frequency_has_the_coefficients_of_one_neighbour(spectrum: LatentSpectrum) -> None:
    pool = AmplitudePool.of(spectrum, 1000, WIDTH)
    drawn = pool.draw(rng=np.random.default_rng(1)).coefficients
    k = np.arange(drawn.shape[1])
    same = (drawn[:, :, None] == pool.spectrum.coefficients[:, None, :]).all(axis=0)
    assert same.any(axis=1).all()
    source = same.argmax(axis=1)
    assert (np.abs(source - k) <= np.minimum(WIDTH, np.maximum(k // 2, 1))).all()
    assert len(np.unique(source[100:] - k[100:])) > WIDTH
    assert (np.abs(source - k) > 0).mean() > 0.5
    assert source[0] == 0


@pytest.mark.parametrize("n_days", [1460, 4000])
def test_expected_variance_is_kept_and_members_differ(spectrum: LatentSpectrum, n_days: int) -> None:
    """A z-test of the mean variance of 300 draws at a false-alarm probability of 1e-4."""
    pool = AmplitudePool.of(spectrum, n_days, WIDTH)
    found = variances(pool, 300)
    standard_error = found.std(axis=0) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - 1.0) < 4.3 * standard_error).all()
    assert (found.std(axis=0) > 0.02).all()


def test_memory_and_correlation_are_kept(spectrum: LatentSpectrum) -> None:
    """Means of 200 members against the record; standard errors are below 0.003, tolerances four times that."""
    pool = AmplitudePool.of(spectrum, 1460, WIDTH)
    record = spectrum.realize(np.zeros(spectrum.n_phases(1)), spectrum.n_days)

    def moments(x: np.ndarray) -> np.ndarray:
        return np.array([(x[0, 1:] * x[0, :-1]).mean(), (x[0] * x[1]).mean(), (x[0, 1:] * x[1, :-1]).mean()])

    members = []
    for seed in range(200):
        drawn = pool.draw(rng=np.random.default_rng(seed))
        phases = drawn.draw_phases(1, rng=np.random.default_rng(1000 + seed))
        members.append(moments(drawn.realize(phases, drawn.n_days)))
    assert np.allclose(np.mean(members, axis=0), moments(record), atol=0.012)


def test_the_variance_of_slow_changes_differs_between_members_as_it_should(spectrum: LatentSpectrum) -> None:
    """In the record's periodogram it is fixed; in stationary series it varies by the tenth part of it and more."""
    slow = slice(1, 12)
    pool = AmplitudePool.of(spectrum, 1460, WIDTH)
    power = [(np.abs(pool.draw(rng=np.random.default_rng(s)).coefficients[0, slow]) ** 2).sum() for s in range(100)]
    assert np.std(power) / np.mean(power) > 0.1


def test_held_frequencies_keep_their_own_and_give_it_to_none(spectrum: LatentSpectrum) -> None:
    held = np.zeros(spectrum.coefficients.shape[1], dtype=bool)
    held[40:50] = True
    drawn = AmplitudePool.of(spectrum, 100, WIDTH, held=held).draw(rng=np.random.default_rng(2)).coefficients
    assert np.array_equal(drawn[:, held], spectrum.coefficients[:, held])
    given = (drawn[0, ~held][:, None] == spectrum.coefficients[0, held]).any()
    assert not given


def test_equal_generators_resample_any_spectrum_alike(spectrum: LatentSpectrum) -> None:
    other = LatentSpectrum.of(autoregressive(spectrum.n_days, 2, n_series=5))
    choices = []
    for one in (spectrum, other):
        pool = AmplitudePool.of(one, 100, WIDTH)
        drawn = pool.draw(rng=np.random.default_rng(3)).coefficients[0]
        choices.append((drawn[:, None] == pool.spectrum.coefficients[0]).argmax(axis=1))
    assert np.array_equal(*choices)


def test_only_whole_numbers_of_neighbours(spectrum: LatentSpectrum) -> None:
    for width in (-1, 2.5, True, "8"):
        with pytest.raises(ScenarioError, match="half-width"):
            AmplitudePool.of(spectrum, 100, width)  # type: ignore[arg-type]
    with pytest.raises(RngError):
        AmplitudePool.of(spectrum, 100, 3).draw(rng=1)  # type: ignore[arg-type]
