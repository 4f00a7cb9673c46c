"""The sun by the clock: almanac times, the year's known extremes, and the hours of a day against the day."""

from __future__ import annotations

import numpy as np
import pytest

from varwg import N_DOYS, doy_index
from varwg.meteo import (
    SUNRISE_ALTITUDE,
    day_length,
    equation_of_time,
    potential_radiation,
    potential_radiation_of_steps,
    solar_elevation,
    sun_times,
)

ROWS = np.arange(N_DOYS)


def row(date: str) -> int:
    return int(doy_index(np.array([date], dtype="datetime64[D]"))[0])


#: Sunrise and sunset (UTC) as almanacs print them: Greenwich, Berlin, Sydney (UTC+10).
ALMANAC = (
    ("2023-06-21", 51.48, 0.00, 3 + 43 / 60, 20 + 21 / 60),
    ("2023-12-21", 51.48, 0.00, 8 + 4 / 60, 15 + 53 / 60),
    ("2023-03-20", 52.52, 13.40, 5 + 9 / 60, 17 + 20 / 60),
    ("2023-06-21", 52.52, 13.40, 2 + 43 / 60, 19 + 33 / 60),
    ("2023-12-21", 52.52, 13.40, 7 + 15 / 60, 14 + 54 / 60),
    ("2023-06-21", -33.87, 151.21, 7 - 10, 16 + 54 / 60 - 10),
)


@pytest.mark.parametrize(("date", "latitude", "longitude", "sunrise", "sunset"), ALMANAC)
def test_almanac(date: str, latitude: float, longitude: float, sunrise: float, sunset: float) -> None:
    """Within two minutes, of which a half is the rounding of almanacs."""
    times = sun_times(latitude, longitude, row(date))
    assert times.sunrise == pytest.approx(sunrise, abs=2.0 / 60.0)
    assert times.sunset == pytest.approx(sunset, abs=2.0 / 60.0)
    assert times.sunset - times.sunrise == pytest.approx(day_length(latitude, row(date), altitude=SUNRISE_ALTITUDE))


def test_equation_of_time() -> None:
    """About -14.2 min on 11 February, 3.7 on 14 May, -6.5 on 26 July, 16.4 on 3 November (almanacs)."""
    dates = [row(date) for date in ("2001-02-11", "2001-05-14", "2001-07-26", "2001-11-03")]
    np.testing.assert_allclose(equation_of_time(dates), [-14.2, 3.7, -6.5, 16.4], atol=0.2)
    extremes = ROWS[np.argmin(equation_of_time(ROWS))], ROWS[np.argmax(equation_of_time(ROWS))]
    np.testing.assert_allclose(extremes, [row("2001-02-11"), row("2001-11-03")], atol=3)


def test_no_sunrise_in_polar_day_and_night() -> None:
    times = sun_times(80.0, 0.0, np.array([row("2001-06-21"), row("2001-12-21")]))
    assert np.isnan(np.array(times)).all()


def test_the_sun_stands_on_the_horizon_at_sunrise() -> None:
    for latitude in (-45.0, 0.0, 50.0):
        rise = float(sun_times(latitude, 11.0, row("2001-04-11"), altitude=0.0).sunrise)
        moment = np.datetime64("2001-04-11") + np.timedelta64(round(rise * 3.6e6), "ms")
        assert solar_elevation(latitude, 11.0, moment) == pytest.approx(0.0, abs=0.02)


def test_noon_elevation() -> None:
    """90 degrees minus latitude plus declination: 62 degrees for 51.5 N at midsummer."""
    noon = float(sun_times(51.5, 0.0, row("2001-06-21")).noon)
    moment = np.datetime64("2001-06-21") + np.timedelta64(round(noon * 3.6e6), "ms")
    assert solar_elevation(51.5, 0.0, moment) == pytest.approx(90.0 - 51.5 + 23.44, abs=0.05)


@pytest.mark.parametrize("longitude", [0.0, 13.0, 178.0, -120.0])
@pytest.mark.parametrize("latitude", [-40.0, 0.0, 52.0, 75.0])
def test_the_steps_of_a_day_add_up_to_the_day(latitude: float, longitude: float) -> None:
    """24 hours of one declination: their mean is the daily value of FAO-56 eq. 21."""
    for date in ("2001-01-10", "2001-06-21", "2001-09-30"):
        for minutes in (60, 10):
            times = np.datetime64(date) + np.arange(1440 // minutes) * np.timedelta64(minutes, "m")
            steps = potential_radiation_of_steps(latitude, longitude, times, step_seconds=60.0 * minutes)
            np.testing.assert_allclose(steps.mean(), potential_radiation(latitude, row(date)), rtol=1e-9, atol=1e-9)
            assert (steps >= 0.0).all()


def test_example_19_of_fao56() -> None:
    """N'Diaye (16 13'N, 16 15'W), 1 October, 14 to 15 h in a zone of 15 W: Ra 3.543 MJ m-2 h-1 (Rs 2.450 is 69 % of it)."""
    start = np.datetime64("2001-10-01T15:00")
    hour = potential_radiation_of_steps(16.0 + 13.0 / 60.0, -16.25, start)
    assert hour * 3600e-6 == pytest.approx(3.543, rel=0.01)
