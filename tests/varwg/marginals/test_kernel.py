"""The binned kernel density against a direct computation, and its bandwidth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from varwg import N_DOYS
from varwg._arrays import FloatArray, IntArray
from varwg.marginals._kernel import bandwidth, bin_values, row_quantiles, row_scores
from varwg.marginals._seasonal import row_sums, window_weights

GRID = np.linspace(0.01, 0.99, 25)


def _data() -> tuple[FloatArray, IntArray]:
    rng = np.random.default_rng(8)
    doy = np.tile(np.arange(N_DOYS), 8)
    return rng.beta(2.0, 1.2, doy.size), doy


def test_it_is_the_weighted_sum_of_kernels() -> None:
    values, doy = _data()
    weights = window_weights(row_sums(doy), 15)
    binned = bin_values(values[None, :], doy, 0.0, -np.inf, np.inf)
    scores = row_scores(binned, weights, 0.1, GRID)
    weight = weights[200, doy]
    direct = (stats.norm.cdf((GRID[:, None] - values) / 0.1) @ weight) / weight.sum()
    np.testing.assert_allclose(stats.norm.cdf(scores[200]), direct, atol=2e-4)


def test_reflection_keeps_all_mass_between_the_bounds() -> None:
    values, doy = _data()
    weights = window_weights(row_sums(doy), 15)
    binned = bin_values(values[None, :], doy, 0.0, 0.0, 1.0)
    scores = row_scores(binned, weights, 0.1, np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(stats.norm.cdf(scores[:, 0]), 0.0, atol=1e-12)
    np.testing.assert_allclose(stats.norm.cdf(scores[:, 2]), 1.0, atol=1e-12)
    weight = weights[50, doy]
    images = (values, -values, 2.0 - values)
    direct = sum(stats.norm.cdf((0.5 - image) / 0.1) - stats.norm.cdf(-image / 0.1) for image in images) @ weight
    assert stats.norm.cdf(scores[50, 1]) == pytest.approx(direct / weight.sum(), abs=2e-4)


def test_quantiles_have_the_standard_deviation_asked_for() -> None:
    values, doy = np.random.default_rng(9).standard_normal(N_DOYS * 8), np.tile(np.arange(N_DOYS), 8)
    weights = window_weights(row_sums(doy), 30)
    binned = bin_values(values[None, :], doy, 0.0, -np.inf, np.inf)
    scores = np.tile(stats.norm.ppf((np.arange(500) + 0.5) / 500), (N_DOYS, 1))
    quantiles = row_quantiles(binned, weights, 0.4, scores, np.ones(N_DOYS))
    np.testing.assert_allclose(quantiles.std(axis=1), 1.0, atol=0.01)


def test_bandwidth_is_near_the_best_for_a_normal_sample() -> None:
    """Silverman's rule is the optimum there; the likelihood is flat around it."""
    values, doy = np.random.default_rng(10).standard_normal(N_DOYS * 8), np.tile(np.arange(N_DOYS), 8)
    weights = window_weights(row_sums(doy), 30)
    width = bandwidth(bin_values(values[None, :], doy, 0.0, -np.inf, np.inf), weights)
    rule = 0.9 * float((weights @ row_sums(doy)).mean()) ** -0.2
    assert 0.7 * rule <= width <= 1.8 * rule


def test_bandwidth_is_small_where_there_are_two_modes() -> None:
    rng = np.random.default_rng(11)
    doy = np.tile(np.arange(N_DOYS), 8)
    values = rng.normal(10.0 * rng.integers(0, 2, doy.size), 1.0)
    weights = window_weights(row_sums(doy), 30)
    width = bandwidth(bin_values(values[None, :], doy, 0.0, -np.inf, np.inf), weights)
    assert width < 1.0


def test_bandwidth_does_not_resolve_rounding() -> None:
    values, doy = np.round(np.random.default_rng(12).standard_normal(N_DOYS * 8)), np.tile(np.arange(N_DOYS), 8)
    weights = window_weights(row_sums(doy), 30)
    assert bandwidth(bin_values(values[None, :], doy, 1.0, -np.inf, np.inf), weights) >= 0.6
