"""Hotter heat waves: increments where heat waves are, in the months asked for, and what scenarios make of them."""

import json

import numpy as np
import pytest
import xarray as xr

from varwg.calendar import daily_times
from varwg.errors import ScenarioError
from varwg.scenario import Scenario
from varwg.streams import Streams
from weathercop.conditions import Weather
from weathercop.heatwave_scenario import HotterHeatWaves, heat_wave_signal
from weathercop.heatwaves import detect
from weathercop.hot_days import HeatThresholds, HeatWaveDefinition

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
def thresholds(weather) -> HeatThresholds:
    return HeatThresholds.of(weather.where(weather < 25.0), HeatWaveDefinition(99.0, nights=False, min_days=4))


def test_the_signal_is_the_increment_on_heat_waves_with_ramps_about_them(weather, thresholds):
    waves = detect(weather, thresholds)
    signal = heat_wave_signal(waves, 3.0, ramp_days=2)
    assert signal.dims == ("station", "time") and (signal.values[waves.days()] == 3.0).all()
    assert signal.values[0, JULY - 3 : JULY + 7].tolist() == pytest.approx([0, 1, 2, 3, 3, 3, 3, 2, 1, 0])
    assert (signal.values != 0).sum() == 4 + 6 + 5 + 3 * 4
    assert np.array_equal(heat_wave_signal(waves, 3.0, ramp_days=0).values != 0, waves.days())


def test_only_heat_waves_that_begin_in_the_months_asked_for(weather, thresholds):
    signal = heat_wave_signal(detect(weather, thresholds), 3.0, months=(8,))
    assert not signal.values[0, : AUGUST - 2].any() and signal.values[0, AUGUST] == 3.0


def test_a_factor_of_the_excess(weather, thresholds):
    waves = detect(weather, thresholds)
    signal = heat_wave_signal(waves, 1.0, factor=0.5, ramp_days=0)
    assert signal.values[0, JULY] == pytest.approx(1.0 + 0.5 * waves.excess[0])


def test_cooler_ones_too_and_where_ramps_meet_the_larger_counts(weather, thresholds):
    waves = detect(weather, thresholds)
    long = heat_wave_signal(waves, -2.0, ramp_days=60)
    assert long.values.min() == -2.0 and (long.values <= 0).all()
    between = long.values[0, JULY + 4 : AUGUST]
    assert (between[: between.size // 2] <= between[between.size // 2] + 1e-12).all()


def test_a_scenario_takes_it_as_it_is(weather, thresholds):
    signal = heat_wave_signal(detect(weather, thresholds), 3.0)
    scenario = Scenario.of(("A", "B"), climate_signal=signal)
    streams = Streams.of(np.random.default_rng(1))
    assert np.array_equal(scenario.increments_on(DAYS, streams=streams), signal.values)
    later = scenario.increments_on(DAYS[100:], streams=streams)
    assert np.array_equal(later, signal.values[:, 100:])


def test_every_member_has_its_own_heat_waves_made_hotter(weather, thresholds):
    hotter = HotterHeatWaves(thresholds, increment=3.0, months=(8,))
    extended = np.concatenate([weather.values[1:], np.zeros((1, 1, DAYS.size)), weather.values[:1]])
    signal = hotter.signal(Weather(extended, DAYS, ("B", "C", "A"), ("theta",)))
    expected = heat_wave_signal(detect(weather, thresholds), 3.0, months=(8,)).values
    assert np.array_equal(signal, [expected[1], np.zeros(DAYS.size), expected[0]])


def test_it_says_what_it_does(weather, thresholds):
    one, same = (HotterHeatWaves(thresholds, increment=3.0).to_json() for _ in range(2))
    other = HeatThresholds.of(weather, HeatWaveDefinition(90.0, nights=False))
    assert one == same != HotterHeatWaves(other, increment=3.0).to_json()
    assert json.loads(one)["increment"] == 3.0


@pytest.mark.parametrize(
    "options", [{"increment": np.nan}, {"factor": np.inf}, {"ramp_days": -1}, {"months": (13,)}, {"member": 1}]
)
def test_unusable_rises_are_refused(weather, thresholds, options):
    with pytest.raises(ScenarioError):
        heat_wave_signal(detect(weather, thresholds), **({"increment": 1.0} | options))
