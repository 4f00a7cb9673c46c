"""Weather in text tables: a header, perhaps a row of units, a column of times, a column for each variable; and a sample."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arguments import cell, text_of_cell
from varwg._arrays import FloatArray, TimeArray
from varwg._calendar import for_xarray
from varwg._persistence import write_text
from varwg._variables import quantity_of
from varwg.errors import DataError
from varwg.io._layout import (
    COMMA,
    MISSING,
    STATION,
    TIME,
    are_months,
    combined_times,
    has_parts_of_dates,
    names_of_stations,
    no_duplicates,
    places_in_columns,
    repeats_of_times,
    split_unit,
    spread,
    stations_by_place,
    stations_in_names,
    why_twice,
    without_marks,
    word,
)
from varwg.io._plausible import CODES
from varwg.io._series import LOGGER, Place, place_number, place_scale, station_coordinates, variable_attributes
from varwg.io._sources import Member, PathLike, as_paths, members, sheets_of
from varwg.io._standard import one_station, tidy_dataset
from varwg.io._unknown import in_usual_words, says_of_a_column
from varwg.io._written_times import LEAST_COUNT, WHOLE_DAYS_OF_UTC, format_times, is_time, nights_of_clocks, times_and_notes

if TYPE_CHECKING:
    import xarray as xr

#: Name of the station of a table that has no column of stations.
NAMELESS: Final = "site"

#: Letters of a first line that is looked at whole.
_LONGEST_LINE: Final = 1000
#: Lines above a header that are looked at.
_LONGEST_PREAMBLE: Final = 200
#: Lines below a table that are looked at.
_LONGEST_FOOTER: Final = 20
#: What columns without a name are called on the way.
_UNNAMED: Final = "unnamed "
_PLACES: Final = (
    ("latitude", ("latitude", "lat", "breite", "breitengrad", "geogr. breite", "latitud", "latitudine")),
    ("longitude", ("longitude", "lon", "long", "laenge", "länge", "längengrad", "longitud", "longitudine")),
    ("elevation", ("elevation", "altitude", "alt", "höhe", "hoehe", "elev", "altitud", "altitudine", "höjd")),
)
#: "Location: Latitude  47.5   Longitude 8.5" of NASA POWER, "Latitude: 35.9  Longitude: -84.3" of Daymet.
_PLACE: Final = re.compile(
    r"\b(lat|lon|elev)(?:itude|gitude|ation)?(?:\s*[:=]\s*|(?<=itude)\s+|(?<=gitude)\s+)(-?\d+(?:\.\d+)?(?:\s*(?:ft|m)\b)?)",
    re.IGNORECASE,
)
#: "elevation from MERRA-2: Average for 0.5 x 0.625 degree lat/lon region = 590.31 meters".
_ELEVATION: Final = re.compile(r"\belevation\b.*=\s*(-?\d+(?:\.\d+)?)\s*m", re.IGNORECASE)
#: "47.03480   (lat)" and "250.31  (elev)" of CAMELS in the United States, whose columns are parted by blanks.
_CAMELS_PLACE: Final = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*+(?:\((lat|elev)\w*\)\s*+)?$")
_CAMELS_HEADER: Final = re.compile(r"^\s*Year\s+Mnth\s+Day\s+Hr\b")
#: "# 260         5.180       52.100      1.90        De Bilt" of KNMI, below a line that says LON(east).
_KNMI_PLACE: Final = re.compile(r"^#?\s*(\d+):?\s+(-?\d+\.\d+)\s+(-?\d+\.\d+)\s+(-?\d+\.\d+)\s")
#: "T2M     MERRA-2 Temperature at 2 Meters (C)" in the preamble of NASA POWER.
_UNIT_OF: Final = re.compile(r"^\s*([A-Z][A-Z0-9_]+)\s{2,}.*\(([^()]+)\)\s*$")
#: Files of loggers that are younger than the century, and dates with years of two digits in them.
_LOGGER: Final = re.compile(r'^"?Plot Title:|\(LGR S/N:')
_SHORT_YEAR: Final = re.compile(r"(?<![\d./])(\d{1,2}[/.]\d{1,2}[/.])(\d\d)(?= \d{1,2}:)")
_QUOTED: Final = re.compile(r'"[^"]*"')
#: Numbers with the exponent D of Fortran.
_FORTRAN: Final = re.compile(r"^([+-]?(?:\d++(?:\.\d+)?|\.\d+))[Dd]([+-]?\d+)$")
#: Blanks and apostrophes between thousands.
_BLANKS_WITHIN: Final = re.compile(r"(?<=\d)[ '’\u00a0\u202f](?=\d{3}(?:\D|$))")
#: What JMA writes above columns that say how good and how comparable the values before them are.
_QUALITY: Final = frozenset({"品質情報", "均質番号", "現象なし情報"})
#: How files of providers begin that write them without names, those names, and what marks values that are none: days of USCRN
#: (NOAA), and of stations of climate and of rain of IMGW (Poland).
_WITHOUT_NAMES: Final = (
    (
        re.compile(r"\d{5} \d{8} +\S+( +-?\d+\.\d+){8} +[CRU]( +-?\d+\.\d+){16}$"),
        "wbanno lst_date crx_vn longitude latitude t_daily_max_[degC] t_daily_min_[degC] . t_daily_avg_[degC] "
        "p_daily_calc_[mm] solarad_daily_[MJ/m2] sur_temp_daily_type sur_temp_daily_max sur_temp_daily_min sur_temp_daily_avg "
        "rh_daily_max_[%] rh_daily_min_[%] rh_daily_avg_[%] soil_moisture_5_daily soil_moisture_10_daily soil_moisture_20_daily "
        "soil_moisture_50_daily soil_moisture_100_daily soil_temp_5_daily soil_temp_10_daily soil_temp_20_daily "
        "soil_temp_50_daily soil_temp_100_daily",
    ),
    (
        re.compile(r'"?\d{9}"?,[^,]*,"?\d{4}"?,"?\d\d?"?,"?\d\d?"?(,[^,]*){13}$'),
        "station_id station_name rok miesiac dzien theta_max_[degC] . theta_min_[degC] . theta_[degC] . ground_minimum_[degC] . "
        "R_[mm] . kind_of_precipitation snow_depth_[cm] .",
    ),
    (
        re.compile(r'"?\d{9}"?,[^,]*,"?\d{4}"?,"?\d\d?"?,"?\d\d?"?(,[^,]*){11}$'),
        "station_id station_name rok miesiac dzien R_[mm] . kind_of_precipitation snow_depth_[cm] . fresh_snow_[cm] . "
        "kind_of_snow . kind_of_snow_cover .",
    ),
)
#: A value of IMGW behind which 8 says that it was not measured.
_NOT_MEASURED: Final = re.compile(r',[^,"]*,"8"')
#: What a logger calls one of several sensors.
_LABEL: Final = re.compile(r"\bLBL: ([^(),]+)")


#: More columns than any workbook has.
_MOST_COLUMNS: Final = 20_000


@dataclass(frozen=True)
class _Header:
    """Names and units of the columns, and how many lines come before the first values."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    n_lines: int
    n_header: int


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
    return _table_of(member.text(), delimiter, member)


def _table_of(text: str, delimiter: str, member: Member) -> xr.Dataset:
    """As `read_table`, for the text of a member."""
    if said := [mark for mark in sorted(_QUALITY) if mark in text]:
        LOGGER.warning("%s: the columns %s, which say how good others are, were left out.", member, ", ".join(said))
    lines = in_columns(text.splitlines(), delimiter)
    documented = said or _names_of_provider(text[:_LONGEST_LINE].split("\n", 1)[0])
    preamble = preamble_of(lines, delimiter)
    units_above = {match[1]: match[2] for line in lines[:preamble] if (match := _UNIT_OF.match(line))}
    units_above |= _units_in_preamble(lines[:preamble], delimiter)
    header = _header([""] * preamble + lines[preamble:], delimiter, member)
    if steps := steps_in_columns(delimiter.join(header.names)):
        raise DataError(f"{member} {steps}")
    numbers = _rows(lines, header, delimiter, member)
    table, spread_units = spread(_cells([lines[number] for number in numbers], numbers, header, delimiter, member))
    units = {name: unit or units_above.get(name, "") for name, unit in zip(header.names, header.units, strict=True)}
    if set(table.columns) - set(_named(header)):
        units, numbers, table = units | spread_units, range(len(table)), table.fillna("")
    if (of_stations := stations_in_names(table, units)) is not None:
        LOGGER.warning("%s: %s", member, of_stations.note)
        units, numbers, table = units | of_stations.units, range(len(of_stations.frame)), of_stations.frame.fillna("")
    times, used, remarks = _times(table, member)
    by_name = {word(name): str(name) for name in reversed(table.columns)}
    station = next((by_name[name] for name in STATION if name in by_name and by_name[name] not in used), None)
    labels = np.full(times.size, NAMELESS)
    if station is not None:
        labels = table[station].str.strip().map(text_of_cell).to_numpy(dtype=str)
    if station is None and (made := stations_by_place(table, times)) is not None:
        labels = np.array(made)
    table, times, labels, numbers = _without_repetitions(table, times, labels, numbers, member)
    places, of_places = places_in_columns(table.drop(columns=list(used)), labels.tolist(), units)
    if not places:
        places = _places_in_preamble(lines[:preamble], delimiter, labels)
    repeated = repeats_of_times(table.drop(columns=list(used)), _index(times))
    skipped = {*used, station, *of_places, *names_of_stations(table, labels.tolist()), *repeated}
    commas = _has_decimal_commas(table, delimiter)
    columns = {}
    for name in map(str, table.columns):
        if name in skipped or not name:
            continue
        texts, unit = _without_units(table[name].str.strip(), units.get(name, ""))
        if name.startswith(_UNNAMED):
            if not documented and texts.nunique() > 1 and not _counts(texts):
                LOGGER.warning("%s: a column without a name (the first of its cells is %r) was left out.", member, texts.iloc[0])
            continue
        values = _numbers(texts, name, commas, numbers, member)
        if values is None:
            if table[name].str.strip().nunique() > 1:
                LOGGER.warning("%s: the column %r holds no numbers and was left out.", member, name)
        else:
            columns[name] = (values, unit)
    columns = _without_empty(columns, member)
    if not columns:
        raise DataError(f"{member} has no column of numbers beside the times: check the delimiter, {delimiter!r}.")
    if len(set(zip(labels.tolist(), times.tolist(), strict=True))) < times.size:
        why = why_twice(table.drop(columns=list(used)), labels.tolist(), times)
        raise DataError(f"{member} has a time twice at the same station, but each may occur once: {why}")
    dataset, notes = in_usual_words(_dataset(labels, times, columns, places), header.names)
    for note in (*remarks, *notes):
        LOGGER.warning("%s: %s", member, note)
    if WHOLE_DAYS_OF_UTC in remarks:
        dataset["time"].attrs["comment"] = WHOLE_DAYS_OF_UTC
    return dataset


def _counts(texts: Any) -> bool:
    """Whether cells are the numbers of their rows, as pandas writes them."""
    return bool(texts.str.isdigit().all() and (np.diff(texts.astype(np.int64)) == 1).all())


#: A number and what stands behind it.
_WITH_UNIT: Final = r"([+-]?[\d.,]*\d)\s*([%°A-Za-z][^\d]*[²2]?)"


def _without_units(texts: Any, unit: str) -> tuple[Any, str]:
    """Cells without the unit that stands in all of them ("12.3 °C"), and that unit, or else the one that is told."""
    present = ~texts.isin(MISSING)
    first = str(texts[present].iloc[0]) if present.any() else ""
    if not first or first[-1].isdigit() or (found := re.fullmatch(_WITH_UNIT, first)) is None or quantity_of(found[2]) is None:
        return texts, unit
    same = texts.str.endswith(found[2]) | ~present
    return (texts.where(~present, texts.str.removesuffix(found[2]).str.strip()), found[2]) if same.all() else (texts, unit)


#: Names of columns that are hours of the day or days of the month.
_NUMBERED: Final = re.compile(r"(?:h|hour|hr|hora|d|day|dia|tag|val|value)?[ _-]?(\d{1,2})(?::00|h)?")


def steps_in_columns(line: str) -> str:
    """Why a table with this header is none: a column for each hour of the day or day of the month; empty otherwise."""
    cells = [re.sub(r'["\s]', "", cell).lower() for cell in re.split(r"[,;\t|]", line)]
    numbers = {int(match[1]) for cell in cells if (match := _NUMBERED.fullmatch(cell))}
    for what, wanted in (("day of the month", range(1, 32)), ("hour", range(24)), ("hour", range(1, 25))):
        if numbers >= set(wanted) and len(cells) - len(wanted) < _MOST_BESIDE:
            return f"has a column for each {what}: write a row for each of them, with its time and a name of what was measured."
    return ""


#: Columns beside those of hours or days, such as those of stations, dates, elements and sums.
_MOST_BESIDE: Final = 12


def _index(times: TimeArray) -> Any:
    import pandas as pd

    return pd.DatetimeIndex(times)


def _rows(lines: Sequence[str], header: _Header, delimiter: str, member: Member) -> Sequence[int]:
    """Numbers of the lines with values: not of empty ones, comments, headers that come again, and words below the table."""
    first_row = lines[header.n_header]
    rows = [
        number
        for number in range(header.n_lines, len(lines))
        if lines[number].strip(delimiter + " \t") and not lines[number].startswith("#")
    ]
    again = [number for number in rows if lines[number] == first_row]
    if again:
        LOGGER.warning("%s: the header comes again in line %d and was left out there.", member, again[0] + 1)
        rows = [number for number in rows if lines[number] != first_row]
    column = _column_of_times(header.names)
    end = len(rows)
    while end > max(len(rows) - _LONGEST_FOOTER, 1) and not is_row(cells_of(lines[rows[end - 1]], delimiter), column):
        end -= 1
    if len(rows) - _LONGEST_FOOTER < end < len(rows) and end > 1:
        LOGGER.warning(
            "%s: the last %d lines (%r) have no time and were left out.", member, len(rows) - end, lines[rows[end]][:60]
        )
        rows = rows[:end]
    short = [number for number in rows if lines[number].count(delimiter) < len(header.names) - 1 and '"' not in lines[number]]
    if short and (lines[short[0]].count(delimiter) or len(header.names) == 1):
        LOGGER.warning(
            "%s: %d lines (the first is line %d) have fewer cells than the header; what is not there was taken as missing.",
            member,
            len(short),
            short[0] + 1,
        )
    return rows


def _column_of_times(names: Sequence[str]) -> int:
    """Which column has the years of dates in parts, or else the times, by the order in which their names are looked for."""
    plain = [word(name) for name in names]
    if has_parts_of_dates(plain):
        return next(place for place, name in enumerate(plain) if has_parts_of_dates([name, "day"]))
    return next((plain.index(name) for name in TIME if name in plain), 0)


def is_row(cells: Sequence[str], column: int) -> bool:
    """Whether a line of a table has a number or a time where others have their time."""
    text = cells[column].strip() if column < len(cells) else ""
    return text.replace(".", "").isdigit() or is_time(text) or "24:" in text


def _without_repetitions(
    table: Any, times: TimeArray, labels: np.ndarray, numbers: Sequence[int], member: Member
) -> tuple[Any, TimeArray, np.ndarray, Sequence[int]]:
    """Rows without those that repeat another one in all their cells, unless clocks that go back may have made them alike."""
    again = table.duplicated().to_numpy()
    if not again.any() or nights_of_clocks(times[again], forward=False) == again.sum():
        return table, times, labels, numbers
    LOGGER.warning(
        "%s: %d rows (the first is line %d) repeat another one in all their cells and were left out.",
        member,
        again.sum(),
        numbers[int(again.argmax())] + 1,
    )
    kept = [number for number, repeats in zip(numbers, again, strict=True) if not repeats]
    return table[~again].reset_index(drop=True), times[~again], labels[~again], kept


def _has_decimal_commas(table: Any, delimiter: str) -> bool:
    """Whether a column has numbers with a comma in place of the point, which in a table with commas stand in quotes.

    There "1,234" alone may be thousands, so that numbers with another number of decimals are needed.
    """
    for name in table.columns:
        texts = table[name].str.strip()
        with_comma = texts[texts.map(lambda text: COMMA.match(text) is not None)]
        if len(with_comma) and (delimiter != "," or (with_comma.str.len() - with_comma.str.rfind(",") != 4).any()):
            return True
    return False


def _without_empty(columns: dict[str, tuple[FloatArray, str]], member: Member) -> dict[str, tuple[FloatArray, str]]:
    """Columns that have a value and not only codes for none; the log tells which had none."""
    empty = [name for name, (values, _) in columns.items() if (np.isnan(values) | np.isin(values, CODES)).all()]
    if len(empty) == len(columns):
        return columns
    if empty:
        LOGGER.info("%s: the columns %s have no values.", member, ", ".join(empty))
    return {name: held for name, held in columns.items() if name not in empty}


def in_columns(lines: Sequence[str], delimiter: str) -> list[str]:
    """Lines with a header that is no comment (KNMI writes one behind #), and with the delimiter between all columns (CAMELS)."""
    changed = list(lines) if delimiter != " " else [" ".join(line.split()) for line in lines]
    if changed and all(cell[:1] == cell[-1:] == "'" for cell in changed[0].split(delimiter)):
        changed = [line.replace("'", '"') for line in changed]
    names = _names_of_provider(changed[0]) if changed else ""
    if names and delimiter == (" " if names.startswith("wbanno") else ","):
        header = delimiter.join('""' if name == "." else name.replace("_[", "[") for name in names.split())
        return [header, *(line if delimiter == " " else _NOT_MEASURED.sub(',,"8"', line) for line in changed)]
    changed = _without_quality(changed, delimiter)
    if any(_LOGGER.search(line) for line in changed[:3]):
        changed = [_SHORT_YEAR.sub(r"\g<1>20\2", line) for line in changed]
    changed = _with_one_header(changed, delimiter)
    lines = changed if len(changed) < len(lines) else lines
    for number, line in enumerate(lines[:_LONGEST_PREAMBLE]):
        below = next((text for text in lines[number + 1 : number + 4] if text.strip()), "")
        if line.startswith("#") and not below.startswith("#") and has_time_column(line.lstrip("# "), delimiter):
            changed[number] = line.lstrip("# ")
        if _CAMELS_HEADER.match(line):
            return [*changed[:number], *(delimiter.join(text.split()) for text in lines[number:])]
    if not any(has_time_column(line, delimiter) for line in changed[:_LONGEST_PREAMBLE]) or _only_t(changed, delimiter):
        unnamed = _nameless_times(changed, delimiter)
        if unnamed is not None:
            cells = cells_of(changed[unnamed[0]], delimiter)
            named = [*cells[: unnamed[1]], "time", *cells[unnamed[1] + 1 :]]
            changed[unnamed[0]] = delimiter.join(_quoted(cell, delimiter) for cell in named)
    return changed


def _names_of_provider(first: str) -> str:
    """Names of the columns of a file of a provider that writes none, by its first line; empty for others."""
    return next((names for start, names in _WITHOUT_NAMES if start.match(" ".join(first.split()))), "")


def _without_quality(lines: list[str], delimiter: str) -> list[str]:
    """Lines of JMA without columns of quality, the name of the station behind that of others if there are several."""
    marked = next((number for number, line in enumerate(lines[:_LONGEST_PREAMBLE]) if any(m in line for m in _QUALITY)), 0)
    named = next((number for number in range(marked - 1, 0, -1) if has_time_column(lines[number], delimiter)), 0)
    if not named:
        return lines
    stations, names, *below = (cells_of(line, delimiter) for line in lines[named - 1 : marked + 1])
    several = len({station for station in stations if station}) > 1
    kept = [column for column in range(len(names)) if not any(column < len(cells) and cells[column].strip() for cells in below)]
    header = []
    for column in kept:
        station = f"_{stations[column]}" if several and column < len(stations) and stations[column] else ""
        text, unit = split_unit(names[column])
        header.append(f"{text}{station}[{unit}]" if unit else f"{text}{station}")
    rows = (cells_of(line, delimiter) for line in lines[marked + 1 :])
    values = ([cells[column] for column in kept if column < len(cells)] for cells in rows)
    return [*lines[: named - 1], *(delimiter.join(_quoted(cell, delimiter) for cell in row) for row in (header, *values))]


def _with_one_header(lines: list[str], delimiter: str) -> list[str]:
    """Lines with names such as theta_Davos, where one line has the variables and another one the stations, or the same in turn.

    Spreadsheets write a label once for all the columns that it stands above; pandas writes the name of the times in a third line.
    """
    for number, line in enumerate(lines[:_LONGEST_PREAMBLE]):
        if number + 2 >= len(lines) or not 2 <= line.count(delimiter) < _MOST_COLUMNS:
            continue
        top, below, third = (cells_of(text, delimiter) for text in lines[number : number + 3])
        if not len(top) == len(below) == len(third) or is_row(below, 0):
            continue
        for column in range(2, len(top)):
            top[column] = top[column] or top[column - 1]
        above, named = top[1:], [split_unit(cell) for cell in below[1:]]
        pairs = list(zip(above, named, strict=True))
        several = len(set(above)) < len(above) or len({name for name, _ in named}) < len(named)
        if (
            not several
            or not all(above)
            or not all(name for name, _ in named)
            or len({(a, n) for a, (n, _) in pairs}) < len(pairs)
        ):
            continue
        in_third = bool(third[0].strip()) and not any(cell.strip() for cell in third[1:])
        first = third[0] if in_third else below[0] or top[0]
        if word(first) not in TIME:
            continue
        joined = [f"{name}_{label} [{unit}]" if unit else f"{name}_{label}" for label, (name, unit) in pairs]
        header = delimiter.join(_quoted(cell, delimiter) for cell in (first, *joined))
        return [*lines[:number], header, *lines[number + 2 + in_third :]]
    return lines


def _only_t(lines: Sequence[str], delimiter: str) -> bool:
    """Whether the first header has no name of times but "t", "data" or "day", and below these no time stands."""
    for number, line in enumerate(lines[:_LONGEST_PREAMBLE]):
        if has_time_column(line, delimiter):
            names = [word(name) for name in columns_of(line, delimiter)]
            positions = [place for place, name in enumerate(names) if name in TIME]
            if has_parts_of_dates(names) or not positions or {names[place] for place in positions} - _OTHER_MEANINGS:
                return False
            below = [cells_of(text, delimiter) for text in lines[number + 1 : number + 4]]
            return not any(is_time(cells[place]) for cells in below for place in positions if place < len(cells))
    return False


#: Names of times that mean something else as often.
_OTHER_MEANINGS: Final = frozenset({"t", "data", "day"})


def _nameless_times(lines: Sequence[str], delimiter: str) -> tuple[int, int] | None:
    """Line of a header and number of its column below which times stand although its name does not say so."""
    for number, line in enumerate(lines[:_LONGEST_PREAMBLE]):
        names = cells_of(line, delimiter)
        below = [cells_of(text, delimiter) for text in lines[number + 1 : number + 4]]
        if len(names) < 2 or len(below) < 2 or len(below[-1]) != len(names) or any(map(is_time, names)):
            continue
        if any(_as_number(name) is not None for name in names):
            continue
        column = next((place for place, text in enumerate(below[-1]) if _is_date(text)), None)
        if column is not None and _is_date(below[-2][column] if column < len(below[-2]) else ""):
            return number, column
    return None


def _is_date(text: str) -> bool:
    """Whether a text is a time of our days, and not just a number that could be one."""
    plain = text.strip()
    return is_time(plain) and (not plain.isdigit() or (len(plain) >= 8 and "1700" < plain[:4] < "2200"))


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line, in quotes or not."""
    if '"' not in line:
        return line.rstrip("\r\n").split(delimiter)
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return line.split(delimiter)


def columns_of(line: str, delimiter: str) -> tuple[str, ...]:
    """Names in a header without units and quotes."""
    return tuple(split_unit(cell)[0] for cell in cells_of(line, delimiter))


def has_time_column(line: str, delimiter: str) -> bool:
    """Whether a header has a column of times and others."""
    if line.count(delimiter) >= _MOST_COLUMNS:
        return False
    names = [word(name) for name in columns_of(line, delimiter)]
    return len(names) > 1 and (any(name in TIME for name in names) or has_parts_of_dates(names))


def preamble_of(lines: Sequence[str], delimiter: str) -> int:
    """How many lines come before the header: none, if the first line that is no comment may be one.

    A header below others has a column of times, and a line with a time in that column below it.
    """
    first = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    for number in range(first, min(len(lines) - 1, _LONGEST_PREAMBLE)):
        if not has_time_column(lines[number], delimiter):
            continue
        names = [word(name) for name in columns_of(lines[number], delimiter)]
        column = _column_of_times(names)
        for below in lines[number + 1 : number + 4]:
            cells = [cell.strip() for cell in cells_of(below, delimiter)]
            text = cells[column] if column < len(cells) else ""
            counts = names[column] not in _OTHER_MEANINGS and (_as_number(text) or 0.0) > LEAST_COUNT
            if (names[column] not in TIME and text.isdigit()) or is_time(text) or counts:
                return number
    return 0


def _places_in_preamble(lines: Sequence[str], delimiter: str, labels: np.ndarray) -> dict[str, dict[str, float]]:
    """Latitude, longitude and elevation from a header and a row of values, or lines of a name and a value, above the table."""
    coordinates: dict[str, float] = {}
    of_stations = _places_of_several(lines, delimiter, labels)
    if of_stations:
        return of_stations
    for number, line in enumerate(lines):
        cells = [cell.strip().strip('"') for cell in re.split(rf"[{re.escape(delimiter)}:=]", line.lstrip("# "))]
        values = [cell.strip() for cell in lines[number + 1].split(delimiter)] if number + 1 < len(lines) else []
        for place, names in _PLACES:
            for column, name in enumerate(cells):
                if split_unit(name)[0].lower() not in names:
                    continue
                scale = place_scale(split_unit(name)[1])
                beside = next((cell for cell in cells[column + 1 :] if cell), "")
                for text in (*values[column : column + 1], beside):
                    number_found = scale * place_number(text)
                    if np.isfinite(number_found):
                        coordinates.setdefault(place, number_found)
        for match in _PLACE.finditer(line):
            place = next(name for name, _ in _PLACES if name.startswith(match[1].lower()))
            coordinates.setdefault(place, place_number(match[2]))
        if height := _ELEVATION.search(line):
            coordinates.setdefault("elevation", float(height[1]))
    # The first lines of CAMELS are latitude, elevation and area, with or without a word that says so.
    plain = [alone for line in lines[:3] if (alone := _CAMELS_PLACE.match(line))]
    if len(plain) >= 2 and not coordinates:
        coordinates = {"latitude": float(plain[0][1]), "elevation": float(plain[1][1])}
    return {place: dict.fromkeys(labels.tolist(), value) for place, value in coordinates.items()}


#: Names of the columns of names of variables and of their units in tables above others, as those of SMHI.
_NAME_AND_UNIT: Final = (("parameternamn", "parameter", "variable", "name", "element"), ("enhet", "unit", "units", "einheit"))


def _units_in_preamble(lines: Sequence[str], delimiter: str) -> dict[str, str]:
    """Units by name of variable from a table above the table."""
    for number, line in enumerate(lines):
        plain = [word(cell) for cell in cells_of(line, delimiter)]
        names, units = ([place for place, cell in enumerate(plain) if cell in known] for known in _NAME_AND_UNIT)
        if names and units:
            rows = (cells_of(below, delimiter) for below in itertools.takewhile(str.strip, lines[number + 1 :]))
            return {row[names[0]].strip(): row[units[0]].strip() for row in rows if len(row) > max(names[0], units[0])}
    return {}


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
            for place, coordinates in places.items():
                if (value := _as_number(row.get(place, ""))) is not None:
                    coordinates[row["location_id"]] = value
    return {place: coordinates for place, coordinates in places.items() if set(labels.tolist()) & set(coordinates)}


def _header(lines: Sequence[str], delimiter: str, member: Member) -> _Header:
    """The first line that is no comment, and the row of units where the next line has no time but words."""
    start = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if start is None:
        raise DataError(f"{member} is empty: a header and rows of values were expected.")
    if lines[start].count(delimiter) >= _MOST_COLUMNS:
        raise DataError(
            f"the header of {member} has {lines[start].count(delimiter) + 1} columns, of which at most {_MOST_COLUMNS} are read: "
            "split the table."
        )
    split = [split_unit(text_of_cell(cell)) for cell in cells_of(lines[start], delimiter)]
    names, units = tuple(name for name, _ in split), tuple(unit for _, unit in split)
    labels = [f" ({label[1].strip()})" if (label := _LABEL.search(cell)) else "" for cell in cells_of(lines[start], delimiter)]
    times = Counter(names)
    names = tuple(name + label * (times[name] > 1) for name, label in zip(names, labels, strict=True))
    # What says something of the column before it is told apart by that one's name.
    times = Counter(names)
    names = tuple(
        f"{names[number - 1]} {name}" if number and times[name] > 1 and says_of_a_column(name) else name
        for number, name in enumerate(names)
    )
    no_duplicates("column", [name for name in names if name])
    if not has_time_column(lines[start], delimiter):
        raise DataError(
            f"{member} has the columns {', '.join(names)}, but none of them is called 'time' (or {', '.join(TIME[1:])}): name "
            "the column of times so."
        )
    if start + 1 < len(lines) and _is_row_of_units(cells_of(lines[start + 1], delimiter), names):
        cells = [text_of_cell(cell.strip()).strip("[]()") for cell in cells_of(lines[start + 1], delimiter)]
        below = (cells + [""] * len(names))[: len(names)]
        # Loggers write how values were made in a third line, without a word on the times.
        more = cells_of(lines[start + 2], delimiter) if start + 2 < len(lines) else []
        has_more = len(more) == len(names) > 2 and not any(sign.isdigit() for sign in "".join(more))
        said = tuple(unit_below or unit for unit_below, unit in zip(below, units, strict=True))
        return _Header(names, said, start + 2 + has_more, start)
    return _Header(names, units, start + 1, start)


def _is_row_of_units(cells: Sequence[str], names: Sequence[str]) -> bool:
    """A row of units has no time where the others have one, nor anything that could be meant as one."""
    column = _column_of_times(names)
    text = cells[column].strip() if column < len(cells) else ""
    return not any(sign.isdigit() for sign in text)


def _named(header: _Header) -> list[str]:
    """Names of the columns, made up where there are none."""
    return [name or f"{_UNNAMED}{number}" for number, name in enumerate(header.names)]


def _cells(lines: Sequence[str], numbers: Sequence[int], header: _Header, delimiter: str, member: Member) -> Any:
    """The cells of the rows as text; `numbers` are those of the lines in the file, from 0."""
    import pandas as pd

    _refuse_long_rows(lines, numbers, header, delimiter, member)
    try:
        return pd.read_csv(
            io.StringIO("\n".join(lines)),
            sep=delimiter,
            header=None,
            names=_named(header),
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


def _times(table: Any, member: Member) -> tuple[TimeArray, tuple[str, ...], tuple[str, ...]]:
    """Times of the rows, the names of the columns that they were made of, and notes."""
    combined = combined_times(table, str(member))
    if combined is not None:
        return combined.times, tuple(str(name) for name in combined.used), tuple(combined.notes)
    by_name = {word(name): str(name) for name in reversed(table.columns)}
    name = next(by_name[name] for name in TIME if name in by_name)
    times, notes = times_and_notes(list(table[name]), str(member))
    return times, (name,), notes


def _with_points(texts: Any, name: str, commas: bool, member: Member) -> Any:
    """Cells with a point before their decimals and without marks of thousands, in a table with decimal commas or points."""
    mark, point = (".", ",") if commas else (",", ".")
    if not texts.str.contains(mark, regex=False).any():
        return texts.str.replace(",", ".", regex=False) if commas else texts
    groups = texts.str.fullmatch(rf"-?[1-9]\d{{0,2}}(?:\{mark}\d{{3}})+(?:\{point}\d+)?")
    with_mark = texts.str.contains(mark, regex=False)
    plain = texts.str.fullmatch(rf"-?\d{{1,3}}(?:\{point}\d+)?")
    # "9.250" alone is a number with a point; beside 812 or 9.250,5 it is one of thousands.
    are_thousands = (groups | ~with_mark).all() and (plain | (groups & texts.str.contains(point, regex=False))).any()
    if are_thousands:
        LOGGER.warning("%s: %s has %r between thousands, such as %r, taken as none.", member, name, mark, texts[groups].iloc[0])
        texts = texts.str.replace(mark, "", regex=False)
    return texts.str.replace(",", ".", regex=False) if commas else texts


def _numbers(column: Any, name: str, commas: bool, numbers: Sequence[int], member: Member) -> FloatArray | None:
    """The values of a column, NaN where it says so; None if it has no number at all."""
    texts = _with_points(column.str.strip().str.replace("\u2212", "-", regex=False), name, commas, member)
    texts = texts.str.replace(_FORTRAN, r"\1e\2", regex=True).str.replace(_BLANKS_WITHIN, "", regex=True)
    plain = texts.where(~texts.isin(MISSING), "nan").to_numpy(dtype=str)
    try:
        values = plain.astype(np.float64)
    except ValueError:
        plain, notes = without_marks(plain, name)
        values = np.array([np.nan if _as_number(text) is None else float(text) for text in plain])
        wrong = np.array([_as_number(text) is None for text in plain])
        if np.isfinite(values).any() and not wrong.any():
            for note in notes:
                LOGGER.warning("%s: %s", member, note)
            return values
        if np.isfinite(values).any():
            line, text = numbers[int(wrong.argmax())] + 1, plain[wrong.argmax()]
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
    coords["time"] = ("time", for_xarray(rows), {"standard_name": "time", "axis": "T"})
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
    rows = ["\t".join(["time", *map(_cell_of_line, names)])]
    if units_row:
        rows.append("\t".join(["-", *(_cell_of_line(str(dataset[name].attrs.get("units", ""))) for name in names)]))
    columns = [dataset[name].values[0].tolist() for name in names]
    for time, *values in zip(format_times(dataset["time"].values), *columns, strict=True):
        rows.append("\t".join([time, *map(repr, values)]))
    write_text(path, "\n".join(rows) + "\n")


def is_met(name: str, head: str) -> bool:
    """Whether a text is a met file: a header with tabs and a column of times."""
    return _has_header(head, "\t")


def read_xlsx(path: PathLike) -> xr.Dataset:
    """Read the sheets of a workbook that have a column of times, which openpyxl has to be installed for.

    Parameters
    ----------
    path : path
        Columns are as those of a met file (`read_met`). Sheets with the same columns as the first one are stations that are
        called as the sheets, or periods of one where they have no time in common; all others are left out, which the log tells.

    Returns
    -------
    xarray.Dataset
        Dims (station, time), values in the units of the sheets.

    Raises
    ------
    DataError
        If openpyxl is missing, or the sheet cannot be read as such a table.
    """
    file = as_paths(path)[0]
    texts = dict(sheets_of(file))
    if not texts:
        raise DataError(f"{file} has no sheet with cells: save the sheet that holds the weather as CSV.")
    tables = [title for title, text in texts.items() if _has_header(text, "\t")] or list(texts)[:1]
    first = _table_of(texts[tables[0]], "\t", Member(file, tables[0]))
    datasets = {tables[0]: first}
    for title in tables[1:]:
        try:
            dataset = _table_of(texts[title], "\t", Member(file, title))
        except DataError as error:
            LOGGER.warning("%s", error)
            continue
        if dataset.sizes["station"] == 1 and _columns_of(dataset) == _columns_of(first):
            datasets[title] = dataset
    whole, note = _joined_sheets(datasets)
    if others := [title for title in texts if title not in datasets]:
        note += f"; the others ({', '.join(others)}) were left out"
    LOGGER.warning("%s: %s.", file, note)
    return whole


def _columns_of(dataset: xr.Dataset) -> dict[str, str]:
    """Units of the variables."""
    return {str(name): str(array.attrs.get("units", "")) for name, array in dataset.data_vars.items()}


def _joined_sheets(datasets: dict[str, xr.Dataset]) -> tuple[xr.Dataset, str]:
    """Sheets with the same columns as stations, or as periods of one, and a note on which they are."""
    import xarray as xr

    titles = ", ".join(map(repr, datasets))
    first = next(iter(datasets.values()))
    if len(datasets) == 1 or first.sizes["station"] > 1:
        for title in list(datasets)[1:]:
            del datasets[title]
        return first, f"the sheet {next(iter(datasets))!r} was read"
    labels = [str(dataset["station"].values[0]) for dataset in datasets.values()]
    times = np.concatenate([dataset["time"].values for dataset in datasets.values()])
    # The last time of a year may be the first one of the next.
    if len(set(labels)) == 1 and times.size - np.unique(times).size < len(datasets):
        whole = xr.concat(list(datasets.values()), "time", data_vars="minimal", coords="minimal", compat="override")
        return whole.drop_duplicates("time").sortby(
            "time"
        ), f"the sheets {titles} have no times in common: they are periods of one"
    if len(set(labels)) < len(labels):
        labels = list(datasets)
    renamed = [dataset.assign_coords(station=[label]) for dataset, label in zip(datasets.values(), labels, strict=True)]
    whole = xr.concat(renamed, "station", join="outer", combine_attrs="override")
    return whole, f"the sheets {titles} have the same columns: each is a station"


def is_xlsx(name: str, head: str) -> bool:
    """Whether a file is a workbook."""
    return head.startswith("PK") and name.lower().endswith((".xlsx", ".xlsm"))


def first_line(head: str) -> str:
    """The first line that is neither empty nor a comment."""
    return next((line for line in head.splitlines() if line.strip() and not line.startswith("#")), "")


def has_months_only(head: str) -> bool:
    """Whether a line of a text has the names of years and months, as those of monthly values do."""
    return any(are_months([word(cell) for cell in re.split(r"[,;\t| ]+", line.strip())]) for line in head.splitlines())


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
    rows = [",".join(_quoted(_cell_of_line(text)) for text in header)]
    for number, station in enumerate(stations):
        label = [_quoted(_cell_of_line(station))] * named
        columns = [array.values[number].tolist() for array in dataset.data_vars.values()]
        for time, *values in zip(times, *columns, strict=True):
            rows.append(",".join([*label, time, *map(_text, values)]))
    write_text(path, "\n".join(rows) + "\n")


def is_csv(name: str, head: str) -> bool:
    """Whether a text is a CSV file: a header with commas or semicolons and a column of times."""
    return _delimiter(head) is not None


def _delimiter(text: str) -> str | None:
    """The sign between columns with which a line of the text is a header with a column of times; None if there is none."""
    return next((delimiter for delimiter in (",", ";", "|", " ") if _has_header(text, delimiter)), None)


def _has_header(text: str, delimiter: str) -> bool:
    """Whether a line of the text, parted by the delimiter, is a header with a column of times."""
    lines = in_columns(text.splitlines(), delimiter)
    start = preamble_of(lines, delimiter)
    header = lines[start] if start else first_line("\n".join(lines[:_LONGEST_PREAMBLE]))
    if not has_time_column(header, delimiter):
        return False
    if delimiter != " ":
        plain = _QUOTED.sub("", header)
        return plain.count(delimiter) >= max(plain.count(other) for other in ",;" if other != delimiter)
    # Words of any sentence are parted by blanks: the rows must have as many cells as the header, and begin with numbers.
    below = [line.split() for line in lines[lines.index(header) + 1 :] if line.strip()][1:3]
    return bool(below) and all(len(cells) == len(header.split()) and is_row(cells, 0) for cells in below)


def _cell_of_line(text: str) -> str:
    """A name or unit as a cell; one that would part the line is refused."""
    if "\t" in text or text.splitlines() != [text] * bool(text):
        raise DataError(f"{text!r} holds a tab or a line break, which would part the line of a table that it is in: rename it.")
    return cell(text)


def _heading(name: str, array: xr.DataArray) -> str:
    unit = str(array.attrs.get("units", ""))
    return f"{name} [{unit}]" if unit else name


def _text(value: float) -> str:
    return "" if value != value else repr(value)  # NaN alone differs from itself


def _quoted(cell: str, delimiter: str = ",") -> str:
    # A row that begins with "#" would be a comment.
    needed = cell.startswith("#") or any(sign in cell for sign in (delimiter, '"', "\n"))
    return '"' + cell.replace('"', '""') + '"' if needed else cell


#: Path to ten SYNTHETIC years of daily weather at one place (theta, R, rh, Qsw, U), tab-separated: the first station of
#: `weathercop.example_dataset()`, written by `tools/make_sample_met.py`. Nothing in it was observed.
sample_met: Final = Path(__file__).resolve().parents[1] / "data" / "sample.met"
