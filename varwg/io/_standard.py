"""The tidy Dataset that all readers make and all writers take, and its NetCDF file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg._calendar import encoded_times
from varwg._persistence import NETCDF_STARTS, WEATHER, write_dataset
from varwg._variables import SECONDS_PER_DAY, VARIABLES, Variable, conversion, spellings_for, unit_in_words
from varwg.errors import DataError, UnitError
from varwg.io._layout import tidy
from varwg.io._plausible import require_plausible, without_codes
from varwg.io._series import LOGGER, Place, station_coordinates, variable_attributes
from varwg.io._sources import PathLike, open_netcdf, readable

if TYPE_CHECKING:
    import xarray as xr


def tidy_dataset(data: Any) -> xr.Dataset:
    """Any of the layouts that `varwg.read_observations` knows, or Observations or a Simulation, as a tidy Dataset.

    Raises
    ------
    DataError
        If it is in another layout.
    """
    import xarray as xr

    if hasattr(data, "to_dataset") and not isinstance(data, xr.DataArray):
        data = data.to_dataset()
    dataset = tidy(data)[0]
    names: dict[str, Place] = {}
    if isinstance(data, xr.Dataset):
        dataset = dataset.assign_attrs(data.attrs)
        names = _station_names(data, dataset)
    described = station_coordinates([str(name) for name in dataset["station"].values], names)
    for name in ("station", "latitude", "longitude", "elevation"):
        dataset[name].attrs.update(described[name][2])
    return dataset.assign_coords(station_name=described["station_name"]) if names else dataset


def _station_names(data: xr.Dataset, dataset: xr.Dataset) -> dict[str, Place]:
    """Names that the data have besides the identifiers of their stations."""
    held = data.coords.get("station_name")
    if held is None or held.size != dataset.sizes["station"] or "station" not in data.coords:
        return {}
    texts = [str(text) for text in np.ravel(held.values)]
    return {str(label): Place(text) for label, text in zip(dataset["station"].values, texts, strict=True)}


def in_package_units(dataset: xr.Dataset) -> xr.Dataset:
    """A tidy Dataset with the variables of the table in its units; missing-value codes become NaN, others stay as they are.

    A variable without a unit is taken to be in that of the table if all its values are possible there.

    Raises
    ------
    UnitError
        If a unit is unknown or wrong by the values, or missing and not to be guessed.
    """
    step = step_seconds(dataset["time"].values)
    converted = dataset.copy()
    for variable in VARIABLES:
        if variable.name in dataset.data_vars:
            array = dataset[variable.name]
            unit = str(array.attrs.get("units", ""))
            values = _converted(array.values.astype(np.float64), unit, variable, step)
            if step == SECONDS_PER_DAY:
                for row, place in zip(values, dataset["station"].values, strict=True):
                    elevation = float(dataset["elevation"].sel(station=place).item())
                    require_plausible(row, variable, unit or None, str(place), elevation)
            attributes = {**array.attrs, **variable_attributes(variable.name)}
            converted[variable.name] = (array.dims, values, attributes)
    return converted


def _converted(raw: FloatArray, unit: str, variable: Variable, step: float) -> FloatArray:
    line = conversion(unit or variable.units, variable.units, step_seconds=step)
    if line is None:
        raise UnitError(
            f"{variable.name} is in {unit!r}, which cannot be converted to {unit_in_words(variable.units)}; expected one of "
            f"{', '.join(spellings_for(variable.units))}: declare it in the attribute 'units', in units= or by --units."
        )
    values = without_codes(raw.ravel(), variable, line)[0].reshape(raw.shape)
    values = values if line.scale == 1.0 and line.offset == 0.0 else line.scale * values + line.offset
    present = values[np.isfinite(values)]
    if not unit and present.size:
        if present.min() < variable.possible_min or present.max() > variable.possible_max:
            raise UnitError(
                f"{variable.name} has no unit, and its values from {present.min():g} to {present.max():g} are not all possible "
                f"in {unit_in_words(variable.units)}: declare the unit in the attribute 'units', in units= or by --units."
            )
        LOGGER.warning("%s has no unit and is taken to be in %s.", variable.name, unit_in_words(variable.units))
    return values


def one_station(dataset: xr.Dataset, format_name: str) -> xr.Dataset:
    """The tidy Dataset if it has one station.

    Raises
    ------
    DataError
        If it has several, or days after the year 9999, for which files of lines have no place.
    """
    last = dataset["time"].values[-1:]
    if (last > np.datetime64("9999-12-31T23:59:59")).any():
        raise DataError(
            f"the data go to {shown(last[0])}, but files of {format_name} have years of four digits: write the part up to "
            "9999-12-31, or NetCDF."
        )
    stations = [str(name) for name in dataset["station"].values]
    if len(stations) != 1:
        raise DataError(
            f"the data have the stations {', '.join(stations)}, but a {format_name} file holds one: choose it, for example with "
            f"dataset.sel(station=[{stations[0]!r}]) or --stations {stations[0]}."
        )
    return dataset


def step_seconds(times: TimeArray) -> float:
    """The most frequent step of a record in seconds; a day for a record of one time."""
    if times.size < 2:
        return 86400.0
    steps, counts = np.unique(np.diff(times), return_counts=True)
    return float(steps[counts.argmax()] / np.timedelta64(1, "s"))


def require_regular(times: TimeArray) -> None:
    """Refuse a record with a gap or another irregularity.

    Raises
    ------
    DataError
        Naming the first time that is not there.
    """
    step = np.timedelta64(round(step_seconds(times)), "s")
    wrong = np.diff(times) != step
    if wrong.any():
        expected = times[:-1][wrong][0] + step
        raise DataError(f"the time {shown(expected)} is not in the data, but lake models need every step: fill the gap first.")


def shown(time: np.datetime64) -> str:
    """A time for a message: a day alone at midnight."""
    return str(time.astype("datetime64[m]")).removesuffix("T00:00")


def read_netcdf(path: PathLike) -> xr.Dataset:
    """Read a NetCDF file as a tidy Dataset with dimensions (station, time).

    Raises
    ------
    DataError
        If it is not a NetCDF file or of none of the layouts that `varwg.read_observations` knows.
    """
    with open_netcdf(path) as dataset:
        plain = tidy_dataset(dataset)
        with readable(f"{path} cannot be read as NetCDF"):
            return plain.load()


def write_netcdf(data: Any, path: PathLike) -> None:
    """Write weather as a CF-compliant NetCDF file.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one or several stations.
    path : path
        Where to; an existing file is replaced in one step.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    dataset = tidy_dataset(data)
    dataset.attrs.setdefault("Conventions", "CF-1.10")
    dataset.attrs.setdefault("featureType", "timeSeries")
    compressed = {str(name): {"zlib": True, "complevel": 1} for name in dataset.data_vars}
    # What xarray makes of times by itself ends in the year 9999.
    counted = dataset.assign_coords(time=encoded_times(dataset["time"].variable))
    write_dataset(path, counted, WEATHER, encoding=compressed)


def is_netcdf(name: str, head: str) -> bool:
    """Whether a file is NetCDF, by its first bytes."""
    return head.startswith(tuple(start.decode("latin-1") for start in NETCDF_STARTS))
