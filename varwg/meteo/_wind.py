"""Wind: speed and direction, components, averages that respect the circle, and the profile near the ground."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from varwg.errors import DataError

#: Roughness length (m) and displacement (m) of the reference grass of FAO-56 (0.12 m high): its eq. 47.
GRASS_ROUGHNESS: Final = 0.123 * 0.12
GRASS_DISPLACEMENT: Final = 2.0 / 3.0 * 0.12


class Components(NamedTuple):
    """Eastward and northward wind, m/s."""

    u: FloatArray
    v: FloatArray


class Polar(NamedTuple):
    """Wind speed in m/s and the direction it blows from, in degrees clockwise from north; NaN in a calm."""

    speed: FloatArray
    direction: FloatArray


class MeanWind(NamedTuple):
    """Speed and direction of the mean wind vector, and its share of the mean speed (1: the direction never changes)."""

    speed: FloatArray
    direction: FloatArray
    steadiness: FloatArray


def wind_components(speed: ArrayLike, direction: ArrayLike) -> Components:
    """Eastward and northward wind from speed (m/s) and the direction it blows from (degrees).

    A calm has the components 0 and 0 whatever its direction, also without one (NaN).
    """
    amount = np.asarray(speed, dtype=np.float64)
    angle = np.radians(np.asarray(direction, dtype=np.float64))
    angle = np.where(amount == 0.0, 0.0, angle)
    # Adding 0.0 turns the -0.0 of a calm into 0.0.
    return Components(np.asarray(-amount * np.sin(angle) + 0.0), np.asarray(-amount * np.cos(angle) + 0.0))


def wind_polar(u: ArrayLike, v: ArrayLike) -> Polar:
    """Speed and direction (0 <= direction < 360) of the wind from its components, the inverse of `wind_components`."""
    east, north = np.asarray(u, dtype=np.float64), np.asarray(v, dtype=np.float64)
    speed = np.hypot(east, north)
    degrees = np.mod(np.degrees(np.arctan2(-east, -north)), 360.0)
    # A tiny negative angle comes out of the modulus as 360 itself.
    degrees = np.where(degrees == 360.0, 0.0, degrees)
    return Polar(np.asarray(speed), np.asarray(np.where(speed > 0.0, degrees, np.nan)))


def mean_wind(speed: ArrayLike, direction: ArrayLike, axis: int = -1) -> MeanWind:
    """Average of the wind as a vector along `axis`.

    Parameters
    ----------
    speed, direction : array of float
        m/s, and degrees that the wind blows from.
    axis : int
        The axis to average over; the last by default. Times at which either is missing are left out.

    Returns
    -------
    MeanWind
        Shapes without `axis`; NaN where nothing is present.
    """
    u, v = wind_components(speed, direction)
    present = np.isfinite(u) & np.isfinite(v)
    count = np.where(present.any(axis=axis), present.sum(axis=axis), np.nan)
    mean_u = np.where(present, u, 0.0).sum(axis=axis) / count
    mean_v = np.where(present, v, 0.0).sum(axis=axis) / count
    mean_speed = np.where(present, np.hypot(u, v), 0.0).sum(axis=axis) / count
    resultant = wind_polar(mean_u, mean_v)
    steadiness = resultant.speed / np.where(mean_speed > 0.0, mean_speed, np.nan)
    return MeanWind(resultant.speed, resultant.direction, np.asarray(steadiness))


def wind_at_height(
    speed: ArrayLike,
    from_height: float,
    to_height: float = 2.0,
    *,
    roughness: float = GRASS_ROUGHNESS,
    displacement: float = GRASS_DISPLACEMENT,
) -> FloatArray:
    """Wind speed at another height by the logarithmic profile of neutral air.

    The defaults are the 2 m and the short grass of FAO-56, eq. 47.

    Parameters
    ----------
    speed : array of float
        Wind speed at `from_height`, m/s.
    from_height, to_height : float
        Heights above the ground, m.
    roughness, displacement : float
        Roughness length and zero-plane displacement of the surface, m.

    Returns
    -------
    array of float, same shape

    Raises
    ------
    DataError
        If a height lies within the roughness elements.
    """
    for height in (from_height, to_height):
        if height <= roughness + displacement:
            raise DataError(
                f"a wind height is {height:g} m, but the profile begins at {roughness + displacement:g} m above the ground "
                "(roughness + displacement): use a larger height."
            )
    ratio = np.log((to_height - displacement) / roughness) / np.log((from_height - displacement) / roughness)
    return np.asarray(np.asarray(speed, dtype=np.float64) * ratio)
