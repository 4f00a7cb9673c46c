"""Noise of wet-day amounts: round trips, margins and what must not change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from varwg._scores.amount_noise import (
    add_amount_noise,
    amount_noise,
    estimate_signal,
    redraw_without_noise,
    scores_of_wet,
    wet_scores,
)


@given(wet=st.floats(-6.0, 6.0), threshold=st.floats(-4.0, 4.0))
def test_round_trip_of_wet_scores(wet: float, threshold: float) -> None:
    scores = scores_of_wet(np.array([wet]), np.array([threshold]))
    assert scores[0] > threshold
    assert wet_scores(scores, np.array([threshold]))[0] == pytest.approx(wet, abs=1e-6)


def test_wet_scores_against_their_definition() -> None:
    scores, threshold = np.array([0.7, 1.5, 3.0]), np.array([0.2, -1.0, 0.5])
    dry = special.ndtr(threshold)
    expected = special.ndtri((special.ndtr(scores) - dry) / (1.0 - dry))
    np.testing.assert_allclose(wet_scores(scores, threshold), expected, atol=1e-9)


def test_without_a_threshold_scores_are_their_own_wet_scores() -> None:
    scores = np.linspace(-5.0, 5.0, 11)
    np.testing.assert_allclose(wet_scores(scores, np.full(11, -np.inf)), scores, atol=1e-9)


def test_noise_keeps_the_margin_and_the_wet_days() -> None:
    """20000 normal scores stay normal with noise: Kolmogorov-Smirnov p-value above 1e-4, the false-alarm probability."""
    rng = np.random.default_rng(0)
    scores, noise = rng.standard_normal((2, 20_000))
    threshold = np.full(scores.shape, 0.3)
    noisy = add_amount_noise(scores, threshold, 0.5, noise)
    wet = scores > threshold
    assert noisy[~wet].tobytes() == scores[~wet].tobytes()
    assert np.array_equal(noisy > threshold, wet)
    assert stats.kstest(noisy, "norm").pvalue > 1e-4
    before, after = wet_scores(scores[wet], threshold[wet]), wet_scores(noisy[wet], threshold[wet])
    assert estimate_signal(before, after) == pytest.approx(0.5, abs=0.04)


def test_a_signal_of_one_changes_no_bit() -> None:
    scores = np.random.default_rng(0).standard_normal(100)
    assert add_amount_noise(scores, np.zeros(100), 1.0, np.ones(100)).tobytes() == scores.tobytes()


def test_the_noise_of_amounts_is_found_from_them() -> None:
    rng = np.random.default_rng(3)
    scores, noise = rng.standard_normal((2, 500))
    threshold = np.full(500, -0.2)
    observed = add_amount_noise(scores, threshold, 0.7, noise)
    observed[:10] = np.nan
    found = amount_noise(observed, scores, threshold, 0.7)
    amounts = np.isfinite(observed) & (scores > threshold)
    np.testing.assert_allclose(found[amounts], noise[amounts], atol=1e-6)
    assert np.isnan(found[~amounts]).all()


def test_redrawing_has_the_posterior_as_its_stationary_distribution() -> None:
    """Long chains of one score against quadrature of the posterior: mean within 0.02 (5 standard errors)."""
    threshold, signal, mean, sd, amount = 0.2, 0.7, 1.4, 0.6, -0.3
    grid = threshold + np.linspace(1e-6, 6.0, 4001)
    places = wet_scores(grid, np.full(grid.size, threshold))
    log_density = -0.5 * ((grid - mean) / sd) ** 2 - 0.5 * (amount - signal * places) ** 2 / (1 - signal**2)
    weights = np.exp(log_density - log_density.max())
    expected = np.sum(grid * weights) / np.sum(weights)
    rng = np.random.default_rng(5)
    n_chains = 20_000
    chains = np.full(n_chains, 1.0)
    constant = [np.full(n_chains, value) for value in (amount, threshold, mean)]
    for _ in range(40):
        chains = redraw_without_noise(chains, constant[0], constant[1], signal, constant[2], sd, rng=rng)
    assert chains.mean() == pytest.approx(expected, abs=0.02)
