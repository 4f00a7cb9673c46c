"""Time axes of any kind become naive datetime64."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import numpy as np

from varwg.arrays import TimeArray
from varwg.calendar import in_nanoseconds
from varwg.errors import DataError

_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_CALENDARS: Final = ("standard", "gregorian", "proleptic_gregorian")
_CALENDARS_WITHOUT_LEAP_DAY: Final = ("noleap", "365_day")


def plain_times(index: Any) -> tuple[TimeArray, tuple[str, ...]]:
    """Naive datetime64[ns] times from a pandas index, and notes on what was converted.

    Times with a zone become local standard time (daily ones keep their date). A calendar without leap days is
    accepted, its 29 February is missing; one with a 30 February is not.

    Raises
    ------
    DataError
        If the index does not hold timestamps, or those of another calendar.
    """
    import pandas as pd

    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if len(index) and isinstance(index[0], datetime) and not isinstance(index, pd.DatetimeIndex):
        index = pd.DatetimeIndex(index)
    calendar = getattr(index[0], "calendar", None) if len(index) else None
    if calendar is not None:
        return _from_cftime(index, calendar)
    index = _from_text(index)
    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(
            f"the times are {index.dtype} (the first is {_first(index)}), but timestamps (datetime64) were expected: "
            "decode them, for example with pandas.to_datetime."
        )
    notes: tuple[str, ...] = ()
    if index.tz is not None:
        zone = str(index.tz)
        index = _without_zone(index)
        notes = (f"the times in zone {zone} were taken as local standard time.",)
    times = index.to_numpy()
    if np.isnat(times).any():
        raise DataError(f"time number {int(np.isnat(times).argmax())} is missing (NaT): drop that row.")
    return in_nanoseconds(times), notes


def _from_text(index: Any) -> Any:
    """Dates written as ISO 8601 text or as the number YYYYMMDD, which have one meaning, as times; all else as it is."""
    import pandas as pd

    if isinstance(index, pd.DatetimeIndex) or not len(index):
        return index
    written = [str(label) for label in index]
    if index.dtype.kind in "iu" and all(len(label) == 8 for label in written):
        form = "%Y%m%d"
    elif all(isinstance(label, str) and _ISO.match(label) for label in index):
        form = "ISO8601"
    else:
        return index
    try:
        return pd.DatetimeIndex(pd.to_datetime(written, format=form))
    except (ValueError, TypeError):
        return index


def _first(index: Any) -> str:
    return repr(index[0]) if len(index) else "none"


def _without_zone(index: Any) -> Any:
    """Local standard time; daily stamps keep their wall-clock date, which summer time would move."""
    wall = index.tz_localize(None)
    if (wall == wall.normalize()).all():
        return wall
    universal = index.tz_convert("UTC").tz_localize(None)
    return universal + (wall - universal).min()


def _from_cftime(index: Any, calendar: str) -> tuple[TimeArray, tuple[str, ...]]:
    if calendar not in _CALENDARS + _CALENDARS_WITHOUT_LEAP_DAY:
        raise DataError(
            f"the times are in calendar {calendar!r}, whose dates do not all exist: convert them, for example with "
            "Dataset.convert_calendar('standard', align_on='year')."
        )
    times = in_nanoseconds(np.array([np.datetime64(stamp.isoformat(), "us") for stamp in index]))
    if calendar in _CALENDARS:
        return times, ()
    return times, (f"the times are in calendar {calendar!r}: 29 February is missing in leap years.",)
