"""Infilling against the dense conditional normal distribution, and its promises to observed values and variables."""

from __future__ import annotations

import numpy as np
import pytest

from varwg._scores.normal_scores import infill_scores, smooth_scores
from varwg.errors import DataError
from varwg.models import SeasonalVARModel, VARModel, fit_var, simulate
from varwg.models._base import companion_matrices

LAGS = np.array([[[0.5, 0.2], [-0.1, 0.4]], [[0.2, 0.0], [0.1, 0.1]]])
COVARIANCE = np.array([[1.0, 0.4], [0.4, 0.8]])


def constant_model(order: int) -> VARModel:
    return VARModel(order, np.array([0.3, -0.1]), LAGS[:order], COVARIANCE, np.zeros((2, 0)), 0)


def seasonal_model() -> SeasonalVARModel:
    factor = 0.6 + 0.4 * np.cos(2 * np.pi * np.arange(366) / 366)
    return SeasonalVARModel(
        2,
        factor[:, None] * [0.3, -0.1],
        factor[:, None, None, None] * LAGS,
        factor[:, None, None] * COVARIANCE,
        np.zeros((2, 0)),
        0,
    )


def dense_moments(model: VARModel | SeasonalVARModel, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of all values of a series, day by day, from the recursion run for three years before it."""
    order, n_days = model.order, rows.size
    companion = companion_matrices(model.lag_matrices)
    n_rows = companion.shape[0]
    mean, covariance = np.zeros(2 * order), np.eye(2 * order)
    noise = np.zeros((n_rows, 2 * order, 2 * order))
    noise[:, :2, :2] = model.covariances
    push = np.zeros((n_rows, 2 * order))
    push[:, :2] = model.intercepts
    for row in [*((rows[0] + np.arange(-1098, 0)) % n_rows), *rows[:1]]:
        mean, covariance = companion[row] @ mean + push[row], companion[row] @ covariance @ companion[row].T + noise[row]
    full_mean, full = np.zeros((n_days, 2)), np.zeros((n_days, 2, n_days, 2))
    for day in range(n_days):
        full_mean[day], full[day, :, day] = mean[:2], covariance[:2, :2]
        ahead = covariance[:, :2]
        for later in range(day + 1, n_days):
            ahead = companion[rows[later]] @ ahead
            full[later, :, day] = ahead[:2]
            full[day, :, later] = ahead[:2].T
        if day + 1 < n_days:
            row = rows[day + 1]
            mean, covariance = companion[row] @ mean + push[row], companion[row] @ covariance @ companion[row].T + noise[row]
    return full_mean.ravel(), full.reshape(2 * n_days, 2 * n_days)


def conditional(model: VARModel | SeasonalVARModel, rows: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, covariance = dense_moments(model, rows)
    values, missing = scores.T.ravel(), np.isnan(scores.T.ravel())
    gain = np.linalg.solve(covariance[np.ix_(~missing, ~missing)], covariance[np.ix_(~missing, missing)]).T
    expected = mean[missing] + gain @ (values[~missing] - mean[~missing])
    spread = covariance[np.ix_(missing, missing)] - gain @ covariance[np.ix_(~missing, missing)]
    return expected, spread


def gappy_series(n_days: int = 14) -> np.ndarray:
    scores = np.random.default_rng(1).standard_normal((2, n_days))
    scores[0, [0, 3, 4, 5, 9, n_days - 1]] = np.nan
    scores[1, [1, 4, 5, 10, n_days - 1]] = np.nan
    return scores


CASES = [
    (constant_model(1), None, np.zeros(14, dtype=int)),
    (constant_model(2), None, np.zeros(14, dtype=int)),
    (seasonal_model(), np.arange(170, 184), np.arange(170, 184)),
    (seasonal_model(), np.arange(360, 374) % 366, np.arange(360, 374) % 366),
]


@pytest.mark.parametrize(("model", "doy", "rows"), CASES)
def test_smoothed_values_are_the_conditional_means(
    model: VARModel | SeasonalVARModel, doy: np.ndarray | None, rows: np.ndarray
) -> None:
    scores = gappy_series()
    expected, _ = conditional(model, rows, scores)
    smoothed = smooth_scores(scores, model, doy=doy)
    np.testing.assert_allclose(smoothed.T[np.isnan(scores.T)], expected, atol=1e-9)


@pytest.mark.parametrize(("model", "doy", "rows"), CASES[1:3])
def test_drawn_values_have_the_conditional_moments(
    model: VARModel | SeasonalVARModel, doy: np.ndarray | None, rows: np.ndarray
) -> None:
    """500 draws: every mean and covariance within 5 standard errors; false alarm below 1e-4."""
    scores = gappy_series()
    expected, spread = conditional(model, rows, scores)
    rng = np.random.default_rng(4)
    where = np.isnan(scores.T)
    draws = np.array([infill_scores(scores, model, rng=rng, doy=doy).T[where] for _ in range(500)])
    errors = np.sqrt(np.diag(spread) / 500)
    assert np.all(np.abs(draws.mean(axis=0) - expected) < 5 * errors)
    scale = np.sqrt(np.diag(spread))
    assert np.abs((np.cov(draws.T) - spread) / np.outer(scale, scale)).max() < 5 * np.sqrt(2 / 500)


def test_observed_values_keep_their_bits_and_gaps_are_filled() -> None:
    scores = gappy_series()
    filled = infill_scores(scores, constant_model(2), rng=np.random.default_rng(0))
    known = ~np.isnan(scores)
    assert filled[known].tobytes() == scores[known].tobytes()
    assert np.isfinite(filled).all()


def test_a_complete_series_comes_back_as_it_was() -> None:
    scores = np.random.default_rng(0).standard_normal((2, 30))
    assert infill_scores(scores, constant_model(1), rng=np.random.default_rng(0)).tobytes() == scores.tobytes()


def test_the_order_of_the_variables_does_not_matter() -> None:
    scores, model = gappy_series(), constant_model(2)
    swapped = VARModel(
        2, model.intercept[::-1], model.coefficients[:, ::-1, ::-1], model.covariance[::-1, ::-1], np.zeros((2, 0)), 0
    )
    np.testing.assert_allclose(smooth_scores(scores[::-1], swapped)[::-1], smooth_scores(scores, model), atol=1e-10)


def test_a_later_variable_informs_an_earlier_one() -> None:
    """Two nearly equal variables: the missing one is drawn near the observed 1.8, wherever it stands."""
    nearly_equal = np.array([[1.0, 0.999], [0.999, 1.0]])
    model = VARModel(1, np.zeros(2), np.zeros((1, 2, 2)), nearly_equal, np.zeros((2, 0)), 0)
    for missing in (0, 1):
        scores = np.full((2, 9), 1.8)
        scores[missing, 4] = np.nan
        assert infill_scores(scores, model, rng=np.random.default_rng(2))[missing, 4] == pytest.approx(1.8, abs=0.3)


def test_a_third_missing_leaves_the_model_as_it_was() -> None:
    """Refitting after a third of 6000 days was withheld and infilled: within 0.06, four standard errors."""
    truth = simulate(constant_model(1), 6000, rng=np.random.default_rng(6))
    holes = np.random.default_rng(7).random(truth.shape) < 1 / 3
    filled = infill_scores(np.where(holes, np.nan, truth), constant_model(1), rng=np.random.default_rng(8))
    refitted = fit_var(filled, 1)
    np.testing.assert_allclose(refitted.coefficients, LAGS[:1], atol=0.06)
    np.testing.assert_allclose(refitted.covariance, COVARIANCE, atol=0.08)


def test_wrong_shapes_and_infinite_scores_are_refused() -> None:
    with pytest.raises(DataError, match="shape"):
        smooth_scores(np.zeros((3, 10)), constant_model(1))
    with pytest.raises(DataError, match="infinite"):
        smooth_scores(np.full((2, 10), np.inf), constant_model(1))
    with pytest.raises(DataError, match="doy"):
        smooth_scores(gappy_series(), seasonal_model())
