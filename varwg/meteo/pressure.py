"""Air pressure and height: the standard atmosphere, and the reduction between two heights at a given temperature."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from varwg.arrays import FloatArray
from varwg.meteo.humidity import ZERO_CELSIUS

#: Pressure (hPa) and temperature (K) of the standard atmosphere at sea level, and its lapse rate (K/m).
STANDARD_PRESSURE: Final = 1013.25
STANDARD_TEMPERATURE: Final = 288.15
LAPSE_RATE: Final = 0.0065

_GRAVITY: Final = 9.80665
_GAS_CONSTANT: Final = 287.053  # dry air, J kg-1 K-1
_EXPONENT: Final = _GRAVITY / (_GAS_CONSTANT * LAPSE_RATE)


def standard_pressure(elevation: ArrayLike) -> FloatArray:
    """Air pressure in hPa at a height above the sea (m, below 11000) in the standard atmosphere (ICAO Doc 7488)."""
    height = np.asarray(elevation, dtype=np.float64)
    return np.asarray(STANDARD_PRESSURE * (1.0 - LAPSE_RATE * height / STANDARD_TEMPERATURE) ** _EXPONENT)


def standard_height(pressure: ArrayLike) -> FloatArray:
    """Height above the sea in m at which the standard atmosphere has a pressure (hPa): inverse of `standard_pressure`."""
    ratio = np.asarray(pressure, dtype=np.float64) / STANDARD_PRESSURE
    return np.asarray(STANDARD_TEMPERATURE / LAPSE_RATE * (1.0 - ratio ** (1.0 / _EXPONENT)))


def pressure_at_height(
    pressure: ArrayLike, theta: ArrayLike, from_height: ArrayLike, to_height: ArrayLike, *, lapse_rate: float = LAPSE_RATE
) -> FloatArray:
    """Air pressure at another height, such as that of the sea level, by the barometric formula.

    Parameters
    ----------
    pressure : array of float
        Air pressure at `from_height`, hPa.
    theta : array of float
        Air temperature at `from_height`, degC.
    from_height, to_height : array of float
        Heights above the sea, m.
    lapse_rate : float
        Decrease of the temperature with height, K/m; 0 is an isothermal layer.

    Returns
    -------
    array of float, broadcast shape
    """
    kelvin = np.asarray(theta, dtype=np.float64) + ZERO_CELSIUS
    rise = np.asarray(to_height, dtype=np.float64) - np.asarray(from_height, dtype=np.float64)
    if lapse_rate == 0.0:
        exponent = -_GRAVITY * rise / (_GAS_CONSTANT * kelvin)
    else:
        exponent = _GRAVITY / (_GAS_CONSTANT * lapse_rate) * np.log1p(-lapse_rate * rise / kelvin)
    return np.asarray(np.asarray(pressure, dtype=np.float64) * np.exp(exponent))
