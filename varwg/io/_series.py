"""Series of values with times and places, places as people write them, and one Dataset of many series."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arrays import BoolArray, FloatArray, TimeArray
from varwg._calendar import for_xarray, in_seconds
from varwg._variables import VARIABLES, cf_attributes, place_coordinates
from varwg.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

#: Degrees with minutes, seconds and a side of the Earth; heights with their unit; with a point or a comma.
_NUMBER: Final = r"(\d++(?:[.,]\d++)?)"
_PLACE: Final = re.compile(
    rf"([+-]?){_NUMBER}\s*+(?:(?:°|º|deg(?:rees?)?\.?|d)\s*+)?(?:{_NUMBER}\s*+['′’]\s*+)?(?:{_NUMBER}\s*+(?:\"|″|”|'')\s*+)?([NSEW]?)",
    re.IGNORECASE,
)
_SEXAGESIMAL: Final = re.compile(rf"([+-]?)(\d+):(\d+)(?::{_NUMBER})?\s*([NSEW]?)", re.IGNORECASE)
_HEIGHT: Final = re.compile(rf"([+-]?){_NUMBER}\s*(m|met(?:er|re)s?|km|ft|feet|foot)\b.*", re.IGNORECASE)
#: Degrees and metres in other units of places.
_SCALES: Final = (
    (1000.0, ("km", "kilometer", "kilometre", "kilometers", "kilometres")),
    (0.3048, ("ft", "feet", "foot")),
    (180.0 / np.pi, ("radian", "radians", "rad")),
)


def place_scale(unit: str) -> float:
    """What a coordinate in a unit is multiplied by to be in degrees or metres."""
    return next((scale for scale, names in _SCALES if unit.strip().lower() in names), 1.0)


def place_number(text: str) -> float:
    """Degrees or metres from a text such as 47.5, "47° 22' 41\" N", "33,5 S", "47:22:41" or "1640 ft"; NaN for any other."""
    plain = text.strip()
    try:
        return float(plain)
    except ValueError:
        pass
    if height := _HEIGHT.fullmatch(plain):
        sign, size, unit = height.groups()
        return float(sign + size.replace(",", ".")) * place_scale(unit)
    degrees = _PLACE.fullmatch(plain) or _SEXAGESIMAL.fullmatch(plain)
    if degrees is None:
        return float("nan")
    parts = [float((part or "0").replace(",", ".")) for part in degrees.groups()[1:4]]
    is_negative = degrees[1] == "-" or degrees[5].upper() in ("S", "W")
    return (-1.0 if is_negative else 1.0) * (parts[0] + parts[1] / 60.0 + parts[2] / 3600.0)


LOGGER: Final = logging.getLogger("varwg.io")


@dataclass(frozen=True, eq=False)
class Series:
    """Values of one variable at one station, in the unit of the table of variables; NaN is missing."""

    station: str
    variable: str
    times: TimeArray
    values: FloatArray
    source: str

    @property
    def where(self) -> str:
        """The variable, station and file, for messages."""
        return f"{self.variable} at {self.station} in {self.source}"


@dataclass(frozen=True)
class Place:
    """Where a station is, in degrees and metres, and what it is called."""

    name: str = ""
    latitude: float = float("nan")
    longitude: float = float("nan")
    elevation: float = float("nan")


def to_dataset(series: Iterable[Series], places: Mapping[str, Place], source: str) -> xr.Dataset:
    """A tidy CF Dataset of series.

    Parameters
    ----------
    series : iterable of Series
        In any order; of several for the same station and variable the first wins where both have a value.
    places : mapping of str to Place
        By station; stations that are not in it have no coordinates.
    source : str
        Where the data come from, for the attribute of that name.

    Returns
    -------
    xarray.Dataset
        Dims (station, time); times are all that any series has, ascending.

    Raises
    ------
    DataError
        If there are no series, a time occurs twice in one, or their steps differ.
    """
    listed = [_checked(one) for one in series]
    if not listed:
        raise DataError(f"no known variable of any wanted station was found in the {source} files: check what they hold.")
    _require_one_step(listed)
    times = np.unique(np.concatenate([one.times for one in listed]))
    stations = tuple(dict.fromkeys(one.station for one in listed))
    names = tuple(dict.fromkeys(one.variable for one in listed))
    arrays = {name: np.full((len(stations), times.size), np.nan) for name in names}
    for one in listed:
        row = arrays[one.variable][stations.index(one.station)]
        columns = np.searchsorted(times, one.times)
        before = row[columns]
        n_conflicts = int((np.isfinite(before) & np.isfinite(one.values) & (before != one.values)).sum())
        if n_conflicts:
            LOGGER.warning("%s: %d values differ from an earlier file, whose values were kept.", one.where, n_conflicts)
        row[columns] = np.where(np.isnan(before), one.values, before)
    return _packed(arrays, times, stations, places, source)


def without_suspect(values: FloatArray, suspect: BoolArray, where: str, reason: str) -> FloatArray:
    """`values` with the suspect ones set to missing, and their number told to the log."""
    count = int((suspect & np.isfinite(values)).sum())
    if count:
        LOGGER.warning("%s: %d of %d values are %s and were set to missing.", where, count, np.isfinite(values).sum(), reason)
    return np.where(suspect, np.nan, values)


def wanted(station: str, place: Place | None, stations: Sequence[str] | None) -> bool:
    """Whether a station is among those asked for, by its number (with or without leading zeros) or its name."""
    if stations is None:
        return True
    names = {station, station.lstrip("0")} | ({place.name} if place is not None else set())
    return any(asked in names or asked.lstrip("0") in names for asked in stations if asked)


def station_coordinates(stations: Sequence[str], places: Mapping[str, Place]) -> dict[str, Any]:
    """CF coordinates of the stations, with their names."""
    listed = [places.get(station, Place()) for station in stations]
    return {
        "station": ("station", list(stations), {"cf_role": "timeseries_id"}),
        "station_name": ("station", [place.name for place in listed], {"long_name": "name of the station"}),
        **place_coordinates(
            [place.latitude for place in listed], [place.longitude for place in listed], [place.elevation for place in listed]
        ),
    }


def variable_attributes(name: str) -> dict[str, str]:
    """CF attributes of a variable of the table, none for others."""
    return next((cf_attributes(variable) for variable in VARIABLES if variable.name == name), {})


def _packed(
    arrays: Mapping[str, FloatArray], times: TimeArray, stations: Sequence[str], places: Mapping[str, Place], source: str
) -> xr.Dataset:
    import xarray as xr

    order = [variable.name for variable in VARIABLES]
    names = sorted(arrays, key=lambda name: order.index(name) if name in order else len(order))
    data_vars = {name: (("station", "time"), arrays[name], variable_attributes(name)) for name in names}
    coords = {
        **station_coordinates(stations, places),
        "time": ("time", for_xarray(times), {"standard_name": "time", "axis": "T"}),
    }
    return xr.Dataset(data_vars, coords, {"Conventions": "CF-1.10", "featureType": "timeSeries", "source": source})


def _checked(one: Series) -> Series:
    """The series with ascending times, each once."""
    times = in_seconds(one.times)
    order = np.argsort(times, kind="stable")
    times, values = times[order], one.values[order]
    same = np.diff(times) == np.timedelta64(0, "s")
    if same.any():
        twice = str(times[1:][same][0].astype("datetime64[m]")).removesuffix("T00:00")
        raise DataError(f"{one.where} has the time {twice} twice, but each time may occur once: repair the file.")
    return Series(one.station, one.variable, times, values, one.source)


def _require_one_step(series: Sequence[Series]) -> None:
    """Daily and hourly values cannot share a time axis."""
    first: tuple[np.timedelta64, str] | None = None
    for one in series:
        if one.times.size < 2:
            continue
        steps, counts = np.unique(np.diff(one.times), return_counts=True)
        step = steps[counts.argmax()]
        if first is None:
            first = (step, one.where)
        elif step != first[0]:
            hours = [step_or_start / np.timedelta64(1, "h") for step_or_start in (step, first[0])]
            raise DataError(
                f"{one.where} has steps of {hours[0]:g} h, but {first[1]} of {hours[1]:g} h: read files of different steps apart."
            )
