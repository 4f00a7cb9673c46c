"""Air: pressure and height, and humidity in all its measures."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from varwg.errors import DataError

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


Surface = Literal["water", "ice"]

ZERO_CELSIUS: Final = 273.15

#: Ratio of the molar masses of water and dry air.
EPSILON: Final = 0.62198

#: Psychrometer coefficients in 1/K for a ventilated (Assmann) instrument, over water and over ice.
VENTILATED: Final = 6.53e-4
VENTILATED_ICE: Final = 5.75e-4

_GAS_CONSTANT_OF_VAPOUR: Final = 461.52  # J kg-1 K-1


class _Magnus(NamedTuple):
    """e_s = base * exp(slope * theta / (theta + offset))."""

    base: float
    slope: float
    offset: float


_WATER: Final = _Magnus(6.112, 17.62, 243.12)
_ICE: Final = _Magnus(6.112, 22.46, 272.62)


def saturation_vapour_pressure(theta: ArrayLike, *, over: Surface = "water") -> FloatArray:
    """Saturation vapour pressure in hPa by the Magnus formula (WMO-No. 8, annex 4.B, eq. 4.B.1 and 4.B.2).

    Parameters
    ----------
    theta : array of float
        Air temperature, degC: -45 to 60 over water, -65 to 0 over ice.
    over : {"water", "ice"}
        The surface that the vapour is in equilibrium with. Relative humidity is defined over water at all
        temperatures.

    Returns
    -------
    array of float, same shape

    Raises
    ------
    DataError
        If `over` is neither.
    """
    magnus = _coefficients(over)
    temperature = np.asarray(theta, dtype=np.float64)
    return np.asarray(magnus.base * np.exp(magnus.slope * temperature / (temperature + magnus.offset)))


def saturation_slope(theta: ArrayLike, *, over: Surface = "water") -> FloatArray:
    """Derivative of `saturation_vapour_pressure` by the temperature, hPa/K."""
    magnus = _coefficients(over)
    temperature = np.asarray(theta, dtype=np.float64)
    pressure = saturation_vapour_pressure(temperature, over=over)
    return np.asarray(magnus.slope * magnus.offset / (temperature + magnus.offset) ** 2 * pressure)


def vapour_pressure(theta: ArrayLike, rh: ArrayLike) -> FloatArray:
    """Vapour pressure in hPa from air temperature (degC) and relative humidity (share of 1)."""
    return np.asarray(np.asarray(rh, dtype=np.float64) * saturation_vapour_pressure(theta))


def relative_humidity(theta: ArrayLike, e: ArrayLike) -> FloatArray:
    """Relative humidity (share of 1, above it in supersaturated air) from temperature (degC) and vapour pressure (hPa)."""
    return np.asarray(np.asarray(e, dtype=np.float64) / saturation_vapour_pressure(theta))


def saturation_deficit(theta: ArrayLike, rh: ArrayLike) -> FloatArray:
    """What the vapour pressure lacks to saturation, hPa, from temperature (degC) and relative humidity (share of 1)."""
    return np.asarray((1.0 - np.asarray(rh, dtype=np.float64)) * saturation_vapour_pressure(theta))


def dew_point(e: ArrayLike, *, over: Surface = "water") -> FloatArray:
    """Dew point (over ice: frost point) in degC, the inverse of `saturation_vapour_pressure`.

    Parameters
    ----------
    e : array of float
        Vapour pressure, hPa.
    over : {"water", "ice"}

    Returns
    -------
    array of float, same shape
        NaN where there is no vapour.
    """
    magnus = _coefficients(over)
    pressure = np.asarray(e, dtype=np.float64)
    ratio = np.log(np.where(pressure > 0.0, pressure, np.nan) / magnus.base)
    return np.asarray(magnus.offset * ratio / (magnus.slope - ratio))


def absolute_humidity(theta: ArrayLike, e: ArrayLike) -> FloatArray:
    """Mass of vapour in a volume of air, g m-3, from temperature (degC) and vapour pressure (hPa), as an ideal gas."""
    kelvin = np.asarray(theta, dtype=np.float64) + ZERO_CELSIUS
    return np.asarray(1e5 * np.asarray(e, dtype=np.float64) / (_GAS_CONSTANT_OF_VAPOUR * kelvin))


def specific_humidity(e: ArrayLike, pressure: ArrayLike) -> FloatArray:
    """Mass of vapour in a mass of moist air, kg/kg, from vapour pressure and air pressure (hPa)."""
    vapour = np.asarray(e, dtype=np.float64)
    return np.asarray(EPSILON * vapour / (np.asarray(pressure, dtype=np.float64) - (1.0 - EPSILON) * vapour))


def vapour_pressure_from_specific_humidity(specific: ArrayLike, pressure: ArrayLike) -> FloatArray:
    """Vapour pressure in hPa, the inverse of `specific_humidity`."""
    share = np.asarray(specific, dtype=np.float64)
    return np.asarray(share * np.asarray(pressure, dtype=np.float64) / (EPSILON + (1.0 - EPSILON) * share))


def mixing_ratio(e: ArrayLike, pressure: ArrayLike) -> FloatArray:
    """Mass of vapour for a mass of dry air, kg/kg, from vapour pressure and air pressure (hPa)."""
    vapour = np.asarray(e, dtype=np.float64)
    return np.asarray(EPSILON * vapour / (np.asarray(pressure, dtype=np.float64) - vapour))


def psychrometer(
    theta: ArrayLike, wet: ArrayLike, pressure: ArrayLike = 1013.25, *, coefficient: float | None = None
) -> FloatArray:
    """Vapour pressure in hPa from the two thermometers of a psychrometer (WMO-No. 8, annex 4.B, eq. 4.B.6).

    Parameters
    ----------
    theta, wet : array of float
        Temperature of the dry and of the wet thermometer, degC, the latter covered with liquid water.
    pressure : array of float
        Air pressure, hPa.
    coefficient : float, optional
        Psychrometer coefficient in 1/K, such as 8.0e-4 for natural ventilation or 1.2e-3 indoors; by default that of a
        ventilated instrument, `VENTILATED`, with its small dependence on the wet temperature.

    Returns
    -------
    array of float, broadcast shape
    """
    wet_theta = np.asarray(wet, dtype=np.float64)
    factor = VENTILATED * (1.0 + 0.000944 * wet_theta) if coefficient is None else coefficient
    depression = np.asarray(theta, dtype=np.float64) - wet_theta
    return np.asarray(saturation_vapour_pressure(wet_theta) - factor * np.asarray(pressure, dtype=np.float64) * depression)


def wet_bulb(theta: ArrayLike, rh: ArrayLike) -> FloatArray:
    """Wet-bulb temperature in degC at the pressure of the sea level (Stull 2011, eq. 1).

    Parameters
    ----------
    theta : array of float
        Air temperature, degC, -20 to 50.
    rh : array of float
        Relative humidity as a share of 1, 0.05 to 0.99. Within the two ranges the error is -1 to 0.65 K, except for
        air that is both cold and dry.

    Returns
    -------
    array of float, broadcast shape

    References
    ----------
    Stull, R. (2011), Wet-bulb temperature from relative humidity and air temperature, J. Appl. Meteorol. Climatol. 50,
    2267-2269.
    """
    temperature = np.asarray(theta, dtype=np.float64)
    percent = 100.0 * np.asarray(rh, dtype=np.float64)
    return np.asarray(
        temperature * np.arctan(0.151977 * np.sqrt(percent + 8.313659))
        + np.arctan(temperature + percent)
        - np.arctan(percent - 1.676331)
        + 0.00391838 * percent**1.5 * np.arctan(0.023101 * percent)
        - 4.686035
    )


def humidex(theta: ArrayLike, e: ArrayLike) -> FloatArray:
    """Canadian humidex in degC from temperature (degC) and vapour pressure (hPa).

    Source: Masterton, J. M., Richardson, F. A. (1979), Humidex: a method of quantifying human discomfort due to
    excessive heat and humidity, Environment Canada, CLI 1-79.
    """
    return np.asarray(np.asarray(theta, dtype=np.float64) + 5.0 / 9.0 * (np.asarray(e, dtype=np.float64) - 10.0))


def apparent_temperature(theta: ArrayLike, e: ArrayLike, U: ArrayLike) -> FloatArray:
    """Apparent temperature in the shade, degC (Steadman's version without radiation).

    Parameters
    ----------
    theta : array of float
        Air temperature, degC.
    e : array of float
        Vapour pressure, hPa.
    U : array of float
        Wind speed at 10 m, m/s.

    References
    ----------
    Steadman, R. G. (1994), Norms of apparent temperature in Australia, Australian Meteorological Magazine 43, 1-16.
    """
    warmth = np.asarray(theta, dtype=np.float64) + 0.33 * np.asarray(e, dtype=np.float64)
    return np.asarray(warmth - 0.70 * np.asarray(U, dtype=np.float64) - 4.0)


def _coefficients(over: str) -> _Magnus:
    if over not in ("water", "ice"):
        raise DataError(f"over is {over!r}, but the saturation vapour pressure is known over 'water' and over 'ice'.")
    return _WATER if over == "water" else _ICE
