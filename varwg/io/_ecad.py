"""Files of the European Climate Assessment & Dataset (ECA&D): blended daily series, zipped or not.

The format: one file for each station and element ("TG_STAID000162.txt") with an explanation, then rows of source, date,
value (-9999 is missing) and quality code (0 valid, 1 suspect, 9 missing); positions are in "stations.txt".
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from varwg.errors import DataError
from varwg.io._series import LOGGER, Place, Series, to_dataset, wanted, without_suspect
from varwg.io._sources import Member, PathLike, as_paths, members, siblings
from varwg.io._written_times import times_in

if TYPE_CHECKING:
    import xarray as xr

SOURCE: Final = "European Climate Assessment & Dataset (ECA&D)"

_MISSING: Final = -9999
_SUSPECT: Final = 1
_HEADER: Final = re.compile(r"^[^\S\n]*+(?:STAID,\s*)?SOUID,\s*DATE,\s*(\w+),\s*Q_\w+", re.MULTILINE)
_STATION: Final = re.compile(r"STAID:\s*(\d+)\)")
_STATION_IN_NAME: Final = re.compile(r"STAID0*(\d+)")
_STATION_IN_ROW: Final = re.compile(r"^[^\S\n]*+STAID,.*\n\s*+(\d+),", re.MULTILINE)
#: Files that say where stations are, the surest first, and the columns that are looked for in them.
_LISTS: Final = ("stations.txt", "sources.txt")
_COLUMNS: Final = ("STAID", "LAT", "LON", "HGHT")
_DEGREES: Final = re.compile(r"[+-]?\d+:\d+:\d+")
_METRES: Final = re.compile(r"-?\d+(?:\.\d+)?")


class _Element(NamedTuple):
    """An element: `values / tenths / divisor` is in the unit of the variable; the file says whether it counts in tenths."""

    name: str
    variable: str
    tenths: int
    divisor: float = 1.0


_ELEMENTS: Final = (
    _Element("TG", "theta", 10),
    _Element("TN", "theta_min", 10),
    _Element("TX", "theta_max", 10),
    _Element("RR", "R", 10),
    _Element("HU", "rh", 1, 100.0),
    _Element("QQ", "Qsw", 1),
    _Element("SS", "sun", 10),
    _Element("FG", "U", 10),
    _Element("PP", "pressure", 10),
    _Element("CC", "Cloud_Cover", 1, 8.0),
)


def read_ecad(paths: PathLike | Sequence[PathLike], *, stations: Sequence[str] | None = None) -> xr.Dataset:
    """Read files of ECA&D.

    Parameters
    ----------
    paths : path or sequence of paths
        Zip files as they are downloaded, or files taken out of them; "stations.txt" is found in the zip, among the paths
        or beside the files. Stations, elements and sources are merged, the first file wins.
    stations : sequence of str, optional
        Numbers or names of the stations to read; default all. The archives hold thousands: name some.

    Returns
    -------
    xarray.Dataset
        Dims (station, time), stations by their number, in the units of `varwg._variables`. Suspect values are missing and
        counted in the log.

    Raises
    ------
    DataError
        If a file is no series of ECA&D or is damaged.
    """
    files = [member for path in as_paths(paths) for member in members(path)]
    places = _places(files)
    series = [one for member in files if _may_be_wanted(member, places, stations) for one in _series(member, places, stations)]
    if not series and not any(is_series(member.name, member.head()) for member in files):
        raise DataError(f"{files[0]} holds no series of ECA&D (a file with the columns SOUID, DATE, ...).")
    return to_dataset(series, places, SOURCE)


def is_series(name: str, head: str) -> bool:
    """Whether a text is a series of ECA&D, by its header."""
    return _HEADER.search(head) is not None


def recognises(name: str, head: str) -> bool:
    """Whether a text is a series of ECA&D or its list of stations."""
    return is_series(name, head) or (name in _LISTS and "STAID" in head)


def _may_be_wanted(member: Member, places: dict[str, Place], stations: Sequence[str] | None) -> bool:
    """By the number in the name of the file, so that thousands of unwanted ones need not be opened."""
    number = _STATION_IN_NAME.search(member.name)
    return number is None or wanted(number[1], places.get(number[1]), stations)


def _series(member: Member, places: dict[str, Place], stations: Sequence[str] | None) -> Iterator[Series]:
    """The series of a file, or nothing if the file is something else or of an element that has no variable."""
    text = member.text()
    header = _HEADER.search(text)
    if header is None:
        return
    element = next((candidate for candidate in _ELEMENTS if candidate.name == header[1].rstrip("0123456789")), None)
    number = _STATION.search(text) or _STATION_IN_NAME.search(member.name) or _STATION_IN_ROW.search(text)
    if number is None:
        raise DataError(f"{member} does not name its station (STAID): keep the name that the file was downloaded with.")
    station = str(int(number[1]))
    if element is None:
        LOGGER.warning("%s: the element %s is not read.", member.name, header[1])
    if element is None or not wanted(station, places.get(station), stations):
        return
    raw = _table(text[header.start() :], header[1], member)
    values = np.where(raw[1] == _MISSING, np.nan, raw[1] / _tenths(text, header[1], element) / element.divisor)
    where = f"{element.variable} at {station} in {member.name}"
    yield Series(station, element.variable, raw[0], without_suspect(values, raw[2] == _SUSPECT, where, "suspect"), member.name)


def _table(text: str, element: str, member: Member) -> tuple[Any, Any, Any]:
    """Times, raw values and quality codes."""
    import pandas as pd

    try:
        table = pd.read_csv(io.StringIO(text), skipinitialspace=True)
        table.columns = pd.Index([str(name).strip() for name in table.columns])
        times = times_in(table["DATE"].astype(str), "%Y%m%d")
        values = table[element].to_numpy(dtype=np.float64)
        codes = table[f"Q_{element}"].to_numpy(dtype=np.int64)
    except (pd.errors.ParserError, ValueError) as error:
        raise DataError(f"{member} is damaged ({error}): get the file again.") from error
    return times, np.where(codes == 9, _MISSING, values), codes


def _tenths(text: str, element: str, usual: _Element) -> float:
    """How many counts make a unit: the explanation says "in 0.1 ..." or "in 1 ..."."""
    said = re.search(rf"^[\d \t-]++{element}\s*:.*?\bin (\d+(?:\.\d+)?)", text, re.MULTILINE)
    return usual.tenths if said is None or not float(said[1]) else round(1.0 / float(said[1]))


def _places(files: Sequence[Member]) -> dict[str, Place]:
    """Where stations are, by the lists beside the files, in the zip or among the paths, whatever further columns these have."""
    places: dict[str, Place] = {}
    for name in _LISTS:
        beside = {near for member in files if not member.inner for near in siblings(member.path, name)}
        lists = [member for member in files if member.name == name]
        listed: dict[str, Place] = {}
        for member in (*sorted(beside - set(lists), key=str), *lists):
            listed |= _listed_in(member)
        places = listed | places
    return places


def _listed_in(member: Member) -> dict[str, Place]:
    """The stations of a list."""
    places: dict[str, Place] = {}
    header: list[str] = []
    for line in member.text().splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if set(_COLUMNS) <= set(cells):
            header = cells
        elif header and len(cells) >= len(header) and cells[header.index("STAID")].isdigit():
            # Names may have commas: what is too much belongs to the name.
            at = next((number for number, name in enumerate(header) if name in ("STANAME", "SOUNAME")), 1)
            extra = len(cells) - len(header)
            row = dict(zip(header, [*cells[:at], ", ".join(cells[at : at + extra + 1]), *cells[at + extra + 1 :]], strict=True))
            name = row.get("STANAME", row.get("SOUNAME", ""))
            if _DEGREES.fullmatch(row["LAT"]) and _DEGREES.fullmatch(row["LON"]) and _METRES.fullmatch(row["HGHT"]):
                places[str(int(row["STAID"]))] = Place(name, _degrees(row["LAT"]), _degrees(row["LON"]), float(row["HGHT"]))
    return places


def _degrees(text: str) -> float:
    """Degrees from "+52:06:00"; the sign holds for minutes and seconds too."""
    degrees, minutes, seconds = (float(part) for part in text.lstrip("+-").split(":"))
    size = degrees + minutes / 60.0 + seconds / 3600.0
    return -size if text.startswith("-") else size
