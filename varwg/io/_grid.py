"""Grids: their cells become stations, and what is simulated there goes back into the layout that the grid came in."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg._provenance import parsed_json
from varwg._variables import cf_attributes
from varwg.errors import DataError
from varwg.io._sources import open_netcdf, readable
from varwg.io._unknown import known_variable

if TYPE_CHECKING:
    import xarray as xr

#: Names of dims and coordinates of grids, in lower case.
LATITUDE: Final = ("latitude", "lat", "nav_lat", "xlat", "lats")
LONGITUDE: Final = ("longitude", "lon", "long", "lng", "nav_lon", "xlong", "lons")
_ROWS: Final = (*LATITUDE, "y", "yc", "rlat", "northing", "south_north", "grid_latitude", "projection_y_coordinate", "nj")
_COLUMNS: Final = (*LONGITUDE, "x", "xc", "rlon", "easting", "west_east", "grid_longitude", "projection_x_coordinate", "ni")
#: Standard names and axes of the same.
_STANDARD_ROWS: Final = ("latitude", "projection_y_coordinate", "grid_latitude", "Y")
_STANDARD_COLUMNS: Final = ("longitude", "projection_x_coordinate", "grid_longitude", "X")
#: Dims of cells in one row, which have latitudes and longitudes along them.
_CELLS: Final = ("cell", "cells", "ncell", "ncells", "gridcell", "grid_cell", "pixel", "pixels", "values", "stacked", "z")
#: Values that many programs write where a cell has none.
_FILLS: Final = (-99.0, -999.0, -9999.0, -99999.0, -32768.0, -32767.0, 1e20, 9.96921e36)
#: Degrees by which the place of a station may differ from that of its cell.
_SAME_PLACE: Final = 1e-3
#: More cells are no grid that was ever read.
_MOST_CELLS: Final = 10**8
#: Name of the dim of cells on the way.
_CELL: Final = "_cell"

#: A coordinate as it came: name, dims, type, values, attributes.
_Coordinate: TypeAlias = tuple[str, tuple[str, ...], str, Any, Mapping[str, Any]]


@dataclass(frozen=True)
class Grid:
    """Where stations lie in an array of cells.

    Attributes
    ----------
    dims : tuple of str
        Dims of the array but for the times: of rows and columns, or of cells in one row.
    order : tuple of str
        Those and "time" in the order in which they came.
    shape : tuple of int
        Lengths of `dims`.
    stations : tuple of str
        Names of the cells that have values.
    positions : tuple of int
        Their places in the flattened array.
    coordinates : tuple
        The coordinates of the array as they came: name, dimensions, type, values, attributes.
    levels : tuple of str
        Coordinates that are an index of the cells together, where rows and columns had been stacked.
    attributes : tuple of (str, mapping)
        Names that the variables had besides their own.
    """

    dims: tuple[str, ...]
    order: tuple[str, ...]
    shape: tuple[int, ...]
    stations: tuple[str, ...]
    positions: tuple[int, ...]
    coordinates: tuple[_Coordinate, ...]
    levels: tuple[str, ...] = ()
    attributes: tuple[tuple[str, Mapping[str, str]], ...] = ()

    def to_json(self) -> str:
        """Canonical text, which goes with stations through models and files."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Grid:
        """What `to_json` wrote.

        Raises
        ------
        DataError
            If the text is something else.
        """
        try:
            held = parsed_json(text, "it")
            coordinates = tuple((name, tuple(dims), *rest) for name, dims, *rest in held["coordinates"])
            attributes = tuple((name, pairs) for name, pairs in held["attributes"])
            texts = {name: tuple(held[name]) for name in ("dims", "order", "shape", "stations", "positions", "levels")}
            return cls(**texts, coordinates=coordinates, attributes=attributes)._checked()
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f"the layout of the grid cannot be read ({error}): pass like= with data in the right one.") from error

    def _checked(self) -> Grid:
        """Itself, if its cells lie in its shape, which texts that somebody has edited need not say."""
        sizes = [*self.shape, *self.positions]
        if not all(isinstance(size, int) and not isinstance(size, bool) and size >= 0 for size in sizes):
            raise ValueError("shape and positions are not whole numbers from 0 on")
        cells = math.prod(self.shape)
        if len(self.dims) != len(self.shape) or len(self.stations) != len(self.positions) or cells > _MOST_CELLS:
            raise ValueError(f"{len(self.dims)} dimensions, {cells} cells, {len(self.stations)} stations")
        if any(position >= cells for position in self.positions):
            raise ValueError("a position outside its shape")
        return self

    def joined(self, other: Grid) -> Grid | None:
        """The grid with the cells of both, None if the other is another one."""
        if (self.dims, self.shape, self.coordinates) != (other.dims, other.shape, other.coordinates):
            return None
        cells = dict(zip(self.positions, self.stations, strict=True)) | dict(zip(other.positions, other.stations, strict=True))
        attributes = dict(self.attributes) | dict(other.attributes)
        places = sorted(cells)
        return replace(
            self,
            positions=tuple(places),
            stations=tuple(cells[place] for place in places),
            attributes=tuple(attributes.items()),
        )

    def places_of(self, stations: Sequence[str], latitude: FloatArray, longitude: FloatArray) -> IntArray:
        """Where stations lie in the flattened array, by their names or else by their places.

        Raises
        ------
        DataError
            If one lies nowhere in it.
        """
        by_name = dict(zip(self.stations, self.positions, strict=True))
        own_latitude, own_longitude = (self.of_cells(names) for names in (LATITUDE, LONGITUDE))
        positions = []
        for name, north, east in zip(stations, latitude, longitude, strict=True):
            if name in by_name:
                positions.append(by_name[name])
                continue
            distance = np.abs(own_latitude - north) + np.abs((own_longitude - east + 180.0) % 360.0 - 180.0)
            if not (distance <= _SAME_PLACE).any():
                raise DataError(
                    f"{name} is none of the {int(np.prod(self.shape))} cells of the grid, by its name or its place: pass the "
                    "grid that it belongs to, or leave the station out."
                )
            positions.append(int(np.nanargmin(distance)))
        return np.array(positions, dtype=np.intp)

    def of_cells(self, names: Sequence[str]) -> FloatArray:
        """The first coordinate with one of the names of every cell, shape (cells,), NaN where there is none."""
        for name, dims, _, values, _ in self.coordinates:
            if name.lower() in names and set(dims) <= set(self.dims):
                held = np.asarray(values, dtype=np.float64)
                shape = [self.shape[self.dims.index(dim)] if dim in dims else 1 for dim in self.dims]
                order = sorted(range(len(dims)), key=lambda number: self.dims.index(dims[number]))
                return np.broadcast_to(held.transpose(order).reshape(shape), self.shape).ravel()
        return np.full(int(np.prod(self.shape)), np.nan)


def stations_of_grid(dataset: xr.Dataset, time: Hashable) -> tuple[xr.Dataset, tuple[str, ...]]:
    """A Dataset on a grid with a dimension of stations in place of rows and columns; any other as it is; and notes.

    Cells that have no value of any variable are left out. What is on the grid is loaded, as only its values tell which those
    are. The layout goes with the result, as text in the attribute `grid` of its coordinate `station`.

    Parameters
    ----------
    dataset : xarray.Dataset
        With a dimension of times.
    time : hashable
        Name of that dim.

    Raises
    ------
    DataError
        If no cell has a value.
    """
    dims, levels = _horizontal(dataset, time)
    if not dims:
        return dataset, ()
    plain = dataset.reset_index(dims[0]) if levels else dataset
    arrays = [array for array in plain.data_vars.values() if {time, *dims} <= set(array.dims)]
    order = [dim for dim in arrays[0].dims if dim in (*dims, time)]
    dims = [dim for dim in order if dim != time]
    grid = Grid(
        dims=tuple(map(str, dims)),
        order=tuple("time" if dim == time else str(dim) for dim in order),
        shape=tuple(plain.sizes[dim] for dim in dims),
        stations=(),
        positions=(),
        coordinates=tuple(_coordinates(plain, dims, arrays)),
        levels=levels,
        attributes=tuple((str(array.name), _kept(array)) for array in arrays),
    )
    flat = _with_places(plain.stack({_CELL: dims}, create_index=False), grid).rename({_CELL: "station"})
    with readable("the file of the grid cannot be read"):
        flat = flat.load()
    present = _present(flat, time)
    shown = " x ".join(f"{dim} {size}" for dim, size in zip(grid.dims, grid.shape, strict=True))
    if not present.any():
        raise DataError(f"none of the cells of the grid ({shown}) has a value: check the file.")
    names, places = _names(grid), np.flatnonzero(present).tolist()
    grid = replace(grid, stations=tuple(names[place] for place in places), positions=tuple(places))
    flat = flat.isel(station=places).assign_coords(station=("station", list(grid.stations), {"grid": grid.to_json()}))
    masked = present.size - len(places)
    empty = f", as {masked} of its cells have no values; they stay missing in what goes back into the grid" if masked else ""
    return flat, (f"the grid ({shown}) was read as {len(places)} stations{empty}.",)


def _horizontal(dataset: xr.Dataset, time: Hashable) -> tuple[list[Hashable], tuple[str, ...]]:
    """Dims of rows and columns or of cells, and the levels of an index that has both; nothing where there is no grid."""
    import pandas as pd

    arrays = [array for array in dataset.data_vars.values() if time in array.dims]
    others = list(dict.fromkeys(dim for array in arrays for dim in array.dims if dim != time))
    for dim in others:
        index = dataset.indexes.get(dim)
        if isinstance(index, pd.MultiIndex) and any(_is_axis(dataset, name, _ROWS, ()) for name in index.names):
            return [dim], tuple(str(name) for name in index.names)
    rows = [dim for dim in others if _is_axis(dataset, dim, _ROWS, _STANDARD_ROWS)]
    columns = [dim for dim in others if _is_axis(dataset, dim, _COLUMNS, _STANDARD_COLUMNS)]
    if len(rows) == 1 and len(columns) == 1:
        both = {time, *rows, *columns}
        return ([*rows, *columns], ()) if any(both <= set(array.dims) for array in arrays) else ([], ())
    if len(rows) + len(columns) == 1 and dataset.sizes[(rows + columns)[0]] > 1:
        return rows + columns, ()
    for dim in others:
        along = [str(name).lower() for name, array in dataset.variables.items() if array.dims == (dim,)]
        has_places = any(name in LATITUDE for name in along) and any(name in LONGITUDE for name in along)
        if str(dim).lower() in _CELLS and has_places:
            return [dim], ()
    return [], ()


def _is_axis(dataset: xr.Dataset, dim: Hashable, names: Sequence[str], standard_names: Sequence[str]) -> bool:
    attributes = dataset[dim].attrs if dim in dataset.coords else {}
    return str(dim).lower() in names or bool({attributes.get("standard_name"), attributes.get("axis")} & set(standard_names))


def _coordinates(dataset: xr.Dataset, dims: Sequence[Hashable], arrays: Sequence[xr.DataArray]) -> Iterator[_Coordinate]:
    """Coordinates along the dimensions as lists, and what says how the grid is mapped."""
    mappings = {_kept(array).get("grid_mapping", "") for array in arrays}
    for name, array in dataset.variables.items():
        is_place = str(name).lower() in LATITUDE + LONGITUDE
        is_coordinate = name in dataset.coords and set(array.dims) <= set(dims) and array.dims != ()
        is_mapping = array.dims == () and (str(name) in mappings or not {"grid_mapping_name", "crs_wkt"}.isdisjoint(array.attrs))
        if (is_coordinate or is_mapping or (is_place and set(array.dims) <= set(dims))) and array.dtype.kind in "fiuUSO":
            held = array.values.astype(str) if array.dtype.kind in "SO" else np.asarray(array.values)
            yield str(name), tuple(map(str, array.dims)), held.dtype.str, held.tolist(), _plain(array.attrs)


def _kept(array: xr.DataArray) -> dict[str, str]:
    """Names of a variable that go back with it."""
    held = {**array.encoding, **array.attrs}
    return {key: str(held[key]) for key in ("standard_name", "long_name", "grid_mapping") if key in held}


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as texts and numbers that JSON has."""
    return {str(name): value if isinstance(value, str) else np.asarray(value).tolist() for name, value in attributes.items()}


def _with_places(flat: xr.Dataset, grid: Grid) -> xr.Dataset:
    """Latitude and longitude of the cells under these names, whatever they were called."""
    places = {"latitude": grid.of_cells(LATITUDE), "longitude": grid.of_cells(LONGITUDE)}
    old = [name for name in flat.variables if str(name).lower() in LATITUDE + LONGITUDE]
    coordinates = {name: (_CELL, values) for name, values in places.items() if np.isfinite(values).any()}
    return flat.drop_vars(old).assign_coords(coordinates)


def _present(flat: xr.Dataset, time: Hashable) -> BoolArray:
    """Cells where any variable has values that are no codes for missing ones."""
    present = np.zeros(flat.sizes["station"], dtype=bool)
    for array in flat.data_vars.values():
        if {time, "station"} <= set(array.dims) and array.dtype.kind in "fiu":
            values = np.asarray(array.transpose(..., "station").values, dtype=np.float64).reshape(-1, present.size)
            highest = np.max(np.where(np.isfinite(values), values, -np.inf), axis=0, initial=-np.inf)
            lowest = np.min(np.where(np.isfinite(values), values, np.inf), axis=0, initial=np.inf)
            is_fill = (lowest == highest) & np.isclose(highest[:, None], _FILLS, rtol=1e-6).any(axis=1)
            present |= np.isfinite(highest) & ~is_fill
    return present


def names_of_places(latitude: Iterable[float], longitude: Iterable[float]) -> list[str]:
    """Names such as "48.2N_9E" of places without any."""
    places = zip(latitude, longitude, strict=True)
    return [f"{abs(y):.6g}{'S' if y < 0 else 'N'}_{abs(x):.6g}{'W' if x < 0 else 'E'}" for y, x in places]


def _names(grid: Grid) -> list[str]:
    """Names of all cells: those that they have, or their places, or their numbers."""
    labels = [values for name, dims, _, values, _ in grid.coordinates if dims == (name,) == grid.dims and name.lower() in _CELLS]
    if labels and len(set(labels[0])) == len(labels[0]):
        return [str(value) for value in labels[0]]
    places = list(zip(grid.of_cells(LATITUDE), grid.of_cells(LONGITUDE), strict=True))
    names = names_of_places(*zip(*places, strict=True))
    if np.isfinite(places).all() and len(set(names)) == len(names):
        return names
    indices = np.indices(grid.shape).reshape(len(grid.shape), -1)
    parts = [[f"{dim}{number}" for number in row] for dim, row in zip(grid.dims, indices, strict=True)]
    return ["_".join(cell) for cell in zip(*parts, strict=True)]


def as_grid(result: Any, like: Any = None) -> xr.Dataset:
    """Weather at the cells of a grid in its layout (dimensions, coordinates, order); cells without values are NaN.

    Parameters
    ----------
    result : Simulation, Observations, or xarray.DataArray or Dataset
        What was simulated at cells of a grid (dimensions station, variable and time, an ensemble also realization), or a
        Dataset with dimensions station and time. It remembers the grid that the observations came in.
    like : xarray.Dataset, xarray.DataArray or path, optional
        Data on the grid that is wanted, in place of the one that `result` remembers; stations are found in it by name or place.

    Returns
    -------
    xarray.Dataset
        One data variable for each quantity with CF attributes, in the units of the packages; daily precipitation as a rate in
        mm d-1, which is the same number and what tools for climate indices expect. The first dimension of an ensemble
        is `realization`.

    Raises
    ------
    DataError
        If no grid is known, or a station lies nowhere in it.
    """
    dataset = _by_quantity(result)
    grid = grid_like(like) if like is not None else remembered(dataset)
    return on_grid(dataset, grid)


def _by_quantity(result: Any) -> xr.Dataset:
    """What is given as a Dataset with dimensions (..., station, time)."""
    import xarray as xr

    if isinstance(result, xr.DataArray) and {"station", "variable", "time"} <= set(result.dims):
        units = [str(unit) for unit in result["units"].values] if "units" in result.coords else [""] * result.sizes["variable"]
        parts = {}
        for number, (name, unit) in enumerate(zip(result["variable"].values, units, strict=True)):
            of_variables = [key for key, held in result.coords.items() if held.dims == ("variable",)]
            part = result.isel(variable=number).drop_vars(of_variables)
            part.attrs = {"units": unit}
            if "mean_error" in of_variables:
                part.attrs["mean_error"] = float(result["mean_error"][number])
            parts[str(name)] = part
        return xr.Dataset(parts, attrs=result.attrs)
    dataset = result.to_dataset() if hasattr(result, "to_dataset") else result
    if not isinstance(dataset, xr.Dataset) or not {"station", "time"} <= set(dataset.dims):
        raise DataError(
            f"the result is a {type(result).__name__} without the dimensions station and time, but a simulation, an ensemble or "
            "a Dataset with them was expected."
        )
    return dataset


def remembered(dataset: xr.Dataset) -> Grid:
    """The grid whose cells the stations of a Dataset are.

    Raises
    ------
    DataError
        If it does not say.
    """
    text = grid_text(dataset)
    if not text:
        raise DataError("the result does not say which grid its stations are cells of: pass like=, data or a file on that grid.")
    return Grid.from_json(text)


def grid_text(dataset: xr.Dataset | xr.DataArray) -> str:
    """The layout of the grid whose cells the stations are; empty where they are none."""
    return str(dataset["station"].attrs.get("grid", "")) if "station" in dataset.coords else ""


def grid_like(like: Any) -> Grid:
    """The layout of data on a grid, or of a file.

    Raises
    ------
    DataError
        If they are not on one.
    """
    from varwg.io._layout import tidy

    if isinstance(like, (str, Path)):
        with open_netcdf(like) as opened:
            return grid_like(opened)
    text = grid_text(tidy(like)[0])
    if not text:
        raise DataError("like= is not on a grid: data with dimensions such as (time, lat, lon) or (time, y, x) were expected.")
    return Grid.from_json(text)


def on_grid(dataset: xr.Dataset, grid: Grid) -> xr.Dataset:
    """A Dataset with dimensions (..., station, time) in the layout of a grid."""
    import xarray as xr

    stations = [str(name) for name in dataset["station"].values]
    unknown = np.full(len(stations), np.nan)
    north, east = (np.asarray(dataset[name].values) if name in dataset.coords else unknown for name in ("latitude", "longitude"))
    places = grid.places_of(stations, north, east)
    daily = dataset.sizes["time"] < 2 or np.diff(dataset["time"].values[:2])[0] == np.timedelta64(1, "D")
    came = dict(grid.attributes)
    data = {}
    for name, array in dataset.data_vars.items():
        if {"station", "time"} <= set(array.dims):
            leading = [dim for dim in array.dims if dim not in ("station", "time")]
            values = np.asarray(array.transpose(*leading, "time", "station").values)
            cells = np.full((*values.shape[:-1], int(np.prod(grid.shape))), np.nan, dtype=values.dtype)
            cells[..., places] = values
            laid = xr.Variable((*leading, "time", *grid.dims), cells.reshape(*values.shape[:-1], *grid.shape))
            attributes = _attributes(str(name), array.attrs, came.get(str(name), {}), daily)
            data[str(name)] = xr.Variable(*_laid_out(laid, (*leading, *grid.order)), attributes)
    kept = {name: array.variable for name, array in dataset.coords.items() if "station" not in array.dims}
    attributes = {name: text for name, text in dataset.attrs.items() if name != "featureType"} | {"Conventions": "CF-1.10"}
    whole = xr.Dataset(data, {**kept, **_restored(grid)}, attributes)
    index: dict[Hashable, Any] = {grid.dims[0]: list(grid.levels)}
    return whole.set_index(index) if grid.levels else whole


def _laid_out(variable: xr.Variable, dims: tuple[Hashable, ...]) -> tuple[tuple[Hashable, ...], Any]:
    return dims, variable.transpose(*dims).values


def _restored(grid: Grid) -> dict[str, xr.Variable]:
    """The coordinates as they came, with CF attributes where they had none."""
    import xarray as xr

    restored = {}
    for name, dims, dtype, values, attributes in grid.coordinates:
        usual: dict[str, str] = {}
        if name.lower() in LATITUDE:
            usual = {"units": "degrees_north", "standard_name": "latitude", "axis": "Y"}
        elif name.lower() in LONGITUDE:
            usual = {"units": "degrees_east", "standard_name": "longitude", "axis": "X"}
        if dims != (name,):
            usual.pop("axis", None)
        restored[name] = xr.Variable(dims, np.array(values, dtype=dtype), {**usual, **attributes})
    return restored


def _attributes(name: str, present: Mapping[str, Any], came: Mapping[str, str], daily: bool) -> dict[str, Any]:
    """CF attributes of a variable: those of the table where it is known, by any name, and those that it came with."""
    unit = str(present.get("units", ""))
    variable = known_variable(name, str(present.get("standard_name", came.get("standard_name", ""))), unit)
    described = {} if variable is None else cf_attributes(variable)
    attributes = {**described, **came, **present, **{key: came[key] for key in ("long_name",) if key in came}, "units": unit}
    if daily and unit == "mm" and variable is not None and variable.is_precipitation:
        attributes |= {"units": "mm d-1", "standard_name": "lwe_precipitation_rate", "cell_methods": "time: mean"}
    return {key: text for key, text in attributes.items() if text}
