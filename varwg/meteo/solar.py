"""Geometry of the sun over a day: declination, day length and radiation at the top of the atmosphere.

Source: Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage Paper 56, chapter 3.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from varwg.arrays import FloatArray

#: Solar constant of FAO-56 (0.0820 MJ m-2 min-1) in W m-2.
SOLAR_CONSTANT: Final = 0.0820e6 / 60.0

#: Altitude of the centre of the sun (degrees) when its upper rim is seen on the horizon, refraction included.
SUNRISE_ALTITUDE: Final = -0.833

_ROW_OF_29_FEBRUARY: Final = 59


def year_angle(doy: ArrayLike) -> FloatArray:
    """Position in the year (radians) of rows of a seasonal table, 2 pi J / 365 of FAO-56.

    Parameters
    ----------
    doy : array of int
        Rows 0 (1 January) to 365 (31 December), see `varwg.calendar.doy_index`. A row means the same date in every
        year, so J is the day of a common year: 29 February lies half-way between its neighbours.

    Returns
    -------
    array of float, same shape
    """
    row = np.asarray(doy, dtype=np.float64)
    after = np.clip(row - (_ROW_OF_29_FEBRUARY - 0.5), 0.0, 1.0)
    return np.asarray(2.0 * np.pi / 365.0 * (row + 1.0 - after))


def declination(doy: ArrayLike) -> FloatArray:
    """Declination of the sun in radians (FAO-56 eq. 24) for rows of a seasonal table."""
    return np.asarray(0.409 * np.sin(year_angle(doy) - 1.39))


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
    """Daily mean radiation on a horizontal surface at the top of the atmosphere, W m-2 (FAO-56 eq. 21 and 23).

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
    distance = 1.0 + 0.033 * np.cos(year_angle(doy))
    geometry = sunset * np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.sin(sunset)
    return np.asarray(np.maximum(SOLAR_CONSTANT / np.pi * distance * geometry, 0.0))
