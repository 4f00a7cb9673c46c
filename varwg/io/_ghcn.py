"""Files of the Global Historical Climatology Network - Daily (GHCN-Daily), in all of its layouts.

- ".dly": fixed columns, one row for each station, element and month: value, measurement, quality and source flag of 31 days;
- csv by station (NCEI's "access"): one row for each day, a column for each element and its flags ("PRCP_ATTRIBUTES");
- csv by year ("superghcnd", "by_year", "by_station"): one row for each value: id, date, element, value, flags, time.

Values count in tenths where the element does; -9999 is missing; a quality flag marks a value that failed a check, the
measurement flag P one that is missing and was presumed zero. Positions are in "ghcnd-stations.txt".
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg._variables import VARIABLES, conversion
from varwg.errors import DataError
from varwg.io._series import LOGGER, Place, Series, to_dataset, wanted, without_suspect
from varwg.io._sources import Member, PathLike, as_paths, members, siblings
from varwg.io._written_times import parse_times, times_in

if TYPE_CHECKING:
    import xarray as xr

SOURCE: Final = "GHCN-Daily"

_MISSING: Final = -9999.0
_PRESUMED_ZERO: Final = "P"
_DLY: Final = re.compile(r"^[A-Z]{2}[A-Z0-9_-]{9}\d{6}[A-Z0-9]{4}[ \d-]{5}")
_LONG: Final = re.compile(r'^"?[A-Z]{2}[A-Z0-9_-]{9}"?,"?\d{8}"?,"?[A-Z0-9]{4}"?,')
_LONG_HEADER: Final = re.compile(r"^ID,(?:YEAR/MONTH/DAY|DATE),ELEMENT,", re.IGNORECASE)
_WIDE_HEADER: Final = re.compile(
    r'^"?STATION"?,"?DATE"?,(?!.*\bTEMP_ATTRIBUTES\b).*\b(?:PRCP|TMAX|TMIN|TAVG|AWND|TSUN|RHAV|SNOW|SNWD)\b'
)
_STATIONS: Final = re.compile(r"^[A-Z]{2}[A-Z0-9_-]{9}\s+-?\d+\.\d{4}\s+-?\d+\.\d{4}\s+-?\d+\.\d")
_LONG_COLUMNS: Final = ("ID", "DATE", "ELEMENT", "VALUE", "M", "Q", "S", "TIME")
_ROWS_AT_ONCE: Final = 1_000_000


class _Element(NamedTuple):
    """An element: `values / divisor` is in the unit of the variable."""

    name: str
    variable: str
    divisor: float


_ELEMENTS: Final = (
    _Element("TAVG", "theta", 10.0),
    _Element("TMIN", "theta_min", 10.0),
    _Element("TMAX", "theta_max", 10.0),
    _Element("PRCP", "R", 10.0),
    _Element("RHAV", "rh", 100.0),
    _Element("TSUN", "sun", 60.0),
    _Element("AWND", "U", 10.0),
    _Element("ASTP", "pressure", 10.0),
    _Element("ACMH", "Cloud_Cover", 100.0),
    _Element("ACMC", "Cloud_Cover", 100.0),
)


def read_ghcn(paths: PathLike | Sequence[PathLike], *, stations: Sequence[str] | None = None) -> xr.Dataset:
    """Read files of GHCN-Daily.

    Parameters
    ----------
    paths : path or sequence of paths
        Files of any layout, plain, gzipped or zipped, and "ghcnd-stations.txt", which is also found beside them.
    stations : sequence of str, optional
        Identifiers or names of the stations to read; default all. The files by year hold all stations of the world: name
        some.

    Returns
    -------
    xarray.Dataset
        Dims (station, time), stations by their identifier, in the units of `varwg._variables`. Values that failed a check
        and rain that was presumed zero are missing and counted in the log.

    Raises
    ------
    DataError
        If a file is not of GHCN-Daily, is damaged, or was exported in other units.
    """
    files = [member for path in as_paths(paths) for member in members(path)]
    places = _places(files)
    series: list[Series] = []
    for member in files:
        layout = _layout(member.head())
        if layout == "wide":
            table = _csv(member)
            places |= _places_in_rows(table)
            series.extend(_wide(table, member, places, stations))
        elif layout == "long":
            series.extend(_long(member, places, stations))
        elif layout == "dly":
            series.extend(_dly(member, places, stations))
        elif layout != "stations":
            raise DataError(f"{member} is not of GHCN-Daily, whose layouts are .dly, csv by station and csv by year.")
    return to_dataset(series, places, SOURCE)


def recognises(name: str, head: str) -> bool:
    """Whether a text is of GHCN-Daily, by its first row."""
    return _layout(head) != ""


def _layout(head: str) -> str:
    first = head.split("\n", 1)[0].rstrip("\r")
    if _WIDE_HEADER.match(first):
        return "wide"
    if _LONG.match(first) or _LONG_HEADER.match(first):
        return "long"
    if _DLY.match(first):
        return "dly"
    return "stations" if _STATIONS.match(first) else ""


def _flagged(station: str, element: _Element, times: TimeArray, raw: FloatArray, flags: tuple[Any, Any], source: str) -> Series:
    """A series in the variable's unit, without the values that their measurement and quality flags doubt."""
    where = f"{element.variable} at {station} in {source}"
    values = np.where(raw == _MISSING, np.nan, raw / element.divisor)
    measurement, quality = (np.asarray(flag, dtype=str) for flag in flags)
    values = without_suspect(values, np.char.strip(quality) != "", where, "marked by a quality flag")
    values = without_suspect(values, measurement == _PRESUMED_ZERO, where, "missing and were presumed zero")
    return Series(station, element.variable, times, values, source)


def _dly(member: Member, places: dict[str, Place], stations: Sequence[str] | None) -> Iterator[Series]:
    """All series of a file in fixed columns."""
    elements = {element.name: element for element in _ELEMENTS}
    months: dict[tuple[str, str], list[str]] = {}
    for line in member.text().splitlines():
        if line[17:21] in elements and wanted(line[:11], places.get(line[:11]), stations):
            months.setdefault((line[:11], line[17:21]), []).append(line.ljust(269))
    for (station, name), lines in months.items():
        days, raw, flags = _days(lines, member)
        yield _flagged(station, elements[name], days, raw, flags, member.name)


def _days(lines: Sequence[str], member: Member) -> tuple[TimeArray, FloatArray, tuple[list[str], list[str]]]:
    """Days, raw values and flags of the months of one element; days that a month does not have are left out."""
    cells = [[line[start : start + 8] for start in range(21, 269, 8)] for line in lines]
    try:
        months = np.array([f"{line[11:15]}-{line[15:17]}" for line in lines], dtype="datetime64[M]")
        raw = np.array([[float(cell[:5]) if cell[:5].strip() else _MISSING for cell in row] for row in cells])
    except ValueError as error:
        raise DataError(f"{member} is damaged ({error}): get the file again.") from error
    days = months.astype("datetime64[D]")[:, None] + np.arange(31)
    exists = days.astype("datetime64[M]") == months[:, None]
    measurement = np.array([[cell[5] for cell in row] for row in cells])[exists]
    quality = np.array([[cell[6] for cell in row] for row in cells])[exists]
    return days[exists], raw[exists], (list(measurement), list(quality))


def _wide(table: Any, member: Member, places: dict[str, Place], stations: Sequence[str] | None) -> Iterator[Series]:
    """All series of a file with a column for each element."""
    for station, rows in table.groupby("STATION", sort=False):
        if not wanted(str(station), places.get(str(station)), stations):
            continue
        times = _dates(rows["DATE"], "%Y-%m-%d", member)
        for element in _ELEMENTS:
            if element.name not in rows.columns:
                continue
            raw = _counts(rows[element.name], element, member)
            attributes = rows.get(f"{element.name}_ATTRIBUTES")
            flags = np.array([(f"{text},,").split(",")[:2] for text in ([""] * len(rows) if attributes is None else attributes)])
            yield _flagged(str(station), element, times, raw, (flags[:, 0], flags[:, 1]), member.name)


def _long(member: Member, places: dict[str, Place], stations: Sequence[str] | None) -> Iterator[Series]:
    """All series of a file with a row for each value; it may be large, and is parsed in parts."""
    import pandas as pd

    element_names = [element.name for element in _ELEMENTS]
    header = 0 if _LONG_HEADER.match(member.head()) else None
    parts = []
    options: Any = {"header": header, "names": _LONG_COLUMNS, "chunksize": _ROWS_AT_ONCE}
    try:
        for part in pd.read_csv(io.StringIO(member.text()), dtype=str, keep_default_na=False, **options):
            rows = part[part["ELEMENT"].isin(element_names)]
            keep = {name: wanted(name, places.get(name), stations) for name in rows["ID"].unique()}
            parts.append(rows[rows["ID"].map(keep).astype(bool)])
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{member} is damaged ({error}): get the file again.") from error
    elements = {element.name: element for element in _ELEMENTS}
    for (station, name), rows in pd.concat(parts).groupby(["ID", "ELEMENT"], sort=False):
        element = elements[str(name)]
        raw = _counts(rows["VALUE"], element, member)
        flags = (rows["M"].to_numpy(dtype=str), rows["Q"].to_numpy(dtype=str))
        yield _flagged(str(station), element, _dates(rows["DATE"], "%Y%m%d", member), raw, flags, member.name)


def _csv(member: Member) -> Any:
    import pandas as pd

    try:
        return pd.read_csv(io.StringIO(member.text()), dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{member} is damaged ({error}): get the file again.") from error


def _dates(column: Any, form: str, member: Member) -> TimeArray:
    try:
        return times_in(column, form)
    except ValueError as error:
        raise DataError(f"{member}: the dates cannot be read ({error}): get the file again.") from error


def _counts(column: Any, element: _Element, member: Member) -> FloatArray:
    """Raw values, which are whole numbers; others were converted to some unit by the export, which the file does not say."""
    import pandas as pd

    text = column.str.strip()
    odd = (text != "") & ~text.str.fullmatch(r"-?\d+")
    if odd.any():
        raise DataError(
            f"{member}: {element.name} is {text[odd].iloc[0]!r}, but GHCN-Daily counts in whole numbers (tenths of a unit): "
            "download the file from the archive itself, not an export in other units."
        )
    return np.asarray(pd.to_numeric(text.where(text != "", str(_MISSING))).to_numpy(dtype=np.float64))


def _places_in_rows(table: Any) -> dict[str, Place]:
    """Positions from the columns of a file by station; the last row of a station counts."""
    if not {"LATITUDE", "LONGITUDE"} <= set(table.columns):
        return {}
    last = table.groupby("STATION", sort=False).tail(1)
    return {
        str(row["STATION"]): Place(
            str(row.get("NAME", "")), _number(row["LATITUDE"]), _number(row["LONGITUDE"]), _number(row.get("ELEVATION", ""))
        )
        for _, row in last.iterrows()
    }


def _places(files: Sequence[Member]) -> dict[str, Place]:
    beside = {near for member in files if not member.inner for near in siblings(member.path, "ghcnd-stations.txt")}
    lists = {member for member in files if _layout(member.head()) == "stations"}
    lines = (line for member in sorted(beside | lists, key=str) for line in member.text().splitlines())
    return {
        line[:11]: Place(line[41:71].strip(), float(line[12:20]), float(line[21:30]), _number(line[31:37]))
        for line in lines
        if _STATIONS.match(line)
    }


def _number(text: str) -> float:
    """A coordinate, NaN where it is unknown (nothing, or -999.9)."""
    value = float(text) if text.strip() else float("nan")
    return float("nan") if value < -999.0 else value


GSOD: Final = "Global Summary of the Day"
_GSOD_HEADER: Final = re.compile(r'^"?STATION"?,"?DATE"?,.*\bTEMP_ATTRIBUTES\b')
#: Column, variable, its unit in the files, and the code for missing.
_GSOD_COLUMNS: Final = (
    ("TEMP", "theta", "degF", 9999.9),
    ("MIN", "theta_min", "degF", 9999.9),
    ("MAX", "theta_max", "degF", 9999.9),
    ("PRCP", "R", "inch", 99.99),
    ("WDSP", "U", "knot", 999.9),
)
#: Flags of precipitation that was not reported: the zeros beside them are none.
_NO_REPORT: Final = frozenset({"I"})


def is_gsod(name: str, head: str) -> bool:
    """Whether a text is a file of the Global Summary of the Day, by its header."""
    return _GSOD_HEADER.match(head) is not None


def read_gsod(paths: PathLike | Sequence[PathLike], *, stations: Sequence[str] | None = None) -> xr.Dataset:
    """Read files of NOAA's Global Summary of the Day as a tidy Dataset in the units of the packages.

    Temperatures, precipitation and wind are read; precipitation with the flag I ("no report") is missing. The log tells which
    other columns were left out.

    Raises
    ------
    DataError
        If a file is damaged, or nothing is left of the stations.
    """
    import pandas as pd

    series: list[Series] = []
    places: dict[str, Place] = {}
    for member in (member for path in as_paths(paths) for member in members(path)):
        table = _csv(member)
        for station, rows in table.groupby("STATION", sort=False):
            first = rows.iloc[0]
            where = (pd.to_numeric(first.get(key, "nan"), errors="coerce") for key in ("LATITUDE", "LONGITUDE", "ELEVATION"))
            places[str(station)] = Place(str(first.get("NAME", "")), *(float(number) for number in where))
            if not wanted(str(station), places[str(station)], stations):
                continue
            times = parse_times(list(rows["DATE"]), str(member))
            for column, variable, unit, missing in _GSOD_COLUMNS:
                if column not in rows:
                    continue
                values = pd.to_numeric(rows[column].str.strip(" *"), errors="coerce").to_numpy(dtype=np.float64)
                values = np.where(np.isclose(values, missing), np.nan, values)
                if column == "PRCP" and "PRCP_ATTRIBUTES" in rows:
                    values = np.where(rows["PRCP_ATTRIBUTES"].str.strip().isin(_NO_REPORT), np.nan, values)
                line = conversion(unit, next(usual.units for usual in VARIABLES if usual.name == variable))
                if line is not None:
                    series.append(Series(str(station), variable, times, line.scale * values + line.offset, member.name))
        left = [name for name in table.columns if name in ("DEWP", "SLP", "STP", "VISIB", "MXSPD", "GUST", "SNDP", "FRSHTT")]
        if left:
            LOGGER.info("%s: %s are not read.", member.name, ", ".join(left))
    return to_dataset(series, places, GSOD)


ISD: Final = "Integrated Surface Database (ISD-Lite)"
_ISD_LINE: Final = re.compile(r"\d{4} \d\d \d\d \d\d(?: *-?\d+){8}\s*$")
#: Columns behind year, month, day and hour: variable, its unit here, and how many counts make a unit.
_ISD_COLUMNS: Final = (
    ("theta", 10.0), ("dew_point", 10.0), ("pressure", 10.0), ("wind_direction", 1.0), ("U", 10.0), ("", 1.0), ("R", 10.0),
    ("", 10.0),
)  # fmt: skip
#: Amounts of precipitation that are traces, and codes of missing values.
_ISD_TRACE: Final = -1.0
_ISD_MISSING: Final = -9999.0


def is_isd(name: str, head: str) -> bool:
    """Whether a text is a file of ISD-Lite: no header, four columns of the time and eight of whole numbers."""
    lines = head.splitlines()[:3]
    return bool(lines) and all(_ISD_LINE.match(line) for line in lines if line)


def read_isd(paths: PathLike | Sequence[PathLike], *, stations: Sequence[str] | None = None) -> xr.Dataset:
    """Read files of NOAA's ISD-Lite, hours of one station and year, as a tidy Dataset in the units of the packages.

    The station is that of the name of the file, "103840-99999-2001". Traces of precipitation are 0. The hours are those of UTC.
    Codes of clouds and amounts of six hours are left out, which the log tells.

    Raises
    ------
    DataError
        If a file is damaged, or nothing is left of the stations.
    """
    import pandas as pd

    series: list[Series] = []
    for member in (member for path in as_paths(paths) for member in members(path)):
        station = "-".join(member.name.split(".")[0].split("-")[:2])
        if not wanted(station, Place(""), stations):
            continue
        lines = [line for line in member.text().splitlines() if line.strip()]
        wrong = next((number for number, line in enumerate(lines, 1) if _ISD_LINE.match(line) is None), None)
        if wrong is not None:
            raise DataError(
                f"{member}, line {wrong} has not twelve whole numbers, as those of ISD-Lite have: get the file again."
            )
        table = pd.DataFrame([line.split() for line in lines], dtype=np.float64)
        times = parse_times([f"{line[:4]}-{line[5:7]}-{line[8:10]} {line[11:13]}:00" for line in lines], str(member))
        for number, (variable, counts) in enumerate(_ISD_COLUMNS, 4):
            values = table[number].to_numpy()
            values = np.where(values == _ISD_MISSING, np.nan, values)
            if variable == "R":
                values = np.where(values == _ISD_TRACE, 0.0, values)
            if variable and np.isfinite(values).any():
                series.append(Series(station, variable, times, values / counts, member.name))
        LOGGER.info("%s: codes of clouds and amounts of six hours are not read; hours are those of UTC.", member.name)
    dataset = to_dataset(series, {}, ISD)
    for name, unit in (("dew_point", "degC"), ("wind_direction", "degree")):
        if name in dataset:
            dataset[name].attrs["units"] = unit
    return dataset
