"""What the calibration compares the model with, and that it never ends farther from it than it began."""

from __future__ import annotations

import numpy as np
import pytest

from varwg._observations import read_observations
from varwg._scores.amount_noise import add_amount_noise
from varwg.streams import Streams
from weathercop import Multisite, MultisiteModel
from weathercop._calibration import _bands, _Best, _change, _distance, _downhill, _spectral_matrices, _with_signal
from weathercop._fit import completed_values, station_scores
from weathercop._simulation import values_from_scores


def spectra(series: np.ndarray, bands: list[slice]) -> np.ndarray:
    """Cross-spectral matrices of series with themselves."""
    waves = np.fft.rfft(series)
    return _spectral_matrices(waves, waves, bands)


def correlated(phi: float, rng: np.random.Generator, n_days: int = 4000) -> np.ndarray:
    """Two series of correlation 0.9 and lag-1 autocorrelation phi."""
    innovations = np.linalg.cholesky([[1.0, 0.9], [0.9, 1.0]]) @ rng.standard_normal((2, n_days))
    series = np.zeros((2, n_days))
    for day in range(1, n_days):
        series[:, day] = phi * series[:, day - 1] + np.sqrt(1 - phi**2) * innovations[:, day]
    return series


def test_distance_is_that_of_the_correlations() -> None:
    rng = np.random.default_rng(1)
    series = [(x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True) for x in (correlated(0.8, rng), correlated(0.2, rng))]
    bands = _bands(4000, 2)
    first, second = (spectra(x, bands) for x in series)
    one, other = (x @ x.T / 4000 for x in series)
    lagged = [x @ np.roll(x, -1, axis=1).T / 4000 for x in series]
    next_one, next_other = (0.5 * (matrix + matrix.T) for matrix in lagged)
    expected = np.mean((one - other) ** 2 + (next_one - next_other) ** 2)
    assert _distance(first, second, bands) == pytest.approx(expected, rel=0.02)
    assert _distance(first, first, bands) == 0.0


def test_a_step_that_misses_is_taken_back_and_halved() -> None:
    rng = np.random.default_rng(2)
    bands = _bands(4000, 2)
    target, near, far = (spectra(correlated(phi, rng), bands) for phi in (0.8, 0.7, 0.1))
    marks = [np.full((2, 3), number, dtype=complex) for number in range(2)]
    began = _Best.nothing(target).or_better(marks[0], target, near, near, bands)
    missed = began.or_better(marks[1], target, far, far, bands)
    assert missed.coefficients is marks[0]
    assert missed.simulated is near
    assert (began.step, missed.step) == (1.0, 0.5)
    assert missed.or_better(marks[1], target, target, target, bands).coefficients is marks[1]


def test_the_change_counts_what_others_add_to_a_variable() -> None:
    """Weather is x = b l + y, where y cancels a part of l: the spectra of b (l + E l) + y are the target's, to first order."""
    rng = np.random.default_rng(3)
    bands = _bands(4000, 2)
    latent = correlated(0.7, rng)
    weather = 2.0 * latent - 1.2 * latent[::-1] + 0.5 * rng.standard_normal(latent.shape)
    simulated = spectra(weather, bands)
    target = simulated * 1.02
    links = _spectral_matrices(np.fft.rfft(latent), np.fft.rfft(weather), bands)
    coefficients = np.fft.rfft(latent)
    change = _change(target, _Best(0.0, 1.0, coefficients, simulated, links), bands)
    slope = np.einsum("bii->i", links.real) / np.einsum("bii->i", spectra(latent, bands).real)
    gained = slope[:, None] * (change @ links)
    gained = gained + np.swapaxes(gained.conj(), 1, 2)
    difference = np.abs(gained - (target - simulated)).mean() / np.abs(target - simulated).mean()
    assert difference < 0.3
    assert np.linalg.norm(change, ord=2, axis=(1, 2)).max() <= 0.5 + 1e-12


def test_gaps_in_rain_are_filled_with_amounts_as_noisy_as_the_others(example_wc: Multisite) -> None:
    """Without their noise, filled gaps remember more than rain does, and the model is made to remember as much."""
    data = example_wc.observations.to_dataset()[["theta", "R"]]
    gaps = np.random.default_rng(3).random(data["R"].shape) < 0.5
    data["R"] = data["R"].where(~gaps)
    observations, model = read_observations(data), Multisite(data).fit(rng=np.random.default_rng(4)).model
    latent = station_scores(
        observations, model.marginals, observations.doy, rng=Streams.of(np.random.default_rng(5)).generator("x")
    )
    filled = completed_values(observations, model, latent, observations.doy)
    assert np.array_equal(filled[~np.isnan(observations.values)], observations.values[~np.isnan(observations.values)])
    noisy, noise = latent.noisy[0], latent.noise[0]
    station, variable = divmod(noisy.series, 2)
    days = np.isnan(observations.values[station, variable])
    scores = latent.scores.copy()
    bare = values_from_scores(model, scores, observations.doy)[station, variable]
    scores[station, variable] = add_amount_noise(
        scores[station, variable], noisy.threshold[observations.doy], noisy.signal, noise
    )
    noisy_values = values_from_scores(model, scores, observations.doy)[station, variable]
    assert np.array_equal(filled[station, variable][days], noisy_values[days])
    assert np.mean(filled[station, variable][days] != bare[days]) > 0.1


@pytest.mark.parametrize("best", [0.4, 0.7, 1.0, 1.1, 1.2])
def test_the_share_of_noise_is_found_on_either_side(best: float) -> None:
    tried = []

    def error(factor: float) -> float:
        tried.append(factor)
        return (factor - best) ** 2

    assert _downhill(error) == best
    assert len(tried) == len(set(tried))


def test_amounts_keep_some_noise(example_model: MultisiteModel) -> None:
    raised = _with_signal(example_model, 1.2)
    assert all(0.0 < before.signal <= after.signal < 1.0 for before, after in zip(example_model.noisy, raised.noisy, strict=True))
