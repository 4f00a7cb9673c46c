"""A directory of members as one DataArray that reads from the files only what is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from varwg._arrays import IntArray
from varwg._persistence import CONTENT_HASH, DAMAGE
from varwg._provenance import entropy_text
from varwg.ensembles._integrity import file_hash, read_index
from varwg.ensembles._memberfile import read_attributes, read_layout, read_values
from varwg.ensembles._store import DISAGGREGATION, OPTIONS, STEPS, Manifest, Step, member_files
from varwg.errors import StoreError, VarwgError
from varwg.streams import realization_seed

_DIMS: Final = ("realization", "station", "variable", "time")
#: Members that are looked at when an ensemble is opened; all are when they are read.
_LOOKED_AT: Final = 200
#: Attributes that are true of all members, if they have them.
_COMMON: Final = (
    "title",
    "source",
    "model",
    "scenario",
    *OPTIONS,
    DISAGGREGATION,
    "bit_generator",
    "phases_from",
    "version",
    "numpy_version",
    "scipy_version",
    "python_version",
    "processor",
)


class _MemberFiles(BackendArray):
    """Members as an array (realization, station, variable, time), each file opened only while it is read."""

    def __init__(
        self,
        files: Mapping[int, Path],
        variables: tuple[str, ...],
        shape: tuple[int, ...],
        manifest: Manifest,
        unverified: Mapping[int, str],
    ):
        self.paths = tuple(files.values())
        self.members = tuple(files)
        self.unverified = dict(unverified)
        self.variables = variables
        self.shape = shape
        self.dtype = np.dtype(manifest.dtype)
        self.manifest = manifest

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> NDArray[Any]:
        members, stations, variables, times = (_positions(k, n) for k, n in zip(key, self.shape, strict=True))
        names = [self.variables[number] for number in variables]
        values = np.empty((members.size, stations.size, variables.size, times.size), dtype=self.dtype)
        asked = zip((stations, variables, times), self.shape[1:], strict=True)
        whole = all(np.array_equal(positions, np.arange(size)) for positions, size in asked)
        for row, member in enumerate(members):
            with _readable(self.paths[member]) as path:
                expected = self.unverified.get(self.members[member])
                if expected is not None:
                    _require_hash(path, expected)
                    self.unverified.pop(self.members[member], None)
                attributes = read_values(path, names, stations, times, values[row], whole=whole)
            check_attributes(path, attributes, self.manifest, self.members[member])
        scalar = tuple(0 if isinstance(part, (int, np.integer)) else slice(None) for part in key)
        return np.asarray(values[scalar])


def open_ensemble(directory: str | Path, *, step: Step = "daily") -> xr.DataArray:
    """The ensemble in `directory`, opened lazily.

    Parameters
    ----------
    directory : str or Path
        What `simulate_ensemble(out_dir=...)` wrote.
    step : {"daily", "hourly"}
        "hourly" for the hours of an ensemble that was simulated with `disaggregate` (whatever their length).

    Returns
    -------
    xarray.DataArray, dimensions (realization, station, variable, time)
        Values are read when they are used; `.sel(realization=3).load()` reads one file. A member that is read as a whole is
        compared with the hash of its values, and a file whose size or time of change is not that of its writing with the hash
        of its bytes when it is first read. A part of a file that only a disk has changed is what `check_ensemble` finds.

    Raises
    ------
    StoreError
        If there is no manifest or no member, there are no hours, or a file is not a member of this ensemble. That of a
        file may come as late as when it is read, if there are very many.
    """
    if step not in STEPS:
        raise StoreError(f"step is {step!r}, but one of {', '.join(STEPS)} is needed.")
    folder = Path(directory).absolute()
    manifest = Manifest.read(folder)
    if step == "hourly" and not manifest.hourly:
        raise StoreError(f"{folder} holds an ensemble without hours: simulate it with disaggregate=True in another directory.")
    files = member_files(folder)
    if not files:
        raise StoreError(f"{folder} holds a manifest but no member yet: run simulate_ensemble again to finish it.")
    if step == "hourly":
        files = _hours_of(files, member_files(folder, step="hourly"))
    n_times = manifest.n_days * _steps_per_day(manifest, step)
    members = list(files)
    for position in np.unique(np.linspace(0, len(members) - 1, _LOOKED_AT).astype(int)).tolist():
        _check(files[members[position]], manifest, n_times, members[position])
    return assemble(files, manifest, _unverified(folder, files, step))


def _unverified(folder: Path, files: dict[int, Path], step: Step) -> dict[int, str]:
    """Hashes of members that may have been changed since they were written, as their size or time of change tell.

    As many as are looked at are hashed at once, so that what is wrong is told when an ensemble is opened; others when they
    are read for the first time.

    Raises
    ------
    StoreError
        If one has other bytes than were written.
    """
    index = read_index(folder)
    if index is None:
        return {}
    with os.scandir(folder) as entries:
        indexed = {entry.name: entry for entry in entries}
    suspects = {}
    for member, path in files.items():
        entry = index.get((member, step))
        if entry is not None and not entry.unchanged(indexed[path.name].stat()):
            suspects[member] = entry.sha256
    for member in list(suspects)[:_LOOKED_AT]:
        with _readable(files[member]) as path:
            _require_hash(path, suspects.pop(member))
    return suspects


def _require_hash(path: Path, expected: str) -> None:
    if file_hash(path) != expected:
        raise StoreError(
            f"{path} has other bytes than were written: `weathercop check {path.parent} --model MODEL --repair` recomputes it."
        )


def assemble(files: dict[int, Path], manifest: Manifest, unverified: Mapping[int, str] | None = None) -> xr.DataArray:
    """Files of days or of hours that are known to belong together, as a lazily opened array."""
    with _readable(next(iter(files.values()))) as path:
        return _lazy_array(read_layout(path), files, manifest, unverified or {})


def _lazy_array(layout: xr.Dataset, files: dict[int, Path], manifest: Manifest, unverified: Mapping[int, str]) -> xr.DataArray:
    names = tuple(str(name) for name in layout.data_vars)
    shape = (len(files), layout.sizes["station"], len(names), layout.sizes["time"])
    data = xr.Variable(_DIMS, indexing.LazilyIndexedArray(_MemberFiles(files, names, shape, manifest, unverified)))
    coordinates = dict(layout.coords) | {
        "realization": realization_coordinate(list(files)),
        "variable": list(names),
        "units": ("variable", [layout[name].attrs.get("units", "") for name in names]),
    }
    attributes = {name: layout.attrs[name] for name in _COMMON if name in layout.attrs} | {"seed": manifest.seed}
    # By way of a Dataset, which leaves the data alone: DataArray itself would read it all with older versions of xarray.
    return xr.Dataset({"sim_sea": data}, coordinates)["sim_sea"].assign_attrs(attributes)


def realization_coordinate(members: list[int]) -> xr.Variable:
    """The CF ensemble axis."""
    attributes = {"standard_name": "realization", "axis": "E", "long_name": "ensemble member"}
    return xr.Variable("realization", np.array(members, dtype=np.int64), attributes)


def _hours_of(files: dict[int, Path], hourly: dict[int, Path]) -> dict[int, Path]:
    """Hourly files of the members that have a daily one; an hourly file alone is what a killed run left behind."""
    for member, path in files.items():
        if member not in hourly:
            raise StoreError(f"{path} has no hours beside it: run simulate_ensemble again to have them recomputed.")
    return {member: hourly[member] for member in files}


def _steps_per_day(manifest: Manifest, step: Step) -> int:
    if step == "daily":
        return 1
    # Not needed to open days, and it takes as long to import as all the rest.
    from varwg._disaggregation import HourlyOptions

    options = HourlyOptions.from_json(manifest.hourly)
    return 1 if options is None else options.steps_per_day


@contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """What goes wrong while a file is read, as a StoreError that says what to do."""
    try:
        yield path
    except DAMAGE as error:
        if isinstance(error, StoreError):
            raise
        if isinstance(error, VarwgError):
            raise StoreError(f"{path}: {error}") from error
        raise StoreError(f"{path} cannot be read ({error}): run simulate_ensemble again to have it recomputed.") from error


def _check(path: Path, manifest: Manifest, n_times: int, member: int) -> None:
    with _readable(path):
        attributes, n_held, first_day = read_attributes(path)
    check_attributes(path, attributes, manifest, member)
    if first_day != manifest.first_day:
        raise StoreError(f"{path} begins on {first_day}, but its ensemble on {manifest.first_day}: it is not of this ensemble.")
    if n_held != n_times:
        raise StoreError(f"{path} has {n_held} times, but its ensemble has {n_times}: it is not of this ensemble.")


def check_attributes(path: Path, attributes: Mapping[str, Any], manifest: Manifest, member: int) -> None:
    """Refuse a file that is not that member of the ensemble of a manifest.

    Raises
    ------
    StoreError
        Naming the file and the first difference.
    """
    for name, expected in manifest.member_attributes().items():
        if attributes.get(name, "") != expected:
            raise StoreError(f"{path} has another {name} than the manifest of its directory: it is not of this ensemble.")
    if CONTENT_HASH not in attributes:
        raise StoreError(f"{path} has no {CONTENT_HASH}: it is not a member file of this software.")
    seed = realization_seed(member, manifest.seed_sequence)
    seeds = {"entropy": entropy_text(seed), "spawn_key": " ".join(map(str, seed.spawn_key))}
    for name, value in seeds.items() if "entropy" in attributes else ():
        if attributes.get(name, "") != value:
            raise StoreError(
                f"{path} has the {name} {attributes.get(name, '')!r}, but member {member} of this ensemble has {value!r}: it is "
                "another member, or the manifest has been changed."
            )


def _positions(key: Any, length: int) -> IntArray:
    if isinstance(key, slice):
        return np.arange(length)[key]
    return np.atleast_1d(np.asarray(key, dtype=np.intp))
