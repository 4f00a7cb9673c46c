"""Which format a file has, and the one way to read or write any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from varwg.errors import DataError, UnitError
from varwg.io import _crop as crop
from varwg.io import _dwd as dwd
from varwg.io import _ecad as ecad
from varwg.io import _ghcn as ghcn
from varwg.io import _lake_models as lake
from varwg.io import _models as models
from varwg.io import _standard as netcdf
from varwg.io import _table as table
from varwg.io._grid import Grid, grid_text
from varwg.io._series import LOGGER, Place, Series, to_dataset, wanted
from varwg.io._sources import Member, PathLike, as_paths, members
from varwg.io._standard import in_package_units

if TYPE_CHECKING:
    import xarray as xr


def merged(datasets: Sequence[xr.Dataset], sources: Sequence[str]) -> xr.Dataset:
    """One tidy Dataset of several; where two have a value for the same station, variable and time, the first wins.

    Parameters
    ----------
    datasets : sequence of xarray.Dataset
        Tidy ones. A single one is returned as it is; several are brought to the units of the packages.
    sources : sequence of str
        Where each comes from, for messages.

    Raises
    ------
    DataError
        If their steps differ, or the unit of one is not known.
    """
    if len(datasets) == 1:
        return datasets[0]
    converted = [in_package_units(dataset) for dataset in datasets]
    places: dict[str, Place] = {}
    for dataset in converted:
        for station, place in _places(dataset):
            if station not in places or np.isnan(places[station].latitude):
                places[station] = place
    series = [one for dataset, source in zip(converted, sources, strict=True) for one in _series(dataset, source)]
    whole = to_dataset(series, places, "; ".join(dict.fromkeys(sources)))
    whole["station"].attrs.update(_joined_grids(datasets))
    for dataset in reversed(converted):
        for name, array in dataset.data_vars.items():
            whole[name].attrs.update(array.attrs)
    return whole


def _joined_grids(datasets: Sequence[xr.Dataset]) -> dict[str, str]:
    """The attribute of stations that are cells of one grid in all data sets."""
    texts = [grid_text(dataset) for dataset in datasets]
    if not all(texts):
        return {}
    whole: Grid | None = Grid.from_json(texts[0])
    for text in texts[1:]:
        whole = None if whole is None else whole.joined(Grid.from_json(text))
    if whole is None:
        LOGGER.warning("the files are on different grids: their cells are read as stations, and no grid is remembered.")
    return {} if whole is None else {"grid": whole.to_json()}


def _series(dataset: xr.Dataset, source: str) -> Iterator[Series]:
    times = dataset["time"].values
    for row, station in enumerate(dataset["station"].values):
        for name, array in dataset.data_vars.items():
            yield Series(str(station), str(name), times, np.asarray(array.values[row], dtype=np.float64), source)


def _places(dataset: xr.Dataset) -> Iterator[tuple[str, Place]]:
    names = dataset["station_name"].values if "station_name" in dataset.coords else [""] * dataset.sizes["station"]
    for row, station in enumerate(dataset["station"].values):
        latitude, longitude, elevation = (float(dataset[key].values[row]) for key in ("latitude", "longitude", "elevation"))
        yield str(station), Place(str(names[row]), latitude, longitude, elevation)


Reader: TypeAlias = "Callable[[Sequence[Path], Sequence[str] | None, Mapping[str, str]], xr.Dataset]"
Writer: TypeAlias = Callable[[Any, PathLike], None]


@dataclass(frozen=True)
class Format:
    """A format of weather files.

    Attributes
    ----------
    name : str
        For options and messages.
    description : str
    recognises : callable
        Whether a text is of this format, from its name and its first 8 kB.
    read : callable
        Makes one data set of several files.
    write : callable or None
        None where the format is only read.
    suffixes : tuple of str
        Endings of files that are written in this format if no other is asked for.
    """

    name: str
    description: str
    recognises: Callable[[str, str], bool]
    read: Reader
    write: Writer | None = None
    suffixes: tuple[str, ...] = ()


def _of_stations(read: Callable[..., xr.Dataset]) -> Reader:
    """A reader that takes all files at once and leaves out unwanted stations itself."""
    return lambda paths, stations, units: _with_units(read(paths, stations=stations), units)


def _one_by_one(read: Callable[[PathLike], xr.Dataset]) -> Reader:
    """A reader of single files, whose data sets are merged and then reduced to the stations."""

    def read_all(paths: Sequence[Path], stations: Sequence[str] | None, units: Mapping[str, str]) -> xr.Dataset:
        datasets = _apart([_with_units(read(path), units) for path in paths], paths)
        return _selected(merged(datasets, [path.name for path in paths]), stations)

    return read_all


def _with_units(dataset: xr.Dataset, units: Mapping[str, str]) -> xr.Dataset:
    """The data set with some units in place of its own."""
    return dataset.assign(
        {name: dataset[name].assign_attrs(units=units[str(name)]) for name in dataset.data_vars if name in units}
    )


def _apart(datasets: list[xr.Dataset], paths: Sequence[Path]) -> list[xr.Dataset]:
    """Data sets whose only station has no name, called after their files where all have the same variables at the same times."""
    stems = [path.name.split(".")[0] for path in paths]
    nameless = all([str(name) for name in dataset["station"].values] == [table.NAMELESS] for dataset in datasets)
    if len(datasets) < 2 or not nameless or len(set(stems)) < len(stems):
        return datasets
    first = datasets[0]
    for other in datasets[1:]:
        both = np.isin(other["time"].values, first["time"].values).mean()
        if set(other.data_vars) != set(first.data_vars) or both < _SAME_TIMES:
            return datasets
    LOGGER.warning("%s have the same variables at the same times: each is a station of that name.", ", ".join(stems))
    return [dataset.assign_coords(station=[stem]) for dataset, stem in zip(datasets, stems, strict=True)]


#: Files with a larger share of times in common are of different stations.
_SAME_TIMES: Final = 0.5


FORMATS: Final[tuple[Format, ...]] = (
    Format(
        "netcdf", "NetCDF", netcdf.is_netcdf, _one_by_one(netcdf.read_netcdf), netcdf.write_netcdf, (".nc", ".nc4", ".netcdf")
    ),
    Format("dwd", "DWD CDC daily and hourly products", dwd.recognises, _of_stations(dwd.read_dwd)),
    Format("ecad", "ECA&D blended series", ecad.recognises, _of_stations(ecad.read_ecad)),
    Format("ghcn", "GHCN-Daily", ghcn.recognises, _of_stations(ghcn.read_ghcn)),
    Format("gsod", "Global Summary of the Day", ghcn.is_gsod, _of_stations(ghcn.read_gsod)),
    Format("isd", "hours of the Integrated Surface Database (ISD-Lite)", ghcn.is_isd, _of_stations(ghcn.read_isd)),
    Format("glm", "forcing of the lake model GLM", lake.is_glm, _one_by_one(lake.read_glm), lake.write_glm),
    Format("gotm", "forcing of the lake model GOTM", lake.is_gotm, _one_by_one(lake.read_gotm), lake.write_gotm, (".dat",)),
    Format("dyresm", "forcing of the lake model DYRESM", lake.is_dyresm, _one_by_one(lake.read_dyresm), lake.write_dyresm),
    Format("dssat", "weather of the crop model DSSAT", crop.is_crop, _one_by_one(crop.read_crop), crop.write_dssat, (".wth",)),
    Format("apsim", "weather of the crop model APSIM", crop.is_crop, _one_by_one(crop.read_crop), crop.write_apsim),
    Format("swat", "weather of the hydrological model SWAT+", crop.is_swat, _one_by_one(crop.read_swat), crop.write_swat),
    Format(
        "epw", "weather of building models (EnergyPlus)", models.is_epw, _one_by_one(models.read_epw), models.write_epw, (".epw",)
    ),
    Format("hbv", "tables of the hydrological model HBV-light", models.is_hbv, _one_by_one(models.read_hbv), models.write_hbv),
    Format("mhm", "grids of the hydrological model mHM", models.is_mhm, _one_by_one(models.read_mhm), models.write_mhm),
    Format("xlsx", "sheets of a workbook", table.is_xlsx, _one_by_one(table.read_xlsx)),
    Format("met", "text with tabs", table.is_met, _one_by_one(table.read_met), table.write_met, (".met", ".txt", ".tsv")),
    Format("csv", "text with commas", table.is_csv, _one_by_one(table.read_csv), table.write_csv, (".csv",)),
)


def format_named(name: str) -> Format:
    """The format of a name.

    Raises
    ------
    DataError
        If there is none.
    """
    for form in FORMATS:
        if form.name == name:
            return form
    raise DataError(f"format {name!r} is not known: use one of {', '.join(form.name for form in FORMATS)}.")


def recognised(path: PathLike) -> Format:
    """The format of a file, by its content.

    Raises
    ------
    DataError
        If it is none that can be read.
    """
    for member in members(as_paths(path)[0]):
        head = member.head()
        for form in FORMATS:
            if form.recognises(member.name, head):
                return form
    raise DataError(f"{path} {_why_unknown(Path(path))}")


#: What files begin with that hold tables, but no text.
_OTHER_FILES: Final = (
    ("PK\x03\x04", "is packed or a spreadsheet: save it as CSV, or unpack it."),
    ("\xd0\xcf\x11\xe0", "is a spreadsheet: save it as CSV."),
    ("PAR1", "is a Parquet file: pass pandas.read_parquet(...) of it."),
    ("GRIB", "is a GRIB file: pass xarray.open_dataset(..., engine='cfgrib') of it."),
    ("{", "is JSON: pass a pandas.DataFrame or an xarray.Dataset of it."),
    ("[", "is JSON: pass a pandas.DataFrame or an xarray.Dataset of it."),
)


def _why_unknown(path: Path) -> str:
    """Why a file is in none of the formats, and what to do."""
    with path.open("rb") as file:
        start = file.read(8).decode("latin-1")
    known_start = next((reason for first, reason in _OTHER_FILES if start.startswith(first)), None)
    if known_start is not None:
        return known_start
    head = Member(path).head()
    if steps := next(filter(None, map(table.steps_in_columns, head.splitlines()[:20])), ""):
        return steps
    if table.has_months_only(head):
        return "has the columns of years and months, but daily values or finer ones are needed."
    first = table.first_line(head)
    if first and any(table.is_row(table.cells_of(first, delimiter), 0) for delimiter in (",", ";", "\t", "|", " ")):
        return f"has no header: put a line with names above the first one ({first[:40]!r}), such as time,theta,R."
    names = ", ".join(form.name for form in FORMATS)
    return f"is in no format that is recognised ({names}): name the right one, or check the file."


def read_weather(
    paths: PathLike | Sequence[PathLike],
    *,
    format_name: str | None = None,
    stations: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
) -> xr.Dataset:
    """Read weather from files of any format.

    Parameters
    ----------
    paths : path or sequence of paths
        Stations, variables and periods of all files are merged; where two have a value, the first wins.
    format_name : str, optional
        Name of the format of all files; by default each is recognised by its content.
    stations : sequence of str, optional
        Identifiers or names of the stations to read; default all.
    units : mapping of str to str, optional
        Units of variables, in place of those in the files.

    Returns
    -------
    xarray.Dataset
        Tidy: one data variable per quantity with dimensions (station, time) and its unit; `varwg.read_observations` takes it.

    Raises
    ------
    DataError
        If a file is in no known format or damaged, or nothing is left of the stations.
    UnitError
        If `units` has a name that is not in the data.
    """
    groups: dict[str, list[Path]] = {}
    listed = as_paths(paths)
    try:
        for path in listed:
            groups.setdefault(format_name or recognised(path).name, []).append(path)
        datasets = [format_named(name).read(group, stations, units or {}) for name, group in groups.items()]
        whole = merged(datasets, list(groups))
    except MemoryError as error:
        sizes = ", ".join(f"{path} ({path.stat().st_size // 2**20} MiB)" for path in listed[:5])
        raise DataError(f"reading {sizes} needs more memory than there is: split what is read, or read fewer files.") from error
    for name, unit in (units or {}).items():
        if name not in whole.data_vars:
            raise UnitError(
                f"units has {name}={unit}, but the variables are {', '.join(map(str, whole.data_vars))}: name one of these."
            )
    return whole


def write_weather(data: Any, path: PathLike, *, format_name: str | None = None) -> None:
    """Write weather to a file of any format, in one step: nobody sees half of it.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one station, or of several where the format holds them (netcdf, csv).
    path : path
    format_name : str, optional
        Name of the format; by default by the ending of the path (.nc, .csv, .met, .dat).

    Raises
    ------
    DataError
        If the format is not known, the data do not fit it, or the file cannot be written.
    """
    suffix = Path(path).suffix.lower()
    chosen = (
        next((form for form in FORMATS if suffix in form.suffixes), None) if format_name is None else format_named(format_name)
    )
    if chosen is None:
        endings = ", ".join(ending for form in FORMATS for ending in form.suffixes)
        raise DataError(f"{path} does not end in one of {endings}, so that its format is open: name it.")
    if chosen.write is None:
        raise DataError(f"{chosen.name} files can be read but not written: write netcdf, csv or met.")
    chosen.write(data, path)


def _selected(dataset: xr.Dataset, stations: Sequence[str] | None) -> xr.Dataset:
    """The stations asked for, by identifier or name."""
    if stations is None:
        return dataset
    labels = [str(label) for label in dataset["station"].values]
    names = dataset["station_name"].values if "station_name" in dataset.coords else labels
    keep = [row for row, label in enumerate(labels) if wanted(label, Place(str(names[row])), stations)]
    if not keep:
        raise DataError(f"none of the stations {', '.join(stations)} is in the data, which have {', '.join(labels)}.")
    return dataset.isel(station=keep)
