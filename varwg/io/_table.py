"""Weather in text tables: a header, perhaps a row of units, a column of times, and one column for each variable."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg.errors import DataError
from varwg.io._layout import no_duplicates
from varwg.io._series import LOGGER, Place, parse_times, station_coordinates, variable_attributes
from varwg.io._sources import Member

if TYPE_CHECKING:
    import xarray as xr

#: Name of the station of a table that has no column of stations.
NAMELESS: Final = "site"

_TIME: Final = ("time", "times", "datetime", "date_time", "timestamp", "date", "chron", "zeit", "datum", "valid_time")
_HOUR: Final = ("time", "hour", "zeit", "uhrzeit", "hh:mm")
_DATE: Final = ("date", "datum")
_STATION: Final = ("station", "stations", "station_id", "station_name", "site", "location")
_MISSING: Final = ("", "nan", "NaN", "NAN", "NA", "N/A", "n/a", "null", "None", "-", "--", "#N/A", "-999", "-9999")
_WITH_UNIT: Final = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<unit>[^\])]*)[\])]$")
_COMMA: Final = re.compile(r"^\s*-?\d+,\d+\s*$")


@dataclass(frozen=True)
class _Header:
    """Names and units of the columns, and how many lines come before the first values."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    n_lines: int


def read_table(member: Member, delimiter: str) -> xr.Dataset:
    """A text table as a tidy Dataset.

    Parameters
    ----------
    member : Member
        The text. Lines that begin with "#" and empty ones before the header do not count.
    delimiter : str
        One character. With ";" numbers may have a decimal comma.

    Returns
    -------
    xarray.Dataset
        Dims (station, time); `units` are those of the row of units or of the header ("theta [degC]"), where there are
        any. Columns without a number are left out, which the log tells.

    Raises
    ------
    DataError
        If there is no column of times, a value is not a number, or a time occurs twice at a station.
    """
    lines = member.text().splitlines()
    header = _header(lines, delimiter, member)
    numbers = [number for number in range(header.n_lines, len(lines)) if lines[number].strip()]
    table = _cells([lines[number] for number in numbers], numbers, header, delimiter, member)
    times, used = _times(table, member)
    station = next((name for name in header.names if name.lower() in _STATION), None)
    columns = {}
    for name, unit in zip(header.names, header.units, strict=True):
        if name in (*used, station) or not name:
            continue
        values = _numbers(table[name], name, delimiter, numbers, member)
        if values is None:
            LOGGER.warning("%s: the column %r holds no numbers and was left out.", member, name)
        else:
            columns[name] = (values, unit)
    if not columns:
        raise DataError(f"{member} has no column of numbers beside the times: check the delimiter, {delimiter!r}.")
    labels = np.full(times.size, NAMELESS) if station is None else table[station].str.strip().to_numpy(dtype=str)
    return _dataset(labels, times, columns, member)


def columns_of(line: str, delimiter: str) -> tuple[str, ...]:
    """Names in a header without units and quotes."""
    return tuple(_split(cell)[0] for cell in line.rstrip("\r\n").split(delimiter))


def has_time_column(line: str, delimiter: str) -> bool:
    """Whether a header has a column of times and others."""
    names = [name.lower() for name in columns_of(line, delimiter)]
    return len(names) > 1 and (any(name in _TIME for name in names) or {"year", "month", "day"} <= set(names))


def _split(cell: str) -> tuple[str, str]:
    """Name and unit of a header's cell."""
    text = cell.strip().strip('"').strip()
    match = _WITH_UNIT.match(text)
    return (match["name"], match["unit"].strip()) if match and match["name"] else (text, "")


def _header(lines: Sequence[str], delimiter: str, member: Member) -> _Header:
    """The first line that is no comment, and the row of units where the next line has no time but words."""
    start = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if start is None:
        raise DataError(f"{member} is empty: a header and rows of values were expected.")
    split = [_split(cell) for cell in lines[start].split(delimiter)]
    names, units = tuple(name for name, _ in split), tuple(unit for _, unit in split)
    no_duplicates("column", [name for name in names if name])
    if not has_time_column(lines[start], delimiter):
        raise DataError(
            f"{member} has the columns {', '.join(names)}, but none of them is called 'time' (or {', '.join(_TIME[1:])}): name "
            "the column of times so."
        )
    if start + 1 < len(lines) and _is_row_of_units(lines[start + 1].split(delimiter), names):
        cells = [cell.strip().strip('"').strip("[]()") for cell in lines[start + 1].split(delimiter)]
        return _Header(names, tuple((cells + [""] * len(names))[: len(names)]), start + 2)
    return _Header(names, units, start + 1)


def _is_row_of_units(cells: Sequence[str], names: Sequence[str]) -> bool:
    """A row of units has no time where the others have one, nor anything that could be meant as one."""
    lowered = [name.lower() for name in names]
    column = next((number for number, name in enumerate(lowered) if name in _TIME or name == "year"), 0)
    text = cells[column].strip().strip('"') if column < len(cells) else ""
    return not any(sign.isdigit() for sign in text)


def _cells(lines: Sequence[str], numbers: Sequence[int], header: _Header, delimiter: str, member: Member) -> Any:
    """The cells of the rows as text; `numbers` are those of the lines in the file, from 0."""
    import pandas as pd

    _refuse_long_rows(lines, numbers, header, delimiter, member)
    try:
        return pd.read_csv(
            io.StringIO("\n".join(lines)),
            sep=delimiter,
            header=None,
            names=[name or f"unnamed {number}" for number, name in enumerate(header.names)],
            index_col=False,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{member} cannot be read as a table ({error}): check the delimiter, {delimiter!r}.") from error


def _refuse_long_rows(lines: Sequence[str], numbers: Sequence[int], header: _Header, delimiter: str, member: Member) -> None:
    """Cells beyond the header would be lost without a word."""
    most = len(header.names) - 1
    for number, line in zip(numbers, lines, strict=True):
        if line.count(delimiter) > most and '"' not in line and line.split(delimiter, most + 1)[-1].strip(delimiter + " "):
            raise DataError(
                f"{member}, line {number + 1} has more cells than the header's {most + 1}: correct the row or the header."
            )


def _times(table: Any, member: Member) -> tuple[TimeArray, tuple[str, ...]]:
    """Times of the rows and the names of the columns that they were made of."""
    by_name = {str(name).lower(): str(name) for name in table.columns}
    date = next((by_name[name] for name in _DATE if name in by_name), None)
    hour = next((by_name[name] for name in _HOUR if name in by_name), None)
    if date is not None and hour is not None:
        text = table[hour].str.strip()
        clock = text.where(text.str.contains(":"), text.str.zfill(2) + ":00")
        return parse_times(list(table[date].str.strip() + " " + clock), str(member)), (date, hour)
    if {"year", "month", "day"} <= set(by_name) and not set(by_name) & set(_TIME):
        return _from_parts(table, by_name, member)
    name = next(by_name[name] for name in _TIME if name in by_name)
    return parse_times(list(table[name]), str(member)), (name,)


def _from_parts(table: Any, by_name: dict[str, str], member: Member) -> tuple[TimeArray, tuple[str, ...]]:
    """Times from columns of year, month, day and perhaps hour and minute."""
    used = tuple(by_name[part] for part in ("year", "month", "day", "hour", "minute") if part in by_name)
    pieces = [table[name].str.strip().str.zfill(4 if number == 0 else 2) for number, name in enumerate(used)]
    text = pieces[0] + "-" + pieces[1] + "-" + pieces[2]
    if len(pieces) > 3:
        text = text + " " + pieces[3] + ":" + (pieces[4] if len(pieces) > 4 else "00")
    return parse_times(list(text), str(member)), used


def _numbers(column: Any, name: str, delimiter: str, numbers: Sequence[int], member: Member) -> FloatArray | None:
    """The values of a column, NaN where it says so; None if it has no number at all."""
    texts = column.str.strip()
    if delimiter == ";" and texts.map(lambda text: _COMMA.match(text) is not None).any():
        texts = texts.str.replace(",", ".", regex=False)
    known = texts.where(~texts.isin(_MISSING), "nan").to_numpy(dtype=str)
    try:
        values = known.astype(np.float64)
    except ValueError:
        values = np.array([np.nan if _as_number(text) is None else float(text) for text in known])
        wrong = np.array([_as_number(text) is None for text in known])
        if np.isfinite(values).any():
            line, text = numbers[int(wrong.argmax())] + 1, known[wrong.argmax()]
            raise DataError(
                f"{member}, line {line}: {name} is {str(text)!r}, not a number: correct it, or leave the cell empty."
            ) from None
        return None
    return np.asarray(values)


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _dataset(labels: np.ndarray, times: TimeArray, columns: dict[str, tuple[FloatArray, str]], member: Member) -> xr.Dataset:
    """Rows of (station, time) as a Dataset."""
    import xarray as xr

    names, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first)
    stations, row = tuple(str(name) for name in names[order]), np.argsort(order)[codes]
    rows, column = np.unique(times, return_inverse=True)
    if np.unique(row * rows.size + column).size < times.size:
        raise DataError(f"{member} has a time twice at the same station, but each may occur once: drop the duplicates.")
    data_vars = {}
    for name, (values, unit) in columns.items():
        grid = np.full((len(stations), rows.size), np.nan)
        grid[row, column] = values
        attributes = {key: text for key, text in variable_attributes(name).items() if key != "units"}
        data_vars[name] = (("station", "time"), grid, attributes | ({"units": unit} if unit else {}))
    coords = {key: held for key, held in station_coordinates(stations, dict[str, Place]()).items() if key != "station_name"}
    coords["time"] = ("time", rows, {"standard_name": "time", "axis": "T"})
    return xr.Dataset(data_vars, coords, {"Conventions": "CF-1.10", "featureType": "timeSeries"})
