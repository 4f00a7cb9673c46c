"""Masses on the bounds, and seasons in which the bounds meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from varwg import N_DOYS, month_of_doy
from varwg.marginals import Inflated, goodness_of_fit

ROWS = np.arange(N_DOYS)
#: Ranks that stand for a simulation without chance.
RANKS = (np.arange(2000) + 0.5)[:, None] / 2000


@pytest.fixture(scope="module")
def clouds(case_of: Callable[[str], Any]) -> tuple[Any, Inflated]:
    case = case_of("clouds")
    return case, case.fit()


@pytest.fixture(scope="module")
def polar(case_of: Callable[[str], Any]) -> tuple[Any, Inflated]:
    case = case_of("polar")
    return case, case.fit()


def test_both_masses_have_the_frequency_of_every_month(clouds: tuple[Any, Inflated]) -> None:
    case, marginal = clouds
    simulated, months = marginal.ppf(RANKS, ROWS), month_of_doy()
    for month in range(12):
        observed = case.values[months[case.doy] == month]
        own = simulated[:, months == month]
        for bound in (0.0, 1.0):
            assert (own == bound).mean() == pytest.approx((observed == bound).mean(), abs=0.01)
        assert own.mean() == pytest.approx(observed.mean(), abs=0.01)


def test_values_on_a_bound_are_known_from_one_side(clouds: tuple[Any, Inflated]) -> None:
    case, marginal = clouds
    np.testing.assert_array_equal(marginal.is_censored(case.values, case.doy), case.values == 0.0)
    np.testing.assert_array_equal(marginal.is_capped(case.values, case.doy), case.values == 1.0)
    scores = marginal.to_scores(case.values, case.doy)
    capped = case.values == 1.0
    np.testing.assert_array_equal(scores[capped], marginal.cap_scores()[case.doy[capped]])
    assert (marginal.from_scores(marginal.cap_scores() + 1e-9, ROWS) == 1.0).all()
    assert (marginal.from_scores(marginal.cap_scores() - 0.5, ROWS) < 1.0).all()
    assert not marginal.is_capped(np.array([np.nan]), np.array([5])).any()


def test_there_is_no_radiation_in_the_polar_night(polar: tuple[Any, Inflated]) -> None:
    case, marginal = polar
    night = case.upper <= 1.0
    simulated = marginal.ppf(RANKS, ROWS)
    assert (simulated[:, night] == 0.0).all()
    assert (simulated <= case.upper).all()
    assert marginal.is_censored(np.full(N_DOYS, 0.3), ROWS)[night].all()
    light = case.values[~night[case.doy]]
    scores = marginal.to_scores(light, case.doy[~night[case.doy]])
    assert scores.std() == pytest.approx(1.0, abs=0.03)
    months = month_of_doy()
    for month in range(12):
        own, observed = simulated[:, months == month], case.values[months[case.doy] == month]
        assert own.mean() == pytest.approx(observed.mean(), abs=0.01 * case.values.std())


def test_a_few_values_on_a_bound_are_no_mass(case_of: Callable[[str], Any]) -> None:
    case = case_of("rh")
    few = np.where(case.values == 1.0, 0.99, case.values)
    few[:20] = 1.0
    assert not isinstance(replace(case, values=few).fit(), Inflated)


def test_goodness_of_fit_looks_between_the_masses(clouds: tuple[Any, Inflated]) -> None:
    """In octas the steps of the record are what is left: half of one of seven, 0.07, and the scatter of 200 values."""
    case, marginal = clouds
    fit = goodness_of_fit(marginal, case.values, case.times)
    assert fit.distance.max() < 0.07 + 0.12
    np.testing.assert_allclose(fit.censored, fit.fitted_censored, atol=0.01)


def test_bounds_that_are_not_zero_and_one_change_nothing_but_the_scale(case_of: Callable[[str], Any]) -> None:
    """Cloud cover between 3 and 11 is that between 0 and 1 stretched: the same ranks."""
    case = case_of("clouds")
    stretched = replace(case, values=3.0 + 8.0 * case.values, variable=replace(case.variable, name="x", lower=3.0, upper=11.0))
    one, other = case.fit(), stretched.fit()
    inside = np.linspace(0.05, 0.95, 19)[:, None]
    np.testing.assert_allclose(one.cdf(inside, ROWS), other.cdf(3.0 + 8.0 * inside, ROWS), atol=2e-3)
    bounds = np.array([[3.0], [11.0]])
    assert np.all(other.pdf(bounds, ROWS) == 0.0)
    assert np.all(other.pdf(3.0 + 8.0 * inside, ROWS) > 0.0)
