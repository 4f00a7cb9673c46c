"""What every family must do, whatever its form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from varwg import N_DOYS
from varwg import _persistence as codec
from varwg.marginals import MARGINALS, SeasonalMarginal

Fitted = tuple[Any, SeasonalMarginal]

ROWS = np.arange(N_DOYS)
SOME_ROWS = ROWS[::40]
SCORES = np.linspace(-7.03, 7.03, 1201)


def test_it_satisfies_the_protocol(fitted: Fitted) -> None:
    _, marginal = fitted
    assert isinstance(marginal, SeasonalMarginal)
    assert isinstance(marginal.family, str)
    assert isinstance(marginal, MARGINALS)


def test_values_come_back_from_their_scores(fitted: Fitted) -> None:
    case, marginal = fitted
    scores = marginal.to_scores(case.values, case.doy)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(marginal.from_scores(scores, case.doy), case.values, rtol=1e-9, atol=1e-12)


def test_scores_of_observations_are_plausible(fitted: Fitted) -> None:
    """A value on a bound must not get the score of the last rank, 7.03, which would dominate every correlation."""
    case, marginal = fitted
    assert np.abs(marginal.to_scores(case.values, case.doy)).max() < 6.0


def test_scores_come_back_where_values_are_strictly_between_the_bounds(fitted: Fitted) -> None:
    _, marginal = fitted
    scores = np.linspace(-4.5, 4.5, 91)[:, None]
    values = marginal.from_scores(scores, ROWS)
    low, high = marginal.from_scores(np.array([[-7.5], [7.5]]), ROWS)
    inside = (values > low) & (values < high)
    back = marginal.to_scores(values, ROWS)
    np.testing.assert_allclose(back[inside], np.broadcast_to(scores, back.shape)[inside], atol=1e-6)


def test_both_directions_increase(fitted: Fitted) -> None:
    _, marginal = fitted
    values = marginal.from_scores(SCORES[:, None], ROWS)
    assert (np.diff(values, axis=0) >= 0.0).all()
    grid = np.linspace(values.min() - 1.0, values.max() + 1.0, 1500)[:, None]
    assert (np.diff(marginal.to_scores(grid, ROWS), axis=0) >= 0.0).all()


def test_ranks_are_the_normal_distribution_of_scores(fitted: Fitted) -> None:
    from scipy import stats

    case, marginal = fitted
    low, high = marginal.from_scores(np.array([[-7.5], [7.5]]), case.doy)
    inside = (case.values > low) & (case.values < high)
    ranks = stats.norm.cdf(marginal.to_scores(case.values, case.doy))
    np.testing.assert_allclose(marginal.cdf(case.values, case.doy)[inside], ranks[inside], atol=1e-14)


def test_ppf_is_the_inverse_of_cdf(fitted: Fitted) -> None:
    _, marginal = fitted
    ranks = np.linspace(0.001, 0.999, 97)[:, None]
    values = marginal.ppf(ranks, ROWS)
    low, high = marginal.from_scores(np.array([[-7.5], [7.5]]), ROWS)
    inside = (values > low) & (values < high)
    back = marginal.cdf(values, ROWS)
    np.testing.assert_allclose(back[inside], np.broadcast_to(ranks, back.shape)[inside], atol=1e-10)


def test_density_is_the_derivative_of_the_distribution(fitted: Fitted) -> None:
    """In the middle of random cells; a kink of a tabulated family falls into one only rarely."""
    _, marginal = fitted
    rng = np.random.default_rng(4)
    rows = rng.integers(0, N_DOYS, 4000)
    values = marginal.ppf(rng.uniform(0.02, 0.98, rows.size), rows)
    low, high = marginal.from_scores(np.array([[-7.5], [7.5]]), rows)
    width = 1e-6 * (marginal.ppf(np.full(rows.size, 0.99), rows) - marginal.ppf(np.full(rows.size, 0.01), rows))
    inside = (values - width > low) & (values + width < high) & ~marginal.is_censored(values - width, rows)
    slope = (marginal.cdf(values + width, rows) - marginal.cdf(values - width, rows)) / (2.0 * width)
    density = marginal.pdf(values, rows)
    agree = np.isclose(slope[inside], density[inside], rtol=1e-3)
    assert inside.sum() > 500
    assert agree.mean() > 0.999


def test_density_integrates_to_what_the_masses_leave(fitted: Fitted) -> None:
    """Masses on dry and on the bounds are the jumps of F there."""
    _, marginal = fitted
    low, high = marginal.from_scores(np.array([[-7.5], [7.5]]), SOME_ROWS)
    edges = marginal.from_scores(np.linspace(-7.5, 7.5, 8001)[:, None], SOME_ROWS)
    middle, width = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges, axis=0)
    integral = (marginal.pdf(middle, SOME_ROWS) * width).sum(axis=0)
    near = 1e-7 * (high - low)
    continuous = marginal.cdf(high - near, SOME_ROWS) - marginal.cdf(low + near, SOME_ROWS)
    np.testing.assert_allclose(integral, continuous, atol=2e-3)


def test_mean_is_the_mean_of_the_quantiles(fitted: Fitted) -> None:
    _, marginal = fitted
    scores = np.linspace(-8.0, 8.0, 8001)
    weights = np.exp(-0.5 * scores**2)
    weights /= weights.sum()
    expected = weights @ marginal.from_scores(scores[:, None], SOME_ROWS)
    np.testing.assert_allclose(marginal.mean()[SOME_ROWS], expected, rtol=2e-4, atol=2e-4)


def test_missing_stays_missing(fitted: Fitted) -> None:
    case, marginal = fitted
    values = np.array([np.nan, case.values[5], np.nan])
    rows = np.array([3, 200, 365])
    for method in (marginal.to_scores, marginal.from_scores, marginal.cdf, marginal.pdf, marginal.ppf):
        result = method(np.where(np.isnan(values), np.nan, 0.5), rows)
        np.testing.assert_array_equal(np.isnan(result), [True, False, True])
    assert not marginal.is_censored(values, rows)[[0, 2]].any()


def test_extreme_ranks_and_impossible_values_stay_finite(fitted: Fitted) -> None:
    case, marginal = fitted
    ends = marginal.ppf(np.array([[0.0], [1e-12], [1.0 - 1e-12], [1.0]]), ROWS)
    assert np.isfinite(ends).all()
    far = np.array([[case.values.min() - 3.0], [case.values.max() + 3.0]])
    assert np.isfinite(marginal.to_scores(far, ROWS)).all()


def test_rows_broadcast(fitted: Fitted) -> None:
    _, marginal = fitted
    ranks = np.linspace(0.1, 0.9, 5)
    table = marginal.ppf(ranks[:, None], ROWS)
    assert table.shape == (5, N_DOYS)
    np.testing.assert_array_equal(table[2], marginal.ppf(np.full(N_DOYS, ranks[2]), ROWS))
    np.testing.assert_array_equal(table[:, 7], marginal.ppf(ranks, np.asarray(7)))
    assert marginal.is_censored(table, ROWS).shape == table.shape


def test_simulated_moments_are_the_observed_ones(fitted: Fitted) -> None:
    """Deterministic ranks instead of random ones, so there is no false alarm. The exponential family has no free
    variance, one of scipy.stats has one shape for all seasons, and the tail of rain is not that of its record alone."""
    case, marginal = fitted
    ranks = (np.arange(400) + 0.5)[:, None] / 400
    simulated = marginal.ppf(ranks, case.doy)
    assert simulated.mean() == pytest.approx(case.values.mean(), abs=0.02 * case.values.std())
    if marginal.family not in ("exponential", "zero_inflated") and not marginal.family.startswith("scipy:"):
        assert simulated.std() == pytest.approx(case.values.std(), rel=0.03)


def test_censored_values_have_the_score_of_the_threshold(fitted: Fitted) -> None:
    case, marginal = fitted
    censored = marginal.is_censored(case.values, case.doy)
    threshold = marginal.threshold_scores()
    assert threshold.shape == (N_DOYS,)
    scores = marginal.to_scores(case.values, case.doy)
    np.testing.assert_array_equal(scores[censored], threshold[case.doy][censored])
    assert (scores[~censored] > threshold[case.doy][~censored]).all()
    if not censored.any():
        assert marginal.family == "censored_normal" or np.isneginf(threshold).all()


def test_arrays_are_read_only_and_survive_a_file(fitted: Fitted) -> None:
    case, marginal = fitted
    text, arrays = codec.encode(marginal)
    assert arrays
    assert not any(array.flags.writeable for array in arrays.values())
    again = codec.decode(text, arrays, MARGINALS)
    np.testing.assert_array_equal(again.to_scores(case.values, case.doy), marginal.to_scores(case.values, case.doy))


def test_fitting_is_deterministic(fitted: Fitted) -> None:
    case, marginal = fitted
    assert codec.digest(case.fit()) == codec.digest(marginal)
