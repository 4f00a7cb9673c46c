"""Change factors from two simulations of a climate model: files as CMIP has them, in any calendar."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg._variables import VARIABLES, Variable, conversion, unit_in_words, with_unit
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
#: Attributes of cells that say how far they are, and where.
_NEAREST, _CELLS = "nearest", "centres"
#: Degrees within which two cells are one, and the share of missing values that is told.
_SAME_PLACE: Final = 1e-3
_MANY_MISSING: Final = 0.05
#: The quantile of the tail.
_TAIL: Final = 0.99
#: Distances from which on the nearest cell is told, in km.
_FAR: Final = 100.0
_EARTH_RADIUS: Final = 6371.0
_FEWEST_DAYS: Final = 20
_MOST_QUANTILES: Final = 1000
#: Months that are told.
_MOST_SAID: Final = 6
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
    span : tuple of str
        The first and the last day.
    cells : tuple of tuple of float
        Latitude and longitude of the cell of each station; empty where there are none.
    """

    values: FloatArray
    months: IntArray
    said: str
    span: tuple[str, str]
    cells: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class _Grid:
    """Cells of an array, as `dims` of it, with those that hold no values."""

    latitude: xr.DataArray
    longitude: xr.DataArray
    empty: BoolArray

    @property
    def dims(self) -> tuple[Any, ...]:
        return self.latitude.dims

    def is_like(self, other: _Grid) -> bool:
        """Whether both have the same cells, whatever precision their coordinates are written in."""
        pairs = ((self.latitude, other.latitude), (self.longitude, other.longitude))
        return all(one.shape == two.shape and np.allclose(one.values, two.values, atol=_SAME_PLACE) for one, two in pairs)


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
    absent: list[str] = []
    same = True
    for variable in variables:
        arrays = [[array for one in period if (array := _array_of(one, variable)) is not None] for period in (before, after)]
        if not all(arrays):
            absent.append(variable.name)
            lines.append(f"{variable.name}: not in both, no change")
            continue
        grids = [_grid(array) for of_period in arrays for array in of_period]
        pair = [_series(of_period, variable, places, grids) for of_period in arrays]
        _tell_of_differences(variable, pair[0], pair[1], places.stations)
        changes[variable.name] = _entries(variable, pair[0], pair[1], probabilities, places.stations)
        same = same and np.array_equal(pair[0].values, pair[1].values, equal_nan=True)
        lines.append(f"{variable.name}: {pair[0].said}, against {pair[1].said}")
    if not changes:
        names = ", ".join(variable.name for variable in variables)
        raise DataError(f"the climate simulations hold none of the variables {names}: name them as CMIP does, such as tas or pr.")
    factors = ChangeFactors.of(changes, tuple(stations))
    if factors is None or same:
        raise DataError("the two climate simulations are the same: give two different periods.")
    if absent:
        _LOG.warning(
            "%s %s not in both climate simulations and %s no change.",
            ", ".join(absent),
            *(("is", "gets") if len(absent) == 1 else ("are", "get")),
        )
    for line in lines:
        _LOG.info("%s", line)
    wanted = {variable.name for variable in variables}
    strange = [v.name for v in VARIABLES if v.name not in wanted and all(map(partial(_any_has, variable=v), (before, after)))]
    if strange:
        _LOG.warning(
            "%s: in both climate simulations, but not among the variables that change here (%s).",
            ", ".join(strange),
            ", ".join(changes),
        )
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


def _any_has(datasets: Sequence[xr.Dataset], variable: Variable) -> bool:
    return any(_array_of(dataset, variable) is not None for dataset in datasets)


def _series(arrays: Sequence[xr.DataArray], variable: Variable, places: _Places, grids: Sequence[_Grid | None]) -> _Series:
    """All days of a variable of some Datasets, at the cells of the stations; `grids` are those of both periods."""
    pieces = [part for array in arrays for part in _parts(array, variable, places, grids)]
    values = np.concatenate([piece.values for piece in pieces], axis=1)
    missing = int(np.isnan(values).sum())
    said = f"{' and '.join(dict.fromkeys(piece.said for piece in pieces))}, {values.shape[1]} days"
    said += f" of {len(pieces)} members or files" if len(pieces) > 1 else ""
    return _Series(
        values,
        np.concatenate([piece.months for piece in pieces]),
        said + (f", {missing} values missing" if missing else ""),
        (min(piece.span[0] for piece in pieces), max(piece.span[1] for piece in pieces)),
        pieces[0].cells,
    )


def _tell_of_differences(variable: Variable, before: _Series, after: _Series, stations: Sequence[str]) -> None:
    """Log what makes two periods differ that is no change of the climate: other cells, gaps, and their order."""
    if after.span[0] < before.span[0]:
        _LOG.warning(
            "%s: the second period begins on %s, before the first, on %s: are they meant the other way round?",
            variable.name,
            after.span[0],
            before.span[0],
        )
    for number, station in enumerate(stations):
        first, second = (np.array(series.cells[number : number + 1]) for series in (before, after))
        if first.size and second.size and not np.allclose(first, second, atol=_SAME_PLACE):
            _LOG.warning(
                "%s at %s: the cell at %.2f, %.2f is compared with another, at %.2f, %.2f, as the grids differ; what differs "
                "between these is taken for a change.",
                variable.name,
                station,
                *first[0],
                *second[0],
            )
        for which, series in (("first", before), ("second", after)):
            share = float(np.isnan(series.values[number]).mean())
            if share > _MANY_MISSING:
                _LOG.warning(
                    "%s at %s: %.0f %% of the values of the %s period are missing.", variable.name, station, 100 * share, which
                )


def _parts(array: xr.DataArray, variable: Variable, places: _Places, grids: Sequence[_Grid | None]) -> Iterator[_Series]:
    """The days of each member of an array."""
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
    cells = _cells(array, places, grids)
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
        yield _Series(
            values, months, said, (str(time.values.min())[:10], str(time.values.max())[:10]), cells.attrs.get(_CELLS, ())
        )


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


def _grid(array: xr.DataArray) -> _Grid | None:
    """The cells of an array, if it says where they are; those that hold nothing on any of three days hold no values."""
    import xarray as xr

    latitude, longitude = (_coordinate(array.squeeze(), names) for names in (_LATITUDES, _LONGITUDES))
    if latitude is None or longitude is None:
        return None
    if latitude.dims != longitude.dims:
        latitude, longitude = xr.broadcast(latitude, longitude)
    dims = latitude.dims
    if "time" in array.dims:
        array = array.isel(time=np.unique([0, array.sizes["time"] // 2, -1 % max(array.sizes["time"], 1)]))
    spare = [dim for dim in array.dims if dim not in dims]
    return _Grid(latitude, longitude.transpose(*dims), array.isnull().all(spare).transpose(*dims).values)


def _cells(array: xr.DataArray, places: _Places, grids: Sequence[_Grid | None]) -> xr.DataArray:
    """The array with a dimension of stations in place of its grid; for each the nearest cell that has values in all `grids`."""
    import xarray as xr

    n_stations, grid = len(places.stations), _grid(array)
    spread = [dim for dim in array.dims if dim not in ("time", *_MEMBERS) and array.sizes[dim] > 1]
    array = array.isel({dim: 0 for dim in array.dims if dim not in ("time", *_MEMBERS, *spread)})
    if "station" in spread and list(map(str, array["station"].values)) == list(places.stations):
        return array
    if grid is None or places.latitude is None or places.longitude is None:
        if not spread:
            return array.expand_dims(station=n_stations)
        raise DataError(
            f"{array.name} has {' x '.join(f'{array.sizes[dim]} {dim}' for dim in spread)} cells, so that the nearest has to be "
            "chosen: give the latitude and longitude of stations and cells."
        )
    latitude, longitude, dims = grid.latitude, grid.longitude, grid.dims
    # Cells without values, such as those of the sea, are no cells; nor are those that have none in the other period.
    empty = grid.empty
    for other in grids:
        if other is not None and grid.is_like(other) and not (empty | other.empty).all():
            empty = empty | other.empty
    chosen, far, centres = [], [], []
    for station, north, east in zip(places.stations, places.latitude, places.longitude, strict=True):
        distance = np.where(
            empty & (not empty.all()), np.nan, _distance(latitude.values, longitude.values, float(north), float(east))
        )
        if not np.isfinite(distance).any():
            if not spread:
                return array.expand_dims(station=n_stations)
            what = "has no latitude and longitude" if np.isnan(north + east) else f"has no cell of {array.name} with values"
            raise DataError(f"{station} {what}, so that no cell can be chosen: give places and cells that have them.")
        at = np.unravel_index(int(np.nanargmin(distance)), distance.shape)
        far.append(float(distance[at]))
        centres.append((float(latitude.values[at]), float(longitude.values[at])))
        if distance[at] > _FAR:
            _LOG.warning("%s: the nearest cell of %s is %.0f km away.", station, array.name, distance[at])
        chosen.append(
            array.isel(dict(zip(dims, map(int, at), strict=True))).drop_vars([*_LATITUDES, *_LONGITUDES], errors="ignore")
        )
    cells: xr.DataArray = xr.concat(chosen, "station", coords="minimal", compat="override")
    reach = f"{min(far):.0f}" if round(min(far)) == round(max(far)) else f"{min(far):.0f} to {max(far):.0f}"
    return cells.assign_attrs({_NEAREST: f", nearest cells {reach} km away", _CELLS: tuple(centres)})


def _coordinate(array: xr.DataArray, names: Sequence[str]) -> xr.DataArray | None:
    return next((array.coords[name] for name in names if name in array.coords), None)


def _distance(latitude: FloatArray, longitude: FloatArray, north: float, east: float) -> FloatArray:
    """Distances on a sphere in km (haversine formula)."""
    one, other = np.radians(latitude), np.radians(north)
    half = np.sin((one - other) / 2) ** 2 + np.cos(one) * np.cos(other) * np.sin(np.radians(longitude - east) / 2) ** 2
    return np.asarray(2.0 * _EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def _entries(
    variable: Variable, before: _Series, after: _Series, probabilities: list[float] | None, stations: Sequence[str]
) -> dict[str, Any]:
    """Entries of a variable, each (S, 12) or (S, 12, Q)."""
    by_month: dict[str, list[Any]] = {}
    cut, rare = [], []
    for number, station in enumerate(stations):
        for month in range(12):
            pair = [series.values[number, series.months == month] for series in (before, after)]
            old, new = (values[np.isfinite(values)] for values in pair)
            if min(old.size, new.size) < _FEWEST_DAYS:
                raise DataError(
                    f"{variable.name} has {min(old.size, new.size)} days in month {month + 1} of a climate simulation, but at "
                    f"least {_FEWEST_DAYS} are needed: give longer periods."
                )
            for name, value in _of_month(variable, old, new, probabilities).items():
                by_month.setdefault(name, []).append(value)
                if name.endswith(("factor", "factors")) and not _LEAST < np.min(value) <= np.max(value) < _MOST:
                    cut.append(f"{name} at {station} in month {month + 1}")
            wet = [int(is_wet(values).sum()) for values in (old, new)] if variable.is_precipitation else [_FEWEST_DAYS] * 2
            if min(wet) < _FEWEST_DAYS:
                rare.append(f"{wet[0]} and {wet[1]} at {station} in month {month + 1}")
    if cut:
        _LOG.warning("%s: factors are cut to %g to %g: %s.", variable.name, _LEAST, _MOST, _first(cut))
    if rare:
        _LOG.warning(
            "%s: factors rest on few wet days of the two periods (of amounts they are 1 where one has none): %s.",
            variable.name,
            _first(rare),
        )
    entries: dict[str, Any] = {
        name: np.reshape(values, (len(stations), 12, *np.shape(values[0]))) for name, values in by_month.items()
    }
    return entries if probabilities is None else {**entries, "quantiles": probabilities}


def _first(said: Sequence[str]) -> str:
    """Some of what there is to say, and how much more there is."""
    more = [f"and {len(said) - _MOST_SAID} more"] if len(said) > _MOST_SAID else []
    return ", ".join([*said[:_MOST_SAID], *more])


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
