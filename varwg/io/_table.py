"""Weather in text tables: a header, perhaps a row of units, a column of times, a column for each variable; and a sample."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg._persistence import write_text
from varwg.errors import DataError
from varwg.io._layout import (
    COMMA,
    MISSING,
    STATION,
    TIME,
    combined_times,
    has_parts_of_dates,
    names_of_stations,
    no_duplicates,
    places_in_columns,
    split_unit,
    why_twice,
)
from varwg.io._series import LOGGER, Place, format_times, is_time, parse_times, station_coordinates, variable_attributes
from varwg.io._sources import Member, PathLike, as_paths, members
from varwg.io._standard import one_station, tidy_dataset
from varwg.io._unknown import in_usual_words

if TYPE_CHECKING:
    import xarray as xr

#: Name of the station of a table that has no column of stations.
NAMELESS: Final = "site"

#: Lines above a header that are looked at.
_LONGEST_PREAMBLE: Final = 200
_PLACES: Final = (
    ("latitude", ("latitude", "lat", "breite", "breitengrad", "geogr. breite")),
    ("longitude", ("longitude", "lon", "long", "laenge", "länge", "längengrad")),
    ("elevation", ("elevation", "altitude", "alt", "höhe", "hoehe", "elev")),
)
#: "Location: Latitude  47.5   Longitude 8.5" of NASA POWER, "Latitude: 35.9  Longitude: -84.3" of Daymet.
_PLACE: Final = re.compile(r"\b(latitude|longitude)[:=]?\s+(-?\d+(?:\.\d+)?)", re.IGNORECASE)
#: "elevation from MERRA-2: Average for 0.5 x 0.625 degree lat/lon region = 590.31 meters".
_ELEVATION: Final = re.compile(r"\belevation\b.*=\s*(-?\d+(?:\.\d+)?)\s*m", re.IGNORECASE)
#: "47.03480   (lat)" and "250.31  (elev)" of CAMELS in the United States, whose columns are parted by blanks.
_CAMELS_PLACE: Final = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*(?:\((lat|elev)\w*\))?\s*$")
_CAMELS_HEADER: Final = re.compile(r"^\s*Year\s+Mnth\s+Day\s+Hr\b")
#: "# 260         5.180       52.100      1.90        De Bilt" of KNMI, below a line that says LON(east).
_KNMI_PLACE: Final = re.compile(r"^#?\s*(\d+):?\s+(-?\d+\.\d+)\s+(-?\d+\.\d+)\s+(-?\d+\.\d+)\s")
#: "T2M     MERRA-2 Temperature at 2 Meters (C)" in the preamble of NASA POWER.
_UNIT_OF: Final = re.compile(r"^\s*([A-Z][A-Z0-9_]+)\s{2,}.*\(([^()]+)\)\s*$")
#: Cells that say that a value is below or above another, and that of a trace.
_BEYOND: Final = re.compile(r"^[<>]\s*\d")
_TRACE: Final = ("T", "Tr", "tr", "Trace", "trace")


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
    lines = in_columns(member.text().splitlines(), delimiter)
    preamble = preamble_of(lines, delimiter)
    units_above = {match[1]: match[2] for line in lines[:preamble] if (match := _UNIT_OF.match(line))}
    header = _header([""] * preamble + lines[preamble:], delimiter, member)
    numbers = [number for number in range(header.n_lines, len(lines)) if lines[number].strip()]
    table = _cells([lines[number] for number in numbers], numbers, header, delimiter, member)
    times, used = _times(table, member)
    by_name = {name.lower(): name for name in reversed(header.names)}
    station = next((by_name[name] for name in STATION if name in by_name and by_name[name] not in used), None)
    labels = np.full(times.size, NAMELESS) if station is None else table[station].str.strip().to_numpy(dtype=str)
    places, of_places = places_in_columns(table.drop(columns=list(used)), labels.tolist())
    if not places:
        places = _places_in_preamble(lines[:preamble], delimiter, labels)
    columns = {}
    for name, unit in zip(header.names, header.units, strict=True):
        if name in (*used, station, *of_places, *names_of_stations(table, labels.tolist())) or not name:
            continue
        values = _numbers(table[name], name, delimiter, numbers, member)
        if values is None:
            if table[name].str.strip().nunique() > 1:
                LOGGER.warning("%s: the column %r holds no numbers and was left out.", member, name)
        else:
            columns[name] = (values, unit or units_above.get(name, ""))
    columns = _without_empty(columns, member)
    if not columns:
        raise DataError(f"{member} has no column of numbers beside the times: check the delimiter, {delimiter!r}.")
    if len(set(zip(labels.tolist(), times.tolist(), strict=True))) < times.size:
        why = why_twice(table.drop(columns=list(columns) + list(used)), labels.tolist(), times)
        raise DataError(f"{member} has a time twice at the same station, but each may occur once: {why}")
    dataset, notes = in_usual_words(_dataset(labels, times, columns, places), header.names)
    for note in notes:
        LOGGER.warning("%s: %s", member, note)
    return dataset


def _without_empty(columns: dict[str, tuple[FloatArray, str]], member: Member) -> dict[str, tuple[FloatArray, str]]:
    """Columns that have a value; the log tells which of those with a unit had none."""
    empty = [name for name, (values, _) in columns.items() if np.isnan(values).all()]
    if len(empty) == len(columns):
        return columns
    if empty:
        LOGGER.info("%s: the columns %s have no values.", member, ", ".join(empty))
    return {name: held for name, held in columns.items() if name not in empty}


def in_columns(lines: Sequence[str], delimiter: str) -> list[str]:
    """Lines with a header that is no comment (KNMI writes one behind #), and with the delimiter between all columns (CAMELS)."""
    changed = list(lines)
    for number, line in enumerate(lines[:_LONGEST_PREAMBLE]):
        below = next((text for text in lines[number + 1 : number + 4] if text.strip()), "")
        if line.startswith("#") and not below.startswith("#") and has_time_column(line.lstrip("# "), delimiter):
            changed[number] = line.lstrip("# ")
        if _CAMELS_HEADER.match(line):
            return [*changed[:number], *(delimiter.join(text.split()) for text in lines[number:])]
    return changed


def columns_of(line: str, delimiter: str) -> tuple[str, ...]:
    """Names in a header without units and quotes."""
    return tuple(split_unit(cell)[0] for cell in line.rstrip("\r\n").split(delimiter))


def has_time_column(line: str, delimiter: str) -> bool:
    """Whether a header has a column of times and others."""
    names = [name.lower() for name in columns_of(line, delimiter)]
    return len(names) > 1 and (any(name in TIME for name in names) or has_parts_of_dates(names))


def preamble_of(lines: Sequence[str], delimiter: str) -> int:
    """How many lines come before the header: none, if the first line that is no comment may be one.

    A header below others has a column of times, and a line with a time in that column below it.
    """
    first = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    for number in range(first, min(len(lines) - 1, _LONGEST_PREAMBLE)):
        names = [name.lower() for name in columns_of(lines[number], delimiter)]
        if not has_time_column(lines[number], delimiter):
            continue
        column = next((place for place, name in enumerate(names) if name in TIME or name == "year"), 0)
        for below in lines[number + 1 : number + 3]:
            cells = [cell.strip().strip('"') for cell in below.split(delimiter)]
            text = cells[column] if column < len(cells) else ""
            if (names[column] == "year" and text.isdigit()) or is_time(text):
                return number
    return 0


def _places_in_preamble(lines: Sequence[str], delimiter: str, labels: np.ndarray) -> dict[str, dict[str, float]]:
    """Latitude, longitude and elevation from a header and a row of values, or lines of a name and a value, above the table."""
    found: dict[str, float] = {}
    of_stations = _places_of_several(lines, delimiter, labels)
    if of_stations:
        return of_stations
    for number, line in enumerate(lines):
        cells = [cell.strip().strip('"') for cell in re.split(rf"[{re.escape(delimiter)}:=]", line.lstrip("# "))]
        values = [cell.strip() for cell in lines[number + 1].split(delimiter)] if number + 1 < len(lines) else []
        for place, names in _PLACES:
            for column, cell in enumerate(cells):
                text = values[column] if cell.lower() in names and column < len(values) else ""
                number_found = _as_number(text)
                if number_found is None and cell.lower() in names and column + 1 < len(cells):
                    number_found = _as_number(cells[column + 1].split(" ")[0])
                if number_found is not None:
                    found.setdefault(place, number_found)
        for match in _PLACE.finditer(line):
            found.setdefault(match[1].lower(), float(match[2]))
        if height := _ELEVATION.search(line):
            found.setdefault("elevation", float(height[1]))
    # The first lines of CAMELS are latitude, elevation and area, with or without a word that says so.
    plain = [alone for line in lines[:3] if (alone := _CAMELS_PLACE.match(line))]
    if len(plain) >= 2 and not found:
        found = {"latitude": float(plain[0][1]), "elevation": float(plain[1][1])}
    return {place: dict.fromkeys(labels.tolist(), value) for place, value in found.items()}


def _places_of_several(lines: Sequence[str], delimiter: str, labels: np.ndarray) -> dict[str, dict[str, float]]:
    """Places of the stations of a table from a list of them above it: that of KNMI, or that of Open-Meteo with location_id."""
    places: dict[str, dict[str, float]] = {"latitude": {}, "longitude": {}, "elevation": {}}
    listed = next((number for number, line in enumerate(lines) if "LON(east)" in line), None)
    for line in () if listed is None else lines[listed + 1 :]:
        if match := _KNMI_PLACE.match(line):
            for place, part in (("longitude", 2), ("latitude", 3), ("elevation", 4)):
                places[place][match[1]] = float(match[part])
    names = lines[0].split(delimiter) if lines else []
    if "location_id" in names:
        for line in lines[1:]:
            row = dict(zip(names, line.split(delimiter), strict=False))
            for place, own in places.items():
                if (value := _as_number(row.get(place, ""))) is not None:
                    own[row["location_id"]] = value
    return {place: own for place, own in places.items() if set(labels.tolist()) & set(own)}


def _header(lines: Sequence[str], delimiter: str, member: Member) -> _Header:
    """The first line that is no comment, and the row of units where the next line has no time but words."""
    start = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if start is None:
        raise DataError(f"{member} is empty: a header and rows of values were expected.")
    split = [split_unit(cell) for cell in lines[start].split(delimiter)]
    names, units = tuple(name for name, _ in split), tuple(unit for _, unit in split)
    no_duplicates("column", [name for name in names if name])
    if not has_time_column(lines[start], delimiter):
        raise DataError(
            f"{member} has the columns {', '.join(names)}, but none of them is called 'time' (or {', '.join(TIME[1:])}): name "
            "the column of times so."
        )
    if start + 1 < len(lines) and _is_row_of_units(lines[start + 1].split(delimiter), names):
        cells = [cell.strip().strip('"').strip("[]()") for cell in lines[start + 1].split(delimiter)]
        return _Header(names, tuple((cells + [""] * len(names))[: len(names)]), start + 2)
    return _Header(names, units, start + 1)


def _is_row_of_units(cells: Sequence[str], names: Sequence[str]) -> bool:
    """A row of units has no time where the others have one, nor anything that could be meant as one."""
    lowered = [name.lower() for name in names]
    column = next((number for number, name in enumerate(lowered) if name in TIME or name == "year"), 0)
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
    combined = combined_times(table, str(member))
    if combined is not None:
        for note in combined.notes:
            LOGGER.warning("%s: %s", member, note)
        return combined.times, tuple(str(name) for name in combined.used)
    by_name = {str(name).lower(): str(name) for name in table.columns}
    name = next(by_name[name] for name in TIME if name in by_name)
    return parse_times(list(table[name]), str(member)), (name,)


def _numbers(column: Any, name: str, delimiter: str, numbers: Sequence[int], member: Member) -> FloatArray | None:
    """The values of a column, NaN where it says so; None if it has no number at all."""
    texts = column.str.strip()
    if delimiter == ";" and texts.map(lambda text: COMMA.match(text) is not None).any():
        texts = texts.str.replace(",", ".", regex=False)
    known = texts.where(~texts.isin(MISSING), "nan").to_numpy(dtype=str)
    try:
        values = known.astype(np.float64)
    except ValueError:
        beyond = texts.str.match(_BEYOND).to_numpy()
        trace = texts.isin(_TRACE).to_numpy()
        known = np.where(beyond, "nan", np.where(trace, "0", known))
        values = np.array([np.nan if _as_number(text) is None else float(text) for text in known])
        wrong = np.array([_as_number(text) is None for text in known])
        if np.isfinite(values).any() and not wrong.any():
            for which, meant in ((beyond, "missing"), (trace, "0")):
                if which.any():
                    found = texts[which].iloc[0]
                    LOGGER.warning("%s: %s has %d cells such as %r, taken as %s.", member, name, which.sum(), found, meant)
            return values
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


def _dataset(
    labels: np.ndarray,
    times: TimeArray,
    columns: dict[str, tuple[FloatArray, str]],
    places: Mapping[str, Mapping[str, float]],
) -> xr.Dataset:
    """Rows of (station, time) as a Dataset."""
    import xarray as xr

    names, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first)
    stations, row = tuple(str(name) for name in names[order]), np.argsort(order)[codes]
    rows, column = np.unique(times, return_inverse=True)
    data_vars = {}
    for name, (values, unit) in columns.items():
        grid = np.full((len(stations), rows.size), np.nan)
        grid[row, column] = values
        attributes = {key: text for key, text in variable_attributes(name).items() if key != "units"}
        data_vars[name] = (("station", "time"), grid, attributes | ({"units": unit} if unit else {}))
    where = {
        station: Place("", *(places.get(key, {}).get(station, np.nan) for key in ("latitude", "longitude", "elevation")))
        for station in stations
    }
    coords = {key: held for key, held in station_coordinates(stations, where).items() if key != "station_name"}
    coords["time"] = ("time", rows, {"standard_name": "time", "axis": "T"})
    return xr.Dataset(data_vars, coords, {"Conventions": "CF-1.10", "featureType": "timeSeries"})


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
        As a met file (`read_met`); a column "station" makes several stations.

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
    return read_table(member, _delimiter(member.head()) or _delimiter(member.text()) or ",")


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
    for delimiter in (",", ";"):
        lines = in_columns(text.splitlines(), delimiter)
        start = preamble_of(lines, delimiter)
        header = lines[start] if start else first_line("\n".join(lines[:_LONGEST_PREAMBLE]))
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
