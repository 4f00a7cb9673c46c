"""How much sun each step of a day can have, by the clock of the record."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.arrays import FloatArray
from varwg.calendar import N_DOYS, daily_times
from varwg.meteo.solar import SUNRISE_ALTITUDE, day_length
from varwg.meteo.solar_time import equation_of_time, potential_radiation_of_steps
from varwg.variables import Variable

#: Quantile of the values at each step that shows the course of a clear day.
_CLEAR: Final = 0.9


def by_the_sun(variable: Variable) -> bool:
    """Whether the sun limits the variable."""
    return variable.upper_bound in ("potential_radiation", "day_length")


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


def ceiling(variable: Variable, latitude: float, noon: float, n_steps: int) -> FloatArray | None:
    """The most that each step of each day of the year can have, shape (366, n_steps); None where nothing limits it.

    The mean (of radiation) or sum (of sunshine) over a day is `varwg.observations.container.upper_bound`. Without a
    latitude sunshine is limited by the length of the step and radiation not at all.
    """
    if variable.upper_bound == "day_length":
        if np.isnan(latitude):
            return np.full((N_DOYS, n_steps), 24.0 / n_steps)
        return _sunlit_hours(latitude, noon, n_steps)
    if np.isnan(latitude):
        return None
    seconds = 86400.0 / n_steps
    starts = (np.arange(n_steps) * seconds * 1e9).astype("timedelta64[ns]")
    times = daily_times("2000-01-01", N_DOYS)[:, None] + starts
    return potential_radiation_of_steps(latitude, 15.0 * (12.0 - noon), times, step_seconds=seconds)


def _sunlit_hours(latitude: float, noon: float, n_steps: int) -> FloatArray:
    """Hours of each step between sunrise and sunset."""
    rows = np.arange(N_DOYS)
    half = 0.5 * day_length(latitude, rows, altitude=SUNRISE_ALTITUDE)[:, None]
    highest = (noon - equation_of_time(rows) / 60.0)[:, None]
    begin = np.arange(n_steps) * 24.0 / n_steps
    hours = np.zeros((N_DOYS, n_steps))
    for turn in (-24.0, 0.0, 24.0):
        sunrise, sunset = highest - half + turn, highest + half + turn
        hours += np.clip(begin + 24.0 / n_steps, sunrise, sunset) - np.clip(begin, sunrise, sunset)
    return hours
