"""Change factors from two simulations of a climate model: files as CMIP has them, in any calendar."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from varwg._arrays import FloatArray, IntArray
from varwg._variables import Variable, conversion, unit_in_words, with_unit
from varwg.errors import DataError
from varwg.io._plausible import possible
from varwg.io._sources import open_netcdf, readable
from varwg.rain import WET_THRESHOLD, is_wet
from varwg.scenarios._factors import ChangeFactors

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["climate_factors"]

_LOG: Final = logging.getLogger("varwg.scenarios")
#: Simulations as paths or Datasets; several are members that are pooled.
Simulations: TypeAlias = Any

#: Names of variables in CMIP, by those of this package.
_CMIP: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "theta": ("tas",),
        "theta_min": ("tasmin",),
        "theta_max": ("tasmax",),
        "R": ("pr",),
        "rh": ("hurs",),
        "Qsw": ("rsds",),
        "ILWR": ("rlds",),
        "U": ("sfcWind",),
        "u": ("uas",),
        "v": ("vas",),
        "pressure": ("ps", "psl"),
        "Cloud_Cover": ("clt",),
    }
)
_LATITUDES: Final = ("lat", "latitude", "nav_lat")
_LONGITUDES: Final = ("lon", "longitude", "nav_lon")
#: Dimensions along which simulations are pooled.
_MEMBERS: Final = ("member", "realization", "ensemble", "number", "model", "variant_label")
#: Share of values that may be impossible, as those of climate models sometimes are.
_MOST_IMPOSSIBLE: Final = 0.001
#: Attribute of cells that says how far they are.
_NEAREST: Final = "nearest"
#: The quantile of the tail.
_TAIL: Final = 0.99
#: Distances from which on the nearest cell is told, in km.
_FAR: Final = 100.0
_EARTH_RADIUS: Final = 6371.0
_FEWEST_DAYS: Final = 20
_MOST_QUANTILES: Final = 1000
#: Smallest and largest factor.
_LEAST, _MOST = 0.01, 10.0


@dataclass(frozen=True, eq=False)
class _Series:
    """Daily values of a variable near stations.

    Attributes
    ----------
    values : array, shape (C, N)
        Values in the unit of the package, by cell.
    months : array of int, shape (N,)
        Calendar month of each, 0 to 11.
    said : str
        What they were read from.
    """

    values: FloatArray
    months: IntArray
    said: str


def climate_factors(
    historical: Simulations,
    future: Simulations,
    *,
    stations: Sequence[str],
    variables: Sequence[Variable],
    latitude: FloatArray | None = None,
    longitude: FloatArray | None = None,
    quantiles: Sequence[float] | int | None = None,
) -> ChangeFactors:
    """Change factors between two periods of a climate model, by station and calendar month.

    Temperatures get the change of the mean and the factor of the standard deviation of days; precipitation the factors of
    the frequency and the mean of days with 1 mm or more and of their 99 % quantile; what else cannot be negative the
    factors of mean and standard deviation. With `quantiles`, changes (temperatures) or factors of quantiles take their
    place, which is quantile delta mapping applied to the distributions (Cannon et al. 2015, doi:10.1175/JCLI-D-14-00754.1).

    Parameters
    ----------
    historical, future : path, Dataset, or a sequence of such
        CF files with daily values under the names of CMIP, of this package, or CF standard names; several (a path may be a
        directory or a pattern), or a dimension of members, are pooled. All calendars are read.
    stations : sequence of str
        Names of S stations.
    variables : sequence of Variable
        Variables of the model; those that the files do not hold stay as they are, which is logged.
    latitude, longitude : array, shape (S,), optional
        Where the stations are; needed if the files have more than one cell, of which each gets the nearest.
    quantiles : sequence of float or int, optional
        Probabilities, or how many.

    Returns
    -------
    ChangeFactors
        With a line about what was read for each variable.

    Raises
    ------
    DataError
        If the files hold no variable of the model, a unit cannot be converted, or cells cannot be chosen.
    """
    places = _Places(tuple(stations), latitude, longitude)
    probabilities = None if quantiles is None else _probabilities(quantiles)
    before, after = (_opened(simulations) for simulations in (historical, future))
    changes: dict[str, Any] = {}
    lines: list[str] = []
    same = True
    for variable in variables:
        pair = [_series(period, variable, places) for period in (before, after)]
        if pair[0] is None or pair[1] is None:
            _LOG.warning("%s is not in both climate simulations and gets no change.", variable.name)
            lines.append(f"{variable.name}: not in both, no change")
            continue
        changes[variable.name] = _entries(variable, pair[0], pair[1], probabilities)
        same = same and np.array_equal(pair[0].values, pair[1].values, equal_nan=True)
        lines.append(f"{variable.name}: {pair[0].said}, against {pair[1].said}")
    if not changes:
        names = ", ".join(variable.name for variable in variables)
        raise DataError(f"the climate simulations hold none of the variables {names}: name them as CMIP does, such as tas or pr.")
    factors = ChangeFactors.of(changes, tuple(stations))
    if factors is None or same:
        raise DataError("the climate simulations differ in nothing: give two periods.")
    for line in lines:
        _LOG.info("%s", line)
    return replace(factors, source=tuple(lines))


@dataclass(frozen=True, eq=False)
class _Places:
    """Where factors are wanted."""

    stations: tuple[str, ...]
    latitude: FloatArray | None
    longitude: FloatArray | None


def _probabilities(quantiles: Sequence[float] | int) -> list[float]:
    if np.ndim(quantiles) == 0 and not (isinstance(quantiles, (int, np.integer)) and 2 <= quantiles <= _MOST_QUANTILES):
        raise DataError(
            f"quantiles is {quantiles!r}, but their number, from 2 to {_MOST_QUANTILES}, or probabilities are expected: "
            "give such."
        )
    if isinstance(quantiles, (int, np.integer)):
        return list((np.arange(int(quantiles)) + 0.5) / int(quantiles))
    return [float(value) for value in np.atleast_1d(np.asarray(quantiles, dtype=np.float64))]


def _opened(simulations: Simulations) -> list[xr.Dataset]:
    """Datasets with the dates of their own calendars."""
    import xarray as xr

    several = list(simulations) if isinstance(simulations, (list, tuple)) else [simulations]
    datasets = []
    for one in [part for own in several for part in _files_of(own)]:
        if isinstance(one, xr.Dataset):
            datasets.append(one)
            continue
        calendars: dict[str, Any] = {"use_cftime": True}
        if hasattr(xr, "coders"):
            calendars = {"decode_times": xr.coders.CFDatetimeCoder(use_cftime=True)}
        datasets.append(open_netcdf(one, "a climate simulation in NetCDF with CF times", **calendars))
    if not datasets:
        raise DataError("there are no climate simulations: give a path or a Dataset for each of the two periods.")
    return datasets


def _files_of(simulations: Simulations) -> list[Simulations]:
    """A Dataset or a file, or the files of a directory or of a pattern such as tas_day_*.nc."""
    if not isinstance(simulations, (str, Path)):
        return [simulations]
    path = Path(simulations)
    pattern = "*.nc" if path.is_dir() else path.name if any(sign in path.name for sign in "*?[") and not path.exists() else ""
    if not pattern:
        return [path]
    files = sorted((path if path.is_dir() else path.parent).glob(pattern))
    if not files:
        raise DataError(f"{path} holds no file {pattern}: check the path.")
    return list(files)


def _series(datasets: Sequence[xr.Dataset], variable: Variable, places: _Places) -> _Series | None:
    """All days of a variable of some Datasets, at the cells of the stations."""
    pieces = [part for dataset in datasets for part in _parts(dataset, variable, places)]
    if not pieces:
        return None
    values = np.concatenate([piece.values for piece in pieces], axis=1)
    missing = int(np.isnan(values).sum())
    said = f"{' and '.join(dict.fromkeys(piece.said for piece in pieces))}, {values.shape[1]} days"
    said += f" of {len(pieces)} members or files" if len(pieces) > 1 else ""
    return _Series(
        values, np.concatenate([piece.months for piece in pieces]), said + (f", {missing} values missing" if missing else "")
    )


def _parts(dataset: xr.Dataset, variable: Variable, places: _Places) -> Iterator[_Series]:
    """The days of each member of a Dataset."""
    array = _array_of(dataset, variable)
    if array is None:
        return
    if "time" not in array.dims:
        raise DataError(f"{array.name} has the dimensions {', '.join(map(str, array.dims))}, but time is needed: check the file.")
    time = array["time"]
    months = np.asarray(time.dt.month.values, dtype=np.intp) - 1
    if np.unique(time.values).size < time.size:
        raise DataError(f"{array.name} has {time.size - np.unique(time.values).size} days more than once: leave these out.")
    step = np.median(np.diff(time.values)) / (timedelta(days=1) if time.dtype == object else np.timedelta64(1, "D"))
    if time.size > 1 and step != 1.0:
        raise DataError(f"{array.name} has a value every {step:g} days, but daily ones are needed: take the daily files.")
    if not array.attrs.get("units"):
        raise DataError(f"{array.name} has no units: write them to the file, such as K or kg m-2 s-1.")
    line = conversion(str(array.attrs["units"]), variable.units, step_seconds=86400.0)
    if line is None:
        raise DataError(
            f"{array.name} is in {array.attrs.get('units')!r}, which cannot be converted to {unit_in_words(variable.units)}."
        )
    cells = _cells(array, places)
    span = " to ".join(str(time.values[end])[:10] for end in (0, -1))
    said = f"{array.name} [{array.attrs['units']}] {span} ({time.dt.calendar}){cells.attrs.get(_NEAREST, '')}"
    member = next((dim for dim in _MEMBERS if dim in cells.dims), None)
    for one in [cells] if member is None else [cells.isel({member: n}) for n in range(cells.sizes[member])]:
        spare = [str(dim) for dim in one.dims if dim not in ("time", "station")]
        if spare:
            raise DataError(f"{array.name} has the dimension {spare[0]} too: choose one of its entries.")
        with readable(f"the file behind {array.name} cannot be read"):
            values = np.asarray(one.transpose("station", "time").values, dtype=np.float64)
        values = values * line.scale + line.offset
        wrong = values[np.isfinite(values) & ~possible(values, variable)]
        if wrong.size > _MOST_IMPOSSIBLE * values.size:
            worst = with_unit(wrong[np.abs(wrong).argmax()], variable)
            raise DataError(
                f"{array.name} in {array.attrs['units']} has {worst} among {wrong.size} of {values.size} values that are not "
                f"{variable.possible_min:g} to {variable.possible_max:g}, which are possible: check its units."
            )
        if variable.is_precipitation and 0.0 < np.nanmax(values, initial=0.0) < WET_THRESHOLD:
            raise DataError(
                f"{array.name} in {array.attrs['units']} has at most {with_unit(np.nanmax(values), variable)} on any of "
                f"{values.shape[1]} days: check its units."
            )
        yield _Series(values, months, said)


def _array_of(dataset: xr.Dataset, variable: Variable) -> xr.DataArray | None:
    """The variable of a Dataset, by its names or, if it is the only one of its kind, by its standard name."""
    for name in (variable.name, variable.role, *_CMIP.get(variable.role, ())):
        if name in dataset.data_vars:
            return dataset[name]
    if variable.is_precipitation and "pr" in dataset.data_vars:
        return dataset["pr"]
    if not variable.standard_name or variable.aggregation in ("min", "max"):
        return None
    named = [array for array in dataset.data_vars.values() if array.attrs.get("standard_name") == variable.standard_name]
    return named[0] if len(named) == 1 else None


def _cells(array: xr.DataArray, places: _Places) -> xr.DataArray:
    """The array with a dimension of stations in place of its grid; the nearest cell for each."""
    import xarray as xr

    n_stations = len(places.stations)
    latitude, longitude = (_coordinate(array.squeeze(), names) for names in (_LATITUDES, _LONGITUDES))
    grid = [dim for dim in array.dims if dim not in ("time", *_MEMBERS) and array.sizes[dim] > 1]
    array = array.isel({dim: 0 for dim in array.dims if dim not in ("time", *_MEMBERS, *grid)})
    if "station" in grid and list(map(str, array["station"].values)) == list(places.stations):
        return array
    if latitude is None or longitude is None or places.latitude is None or places.longitude is None:
        if not grid:
            return array.expand_dims(station=n_stations)
        raise DataError(
            f"{array.name} has {' x '.join(f'{array.sizes[dim]} {dim}' for dim in grid)} cells, so that the nearest has to be "
            "chosen: give the latitude and longitude of stations and cells."
        )
    if latitude.dims != longitude.dims:
        latitude, longitude = xr.broadcast(latitude, longitude)
    dims = latitude.dims
    # Cells without values, such as those of the sea, are no cells.
    empty = array.isel({dim: 0 for dim in array.dims if dim not in dims}).isnull().transpose(*dims).values
    longitude = longitude.transpose(*dims)
    chosen, far = [], []
    for station, north, east in zip(places.stations, places.latitude, places.longitude, strict=True):
        distance = np.where(empty & ~empty.all(), np.nan, _distance(latitude.values, longitude.values, float(north), float(east)))
        if not np.isfinite(distance).any():
            if not grid:
                return array.expand_dims(station=n_stations)
            what = "has no latitude and longitude" if np.isnan(north + east) else f"has no cell of {array.name} with values"
            raise DataError(f"{station} {what}, so that no cell can be chosen: give places and cells that have them.")
        at = np.unravel_index(int(np.nanargmin(distance)), distance.shape)
        far.append(float(distance[at]))
        if distance[at] > _FAR:
            _LOG.warning("%s: the nearest cell of %s is %.0f km away.", station, array.name, distance[at])
        chosen.append(
            array.isel(dict(zip(dims, map(int, at), strict=True))).drop_vars([*_LATITUDES, *_LONGITUDES], errors="ignore")
        )
    cells: xr.DataArray = xr.concat(chosen, "station", coords="minimal", compat="override")
    reach = f"{min(far):.0f}" if round(min(far)) == round(max(far)) else f"{min(far):.0f} to {max(far):.0f}"
    return cells.assign_attrs({_NEAREST: f", nearest cells {reach} km away"})


def _coordinate(array: xr.DataArray, names: Sequence[str]) -> xr.DataArray | None:
    return next((array.coords[name] for name in names if name in array.coords), None)


def _distance(latitude: FloatArray, longitude: FloatArray, north: float, east: float) -> FloatArray:
    """Distances on a sphere in km (haversine formula)."""
    one, other = np.radians(latitude), np.radians(north)
    half = np.sin((one - other) / 2) ** 2 + np.cos(one) * np.cos(other) * np.sin(np.radians(longitude - east) / 2) ** 2
    return np.asarray(2.0 * _EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def _entries(variable: Variable, before: _Series, after: _Series, probabilities: list[float] | None) -> dict[str, Any]:
    """Entries of a variable, each (S, 12) or (S, 12, Q)."""
    n_stations = len(before.values)
    by_month: dict[str, list[Any]] = {}
    for station in range(n_stations):
        for month in range(12):
            pair = [series.values[station, series.months == month] for series in (before, after)]
            old, new = (values[np.isfinite(values)] for values in pair)
            if min(old.size, new.size) < _FEWEST_DAYS:
                raise DataError(
                    f"{variable.name} has {min(old.size, new.size)} days in month {month + 1} of a climate simulation, but at "
                    f"least {_FEWEST_DAYS} are needed: give longer periods."
                )
            for name, value in _of_month(variable, old, new, probabilities).items():
                by_month.setdefault(name, []).append(value)
    for name, values in by_month.items():
        if name.endswith(("factor", "factors")) and not _LEAST < np.min(values) <= np.max(values) < _MOST:
            _LOG.warning("%s of %s is cut to %g to %g in some month.", name, variable.name, _LEAST, _MOST)
    entries: dict[str, Any] = {
        name: np.reshape(values, (n_stations, 12, *np.shape(values[0]))) for name, values in by_month.items()
    }
    return entries if probabilities is None else {**entries, "quantiles": probabilities}


def _of_month(variable: Variable, old: FloatArray, new: FloatArray, probabilities: list[float] | None) -> dict[str, Any]:
    if variable.is_precipitation:
        return _of_rain(old, new, probabilities)
    relative = variable.lower >= 0.0 or variable.possible_min >= 0.0
    if probabilities is not None:
        low, high = (np.quantile(values, probabilities) for values in (old, new))
        return {"quantile_factors": _ratio(high, low)} if relative else {"quantile_changes": high - low}
    spread = _ratio(new.std(), old.std())
    return (
        {"mean_factor": _ratio(new.mean(), old.mean()), "sd_factor": spread}
        if relative
        else {
            "mean": new.mean() - old.mean(),
            "sd_factor": spread,
        }
    )


def _of_rain(old: FloatArray, new: FloatArray, probabilities: list[float] | None) -> dict[str, Any]:
    wet = [values[is_wet(values)] for values in (old, new)]
    days = {"wet_day_factor": _ratio(wet[1].size / new.size, wet[0].size / old.size)}
    if min(wet[0].size, wet[1].size) == 0:
        nothing = 1.0 if probabilities is None else np.ones(len(probabilities))
        return days | ({"wet_mean_factor": 1.0, "tail_factor": 1.0} if probabilities is None else {"quantile_factors": nothing})
    if probabilities is not None:
        return days | {"quantile_factors": _ratio(*(np.quantile(amounts, probabilities) for amounts in reversed(wet)))}
    tails = [float(np.quantile(amounts, _TAIL)) for amounts in reversed(wet)]
    return days | {"wet_mean_factor": _ratio(wet[1].mean(), wet[0].mean()), "tail_factor": _ratio(*tails)}


def _ratio(new: Any, old: Any) -> Any:
    """New by old; 1 where there was nothing, and never nothing afterwards, which no factor says."""
    old, new = np.asarray(old, dtype=np.float64), np.asarray(new, dtype=np.float64)
    ratio = np.where(old > 0.0, new / np.where(old > 0.0, old, 1.0), 1.0)
    return np.clip(ratio, _LEAST, _MOST)
