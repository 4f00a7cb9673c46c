"""Rain and sunshine: dry days, monthly means, the tail, and records with holes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from varwg import N_DOYS, month_of_doy
from varwg._arrays import FloatArray
from varwg.marginals import SeasonalMarginal, ZeroInflated, return_level, return_level_range
from varwg.marginals._amounts import wet_scores
from varwg.marginals._tabulated import table_scores

CaseOf = Callable[[str], Any]
Fitted = tuple[Any, SeasonalMarginal]
ROWS = np.arange(N_DOYS)


def _monthly(values: FloatArray, case: Any) -> FloatArray:
    month = month_of_doy()[case.doy]
    return np.bincount(month, weights=values, minlength=12) / np.bincount(month, minlength=12)


def _year(case: Any, marginal: SeasonalMarginal, n: int = 500) -> FloatArray:
    """Values of equidistant ranks on every day of the record, shape (n, T)."""
    return marginal.ppf((np.arange(n) + 0.5)[:, None] / n, case.doy)


def test_wet_stays_wet_and_dry_stays_dry(rain: Fitted) -> None:
    case, marginal = rain
    back = marginal.from_scores(marginal.to_scores(case.values, case.doy), case.doy)
    np.testing.assert_array_equal(back == 0.0, case.values == 0.0)
    np.testing.assert_array_equal(marginal.is_censored(case.values, case.doy), case.values < 0.1)


def test_nothing_falls_between_dry_and_the_threshold(rain: Fitted) -> None:
    _, marginal = rain
    just_wet = marginal.threshold_scores() + np.geomspace(1e-12, 1e-3, 40)[:, None]
    assert marginal.from_scores(just_wet, ROWS).min() >= 0.1
    assert (marginal.from_scores(marginal.threshold_scores(), ROWS) == 0.0).all()


def test_the_smallest_wet_value_scores_above_a_dry_day(rain: Fitted) -> None:
    _, marginal = rain
    wet, dry = marginal.to_scores(np.array([[0.1], [0.0]]), ROWS)
    assert (wet > dry).all()
    np.testing.assert_array_equal(dry, marginal.threshold_scores())


def test_monthly_means_and_dry_frequencies_are_kept(rain: Fitted) -> None:
    case, marginal = rain
    assert isinstance(marginal, ZeroInflated)
    np.testing.assert_allclose(_monthly(marginal.mean()[case.doy], case), _monthly(case.values, case), rtol=0.01)
    fitted = _monthly(marginal.dry_probability[case.doy], case)
    np.testing.assert_allclose(fitted, _monthly((case.values == 0.0).astype(float), case), atol=1e-6)


def test_the_year_is_distributed_as_on_record(rain: Fitted) -> None:
    case, marginal = rain
    simulated = _year(case, marginal)
    probabilities = [0.5, 0.7, 0.9, 0.95, 0.99, 0.999]
    expected = np.quantile(case.values, probabilities)
    np.testing.assert_allclose(np.quantile(simulated, probabilities), expected, rtol=0.05, atol=0.1)
    assert np.mean(simulated >= 1.0) == pytest.approx(np.mean(case.values >= 1.0), abs=0.005)


def test_one_flood_makes_the_tail_heavier_but_not_the_rest(rain: Fitted) -> None:
    """One day of ten years is no reason to expect another like it every ten years; moments would."""
    case, without = rain
    values = case.values.copy()
    values[2050] = 6.0 * values.max()
    flooded = replace(case, values=values)
    marginal = flooded.fit()
    assert isinstance(marginal, ZeroInflated) and isinstance(without, ZeroInflated)
    assert without.tail_shape + 0.03 < marginal.tail_shape < without.tail_shape + 3.0 * without.tail_shape_error
    assert return_level(without, 100.0)[0] * 1.1 < return_level(marginal, 100.0)[0] < values.max()
    # The month of the flood keeps its mean, and so has larger amounts.
    others = month_of_doy()[case.doy] != month_of_doy()[case.doy[2050]]
    simulated = _year(case, marginal)[:, others]
    assert np.quantile(simulated, 0.99) == pytest.approx(np.quantile(values[others], 0.99), rel=0.05)
    assert np.mean(simulated >= 1.0) == pytest.approx(np.mean(values[others] >= 1.0), abs=0.006)


def test_return_levels_beyond_the_record_are_finite_and_increase(rain: Fitted) -> None:
    case, marginal = rain
    levels = return_level(marginal, [1.0, 10.0, 100.0, 1000.0])
    assert (np.diff(levels) > 0.0).all()
    assert 0.5 * case.values.max() < levels[1] < 2.0 * case.values.max()
    assert levels[3] < 5.0 * case.values.max()
    low, high = return_level_range(marginal, [1.0, 10.0, 100.0, 1000.0])
    assert (low < levels).all()
    assert (levels < high).all()
    assert (np.diff(high / low) > 0.0).all(), "the rarer the day, the less is known"
    wider = return_level_range(marginal, 100.0, confidence=0.99)
    assert wider[0][0] < low[2]
    assert wider[1][0] > high[2]


def test_a_season_without_rain(rain: Fitted) -> None:
    case, _ = rain
    july = month_of_doy()[case.doy] == 6
    marginal = replace(case, values=np.where(july, 0.0, case.values)).fit()
    dry = _monthly(marginal.dry_probability[case.doy], case)
    assert dry[6] > 0.98
    assert np.isfinite(_year(case, marginal, 50)).all()
    others = np.arange(12) != 6
    observed = _monthly(np.where(july, 0.0, case.values), case)
    np.testing.assert_allclose(_monthly(marginal.mean()[case.doy], case)[others], observed[others], rtol=0.02)


def test_always_wet(rain: Fitted) -> None:
    case, _ = rain
    wet = replace(case, values=case.values + 0.3)
    marginal = wet.fit()
    assert marginal.dry_probability.max() < 0.01
    assert not marginal.is_censored(wet.values, wet.doy).any()
    back = marginal.from_scores(marginal.to_scores(wet.values, wet.doy), wet.doy)
    np.testing.assert_allclose(back, wet.values, rtol=1e-9)


@pytest.mark.parametrize("kind", ["R", "sun", "rh", "theta", "U", "v"])
def test_short_records_with_gaps_and_without_leap_days(case_of: CaseOf, kind: str) -> None:
    """Three years without 29 February, five months of one year and one month of all years missing."""
    case = case_of(kind)
    short = replace(case, values=case.values[:1095].copy(), times=case.times[:1095])
    assert not (short.doy == 59).any()
    short.values[400:550] = np.nan
    short.values[month_of_doy()[short.doy] == 9] = np.nan
    marginal = short.fit()
    assert np.isfinite(marginal.ppf(np.array([[0.001], [0.5], [0.999]]), ROWS)).all()
    scores = marginal.to_scores(short.values, short.doy)
    np.testing.assert_array_equal(np.isnan(scores), np.isnan(short.values))
    np.testing.assert_allclose(marginal.from_scores(scores, short.doy), short.values, rtol=1e-9, atol=1e-12)
    known = np.isfinite(short.values)
    assert marginal.mean()[short.doy][known].mean() == pytest.approx(
        short.values[known].mean(), abs=0.03 * np.nanstd(short.values)
    )


def test_sunshine_never_exceeds_the_day(case_of: CaseOf) -> None:
    case = case_of("sun")
    marginal = case.fit()
    most = marginal.ppf(np.full(N_DOYS, 1.0), ROWS)
    np.testing.assert_array_equal(most, case.upper)
    full = np.asarray(case.upper)
    np.testing.assert_allclose(marginal.from_scores(marginal.to_scores(full, ROWS), ROWS), full, rtol=1e-12)


@pytest.mark.parametrize("family", ["zero_inflated_bounded", "kde"])
def test_polar_night(case_of: CaseOf, family: str) -> None:
    """North of the polar circle the upper bound is zero for weeks."""
    case = case_of("sun").with_marginal(family)
    upper = np.maximum(case.upper - 10.0, 0.0)
    polar = replace(case, values=np.minimum(case.values, upper[case.doy]), upper=upper)
    marginal = polar.fit()
    night = np.flatnonzero(upper == 0.0)
    assert night.size > 50
    ranks = np.linspace(1e-6, 1.0 - 1e-6, 11)[:, None]
    np.testing.assert_array_equal(marginal.ppf(ranks, night), 0.0)
    scores = marginal.to_scores(polar.values, polar.doy)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(marginal.from_scores(scores, polar.doy), polar.values, rtol=1e-9, atol=1e-12)
    assert (marginal.ppf(ranks, ROWS) <= np.maximum(upper, 0.0) + 1e-12).all()


def test_scores_within_the_wet_days_hold_in_both_tails() -> None:
    start = np.array([-3.0, 0.0, 2.0])
    scores = table_scores(start, 50)[1]
    inside = wet_scores(start, scores)
    assert np.isneginf(inside[:, 0]).all()
    assert (np.diff(inside[:, 1:], axis=1) > 0.0).all()
    from scipy import stats

    expected = stats.norm.isf(stats.norm.sf(scores[:, -1]) / stats.norm.sf(start))
    np.testing.assert_allclose(inside[:, -1], expected, rtol=1e-9)


@pytest.mark.parametrize("family", ["zero_inflated_bounded", "kde"])
def test_the_edges_of_the_polar_night_keep_moments_and_frequencies(case_of: CaseOf, family: str) -> None:
    """Where the night ends from one day to the next, harmonics through the jump would darken or spread the days around."""
    case = case_of("sun").with_marginal(family)
    lit = np.abs(ROWS - 172) < 120
    upper = np.where(lit, 6.0 + 16.0 * np.sin(np.pi * (ROWS - 52) / 240.0), 0.0)
    assert case.upper is not None
    share = case.values / case.upper[case.doy]
    polar = replace(case, values=share * upper[case.doy], upper=upper)
    simulated = _year(polar, polar.fit())
    np.testing.assert_allclose(simulated.mean(), polar.values.mean(), rtol=0.01)
    np.testing.assert_allclose(simulated.std(), polar.values.std(), rtol=0.03)
    if family == "zero_inflated_bounded":
        dry = _monthly((simulated < 0.05).mean(axis=0), polar)
        np.testing.assert_allclose(dry, _monthly((polar.values < 0.05).astype(float), polar), atol=0.02)


def test_a_desert_with_three_wet_days_a_year(case_of: Callable[[str], Any]) -> None:
    case = case_of("R")
    values = np.zeros(case.values.size)
    wet = np.random.default_rng(5).choice(values.size, 30, replace=False)
    values[wet] = case.values[case.values > 0.0][:30]
    marginal = replace(case, values=values).fit()
    simulated = marginal.ppf((np.arange(4000) + 0.5)[:, None] / 4000, np.arange(N_DOYS))
    assert (simulated > 0.0).mean() == pytest.approx(30 / values.size, rel=0.1)
    assert simulated.mean() == pytest.approx(values.mean(), rel=0.1)
    assert simulated.max() < 10.0 * values.max()


@pytest.mark.parametrize("step", [0.2, 1.0])
def test_the_steps_of_the_gauge_do_not_matter(case_of: CaseOf, step: float) -> None:
    """Deterministic ranks, so there is no false alarm."""
    case = case_of("R")
    values = np.round(np.round(case.values / step) * step, 6)
    coarse = replace(case, values=values)
    simulated, fine = _year(coarse, coarse.fit()), _year(case, case.fit())
    assert (simulated >= 1.0).mean() == pytest.approx((values >= 1.0).mean(), abs=0.01)
    assert simulated.mean() == pytest.approx(values.mean(), rel=0.02)
    assert simulated.std() == pytest.approx(fine.std(), rel=0.03)


def test_ranks_of_small_amounts_lie_above_those_of_dry_days_and_nothing_lies_below_zero(rain: Fitted) -> None:
    _, marginal = rain
    dry = marginal.cdf(np.zeros(N_DOYS), ROWS)
    assert np.all(marginal.cdf(np.full(N_DOYS, -0.5), ROWS) == 0.0)
    assert np.all(dry > 0.1)
    assert np.all(marginal.cdf(np.full(N_DOYS, 0.7), ROWS) > dry)


def test_a_record_of_rain_on_every_day_leaves_half_a_day_dry(case_of: CaseOf) -> None:
    """Frequencies stay half a day of the window, about 16 x 10 days, away from certainty."""
    case = case_of("R")
    wet = replace(case, values=np.maximum(case.values, 0.3))
    marginal = wet.fit()
    share = marginal.cdf(np.full(N_DOYS, 0.05), ROWS)
    assert np.all(share > 0.0)
    assert np.all(share < 0.01)
