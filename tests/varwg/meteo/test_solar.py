"""The sun over a day: an almanac, worked examples of FAO-56, symmetries, and integrals over the day."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg import N_DOYS, daily_times, doy_index
from varwg.meteo import SOLAR_CONSTANT, SUNRISE_ALTITUDE, day_length, declination, equation_of_time, potential_radiation
from varwg.meteo._sun import nearness

ROWS = np.arange(N_DOYS)
MJ_PER_DAY = 86400e-6


def row(date: str) -> int:
    return int(doy_index(np.array([date], dtype="datetime64[D]"))[0])


class Position(NamedTuple):
    """Declination in radians, minutes that the sundial is ahead of the clock, distance in astronomical units."""

    declination: Any
    equation_of_time: Any
    distance: Any


def position(times: Any) -> Position:
    """The sun at times UTC: Meeus (1998), Astronomical Algorithms, low precision of chapters 25 and 28 (0.01 degrees)."""
    century = (times.astype("datetime64[s]").astype(float) / 86400.0 + 2440587.5 - 2451545.0) / 36525.0
    mean_longitude = np.radians(280.46646 + century * (36000.76983 + 0.0003032 * century))
    anomaly = np.radians(357.52911 + century * (35999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = np.radians(
        (1.914602 - century * (0.004817 + 0.000014 * century)) * np.sin(anomaly)
        + (0.019993 - 0.000101 * century) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    node = np.radians(125.04 - 1934.136 * century)
    longitude = mean_longitude + centre - np.radians(0.00569 + 0.00478 * np.sin(node))
    seconds = 21.448 - century * (46.815 + century * (0.00059 - 0.001813 * century))
    obliquity = np.radians(23.0 + (26.0 + seconds / 60.0) / 60.0 + 0.00256 * np.cos(node))
    y = np.tan(obliquity / 2) ** 2
    minutes = 4 * np.degrees(
        y * np.sin(2 * mean_longitude)
        - 2 * eccentricity * np.sin(anomaly)
        + 4 * eccentricity * y * np.sin(anomaly) * np.cos(2 * mean_longitude)
        - y**2 / 2 * np.sin(4 * mean_longitude)
        - 1.25 * eccentricity**2 * np.sin(2 * anomaly)
    )
    distance = 1.000001018 * (1 - eccentricity**2) / (1 + eccentricity * np.cos(anomaly + centre))
    return Position(np.arcsin(np.sin(obliquity) * np.sin(longitude)), minutes, distance)


#: Noon of all days of ten years, of which three are leap years.
NOONS = np.arange("2016-01-01", "2026-01-01", dtype="datetime64[D]").astype("datetime64[s]") + np.timedelta64(12, "h")


def test_positions_are_those_of_an_almanac() -> None:
    """As near as the docstrings say; what is left is the drift of the calendar between leap years."""
    sun, rows = position(NOONS), doy_index(NOONS)
    assert np.degrees(np.abs(declination(rows) - sun.declination).max()) < 0.27
    assert np.abs(equation_of_time(rows) - sun.equation_of_time).max() < 0.39
    np.testing.assert_allclose(nearness(rows), sun.distance**-2, atol=4e-4)


def test_the_almanac_itself_is_right() -> None:
    """Meeus, examples 25.a and 28.a (13 October 1992, 0 h): declination -7.78507 degrees, equation of time 13 min 42.7 s."""
    sun = position(np.array(["1992-10-13T00:00"], dtype="datetime64[s]"))
    assert np.degrees(sun.declination[0]) == pytest.approx(-7.78507, abs=2e-3)
    assert sun.equation_of_time[0] == pytest.approx(13.0 + 42.7 / 60.0, abs=0.05)
    assert sun.distance[0] == pytest.approx(0.99766, abs=1e-5)


@pytest.mark.parametrize("latitude", [0.0, -30.0, 50.0, 60.0, 65.0, 70.0])
def test_radiation_of_a_day_is_that_of_an_almanac(latitude: float) -> None:
    """The sun of every ten minutes of four years, in W m-2: 2 of 450 in summer, and in winter a few per cent of what there is."""
    days = np.arange("2019-01-01", "2023-01-01", dtype="datetime64[D]")
    total, phi = np.zeros(days.size), np.radians(latitude)
    for minute in range(5, 1440, 10):
        sun = position(days.astype("datetime64[s]") + np.timedelta64(minute, "m"))
        angle = np.pi * (minute + sun.equation_of_time - 720.0) / 720.0
        height = np.sin(phi) * np.sin(sun.declination) + np.cos(phi) * np.cos(sun.declination) * np.cos(angle)
        total += np.maximum(height, 0.0) / sun.distance**2
    truth = SOLAR_CONSTANT * total / 144.0
    found = potential_radiation(latitude, doy_index(days))
    assert np.abs(found - truth).max() < 2.3
    high = truth > 20.0
    assert np.abs(found / np.where(high, truth, 1.0) - 1.0)[high].max() < 0.05


def test_examples_8_and_9_of_fao56_but_for_their_declination() -> None:
    """20 degrees south on 3 September: 32.2 MJ m-2 d-1 and 11.7 h with a declination that is 0.7 degrees too small."""
    september = row("2001-09-03")
    assert np.degrees(declination(september)) == pytest.approx(7.5, abs=0.3)
    assert potential_radiation(-20.0, september) * MJ_PER_DAY == pytest.approx(32.2, rel=0.02)
    assert day_length(-20.0, september) == pytest.approx(11.7, abs=0.1)


def test_polar_day_and_night() -> None:
    june, december = row("2001-06-21"), row("2001-12-21")
    np.testing.assert_array_equal(day_length([80.0, 80.0, -80.0, 90.0], [june, december, june, june]), [24, 0, 0, 24])
    np.testing.assert_array_equal(potential_radiation([80.0, -80.0], [december, june]), [0.0, 0.0])
    assert np.isfinite(potential_radiation(np.linspace(-90, 90, 37)[:, None], ROWS)).all()


def test_potential_radiation_is_the_mean_of_the_elevation_over_the_day() -> None:
    """Oracle: the sine of the sun's elevation averaged over a fine grid of hour angles."""
    hour_angle = (np.arange(20000) + 0.5) / 20000 * 2 * np.pi - np.pi
    for latitude in (-35.0, 0.0, 48.0, 66.0, 78.0):
        for number in (10, 100, 172, 300):
            phi, delta = np.radians(latitude), declination(number)
            elevation = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(hour_angle)
            expected = SOLAR_CONSTANT * nearness(number) * np.maximum(elevation, 0).mean()
            np.testing.assert_allclose(potential_radiation(latitude, number), expected, atol=1e-3)
            np.testing.assert_allclose(day_length(latitude, number), 24 * (elevation > 0).mean(), atol=3e-3)


@given(latitude=st.floats(-65.0, 65.0), number=st.integers(0, 365))
def test_the_hemispheres_share_the_day(latitude: float, number: int) -> None:
    np.testing.assert_allclose(day_length(latitude, number) + day_length(-latitude, number), 24.0, atol=1e-9)


def test_almanac_day_is_longer() -> None:
    """London, 20 March: sunrise to sunset lasts about 12 h 10 min, ten minutes more than the geometric day."""
    longer = day_length(51.5, ROWS, altitude=SUNRISE_ALTITUDE) - day_length(51.5, ROWS)
    assert (longer > 0.14).all()
    assert (longer < 0.35).all()


def test_a_date_is_the_same_in_every_year() -> None:
    dates = daily_times("2003-01-01", 731)
    lengths = day_length(48.0, doy_index(dates))
    common, leap = lengths[:365], lengths[365:]
    np.testing.assert_array_equal(common, np.delete(leap, 59))
    assert lengths[365 + 58] < lengths[365 + 59] < lengths[365 + 60]


def test_broadcasting() -> None:
    latitudes = np.array([-20.0, 50.0, 80.0])
    table = potential_radiation(latitudes[:, None], ROWS)
    assert table.shape == (3, N_DOYS)
    np.testing.assert_array_equal(table[1], potential_radiation(50.0, ROWS))
