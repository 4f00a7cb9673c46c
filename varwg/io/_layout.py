"""Layouts of data: which names, dims and columns mean which variables, stations and times."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arrays import FloatArray, IntArray
from varwg._variables import VARIABLES
from varwg.errors import DataError
from varwg.io._series import plain_times

if TYPE_CHECKING:
    import xarray as xr


def positions(kind: str, wanted: Sequence[str], available: Sequence[str]) -> IntArray:
    """Where each wanted name stands among the available ones.

    Parameters
    ----------
    kind : str
        "variable" or "station", for the error message.
    wanted, available : sequence of str
        Names; `wanted` in the order asked for.

    Returns
    -------
    array of int, shape (len(wanted),)

    Raises
    ------
    DataError
        If a name is not there, occurs twice, or nothing is asked for.
    """
    if not wanted:
        raise DataError(f"no {kind} was asked for: name at least one of {', '.join(available)}.")
    for name in wanted:
        if name not in available:
            close = difflib.get_close_matches(name, available, n=1, cutoff=0.6)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise DataError(f"{kind} {name!r} is not in the data, which have {', '.join(available)}.{hint}")
    if len(set(wanted)) != len(wanted):
        twice = next(name for name in wanted if list(wanted).count(name) > 1)
        raise DataError(f"{kind} {twice!r} was asked for twice: name each {kind} once.")
    return np.array([list(available).index(name) for name in wanted], dtype=np.intp)


def no_duplicates(kind: str, names: Sequence[str]) -> None:
    """Raise a DataError if a name occurs twice among the data's own."""
    if len(set(names)) != len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(f"{kind} {twice!r} occurs twice in the data: rename or drop one.")


#: Name of the only station where the data give none.
NAMELESS: Final = "site"

_TIME: Final = ("time", "times", "date", "dates", "datetime", "date_time", "valid_time", "timestamp", "t", "day")
_STATION: Final = ("station", "stations", "station_name", "station_id", "site", "sites", "location", "stn", "id", "name",
                   "point", "points", "gauge", "gauge_id", "city", "place", "catchment", "basin", "node")  # fmt: skip
_DATE: Final = ("year", "month", "day")
_VARIABLE: Final = ("variable", "variables", "varname", "var_name")
_LATITUDE: Final = ("latitude", "lat")
_LONGITUDE: Final = ("longitude", "lon", "long")
_ELEVATION: Final = ("elevation", "altitude", "alt", "station_elevation", "station_altitude", "height")
_KNOWN: Final = frozenset(variable.name for variable in VARIABLES)


def tidy(data: Any) -> tuple[xr.Dataset, tuple[str, ...]]:
    """Observations of any layout as a Dataset with one data variable per quantity.

    Nothing is computed: data that are opened lazily stay lazy. `data` is not changed.

    Parameters
    ----------
    data : xarray.Dataset, xarray.DataArray, pandas.DataFrame or pandas.Series
        See `varwg.read_observations`.

    Returns
    -------
    dataset : xarray.Dataset
        Every data variable is numeric and has dims (station, time). `station` is text, `time` naive datetime64;
        latitude, longitude and elevation are coordinates of the station, NaN where unknown.
    notes : tuple of str
        What was left out, and how times were converted.

    Raises
    ------
    DataError
        If the layout is none of those.
    """
    import pandas as pd
    import xarray as xr

    notes: tuple[str, ...] = ()
    if isinstance(data, pd.Series) and data.name is not None:
        data = data.to_frame()
    if isinstance(data, pd.DataFrame):
        data, notes = _from_frame(data)
    elif isinstance(data, xr.DataArray):
        data = _from_array(data)
    if not isinstance(data, xr.Dataset):
        raise DataError(
            f"the observations are a {type(data).__name__}, but an xarray Dataset, a pandas DataFrame or the path of a "
            "NetCDF file was expected."
        )
    if not data.data_vars:
        raise DataError("the observations hold no data variables: there is nothing to read.")
    dataset, time_notes = _with_time(_renamed(data))
    dataset, left_out = _finished(_one_variable_per_quantity(dataset))
    return dataset, notes + time_notes + left_out


def _from_frame(frame: Any) -> tuple[xr.Dataset, tuple[str, ...]]:
    """A DataFrame of one station (columns: variables) or of several (columns or rows: station and variable), with notes."""
    import pandas as pd
    import xarray as xr

    frame = _wide(frame)
    times, notes = plain_times(frame.index)
    columns = frame.columns
    if columns.nlevels == 1:
        no_duplicates("variable", [str(name) for name in columns])
        single = {str(name): ("time", frame[name].to_numpy()) for name in columns}
        return xr.Dataset(single, {"time": times}), notes
    if columns.nlevels != 2 or columns.has_duplicates:
        raise DataError(
            f"the columns of the DataFrame have {columns.nlevels} levels{', with duplicates' * columns.has_duplicates}, "
            "but one (variables) or two (station, variable), each pair once, were expected."
        )
    level = _level_of_variables(columns)
    stations = [str(name) for name in pd.unique(columns.get_level_values(1 - level))]
    data_vars: dict[str, tuple[tuple[str, str], Any]] = {}
    for name in pd.unique(columns.get_level_values(level)):
        part = frame.xs(name, axis=1, level=level)
        part = part.set_axis([str(station) for station in part.columns], axis=1).reindex(columns=stations)
        data_vars[str(name)] = (("time", "station"), part.to_numpy())
    return xr.Dataset(data_vars, {"time": times, "station": stations}), notes


def _wide(frame: Any) -> Any:
    """A DataFrame with a row for each time; times and stations may have been levels of the index, or columns."""
    import pandas as pd

    if isinstance(frame.index, pd.MultiIndex):
        frame = frame.reset_index()
    if frame.columns.nlevels > 1:
        return frame
    parts = [_column(frame, (part,)) for part in _DATE]
    if None not in parts:
        dates = pd.to_datetime(frame[parts].set_axis(_DATE, axis=1))
        frame = frame.drop(columns=parts).set_axis(dates.rename("date"), axis=0).reset_index()
    time, station = (_column(frame, aliases) for aliases in (_TIME, _STATION))
    if time is not None:
        frame = frame.set_index(time)
    if station is None:
        return frame
    keys = pd.MultiIndex.from_arrays([frame.index, frame[station]])
    if keys.has_duplicates:
        twice = keys[keys.duplicated()][0]
        raise DataError(f"the DataFrame has two rows for {twice[0]} at {twice[1]}, but one was expected: drop the duplicates.")
    return frame.set_axis(keys, axis=0).drop(columns=station).unstack(level=1)


def _column(frame: Any, aliases: tuple[str, ...]) -> Hashable | None:
    """The column with one of the names, None if there is none."""
    found: list[Hashable] = [name for name in frame.columns if str(name).lower() in aliases]
    return found[0] if found else None


def _level_of_variables(columns: Any) -> int:
    """Which of the two column levels holds the variables: by its name, else by names known from the table."""
    for level, name in enumerate(columns.names):
        if str(name).lower() in _VARIABLE:
            return level
        if str(name).lower() in _STATION:
            return 1 - level
    known = [len(_KNOWN.intersection(columns.get_level_values(level))) for level in (0, 1)]
    return int(known[1] >= known[0])


def _from_array(array: xr.DataArray) -> xr.Dataset:
    """A DataArray as a Dataset: with a dim of variables one data variable each, else a single one."""
    for dim in array.dims:
        if str(dim).lower() in _VARIABLE:
            return _split(array, dim)
    if array.name is None:
        raise DataError("the DataArray has neither a dim 'variable' nor a name: name it after its variable, like 'R'.")
    return array.to_dataset()


def _split(array: xr.DataArray, dim: Hashable) -> xr.Dataset:
    """One data variable for each label along `dim`, with the unit of a coordinate "units" if there is one."""
    if dim not in array.coords:
        raise DataError(f"dim {dim!r} has no coordinate, so that the variables have no names: assign one.")
    labels = [str(label) for label in array[dim].values]
    no_duplicates("variable", labels)
    units = array.coords.get("units")
    parts = {}
    for number, label in enumerate(labels):
        part = array.isel({dim: number}).drop_vars([str(dim), "units"], errors="ignore")
        part.attrs = {key: value for key, value in array.attrs.items() if key != "units"}
        if units is not None and units.dims == (dim,):
            part.attrs["units"] = str(units.values[number])
        parts[label] = part.rename(label)
    import xarray as xr

    return xr.Dataset(parts)


def _renamed(dataset: xr.Dataset) -> xr.Dataset:
    """`dataset` with the dims called station, time and variable, and without other dims of length one."""
    names = {}
    for canonical, aliases in (("time", _TIME), ("station", _STATION), ("variable", _VARIABLE)):
        found = [dim for dim in dataset.dims if str(dim).lower() in aliases]
        if len(found) > 1:
            raise DataError(f"dims {found[0]!r} and {found[1]!r} could both be the {canonical}: rename one.")
        if found and found[0] != canonical:
            names[found[0]] = canonical
    clashing = [name for name in names.values() if name in dataset.variables]
    dataset = dataset.drop_vars(clashing).rename(names)
    single = [dim for dim, size in dataset.sizes.items() if size == 1 and dim not in ("time", "station", "variable")]
    return dataset.squeeze(single)


def _with_time(dataset: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """`dataset` with naive datetime64 times, and notes on their conversion."""
    if "time" not in dataset.dims:
        raise DataError(f"no dim is called 'time' (there are {_listed(dataset.dims)}): rename the dim of the times.")
    index = dataset.indexes.get("time")
    if index is None:
        raise DataError("dim 'time' has no coordinate: assign the times of the values to it.")
    times, notes = plain_times(index)
    return dataset.assign_coords(time=times), notes


def _one_variable_per_quantity(dataset: xr.Dataset) -> xr.Dataset:
    """Resolve layouts with a dim of variables: one data variable per station, or one for everything."""
    if "variable" not in dataset.dims:
        return dataset
    with_dim = [name for name, array in dataset.data_vars.items() if {"variable", "time"} <= set(array.dims)]
    if not with_dim:
        return dataset
    if "station" in dataset[with_dim[0]].dims:
        return _split(dataset[with_dim[0]], "variable")
    joined = dataset[with_dim].to_dataarray("station")
    places = {
        name: ("station", _place(dataset, with_dim, aliases))
        for name, aliases in (("latitude", _LATITUDE), ("longitude", _LONGITUDE), ("elevation", _ELEVATION))
    }
    joined = joined.drop_vars([name for name in joined.coords if _is_place(name)])
    return _split(joined, "variable").assign_coords(places)


def _place(dataset: xr.Dataset, stations: list[Hashable], aliases: tuple[str, ...]) -> FloatArray:
    """A coordinate of each station in the layout of one data variable per station, NaN where unknown."""
    array = _find_place(dataset, aliases)
    if array is not None and "station" in dataset.indexes:
        known = {str(name): value for name, value in zip(dataset["station"].values, array, strict=True)}
        return np.array([known.get(str(name), np.nan) for name in stations])
    attributes = [dataset[name].attrs for name in stations]
    return np.array([next((float(held[key]) for key in aliases if key in held), np.nan) for held in attributes])


def _find_place(dataset: xr.Dataset, aliases: tuple[str, ...]) -> FloatArray | None:
    """The first coordinate or data variable with one of the names that is a number per station."""
    for alias in aliases:
        for name, array in dataset.variables.items():
            if str(name).lower() != alias or array.dtype.kind not in "fiu":
                continue
            if array.dims == ("station",):
                return np.asarray(array.values, dtype=np.float64)
            # A scalar "height" is that of the instrument above the ground.
            if array.dims == () and alias != "height":
                return np.full(dataset.sizes.get("station", 1), float(array.values))
    return None


def _finished(dataset: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """`dataset` with every data variable on (station, time), and notes on those that were left out."""
    notes = []
    stations = _station_names(dataset)
    if not stations:
        raise DataError("the observations hold no station: the dim 'station' has length 0.")
    places = {}
    for place, aliases in (("latitude", _LATITUDE), ("longitude", _LONGITUDE), ("elevation", _ELEVATION)):
        found = _find_place(dataset, aliases)
        places[place] = ("station", np.full(len(stations), np.nan) if found is None else found)
    keep: dict[str, xr.DataArray] = {}
    for name, array in dataset.data_vars.items():
        if "time" not in array.dims or _is_place(name):
            continue
        array = _as_numbers(array)
        reason = _unusable(array)
        if reason and str(name) in _KNOWN:
            raise DataError(f"{name} cannot be read: {reason}; expected are numbers with dims named station and time.")
        if reason:
            notes.append(f"{name} was left out: {reason}.")
            continue
        whole = array if "station" in array.dims else array.expand_dims(station=len(stations))
        keep[str(name)] = whole.reset_coords(drop=True).drop_vars("station", errors="ignore").transpose("station", "time")
    no_duplicates("variable", [str(name) for name in dataset.data_vars])
    if not keep:
        raise DataError(
            f"no data variable has dims (station, time) or (time) and numbers (there are {_listed(dataset.data_vars)} "
            f"with dims {_listed(dataset.dims)}): rename the dim of the stations to 'station'."
        )
    import xarray as xr

    coords = {"station": list(stations), "time": dataset["time"], **places}
    return xr.Dataset(keep, coords), tuple(notes)


def _as_numbers(array: xr.DataArray) -> xr.DataArray:
    """Numbers that are stored as objects, as pandas does for columns of mixed type, as floats."""
    if array.dtype.kind != "O":
        return array
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        return array


def _unusable(array: xr.DataArray) -> str:
    """Why a data variable along time cannot be weather, empty if it can."""
    other = [dim for dim in array.dims if dim not in ("station", "time")]
    if other:
        return f"it has the further dim {_listed(other)}"
    if array.dtype.kind not in "fiu":
        return f"its values are not numbers but {array.dtype}"
    if "flag_meanings" in array.attrs or "flag_values" in array.attrs:
        return "it holds flags"
    return ""


def _station_names(dataset: xr.Dataset) -> tuple[str, ...]:
    """Names of the stations as text, made up where there are none."""
    size = dataset.sizes.get("station")
    for alias in _STATION:
        array = dataset.variables.get(alias)
        if array is not None and array.dims == (("station",) if size is not None else ()):
            labels = [value.decode() if isinstance(value, bytes) else str(value) for value in np.ravel(array.values)]
            no_duplicates("station", labels)
            return tuple(labels)
    if size is None:
        return (NAMELESS,)
    return tuple(f"{NAMELESS}_{number}" for number in range(size))


def _is_place(name: Hashable) -> bool:
    return str(name).lower() in _LATITUDE + _LONGITUDE + _ELEVATION


def _listed(names: Any) -> str:
    return ", ".join(str(name) for name in names) or "none"
