"""Ways out of an ensemble: one NetCDF file, a Zarr store, CSV files, a dataset; never more than one member in memory."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
import xarray as xr

from varwg._arguments import cell, told_once
from varwg._calendar import encoded_times
from varwg._persistence import CONTENT, EXPORT, TEXT, has_netcdf4, replacing, reserve
from varwg._variables import VARIABLES, cf_attributes
from varwg.ensembles._memberfile import chunk_of_series, hdf5_file
from varwg.ensembles._opening import realization_coordinate
from varwg.errors import DataError, StoreError
from varwg.io._grid import grid_like, on_grid, remembered

#: An ensemble as `simulate_ensemble` or `open_ensemble` gives it, or members as `Multisite.iter_members` gives them.
Members: TypeAlias = xr.DataArray | Iterable[xr.DataArray]

#: Attributes that are true of one member and of no other.
_OF_A_MEMBER: Final = ("entropy", "spawn_key", "bit_generator", "bit_generator_state")


#: Endings of files of models that have no ending of their own.
_ENDINGS: Final = MappingProxyType({"apsim": ".met", "dyresm": ".wdf", "swat": ".pcp", "hbv": ".txt", "dssat": ".WTH"})
#: Models that have no place for evaporation of their own.
_WITHOUT_EVAPORATION: Final = ("glm", "gotm", "dyresm", "dssat", "epw")


def to_dataset(ensemble: xr.DataArray) -> xr.Dataset:
    """The tidy CF layout of an ensemble or a member: one data variable per weather variable, with its units.

    Parameters
    ----------
    ensemble : xarray.DataArray, dimensions (..., station, variable, time)
        As `simulate_ensemble`, `open_ensemble`, `simulate` or `iter_members` gives it; what is lazy stays so.

    Returns
    -------
    xarray.Dataset
        Its `to_dataframe()` is a table with one column per variable.
    """
    units = dict(zip(ensemble["variable"].values.tolist(), ensemble["units"].values.tolist(), strict=True))
    data = {}
    for name, unit in units.items():
        of_variables = [key for key, held in ensemble.coords.items() if held.dims == ("variable",)]
        data[name] = ensemble.sel(variable=name).drop_vars(of_variables).rename(name)
        data[name].attrs = _variable_attributes(name, unit)
    return xr.Dataset(data, attrs={"Conventions": "CF-1.10", "featureType": "timeSeries", **ensemble.attrs})


def to_netcdf(
    members: Members, path: str | Path, *, dtype: str = "float64", compression: int = 0, grid: bool = False, like: Any = None
) -> Path:
    """One NetCDF-4 file with the dimensions (realization, station, time), written member by member.

    Parameters
    ----------
    members : DataArray or iterable of DataArray
        An ensemble, or members one after the other.
    path : str or Path
        File to be made; it appears under its name when it is complete.
    dtype : {"float64", "float32"}
        How values are stored.
    compression : int
        zlib level, 0 for none.
    grid : bool
        Whether stations go back into the grid that they are cells of (see `varwg.io.as_grid`).
    like : xarray.Dataset or path, optional
        Data on the grid that they go into.

    Returns
    -------
    Path

    Raises
    ------
    StoreError
        If there is no member, netCDF4 is not installed, or the file cannot be written.
    DataError
        If the grid is not known.
    """
    if not has_netcdf4():
        raise StoreError("netCDF4 is not installed, which writes members into one file: install it, or use to_csv or to_zarr.")
    packing = {"zlib": True, "complevel": compression, "shuffle": True} if compression else {}
    with replacing(path, error=StoreError, kind=EXPORT) as temporary:
        layout = None if like is None else grid_like(like)
        for position, dataset in enumerate(_datasets(members)):
            chunks: tuple[int, ...] = _chunks(dataset, dtype)
            if grid or layout is not None:
                dataset = on_grid(dataset, layout or remembered(dataset))
                chunks = tuple(next(iter(dataset.data_vars.values())).shape)
            if position == 0:
                encoding: dict[Any, dict[str, Any]] = {
                    name: {"dtype": dtype, "_FillValue": np.nan, "chunksizes": chunks, **packing} for name in dataset.data_vars
                }
                encoded = dataset.assign_coords(time=encoded_times(dataset["time"].variable)).assign_attrs({CONTENT: EXPORT})
                reserve(temporary, dataset.nbytes)
                encoded.to_netcdf(temporary, engine="netcdf4", unlimited_dims=["realization"], encoding=encoding)
                continue
            reserve(temporary, dataset.nbytes)
            with hdf5_file(temporary, "r+") as file:
                for name in (*dataset.data_vars, "realization"):
                    file.variables[name][position] = dataset[name].values[0]
    return Path(path)


def to_zarr(members: Members, path: str | Path, *, dtype: str = "float64") -> Path:
    """A Zarr store with the dimensions (realization, station, time), a chunk (of hours, several) per member and variable.

    Parameters
    ----------
    members, path, dtype
        As for `to_netcdf`; `path` must not exist yet.

    Raises
    ------
    StoreError
        If Zarr is not installed, there is no member, or the store cannot be written.
    """
    if find_spec("zarr") is None:
        raise StoreError("Zarr is not installed: install the package zarr, or use to_netcdf.")
    with replacing(path, error=StoreError, kind=EXPORT, folder=True) as temporary:
        for position, dataset in enumerate(_datasets(members)):
            if position == 0:
                chunks = _chunks(dataset, dtype)
                encoding: dict[Any, dict[str, Any]] = {name: {"dtype": dtype, "chunks": chunks} for name in dataset.data_vars}
                encoded = dataset.assign_coords(time=encoded_times(dataset["time"].variable))
                encoded.to_zarr(temporary, mode="w-", encoding=encoding, consolidated=False)
            else:
                dataset.drop_vars([name for name in dataset.coords if "realization" not in dataset[name].dims]).to_zarr(
                    temporary, append_dim="realization", consolidated=False
                )
    return Path(path)


def to_csv(members: Members, directory: str | Path) -> list[Path]:
    """One CSV file per station: realization, date (of hours, time) and a column for each variable, in full precision.

    Parameters
    ----------
    members : DataArray or iterable of DataArray
        An ensemble, or members one after the other.
    directory : str or Path
        Where the files go, `<station>.csv` or, of hours, `<station>_hourly.csv`; made if needed. A path that ends in `.csv`
        is one file of all stations, with a column `station`.

    Returns
    -------
    list of Path
        The files in the order of the stations. Missing values are empty.

    Raises
    ------
    StoreError
        If there is no member, two stations would share a file, the directory holds files of an earlier export that these do not
        replace, or the files cannot be written.
    """
    target = Path(directory)
    in_one = target.suffix == ".csv"
    folder = target.parent if in_one else target
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be created ({error.strerror}): choose another directory.") from error
    paths: list[Path] = []
    with ExitStack() as stack:
        temporaries: list[Path] = []
        for dataset in _datasets(members):
            names = list(map(str, dataset.data_vars))
            of_days, times = _time_texts(dataset["time"].variable)
            if not paths:
                stations = dataset["station"].values.tolist()
                paths = [target] if in_one else _station_files(folder, stations, "" if of_days else "_hourly")
                temporaries = [stack.enter_context(replacing(path, error=StoreError, kind=TEXT)) for path in paths]
                units = (f"{name} [{dataset[name].attrs['units']}]" for name in names)
                header = ["realization", *(["station"] if in_one else []), "date" if of_days else "time", *units]
                for temporary in temporaries:
                    _append_header(temporary, header)
                beginning = ",".join(header[:2]).encode()
                others = () if in_one else sorted(set(folder.glob("*.csv")) - set(paths))
                _refuse(folder, [other for other in others if other.is_file() and _starts(other, beginning)])
            member = str(int(dataset["realization"].values[0]))
            for number, station in enumerate(stations):
                columns = (_texts(dataset[name].values[0, number]) for name in names)
                labels = [repeat(text, len(times)) for text in ((member, _quoted(cell(station))) if in_one else (member,))]
                _append_rows(temporaries[0 if in_one else number], zip(*labels, times, *columns, strict=True))
    return paths


def to_models(members: Members, directory: str | Path, format_name: str) -> int:
    """Files of a lake, crop or hydrological model: a folder for each member, with a file for each station.

    Folders of SWAT+ have the lists of files too that it looks for, pcp.cli and so on.

    Parameters
    ----------
    members : DataArray or iterable of DataArray
        An ensemble, or members one after the other.
    directory : str or Path
        Where the folders go, `real_0000` and so on.
    format_name : str
        A format that `varwg.write_weather` writes, such as "glm" or "dssat".

    Returns
    -------
    int
        Number of stations written.

    Raises
    ------
    DataError
        If there is no such format, or the members lack what it needs.
    StoreError
        If there is no member, two stations would share a file, a folder cannot be made, or there are folders or files of an
        earlier export that these do not replace.
    """
    from varwg.io._crop import list_swat, names_of_dssat
    from varwg.io._formats import FORMATS
    from varwg.io._series import LOGGER

    writable = {form.name: form for form in FORMATS if form.write is not None}
    chosen = writable.get(format_name)
    if isinstance(members, xr.DataArray):
        _refuse(Path(directory), _members_beside(Path(directory), members["realization"].values.ravel().tolist()))
    members = _checked(members, format_name)
    if chosen is None or chosen.write is None:
        raise StoreError(f"format {format_name!r} cannot be written: choose one of {', '.join(writable)}.")
    ending = _ENDINGS.get(format_name, (*chosen.suffixes, ".csv")[0])
    count = 0
    numbers = []
    with told_once(LOGGER):
        for dataset in _datasets(members):
            numbers.append(int(dataset["realization"].values[0]))
            folder = Path(directory) / _folder_of(numbers[-1])
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"{folder} cannot be created ({error.strerror}): choose another directory.") from error
            before = _files_in(folder)
            daily = dataset.isel(realization=0, drop=True)
            stations = [str(name) for name in daily["station"].values]
            # SWAT+ reads names of files from its lists up to the first blank.
            signs = "-_." if format_name == "swat" else "-_. "
            paths = _station_files(folder, stations, "", signs)
            if format_name == "dssat":
                paths = [folder / name for name in names_of_dssat(stations, daily["time"].values)]
            for row, path in enumerate(paths):
                try:
                    chosen.write(daily.isel(station=[row]), path.with_suffix(ending))
                except DataError:
                    for empty in (folder, Path(directory)):
                        with suppress(OSError):  # what holds files stays
                            empty.rmdir()
                    raise
                count += 1
            after = _files_in(folder)
            endings = {path.suffix for path, _ in after.items() - before.items()}
            _refuse(folder, [path for path, _ in sorted(after.items() & before.items()) if path.suffix in endings])
            if format_name == "swat":
                list_swat(folder)
    _refuse(Path(directory), _members_beside(Path(directory), numbers))
    return count


def _folder_of(number: int) -> str:
    return f"real_{number:04d}"


def _members_beside(folder: Path, numbers: list[int]) -> list[Path]:
    """Folders of members of an earlier export that have other numbers."""
    names = set(map(_folder_of, numbers))
    return sorted(path for path in folder.glob("real_*") if path.is_dir() and path.name not in names)


def _files_in(folder: Path) -> dict[Path, int]:
    """Files in a folder and in those within it, with the numbers that the file system gives them, anew where one is replaced."""
    return {path: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def _starts(path: Path, beginning: bytes) -> bool:
    """Whether a file starts so, as those of an earlier export do."""
    with path.open("rb") as file:
        return file.read(len(beginning)) == beginning


def _refuse(folder: Path, others: list[Path]) -> None:
    """Refuse to have new files among others that nobody could tell from them."""
    if others:
        raise StoreError(
            f"{folder} holds {others[0].relative_to(folder)} of an earlier export, which this one does not replace, so that both "
            "would be mixed: remove it, or choose another directory."
        )


def with_evaporation(members: Members) -> Iterator[xr.DataArray]:
    """Members one after the other with the variable ET0, the reference evaporation of each step in mm.

    Parameters
    ----------
    members : DataArray or iterable of DataArray
        An ensemble, or members one after the other.

    Raises
    ------
    DataError
        If they lack what `varwg.io.reference_evaporation` needs.
    """
    from varwg.io._models import EVAPORATION, reference_evaporation

    for member in _each(members):
        dataset = to_dataset(member.load())
        rows = [reference_evaporation(dataset.isel(station=[row])) for row in range(dataset.sizes["station"])]
        added = member.isel(variable=[0]).copy(data=np.stack(rows)[:, None])
        named = {"variable": ("variable", [EVAPORATION]), "units": ("variable", ["mm"])}
        yield xr.concat([member, added.assign_coords(named)], "variable", coords="minimal", compat="override")


def _checked(members: Members, format_name: str) -> Iterator[xr.DataArray]:
    """Members, if the model has a place for the evaporation that they may have."""
    from varwg.io._models import EVAPORATION

    for member in _each(members):
        if format_name in _WITHOUT_EVAPORATION and EVAPORATION in member["variable"].values:
            raise StoreError(f"files of {format_name} cannot hold evaporation: leave --evaporation out.")
        yield member


def _datasets(members: Members) -> Iterator[xr.Dataset]:
    """Each member as a dataset with a dimension `realization` of length 1, in memory."""
    none = True
    for member in _each(members):
        none = False
        dataset = to_dataset(member.load()).expand_dims("realization")
        dataset.attrs = {name: value for name, value in dataset.attrs.items() if name not in _OF_A_MEMBER}
        number = realization_coordinate([int(member["realization"])])
        yield dataset.assign_coords(realization=number).transpose("realization", "station", "time")
    if none:
        raise StoreError("there is no member to write: pass an ensemble, or members of one that nothing has read yet.")


def _each(members: Members) -> Iterator[xr.DataArray]:
    if not isinstance(members, xr.DataArray):
        yield from members
    elif "realization" not in members.dims:
        yield members
    else:
        for position in range(members.sizes["realization"]):
            yield members.isel(realization=position)


def _variable_attributes(name: str, units: str) -> dict[str, str]:
    known = (cf_attributes(variable) for variable in VARIABLES if (variable.name, variable.units) == (name, units))
    return next(known, {"units": units})


def _chunks(dataset: xr.Dataset, dtype: str) -> tuple[int, int, int]:
    """One member and whole series of as many stations as make a chunk of reasonable size."""
    return (1, *chunk_of_series(dataset.sizes["station"], dataset.sizes["time"], dtype))


def _time_texts(times: xr.Variable) -> tuple[bool, list[str]]:
    """Whether times are days, and the times in ISO 8601."""
    unit = str(encoded_times(times).attrs["units"]).split()[0]
    precision: Any = {"days": "D", "seconds": "s"}.get(unit, "m")
    return unit == "days", np.datetime_as_string(times.values, unit=precision).tolist()


def _texts(values: Any) -> list[str]:
    return ["" if value != value else repr(value) for value in values.tolist()]


def _quoted(text: str) -> str:
    """A name as a cell of a CSV file."""
    quotes = any(sign in text for sign in ',"\n\r')
    return '"{}"'.format(text.replace('"', '""')) if quotes else text


def _append_header(path: Path, names: list[str]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(map(cell, names))


def _append_rows(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Numbers and times, which need no quotes, so that `csv` would only take time."""
    with path.open("a", encoding="utf-8", newline="") as file:
        file.writelines(f"{','.join(row)}\n" for row in rows)


def _station_files(folder: Path, stations: list[str], suffix: str, signs: str = "-_. ") -> list[Path]:
    names = ["".join(letter if letter.isalnum() or letter in signs else "_" for letter in station) for station in stations]
    # Windows and macOS do not tell capitals, nor letters that are composed, from others.
    folded = [unicodedata.normalize("NFC", name).casefold() for name in names]
    for name, alike, station in zip(names, folded, stations, strict=True):
        if folded.count(alike) > 1:
            raise StoreError(f"station {station!r} would share the file {name}.csv with another: rename one of the stations.")
    return [folder / f"{name}{suffix}.csv" for name in names]
