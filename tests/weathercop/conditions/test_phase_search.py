"""The search for angles: on functions whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weathercop.conditions import Quantities
from weathercop.conditions._conditioning import meet_bounds, outside, smallest_step


def quantities(
    values: list[float] | np.ndarray, lower: float | np.ndarray | list[float], upper: float | np.ndarray | list[float]
) -> Quantities:
    values = np.asarray(values, dtype=float)
    shape = values.shape
    return Quantities(
        tuple(map(str, range(values.size))), values, np.broadcast_to(lower, shape) * 1.0, np.broadcast_to(upper, shape) * 1.0
    )


def never() -> np.ndarray:
    raise AssertionError("no new beginning is needed")


def test_the_smallest_step_is_the_pseudo_inverse() -> None:
    rng = np.random.default_rng(1)
    response = rng.standard_normal((3, 8))
    here = quantities([5.0, -4.0, 7.0], 0.0, 0.001)
    step = smallest_step(response, here, np.ones(3))
    reached = here.values + response @ step
    assert not outside(here._replace(values=reached)).any()
    assert np.allclose(step, np.linalg.pinv(response) @ (reached - here.values))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_a_step_brings_linear_quantities_inside_and_leaves_none_outside(seed: int, n: int) -> None:
    """More angles than quantities, so that all bounds can be met at once."""
    rng = np.random.default_rng(seed)
    response = rng.standard_normal((n, n + 6))
    lower = rng.standard_normal(n)
    here = quantities(3.0 * rng.standard_normal(n), lower, lower + rng.exponential(1.0, n) + 0.1)
    step = smallest_step(response, here, np.ones(n))
    assert not outside(here._replace(values=here.values + response @ step)).any()
    if not outside(here).any():
        assert not step.any()


def test_quantities_that_are_inside_are_not_pushed_out() -> None:
    response = np.array([[1.0, 0.0], [1.0, 0.1]])
    here = quantities([-2.0, 0.0], [0.0, -0.5], [1.0, 0.5])
    reached = here.values + response @ smallest_step(response, here, np.ones(2))
    assert not outside(here._replace(values=reached)).any()


def test_a_start_inside_the_bounds_is_left_as_it_is() -> None:
    start = np.array([0.3, 0.4])
    found = meet_bounds(lambda a: quantities(np.cos(a), -1.0, 1.0), start, budget=10, redraw=never)
    assert found.n_calls == 1 and found.angles is start


def test_nonlinear_quantities_are_met_near_the_start() -> None:
    rng = np.random.default_rng(5)
    amplitude, offset = rng.standard_normal((4, 10)), rng.uniform(0, 6, (4, 10))

    def evaluate(angles: np.ndarray) -> Quantities:
        return quantities((amplitude * np.cos(angles + offset)).sum(axis=1), 0.9, 1.1)

    start = rng.uniform(0, 2 * np.pi, 10)
    found = meet_bounds(evaluate, start, budget=150, redraw=never)
    assert not outside(found.nearest).any() and found.n_calls < 60
    assert np.array_equal(evaluate(found.angles).values, found.nearest.values)
    assert np.abs(found.angles - start).max() < np.pi


def test_a_search_that_gets_stuck_begins_anew() -> None:
    """Only the first angle matters, and its slope at the start is zero."""
    start, better = np.array([0.0, 0.0]), np.array([2.0, 0.0])

    def evaluate(angles: np.ndarray) -> Quantities:
        return quantities([0.0 if abs(angles[0]) < 1.0 else angles[0]], 1.5, 3.0)

    found = meet_bounds(evaluate, start, budget=50, redraw=lambda: better)
    assert found.angles is better


@pytest.mark.parametrize("budget", [1, 5, 40])
def test_the_budget_is_never_exceeded(budget: int) -> None:
    rng = np.random.default_rng(1)
    found = meet_bounds(
        lambda a: quantities(np.cos(a), 2.0, 3.0), np.zeros(3), budget=budget, redraw=lambda: rng.uniform(0, 6, 3)
    )
    assert found.n_calls == budget and outside(found.nearest).any()
