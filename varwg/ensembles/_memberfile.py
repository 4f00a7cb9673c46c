"""One member as a NetCDF file: written, checked and read; nothing else touches the NetCDF library for ensembles."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends.locks import HDF5_LOCK, NETCDFC_LOCK, combine_locks

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import decoded_times, encoded_times, for_xarray
from varwg._persistence import CONTENT_HASH, DAMAGE, Engine, netcdf_engine, reserve
from varwg.errors import VarwgError

Precision = Literal["float64", "float32"]

#: Attribute that holds the hash of all that it says: of these, of coordinates, names, units, order, number and attributes.
MEMBER_HASH: Final = "member_sha256"
#: A chunk holds whole series, of up to so many bytes where it holds more than one.
_CHUNK_BYTES: Final = 2**22
#: Seconds that a fork waits for a file to be finished.
_FORK_WAITS: Final = 30.0


class MemberWriter:
    """Writes members of one ensemble, from any number of threads, which take turns only inside the NetCDF library.

    Most of the time that a NetCDF-4 file of daily values takes goes into its structure. So the first file is kept as a
    template before it gets its values, and the others are copies of it.

    Parameters
    ----------
    layout : xarray.Dataset
        Coordinates and attributes of all members, with times of any step; data variables over (station, time), whose
        values do not matter.
    engine : {"netcdf4", "scipy"}
        NetCDF-4, or classic NetCDF.
    dtype : {"float64", "float32"}
        Type of the data.
    compression : int
        zlib level of NetCDF-4, 0 for none.
    """

    def __init__(self, layout: xr.Dataset, *, engine: Engine, dtype: Precision, compression: int) -> None:
        self._time = encoded_times(layout["time"].variable)
        self._layout = layout.assign_coords(time=self._time)
        self._columns = {str(name): column for column, name in enumerate(layout.data_vars)}
        self._engine = engine
        self._dtype = dtype
        self._compression = compression
        self._first = threading.Lock()
        self._template = b""
        self._in_template: Mapping[str, str] = {}
        self._structure = ""

    def write(self, path: Path, member: int, values: FloatArray, attributes: Mapping[str, str]) -> str:
        """Write a member.

        Parameters
        ----------
        path : Path
            File to be made or replaced.
        member : int
            Number of the member.
        values : array, shape (S, K, T)
            Its values.
        attributes : mapping of str to str
            What the file says besides the attributes of the layout.

        Returns
        -------
        str
            Hash of the content.

        Raises
        ------
        OSError, RuntimeError
            If the disk is full or the file cannot be written.
        """
        write = self._classic if self._engine == "scipy" else self._netcdf4
        return write(path, member, values, attributes)

    def _netcdf4(self, path: Path, member: int, values: FloatArray, attributes: Mapping[str, str]) -> str:
        state = self._hashed(values)
        with self._first:
            if not self._template:
                reserve(path, sum(coordinate.nbytes for coordinate in self._layout.coords.values()))
                with hdf5_file(path, "w") as file:
                    self._add_structure(file, attributes)
                with hdf5_file(path, "r") as file:
                    self._structure = _structure(_parts_of_file(file))
                self._template, self._in_template = path.read_bytes(), dict(attributes)
        path.write_bytes(self._template)
        reserve(path, values.size * np.dtype(self._dtype).itemsize)
        changed = {name: text for name, text in attributes.items() if self._in_template.get(name) != text}
        changed |= self._hashes(state, member, attributes)
        with hdf5_file(path, "r+") as file:
            for name, array in self._arrays(values):
                if name in self._columns:
                    file.variables[name][...] = array
            file.variables["realization"][...] = member
            for name in self._in_template.keys() - attributes.keys():
                file.delncattr(name)
            file.setncatts(changed)
        return state.hexdigest()

    def _classic(self, path: Path, member: int, values: FloatArray, attributes: Mapping[str, str]) -> str:
        state = self._hashed(values)
        filled = self._layout.copy(data={name: array for name, array in self._arrays(values) if name in self._columns})
        filled = filled.assign_coords(realization=scalar_realization(member))
        encoding: Any = {name: {"_FillValue": np.nan} for name in self._columns}
        with self._first:
            if not self._structure:
                filled.to_netcdf(path, engine="scipy", encoding=encoding)
                with xr.open_dataset(path, engine="scipy", decode_cf=False) as written:
                    self._structure = _structure(_parts_of_dataset(written))
        filled = filled.assign_attrs({**attributes, **self._hashes(state, member, attributes)})
        filled.to_netcdf(path, engine="scipy", encoding=encoding)
        return state.hexdigest()

    def _hashed(self, values: FloatArray) -> _ContentHash:
        """The hash of the data and times, which is taken while other threads are inside the NetCDF library."""
        state = _ContentHash()
        for name, array in self._arrays(values):
            state.add(name, array)
        return state

    def _hashes(self, state: _ContentHash, member: int, attributes: Mapping[str, str]) -> dict[str, str]:
        """The attributes that hold hashes."""
        content, said = state.hexdigest(), {**self._layout.attrs, **attributes}
        return {CONTENT_HASH: content, MEMBER_HASH: _member_hash(content, self._structure, member, said)}

    def _arrays(self, values: FloatArray) -> Iterator[tuple[str, NDArray[Any]]]:
        """Data and times in the order in which they are hashed, made one by one because hours take much memory."""
        for name in sorted((*self._columns, "time")):
            if name == "time":
                yield name, self._time.values
            else:
                yield name, np.ascontiguousarray(values[:, self._columns[name]], dtype=self._dtype)

    def _add_structure(self, file: Any, attributes: Mapping[str, str]) -> None:
        """Everything but the data, which take room in the file only when they are written."""
        file.set_fill_off()
        for name, size in self._layout.sizes.items():
            file.createDimension(name, size)
        coordinates = {str(name): array.variable for name, array in self._layout.coords.items()}
        coordinates["realization"] = scalar_realization(0)
        for name, coordinate in coordinates.items():
            _add_coordinate(file, name, coordinate)
        auxiliary = " ".join(name for name in coordinates if name not in self._layout.dims)
        for column, array in self._layout.data_vars.items():
            created = file.createVariable(str(column), self._dtype, array.dims, fill_value=np.nan, **self._packing())
            created.setncatts({**array.attrs, "coordinates": auxiliary})
        file.setncatts({**self._layout.attrs, **attributes})

    def _packing(self) -> dict[str, Any]:
        if not self._compression:
            return {}
        chunk = chunk_of_series(self._layout.sizes["station"], self._layout.sizes["time"], self._dtype)
        return {"zlib": True, "complevel": self._compression, "shuffle": True, "chunksizes": chunk}


def chunk_of_series(n_stations: int, n_times: int, dtype: str) -> tuple[int, int]:
    """Shape (stations, times) of a chunk: whole series of as many stations as have room in it, so that one can be read."""
    rows = _CHUNK_BYTES // (max(n_times, 1) * np.dtype(dtype).itemsize)
    return max(1, min(n_stations, rows)), n_times


def _with_times(dataset: xr.Dataset) -> xr.Dataset:
    """A member whose times were not decoded, with its times."""
    said = dict(dataset["time"].attrs)
    times = decoded_times(dataset["time"].values, said.pop("units"))
    said.pop("calendar")
    return dataset.assign_coords(time=xr.Variable("time", for_xarray(times), said))


def scalar_realization(member: int) -> xr.Variable:
    """The number of a member as a coordinate."""
    return xr.Variable((), np.int64(member), {"standard_name": "realization", "long_name": "ensemble member"})


def read_member(path: Path) -> xr.Dataset | None:
    """A member file in memory, or None if it is truncated or no NetCDF at all."""
    try:
        with xr.open_dataset(path, engine=netcdf_engine(path), decode_times=False) as dataset:
            return _with_times(dataset.load())
    except DAMAGE as error:
        # Days that the installed xarray cannot hold are no fault of the file.
        if isinstance(error, VarwgError):
            raise
        return None


def read_attributes(path: Path) -> tuple[dict[str, Any], int, str]:
    """Attributes of a member file, how many times it has, and the first day; reads none of the weather.

    Raises
    ------
    OSError, RuntimeError, KeyError, ...
        One of `DAMAGE` if it is truncated or no member.
    """
    if netcdf_engine(path) == "scipy":
        with xr.open_dataset(path, engine="scipy", decode_cf=False) as dataset:
            return (
                dict(dataset.attrs),
                dataset.sizes["time"],
                _first_day(dataset["time"].values[:1], dataset["time"].attrs["units"]),
            )
    with hdf5_file(path, "r") as file:
        times = file.variables["time"]
        return dict(file.__dict__), len(file.dimensions["time"]), _first_day(times[:1], times.units)


def _first_day(numbers: NDArray[Any], units: str) -> str:
    """The day of the first of some encoded times."""
    return str(decoded_times(numbers, units)[0].astype("datetime64[D]"))


def read_layout(path: Path) -> xr.Dataset:
    """Coordinates and attributes of a member but for its number; its data variables have attributes and no values."""
    if netcdf_engine(path) == "scipy":
        with xr.open_dataset(path, engine="scipy", decode_times=False) as dataset:
            empty = {name: xr.Variable((), np.nan, array.attrs) for name, array in dataset.data_vars.items()}
            layout = xr.Dataset(empty, dataset.coords, dataset.attrs).load()
    else:
        with hdf5_file(path, "r") as file:
            variables = {name: _without_data(variable) for name, variable in file.variables.items()}
            layout = xr.decode_cf(xr.Dataset(variables, attrs=dict(file.__dict__)), decode_times=False)
    layout = _with_times(layout.drop_vars("realization", errors="ignore"))
    return layout.assign_coords(station=layout["station"].astype(str))


def read_checked(path: Path) -> dict[str, Any] | None:
    """Attributes of a file whose data have the hash that it was written with (or that has none); None if they do not."""
    state = _ContentHash()
    try:
        if netcdf_engine(path) == "scipy":
            with xr.open_dataset(path, engine="scipy", decode_cf=False) as dataset:
                attributes = dict(dataset.attrs)
                number = dataset["realization"].item() if MEMBER_HASH in attributes else -1
                structure = _structure(_parts_of_dataset(dataset)) if MEMBER_HASH in attributes else ""
                for name in sorted(str(name) for name, variable in dataset.variables.items() if "time" in variable.dims):
                    state.add(name, dataset[name].values)
        else:
            with hdf5_file(path, "r") as file:
                attributes = dict(file.__dict__)
                number = file.variables["realization"][...].item() if MEMBER_HASH in attributes else -1
                structure = _structure(_parts_of_file(file)) if MEMBER_HASH in attributes else ""
                for name in sorted(name for name, variable in file.variables.items() if "time" in variable.dimensions):
                    state.add(name, file.variables[name][...])
        content = state.hexdigest()
        expected = attributes.get(MEMBER_HASH)
        whole = expected is None or expected == _member_hash(content, structure, number, attributes)
    except DAMAGE:
        return None
    return attributes if whole and attributes.get(CONTENT_HASH, content) == content else None


def read_values(
    path: Path, variables: list[str], stations: IntArray, times: IntArray, out: NDArray[Any], *, whole: bool = False
) -> dict[str, Any]:
    """Read a part of a member into `out`, shape (stations, variables, times); `stations` and `times` are positions.

    Where this is the `whole` member, its values and times must have the hash that they were written with.

    Returns
    -------
    dict
        The attributes of the file, for the caller to see whose values these are.

    Raises
    ------
    OSError, RuntimeError, KeyError, ...
        One of `DAMAGE` if the file is truncated or no member.
    """
    rows, span = _span(stations), _span(times)
    inside = np.ix_(stations - rows.start, times - span.start)
    if netcdf_engine(path) == "scipy":
        with xr.open_dataset(path, engine="scipy", decode_cf=False) as dataset:
            for column, name in enumerate(variables):
                out[:, column] = dataset[name].isel(station=rows, time=span).values[inside]
            attributes, numbers = dict(dataset.attrs), dataset["time"].values
    else:
        with hdf5_file(path, "r") as file:
            for column, name in enumerate(variables):
                out[:, column] = file.variables[name][rows, span][inside]
            attributes, numbers = dict(file.__dict__), file.variables["time"][...]
    if whole:
        state = _ContentHash()
        for name in sorted((*variables, "time")):
            state.add(name, numbers if name == "time" else out[:, variables.index(name)])
        if state.hexdigest() != attributes.get(CONTENT_HASH):
            raise OSError(f"its values have another {CONTENT_HASH} than they were written with")
    return attributes


def _span(positions: IntArray) -> slice:
    return slice(int(positions.min()), int(positions.max()) + 1) if positions.size else slice(0, 0)


#: A variable of a file: name, dimensions, type, attributes, and its values unless they are those of weather or times.
_Part: TypeAlias = tuple[str, tuple[str, ...], str, Mapping[str, Any], Any]


def _parts_of_file(file: Any) -> Iterator[_Part]:
    for name, variable in file.variables.items():
        values = None if "time" in variable.dimensions or name == "realization" else variable[...]
        yield name, tuple(variable.dimensions), str(variable.dtype), variable.__dict__, values


def _parts_of_dataset(dataset: xr.Dataset) -> Iterator[_Part]:
    for name, variable in dataset.variables.items():
        values = None if "time" in variable.dims or name == "realization" else variable.values
        yield str(name), tuple(map(str, variable.dims)), str(variable.dtype), variable.attrs, values


def _structure(parts: Iterator[_Part]) -> str:
    """All that a file says but its weather, times, number and attributes, as canonical text in the order of the file."""
    return json.dumps(
        [
            [name, dims, dtype, {key: str(text) for key, text in sorted(attributes.items())}, np.asarray(values).tolist()]
            for name, dims, dtype, attributes, values in parts
        ],
        default=str,
    )


def _member_hash(content: str, structure: str, member: int, attributes: Mapping[str, Any]) -> str:
    said = {name: str(text) for name, text in sorted(attributes.items()) if name not in (CONTENT_HASH, MEMBER_HASH)}
    return hashlib.sha256(json.dumps([content, structure, int(member), said]).encode()).hexdigest()


class _ContentHash:
    """SHA-256 of the names, shapes and values of the data and times, which are added in the order of their names."""

    def __init__(self) -> None:
        self._state = hashlib.sha256()

    def add(self, name: str, array: NDArray[Any]) -> None:
        self._state.update(f"{name}|{array.shape}|".encode())
        values = np.ascontiguousarray(array)
        self._state.update(values.astype(np.float64 if values.dtype.kind == "f" else np.int64, copy=False).data)

    def hexdigest(self) -> str:
        return self._state.hexdigest()


@contextmanager
def hdf5_file(path: Path, mode: Literal["r", "w", "r+"]) -> Iterator[Any]:
    """A NetCDF-4 file while no other thread is inside the library, which HDF5 would not survive.

    The lock is the one that xarray holds when it reads: what a user does meanwhile in another thread waits, too.
    """
    import netCDF4

    with combine_locks([NETCDFC_LOCK, HDF5_LOCK]):
        file = netCDF4.Dataset(path, mode)
        try:
            file.set_auto_maskandscale(False)
            yield file
        finally:
            if file.isopen():
                _close(file)


def _close(file: Any) -> None:
    """Close a file; if that fails, see to it that it is not closed again when it is forgotten, without a lock and in ruins."""
    try:
        file.close()
    except RuntimeError:
        file._isopen = 0
        raise


class _ForkBetweenFiles:
    """What makes a fork wait for the thread that is inside the library for files.

    The child would find its lock taken for ever otherwise, and the library in the middle of something.
    """

    def __init__(self) -> None:
        self._held: list[Any] = []

    def before(self) -> None:
        """Take the locks, in the order in which all others take them; in vain if this very thread holds them."""
        both: Any = combine_locks([NETCDFC_LOCK, HDF5_LOCK])
        self._held = [lock for lock in both.locks if lock.acquire(timeout=_FORK_WAITS)]

    def after(self) -> None:
        """Give them back, in the parent and in the child."""
        for lock in self._held:
            lock.release()


def _fork_between_files() -> None:
    waiting = _ForkBetweenFiles()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=waiting.before, after_in_parent=waiting.after, after_in_child=waiting.after)


_fork_between_files()


def _add_coordinate(file: Any, name: str, variable: xr.Variable) -> None:
    values = np.asarray(variable.values)
    text = values.dtype.kind in "UO"
    created = file.createVariable(name, str if text else values.dtype, variable.dims)
    created.setncatts(variable.attrs)
    created[...] = values.astype(object) if text else values


def _without_data(variable: Any) -> xr.Variable:
    """A variable of an open file in memory, but for values of weather."""
    if {"station", "time"} <= set(variable.dimensions):
        return xr.Variable((), np.nan, dict(variable.__dict__))
    return xr.Variable(variable.dimensions, variable[...], dict(variable.__dict__))
