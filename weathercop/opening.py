"""A directory of members as one DataArray that reads from the files only what is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from varwg.arrays import IntArray
from varwg.errors import StoreError
from weathercop.memberfile import CONTENT_HASH, FILE_ERRORS, read_attributes, read_layout, read_values
from weathercop.store import Manifest, member_files

_DIMS = ("realization", "station", "variable", "time")


class _MemberFiles(BackendArray):
    """Members as an array (realization, station, variable, time), each file opened only while it is read."""

    def __init__(self, paths: tuple[Path, ...], variables: tuple[str, ...], shape: tuple[int, ...], dtype: np.dtype[Any]):
        self.paths = paths
        self.variables = variables
        self.shape = shape
        self.dtype = dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> NDArray[Any]:
        members, stations, variables, times = (_positions(k, n) for k, n in zip(key, self.shape, strict=True))
        values = np.empty((members.size, stations.size, variables.size, times.size), dtype=self.dtype)
        for row, member in enumerate(members):
            values[row] = read_values(self.paths[member], [self.variables[number] for number in variables], stations, times)
        scalar = tuple(0 if isinstance(part, (int, np.integer)) else slice(None) for part in key)
        return np.asarray(values[scalar])


def open_ensemble(directory: str | Path) -> xr.DataArray:
    """The ensemble in `directory`, opened lazily.

    Parameters
    ----------
    directory : str or Path
        What `simulate_ensemble(out_dir=...)` wrote.

    Returns
    -------
    xarray.DataArray, dims (realization, station, variable, time)
        Values are read when they are used; `.sel(realization=3).load()` reads one file.

    Raises
    ------
    StoreError
        If there is no manifest or no member, or a file is not a member of this ensemble.
    """
    folder = Path(directory)
    manifest = Manifest.read(folder)
    files = member_files(folder)
    if not files:
        raise StoreError(f"{folder} holds a manifest but no member yet: run simulate_ensemble again to finish it.")
    for path in files.values():
        _check(path, manifest)
    return assemble(files, manifest)


def assemble(files: dict[int, Path], manifest: Manifest) -> xr.DataArray:
    """Members that are known to belong together, as a lazily opened array."""
    return _lazy_array(read_layout(next(iter(files.values()))), files, manifest)


def _lazy_array(layout: xr.Dataset, files: dict[int, Path], manifest: Manifest) -> xr.DataArray:
    names = tuple(str(name) for name in layout.data_vars)
    shape = (len(files), layout.sizes["station"], len(names), layout.sizes["time"])
    backend = _MemberFiles(tuple(files.values()), names, shape, np.dtype(manifest.dtype))
    data = xr.Variable(_DIMS, indexing.LazilyIndexedArray(backend))
    coordinates = dict(layout.coords) | {
        "realization": realization_coordinate(list(files)),
        "variable": list(names),
        "units": ("variable", [layout[name].attrs.get("units", "") for name in names]),
    }
    kept = (
        "title",
        "source",
        "model",
        "scenario",
        "bit_generator",
        "phases_from",
        "version",
        "numpy_version",
        "scipy_version",
        "python_version",
    )
    attributes = {name: layout.attrs[name] for name in kept if name in layout.attrs} | {"seed": manifest.seed}
    # By way of a Dataset, which leaves the data alone: DataArray itself would read it all with older versions of xarray.
    return xr.Dataset({"sim_sea": data}, coordinates)["sim_sea"].assign_attrs(attributes)


def realization_coordinate(members: list[int]) -> xr.Variable:
    """The CF ensemble axis."""
    attributes = {"standard_name": "realization", "axis": "E", "long_name": "ensemble member"}
    return xr.Variable("realization", np.array(members, dtype=np.int64), attributes)


def _check(path: Path, manifest: Manifest) -> None:
    try:
        attributes, n_days = read_attributes(path)
    except FILE_ERRORS as error:
        raise StoreError(f"{path} cannot be read ({error}): run simulate_ensemble again to have it recomputed.") from error
    for name, expected in (("model", manifest.model), ("scenario", manifest.scenario)):
        if attributes.get(name) != expected:
            raise StoreError(f"{path} has another {name} than the manifest of its directory: it is not of this ensemble.")
    if CONTENT_HASH not in attributes or n_days != manifest.n_days:
        raise StoreError(f"{path} has {n_days} days, but its ensemble has {manifest.n_days}: it is not of this ensemble.")


def _positions(key: Any, length: int) -> IntArray:
    if isinstance(key, slice):
        return np.arange(length)[key]
    return np.atleast_1d(np.asarray(key, dtype=np.intp))
