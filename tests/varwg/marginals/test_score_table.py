"""Tables over scores: exact inverses, moments, bounds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from varwg import N_DOYS
from varwg._arrays import FloatArray
from varwg._ranks import LAST_SCORE
from varwg.marginals import ScoreTable
from varwg.marginals._tabulated import make_table, table_scores

ROWS = np.arange(N_DOYS)
START = np.full(N_DOYS, -LAST_SCORE)


def _normal_table(n_nodes: int = 115) -> ScoreTable:
    return make_table(START, 3.0 + 2.0 * table_scores(START, n_nodes)[1])


def _tables(steps: list[float], origin: float, start: float) -> ScoreTable:
    values = origin + np.cumsum(steps)
    return make_table(np.full(N_DOYS, start), np.tile(values, (N_DOYS, 1)))


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=40),
    origin=st.floats(-1e4, 1e4),
    start=st.floats(-LAST_SCORE, 3.0),
    at=st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=20),
)
def test_values_and_scores_are_inverse(steps: list[float], origin: float, start: float, at: list[float]) -> None:
    table = _tables(steps, origin, start)
    low, high = table.values[0, 0], table.values[0, -1]
    values = low + (high - low) * np.asarray(at)
    rows = np.full(values.size, 11)
    back = table.values_at(table.scores_at(values, rows), rows)
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-9 * (high - low))


def test_values_on_all_rows_at_once_have_the_scores_of_each() -> None:
    """With flat cells, bounds, nodes among the values, and values beyond both ends: not a bit differs."""
    rng = np.random.default_rng(4)
    nodes = np.sort(rng.gamma(0.7, 5.0, (N_DOYS, 40)), axis=1)
    nodes[:, 5:9] = nodes[:, [5]]
    table = make_table(rng.normal(0.0, 0.2, N_DOYS), nodes, lower=np.full(N_DOYS, 0.1), at_lower=np.full(N_DOYS, 0.05))
    values = np.unique(np.concatenate([[-1.0, 0.1, nodes.max() + 5.0], nodes[::60].ravel(), rng.gamma(0.7, 5.0, 300)]))
    np.testing.assert_array_equal(table.scores_of_all(values), table.scores_at(values, ROWS[:, None]))


def test_a_straight_line_is_the_normal_distribution() -> None:
    table = _normal_table()
    mean, square = table.moments()
    np.testing.assert_allclose(mean, 3.0, rtol=1e-9)
    np.testing.assert_allclose(square - mean**2, 4.0, rtol=1e-7)
    scores = np.linspace(-9.0, 9.0, 50)[:, None]
    np.testing.assert_allclose(table.values_at(scores, ROWS), np.broadcast_to(3.0 + 2.0 * scores, (50, N_DOYS)))
    np.testing.assert_allclose(table.density_at(np.array([3.0]), np.array([9])), 1.0 / np.sqrt(8.0 * np.pi))


def test_moments_are_those_of_a_fine_quadrature() -> None:
    values = np.exp(0.7 * table_scores(START, 60)[1])
    table = make_table(START, values)
    scores = np.linspace(-LAST_SCORE, LAST_SCORE, 200001)
    weights = np.exp(-0.5 * scores**2) / np.sqrt(2.0 * np.pi) * (scores[1] - scores[0])
    x = table.values_at(scores, np.full(scores.size, 5))
    np.testing.assert_allclose([part[5] for part in table.moments()], [weights @ x, weights @ x**2], rtol=1e-6)


def _bounded(at_upper: float) -> ScoreTable:
    values = 0.5 + 0.2 * table_scores(START, 115)[1]
    zero, one = np.zeros(N_DOYS), np.ones(N_DOYS)
    return make_table(START, values, lower=zero, upper=one, at_upper=np.full(N_DOYS, at_upper))


def test_bounds_are_reached_and_never_passed() -> None:
    table = _bounded(0.0)
    values: FloatArray = table.values_at(np.array([[-60.0], [-7.1], [7.1], [60.0]]), ROWS)
    np.testing.assert_array_equal(values[:2], 0.0)
    np.testing.assert_array_equal(values[2:], 1.0)
    assert table.values.min() == 0.0
    assert table.values.max() == 1.0
    assert np.isfinite(table.scores_at(np.array([[-5.0], [0.0], [1.0], [1.02]]), ROWS)).all()


def test_a_value_often_on_its_bound_has_the_score_of_its_middle_rank() -> None:
    """4 % of the values on the bound: their middle rank is 0.98, score 2.05, up to half a step of the table."""
    scores = _bounded(0.04).scores_at(np.array([1.0]), np.array([100]))
    assert abs(scores[0] - 2.054) <= 0.0625
    np.testing.assert_array_equal(_bounded(0.04).values_at(scores, np.array([100])), 1.0)


def test_rows_are_independent() -> None:
    values = np.arange(N_DOYS)[:, None] + table_scores(START, 20)[1]
    table = make_table(START, values)
    np.testing.assert_allclose(table.values_at(np.zeros(N_DOYS), ROWS), ROWS, atol=1e-12)
    np.testing.assert_allclose(table.scores_at(ROWS.astype(np.float64) + 0.5, ROWS), 0.5)
