"""Covariances of scores under a vine, without drawing: exact moments of the points, and those of long simulations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from weathercop import MultisiteModel
from weathercop._latent import RankTables
from weathercop._primary_shift import score_covariances, seasonal_weights, standard_points
from weathercop._simulation import corrected_scores


@pytest.mark.parametrize("n_dims", [1, 4, 15])
def test_points_have_the_moments_of_the_normal_distribution(n_dims: int) -> None:
    """Means and covariances exactly; each coordinate is spread evenly, so that its quantiles are nearly right."""
    points = standard_points(512, n_dims)
    np.testing.assert_allclose(points.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(points @ points.T / 512, np.eye(n_dims), atol=1e-12)
    quartiles = np.quantile(points, [0.25, 0.5, 0.75], axis=1)
    np.testing.assert_allclose(quartiles, np.array([[-0.674], [0.0], [0.674]]) + np.zeros(n_dims), atol=0.15)


def test_they_are_the_covariances_of_simulated_scores(example_model: MultisiteModel) -> None:
    """Forty thousand draws on four days of the year, standard error 0.005; points and interpolation add 0.015."""
    covariances = score_covariances(example_model)
    latent = np.random.default_rng(3).standard_normal((3, 5, 40000))
    assert covariances.shape == (3, 366, 5, 5)
    for row in (0, 100, 215, 365):
        scores = corrected_scores(example_model, latent, np.full(40000, row))
        expected = np.array([np.cov(own) for own in scores])
        np.testing.assert_allclose(covariances[:, row], expected, atol=0.035)


def test_they_are_deterministic_and_include_the_rank_tables(example_model: MultisiteModel) -> None:
    once, again = score_covariances(example_model), score_covariances(example_model)
    assert np.array_equal(once, again)
    tables = example_model.rank_tables
    wider = replace(example_model, rank_tables=RankTables(tables.low, tables.high, 2.0 * tables.target))
    np.testing.assert_allclose(score_covariances(wider)[:, :, 1, 1], 4.0 * once[:, :, 1, 1], rtol=0.05)
    assert np.array_equal(score_covariances(wider)[:, :, 0, 0], once[:, :, 0, 0])


def test_weights_are_those_of_a_regression(example_model: MultisiteModel) -> None:
    covariances = score_covariances(example_model)
    weights = seasonal_weights(covariances, [2, 0])
    assert weights.shape == (3, 5, 2, 366)
    np.testing.assert_allclose(weights[:, [2, 0]], np.broadcast_to(np.eye(2)[:, :, None], (3, 2, 2, 366)))
    own = covariances[1, 40]
    expected = own[:, [2, 0]] @ np.linalg.inv(own[np.ix_([2, 0], [2, 0])])
    np.testing.assert_allclose(weights[1, :, :, 40], expected, atol=1e-12)
