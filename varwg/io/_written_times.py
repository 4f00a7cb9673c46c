"""Times as people write them, in tables and in indexes, and the clocks that they were read from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np

from varwg._arrays import TimeArray
from varwg._calendar import in_seconds
from varwg.errors import DataError
from varwg.io._series import LOGGER

#: The end of a day written as 24:00, and an offset from UTC at the end of a time.
_MIDNIGHT: Final = re.compile(r"([T ])24(:?00(?::?00)?(?:\.0+)?)")
_OFFSET: Final = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_CALENDARS: Final = ("standard", "gregorian", "proleptic_gregorian")
_CALENDARS_WITHOUT_LEAP_DAY: Final = ("noleap", "365_day")


def plain_times(index: Any) -> tuple[TimeArray, tuple[str, ...]]:
    """Naive datetime64[s] times from a pandas index, and notes on what was converted.

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
    return in_seconds(times), notes


def times_in(texts: Any, form: str) -> TimeArray:
    """Times of a column of texts, or of numbers, that are all written in the format `form`.

    Raises
    ------
    ValueError
        If one is written otherwise.
    """
    import pandas as pd

    return in_seconds(pd.DatetimeIndex(pd.to_datetime(texts, format=form)).to_numpy())


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
    elif all(isinstance(label, str) for label in index):
        return index if _parsed(written) is None else pd.DatetimeIndex(parse_times(written, "the index"))
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
    times = in_seconds(np.array([np.datetime64(stamp.isoformat(), "us") for stamp in index]))
    if calendar in _CALENDARS:
        return times, ()
    return times, (f"the times are in calendar {calendar!r}: 29 February is missing in leap years.",)


_DATES: Final = ("%d.%m.%Y", "%Y/%m/%d", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y-%b-%d")
_CLOCKS: Final = ("", " %H:%M", " %H:%M:%S")
#: Times without separators, by their length.
_DIGITS: Final = ((7, "%Y%j"), (8, "%Y%m%d"), (10, "%Y%m%d%H"), (12, "%Y%m%d%H%M"), (14, "%Y%m%d%H%M%S"))
#: Dates whose year comes last, so that the day or the month may come first, and a time of day of 24 or of twice 12 hours.
_EITHER_WAY: Final = re.compile(
    r"(?P<first>\d{1,2})(?P<sign>[/-])(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4})"
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<rest>\d{2}(?::\d{2}(?:\.\d+)?)?)(?:\s*(?P<half>[AP])\.?M\.?)?)?",
    re.IGNORECASE,
)
_SHORT_YEAR: Final = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}(?:\D.*)?")
#: All times have a year of four digits, and no other signs than these.
_YEAR: Final = re.compile(r"\d{4}")
_TIME_SIGNS: Final = re.compile(r"[\w :./,+-]{4,60}")
#: Dates that are written here and that pandas does not read.
_YEAR_OF_FIVE: Final = re.compile(r"\d{5}-")
_FAR_DATE: Final = re.compile(r"\d{4,5}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?")
_DECIMAL: Final = re.compile(r"[+-]?\d*[.,]\d*")
#: Names of zones of standard time behind a time.
_ZONE_NAME: Final = re.compile(r"(?<=\d)\s+(UTC|GMT|CET|MEZ|EET|EST|CST|MST|PST|LST)$")
#: What a text says that is a number and no date.
_BARE_NUMBER: Final = re.compile(r"\d+(?:\.\d*)?")


def is_time(text: str) -> bool:
    """Whether a text is a time in one of the usual spellings."""
    plain = text.strip()
    # Most texts are none, which a look at them tells a thousand times faster than all formats.
    if _TIME_SIGNS.fullmatch(plain) is None or _YEAR.search(plain) is None or _DECIMAL.fullmatch(plain):
        return False
    return _EITHER_WAY.fullmatch(plain) is not None or _parsed([plain]) is not None


def parse_times(texts: Sequence[str], where: str) -> TimeArray:
    """Naive datetime64[s] from texts that are all written in the same way.

    Accepted are ISO 8601 (with "T" or a blank, with a zone or without), 31.12.2001, 2001/12/31 and 31-Dec-2001, each with or
    without a time, digits alone (20011231, 2001365, 2001123123), and 31/12/2001 or 12/31/2001 if one of the texts has a day
    above 12, which tells whether the day or the month comes first.

    Raises
    ------
    DataError
        If the texts are of another form, or could be read in two ways.
    """
    index = _parsed(texts)
    if index is None:
        raise DataError(f"{where}: {_why_no_times(texts)}: write all like 2001-12-31 or 2001-12-31T23:00.")
    day_first = _day_first(list(texts))
    if day_first is not None and len(texts) > 1:
        LOGGER.warning("%s: times such as %r were read with the %s first.", where, texts[0], "day" if day_first else "month")
    return plain_times(index)[0]


def _why_no_times(texts: Sequence[str]) -> str:
    """Why texts cannot be read as times."""
    odd = next((text for text in texts if not is_time(text)), None)
    if odd is None and all(_EITHER_WAY.fullmatch(text.strip()) for text in texts) and not _has_both_ways(texts):
        return f"times like {texts[0]!r} can be read with the day or with the month first, and their numbers do not tell which"
    if odd is None:
        return f"times like {texts[0]!r} are not all written in one way that is known"
    if _SHORT_YEAR.fullmatch(odd.strip()):
        return f"the time {odd!r} has a year of two digits, whose century is open"
    if _BARE_NUMBER.fullmatch(odd.strip()):
        return (
            f"the time {odd!r} is a number and no date (perhaps days since 1899-12-30, as in spreadsheets, or seconds since 1970)"
        )
    return f"the time {odd!r} is not written in a way that is known"


def _day_first(texts: Sequence[str]) -> bool | None:
    """Whether the day comes before the month in dates whose year comes last; None for others, and where that is open."""
    matches = [_EITHER_WAY.fullmatch(text.strip()) for text in texts if _EITHER_WAY.fullmatch(texts[0].strip())]
    if not matches or not all(matches):
        return None
    first, second = (max(int(match[part]) for match in matches if match) > 12 for part in ("first", "second"))
    return None if first == second else first


def _has_both_ways(texts: Sequence[str]) -> bool:
    """Whether some dates have a number above 12 first, and others second."""
    return all(any(_day_first([text]) is way for text in texts) for way in (True, False))


def _year_first(text: str, day_first: bool) -> str:
    """A date whose year comes last in the spelling of ISO 8601."""
    match = _EITHER_WAY.fullmatch(text.strip())
    if match is None:
        return text
    day, month = match["first" if day_first else "second"], match["second" if day_first else "first"]
    date = f"{match['year']}-{int(month):02d}-{int(day):02d}"
    if match["hour"] is None:
        return date
    half = match["half"]
    hour = int(match["hour"]) if half is None else int(match["hour"]) % 12 + 12 * (half.upper() == "P")
    return f"{date} {hour:02d}:{match['rest']}"


def _without_zone_names(texts: Sequence[str]) -> Sequence[str]:
    """Times without the name of one zone of standard time that stands behind all of them."""
    zones = {match[1] if (match := _ZONE_NAME.search(text)) else "" for text in texts}
    return [_ZONE_NAME.sub("", text) for text in texts] if len(zones) == 1 and "" not in zones else texts


def _formats() -> Iterator[str]:
    """Spellings of times with other signs than digits, the most usual one first."""
    yield "ISO8601"
    yield from (day + clock for clock in _CLOCKS for day in _DATES)
    yield "%Y%m%d:%H%M"


def _parsed(texts: Sequence[str]) -> Any:
    """A pandas DatetimeIndex, or None if the texts are not all in one of the formats."""
    import pandas as pd

    if any(_YEAR_OF_FIVE.match(text) for text in texts) and all(_FAR_DATE.fullmatch(text) for text in texts):
        return pd.DatetimeIndex(in_seconds(np.array(texts, dtype=np.datetime64)))
    day_first = _day_first(texts)
    texts = _without_zone_names(texts)
    column = pd.Series([text if day_first is None else _year_first(text, day_first) for text in texts], dtype=str).str.strip()
    digits = column.str.fullmatch(r"\d+").all()
    lengths = set(column.str.len())
    formats = tuple(form for size, form in _DIGITS if lengths == {size}) if digits else _formats()
    midnight = column.str.contains("[T ]24:?00")
    if midnight.any():
        column = column.str.replace(_MIDNIGHT, r"\g<1>00\g<2>", regex=True)
    for form in formats:
        try:
            index = pd.DatetimeIndex(pd.to_datetime(column, format=form))
        except ValueError:
            continue
        if index.isna().any():
            return None
        whole = index + pd.to_timedelta(midnight.to_numpy(dtype=np.int64), unit="D")
        ends = midnight.any() and not ((whole == whole.normalize()) & ~midnight.to_numpy()).any()
        if not ends or len(whole) < 2:
            return whole
        step = pd.Series(np.diff(np.unique(whole.to_numpy()))).mode().iloc[0]
        LOGGER.warning("midnight is written as 24:00, so that each time was taken as the end of its step of %s.", step)
        return whole - step
    return _with_changing_offsets(column)


def _with_changing_offsets(column: Any) -> Any:
    """Local standard time of times with offsets that change, as those of a zone with summer time do; None for others."""
    import pandas as pd

    if not column.str.contains(_OFFSET).all():
        return None
    try:
        universal = pd.DatetimeIndex(pd.to_datetime(column, format="ISO8601", utc=True)).tz_localize(None)
        wall = pd.DatetimeIndex(pd.to_datetime(column.str.replace(_OFFSET, "", regex=True), format="ISO8601"))
    except ValueError:
        return None
    return wall if (wall == wall.normalize()).all() else universal + (wall - universal).min()


#: What to do about a clock with summer time.
LOCALIZE: Final = "say so with table.tz_localize('Europe/Berlin', ambiguous='infer'), or the name of the zone it is"
#: Months in which clocks go forward and back, on either half of the Earth.
_FORWARD: Final = (3, 4, 9, 10)
_BACK: Final = (10, 11, 4, 3)


def nights_of_clocks(stamps: TimeArray, *, forward: bool) -> int:
    """How many times are early on a Sunday in a month in which clocks go forward, or back."""
    days = stamps.astype("datetime64[D]")
    month = stamps.astype("datetime64[M]").astype(np.int64) % 12 + 1
    hours = (stamps - days) / np.timedelta64(1, "h")
    sunday = (days.astype(np.int64) + 3) % 7 == 6
    return int((np.isin(month, _FORWARD if forward else _BACK) & sunday & (hours <= 3.0)).sum())


def format_times(times: TimeArray, *, blank: bool = False) -> tuple[str, ...]:
    """Times as ISO 8601, all in the coarsest of days, minutes and seconds that is exact.

    Parameters
    ----------
    times : array of datetime64
    blank : bool
        A blank and seconds in every case, "2001-12-31 00:00:00", as lake models want it.
    """
    stamps = in_seconds(np.asarray(times))
    if blank:
        return tuple(str(text).replace("T", " ") for text in np.datetime_as_string(stamps, unit="s"))
    unit: Any = next(unit for unit in ("D", "m", "s") if (stamps == stamps.astype(f"datetime64[{unit}]")).all())
    return tuple(str(text) for text in np.datetime_as_string(stamps, unit=unit))
