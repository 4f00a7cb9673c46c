"""CSV files: text with commas (or semicolons) between the columns, a header, a column of times, perhaps one of stations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from varwg.io.atomic import write_text
from varwg.io.met import first_line
from varwg.io.sources import PathLike, as_paths, members
from varwg.io.standard import tidy_dataset
from varwg.io.table import NAMELESS, has_time_column, read_table
from varwg.io.timestamps import format_times

if TYPE_CHECKING:
    import xarray as xr


def read_csv(path: PathLike) -> xr.Dataset:
    """Read a CSV file with commas, or with semicolons and perhaps decimal commas.

    Parameters
    ----------
    path : path
        As a met file (`varwg.io.met.read_met`); a column "station" makes several stations.

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
    return read_table(member, _delimiter(first_line(member.head())))


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
    line = first_line(head)
    return has_time_column(line, _delimiter(line))


def _delimiter(header: str) -> str:
    return ";" if header.count(";") > header.count(",") else ","


def _heading(name: str, array: xr.DataArray) -> str:
    unit = str(array.attrs.get("units", ""))
    return f"{name} [{unit}]" if unit else name


def _text(value: float) -> str:
    return "" if value != value else repr(value)  # NaN alone differs from itself


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\n') else cell
