"""The sun by the clock: equation of time, sunrise and sunset, elevation at a moment, and radiation over an hour.

All times are UTC; longitudes are degrees east. Sources: Spencer, J. W. (1971), Fourier series representation of the
position of the sun, Search 2, 172 (equation of time); Allen et al. (1998), FAO-56, chapter 3 (radiation).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from varwg.arrays import FloatArray
from varwg.calendar import doy_index
from varwg.meteo.solar import SOLAR_CONSTANT, SUNRISE_ALTITUDE, declination, sunset_hour_angle, year_angle


class SunTimes(NamedTuple):
    """Sunrise, noon and sunset in hours UTC (below 0 or above 24 on the neighbouring day); NaN where the sun stays up or down."""

    sunrise: FloatArray
    noon: FloatArray
    sunset: FloatArray


def equation_of_time(doy: ArrayLike) -> FloatArray:
    """How many minutes the sundial is ahead of the clock (Spencer 1971) for rows of a seasonal table (0 to 365)."""
    angle = year_angle(doy) - 2.0 * np.pi / 365.0
    series = (
        0.000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2.0 * angle)
        - 0.040849 * np.sin(2.0 * angle)
    )
    return np.asarray(1440.0 / (2.0 * np.pi) * series)


def sun_times(latitude: ArrayLike, longitude: ArrayLike, doy: ArrayLike, *, altitude: float = SUNRISE_ALTITUDE) -> SunTimes:
    """Sunrise, noon and sunset in hours UTC.

    Parameters
    ----------
    latitude, longitude : array of float
        Degrees, north and east positive.
    doy : array of int
        Rows of a seasonal table; all are broadcast.
    altitude : float
        Altitude of the sun's centre (degrees) at sunrise and sunset; by default that of almanacs.

    Returns
    -------
    SunTimes
        Good to four minutes below 60 degrees of latitude: the declination of FAO-56 is a single sine.
    """
    noon = 12.0 - np.asarray(longitude, dtype=np.float64) / 15.0 - equation_of_time(doy) / 60.0
    angle = sunset_hour_angle(latitude, doy, altitude=altitude)
    half_day = 12.0 / np.pi * np.where((angle > 0.0) & (angle < np.pi), angle, np.nan)
    return SunTimes(np.asarray(noon - half_day), np.asarray(noon + 0.0 * half_day), np.asarray(noon + half_day))


def solar_elevation(latitude: ArrayLike, longitude: ArrayLike, times: NDArray[np.datetime64]) -> FloatArray:
    """Angle of the sun above the horizon in degrees, without refraction.

    Parameters
    ----------
    latitude, longitude : array of float
        Degrees, broadcast against `times`.
    times : array of datetime64
        UTC.

    Returns
    -------
    array of float, broadcast shape
    """
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    delta = declination(doy_index(times))
    sine = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(_hour_angle(longitude, times))
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))


def potential_radiation_of_steps(
    latitude: ArrayLike, longitude: ArrayLike, times: NDArray[np.datetime64], *, step_seconds: float = 3600.0
) -> FloatArray:
    """Mean radiation at the top of the atmosphere over steps of at most a day, W m-2.

    It is FAO-56 eq. 28, exact also for steps that hold sunrise or sunset.

    Parameters
    ----------
    latitude, longitude : array of float
        Degrees, broadcast against `times`.
    times : array of datetime64
        Beginnings of the steps, UTC.
    step_seconds : float
        Length of the steps, s.

    Returns
    -------
    array of float, broadcast shape
    """
    doy = doy_index(times)
    phi, delta = np.radians(np.asarray(latitude, dtype=np.float64)), declination(doy)
    sunset = sunset_hour_angle(latitude, doy)
    begin = _hour_angle(longitude, times)
    length = 2.0 * np.pi * step_seconds / 86400.0
    total = np.zeros(np.broadcast_shapes(np.shape(begin), np.shape(sunset)))
    # A step that crosses midnight of the sun sees the end of one day of light and the beginning of the next.
    for turn in (0.0, 2.0 * np.pi):
        first = np.clip(begin, turn - sunset, turn + sunset)
        last = np.clip(begin + length, turn - sunset, turn + sunset)
        sines = np.sin(last) - np.sin(first)
        total = total + (last - first) * np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * sines
    distance = 1.0 + 0.033 * np.cos(year_angle(doy))
    return np.asarray(np.maximum(SOLAR_CONSTANT * distance * total / length, 0.0))


def _hour_angle(longitude: ArrayLike, times: NDArray[np.datetime64]) -> FloatArray:
    """Hour angle of the sun, radians within -pi and pi; 0 at noon."""
    stamps = np.asarray(times)
    hours = (stamps - stamps.astype("datetime64[D]")) / np.timedelta64(1, "s") / 3600.0
    solar = hours + np.asarray(longitude, dtype=np.float64) / 15.0 + equation_of_time(doy_index(stamps)) / 60.0
    return np.asarray(np.pi * (np.mod(solar, 24.0) - 12.0) / 12.0)
