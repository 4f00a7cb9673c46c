"""The sun over a day: worked examples of FAO-56, symmetries, and integrals over the day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg._calendar import N_DOYS, daily_times, doy_index
from varwg.meteo._sun import (
    SOLAR_CONSTANT,
    SUNRISE_ALTITUDE,
    day_length,
    declination,
    potential_radiation,
    sunset_hour_angle,
    year_angle,
)

ROWS = np.arange(N_DOYS)
MJ_PER_DAY = 86400e-6


def row(date: str) -> int:
    return int(doy_index(np.array([date], dtype="datetime64[D]"))[0])


def test_example_8_of_fao56() -> None:
    """20 degrees south on 3 September: declination 0.120, sunset 1.527, radiation 32.2 MJ m-2 d-1."""
    september = row("2001-09-03")
    assert declination(september) == pytest.approx(0.120, abs=5e-4)
    assert sunset_hour_angle(-20.0, september) == pytest.approx(1.527, abs=5e-4)
    assert potential_radiation(-20.0, september) * MJ_PER_DAY == pytest.approx(32.2, abs=0.05)


def test_example_9_of_fao56() -> None:
    """20 degrees south on 3 September: 11.7 hours of daylight."""
    assert day_length(-20.0, row("2001-09-03")) == pytest.approx(11.7, abs=0.05)


EQUATOR = (36.2, 37.5, 37.9, 36.8, 34.8, 33.4, 33.9, 35.7, 37.2, 37.4, 36.3, 35.6)
SEVENTY_NORTH = (0.0, 2.6, 10.4, 23.0, 35.2, 42.5, 39.4, 28.0, 14.9, 4.9, 0.1, 0.0)


@pytest.mark.parametrize(("latitude", "radiation"), [(0.0, EQUATOR), (70.0, SEVENTY_NORTH)])
def test_table_of_fao56(latitude: float, radiation: tuple[float, ...]) -> None:
    """Table 2.6 of annex 2 (MJ m-2 d-1 in the middle of each month), printed to 0.1."""
    middle = [row(f"2001-{month:02d}-15") for month in range(1, 13)]
    np.testing.assert_allclose(potential_radiation(latitude, middle) * MJ_PER_DAY, radiation, atol=0.35)


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
            distance = 1 + 0.033 * np.cos(year_angle(number))
            expected = SOLAR_CONSTANT * distance * np.maximum(elevation, 0).mean()
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
