"""Water vapour in the air: saturation, humidity in its many measures, dew point, wet bulb, and how it feels.

Temperatures are in degC, vapour pressures and air pressure in hPa, relative humidity as a share of 1.

Sources: WMO (2021), Guide to Instruments and Methods of Observation, WMO-No. 8, annex 4.B (Magnus formula,
psychrometer); others in the functions.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from varwg.arrays import FloatArray
from varwg.errors import DataError

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
