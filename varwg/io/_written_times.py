"""Times as people write them, in tables and in indexes, and the clocks that they were read from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any, Final, NamedTuple

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg._calendar import in_seconds
from varwg.errors import DataError
from varwg.io._series import LOGGER

#: The end of a day written as 24:00, and an offset from UTC at the end of a time.
_MIDNIGHT: Final = re.compile(r"([T ])24(:?00(?::?00)?(?:\.0+)?)")
_OFFSET: Final = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
#: A note on times that in local time look like the ends of steps, but in UTC like their beginnings.
WHOLE_DAYS_OF_UTC: Final = "the record consists of whole days of UTC; each time was taken as the beginning of its step."
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
    index, notes = _from_text(index)
    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(
            f"the times are {index.dtype} (the first is {repr(index[0]) if len(index) else 'none'}), but timestamps (datetime64) "
            f"were expected{_cause(index)}: decode them, for example with pandas.to_datetime."
        )
    if index.tz is not None:
        zone, universal = str(index.tz), index.tz_convert("UTC").tz_localize(None)
        index = _without_zone(index)
        notes = (f"the times in zone {zone} were taken as local standard time.",)
        if len(index) > 1 and _begin_at_utc_midnight(universal) and index[0] - index[0].normalize() == index[1] - index[0]:
            notes += (WHOLE_DAYS_OF_UTC,)
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


def _from_text(index: Any) -> tuple[Any, tuple[str, ...]]:
    """Times of an index of texts, or of numbers that have one meaning as times, and notes; any other index as it is."""
    import pandas as pd

    if isinstance(index, pd.DatetimeIndex) or not len(index):
        return index, ()
    written = [str(label) for label in index]
    are_texts = all(isinstance(label, str) for label in index)
    if are_texts and (parsed := _parsed(written)) is not None:
        return parsed if _ISO.match(written[0]) else pd.DatetimeIndex(parse_times(written, "the index")), ()
    # An index without a name may well count rows.
    may_be_digits = index.dtype.kind in "iu" and (index.name is not None or all(len(label) == 8 for label in written))
    if may_be_digits and (parsed := _parsed(written)) is not None:
        return parsed, ()
    may_count = index.dtype.kind in "iuf" and index.name is not None and float(index.min()) > LEAST_COUNT
    if not (are_texts or may_count) or not all(map(_NUMBER.fullmatch, written)):
        return index, ()
    times, note = _times_of_numbers(written, "the index")
    return pd.DatetimeIndex(times), ((note,) if note else ())


def _cause(index: Any) -> str:
    """Why an index of texts holds no times, in brackets; empty for any other index."""
    texts = [label for label in index if isinstance(label, str)]
    return f" ({_why_no_times(texts)})" if texts and len(texts) == len(index) else ""


def _without_zone(index: Any) -> Any:
    """Local standard time; daily stamps keep their wall-clock date, which summer time would move."""
    wall = index.tz_localize(None)
    if (wall == wall.normalize()).all():
        return wall
    universal = index.tz_convert("UTC").tz_localize(None)
    return universal + (wall - universal).min()


def _begin_at_utc_midnight(universal: Any) -> bool:
    """Whether at least two times in UTC run from a midnight to the last step before one, as beginnings of steps do."""
    ends = (universal[0], universal[-1] + (universal[1] - universal[0]))
    return all(bool(end == end.normalize()) for end in ends)


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


_DATES: Final = ("%d.%m.%Y", "%Y/%m/%d", "%Y-%j")
_CLOCKS: Final = ("", " %H:%M", " %H:%M:%S")
#: Times without separators, by their length.
_DIGITS: Final = ((7, "%Y%j"), (8, "%Y%m%d"), (10, "%Y%m%d%H"), (12, "%Y%m%d%H%M"), (14, "%Y%m%d%H%M%S"))
#: A time of day of 24 or of twice 12 hours behind a date.
_CLOCK: Final = r"(?:[T ,:]+(?P<hour>\d{1,2}):(?P<rest>\d{2}(?::\d{2}(?:\.\d+)?)?)(?:\s*(?P<half>[AP])\.?M\.?)?)?"
#: Dates whose year comes last, so that the day or the month may come first.
_EITHER_WAY: Final = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<sign>[/-])(?P<second>\d{{1,2}})(?P=sign)(?P<year>\d{{4}}){_CLOCK}", re.IGNORECASE
)
#: Dates with the name of a month, perhaps behind that of a day of the week, and those of East Asia.
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|º)?"
_MONTH: Final = r"(?P<month>[^\W\d_]{3,})\.?"
_WEEKDAY: Final = r"(?:[^\W\d_]+\.?,?\s+)?"
_IN_WORDS: Final = tuple(
    re.compile(form + _CLOCK, re.IGNORECASE)
    for form in (
        rf"{_WEEKDAY}{_DAY}[\s/-]*(?:of\s|de\s)?{_MONTH}[\s/,-]*(?:de\s|del\s)?(?P<year>\d{{4}})",
        rf"{_WEEKDAY}{_MONTH}[\s/-]*{_DAY}[\s/,-]+(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[\s/-]*{_MONTH}[\s/-]*{_DAY}",
        r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
    )
)
#: Names of months and their usual abbreviations in English, German, French, Spanish, Italian, Portuguese, Dutch, Scandinavian
#: languages, Czech and Polish, in lower case and without accents.
_MONTH_NAMES: Final = (
    "january januar januari janvier enero gennaio janeiro leden ledna styczen stycznia janner jan janv ene gen",
    "february februar februari fevrier febrero febbraio fevereiro unor unora luty lutego feber feb febr fev fevr",
    "march marz maerz mars marzo marco maart brezen brezna marzec marca mar mrz mrt",
    "april avril abril aprile duben dubna kwiecien kwietnia apr avr abr",
    "may mai mayo maggio maio mei maj maja kveten kvetna mag",
    "june juni juin junio giugno junho cerven cervna czerwiec czerwca jun giu",
    "july juli juillet julio luglio julho cervenec cervence lipiec lipca jul juil lug",
    "august augusti augustus aout agosto srpen srpna sierpien sierpnia aug ago aou",
    "september septembre septiembre settembre setembro zari wrzesien wrzesnia sep sept set",
    "october oktober octobre octubre ottobre outubro rijen rijna pazdziernik pazdziernika oct okt ott out",
    "november novembre noviembre novembro listopad listopadu listopada nov",
    "december dezember desember decembre diciembre dicembre dezembro prosinec prosince grudzien grudnia dec dez des dic",
)
#: Letters that are no zone, "T" or half of a day, and signs of years.
_WORD: Final = re.compile(r"[^\W\d_]{3,}|[年년]|\d\s*[AP]\.?M\b", re.IGNORECASE)
_SHORT_YEAR: Final = re.compile(r"\d{1,2}(?:[/.-]\d{1,2}[/.-]|[/. -]+[^\W\d_]{3,}\.?[/. -]+)\d{2}(?:\D.*)?")
#: All times have a year of four digits, and no other signs than these.
_YEAR: Final = re.compile(r"\d{4}")
_TIME_SIGNS: Final = re.compile(r"[\w :./,+-]{4,60}")
#: Dates that are written here and that pandas does not read.
_YEAR_OF_FIVE: Final = re.compile(r"\d{5}-")
_FAR_DATE: Final = re.compile(r"\d{4,5}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?")
_DECIMAL: Final = re.compile(r"[+-]?\d*[.,]\d*")
#: Names of zones of standard time behind a time.
_ZONE_NAME: Final = re.compile(r"(?<=\d)\s+(UTC|GMT|CET|MEZ|EET|EST|CST|MST|PST|LST)$")
#: Numbers that count times, such as years with decimals and days of spreadsheets, are larger.
LEAST_COUNT: Final = 1500.0
#: What a text says that is a number and no date.
_NUMBER: Final = re.compile(r"\d+(?:\.\d*)?(?:e\+\d+)?")


def is_time(text: str) -> bool:
    """Whether a text is a time in one of the usual spellings."""
    plain = text.strip()
    # Most texts are none, which a look at them tells a thousand times faster than all formats.
    if _TIME_SIGNS.fullmatch(plain) is None or _YEAR.search(plain) is None or _DECIMAL.fullmatch(plain):
        return False
    return _EITHER_WAY.fullmatch(plain) is not None or _parsed([plain]) is not None


def parse_times(texts: Sequence[str], where: str) -> TimeArray:
    """Naive datetime64[s] from texts that are all written in the same way.

    Accepted are ISO 8601 (with "T" or a blank, with a zone or without), 31.12.2001, 2001/12/31, 2001-365, and names of months
    in ten languages (31-Dec-2001, Dec 31, 2001, 31. Dezember 2001), each with or without a time of day, digits alone (20011231,
    2001365, 2001123123), and 31/12/2001 or 12/31/2001 if one of the texts has a day above 12, which tells whether the day or
    the month comes first. Of numbers those are read that have one meaning: seconds since 1970 and their thousandths, days of
    spreadsheets from 1954 to 2036, Julian days, and decimal years; the log says as what.

    Raises
    ------
    DataError
        If the texts are of another form, or could be read in two ways.
    """
    times, notes = times_and_notes(texts, where)
    for note in notes:
        LOGGER.warning("%s: %s", where, note)
    return times


def times_and_notes(texts: Sequence[str], where: str) -> tuple[TimeArray, tuple[str, ...]]:
    """As `parse_times`, with notes on numbers and zones in place of what the log says of them."""
    index = _parsed(texts)
    if index is None and all(_NUMBER.fullmatch(text.strip()) for text in texts):
        times, note = _times_of_numbers(texts, where)
        return times, ((note,) if note else ())
    if index is None:
        raise DataError(f"{where}: {_why_no_times(texts)}: {_WRITE_SO}")
    day_first = _day_first(list(texts))
    if day_first is not None and len(texts) > 1:
        LOGGER.warning("%s: times such as %r were read with the %s first.", where, texts[0], "day" if day_first else "month")
    return plain_times(index)


#: What to do about times that cannot be read.
_WRITE_SO: Final = "write all like 2001-12-31 or 2001-12-31T23:00."


class _Count(NamedTuple):
    """Numbers that are times: from and up to which number, seconds of one, the time of 0, and what they are called."""

    low: float
    high: float
    seconds: float
    since: str
    meaning: str


#: Numbers with one meaning as times. Days of spreadsheets end where modified Julian days of our times begin.
_COUNTS: Final = (
    _Count(2e4, 5e4, 86_400.0, "1899-12-30", "days since 1899-12-30, as spreadsheets count them"),
    _Count(2.3e6, 2.5e6, 86_400.0, "-4713-11-24T12:00", "Julian days"),
    _Count(1e8, 4.1e9, 1.0, "1970-01-01", "seconds since 1970"),
    _Count(1e11, 4.1e12, 1e-3, "1970-01-01", "milliseconds since 1970"),
    _Count(1e14, 4.1e15, 1e-6, "1970-01-01", "microseconds since 1970"),
    _Count(1e17, 4.1e18, 1e-9, "1970-01-01", "nanoseconds since 1970"),
)
#: Numbers with several meanings as times: from and up to which number, and what they may be.
_OPEN_COUNTS: Final = (
    (3e3, 2e4, "days since 1970-01-01 or since 1899-12-30"),
    (5e4, 1e5, "days since 1899-12-30 or modified Julian days"),
    (6.9e5, 7.7e5, "days since the year 0, as MATLAB counts them, or since the year 1, as Python does"),
)
#: The first and the last of decimal years.
_DECIMAL_YEARS: Final = (1700.0, 2200.0)
#: Seconds of steps that times of numbers with few decimals are rounded to, the longest that fits.
_STEPS: Final = (86_400, 43_200, 21_600, 10_800, 3_600, 1_800, 900, 600, 300, 60, 1)
#: How far from a whole number of days, in days, a time in decimal years is at most.
_FAR_FROM_DAYS: Final = 0.4


def _times_of_numbers(texts: Sequence[str], where: str) -> tuple[TimeArray, str]:
    """Times of numbers that have one meaning as such, and a sentence on which it is.

    Raises
    ------
    DataError
        If they have none, or several.
    """
    plain = [text.strip() for text in texts]
    numbers = np.array([float(text) for text in plain])
    whole = [str(int(number)) for number in numbers] if not (numbers % 1.0).any() and numbers.max() < 1e15 else []
    if whole and any("." in text for text in plain) and (dates := _parsed(whole)) is not None:
        return in_seconds(dates.to_numpy()), ""
    low, high, first = float(numbers.min()), float(numbers.max()), plain[0]
    n_decimals = max(len(text.partition(".")[2]) for text in plain)
    if _DECIMAL_YEARS[0] <= low and high <= _DECIMAL_YEARS[1] and (numbers % 1.0).any():
        times = _of_decimal_years(numbers, n_decimals, where)
        return times, f"times such as {plain[1 % len(plain)]} were read as decimal years: {_from_to(times)}."
    count = next((count for count in _COUNTS if count.low <= low and high < count.high), None)
    if count is None:
        may_be = next((f": they may be {words}" for start, end, words in _OPEN_COUNTS if start <= low and high < end), "")
        raise DataError(
            f"{where}: times such as {first} are numbers, of which it is not clear what they count{may_be}: {_WRITE_SO}"
        )
    # The whole part goes on its own, as nanoseconds have more digits than a float.
    parts = [text.partition(".") for text in plain] if "e" not in first else [(text, "", "") for text in whole]
    start = np.datetime64(count.since, "s")
    seconds = np.array([int(part[0]) for part in parts]) * count.seconds
    seconds = seconds + np.array([float(f"0.{part[2] or 0}") for part in parts]) * count.seconds
    offset = float((start - start.astype("datetime64[D]")) / np.timedelta64(1, "s"))
    rounded = _on_the_clock(seconds + offset, 0.51 * count.seconds * 10.0**-n_decimals if n_decimals else 0.0, where)
    times = in_seconds(start.astype("datetime64[D]") + rounded.astype("timedelta64[s]"))
    return times, f"times such as {first} were read as {count.meaning}: {_from_to(times)}."


def _from_to(times: TimeArray) -> str:
    first, last = format_times(np.array([times.min(), times.max()]))
    return f"the record is from {first} to {last}"


def _of_decimal_years(numbers: FloatArray, n_decimals: int, where: str) -> TimeArray:
    """Times of years with decimals; those of days may stand anywhere in their day, and be made with a mean length of years."""
    years = np.floor(numbers).astype(np.int64)
    first: TimeArray = (years - 1970).astype("datetime64[Y]")
    january = first.astype("datetime64[D]")
    length = ((first + 1).astype("datetime64[D]") - january).astype(np.float64)
    days = january.astype(np.int64) + (numbers - years) * length
    step = float(np.median(np.diff(np.unique(days)))) if numbers.size > 1 else 1.0
    if step < _ALMOST_A_DAY:
        seconds = _on_the_clock(days * 86_400.0, 0.51 * 86_400.0 * 366.0 * 10.0**-n_decimals, where)
        return in_seconds(np.datetime64("1970-01-01", "D") + seconds.astype("timedelta64[s]"))
    phase = float(np.angle(np.exp(2j * np.pi * days).mean())) / (2.0 * np.pi)
    phase += phase < -0.25
    dates = np.rint(days - phase)
    if np.abs(days - phase - dates).max() > _FAR_FROM_DAYS or np.unique(dates).size < np.unique(numbers).size:
        raise DataError(f"{where}: decimal years such as {numbers[0]:.{n_decimals}f} do not tell the days apart: {_WRITE_SO}")
    return in_seconds(np.datetime64("1970-01-01", "D") + dates.astype("timedelta64[D]"))


#: Shorter steps, in days, are not those of daily values.
_ALMOST_A_DAY: Final = 0.9


def _on_the_clock(seconds: FloatArray, error: float, where: str) -> FloatArray:
    """Seconds rounded to the longest step that all of them stand on but for an error, their own rounding."""
    tolerance = max(error, 0.5)
    for step in _STEPS:
        rounded = step * np.rint(seconds / step)
        if step >= 2.0 * tolerance and (np.abs(rounded - seconds) <= tolerance).all():
            return np.asarray(rounded)
    raise DataError(f"{where}: times that are numbers have too few decimals to tell their steps apart: {_WRITE_SO}")


def _why_no_times(texts: Sequence[str]) -> str:
    """Why texts cannot be read as times."""
    odd = next((text for text in texts if not is_time(text)), None)
    if odd is None and all(_EITHER_WAY.fullmatch(text.strip()) for text in texts) and not _has_both_ways(texts):
        return f"times like {texts[0]!r} can be read with the day or with the month first, and their numbers do not tell which"
    if odd is None:
        return f"times like {texts[0]!r} are not all written in one way that is known"
    if _SHORT_YEAR.fullmatch(odd.strip()):
        return f"the time {odd!r} has a year of two digits, whose century is open"
    if _NUMBER.fullmatch(odd.strip()):
        return f"the time {odd!r} is a number, and others are none"
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
    return _in_iso(match, int(month), int(day))


def _without_words(text: str) -> str:
    """A date with the name of a month, or of East Asia, or with a time of twice 12 hours, in the spelling of ISO 8601."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.strip()) if not unicodedata.combining(sign))
    for form in _IN_WORDS:
        # Korean is composed of parts that a compatible normal form takes apart.
        match = form.fullmatch(plain) or form.fullmatch(text.strip())
        if match is None:
            continue
        month = match["month"].lower()
        number = next((number for number, names in enumerate(_MONTH_NAMES, 1) if month in names.split()), 0)
        if number or month.isdigit():
            return _in_iso(match, number or int(month), int(match["day"]))
    return text


def _in_iso(match: re.Match[str], month: int, day: int) -> str:
    """A matched date and its time of day in the spelling of ISO 8601."""
    date = f"{match['year']}-{month:02d}-{day:02d}"
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
    if len(texts) and day_first is None and _WORD.search(texts[0]):
        texts = [_without_words(text) for text in texts]
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
    """Times with offsets that change, as those of a zone with summer time do, at the least of them; None for others."""
    import pandas as pd

    if not column.str.contains(_OFFSET).all():
        return None
    try:
        universal = pd.DatetimeIndex(pd.to_datetime(column, format="ISO8601", utc=True)).tz_localize(None)
        wall = pd.DatetimeIndex(pd.to_datetime(column.str.replace(_OFFSET, "", regex=True), format="ISO8601"))
    except ValueError:
        return None
    if (wall == wall.normalize()).all():
        return wall
    return universal.tz_localize("UTC").tz_convert(timezone((wall - universal).min().to_pytimedelta()))


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
