"""The tail of rain on records made from a known truth: errors of the day of 100 years, at one station and at eight.

Seeds are fixed. Bounds of errors are what about nine of ten samples of 24 records stay below (a chi-square distribution of
their mean square), by errors that `tools/benchmarks/rain_tail.py` measured on 60 records of other seeds.
"""

from __future__ import annotations

import logging
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.rain_tail import RAIN, TRUTHS, level, record

from varwg import VARIABLES
from varwg.errors import DataError
from varwg.marginals import ZeroInflated, fit_marginal, return_level, return_level_range
from varwg.marginals._amounts import _Exceedances, tail_shapes
from varwg.marginals._diagnostics import warn_of_extrapolation


@pytest.mark.parametrize(("name", "limit"), [("exponential", 0.27), ("Pareto 0.12", 0.20), ("lognormal 1.25", 0.42)])
def test_the_day_of_a_hundred_years_from_ten_years_of_one_station(name: str, limit: float) -> None:
    """Root mean square errors are 0.21, 0.17 and 0.36; those of moments of the three largest days are 0.22, 0.29 and 0.45."""
    rng = np.random.default_rng(11)
    errors = []
    for _ in range(24):
        values, doy = record(TRUTHS[name], 10, 1, rng)
        errors.append(return_level(fit_marginal(values[0], doy, RAIN), 100.0)[0] / level(TRUTHS[name]) - 1.0)
    assert np.sqrt(np.mean(np.square(errors))) < limit


def test_the_tail_is_three_per_cent_of_the_days_or_thirty_of_them_but_no_more_than_a_third_of_the_wet_ones() -> None:
    values = record(TRUTHS["exponential"], 10, 1, np.random.default_rng(4))[0][0]
    hardly_wet = np.where(np.cumsum(values > 0.0) <= 60, values, 0.0)
    sizes = [_Exceedances.of(days, 0.1).amounts.size for days in (values, values[:730], hardly_wet)]
    assert sizes == [109, 30, 18]


def test_the_shape_is_that_of_unbiased_l_moments() -> None:
    """Of 1, 2 and 6 the first is 3, the second (2 (0 + 2 + 12) / 6 - 3) = 5/3."""
    amounts = np.array([1.0, 2.0, 6.0])
    assert _Exceedances(0.0, amounts, np.zeros(3, dtype=np.bool_)).shape() == pytest.approx(2.0 - 3.0 / (5.0 / 3.0))


def test_a_few_wet_days_leave_the_shape_as_uncertain_as_it_is_in_the_world() -> None:
    """Standard deviations of 0.08 between regions and 0.03 within them; ten years of one station take a fifth off."""
    values = record(TRUTHS["exponential"], 10, 1, np.random.default_rng(4))[0]
    hardly_wet = np.where(np.cumsum(values > 0.0, axis=1) <= 8, values, 0.0)
    little, more = (tail_shapes(rain, 0.1)[0] for rain in (hardly_wet, values))
    assert little is not None and more is not None
    assert little.error == pytest.approx(np.hypot(0.08, 0.03), abs=0.003)
    assert 0.05 < more.error < 0.07


def test_eight_stations_know_more_of_a_heavy_tail_than_one() -> None:
    """Lognormal amounts begin with a shape of 0.36, and mean shapes of 8 stations and of one differ by four of their errors."""
    rng = np.random.default_rng(3)
    alone, together = [], []
    for _ in range(10):
        values, _ = record(TRUTHS["lognormal 1.25"], 20, 8, rng)
        pooled = tail_shapes(values, 0.1)
        together.append(np.mean([own.shape for own in pooled if own]))
        alone.append(np.mean([own.shape for row in values for own in tail_shapes(row[None], 0.1) if own]))
        assert all(own.error < 0.06 for own in pooled if own)
    assert np.mean(alone) + 0.03 < np.mean(together) < 0.40


def test_the_range_of_return_levels_holds_the_truth() -> None:
    """60 records with a nominal coverage of 90 %: fewer than 46 have a chance of 0.001."""
    rng, truth, inside = np.random.default_rng(8), TRUTHS["Pareto 0.12"], 0
    for _ in range(60):
        values, doy = record(truth, 10, 1, rng)
        low, high = return_level_range(fit_marginal(values[0], doy, RAIN), 100.0)
        inside += bool(low[0] < level(truth) < high[0])
    assert inside >= 46


def test_stations_that_are_hardly_wet_have_no_shape_of_their_own() -> None:
    values, _ = record(TRUTHS["exponential"], 10, 3, np.random.default_rng(1))
    values[1] = np.nan
    values[1, ::1000] = 5.0
    found = tail_shapes(values, 0.1)
    assert found[1] is None
    assert found[0] is not None
    assert tail_shapes(values[1:2], 0.1) == (None,)


def test_equal_largest_days_have_a_tail() -> None:
    """A gauge that overflows at 20 mm."""
    values, doy = record(TRUTHS["Pareto 0.12"], 10, 1, np.random.default_rng(1))
    marginal = fit_marginal(np.minimum(values[0], 20.0), doy, RAIN)
    assert isinstance(marginal, ZeroInflated)
    assert 20.0 < return_level(marginal, 100.0)[0] < 60.0


def test_days_that_are_much_rarer_than_the_record_can_say_are_told(caplog: pytest.LogCaptureFixture) -> None:
    values, doy = record(TRUTHS["Pareto 0.12"], 10, 1, np.random.default_rng(1))
    marginal = fit_marginal(values[0], doy, RAIN)
    model = SimpleNamespace(marginals=((marginal,),), variables=(RAIN,), stations=("HERE",), n_days=doy.size)
    with caplog.at_level(logging.WARNING):
        warn_of_extrapolation(model, return_level(marginal, 90.0)[None])
        assert not caplog.records
        warn_of_extrapolation(model, return_level(marginal, 110.0)[None])
    assert "rarer than once in 100 years, while the record has 10" in caplog.text
    assert "at HERE, which" in caplog.text


def test_among_many_stations_a_day_that_is_rare_for_one_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    values, doy = record(TRUTHS["Pareto 0.12"], 10, 1, np.random.default_rng(1))
    marginal = fit_marginal(values[0], doy, RAIN)
    model = SimpleNamespace(marginals=((marginal,),) * 5, variables=(RAIN,), stations=tuple("ABCDE"), n_days=doy.size)
    with caplog.at_level(logging.WARNING):
        warn_of_extrapolation(model, np.full((5, 1), return_level(marginal, 450.0)))
        assert not caplog.records
        warn_of_extrapolation(model, np.full((5, 1), return_level(marginal, 550.0)))
    assert "rarer than once in 500 years, while the record has 10" in caplog.text


def test_ranges_are_refused_where_there_is_no_tail() -> None:
    values, doy = record(TRUTHS["Pareto 0.12"], 10, 1, np.random.default_rng(1))
    with pytest.raises(DataError, match="'normal'"):
        theta = next(variable for variable in VARIABLES if variable.name == "theta")
        return_level_range(fit_marginal(values[0], doy, theta.__class__("x", "K", marginal="normal")), 100.0)
    with pytest.raises(DataError, match="confidence is 90"):
        return_level_range(fit_marginal(values[0], doy, RAIN), 100.0, confidence=90)
