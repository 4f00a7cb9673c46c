"""What lake models are driven with: complete series of one station, taken from the data or derived from other variables.

Nothing is filled in. A variable that is neither there nor derivable, a missing value, a gap and an impossible value are
errors; every derivation is told to the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg.arrays import FloatArray, TimeArray
from varwg.calendar import doy_index
from varwg.errors import DataError
from varwg.io.series import LOGGER
from varwg.io.standard import in_package_units, one_station, require_regular, shown, step_seconds, tidy_dataset
from varwg.meteo import humidity, pressure, radiation, solar
from varwg.variables import VARIABLES

if TYPE_CHECKING:
    import xarray as xr

_DAY: Final = 86400.0


@dataclass(frozen=True, eq=False)
class Forcing:
    """Weather of one station on regular steps, in the units of the packages.

    Attributes
    ----------
    station : str
    times : array of datetime64, shape (T,)
        Beginnings of the steps.
    step_seconds : float
        Length of a step.
    dataset : xarray.Dataset
        The tidy weather of the station.
    format_name : str
        The model, for messages.
    """

    station: str
    times: TimeArray
    step_seconds: float
    dataset: xr.Dataset
    format_name: str

    def get(self, name: str) -> FloatArray:
        """A variable, from the data or else derived, shape (T,).

        Raises
        ------
        DataError
            If it is not there and cannot be derived, or has a missing or an impossible value.
        """
        values = self._given(name)
        if values is None:
            values = self._derived(name)
        _require_complete(values, name, self)
        return values

    def has(self, name: str) -> bool:
        """Whether a variable is in the data."""
        return name in self.dataset.data_vars

    def _can_get(self, name: str) -> bool:
        """Whether a derivation may build on a variable; of derived ones only on the mean temperature, to avoid circles."""
        return self.has(name) or (name == "theta" and self.has("theta_min") and self.has("theta_max"))

    def _given(self, name: str) -> FloatArray | None:
        return np.asarray(self.dataset[name].values[0], dtype=np.float64) if self.has(name) else None

    def _derived(self, name: str) -> FloatArray:
        """A variable made of others that are in the data."""
        for sources, derive in _derivations(name, self):
            if all(self._can_get(source) for source in sources):
                LOGGER.warning("%s is not in the data and was derived from %s.", name, " and ".join(sources) or "elevation")
                return np.asarray(derive(*(self.get(source) for source in sources)), dtype=np.float64)
        ways = [" and ".join(sources) for sources, _ in _derivations(name, self) if sources]
        remedy = f" It could be derived from {', or from '.join(ways)}." if ways else ""
        raise DataError(
            f"{name} is not in the data (there are {', '.join(map(str, self.dataset.data_vars))}), but {self.format_name} needs "
            f"it: add it.{remedy}"
        )


def forcing(data: Any, format_name: str) -> Forcing:
    """The weather of one station for a lake model.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one station at regular steps of at most a day.
    format_name : str
        The model, for messages.

    Raises
    ------
    DataError
        If there are several stations, or a time is not there.
    """
    dataset = in_package_units(one_station(tidy_dataset(data), format_name))
    times = dataset["time"].values
    require_regular(times)
    return Forcing(str(dataset["station"].values[0]), times, step_seconds(times), dataset, format_name)


def wind_components_of(weather: Forcing) -> tuple[FloatArray, FloatArray]:
    """Eastward and northward wind; without a direction the wind is taken to blow to the east, which the log tells."""
    if weather.has("u") and weather.has("v"):
        return weather.get("u"), weather.get("v")
    speed = weather.get("U")
    LOGGER.warning("the data have no wind direction: u is the wind speed and v is 0, which leaves heat fluxes as they are.")
    return speed, np.zeros_like(speed)


def number(value: float) -> str:
    """A value with nine significant digits and no superfluous ones."""
    return f"{value:.9g}"


def rows(times: Sequence[str], columns: Sequence[FloatArray], delimiter: str) -> list[str]:
    """Lines of a table."""
    listed = [column.tolist() for column in columns]
    return [delimiter.join([time, *map(number, values)]) for time, *values in zip(times, *listed, strict=True)]


def _derivations(name: str, weather: Forcing) -> tuple[tuple[tuple[str, ...], Any], ...]:
    """Ways to make a variable of others: their names and a function of their values."""
    daily = weather.step_seconds == _DAY
    latitude, elevation = (float(weather.dataset[key].values[0]) for key in ("latitude", "elevation"))
    ways: tuple[tuple[tuple[str, ...], Any], ...] = ()
    if name == "theta":
        ways = ((("theta_min", "theta_max"), lambda low, high: 0.5 * (low + high)),)
    elif name == "rh":
        ways = ((("theta", "e"), lambda theta, e: np.clip(humidity.relative_humidity(theta, e), 0.0, 1.0)),)
    elif name == "e":
        ways = ((("theta", "rh"), humidity.vapour_pressure),)
    elif name == "U":
        ways = ((("u", "v"), np.hypot),)
    elif name == "pressure" and not np.isnan(elevation):
        ways = (((), lambda: np.full(weather.times.size, float(pressure.standard_pressure(elevation)))),)
    elif name == "ILWR":
        ways = ((("theta", "Cloud_Cover"), radiation.longwave_tva),)
    elif name == "Cloud_Cover":
        ways = ((("ILWR", "theta"), radiation.clouds_from_longwave_tva),)
    if daily and not np.isnan(latitude):
        ways += _from_sunshine(name, latitude, doy_index(weather.times))
    return ways


def _from_sunshine(name: str, latitude: float, doy: Any) -> tuple[tuple[tuple[str, ...], Any], ...]:
    """Ways that the astronomical day opens, which need the latitude and daily values."""
    length, potential = solar.day_length(latitude, doy), solar.potential_radiation(latitude, doy)
    if name == "Qsw":
        return ((("sun",), lambda sun: radiation.radiation_from_sunshine(np.minimum(sun, length), length, potential)),)
    if name == "Cloud_Cover":
        return (
            (("sun",), lambda sun: radiation.clouds_from_sunshine(sun, length)),
            (
                ("Qsw",),
                lambda arriving: radiation.clouds_from_sunshine(
                    radiation.sunshine_from_radiation(arriving, length, potential), length
                ),
            ),
        )
    if name == "ILWR":
        return (
            (("theta", "sun"), lambda theta, sun: radiation.longwave_tva(theta, radiation.clouds_from_sunshine(sun, length))),
        )
    return ()


def _require_complete(values: FloatArray, name: str, weather: Forcing) -> None:
    """Refuse missing and impossible values: a lake model would take them for weather."""
    missing = ~np.isfinite(values)
    if missing.any():
        raise DataError(
            f"{name} at {weather.station} is missing on {shown(weather.times[missing][0])} ({int(missing.sum())} of "
            f"{values.size} values are missing), but {weather.format_name} needs every value: fill the gaps first, for example "
            "with a simulation, or choose a period without any."
        )
    variable = next((known for known in VARIABLES if known.name == name), None)
    if variable is None:
        return
    wrong = (values < variable.possible_min) | (values > variable.possible_max)
    if wrong.any():
        raise DataError(
            f"{name} at {weather.station} is {values[wrong][0]:g} {variable.units} on {shown(weather.times[wrong][0])}, but "
            f"{variable.possible_min:g} to {variable.possible_max:g} are possible: correct it."
        )
