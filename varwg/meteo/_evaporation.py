"""Reference evaporation of well-watered grass: Penman-Monteith (FAO-56), Hargreaves, Turc and Haude, in mm per day.

FAO-56 prints pressures in kPa and radiation in MJ m-2 d-1; here pressures are in hPa and radiation in W m-2, as all over
the package.

Sources: Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage Paper 56; for Turc and
Haude DVWK (1996), Ermittlung der Verdunstung von Land- und Wasserflaechen, Merkblatt 238.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from varwg._calendar import month_of_doy
from varwg.meteo._air import saturation_deficit

#: Energy (W m-2) that evaporates 1 mm per day: 2.45 MJ kg-1 in FAO-56.
WATTS_PER_MM: Final = 2.45e6 / 86400.0

#: Monthly factors of Haude (mm/hPa) for grass, January to December, DVWK (1996). Haeckel (1999), Meteorologie, prints 0.25 for
#: March and the same otherwise.
HAUDE_GRASS: Final = (0.20, 0.20, 0.21, 0.29, 0.29, 0.28, 0.26, 0.25, 0.23, 0.22, 0.20, 0.20)

#: Haude's formula is not valid above this amount (mm), by Haeckel (1999).
HAUDE_MAXIMUM: Final = 7.0


def fao_saturation(theta: ArrayLike) -> FloatArray:
    """Saturation vapour pressure in hPa as FAO-56 eq. 11 has it; 0.1 % from that of `varwg.meteo._air`."""
    temperature = np.asarray(theta, dtype=np.float64)
    return np.asarray(6.108 * np.exp(17.27 * temperature / (temperature + 237.3)))


def fao_pressure(elevation: ArrayLike) -> FloatArray:
    """Air pressure in hPa at an elevation in m, FAO-56 eq. 7."""
    height = np.asarray(elevation, dtype=np.float64)
    return np.asarray(1013.0 * ((293.0 - 0.0065 * height) / 293.0) ** 5.26)


def psychrometric_constant(pressure: ArrayLike) -> FloatArray:
    """Psychrometric constant in hPa/K at an air pressure in hPa, FAO-56 eq. 8."""
    return np.asarray(0.665e-3 * np.asarray(pressure, dtype=np.float64))


def actual_vapour_pressure(theta_min: ArrayLike, theta_max: ArrayLike, rh_min: ArrayLike, rh_max: ArrayLike) -> FloatArray:
    """Vapour pressure of the day in hPa from the extremes of temperature (degC) and relative humidity (share), FAO-56 eq. 17."""
    moist = fao_saturation(theta_min) * np.asarray(rh_max, dtype=np.float64)
    dry = fao_saturation(theta_max) * np.asarray(rh_min, dtype=np.float64)
    return np.asarray(0.5 * (moist + dry))


def penman_monteith(
    theta_min: ArrayLike,
    theta_max: ArrayLike,
    e: ArrayLike,
    U2: ArrayLike,
    net_radiation: ArrayLike,
    pressure: ArrayLike,
    *,
    ground_heat_flux: ArrayLike = 0.0,
) -> FloatArray:
    """Reference evaporation of a day or a longer period, mm/day (FAO-56 eq. 6).

    Parameters
    ----------
    theta_min, theta_max : array of float
        Extremes of the day's temperature, degC.
    e : array of float
        Vapour pressure, hPa.
    U2 : array of float
        Wind speed 2 m above the ground, m/s; see `varwg.meteo._wind.wind_at_height`.
    net_radiation : array of float
        Short-wave gain minus long-wave loss, W m-2; see `varwg.meteo._radiation`.
    pressure : array of float
        Air pressure, hPa.
    ground_heat_flux : array of float
        Heat into the ground, W m-2; 0 for single days.

    Returns
    -------
    array of float, broadcast shape
        Negative values are dew.
    """
    coldest, warmest = np.asarray(theta_min, dtype=np.float64), np.asarray(theta_max, dtype=np.float64)
    theta = 0.5 * (coldest + warmest)
    saturation = 0.5 * (fao_saturation(coldest) + fao_saturation(warmest))
    slope = 4098.0 * fao_saturation(theta) / (theta + 237.3) ** 2
    return _combination(theta, saturation, slope, e, U2, net_radiation, pressure, ground_heat_flux, 1.0)


def penman_monteith_hourly(
    theta: ArrayLike,
    e: ArrayLike,
    U2: ArrayLike,
    net_radiation: ArrayLike,
    pressure: ArrayLike,
    *,
    ground_heat_flux: ArrayLike | None = None,
) -> FloatArray:
    """Reference evaporation of an hour, mm/h (FAO-56 eq. 53).

    Parameters
    ----------
    theta, e, U2, net_radiation, pressure : array of float
        Hourly means, with the units of `penman_monteith`.
    ground_heat_flux : array of float, optional
        Heat into the ground, W m-2; by default a tenth of a positive net radiation and half of a negative one
        (FAO-56 eq. 45 and 46).

    Returns
    -------
    array of float, broadcast shape
    """
    temperature = np.asarray(theta, dtype=np.float64)
    net = np.asarray(net_radiation, dtype=np.float64)
    ground = np.where(net > 0.0, 0.1, 0.5) * net if ground_heat_flux is None else ground_heat_flux
    saturation = fao_saturation(temperature)
    slope = 4098.0 * saturation / (temperature + 237.3) ** 2
    # FAO-56 rounds 900 / 24 to 37.
    return np.asarray(_combination(temperature, saturation, slope, e, U2, net, pressure, ground, 37.0 * 24.0 / 900.0) / 24.0)


def _combination(
    theta: FloatArray,
    saturation: FloatArray,
    slope: FloatArray,
    e: ArrayLike,
    U2: ArrayLike,
    net_radiation: ArrayLike,
    pressure: ArrayLike,
    ground_heat_flux: ArrayLike,
    rounding: float,
) -> FloatArray:
    """The combination equation with the resistances of the reference grass, mm/day."""
    gamma = psychrometric_constant(pressure)
    wind = np.asarray(U2, dtype=np.float64)
    energy = np.asarray(net_radiation, dtype=np.float64) - np.asarray(ground_heat_flux, dtype=np.float64)
    deficit = saturation - np.asarray(e, dtype=np.float64)
    radiative = slope * 0.408 * 86400e-6 * energy  # FAO-56 rounds 1 / 2.45 to 0.408
    aerodynamic = gamma * rounding * 90.0 / (theta + 273.0) * wind * deficit
    return np.asarray((radiative + aerodynamic) / (slope + gamma * (1.0 + 0.34 * wind)))


def hargreaves(theta_min: ArrayLike, theta_max: ArrayLike, potential: ArrayLike) -> FloatArray:
    """Reference evaporation from temperature alone, mm/day (Hargreaves and Samani 1985; FAO-56 eq. 52).

    Parameters
    ----------
    theta_min, theta_max : array of float
        Extremes of the day's temperature, degC.
    potential : array of float
        Radiation at the top of the atmosphere, W m-2; see `varwg.meteo._sun.potential_radiation`.

    Returns
    -------
    array of float, broadcast shape
        At least 0, which very cold days would fall below.
    """
    coldest, warmest = np.asarray(theta_min, dtype=np.float64), np.asarray(theta_max, dtype=np.float64)
    span = np.sqrt(np.maximum(warmest - coldest, 0.0))
    water = 0.408 * 86400e-6 * np.asarray(potential, dtype=np.float64)
    return np.asarray(np.maximum(0.0023 * (0.5 * (coldest + warmest) + 17.8) * span * water, 0.0))


def turc(theta: ArrayLike, rh: ArrayLike, radiation: ArrayLike) -> FloatArray:
    """Potential evaporation after Turc (1961) for daily values, mm/day.

    Parameters
    ----------
    theta : array of float
        Mean temperature of the day, degC.
    rh : array of float
        Mean relative humidity, share of 1; below 0.5 the air is dry and the evaporation raised.
    radiation : array of float
        Global radiation, W m-2.

    Returns
    -------
    array of float, broadcast shape
        0 in frost, where the formula has no validity.

    References
    ----------
    Turc, L. (1961), Evaluation des besoins en eau d'irrigation, evapotranspiration potentielle, Ann. Agron. 12, 13-49,
    in the form ET = 0.013 C (Rs + 50) T / (T + 15) with Rs in cal cm-2 d-1.
    """
    temperature, share = np.asarray(theta, dtype=np.float64), np.asarray(rh, dtype=np.float64)
    calories = np.asarray(radiation, dtype=np.float64) * 8.64 / 4.1868
    dryness = 1.0 + np.maximum(50.0 - 100.0 * share, 0.0) / 70.0
    warmth = np.maximum(temperature, 0.0) / (np.maximum(temperature, 0.0) + 15.0)
    return np.asarray(0.013 * dryness * (calories + 50.0) * warmth)


def haude(theta_14: ArrayLike, rh_14: ArrayLike, doy: ArrayLike, *, factors: tuple[float, ...] = HAUDE_GRASS) -> FloatArray:
    """Potential evaporation after Haude (1955), mm/day: a monthly factor times the saturation deficit at 14 h local time.

    Parameters
    ----------
    theta_14, rh_14 : array of float
        Temperature (degC) and relative humidity (share of 1) at 14 h.
    doy : array of int
        Rows of a seasonal table (0 to 365), for the month.
    factors : tuple of 12 floats
        mm/hPa, January to December; by default those of grass.

    Returns
    -------
    array of float, broadcast shape
        At most `HAUDE_MAXIMUM`.
    """
    months = month_of_doy()[np.asarray(doy)]
    amount = np.asarray(factors)[months] * np.maximum(saturation_deficit(theta_14, rh_14), 0.0)
    return np.asarray(np.minimum(amount, HAUDE_MAXIMUM))
