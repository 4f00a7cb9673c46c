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

from varwg.arrays import IntArray

Engine = Literal["netcdf4", "scipy"]
Precision = Literal["float64", "float32"]

#: Attribute of a member file that holds the hash of its content.
CONTENT_HASH: Final = "content_sha256"
_TIME_ENCODING: Final = (("units", "days since 1970-01-01"), ("calendar", "proleptic_gregorian"))
#: What the libraries raise when a file is truncated, or no NetCDF, or the disk is full.
FILE_ERRORS: Final = (OSError, ValueError, RuntimeError, KeyError, TypeError, IndexError, AttributeError)


def write_member(path: Path, dataset: xr.Dataset, *, engine: Engine, compression: int = 0) -> None:
    """Write a member and flush it to the disk.

    Parameters
    ----------
    path : Path
        File to be made or replaced.
    dataset : xarray.Dataset
        Data variables of floats over (station, time), daily times, other coordinates of numbers or text.
    engine : {"netcdf4", "scipy"}
        NetCDF-4, or classic NetCDF without compression.
    compression : int
        zlib level of NetCDF-4, 0 for none.

    Raises
    ------
    OSError, RuntimeError
        If the disk is full or the file cannot be written.
    """
    dataset = dataset.assign_attrs({CONTENT_HASH: content_hash(dataset)})
    if engine == "scipy":
        encoding: dict[str, dict[str, Any]] = {str(name): {"_FillValue": np.nan} for name in dataset.data_vars}
        encoding["time"] = {**dict(_TIME_ENCODING), "dtype": "int32"}
        dataset.to_netcdf(path, engine="scipy", encoding=encoding)
    else:
        with _hdf5(path, "w") as file:
            _fill(file, dataset, compression)
    flush(path)


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
    with _hdf5(path, "r") as file:
        return dict(file.__dict__), len(file.dimensions["time"])


def read_checked(path: Path) -> dict[str, Any] | None:
    """Attributes of a file whose data have the hash that it was written with (or that has none); None if they do not."""
    try:
        if engine_of(path) == "scipy":
            with xr.open_dataset(path, engine="scipy", decode_times=False) as dataset:
                attributes, found = dict(dataset.attrs), content_hash(dataset)
        else:
            with _hdf5(path, "r") as file:
                attributes = dict(file.__dict__)
                found = _hash_of({name: variable[...] for name, variable in file.variables.items() if _is_hashed(variable)})
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
        with _hdf5(path, "r") as file:
            parts = [file.variables[name][:, span] for name in variables]
    chosen = [part[np.ix_(stations, times - span.start)] for part in parts]
    return np.stack(chosen, axis=1) if chosen else np.empty((stations.size, 0, times.size))


def engine_of(path: Path) -> Engine:
    """The engine that reads a file: "scipy" for classic NetCDF, by its first bytes, else "netcdf4"."""
    with path.open("rb") as file:
        return "scipy" if file.read(3) == b"CDF" else "netcdf4"


def content_hash(dataset: xr.Dataset) -> str:
    """SHA-256 of the names, shapes and values of all data variables and of the times."""
    return _hash_of({str(name): dataset[name].values for name in (*dataset.data_vars, "time")})


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
    state = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        if values.dtype.kind == "M":
            values = values.astype("datetime64[D]")
        state.update(f"{name}|{values.shape}|".encode())
        state.update(values.astype(np.float64 if values.dtype.kind == "f" else np.int64, copy=False).data)
    return state.hexdigest()


def _is_hashed(variable: Any) -> bool:
    return "time" in variable.dimensions


@contextmanager
def _hdf5(path: Path, mode: Literal["r", "w"]) -> Iterator[Any]:
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
    for name in dataset.coords:
        _add(file, str(name), dataset[name].variable)
    file.set_auto_maskandscale(False)
    for name in dataset.data_vars:
        variable = dataset[name].variable
        packing = {"zlib": True, "complevel": compression, "shuffle": True, "chunksizes": variable.shape} if compression else {}
        _add(file, str(name), variable, {"coordinates": auxiliary}, fill_value=np.nan, **packing)
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
    created[...] = values.astype(object) if text else values
