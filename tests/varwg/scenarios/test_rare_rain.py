"""Changes of rain where days with rain are rare: what can be reached is, and what cannot is told."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import special

from varwg import VarWG, streams
from varwg.errors import ScenarioError

N_DAYS = 365 * 20 + 5
MONTH = (np.datetime64("2001-01-01") + np.arange(N_DAYS)).astype("datetime64[M]").astype(int) % 12
N_MEMBERS = 30


@pytest.fixture(scope="module")
def arid() -> VarWG:
    """One wet day in twenty in January, hardly any in spring and autumn, and drizzle of half a millimetre in summer."""
    rng = np.random.default_rng(7)
    time = np.arange("1981-01-01", "2006-01-01", dtype="datetime64[D]")
    season = np.cos(2.0 * np.pi * np.arange(time.size) / 365.25)
    chance = 0.025 * (1.0 + season) + 0.005
    rank = np.maximum((rng.random(time.size) - 1.0 + chance) / chance, 0.0)
    large = np.maximum(0.5 + season, 0.0)
    rain = np.where(rank > 0.0, 0.1 + 0.5 * rank + 7.0 * large * special.gammaincinv(0.8, np.minimum(rank, 1.0 - 1e-9)), 0.0)
    theta = 22.0 - 8.0 * season - 1.5 * (rain > 0.0) + 2.0 * rng.standard_normal(time.size)
    values = {"theta": ("time", theta, {"units": "degC"}), "R": ("time", rain, {"units": "mm"})}
    record = xr.Dataset(values, {"time": time.astype("datetime64[ns]")}, {"latitude": 30.0})
    return VarWG(("theta", "R"), record, station="OASIS").fit(rng=np.random.default_rng(1))


def rain(generator: VarWG, changes: dict[str, Any] | None = None) -> np.ndarray:
    """Members (M, T), with others kept where anything is changed."""
    asked: dict[str, Any] = {} if changes is None else {"changes": {"R": changes}, "others": "keep"}
    row = generator.model.variable_names.index("R")
    span: dict[str, Any] = {"start": "2001-01-01", **asked}
    return np.stack([generator.simulate(N_DAYS, rng=streams.realization_rng(i, 3), **span).data[row] for i in range(N_MEMBERS)])


@pytest.fixture(scope="module")
def base(arid: VarWG) -> np.ndarray:
    values = rain(arid)
    wet = [(values[:, month == MONTH] >= 1.0).sum(axis=1) for month in range(12)]
    # A month with next to no wet day, and months with a few in each member.
    assert wet[5].mean() < 0.1
    assert any(0 < days.mean() < 4 for days in wet)
    return values


def test_numbers_of_a_few_wet_days_change_on_average(arid: VarWG, base: np.ndarray) -> None:
    """Each member has one of the two whole numbers beside what is asked, and all together that.

    A share f is rounded up with a probability of f: of 24 cases one is off by more than four standard errors with a
    probability of 0.002.
    """
    for factor in (0.8, 1.3):
        later = rain(arid, {"wet_day_factor": factor})
        for month in range(12):
            wet = [(values[:, month == MONTH] >= 1.0).sum(axis=1) for values in (base, later)]
            few = factor * wet[0] < 50
            wanted, reached = factor * wet[0][few], wet[1][few]
            assert np.all(np.abs(reached - wanted) < 1.0)
            error = np.sqrt(np.sum((wanted % 1.0) * (1.0 - wanted % 1.0)))
            assert abs(reached.sum() - wanted.sum()) <= 4.0 * error + 1e-9


def test_days_are_not_lost_because_they_have_little_rain(arid: VarWG, base: np.ndarray) -> None:
    """Of an odd number, half of which stay, that is rounded up as often where the base has little rain.

    Means of these two kinds of months, in that of the calendar month, are off by more than four standard errors with a
    probability of 6e-5.
    """
    later = rain(arid, {"wet_day_factor": 0.5})
    up: list[float] = []
    down: list[float] = []
    for month in range(12):
        before, after = (values[:, month == MONTH] for values in (base, later))
        usual = before[before >= 1.0].mean()
        for own, changed in zip(before, after, strict=True):
            n_before, n_after = (int((values >= 1.0).sum()) for values in (own, changed))
            if n_before % 2:
                (up if 2 * n_after > n_before else down).append(own[own >= 1.0].mean() / usual)
    assert min(len(up), len(down)) > 40
    error = np.hypot(np.std(up) / np.sqrt(len(up)), np.std(down) / np.sqrt(len(down)))
    assert abs(np.mean(up) - np.mean(down)) < 4.0 * error


def test_dry_days_stay_dry_where_there_are_to_be_more_of_them(arid: VarWG, base: np.ndarray) -> None:
    """Years of some ten wet days are no reason to exchange days, which would loosen what is between stations and variables."""
    later = rain(arid, {"wet_day_factor": 0.8})
    assert np.mean(base[later >= 1.0] < 1.0) < 0.005


@pytest.mark.parametrize("factor", [0.1, 0.6, 1.4])
def test_a_mean_is_reached_in_every_month_of_every_member(arid: VarWG, base: np.ndarray, factor: float) -> None:
    """Also where wet days would have less than 1 mm by it, so that there are fewer of them."""
    later = rain(arid, {"mean_factor": factor})
    for month in range(12):
        before, after = (values[:, month == MONTH].sum(axis=1) for values in (base, later))
        assert after == pytest.approx(factor * before, rel=1e-6, abs=1e-9)


def test_mean_and_number_of_wet_days_together(arid: VarWG, base: np.ndarray) -> None:
    """Where the only wet day of a month is lost in some members, those that keep theirs have its rain.

    The rain that is lost with days is a matter of chance, with a standard deviation of some 4 % of the rain of such months;
    it is off by more than 15 % with a probability of 2e-4.
    """
    later = rain(arid, {"mean_factor": 1.2, "wet_day_factor": 0.6})
    for month in range(12):
        before, after = (values[:, month == MONTH] for values in (base, later))
        one = (before >= 1.0).sum(axis=1) >= 2
        assert after[one].sum(axis=1) == pytest.approx(1.2 * before[one].sum(axis=1), rel=1e-6)
    rare = [month for month in range(12) if 0 < (base[:, month == MONTH] >= 1.0).sum(axis=1).mean() < 4]
    at = np.isin(MONTH, rare)
    assert later[:, at].sum() == pytest.approx(1.2 * base[:, at].sum(), rel=0.15)


def test_what_wet_days_are_too_few_for_is_told(arid: VarWG, caplog: pytest.LogCaptureFixture) -> None:
    span: dict[str, Any] = {"start": "2001-01-01", "rng": 1, "others": "keep"}
    with caplog.at_level(logging.WARNING, "varwg.scenarios"):
        arid.simulate(N_DAYS, changes={"R": {"wet_mean_factor": 1.2}}, **span)
        arid.simulate(N_DAYS, changes={"R": {"wet_day_factor": 0.8, "tail_factor": 1.2}}, **span)
        arid.simulate(N_DAYS, changes={"theta": {"mean": 2.0}}, **span)
    first, second = (record.getMessage() for record in caplog.records if "wet days" in record.getMessage())
    assert first.startswith("wet_mean_factor of R: the days that are simulated have few wet days, at OASIS none in month 6")
    assert second.startswith("wet_day_factor and tail_factor of R: the days that are simulated have few")
    assert "more. Without any, factors of wet days change nothing; of " in second
    with pytest.raises(ScenarioError, match=r"mean of R at OASIS cannot be reached in month 6, which has no day of 1 mm or more"):
        arid.simulate(N_DAYS, changes={"R": {"mean": 0.2}}, **span)


def test_quantiles_pass_by_months_without_wet_days(arid: VarWG, base: np.ndarray) -> None:
    later = rain(arid, {"quantiles": [0.1, 0.5, 0.9], "quantile_factors": [1.2, 1.2, 1.2], "wet_day_factor": 1.0})
    wet = [values[values >= 1.0] for values in (base, later)]
    assert wet[0].size == wet[1].size
    assert np.quantile(wet[1], 0.5) / np.quantile(wet[0], 0.5) == pytest.approx(1.2, rel=0.02)


def test_a_stress_test_tells_once_what_its_cells_have_in_common(arid: VarWG, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "varwg.scenarios"):
        arid.stress({"dp": [0.8, 1.2], "dt": [0.0, 1.0]}, 1, response="annual_sum", seed=1)
    assert sum("mean_factor of R: the days that are simulated" in record.getMessage() for record in caplog.records) == 1
