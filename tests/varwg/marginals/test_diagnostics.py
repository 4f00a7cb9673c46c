"""Goodness of fit against direct computation, return levels against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from varwg import N_DOYS, month_of_doy
from varwg._arrays import readonly_floats
from varwg.errors import DataError
from varwg.marginals import Normal, SeasonalMarginal, goodness_of_fit, return_level

CaseOf = Callable[[str], Any]
Fitted = tuple[Any, SeasonalMarginal]


def test_distance_and_p_value_are_those_of_scipy(case_of: CaseOf) -> None:
    case = case_of("theta")
    marginal = case.fit()
    found = goodness_of_fit(marginal, case.values, case.times)
    march = month_of_doy()[case.doy] == 2
    ranks = marginal.cdf(case.values[march], case.doy[march])
    expected = stats.kstest(ranks, "uniform", method="asymp")
    assert found.distance[2] == pytest.approx(expected.statistic)
    assert found.p_value[2] == pytest.approx(expected.pvalue)
    assert found.count[2] == march.sum()


def test_a_true_fit_is_not_rejected_and_a_false_one_is(case_of: CaseOf) -> None:
    """Values drawn from the marginal itself: all twelve p-values above 1e-5 but for a chance of 1e-4."""
    case = case_of("theta")
    marginal = case.fit()
    drawn = marginal.ppf(np.random.default_rng(7).random(case.values.size), case.doy)
    assert goodness_of_fit(marginal, drawn, case.times).p_value.min() > 1e-5
    assert goodness_of_fit(marginal, drawn + 3.0, case.times).p_value.max() < 1e-5


def test_rain_is_compared_wet_and_dry(rain: Fitted) -> None:
    case, marginal = rain
    found = goodness_of_fit(marginal, case.values, case.times)
    np.testing.assert_allclose(found.censored, found.fitted_censored, atol=1e-6)
    np.testing.assert_allclose(found.mean, found.fitted_mean, rtol=0.01)
    np.testing.assert_allclose(found.sd, found.fitted_sd, rtol=0.35)
    assert found.distance.max() < 0.2


def test_months_without_values_are_nan(case_of: CaseOf) -> None:
    case = case_of("theta")
    values = np.where(month_of_doy()[case.doy] == 4, np.nan, case.values)
    found = goodness_of_fit(case.fit(), values, case.times)
    assert found.count[4] == 0
    assert np.isnan([found.mean[4], found.distance[4], found.fitted_sd[4]]).all()
    assert np.isfinite(np.delete(found.p_value, 4)).all()


def test_lengths_must_agree(case_of: CaseOf) -> None:
    case = case_of("theta")
    with pytest.raises(DataError, match="3652 times"):
        goodness_of_fit(case.fit(), case.values, case.times[1:])


def test_return_levels_of_a_constant_normal_distribution() -> None:
    marginal = Normal(readonly_floats(np.full(N_DOYS, 10.0)), readonly_floats(np.full(N_DOYS, 4.0)))
    years = np.array([0.1, 1.0, 50.0, 1000.0])
    expected = stats.norm(10.0, 4.0).isf(1.0 / (365.25 * years))
    np.testing.assert_allclose(return_level(marginal, years), expected, rtol=1e-9)


def test_return_level_of_a_season_counts_only_its_days() -> None:
    """All of the summer half at one level, the rest far below: half as many chances."""
    rows = np.arange(N_DOYS)
    location = np.where((rows >= 100) & (rows < 200), 0.0, -1000.0)
    marginal = Normal(readonly_floats(location), readonly_floats(np.ones(N_DOYS)))
    assert return_level(marginal, 10.0)[0] == pytest.approx(stats.norm.isf(1.0 / (100.0 * 10.0)))


@pytest.mark.parametrize("years", [0.0, -1.0, 1e9, np.nan])
def test_impossible_return_periods(years: float) -> None:
    marginal = Normal(readonly_floats(np.zeros(N_DOYS)), readonly_floats(np.ones(N_DOYS)))
    with pytest.raises(DataError, match="return periods"):
        return_level(marginal, years)
