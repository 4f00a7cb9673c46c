"""Met files: text with tabs between the columns, a header, perhaps a row of units, and a column of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from varwg.io.atomic import write_text
from varwg.io.sources import PathLike, as_paths, members
from varwg.io.standard import one_station, tidy_dataset
from varwg.io.table import has_time_column, read_table
from varwg.io.timestamps import format_times

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
