"""Conditions on weather made by hand, whose annual values are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from varwg import daily_times
from varwg.errors import ConditionError, ScenarioError
from weathercop.conditions import FunctionBounds, Weather, YearlyBounds, YearlyMean, YearlyStd
from weathercop.conditions._kinds import YearlyStatistic, all_quantities

#: Half of 2000, all of 2001 to 2004, half of 2005.
DAYS = daily_times("2000-07-01", 1826)


@pytest.fixture(scope="module")
def weather() -> Weather:
    """Rain is 1, 2, 3, 4 mm/d in the complete years (thrice that at B); theta is normal noise."""
    rain = DAYS.astype("datetime64[Y]").astype(int) + 1970.0 - 2000.0
    noise = np.random.default_rng(1).standard_normal((2, DAYS.size))
    values = np.stack([noise, np.array([rain, 3 * rain])], axis=1)
    return Weather(values, DAYS, ("A", "B"), ("theta", "R"))


def of_year(weather: Weather, year: int) -> np.ndarray:
    return weather.values[..., DAYS.astype("datetime64[Y]").astype(int) + 1970 == year]


def test_only_complete_years_count(weather: Weather) -> None:
    found = YearlyBounds("R", lower=1.0, upper=2.0, stations=("A",)).quantities(weather)
    assert np.allclose(found.values, [1, 2, 3, 4])
    assert (found.lower == 1.0).all() and (found.upper == 2.0).all()
    assert found.labels[2] == "yearly mean of R at A in 2003"


@pytest.mark.parametrize(("statistic", "expected"), [("mean", 12.0), ("sum", 12.0 * 366), ("std", 0.0)])
def test_statistics_of_a_leap_year(weather: Weather, statistic: YearlyStatistic, expected: float) -> None:
    found = YearlyBounds("R", statistic=statistic, upper=1.0, stations="B", years=2004).quantities(weather)
    assert found.values == pytest.approx([expected]) and found.labels == (f"yearly {statistic} of R at B in 2004",)


def test_the_standard_deviation_is_that_of_the_days(weather: Weather) -> None:
    found = YearlyBounds("theta", statistic="std", upper=1.0, years=(2002,)).quantities(weather)
    assert np.allclose(found.values, of_year(weather, 2002)[:, 0].std(axis=-1))


def test_mean_and_standard_deviation_over_years_have_their_targets(weather: Weather) -> None:
    mean = YearlyMean("R", target=2.0, tolerance=0.5).quantities(weather)
    std = YearlyStd("R", target=1.0, tolerance=0.25).quantities(weather)
    assert np.allclose(mean.values, [2.5, 7.5]) and np.allclose([mean.lower, mean.upper], [[1.5, 1.5], [2.5, 2.5]])
    assert np.allclose(std.values, np.std([1, 2, 3, 4], ddof=1) * np.array([1, 3]))
    assert np.allclose([std.lower, std.upper], [[0.75] * 2, [1.25] * 2])


def test_any_function_of_the_realisation(weather: Weather) -> None:
    def warmest_day(values: xr.DataArray) -> xr.DataArray:
        return values.sel(variable="theta").max("time")

    found = FunctionBounds("warmest day", warmest_day, upper=3.0).quantities(weather)
    assert np.array_equal(found.values, weather.values[:, 0].max(axis=1))
    assert found.labels == ("warmest day [0]", "warmest day [1]") and (found.lower == -np.inf).all()
    one = FunctionBounds("warmest of all", lambda values: float(values.max()), lower=0.0).quantities(weather)
    assert one.labels == ("warmest of all",) and one.values == [weather.values.max()]


def test_conditions_add_up(weather: Weather) -> None:
    conditions = (YearlyMean("R", target=2.0, tolerance=0.5), YearlyBounds("theta", upper=1.0, years=(2001, 2003)))
    found = all_quantities(conditions, weather)
    assert [len(part) for part in found] == [6, 6, 6, 6]
    assert np.array_equal(found.values[:2], conditions[0].quantities(weather).values)


def test_their_text_says_all_but_the_function() -> None:
    assert repr(YearlyBounds("R", statistic="sum", lower=3.0)) == (
        "YearlyBounds(variable='R', statistic='sum', stations=(), lower=3.0, upper=inf, years=())"
    )
    assert repr(YearlyMean("R", target=1, tolerance=2)) == repr(YearlyMean("R", target=1.0, tolerance=2.0))
    assert "0x" not in repr(FunctionBounds("f", lambda weather: 0.0, upper=1.0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: YearlyBounds("R"),
        lambda: YearlyBounds("R", lower=2.0, upper=1.0),
        lambda: YearlyBounds("R", lower=np.nan, upper=1.0),
        lambda: YearlyBounds("R", statistic="median", upper=1.0),  # type: ignore[arg-type]
        lambda: YearlyMean("R", target=1.0, tolerance=0.0),
        lambda: YearlyStd("R", target=np.inf, tolerance=1.0),
        lambda: FunctionBounds("f", len),
        lambda: FunctionBounds("f", len, upper="3"),  # type: ignore[arg-type]
        lambda: YearlyMean("R", target=[1.0, 2.0], tolerance=1.0),  # type: ignore[arg-type]
    ],
)
def test_conditions_that_make_no_sense_are_refused_at_once(make: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ConditionError):
        make()


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (YearlyBounds("U", upper=1.0), "no variable 'U'"),
        (YearlyBounds("R", upper=1.0, stations=("C",)), "no station 'C'"),
        (YearlyBounds("R", upper=1.0, years=(2005,)), "2001 to 2004"),
        (FunctionBounds("f", lambda values: values.max() * np.nan, upper=1.0), "f returned nan"),
    ],
)
def test_conditions_that_do_not_fit_the_simulation(
    weather: Weather, condition: YearlyBounds | FunctionBounds, message: str
) -> None:
    with pytest.raises(ScenarioError, match=message):
        condition.quantities(weather)


def test_a_variable_that_a_station_does_not_report(weather: Weather) -> None:
    values = weather.values.copy()
    values[1, 1] = np.nan
    unreported = weather._replace(values=values)
    with pytest.raises(ConditionError, match="not reported at B"):
        YearlyBounds("R", upper=1.0).quantities(unreported)
    assert YearlyBounds("R", upper=1.0, stations="A").quantities(unreported).values.size == 4


def test_simulations_too_short_for_years(weather: Weather) -> None:
    short = Weather(weather.values[..., :300], DAYS[:300], weather.stations, weather.variables)
    with pytest.raises(ConditionError, match="complete calendar year"):
        YearlyBounds("R", upper=1.0).quantities(short)
    one = Weather(weather.values[..., :600], DAYS[:600], weather.stations, weather.variables)
    with pytest.raises(ConditionError, match="two complete years"):
        YearlyStd("R", target=1.0, tolerance=1.0).quantities(one)
