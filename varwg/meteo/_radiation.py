"""Radiation at the ground: short-wave from sunshine, long-wave from temperature, humidity and clouds, and back.

Fluxes are daily means in W m-2, temperatures in degC, vapour pressures in hPa, cloud cover is a share of 1.

Sources: Allen et al. (1998), FAO Irrigation and Drainage Paper 56, chapter 3; Iziomon, Mayer, Matzarakis (2003),
Downward atmospheric longwave irradiance under clear and cloudy skies, J. Atmos. Sol.-Terr. Phys. 65, 1107-1116;
TVA (1972), Heat and mass transfer between a water surface and the atmosphere, Tennessee Valley Authority, report 14.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from varwg.meteo._air import ZERO_CELSIUS

#: Stefan-Boltzmann constant, W m-2 K-4.
STEFAN_BOLTZMANN: Final = 5.670374e-8

#: Albedo of the reference grass of FAO-56.
GRASS_ALBEDO: Final = 0.23

#: Coefficients of Angstrom's formula that FAO-56 recommends where none were calibrated.
ANGSTROM_A: Final = 0.25
ANGSTROM_B: Final = 0.50

_FAO_BOLTZMANN: Final = 4.903e-9 * 1e6 / 86400.0  # FAO-56 prints MJ K-4 m-2 d-1
_TVA_EMISSIVITY: Final = 0.937e-5  # K-2
_TVA_CLOUDS: Final = 0.17


class Iziomon(NamedTuple):
    """Coefficients X, Y (K/hPa) and Z (1/okta^2) of Iziomon et al. (2003)."""

    x: float
    y: float
    z: float


#: Iziomon et al., Bremgarten (212 m) and Feldberg (1489 m), both in the south-west of Germany. Models with clouds as a share
#: of 1 (Liston and Elder 2006) print Z as 0.224 and 0.320, which is 64 times these.
LOWLAND: Final = Iziomon(0.35, 10.0, 0.0035)
MOUNTAIN: Final = Iziomon(0.43, 11.5, 0.0050)


def radiation_from_sunshine(
    sun: ArrayLike, day_length: ArrayLike, potential: ArrayLike, *, a: float = ANGSTROM_A, b: float = ANGSTROM_B
) -> FloatArray:
    """Global radiation by Angstrom's formula (FAO-56 eq. 35).

    Parameters
    ----------
    sun, day_length : array of float
        Sunshine duration and day length, h.
    potential : array of float
        Radiation at the top of the atmosphere, in the unit that the result shall have.
    a, b : float
        Share of `potential` that arrives on a sunless day, and what a sunny day adds to it.

    Returns
    -------
    array of float, broadcast shape
    """
    length = np.asarray(day_length, dtype=np.float64)
    share = np.where(length > 0.0, _share(sun, length), 0.0)
    return np.asarray((a + b * share) * np.asarray(potential, dtype=np.float64))


def sunshine_from_radiation(
    radiation: ArrayLike, day_length: ArrayLike, potential: ArrayLike, *, a: float = ANGSTROM_A, b: float = ANGSTROM_B
) -> FloatArray:
    """Sunshine duration in h by Angstrom's formula, within 0 and `day_length`; 0 in the polar night.

    The inverse of `radiation_from_sunshine`, whose parameters it has.
    """
    hours, most = np.asarray(day_length, dtype=np.float64), np.asarray(potential, dtype=np.float64)
    share = np.where(most > 0.0, _share(radiation, most), 0.0)
    return np.asarray(np.clip((share - a) / b, 0.0, 1.0) * hours)


def clear_sky_radiation(potential: ArrayLike, elevation: ArrayLike = 0.0) -> FloatArray:
    """Global radiation on a cloudless day from that at the top of the atmosphere and the elevation in m (FAO-56 eq. 37)."""
    share = 0.75 + 2e-5 * np.asarray(elevation, dtype=np.float64)
    return np.asarray(share * np.asarray(potential, dtype=np.float64))


def radiation_from_temperature(
    theta_min: ArrayLike, theta_max: ArrayLike, potential: ArrayLike, *, coefficient: float = 0.16
) -> FloatArray:
    """Global radiation from the daily range of temperature, in the unit of `potential` (FAO-56 eq. 50).

    `coefficient` is 0.16 for places inland and 0.19 on coasts. At most the clear-sky radiation of sea level results.
    """
    span = np.asarray(theta_max, dtype=np.float64) - np.asarray(theta_min, dtype=np.float64)
    radiation = coefficient * np.sqrt(np.maximum(span, 0.0)) * np.asarray(potential, dtype=np.float64)
    return np.asarray(np.minimum(radiation, clear_sky_radiation(potential)))


def net_shortwave(radiation: ArrayLike, *, albedo: float = GRASS_ALBEDO) -> FloatArray:
    """Short-wave radiation that is not reflected, W m-2 (FAO-56 eq. 38)."""
    return np.asarray((1.0 - albedo) * np.asarray(radiation, dtype=np.float64))


def net_longwave_loss(
    theta_min: ArrayLike, theta_max: ArrayLike, e: ArrayLike, radiation: ArrayLike, clear_sky: ArrayLike
) -> FloatArray:
    """Net long-wave radiation that a grass surface loses, W m-2 (FAO-56 eq. 39).

    Parameters
    ----------
    theta_min, theta_max : array of float
        Extremes of the day's temperature, degC.
    e : array of float
        Vapour pressure, hPa.
    radiation, clear_sky : array of float
        Global radiation of the day and of a cloudless one, W m-2; their ratio counts as at most 1, and as 1 in the
        polar night.

    Returns
    -------
    array of float, broadcast shape
        Positive when the surface loses energy.
    """
    warmest, coldest = (np.asarray(theta, dtype=np.float64) + 273.16 for theta in (theta_max, theta_min))
    emitted = _FAO_BOLTZMANN * 0.5 * (warmest**4 + coldest**4)
    moisture = 0.34 - 0.14 * np.sqrt(np.asarray(e, dtype=np.float64) / 10.0)
    clear = np.asarray(clear_sky, dtype=np.float64)
    ratio = np.where(clear > 0.0, _share(radiation, clear), 1.0)
    return np.asarray(emitted * moisture * (1.35 * np.minimum(ratio, 1.0) - 0.35))


def black_body(theta: ArrayLike) -> FloatArray:
    """Radiation of a black body at a temperature (degC), W m-2."""
    return np.asarray(STEFAN_BOLTZMANN * (np.asarray(theta, dtype=np.float64) + ZERO_CELSIUS) ** 4)


def longwave_iziomon(theta: ArrayLike, e: ArrayLike, clouds: ArrayLike, *, site: Iziomon = LOWLAND) -> FloatArray:
    """Long-wave radiation from the sky, W m-2, from temperature, humidity and clouds (Iziomon et al. 2003, eq. 6 and 13).

    Parameters
    ----------
    theta : array of float
        Air temperature, degC.
    e : array of float
        Vapour pressure, hPa.
    clouds : array of float
        Cloud cover, share of 1.
    site : Iziomon
        Coefficients: `LOWLAND` or `MOUNTAIN`.

    Returns
    -------
    array of float, broadcast shape
    """
    oktas = 8.0 * np.asarray(clouds, dtype=np.float64)
    return np.asarray(_clear_iziomon(theta, e, site) * (1.0 + site.z * oktas**2))


def clouds_from_longwave_iziomon(longwave: ArrayLike, theta: ArrayLike, e: ArrayLike, *, site: Iziomon = LOWLAND) -> FloatArray:
    """Cloud cover (share of 1, within 0 and 1): the inverse of `longwave_iziomon` where there is one."""
    excess = _share(longwave, _clear_iziomon(theta, e, site)) - 1.0
    return np.asarray(np.clip(np.sqrt(np.maximum(excess, 0.0) / site.z) / 8.0, 0.0, 1.0))


def longwave_tva(theta: ArrayLike, clouds: ArrayLike) -> FloatArray:
    """Long-wave radiation from the sky, W m-2, from temperature and clouds (TVA 1972, as lake models use it).

    The emissivity of the clear sky is Swinbank's, 0.937e-5 T^2 with T in K; clouds of the share C raise it by the factor
    1 + 0.17 C^2.
    """
    cover = np.asarray(clouds, dtype=np.float64)
    return np.asarray(_clear_tva(theta) * (1.0 + _TVA_CLOUDS * cover**2))


def clouds_from_longwave_tva(longwave: ArrayLike, theta: ArrayLike) -> FloatArray:
    """Cloud cover (share of 1, within 0 and 1): the inverse of `longwave_tva` where there is one."""
    excess = _share(longwave, _clear_tva(theta)) - 1.0
    return np.asarray(np.clip(np.sqrt(np.maximum(excess, 0.0) / _TVA_CLOUDS), 0.0, 1.0))


def clouds_from_sunshine(sun: ArrayLike, day_length: ArrayLike) -> FloatArray:
    """Cloud cover (share of 1) as the share of the day without sunshine; NaN in the polar night, which shows nothing."""
    return np.asarray(np.clip(1.0 - _share(sun, day_length), 0.0, 1.0))


def _clear_iziomon(theta: ArrayLike, e: ArrayLike, site: Iziomon) -> FloatArray:
    kelvin = np.asarray(theta, dtype=np.float64) + ZERO_CELSIUS
    emissivity = 1.0 - site.x * np.exp(-site.y * np.asarray(e, dtype=np.float64) / kelvin)
    return np.asarray(emissivity * black_body(theta))


def _clear_tva(theta: ArrayLike) -> FloatArray:
    kelvin = np.asarray(theta, dtype=np.float64) + ZERO_CELSIUS
    return np.asarray(_TVA_EMISSIVITY * kelvin**2 * black_body(theta))


def _share(part: ArrayLike, whole: ArrayLike) -> FloatArray:
    """part / whole, NaN where there is no whole."""
    total = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.asarray(part, dtype=np.float64) / np.where(total > 0.0, total, np.nan))
