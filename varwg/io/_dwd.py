"""Files of the German weather service's Climate Data Center (DWD CDC): daily and hourly products, zipped or not.

The format: text with ";" between columns, a header, one row for each day or hour (UTC), -999 for missing, "eor" at the end
of a row, and one column QN_... with the quality level of the columns after it. The level tells how far the quality control
of a whole period has come (1: only formal; 10: finished), not that a single value is suspect, so nothing is discarded by it.
The zip files also hold the history of the station's position, "Metadaten_Geographie_....txt".
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg.errors import DataError
from varwg.io._series import LOGGER, Place, Series, to_dataset, wanted
from varwg.io._sources import Member, PathLike, as_paths, members, siblings
from varwg.io._written_times import times_in
from varwg.meteo._wind import wind_components

if TYPE_CHECKING:
    import xarray as xr

SOURCE: Final = "DWD Climate Data Center"

#: Hours (of the beginning of the step, UTC) in which the sun never shines in Germany and that sunshine files leave out.
DARK_HOURS: Final = frozenset({20, 21, 22, 23, 0, 1})

_MISSING: Final = -999.0
_FIXED_LIST: Final = re.compile(r"^\s*(\d{1,5})\s+\d{8}\s+\d{8}\s+(-?\d+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(.*?)(?:\s{2,}|$)")


class _Column(NamedTuple):
    """A column of a product: `values / divisor` is in the unit of the variable.

    `sum_before` marks sums over the hour that ends at the time of the row.
    """

    name: str
    variable: str
    divisor: float = 1.0
    sum_before: bool = False


_DAILY: Final = (
    _Column("TMK", "theta"),
    _Column("TNK", "theta_min"),
    _Column("TXK", "theta_max"),
    _Column("RSK", "R"),
    _Column("RS", "R"),
    _Column("UPM", "rh", 100.0),
    _Column("FG_STRAHL", "Qsw", 8.64),  # J cm-2 per day
    _Column("ATMO_STRAHL", "ILWR", 8.64),
    _Column("SDK", "sun"),
    _Column("SD_STRAHL", "sun"),
    _Column("VPM", "e"),
    _Column("FM", "U"),
    _Column("PM", "pressure"),
    _Column("NM", "Cloud_Cover", 8.0),
)

_HOURLY: Final = (
    _Column("TT_TU", "theta"),
    _Column("TT_STD", "theta"),
    _Column("R1", "R", sum_before=True),
    _Column("RF_TU", "rh", 100.0),
    _Column("RF_STD", "rh", 100.0),
    _Column("FG_LBERG", "Qsw", 0.36, sum_before=True),  # J cm-2 per hour
    _Column("ATMO_LBERG", "ILWR", 0.36, sum_before=True),
    _Column("SD_SO", "sun", 60.0, sum_before=True),  # minutes
    _Column("SD_LBERG", "sun", 60.0, sum_before=True),
    _Column("VP_STD", "e"),
    _Column("F", "U"),
    _Column("P0", "pressure"),
    _Column("P_STD", "pressure"),
    _Column("V_N", "Cloud_Cover", 8.0),
)


def read_dwd(paths: PathLike | Sequence[PathLike], *, stations: Sequence[str] | None = None) -> xr.Dataset:
    """Read product files of the DWD.

    Parameters
    ----------
    paths : path or sequence of paths
        Zip files as they are downloaded, or files taken out of them: products, "Metadaten_Geographie_....txt", lists of
        stations. Files of several stations, products and periods are merged; where the periods overlap, the file that
        comes first wins: give "hist" before "akt".
    stations : sequence of str, optional
        Numbers or names of the stations to read; default all.

    Returns
    -------
    xarray.Dataset
        Dims (station, time), stations by their five-digit number, in the units of `varwg._variables`. Hourly sums (rain,
        sunshine, radiation) are put at the beginning of their hour. Hourly wind direction makes the components u and v.

    Raises
    ------
    DataError
        If a file is no product, is damaged, or daily and hourly products are mixed.
    """
    files = [member for path in as_paths(paths) for member in members(path)]
    products = [member for member in files if is_product(member.name, member.head())]
    if not products:
        raise DataError(f"{files[0]} holds no product of the DWD (a file with the columns STATIONS_ID;MESS_DATUM;...).")
    places = _places(files)
    series = [one for member in products for one in _series(member, places, stations)]
    return to_dataset(series, places, SOURCE)


def is_product(name: str, head: str) -> bool:
    """Whether a text is a product file, by its header."""
    first = head.lstrip().split("\n", 1)[0].replace(" ", "").upper()
    return first.startswith("STATIONS_ID;MESS_DATUM;")


def recognises(name: str, head: str) -> bool:
    """Whether a text is a product file or holds positions of stations."""
    return is_product(name, head) or name.startswith("Metadaten_Geographie") or _is_list(name)


def _is_list(name: str) -> bool:
    return name.endswith("_Beschreibung_Stationen.txt")


def _series(member: Member, places: dict[str, Place], stations: Sequence[str] | None) -> Iterator[Series]:
    """All series in a product file, which usually is of one station."""
    table = _table(member)
    for station, rows in table.groupby("STATIONS_ID", sort=False):
        number = str(station).strip().zfill(5)
        if not wanted(number, places.get(number), stations):
            continue
        stamps, hourly = _times(rows["MESS_DATUM"].to_numpy(dtype=str), member)
        if (stamps != stamps.astype("datetime64[h]")).any():
            stamps = _in_whole_hours(rows, stamps, member)
        yield from _columns(rows, number, stamps, hourly, member)


def _columns(rows: Any, station: str, stamps: TimeArray, hourly: bool, member: Member) -> Iterator[Series]:
    """One series for each column that is known, the first where several are of the same variable."""
    seen = set()
    for column in _HOURLY if hourly else _DAILY:
        if column.name not in rows.columns or column.variable in seen:
            continue
        seen.add(column.variable)
        values = _numbers(rows[column.name], column.name, member) / column.divisor
        times = stamps - np.timedelta64(1, "h") if column.sum_before else stamps
        if column.variable == "Cloud_Cover":
            values = np.where(values < 0.0, np.nan, values)  # -1: the sky could not be seen
        if column.variable == "sun" and hourly:
            times, values = _with_dark_hours(times, values, f"sun at {station} in {member.name}")
        yield Series(station, column.variable, times, values, member.name)
    if hourly and {"F", "D"} <= set(rows.columns):
        direction = _numbers(rows["D"], "D", member)
        direction = np.where(direction > 360.0, np.nan, direction)  # 990: from all sides
        components = wind_components(_numbers(rows["F"], "F", member), direction)
        yield Series(station, "u", stamps, components.u, member.name)
        yield Series(station, "v", stamps, components.v, member.name)


def _table(member: Member) -> Any:
    import pandas as pd

    try:
        table = pd.read_csv(io.StringIO(member.text()), sep=";", skipinitialspace=True, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{member} is damaged ({error}): get the file again.") from error
    table.columns = pd.Index([str(name).strip() for name in table.columns])
    complete = table["MESS_DATUM"].str.strip() != ""
    return table[complete]


def _numbers(column: Any, name: str, member: Member) -> FloatArray:
    """The values of a column, NaN for -999 and for nothing."""
    import pandas as pd

    text = column.str.strip()
    values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.isnan(values) & (text != "").to_numpy()
    if wrong.any():
        first = int(wrong.argmax())
        raise DataError(f"{member}: {name} is {text.iloc[first]!r}, not a number: the file is damaged, get it again.")
    return np.where(values == _MISSING, np.nan, values)


def _times(stamps: np.ndarray, member: Member) -> tuple[TimeArray, bool]:
    """Times of the rows, and whether they are hours (yyyymmddhh) and not days (yyyymmdd).

    Radiation files stamp the whole hours of true solar time (yyyymmddhh:mm).
    """
    import pandas as pd

    texts = pd.Series(stamps).str.strip()
    size = int(texts.str.len().iloc[0]) if len(texts) else 8
    formats = {8: "%Y%m%d", 10: "%Y%m%d%H", 13: "%Y%m%d%H:%M"}
    if size not in formats:
        raise DataError(
            f"{member}: MESS_DATUM is {texts.iloc[0]!r}, but days (yyyymmdd) or hours (yyyymmddhh) are read: use the daily or "
            "hourly products."
        )
    try:
        return times_in(texts, formats[size]), size > 8
    except ValueError as error:
        raise DataError(f"{member}: MESS_DATUM cannot be read ({error}): the file is damaged, get it again.") from error


def _in_whole_hours(rows: Any, stamps: TimeArray, member: Member) -> TimeArray:
    """Hours of true solar time, moved to UTC by as many whole hours as these differ in the mean over the file.

    The difference changes by half an hour in the course of the year, so that rounding each hour by itself would make some of
    them the same.
    """
    if "MESS_DATUM_WOZ" not in rows.columns:
        raise DataError(f"{member}: hours such as {stamps[0]} are not whole, and MESS_DATUM_WOZ is missing: get the file again.")
    solar = _times(rows["MESS_DATUM_WOZ"].to_numpy(dtype=str), member)[0]
    hours = round(float(((stamps - solar) / np.timedelta64(1, "h")).mean()))
    LOGGER.info("%s: hours of true solar time were moved by %d h to UTC.", member.name, hours)
    return np.asarray(solar + np.timedelta64(hours, "h"))


def _with_dark_hours(times: TimeArray, values: FloatArray, where: str) -> tuple[TimeArray, FloatArray]:
    """Sunshine with a zero in the hours of the night that the files leave out, on days that have any row."""
    days = np.unique(times.astype("datetime64[D]"))
    night = days[:, None] + np.array(sorted(DARK_HOURS)) * np.timedelta64(1, "h")
    added = np.setdiff1d(night.ravel(), times)
    if not added.size:
        return times, values
    LOGGER.info("%s: %d hours of the night that the file leaves out were taken as without sunshine.", where, added.size)
    return np.concatenate([times, added.astype(times.dtype)]), np.concatenate([values, np.zeros(added.size)])


def _places(files: Sequence[Member]) -> dict[str, Place]:
    """Positions from all metadata given or lying beside the products; the last position of a station counts."""
    beside = {near for member in files if not member.inner for near in siblings(member.path, "Metadaten_Geographie_*.txt")}
    places: dict[str, Place] = {}
    for member in (*files, *sorted(beside - set(files), key=str)):
        if member.name.startswith("Metadaten_Geographie"):
            places |= _geography(member)
        elif _is_list(member.name):
            places |= _station_list(member)
    return places


def _geography(member: Member) -> dict[str, Place]:
    lines = [line.split(";") for line in member.text().splitlines() if ";" in line]
    rows = [[cell.strip() for cell in line] for line in lines[1:]]
    # Stations_id;Stationshoehe;Geogr.Breite;Geogr.Laenge;von_datum;bis_datum;Stationsname, oldest first
    return {
        row[0].zfill(5): Place(row[6], float(row[2]), float(row[3]), float(row[1]))
        for row in rows
        if len(row) >= 7 and row[0].isdigit()
    }


def _station_list(member: Member) -> dict[str, Place]:
    """The list of all stations of a product, "..._Beschreibung_Stationen.txt", in fixed columns."""
    matches = filter(None, map(_FIXED_LIST.match, member.text().splitlines()))
    return {line[1].zfill(5): Place(line[5].strip(), float(line[3]), float(line[4]), float(line[2])) for line in matches}
