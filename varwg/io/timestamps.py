"""Times as people write them in text tables, and as they are written here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from varwg.arrays import TimeArray
from varwg.errors import DataError
from varwg.layouts.times import plain_times

_FORMATS: Final = (
    "ISO8601",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
)
#: Times without separators, by their length.
_DIGITS: Final = ((8, "%Y%m%d"), (10, "%Y%m%d%H"), (12, "%Y%m%d%H%M"), (14, "%Y%m%d%H%M%S"))


def is_time(text: str) -> bool:
    """Whether a text is a time in one of the usual spellings."""
    return _parsed([text]) is not None


def parse_times(texts: Sequence[str], where: str) -> TimeArray:
    """Naive datetime64[ns] from texts that are all written in the same way.

    Accepted are ISO 8601 (with "T" or a blank, with a zone or without), 31.12.2001 and 2001/12/31, each with or without
    a time, and digits alone (20011231, 2001123123).

    Raises
    ------
    DataError
        If the texts are none of those, such as 12/31/2001, which could be read in two ways.
    """
    index = _parsed(texts)
    if index is None:
        odd = next((text for text in texts if not is_time(text)), None)
        found = (
            f"the time {odd!r} is not written in a way"
            if odd is not None
            else f"times like {texts[0]!r} are not all written in one way"
        )
        raise DataError(f"{where}: {found} that is known: write all like 2001-12-31 or 2001-12-31T23:00.")
    return plain_times(index)[0]


def _parsed(texts: Sequence[str]) -> Any:
    """A pandas DatetimeIndex, or None if the texts are not all in one of the formats."""
    import pandas as pd

    column = pd.Series(list(texts), dtype=str).str.strip()
    digits = column.str.fullmatch(r"\d+").all()
    lengths = set(column.str.len())
    formats = tuple(form for size, form in _DIGITS if lengths == {size}) if digits else _FORMATS
    for form in formats:
        try:
            index = pd.DatetimeIndex(pd.to_datetime(column, format=form))
        except ValueError:
            continue
        return None if index.isna().any() else index
    return None


def format_times(times: TimeArray, *, blank: bool = False) -> tuple[str, ...]:
    """Times as ISO 8601, all in the coarsest of days, minutes, seconds and nanoseconds that is exact.

    Parameters
    ----------
    times : array of datetime64
    blank : bool
        A blank and seconds in every case, "2001-12-31 00:00:00", as lake models want it.
    """
    stamps = np.asarray(times).astype("datetime64[ns]")
    if blank:
        return tuple(str(text).replace("T", " ") for text in np.datetime_as_string(stamps, unit="s"))
    unit: Any = next((unit for unit in ("D", "m", "s") if (stamps == stamps.astype(f"datetime64[{unit}]")).all()), "ns")
    return tuple(str(text) for text in np.datetime_as_string(stamps, unit=unit))
