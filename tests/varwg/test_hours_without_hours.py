"""Hours by formula, borrowed hours, and relations between variables in each step: identities and known truths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from varwg import VARIABLES, doy_index, read_observations
from varwg._disaggregation import hours_of
from varwg._disaggregation.formula import Place, between, cascade, temperature, within
from varwg._disaggregation.run import HourlyOptions, archive_from
from varwg._variables import in_order
from varwg.errors import DataError
from varwg.meteo import potential_radiation, saturation_vapour_pressure, sun_times
from varwg.streams import Streams

N_DAYS = 1500
NAMES = ("theta", "theta_min", "theta_max", "R", "rh", "Qsw", "ILWR", "U", "u", "v", "pressure")
UNITS = {
    "theta": "degC", "theta_min": "degC", "theta_max": "degC", "R": "mm", "rh": "1", "Qsw": "W m-2", "ILWR": "W m-2",
    "U": "m s-1", "u": "m s-1", "v": "m s-1", "pressure": "hPa",
}  # fmt: skip
LATITUDE = 47.7


def daily_weather(n_days: int = N_DAYS, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Days of one station on which all relations hold, shape (K, T)."""
    rng = np.random.default_rng(seed)
    times = np.datetime64("2001-01-01") + np.arange(n_days)
    year = -np.cos(2 * np.pi * np.arange(n_days) / 365.25)
    potential = potential_radiation(LATITUDE, np.arange(n_days) % 366)
    theta = 9.0 + 9.0 * year + lfilter([1.8], [1.0, -0.8], rng.standard_normal(n_days))
    below, above = rng.gamma(12.0, 0.4, (2, n_days))
    u, v = 2.0 * rng.standard_normal((2, n_days))
    made = {
        "theta": theta,
        "theta_min": theta - below,
        "theta_max": theta + above,
        "R": np.where(rng.random(n_days) < 0.4, np.round(rng.gamma(0.6, 8.0, n_days), 1), 0.0),
        "rh": rng.uniform(0.4, 1.0, n_days),
        "Qsw": rng.uniform(0.1, 0.75, n_days) * potential,
        "ILWR": 300.0 + 4.0 * theta + 20.0 * rng.standard_normal(n_days),
        "U": np.hypot(u, v) * rng.uniform(1.0, 1.6, n_days),
        "u": u,
        "v": v,
        "pressure": 970.0 + 8.0 * rng.standard_normal(n_days),
    }
    return times, np.stack([made[name] for name in NAMES])


def dataset(times: np.ndarray, values: np.ndarray, latitude: float = LATITUDE, station: str = "HERE") -> xr.Dataset:
    data = {name: (("station", "time"), row[None], {"units": UNITS[name]}) for name, row in zip(NAMES, values, strict=True)}
    return xr.Dataset(data, {"time": times, "station": [station], "latitude": ("station", [latitude])})


class Places:
    """One station for which hours are wanted."""

    stations = ("HERE",)
    variables = tuple(next(own for own in VARIABLES if own.name == name) for name in NAMES)

    def __init__(self, latitude: float) -> None:
        self.latitude = latitude

    def site_values(self, what: str) -> np.ndarray:
        return np.array([self.latitude if what == "latitude" else np.nan])


def hours_by_formula(
    times: np.ndarray, values: np.ndarray, latitude: float = LATITUDE, archive: str | xr.Dataset = "formula", seed: int = 1
) -> tuple[HourlyOptions, Any, dict[str, np.ndarray]]:
    options = HourlyOptions.of(Places(latitude), None, True, archive)
    found = hours_of(options, times, values[None], streams=Streams.of(np.random.default_rng(seed)))
    assert options is not None and found is not None
    return options, found, dict(zip(NAMES, found.values[0].reshape(len(NAMES), -1, 24), strict=True))


@pytest.fixture(scope="module")
def days() -> tuple[np.ndarray, np.ndarray]:
    return daily_weather()


@pytest.fixture(scope="module")
def made(days: tuple[np.ndarray, np.ndarray]) -> tuple[HourlyOptions, Any, dict[str, np.ndarray]]:
    return hours_by_formula(*days)


def test_formula_hours_have_the_daily_values(
    days: tuple[np.ndarray, np.ndarray], made: tuple[HourlyOptions, Any, dict[str, np.ndarray]]
) -> None:
    hours, daily = made[2], dict(zip(NAMES, days[1], strict=True))
    for name in ("theta", "rh", "Qsw", "ILWR", "U", "u", "v", "pressure"):
        np.testing.assert_allclose(hours[name].mean(axis=1), daily[name], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(hours["R"].sum(axis=1), daily["R"], atol=1e-9)
    np.testing.assert_allclose(hours["theta_min"].min(axis=1), daily["theta_min"], atol=1e-12)
    np.testing.assert_allclose(hours["theta_max"].max(axis=1), daily["theta_max"], atol=1e-12)
    assert made[1].counts.beyond == 0 and np.isnat(made[1].source).all()


def test_relations_hold_in_every_hour(made: tuple[HourlyOptions, Any, dict[str, np.ndarray]]) -> None:
    hours = made[2]
    assert np.all(hours["theta_min"] <= hours["theta"]) and np.all(hours["theta"] <= hours["theta_max"])
    np.testing.assert_array_equal(np.hypot(hours["u"], hours["v"]), hours["U"])
    assert np.all((hours["rh"] >= 0.0) & (hours["rh"] <= 1.0)) and np.all(hours["R"] >= 0.0)


def test_the_result_says_what_was_done(made: tuple[HourlyOptions, Any, dict[str, np.ndarray]]) -> None:
    said = made[0].source
    assert "R by formula (a random cascade at each station, whose parameters are not of this place)" in said
    assert "theta by formula (cosines from the minimum at sunrise" in said and "Qsw by formula (in proportion" in said
    assert HourlyOptions.from_json(made[0].to_json()) == made[0]


def test_radiation_is_none_before_sunrise_and_most_at_noon(
    days: tuple[np.ndarray, np.ndarray], made: tuple[HourlyOptions, Any, dict[str, np.ndarray]]
) -> None:
    radiation = made[2]["Qsw"]
    rise, _, fall = sun_times(LATITUDE, 0.0, np.arange(366))
    doy = doy_index(days[0])
    hour = np.arange(24)
    dark = (hour[None] + 1 < rise[doy][:, None] - 0.2) | (hour[None] > fall[doy][:, None] + 0.2)
    assert np.all(radiation[dark] == 0.0)
    assert set(radiation.argmax(axis=1)) <= {11, 12}


def test_humidity_keeps_the_vapour_pressure_of_steady_weather(days: tuple[np.ndarray, np.ndarray]) -> None:
    times, values = days[0], np.repeat(days[1][:, :1], days[0].size, axis=1)
    values[:5] = np.array([10.0, 5.0, 15.0, 0.0, 0.6])[:, None]
    values[5] = 20.0
    hours = hours_by_formula(times, values)[2]
    vapour = hours["rh"] * saturation_vapour_pressure(hours["theta"])
    np.testing.assert_allclose(vapour[400:410], vapour[400, 0], rtol=1e-3)
    assert np.ptp(hours["rh"][400]) > 0.3


def test_the_temperature_is_that_of_the_two_cosines() -> None:
    """At sunrise the minimum, two hours after noon the maximum, half-way in between the mean of both."""
    doy = np.full(3, 79)
    place = Place(0.0, 12.0, doy, 1440)
    course = temperature(place, {"theta_min": np.full(3, 10.0), "theta_max": np.full(3, 20.0)})[1]
    sunrise = place.sunrise[1]
    at = np.interp([sunrise, 14.0, 0.5 * (sunrise + 14.0), 0.5 * (14.0 + sunrise + 24.0)], place.hours, course)
    np.testing.assert_allclose(at, [10.0, 20.0, 15.0, 15.0], atol=0.02)


def test_midnight_does_not_show_in_the_temperature(days: tuple[np.ndarray, np.ndarray]) -> None:
    times, values = days
    theta = hours_by_formula(times, values)[2]["theta"]
    over_midnight = np.abs(theta[1:, 0] - theta[:-1, -1]).mean()
    assert over_midnight < 1.5 * np.abs(np.diff(theta[:, 20:], axis=1)).mean()


def test_radiation_without_a_latitude_is_refused(days: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(DataError, match="Qsw at HERE is to get its hours by formula, which needs the latitude"):
        hours_by_formula(*days, latitude=np.nan)


def test_a_lender_without_a_latitude_leaves_the_sun_of_the_place(days: tuple[np.ndarray, np.ndarray]) -> None:
    """It lends no sunlight, so that radiation by formula goes by the latitude that is known; nights stay dark."""
    lender = hourly_elsewhere()
    expected = hours_by_formula(*days, archive=lender)[2]["Qsw"]
    radiation = hours_by_formula(*days, archive=lender.drop_vars("latitude"))[2]["Qsw"]
    np.testing.assert_array_equal(radiation, expected)
    assert radiation[:, 0].max() == 0.0 < radiation[:, 12].min()


def test_sunlight_that_is_lent_without_a_latitude_leaves_nothing_for_a_formula(days: tuple[np.ndarray, np.ndarray]) -> None:
    """Its courses are no shares of what the sun allows; another variable of the sun by formula is then refused."""
    lender = hourly_elsewhere().drop_vars("latitude")
    hour = np.arange(lender.sizes["time"]) % 24
    day = np.repeat(1.0 + 0.3 * np.sin(np.arange(hour.size // 24)), 24)
    lender["Qsw"] = ("station", "time"), np.where((hour > 7) & (hour < 17), 300.0 * day, 0.0)[None], {"units": "W m-2"}

    class Sunny(Places):
        variables = (*Places.variables, next(variable for variable in VARIABLES if variable.name == "sun"))

    with pytest.raises(DataError, match=r"sun at HERE .* needs the latitude: give it with the hourly record"):
        HourlyOptions.of(Sunny(LATITUDE), None, True, lender)


def test_the_cascade_keeps_every_amount_and_all_hours_are_alike() -> None:
    """Hours of rain from a symmetric cascade are equally often wet: a chi-square test at a false alarm of 1e-4 (fixed seed)."""
    rng = np.random.default_rng(3)
    amounts = rng.gamma(0.7, 8.0, 20_000)
    hours = cascade(amounts, rng=np.random.default_rng(4))
    np.testing.assert_allclose(hours.sum(axis=1), amounts, rtol=1e-12)
    wet = (hours[:, 8:16] > 0.0).sum(axis=0)
    assert ((wet - wet.mean()) ** 2 / wet.mean()).sum() < 29.9
    heavy = amounts > 20.0
    assert (hours[heavy] > 0.0).sum(axis=1).mean() > 2.0 * (hours[amounts < 2.0] > 0.0).sum(axis=1).mean()


days_of_temperature = st.lists(
    st.tuples(st.floats(-40, 40), st.floats(0, 30), st.floats(0, 1), st.lists(st.floats(-50, 50), min_size=6, max_size=6)),
    min_size=1,
    max_size=5,
)


@given(days_of_temperature)
def test_courses_between_extremes(drawn: list[tuple[float, float, float, list[Any]]]) -> None:
    low, span, share = (np.array([day[number] for day in drawn]) for number in range(3))
    high, mean = low + span, np.clip(low + share * span, low, low + span)
    steps = between(np.array([day[3] for day in drawn]), low, mean, high)
    assert np.all((steps >= low[:, None]) & (steps <= high[:, None]))
    np.testing.assert_allclose(steps.mean(axis=1), mean, atol=1e-6)


@given(days_of_temperature)
def test_courses_within_bounds_keep_the_mean(drawn: list[tuple[float, float, float, list[Any]]]) -> None:
    low, span, share = (np.array([day[number] for day in drawn]) for number in range(3))
    high, mean = low + span, np.clip(low + share * span, low, low + span)
    steps = within(np.array([day[3] for day in drawn]), low, mean, high)
    assert np.all((steps >= low[:, None]) & (steps <= high[:, None]))
    np.testing.assert_allclose(steps.mean(axis=1), mean, atol=1e-6)


def hourly_elsewhere(n_days: int = 900, seed: int = 5, names: tuple[Any, ...] = ("theta", "R")) -> xr.Dataset:
    """Hours of a warmer station whose rain always falls from 15 to 18 h."""
    rng = np.random.default_rng(seed)
    hour = np.arange(n_days * 24)
    times = np.datetime64("1995-01-01T00:00", "ns") + hour * np.timedelta64(1, "h")
    theta = 22.0 - 8.0 * np.cos(2 * np.pi * hour / 8766) + 5.0 * np.cos(2 * np.pi * (hour - 15) / 24) + np.repeat(
        3.0 * rng.standard_normal(n_days), 24
    )  # fmt: skip
    wet = np.repeat(rng.random(n_days) < 0.4, 24) & np.isin(hour % 24, (15, 16, 17))
    made = {"theta": theta, "R": np.where(wet, np.round(rng.gamma(1.0, 2.0, hour.size) + 0.1, 1), 0.0)}
    return xr.Dataset(
        {name: (("station", "time"), made[name][None], {"units": UNITS[name]}) for name in names},
        {"time": times, "station": ["THERE"], "latitude": ("station", [40.0])},
    )


def test_borrowed_hours_are_those_of_the_other_station(days: tuple[np.ndarray, np.ndarray]) -> None:
    options, found, hours = hours_by_formula(*days, archive=hourly_elsewhere())
    assert "theta, theta_min, theta_max, R with the courses of days at THERE" in options.source
    assert "Qsw by formula" in options.source and options.digest
    rain = hours["R"].sum(axis=0)
    assert rain[15:18].sum() > 0.98 * rain.sum()
    # Hour 15 begins warmest by construction; extremes and means are those of this station.
    assert np.median(hours["theta"].argmax(axis=1)) in (14, 15)
    daily = dict(zip(NAMES, days[1], strict=True))
    np.testing.assert_allclose(hours["theta"].mean(axis=1), daily["theta"], atol=1e-9)
    np.testing.assert_allclose(hours["theta_min"].min(axis=1), daily["theta_min"], atol=1e-12)
    assert np.all(hours["theta_min"] <= hours["theta"]) and np.all(hours["theta"] <= hours["theta_max"])
    assert np.all(~np.isnat(found.source))


def test_days_are_compared_by_how_unusual_they_are_at_their_own_station(days: tuple[np.ndarray, np.ndarray]) -> None:
    """The lender is 13 K warmer: warm days must get the courses of its warm days, cold days those of its cold days."""
    elsewhere = hourly_elsewhere(names=("theta",))
    _, found, _ = hours_by_formula(*days, archive=elsewhere)
    theirs = read_observations(elsewhere)
    place = np.searchsorted(theirs.times.astype("datetime64[D]"), found.source)
    other = theirs.values[0, 0][place]
    own = days[1][0]
    year = -np.cos(2 * np.pi * np.arange(own.size) / 365.25)
    anomaly, lent = (
        own - 9.0 * year,
        other + 8.0 * np.cos(2 * np.pi * (found.source - np.datetime64("1995-01-01")).astype(int) / 365.25),
    )
    assert np.corrcoef(anomaly, lent)[0, 1] > 0.7


@pytest.mark.parametrize("archive", [3, ("a",), {"R": 1}])
def test_an_archive_of_no_kind_is_refused(archive: Path) -> None:
    with pytest.raises(DataError, match=r"a varwg\.HourlyArchive, hourly observations, their file or 'formula'"):
        archive_from(archive)


def test_daily_observations_are_no_archive(days: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(DataError, match="are daily, but disaggregation needs"):
        archive_from(dataset(*days))


def test_relations_in_a_million_hours() -> None:
    """Wild days, put in order as simulated ones are: not one violation in 10^6 hours, by formula and with borrowed hours."""
    times, values = daily_weather(n_days=21_000, seed=8)
    rng = np.random.default_rng(9)
    values[1:3] += 2.0 * rng.standard_normal((2, times.size))
    values[7] *= rng.uniform(0.5, 1.5, times.size)
    in_order(values, Places.variables, times.astype("datetime64[M]").astype(int) % 12 + 1)
    for archive in ("formula", hourly_elsewhere()):
        hours = hours_by_formula(times, values, archive=archive)[2]
        assert hours["theta"].size * 2 > 1_000_000
        assert np.all(hours["theta_min"] <= hours["theta"]) and np.all(hours["theta"] <= hours["theta_max"])
        np.testing.assert_array_equal(np.hypot(hours["u"], hours["v"]), hours["U"])
        np.testing.assert_allclose(hours["theta"].mean(axis=1), values[0], atol=1e-9)
        np.testing.assert_allclose(hours["U"].mean(axis=1), values[7], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(hours["R"].sum(axis=1), values[3], atol=1e-9)
        np.testing.assert_array_equal(hours["theta_min"].min(axis=1), values[1])
        np.testing.assert_array_equal(hours["theta_max"].max(axis=1), values[2])
