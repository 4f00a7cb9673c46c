"""The sun: declination, day length, potential radiation, and true solar time."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from varwg._arrays import FloatArray
from varwg._calendar import doy_index

#: Solar constant of FAO-56 (0.0820 MJ m-2 min-1) in W m-2.
SOLAR_CONSTANT: Final = 0.0820e6 / 60.0

#: Altitude of the centre of the sun (degrees) when its upper rim is seen on the horizon, refraction included.
SUNRISE_ALTITUDE: Final = -0.833

_ROW_OF_29_FEBRUARY: Final = 59

#: Harmonics (1, cos x, sin x, cos 2x, sin 2x, ...) of the year, x = 0 on 1 January, of the sun at noon UTC: least squares on the
#: positions of Meeus (1998, Astronomical Algorithms, chapters 25 and 28) on all days of 1981 to 2040. What is left is mostly that
#: the calendar has leap years and the sun has none: 0.27 degrees of declination at most, 0.39 min, and 0.0004.
_DECLINATION: Final = (6.694914e-3, -0.3986295, 0.07756441, -6.859732e-3, 7.434972e-4, -2.537277e-3, 1.374245e-3)
_EQUATION_OF_TIME: Final = (8.549942e-3, 0.4325394, -7.343291, -3.687478, -9.222075, -0.1043699, -0.3203967)
_NEARNESS: Final = (1.0001239, 0.03339176, 1.227408e-3, 7.153591e-4, 7.060171e-5)


def year_angle(doy: ArrayLike) -> FloatArray:
    """Position in the year (radians) of rows of a seasonal table, 2 pi J / 365 of FAO-56.

    Parameters
    ----------
    doy : array of int
        Rows 0 (1 January) to 365 (31 December), see `varwg._calendar.doy_index`. A row means the same date in every
        year, so J is the day of a common year: 29 February lies half-way between its neighbours.

    Returns
    -------
    array of float, same shape
    """
    row = np.asarray(doy, dtype=np.float64)
    after = np.clip(row - (_ROW_OF_29_FEBRUARY - 0.5), 0.0, 1.0)
    return np.asarray(2.0 * np.pi / 365.0 * (row + 1.0 - after))


def declination(doy: ArrayLike) -> FloatArray:
    """Declination of the sun in radians for rows of a seasonal table, good to 0.27 degrees.

    The single sine of FAO-56 (eq. 24) is off by 1.2 degrees, and radiation at 65 degrees of latitude in winter by an eighth.
    """
    return _harmonics(doy, _DECLINATION)


def nearness(doy: ArrayLike) -> FloatArray:
    """Square of the mean distance of the sun over that of the day, for rows of a seasonal table, good to 0.0004."""
    return _harmonics(doy, _NEARNESS)


def _harmonics(doy: ArrayLike, coefficients: tuple[float, ...]) -> FloatArray:
    """A course over the year from its mean and the cosine and sine of each harmonic, which begin on 1 January."""
    angle = year_angle(doy) - 2.0 * np.pi / 365.0
    course = np.full(angle.shape, coefficients[0])
    for number, (cosine, sine) in enumerate(zip(coefficients[1::2], coefficients[2::2], strict=True), 1):
        course = course + cosine * np.cos(number * angle) + sine * np.sin(number * angle)
    return course


def sunset_hour_angle(latitude: ArrayLike, doy: ArrayLike, *, altitude: float = 0.0) -> FloatArray:
    """Hour angle of sunset in radians (FAO-56 eq. 25): 0 in the polar night, pi in the polar day.

    Parameters
    ----------
    latitude : array of float
        Degrees, north positive.
    doy : array of int
        Rows of a seasonal table; `latitude` and `doy` are broadcast.
    altitude : float
        Altitude of the sun's centre (degrees) at which it counts as set; 0 in FAO-56.

    Returns
    -------
    array of float, broadcast shape
    """
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    delta = declination(doy)
    # The products of cosines vanish at the poles, where the sun is up or down all day.
    cosines = np.maximum(np.cos(phi) * np.cos(delta), 1e-12)
    cosine = (np.sin(np.radians(altitude)) - np.sin(phi) * np.sin(delta)) / cosines
    return np.asarray(np.arccos(np.clip(cosine, -1.0, 1.0)))


def day_length(latitude: ArrayLike, doy: ArrayLike, *, altitude: float = 0.0) -> FloatArray:
    """Astronomical day length in hours (FAO-56 eq. 34).

    Parameters
    ----------
    latitude : array of float
        Degrees, north positive.
    doy : array of int
        Rows of a seasonal table; `latitude` and `doy` are broadcast.
    altitude : float
        Altitude of the sun's centre (degrees) at sunrise and sunset: 0 is the geometric day of FAO-56,
        `SUNRISE_ALTITUDE` the day of almanacs, longer by refraction and the radius of the sun.

    Returns
    -------
    array of float, broadcast shape
        0 in the polar night, 24 in the polar day.
    """
    return np.asarray(24.0 / np.pi * sunset_hour_angle(latitude, doy, altitude=altitude))


def potential_radiation(latitude: ArrayLike, doy: ArrayLike) -> FloatArray:
    """Daily mean radiation on a horizontal surface at the top of the atmosphere, W m-2 (FAO-56 eq. 21).

    Parameters
    ----------
    latitude : array of float
        Degrees, north positive.
    doy : array of int
        Rows of a seasonal table; `latitude` and `doy` are broadcast.

    Returns
    -------
    array of float, broadcast shape
        0 in the polar night.
    """
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    delta = declination(doy)
    sunset = sunset_hour_angle(latitude, doy)
    geometry = sunset * np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.sin(sunset)
    return np.asarray(np.maximum(SOLAR_CONSTANT / np.pi * nearness(doy) * geometry, 0.0))


class SunTimes(NamedTuple):
    """Sunrise, noon and sunset in hours UTC (below 0 or above 24 on the neighbouring day); NaN where the sun stays up or down."""

    sunrise: FloatArray
    noon: FloatArray
    sunset: FloatArray


def equation_of_time(doy: ArrayLike) -> FloatArray:
    """How many minutes the sundial is ahead of the clock for rows of a seasonal table (0 to 365), good to 0.39 min."""
    return _harmonics(doy, _EQUATION_OF_TIME)


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
        Good to two minutes below 50 degrees of latitude and 2.5 at 60; the calendar drifts as much between leap years.
    """
    noon = 12.0 - np.asarray(longitude, dtype=np.float64) / 15.0 - equation_of_time(doy) / 60.0
    angle = sunset_hour_angle(latitude, doy, altitude=altitude)
    half_day = 12.0 / np.pi * np.where((angle > 0.0) & (angle < np.pi), angle, np.nan)
    return SunTimes(np.asarray(noon - half_day), np.asarray(noon + 0.0 * half_day), np.asarray(noon + half_day))


def solar_elevation(latitude: ArrayLike, longitude: ArrayLike, times: NDArray[np.datetime64] | np.datetime64) -> FloatArray:
    """Angle of the sun above the horizon in degrees, without refraction.

    Parameters
    ----------
    latitude, longitude : array of float
        Degrees, broadcast against `times`.
    times : array of datetime64, or one
        UTC.

    Returns
    -------
    array of float, broadcast shape
    """
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    delta = declination(doy_index(np.asarray(times)))
    sine = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(_hour_angle(longitude, times))
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))


def potential_radiation_of_steps(
    latitude: ArrayLike, longitude: ArrayLike, times: NDArray[np.datetime64] | np.datetime64, *, step_seconds: float = 3600.0
) -> FloatArray:
    """Mean radiation at the top of the atmosphere over steps of at most a day, W m-2.

    It is FAO-56 eq. 28, exact also for steps that hold sunrise or sunset.

    Parameters
    ----------
    latitude, longitude : array of float
        Degrees, broadcast against `times`.
    times : array of datetime64, or one
        Beginnings of the steps, UTC.
    step_seconds : float
        Length of the steps, s.

    Returns
    -------
    array of float, broadcast shape
    """
    doy = doy_index(np.asarray(times))
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
    return np.asarray(np.maximum(SOLAR_CONSTANT * nearness(doy) * total / length, 0.0))


def _hour_angle(longitude: ArrayLike, times: NDArray[np.datetime64] | np.datetime64) -> FloatArray:
    """Hour angle of the sun, radians within -pi and pi; 0 at noon."""
    stamps = np.asarray(times)
    hours = (stamps - stamps.astype("datetime64[D]")) / np.timedelta64(1, "s") / 3600.0
    solar = hours + np.asarray(longitude, dtype=np.float64) / 15.0 + equation_of_time(doy_index(stamps)) / 60.0
    return np.asarray(np.pi * (np.mod(solar, 24.0) - 12.0) / 12.0)


#: Quantile of the values at each step that shows the course of a clear day.
_CLEAR: Final = 0.9


def noon_of_record(steps: FloatArray, longitude: float) -> float:
    """Hour of the record's clock at which the sun stands highest, on average over the year.

    Records are in some zone's time and label steps by their beginning, middle or end: the values themselves tell. Where
    the longitude is known, the clock is taken to differ from the sun's time at Greenwich by whole half hours.

    Parameters
    ----------
    steps : array, shape (days, n_steps)
        Radiation or sunshine; NaN is missing.
    longitude : float
        Degrees east, or NaN.

    Returns
    -------
    float
        12 where there is nothing to tell it from.
    """
    complete = steps[np.isfinite(steps).all(axis=1)]
    if not complete.any():
        return 12.0
    clear = np.quantile(complete, _CLEAR, axis=0)
    clear = clear if clear.any() else complete.mean(axis=0)
    hours = (np.arange(steps.shape[1]) + 0.5) * 24.0 / steps.shape[1]
    centre = np.angle(np.sum(clear * np.exp(2j * np.pi * hours / 24.0)))
    noon = float(np.mod(centre * 12.0 / np.pi, 24.0))
    if np.isnan(longitude):
        return noon
    at_greenwich = 12.0 - longitude / 15.0
    return float(np.mod(at_greenwich + np.round(2.0 * (noon - at_greenwich)) / 2.0, 24.0))
