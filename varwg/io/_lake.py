"""What lake models are driven with: complete series of one station, taken from the data or derived from other variables.

Nothing is filled in. A variable that is neither there nor derivable, a missing value, a gap and an impossible value are
errors; every derivation is told to the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg._calendar import doy_index
from varwg._variables import VARIABLES, with_unit
from varwg.errors import DataError
from varwg.io._series import LOGGER, Place, Series, to_dataset
from varwg.io._sources import Member
from varwg.io._standard import in_package_units, one_station, require_regular, shown, step_seconds, tidy_dataset
from varwg.io._table import NAMELESS
from varwg.io._unknown import by_role
from varwg.meteo import _air as humidity
from varwg.meteo import _air as pressure
from varwg.meteo import _radiation as radiation
from varwg.meteo import _sun as solar

if TYPE_CHECKING:
    import xarray as xr

#: Names of variables, and the function of their values that makes another.
_Way: TypeAlias = tuple[tuple[str, ...], Callable[..., FloatArray]]

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

    def has(self, *names: str) -> bool:
        """Whether one of some variables is in the data."""
        return any(name in self.dataset.data_vars for name in names)

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
    dataset = in_package_units(by_role(one_station(tidy_dataset(data), format_name)))
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
    """A value with seven significant digits, as many as single precision has, and no superfluous ones."""
    return f"{value:.7g}"


def rows(times: Sequence[str], columns: Sequence[FloatArray], delimiter: str) -> list[str]:
    """Lines of a table."""
    listed = [column.tolist() for column in columns]
    return [delimiter.join([time, *map(number, values)]) for time, *values in zip(times, *listed, strict=True)]


def dataset_of(times: TimeArray, columns: Mapping[str, FloatArray], member: Member, place: Place | None = None) -> xr.Dataset:
    """What a forcing file holds, as a tidy Dataset of one station.

    Parameters
    ----------
    times : array of datetime64, shape (T,)
    columns : mapping of str to array, each of shape (T,)
        By variable, in the units of the packages.
    member : Member
        The file.
    place : Place, optional
        The station and where it is, as far as the file says so.
    """
    station = (place.name if place is not None else "") or NAMELESS
    series = [Series(station, name, times, values, member.name) for name, values in columns.items()]
    return to_dataset(series, {} if place is None else {station: place}, str(member.path.name))


def numbers_of(lines: Sequence[str], n_skipped: int, member: Member) -> FloatArray:
    """The numbers in rows of equal length, shape (rows, columns), after `n_skipped` words in each.

    Raises
    ------
    DataError
        If something is not a number, or the rows differ in length.
    """
    rows_of_words = [line.split()[n_skipped:] for line in lines]
    try:
        table = np.array(rows_of_words, dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{member} is damaged ({error}): rows of {len(rows_of_words[0])} numbers were expected.") from error
    if table.ndim != 2 or table.size == 0:
        raise DataError(f"{member} has no rows of numbers: it is empty or damaged.")
    return table


def _derivations(name: str, weather: Forcing) -> tuple[_Way, ...]:
    """Ways to make a variable of others: their names and a function of their values."""
    daily = weather.step_seconds == _DAY
    latitude, elevation = (float(weather.dataset[key].values[0]) for key in ("latitude", "elevation"))
    ways: tuple[_Way, ...] = ()
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
    elif not np.isnan(latitude) and weather.times.size % round(_DAY / weather.step_seconds) == 0:
        ways += _from_days_of_hours(name, latitude, weather)
    return ways


def _from_days_of_hours(name: str, latitude: float, weather: Forcing) -> tuple[_Way, ...]:
    """Ways to make radiation and clouds of steps: short-wave radiation by Angstrom's formula, its sum over each day that of the
    day's sunshine; clouds and long-wave radiation from the cloudiness of days, by lines from midday to midday."""
    n_steps = round(_DAY / weather.step_seconds)
    doy = doy_index(weather.times[::n_steps])
    length, potential = solar.day_length(latitude, doy), solar.potential_radiation(latitude, doy)

    def clouds(sunshine: FloatArray) -> FloatArray:
        cover = radiation.clouds_from_sunshine(np.minimum(sunshine, length), length)
        # The polar night shows no sun: its clouds are those of the nearest days that do.
        seen = np.flatnonzero(np.isfinite(cover))
        middles = (np.arange(weather.times.size) + 0.5) / n_steps
        return np.interp(middles, seen + 0.5, cover[seen]) if seen.size else np.full(middles.size, np.nan)

    def from_radiation(arriving: FloatArray) -> FloatArray:
        return clouds(radiation.sunshine_from_radiation(arriving.reshape(-1, n_steps).mean(axis=1), length, potential))

    def from_sunshine(sun: FloatArray) -> FloatArray:
        return clouds(sun.reshape(-1, n_steps).sum(axis=1))

    def shortwave(sun: FloatArray) -> FloatArray:
        # The sun is highest where the record shows it, as steps may be in any zone.
        noon = solar.noon_of_record(sun.reshape(-1, n_steps), float(weather.dataset["longitude"].values[0]))
        above = solar.potential_radiation_of_steps(
            latitude, 15.0 * (12.0 - noon), weather.times, step_seconds=weather.step_seconds
        )
        steps = radiation.radiation_from_sunshine(sun, np.full(sun.size, 24.0 / n_steps), above).reshape(-1, n_steps)
        total = np.minimum(sun.reshape(-1, n_steps).sum(axis=1), length)
        wanted, mean = radiation.radiation_from_sunshine(total, length, potential), steps.mean(axis=1)
        return np.asarray((steps * np.where(mean > 0.0, wanted / np.maximum(mean, 1e-9), 0.0)[:, None]).ravel())

    if name == "Qsw":
        return ((("sun",), shortwave),)
    if name == "Cloud_Cover":
        return ((("sun",), from_sunshine), (("Qsw",), from_radiation))
    if name == "ILWR":
        return (
            (("theta", "sun"), lambda theta, sun: radiation.longwave_tva(theta, from_sunshine(sun))),
            (("theta", "Qsw"), lambda theta, arriving: radiation.longwave_tva(theta, from_radiation(arriving))),
        )
    return ()


def _from_sunshine(name: str, latitude: float, doy: IntArray) -> tuple[_Way, ...]:
    """Ways that the astronomical day opens, which need the latitude and daily values."""
    length, potential = solar.day_length(latitude, doy), solar.potential_radiation(latitude, doy)

    def clouds(sun: FloatArray) -> FloatArray:
        return radiation.clouds_from_sunshine(sun, length)

    def sunshine(arriving: FloatArray) -> FloatArray:
        return radiation.sunshine_from_radiation(arriving, length, potential)

    if name == "Qsw":
        return ((("sun",), lambda sun: radiation.radiation_from_sunshine(np.minimum(sun, length), length, potential)),)
    if name == "Cloud_Cover":
        return ((("sun",), clouds), (("Qsw",), lambda arriving: clouds(sunshine(arriving))))
    if name == "ILWR":
        return (
            (("theta", "sun"), lambda theta, sun: radiation.longwave_tva(theta, clouds(sun))),
            (("theta", "Qsw"), lambda theta, arriving: radiation.longwave_tva(theta, clouds(sunshine(arriving)))),
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
    variable = next((usual for usual in VARIABLES if usual.name == name), None)
    if variable is None:
        return
    wrong = (values < variable.possible_min) | (values > variable.possible_max)
    if wrong.any():
        raise DataError(
            f"{name} at {weather.station} is {with_unit(values[wrong][0], variable)} on {shown(weather.times[wrong][0])}, but "
            f"{variable.possible_min:g} to {variable.possible_max:g} are possible: correct it."
        )
