"""One member as a NetCDF file: written, checked and read; nothing else touches the NetCDF library for ensembles."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends.locks import HDF5_LOCK, NETCDFC_LOCK, combine_locks

from varwg.arrays import FloatArray, IntArray

Engine = Literal["netcdf4", "scipy"]
Precision = Literal["float64", "float32"]

#: Attribute of a member file that holds the hash of its content.
CONTENT_HASH: Final = "content_sha256"
_TIME_ENCODING: Final = (("units", "days since 1970-01-01"), ("calendar", "proleptic_gregorian"))
#: Larger files are no templates: their structure takes no time worth the memory.
_LARGEST_TEMPLATE: Final = 2**24
#: What the libraries raise when a file is truncated, or no NetCDF, or the disk is full.
FILE_ERRORS: Final = (OSError, ValueError, RuntimeError, KeyError, TypeError, IndexError, AttributeError)


class MemberWriter:
    """Writes members of one ensemble, one after the other.

    Most of the time that a NetCDF-4 file takes goes into its structure. So the first file is kept as a template, and
    the others are copies of it in which data and attributes are replaced.

    Parameters
    ----------
    layout : xarray.Dataset
        Coordinates and attributes of all members; data variables over (station, time), whose values do not matter.
    engine : {"netcdf4", "scipy"}
        NetCDF-4, or classic NetCDF.
    dtype : {"float64", "float32"}
        Type of the data.
    compression : int
        zlib level of NetCDF-4, 0 for none.
    """

    def __init__(self, layout: xr.Dataset, *, engine: Engine, dtype: Precision, compression: int) -> None:
        self._layout = layout
        self._engine = engine
        self._dtype = dtype
        self._compression = compression
        self._days = layout["time"].values.astype("datetime64[D]").astype(np.int32)
        self._template = b""
        self._in_template: Mapping[str, str] = {}

    def write(self, path: Path, member: int, values: FloatArray, attributes: Mapping[str, str]) -> None:
        """Write a member and flush it to the disk.

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

        Raises
        ------
        OSError, RuntimeError
            If the disk is full or the file cannot be written.
        """
        names = map(str, self._layout.data_vars)
        data = {name: np.ascontiguousarray(values[:, k], dtype=self._dtype) for k, name in enumerate(names)}
        hashed = {**attributes, CONTENT_HASH: _hash_of({**data, "time": self._days})}
        if self._engine == "scipy":
            self._classic(path, member, data, hashed)
        elif self._template:
            path.write_bytes(self._template)
            with hdf5_file(path, "r+") as file:
                for name, array in data.items():
                    file.variables[name][...] = array
                file.variables["realization"][...] = member
                file.setncatts({name: text for name, text in hashed.items() if self._in_template.get(name) != text})
        else:
            with hdf5_file(path, "w") as file:
                _fill(file, self._dataset(member, data, hashed), self._compression)
            # The chunks of a compressed file have the sizes of its data, so it is no template.
            if not self._compression and path.stat().st_size <= _LARGEST_TEMPLATE:
                self._template, self._in_template = path.read_bytes(), hashed
        flush(path)

    def _classic(self, path: Path, member: int, data: Mapping[str, NDArray[Any]], attributes: Mapping[str, str]) -> None:
        encoding: dict[str, dict[str, Any]] = {name: {"_FillValue": np.nan} for name in data}
        encoding["time"] = {**dict(_TIME_ENCODING), "dtype": "int32"}
        self._dataset(member, data, attributes).to_netcdf(path, engine="scipy", encoding=encoding)

    def _dataset(self, member: int, data: Mapping[str, NDArray[Any]], attributes: Mapping[str, str]) -> xr.Dataset:
        filled = self._layout.copy(data=data)
        return filled.assign_coords(realization=scalar_realization(member)).assign_attrs(attributes)


def scalar_realization(member: int) -> xr.Variable:
    """The number of a member as a coordinate."""
    return xr.Variable((), np.int64(member), {"standard_name": "realization", "long_name": "ensemble member"})


def read_member(path: Path) -> xr.Dataset | None:
    """A member file in memory, or None if it is truncated or no NetCDF at all."""
    try:
        with xr.open_dataset(path, engine=engine_of(path)) as dataset:
            return dataset.load()
    except FILE_ERRORS:
        return None


def read_attributes(path: Path) -> tuple[dict[str, Any], int]:
    """Attributes of a member file, and how many days it has; reads none of the data.

    Raises
    ------
    OSError, RuntimeError, KeyError, ...
        One of `FILE_ERRORS` if it is truncated or no member.
    """
    if engine_of(path) == "scipy":
        with xr.open_dataset(path, engine="scipy", decode_cf=False) as dataset:
            return dict(dataset.attrs), dataset.sizes["time"]
    with hdf5_file(path, "r") as file:
        return dict(file.__dict__), len(file.dimensions["time"])


def read_layout(path: Path) -> xr.Dataset:
    """Coordinates and attributes of a member but for its number; its data variables have attributes and no values."""
    if engine_of(path) == "scipy":
        with xr.open_dataset(path, engine="scipy") as dataset:
            empty = {name: xr.Variable((), np.nan, array.attrs) for name, array in dataset.data_vars.items()}
            layout = xr.Dataset(empty, dataset.coords, dataset.attrs).load()
    else:
        with hdf5_file(path, "r") as file:
            variables = {name: _without_data(variable) for name, variable in file.variables.items()}
            layout = xr.decode_cf(xr.Dataset(variables, attrs=dict(file.__dict__)))
    layout = layout.drop_vars("realization", errors="ignore")
    return layout.assign_coords(station=layout["station"].astype(str))


def read_checked(path: Path) -> dict[str, Any] | None:
    """Attributes of a file whose data have the hash that it was written with (or that has none); None if they do not."""
    try:
        if engine_of(path) == "scipy":
            with xr.open_dataset(path, engine="scipy", decode_times=False) as dataset:
                attributes = dict(dataset.attrs)
                found = _hash_of({str(name): dataset[name].values for name in (*dataset.data_vars, "time")})
        else:
            with hdf5_file(path, "r") as file:
                attributes = dict(file.__dict__)
                hashed = {name: variable for name, variable in file.variables.items() if "time" in variable.dimensions}
                found = _hash_of({name: variable[...] for name, variable in hashed.items()})
    except FILE_ERRORS:
        return None
    return attributes if attributes.get(CONTENT_HASH, found) == found else None


def read_values(path: Path, variables: list[str], stations: IntArray, times: IntArray) -> NDArray[Any]:
    """A part of a member, shape (stations, variables, times); `stations` and `times` are positions."""
    span = slice(int(times.min()), int(times.max()) + 1) if times.size else slice(0, 0)
    if engine_of(path) == "scipy":
        with xr.open_dataset(path, engine="scipy", decode_cf=False) as dataset:
            parts = [dataset[name].isel(time=span).values for name in variables]
    else:
        with hdf5_file(path, "r") as file:
            parts = [file.variables[name][:, span] for name in variables]
    chosen = [part[np.ix_(stations, times - span.start)] for part in parts]
    return np.stack(chosen, axis=1) if chosen else np.empty((stations.size, 0, times.size))


def engine_of(path: Path) -> Engine:
    """The engine that reads a file: "scipy" for classic NetCDF, by its first bytes, else "netcdf4"."""
    with path.open("rb") as file:
        return "scipy" if file.read(3) == b"CDF" else "netcdf4"


def flush(path: Path) -> None:
    """Force a file or a directory entry to the disk; directories cannot be opened for that on Windows."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hash_of(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of the names, shapes and values of the data and of the days since 1970."""
    state = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        state.update(f"{name}|{values.shape}|".encode())
        state.update(values.astype(np.float64 if values.dtype.kind == "f" else np.int64, copy=False).data)
    return state.hexdigest()


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
                file.close()


def _fill(file: Any, dataset: xr.Dataset, compression: int) -> None:
    for name, size in dataset.sizes.items():
        file.createDimension(name, size)
    auxiliary = " ".join(str(name) for name in dataset.coords if name not in dataset.dims)
    for name, coordinate in dataset.coords.items():
        _add(file, str(name), coordinate.variable)
    for name, variable in dataset.data_vars.items():
        packing = {"zlib": True, "complevel": compression, "shuffle": True, "chunksizes": variable.shape} if compression else {}
        _add(file, str(name), variable.variable, {"coordinates": auxiliary}, fill_value=np.nan, **packing)
    file.setncatts(dataset.attrs)


def _add(file: Any, name: str, variable: xr.Variable, more: Mapping[str, str] | None = None, **options: Any) -> None:
    values = np.asarray(variable.values)
    attributes = {**variable.attrs, **(more or {})}
    if values.dtype.kind == "M":
        values = values.astype("datetime64[D]").astype(np.int32)
        attributes |= dict(_TIME_ENCODING)
    text = values.dtype.kind in "UO"
    created = file.createVariable(name, str if text else values.dtype, variable.dims, **options)
    created.setncatts(attributes)
    created.set_auto_maskandscale(False)
    created[...] = values.astype(object) if text else values


def _without_data(variable: Any) -> xr.Variable:
    """A variable of an open file in memory, but for values of weather."""
    if {"station", "time"} <= set(variable.dimensions):
        return xr.Variable((), np.nan, dict(variable.__dict__))
    return xr.Variable(variable.dimensions, variable[...], dict(variable.__dict__))
