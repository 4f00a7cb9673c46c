"""Hotter heat waves: increments where heat waves are, in the months asked for, and what scenarios make of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg import Request, daily_times
from varwg.errors import DataError, ScenarioError
from varwg.scenarios import Scenario
from varwg.streams import Streams, realization_rng
from weathercop import MultisiteModel
from weathercop._plan import Plan
from weathercop._simulation import realize_together
from weathercop.conditions import Weather
from weathercop.heatwaves import HeatThresholds, HeatWaveDefinition, HotterHeatWaves, detect, heat_wave_signal

DAYS = daily_times("2001-01-01", 3 * 365)
JULY, AUGUST = 185, 222  # first days of the planted heat waves of the first year


@pytest.fixture(scope="module")
def weather() -> xr.DataArray:
    """Two heat waves of 4 and 6 days at A, one of 5 days at B."""
    values = 20.0 + np.random.default_rng(1).uniform(-1, 1, (2, 1, DAYS.size))
    for station, start, length in ((0, JULY, 4), (0, AUGUST, 6), (1, AUGUST, 5)):
        values[station, 0, start : start + length] = 30.0
    return xr.DataArray(values, {"station": ["A", "B"], "variable": ["theta"], "time": DAYS}, ("station", "variable", "time"))


@pytest.fixture(scope="module")
def thresholds(weather: xr.DataArray) -> HeatThresholds:
    return HeatThresholds.of(weather.where(weather < 25.0), HeatWaveDefinition(99.0, nights=False, min_days=4))


def test_the_signal_is_the_increment_on_heat_waves_with_ramps_about_them(
    weather: xr.DataArray, thresholds: HeatThresholds
) -> None:
    waves = detect(weather, thresholds)
    signal = heat_wave_signal(waves, 3.0, ramp_days=2)
    assert signal.dims == ("station", "time") and (signal.values[waves.days()] == 3.0).all()
    assert signal.values[0, JULY - 3 : JULY + 7].tolist() == pytest.approx([0, 1, 2, 3, 3, 3, 3, 2, 1, 0])
    assert (signal.values != 0).sum() == 4 + 6 + 5 + 3 * 4
    assert np.array_equal(heat_wave_signal(waves, 3.0, ramp_days=0).values != 0, waves.days())


def test_only_heat_waves_that_begin_in_the_months_asked_for(weather: xr.DataArray, thresholds: HeatThresholds) -> None:
    signal = heat_wave_signal(detect(weather, thresholds), 3.0, months=(8,))
    assert not signal.values[0, : AUGUST - 2].any() and signal.values[0, AUGUST] == 3.0


def test_days_outside_the_months_stay_as_they_are(weather: xr.DataArray, thresholds: HeatThresholds) -> None:
    """A heat wave at the end of July: with July alone neither its ramps nor its days in August are raised."""
    moved = weather.copy()
    late = int((np.datetime64("2001-07-29") - np.datetime64("2001-01-01")).astype(int))
    moved[0, 0, late : late + 6] = 30.0
    waves = detect(moved, thresholds)
    july = np.isin(np.asarray(DAYS).astype("datetime64[M]").astype(int) % 12, 6)
    signal = heat_wave_signal(waves, 3.0, months=(7,)).values
    assert (signal[0, late : late + 3] == 3.0).all() and not signal[:, ~july].any()
    both = heat_wave_signal(waves, 3.0, months=(7, 8)).values
    assert (both[0, late : late + 6] == 3.0).all() and both[0, late + 7] == 1.0


def test_what_was_reached_is_reported(weather: xr.DataArray, thresholds: HeatThresholds) -> None:
    """Two members: what the temperature was raised by on the days of the heat waves, and that it stayed as it was elsewhere."""
    hotter = HotterHeatWaves(thresholds, increment=3.0, months=(8,))
    before = xr.concat([weather, weather.isel(station=[1, 0]).assign_coords(station=["A", "B"])], "realization")
    signal = np.array([hotter.signal(Weather(member, DAYS, ("A", "B"), ("theta",))) for member in before.values])
    after = before + 0.5 * xr.DataArray(signal[:, :, None], before.coords, before.dims)
    report = hotter.reached(before, after)
    assert report["n_raised"].values.tolist() == [[1, 1], [1, 1]]
    assert (report["asked"] == 3.0).all() and np.allclose(report["change"].sel(variable="theta"), 1.5)
    assert not report["elsewhere"].any()
    highest = report["highest"].isel(realization=0).sel(station="B")
    assert highest.values.tolist() == [30.0, 31.5] and report.simulation.values.tolist() == ["before", "after"]
    after[1, 0, 0, 50] -= 2.0
    assert hotter.reached(before, after)["elsewhere"].values[0].tolist() == [[0.0, 0.0], [2.0, 0.0]]
    nothing = HotterHeatWaves(thresholds, increment=3.0, months=(6,)).reached(before, before)
    assert not nothing["n_raised"].any() and np.isnan(nothing["change"]).all()


def test_simulations_of_other_days_are_not_compared(weather: xr.DataArray, thresholds: HeatThresholds) -> None:
    with pytest.raises(DataError, match="same members, stations and days"):
        HotterHeatWaves(thresholds, increment=3.0).reached(weather, weather.isel(time=slice(1, None)))


def test_a_factor_of_the_excess(weather: xr.DataArray, thresholds: HeatThresholds) -> None:
    waves = detect(weather, thresholds)
    signal = heat_wave_signal(waves, 1.0, factor=0.5, ramp_days=0)
    assert signal.values[0, JULY] == pytest.approx(1.0 + 0.5 * waves.excess[0])


def test_cooler_ones_too_and_where_ramps_meet_the_larger_counts(weather: xr.DataArray, thresholds: HeatThresholds) -> None:
    waves = detect(weather, thresholds)
    long = heat_wave_signal(waves, -2.0, ramp_days=60)
    assert long.values.min() == -2.0 and (long.values <= 0).all()
    between = long.values[0, JULY + 4 : AUGUST]
    assert (between[: between.size // 2] <= between[between.size // 2] + 1e-12).all()


def test_a_scenario_takes_it_as_it_is(weather: xr.DataArray, thresholds: HeatThresholds) -> None:
    signal = heat_wave_signal(detect(weather, thresholds), 3.0)
    scenario = Scenario.of(("A", "B"), climate_signal=signal)
    streams = Streams.of(np.random.default_rng(1))
    assert np.array_equal(scenario.increments_on(DAYS, streams=streams), signal.values)
    later = scenario.increments_on(DAYS[100:], streams=streams)
    assert np.array_equal(later, signal.values[:, 100:])


def test_every_member_has_its_own_heat_waves_made_hotter(weather: xr.DataArray, thresholds: HeatThresholds) -> None:
    hotter = HotterHeatWaves(thresholds, increment=3.0, months=(8,))
    extended = np.concatenate([weather.values[1:], np.zeros((1, 1, DAYS.size)), weather.values[:1]])
    signal = hotter.signal(Weather(extended, DAYS, ("B", "C", "A"), ("theta",)))
    expected = heat_wave_signal(detect(weather, thresholds), 3.0, months=(8,)).values
    assert np.array_equal(signal, [expected[1], np.zeros(DAYS.size), expected[0]])


def test_it_says_what_it_does(weather: xr.DataArray, thresholds: HeatThresholds) -> None:
    one, same = (HotterHeatWaves(thresholds, increment=3.0).to_json() for _ in range(2))
    other = HeatThresholds.of(weather, HeatWaveDefinition(90.0, nights=False))
    assert one == same != HotterHeatWaves(other, increment=3.0).to_json()
    assert json.loads(one)["increment"] == 3.0


@pytest.mark.parametrize(
    "options", [{"increment": np.nan}, {"factor": np.inf}, {"ramp_days": -1}, {"months": (13,)}, {"member": 1}]
)
def test_unusable_rises_are_refused(weather: xr.DataArray, thresholds: HeatThresholds, options: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError):
        heat_wave_signal(detect(weather, thresholds), **({"increment": 1.0} | options))


def test_members_reach_exactly_what_was_asked_in_the_months_asked_for(example_model: MultisiteModel) -> None:
    """Temperature is normal there, so that each of its hot days changes by just the increment; other days keep their bits."""
    rngs = [realization_rng(number, seed=3) for number in range(2)]
    before = members(example_model, Plan.of(example_model), rngs)
    thresholds = HeatThresholds.of(before.isel(realization=0), HeatWaveDefinition(90.0, nights=False))
    hotter = HotterHeatWaves(thresholds, increment=2.5, months=(7,))
    rngs = [realization_rng(number, seed=3) for number in range(2)]
    after = members(example_model, Plan.of(example_model, Request(heat_waves=hotter)), rngs)
    report = hotter.reached(before, after)
    assert (report["n_raised"] > 0).all() and (report["asked"] == 2.5).all()
    assert np.allclose(report["change"].sel(variable="theta"), 2.5) and not report["elsewhere"].any()
    july = before.time.dt.month.values == 7
    assert np.array_equal(after.values[..., ~july], before.values[..., ~july])
    assert (abs(after - before).sel(variable="rh").max("time") > 0.01).all()


def members(model: MultisiteModel, plan: Plan, rngs: list[np.random.Generator]) -> xr.DataArray:
    values = np.array([realization.values for realization in realize_together(model, plan, rngs=rngs)])
    coordinates = {"station": list(model.stations), "variable": list(model.variable_names), "time": plan.times}
    return xr.DataArray(values, coordinates, ("realization", "station", "variable", "time"))
