"""The tools under the copulas: Student's distribution, root finding, Kendall's tau."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from weathercop.copulas import _elliptical as student_distribution
from weathercop.copulas._base import Unit, log1mexp, log_add, log_expm1, log_norm, log_power_sum, quadrature_nodes, softplus
from weathercop.copulas._likelihood import kendall_tau
from weathercop.copulas._plackett import Plackett
from weathercop.copulas._solvers import invert_increasing, solve_increasing
from weathercop.copulas._upper_tail import solve_growth


@pytest.mark.parametrize("nu", [2.0, 3.0, 4.7, 10.0, 31.0, 61.0])
def test_student_tails_agree_with_scipy(nu: float) -> None:
    x = np.concatenate([np.linspace(0.0, 6.0, 40), [20.0, 1e3]])
    np.testing.assert_allclose(student_distribution.tail_probability(x, nu), special.stdtr(nu, -x), rtol=2e-12)


@given(nu=st.floats(2.0, 61.0), p=st.floats(1e-13, 0.5))
@settings(max_examples=60, deadline=None)
def test_student_quantile_undoes_the_tail(nu: float, p: float) -> None:
    x = student_distribution.tail_quantile(np.array([p]), nu)
    np.testing.assert_allclose(student_distribution.tail_probability(x, nu), p, rtol=1e-12)


def test_solver_finds_roots_at_very_different_speeds() -> None:
    target = np.array([1e-12, 1e-3, 0.5, 40.0, np.nan])

    def function(x: np.ndarray, goal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.expm1(x) + x**3 - goal, np.exp(x) + 3.0 * x**2

    root = solve_increasing(function, np.full(5, 3.0), np.full(5, -1.0), np.full(5, 6.0), (target,))
    np.testing.assert_allclose(np.expm1(root) + root**3, target, rtol=1e-12, atol=1e-15)


def test_solver_survives_a_slope_of_zero() -> None:
    root = solve_increasing(lambda x: (x**3 - 8.0, 3.0 * x**2), np.array([0.0]), np.array([-5.0]), np.array([5.0]), ())
    assert root[0] == pytest.approx(2.0, rel=1e-12)


def test_inversion_reaches_targets_and_stops_at_ends() -> None:
    target = np.array([-1.0, 1e-9, 0.3, 0.999, 2.0, np.nan])
    root = invert_increasing(lambda x: x / (x + 2.0), target, 0.0, 1e4)
    np.testing.assert_allclose(root, [0.0, 2e-9, 0.6 / 0.7, 1998.0, 1e4, np.nan], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("least", "lowest_power", "n_steps"), [(0.0, 0.0, 3), (1.0, -1.0 + 1e-3, 2)])
def test_growth_is_a_root_to_rounding_whatever_the_ranks(least: float, lowest_power: float, n_steps: int) -> None:
    """Over all clipped ranks and strengths, to a few units in the last place of what the equation is made of."""
    rng = np.random.default_rng(4)
    x, k = -np.log(special.expit(rng.uniform(-27.6, 27.6, (2, 200_000))))
    x, power = x + least, lowest_power + np.exp(rng.uniform(np.log(1e-6), np.log(60.0), x.size))
    delta = solve_growth(x, power, k, n_steps).astype(np.longdouble)
    wide_x, wide_power = x.astype(np.longdouble), power.astype(np.longdouble)
    slope = wide_x * np.exp(delta) + wide_power
    error = (wide_x * np.expm1(delta) + wide_power * delta - k) / slope
    # What is added to make the slope is rounded, too.
    condition = 1.0 + (wide_x + np.abs(wide_power)) / (wide_x + wide_power)
    assert np.all(delta > 0.0)
    np.testing.assert_array_less(np.abs(error), 4e-16 * condition * delta)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=40))
def test_kendall_tau_is_tau_b(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, dtype=float).T
    expected = stats.kendalltau(x, y).statistic
    assert kendall_tau(x, y) == pytest.approx(0.0 if np.isnan(expected) else expected, abs=1e-12)


def test_kendall_tau_leaves_out_nan() -> None:
    assert kendall_tau(np.array([1.0, 2.0, np.nan, 3.0]), np.array([1.0, 2.0, 0.0, np.nan])) == 1.0
    assert kendall_tau(np.array([np.nan]), np.array([1.0])) == 0.0


@given(st.floats(-30.0, 30.0), st.floats(-30.0, 30.0))
def test_logarithmic_sums(x: float, y: float) -> None:
    a, b = np.array([x]), np.array([y])
    assert log_add(a, b)[0] == pytest.approx(np.logaddexp(x, y), abs=1e-13)
    assert softplus(a)[0] == pytest.approx(np.logaddexp(0.0, x), rel=1e-13)
    p, q = np.abs(a) + 1e-9, np.abs(b) + 1e-9
    assert np.exp(log_power_sum(p, q) - p)[0] == pytest.approx(float(1.0 + np.expm1(q[0]) * np.exp(-p[0])), rel=1e-12)
    assert np.exp(log_expm1(p))[0] == pytest.approx(np.expm1(p[0]), rel=1e-12)
    assert log1mexp(p)[0] == pytest.approx(np.log1p(-np.exp(-p[0])) if p[0] > 1 else np.log(-np.expm1(-p[0])), rel=1e-12)
    norm = log_norm(a, b, np.array([2.0]))[0]
    assert norm == pytest.approx(0.5 * np.logaddexp(2.0 * x, 2.0 * y), abs=1e-12)


def test_quadrature_is_exact_for_singular_ends() -> None:
    points, weights = quadrature_nodes()
    assert np.sum(weights) == pytest.approx(1.0, abs=1e-13)
    assert weights @ -np.log(points.value) == pytest.approx(1.0, abs=1e-12)
    assert weights @ points.complement**-0.5 == pytest.approx(2.0, abs=1e-7)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_inversion_stays_within_the_bounds_and_keeps_the_shape(shape: tuple[int, ...]) -> None:
    """Functions such as log(1 - x) have nothing beyond their end, not even by rounding."""

    def function(x: np.ndarray) -> np.ndarray:
        assert np.all((x >= -1.0) & (x <= 1.0))
        return x**3

    target = np.broadcast_to(np.array(0.343), shape)
    root = invert_increasing(function, target, -1.0, 1.0)
    assert root.shape == shape
    np.testing.assert_allclose(root, 0.7, rtol=1e-12)


@pytest.mark.parametrize("theta", [1e-4, 0.01, 0.5, 1.0, 3.0, 1e4])
def test_plackett_at_the_corner_is_its_density_times_the_area(theta: float) -> None:
    """C(u, v) -> theta u v where both are small, whichever side of independence theta is on (Nelsen 2006, section 3.3.1)."""
    small = np.array([1e-9, 1e-12, 1e-20])
    unit = Unit(small, 1.0 - small)
    found = Plackett().cdf(unit, unit, (np.full(3, theta),))
    np.testing.assert_allclose(found, theta * small**2, rtol=1e-4)
