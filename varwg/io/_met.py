"""Met files and CSV files: tables of one station, or of several in a column, with names and units; and the bundled sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from varwg._persistence import write_text
from varwg.io._series import format_times
from varwg.io._sources import PathLike, as_paths, members
from varwg.io._standard import one_station, tidy_dataset
from varwg.io._table import NAMELESS, has_time_column, preamble_of, read_table

if TYPE_CHECKING:
    import xarray as xr


def read_met(path: PathLike) -> xr.Dataset:
    """Read a met file.

    Parameters
    ----------
    path : path
        A text with tabs between its columns. The column of times may be called time, date, datetime, chron, Datum or
        similarly, or be split into date and hour or into year, month, day, hour. Units may stand in a row below the
        header or in it, "theta [degC]". Empty cells, "nan", "NA" and -999 are missing.

    Returns
    -------
    xarray.Dataset
        Dims (station, time), values in the units of the file.

    Raises
    ------
    DataError
        If the file cannot be read as such a table.
    """
    member = next(members(as_paths(path)[0]))
    return read_table(member, "\t")


def write_met(data: Any, path: PathLike, *, units_row: bool = True) -> None:
    """Write the weather of one station as a met file; `read_met` reads back exactly the same numbers.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one station.
    path : path
        Where to; an existing file is replaced in one step.
    units_row : bool
        Whether a row of units stands below the header.

    Raises
    ------
    DataError
        If there are several stations, or the file cannot be written.
    """
    dataset = one_station(tidy_dataset(data), "met")
    names = [str(name) for name in dataset.data_vars]
    rows = ["\t".join(["time", *names])]
    if units_row:
        rows.append("\t".join(["-", *(str(dataset[name].attrs.get("units", "")) for name in names)]))
    columns = [dataset[name].values[0].tolist() for name in names]
    for time, *values in zip(format_times(dataset["time"].values), *columns, strict=True):
        rows.append("\t".join([time, *map(repr, values)]))
    write_text(path, "\n".join(rows) + "\n")


def is_met(name: str, head: str) -> bool:
    """Whether a text is a met file: a header with tabs and a column of times."""
    return has_time_column(first_line(head), "\t")


def first_line(head: str) -> str:
    """The first line that is neither empty nor a comment."""
    return next((line for line in head.splitlines() if line.strip() and not line.startswith("#")), "")


def read_csv(path: PathLike) -> xr.Dataset:
    """Read a CSV file with commas, or with semicolons and perhaps decimal commas.

    Parameters
    ----------
    path : path
        As a met file (`varwg.io._met.read_met`); a column "station" makes several stations.

    Returns
    -------
    xarray.Dataset
        Dims (station, time), values in the units of the file.

    Raises
    ------
    DataError
        If the file cannot be read as such a table.
    """
    member = next(members(as_paths(path)[0]))
    return read_table(member, _delimiter(member.head()) or ",")


def write_csv(data: Any, path: PathLike) -> None:
    """Write weather as a CSV file; `read_csv` reads back exactly the same numbers.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one or several stations.
    path : path
        Where to; an existing file is replaced in one step.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    dataset = tidy_dataset(data)
    stations = [str(name) for name in dataset["station"].values]
    named = stations != [NAMELESS]
    header = ["station"] * named + ["time"] + [_heading(str(name), array) for name, array in dataset.data_vars.items()]
    times = format_times(dataset["time"].values)
    rows = [",".join(_quoted(cell) for cell in header)]
    for number, station in enumerate(stations):
        label = [_quoted(station)] * named
        columns = [array.values[number].tolist() for array in dataset.data_vars.values()]
        for time, *values in zip(times, *columns, strict=True):
            rows.append(",".join([*label, time, *map(_text, values)]))
    write_text(path, "\n".join(rows) + "\n")


def is_csv(name: str, head: str) -> bool:
    """Whether a text is a CSV file: a header with commas or semicolons and a column of times."""
    return _delimiter(head) is not None


def _delimiter(text: str) -> str | None:
    """The comma or semicolon with which a line of the text is a header with a column of times; None if there is no such line."""
    lines = text.splitlines()
    for delimiter in (",", ";"):
        start = preamble_of(lines, delimiter)
        header = lines[start] if start else first_line(text)
        if has_time_column(header, delimiter) and header.count(delimiter) >= header.count({",": ";", ";": ","}[delimiter]):
            return delimiter
    return None


def _heading(name: str, array: xr.DataArray) -> str:
    unit = str(array.attrs.get("units", ""))
    return f"{name} [{unit}]" if unit else name


def _text(value: float) -> str:
    return "" if value != value else repr(value)  # NaN alone differs from itself


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\n') else cell


#: Path to ten SYNTHETIC years of daily weather at one place (theta, R, rh, Qsw, U), tab-separated: the first station of
#: `weathercop.example_dataset()`, written by `tools/make_sample_met.py`. Nothing in it was observed.
sample_met: Final = Path(__file__).resolve().parents[1] / "data" / "sample.met"
