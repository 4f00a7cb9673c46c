"""Layouts of data: which names, dimensions and columns mean which variables, stations and times."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg._calendar import for_xarray, in_seconds
from varwg._variables import VARIABLES, quantity_of
from varwg.errors import DataError
from varwg.io._grid import LATITUDE, LONGITUDE, grid_text, names_of_places, stations_of_grid
from varwg.io._series import LOGGER, place_number, place_scale
from varwg.io._unknown import in_usual_words, is_known, is_usual
from varwg.io._written_times import LOCALIZE, WHOLE_DAYS_OF_UTC, nights_of_clocks, parse_times, plain_times

if TYPE_CHECKING:
    import xarray as xr


def positions(kind: str, wanted: Sequence[str], available: Sequence[str]) -> IntArray:
    """Where each wanted name stands among the available ones.

    Parameters
    ----------
    kind : str
        "variable" or "station", for the error message.
    wanted, available : sequence of str
        Names; `wanted` in the order asked for.

    Returns
    -------
    array of int, shape (len(wanted),)

    Raises
    ------
    DataError
        If a name is not there, occurs twice, or nothing is asked for.
    """
    if not wanted:
        raise DataError(f"no {kind} was asked for: name at least one of {', '.join(available)}.")
    for name in wanted:
        if name not in available:
            close = difflib.get_close_matches(name, available, n=1, cutoff=0.6)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise DataError(f"{kind} {name!r} is not in the data, which have {', '.join(available)}.{hint}")
    if len(set(wanted)) != len(wanted):
        twice = next(name for name in wanted if list(wanted).count(name) > 1)
        raise DataError(f"{kind} {twice!r} was asked for twice: name each {kind} once.")
    return np.array([list(available).index(name) for name in wanted], dtype=np.intp)


def no_duplicates(kind: str, names: Sequence[str]) -> None:
    """Raise a DataError if a name occurs twice among the data's own."""
    if len(set(names)) != len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(f"{kind} {twice!r} occurs twice in the data: rename or drop one.")


#: Name of the only station where the data give none.
NAMELESS: Final = "site"

#: Cells of tables that say that there is no value.
MISSING: Final = ("", "nan", "NaN", "NAN", "NA", "N/A", "n/a", "null", "Null", "NULL", "None", "none", "-", "--", "---", ".", "*",
                  "/", "?", "M", "missing", "Missing", "nodata", "NoData", "NODATA", "no data", "n.d.", "nd", "ND", "s/d", "mq",
                  "\u2013", "\u2014", "<NA>", "NaT", "#N/A", "#NV",
                  "#VALUE!", "#DIV/0!", "#NULL!", "-999", "-9999")  # fmt: skip
COMMA: Final = re.compile(r"^\s*-?[\d.]*\d,\d+\s*$")
#: Names of times, of stations and of the parts of a date, in lower case, the same for tables, DataFrames and Datasets.
TIME: Final = ("time", "times", "date", "dates", "datetime", "date_time", "date time", "datum zeit", "datum/zeit",
               "datum_zeit", "valid_time", "timestamp", "chron", "zeit", "datum", "zeitstempel", "reference_timestamp", "valid",
               "fecha", "date/time", "yyyymmdd", "yyyy-mm-dd", "lst_date", "ob_time", "aaaammjj", "aaaammjjhh", "tidspunkt",
               "dato", "unixtime", "unix_time", "date_heure", "fecha_hora", "data_hora", "\u5e74\u6708\u65e5",
               "\u5e74\u6708\u65e5\u6642", "\u65e5\u6642", "\u65e5\u4ed8", "\u65e5\u671f", "\u65f6\u95f4", "\u6642\u9593",
               "\uc77c\uc2dc", "\ub0a0\uc9dc", "\u0434\u0430\u0442\u0430", "data", "t", "day")  # fmt: skip
STATION: Final = ("station", "stations", "station_name", "station_id", "stationsname", "stations_id", "site", "sites", "site_id",
                  "site_name", "location", "location_id", "stn", "station/location", "abbr", "station_abbr", "id", "name",
                  "point", "points", "gauge", "gauge_id", "city", "place", "ort", "catchment", "basin", "node",
                  "num_poste", "indicativo", "stazione", "estacion", "estacao", "stanice", "stationsnummer", "stasjon",
                  "plot", "nstations", "n_stations", "nstn", "nsites", "n_sites", "stns", "gauges", "stid", "sid",
                  "climate id", "station name", "bureau of meteorology station number", "stn id", "stn name", "numer_sta",
                  "havaintoasema", "grid_no", "wbanno", "stasjonsnavn", "stationsnamn", "\uc9c0\uc810\uba85", "\uc9c0\uc810",
                  "\u7ad9\u540d", "\u7ad9\u70b9", "\u533a\u7ad9\u53f7", "\u6e2c\u7ad9", "\u5730\u70b9",
                  "\u0441\u0442\u0430\u043d\u0446\u0438\u044f")  # fmt: skip
_DATES: Final = ("date", "dates", "datum", "fecha", "data", "dato", "yyyymmdd")
_CLOCK: Final = ("hour", "hours", "hr", "hh", "stunde", "uhrzeit", "time", "zeit", "hh:mm", "hhmm", "hod", "time_of_day", "heure",
                 "uur", "tijd", "ora", "hora", "hodina", "cas", "godzina", "time of day", "tid", "kl", "klo", "aika")  # fmt: skip
_MINUTE: Final = ("minute", "minutes", "minuten", "minuto", "minuta")
_YEAR: Final = ("year", "yr", "yyyy", "jahr", "jjjj", "annee", "ano", "anno", "jaar", "rok", "ar", "vuosi")
_MONTH: Final = ("month", "mon", "mo", "mnth", "monat", "mois", "mes", "mm", "mese", "maand", "mesic", "miesiac", "manad",
                 "maned", "kuukausi", "kk")  # fmt: skip
_DAY: Final = ("day", "dy", "dd", "tag", "jour", "dia", "da", "giorno", "dag", "den", "dzien", "paiva", "pv")
_DAY_OF_YEAR: Final = ("doy", "yday", "day_of_year", "dayofyear", "jday", "julian", "julian_day", "jd", "yearday", "jul")
#: What columns of times have at the end of their names to say whose clock it is.
_ZONE: Final = re.compile(
    r"(?<![ ,_/-])[ ,_/-]*+[(\[]?\b(?:utc|gmt|ut|mez|cet|lst|local|lokal|z)\b(?:[+-]\d\d?(?::?\d\d)?)?[)\]]?$"
)
_VARIABLE: Final = ("variable", "variables", "varname", "var_name", "parameter", "element", "quantity", "parametre", "merkmal")
_VALUE: Final = ("value", "values", "wert", "valeur", "valor", "valore", "waarde", "hodnota", "measurement", "obs_value")
_UNIT: Final = ("unit", "units", "uom", "einheit", "unite", "unidad", "unidade", "unita", "eenheid", "jednotka")
_ELEVATION: Final = ("elevation", "altitude", "alt", "station_elevation", "station_altitude", "orog", "orography", "topography",
                     "surface_altitude", "dem", "elev", "hoehe", "alti", "altitud", "altitudine", "height")  # fmt: skip
_KEYS: Final = (TIME, STATION, _CLOCK, _MINUTE, _YEAR, _MONTH, _DAY, _DAY_OF_YEAR, LATITUDE, LONGITUDE, _ELEVATION)
_KNOWN: Final = frozenset(variable.name for variable in VARIABLES)


def tidy(data: Any) -> tuple[xr.Dataset, tuple[str, ...]]:
    """Observations of any layout as a Dataset with one data variable per quantity.

    Nothing is computed: data that are opened lazily stay lazy. `data` is not changed.

    Parameters
    ----------
    data : xarray.Dataset, xarray.DataArray, pandas.DataFrame or pandas.Series
        See `varwg.read_observations`.

    Returns
    -------
    dataset : xarray.Dataset
        Every data variable is numeric and has dimensions (station, time). `station` is text, `time` naive datetime64;
        latitude, longitude and elevation are coordinates of the station, NaN where unknown.
    notes : tuple of str
        What was left out, and how times were converted.

    Raises
    ------
    DataError
        If the layout is another one.
    """
    import pandas as pd
    import xarray as xr

    notes: tuple[str, ...] = ()
    if isinstance(data, pd.Series) and data.name is not None:
        data = data.to_frame()
    if isinstance(data, pd.DataFrame):
        columns = [str(name) for name in (*data.columns, *data.index.names)]
        data, notes = _from_frame(data)
        data = _with_units_of_names(data)
        data, spoken = in_usual_words(data, columns)
        notes += spoken
    elif isinstance(data, xr.DataArray):
        data = _from_array(data)
    if not isinstance(data, xr.Dataset):
        raise DataError(
            f"the observations are a {type(data).__name__}, but an xarray Dataset, a pandas DataFrame or the path of a "
            "NetCDF file was expected."
        )
    if not data.data_vars:
        raise DataError("the observations hold no data variables: there is nothing to read.")
    data, grid_notes = _without_grid(data)
    text = grid_text(data)
    dataset, time_notes = _with_time(*_at_beginnings(_renamed(_decoded(data))))
    dataset, spoken = in_usual_words(_one_variable_per_quantity(dataset), map(str, dataset.data_vars))
    dataset, left_out = _finished(dataset)
    if text:
        dataset["station"].attrs["grid"] = text
    return dataset, notes + grid_notes + time_notes + spoken + left_out


def _without_grid(dataset: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """A Dataset on a grid with a dimension of stations in its place; any other as it is; and notes."""
    times = [dim for dim in dataset.dims if word(dim) in TIME]
    return stations_of_grid(dataset, times[0]) if len(times) == 1 else (dataset, ())


def _from_frame(frame: Any) -> tuple[xr.Dataset, tuple[str, ...]]:
    """A DataFrame of one station (columns: variables) or of several (columns or rows: station and variable), with notes."""
    import pandas as pd
    import xarray as xr

    frame, units = spread(frame)
    of_stations = stations_in_names(frame)
    if of_stations is not None:
        frame, units = of_stations.frame, of_stations.units
    frame, places, notes = _wide(frame)
    times, time_notes = plain_times(frame.index)
    notes = (*([] if of_stations is None else [of_stations.note]), *notes, *time_notes)
    columns = frame.columns
    if columns.nlevels == 1:
        no_duplicates("variable", [str(name) for name in columns])
        single = {
            str(name): ("time", frame[name].to_numpy(), {"units": units[str(name)]} if str(name) in units else {})
            for name in columns
        }
        scalars = {name: values[0] for name, values in places.items() if len(values) == 1}
        return xr.Dataset(single, {"time": times, **scalars}), notes
    level_of_units = next((level for level in range(columns.nlevels) if _are_units(columns, level)), None)
    if level_of_units is not None:
        without = columns.droplevel(level_of_units)
        labels = columns.get_level_values(level_of_units)
        names_at = _level_of_variables(without) if without.nlevels == 2 else 0
        said = dict(zip(map(str, without.get_level_values(names_at)), map(str, labels), strict=True))
        dataset, more = _from_frame(frame.set_axis(without, axis=1))
        return dataset.assign({name: array.assign_attrs(units=said[str(name)]) for name, array in dataset.items()}), notes + more
    if columns.nlevels != 2 or columns.has_duplicates:
        raise DataError(
            f"the columns of the DataFrame have {columns.nlevels} levels{', with duplicates' * columns.has_duplicates}, "
            "but one (variables) or two (station, variable), each pair once, were expected."
        )
    level = _level_of_variables(columns)
    stations = [str(name) for name in pd.unique(columns.get_level_values(1 - level))]
    data_vars: dict[str, tuple[tuple[str, str], Any, dict[str, str]]] = {}
    for name in pd.unique(columns.get_level_values(level)):
        part = frame.xs(name, axis=1, level=level)
        part = part.set_axis([str(station) for station in part.columns], axis=1).reindex(columns=stations)
        held = {"units": units[str(name)]} if str(name) in units else {}
        data_vars[str(name)] = (("time", "station"), part.to_numpy(), held)
    by_station = {name: ("station", [values.get(label, np.nan) for label in stations]) for name, values in places.items()}
    return xr.Dataset(data_vars, {"time": times, "station": stations, **by_station}), notes


def _with_units_of_names(dataset: xr.Dataset) -> xr.Dataset:
    """Columns such as "Temperatur [°C]" as those of a file of text: the name alone, and its unit as an attribute."""
    parts = {str(name): split_unit(str(name)) for name in dataset.data_vars}
    no_duplicates("variable", [short for short, _ in parts.values()])
    for name, (_, unit) in parts.items():
        if unit:
            dataset[name].attrs["units"] = unit
    return dataset.rename({name: short for name, (short, _) in parts.items() if short != name})


def word(name: Hashable) -> str:
    """A name as it is looked for in lists: in lower case, without accents, and without the zone of a clock at its end."""
    text = unicodedata.normalize("NFKD", str(name).strip().strip("\ufeff").lower())
    plain = unicodedata.normalize("NFC", "".join(sign for sign in text if not unicodedata.combining(sign)))
    return _ZONE.sub("", plain).strip() or plain


#: "G(h)" of PVGIS, where the brackets say on which plane; "Temperature, degC" and "Temperatur in °C".
_PLANE: Final = re.compile(r"(?:G|Gb|Gd|Gr|H|IR)\([hni]\)")
_SAID_AFTER: Final = re.compile(r"(.*\S)(?:\s*[,;]\s*|\s+in\s+)([^,;\s][^,;]{0,99})")
#: Units that are no word of any name, behind a blank: "Temperatur °C", "Strahlung W/m²".
_UNIT_BEHIND: Final = re.compile(r"(.*\S)\s++([^\s°%/²³]*+[°%/²³]\S*+|mm|hPa|kPa|degC|mbar)")


#: "Snow Water Equivalent (in) Start of Day Values" of SNOTEL.
_UNIT_WITHIN: Final = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]+)[)\]](\s+[A-Za-z][\w ]*)")


#: Serial numbers of a logger and its sensor behind a name and its unit.
_SENSOR: Final = re.compile(r"(?<!\s)\s*+\((?:LGR|SEN) S/N:[^()]*\)$")


def split_unit(cell: str) -> tuple[str, str]:
    """Name and unit of a header's cell."""
    text = _SENSOR.sub("", cell.strip().strip('"').strip())
    within = _UNIT_WITHIN.fullmatch(text)
    if within is not None and quantity_of(within[2]) not in (None, "fraction"):
        return within[1] + within[3], within[2].strip()
    if text[-1:] not in ("]", ")") or _PLANE.fullmatch(text):
        said = _SAID_AFTER.fullmatch(text) or _UNIT_BEHIND.fullmatch(text)
        return (text, "") if said is None or quantity_of(said[2]) is None else (said[1], said[2])
    closed = max(text.rfind(bracket, 0, -1) for bracket in "])")
    opened = min((at for bracket in "[(" if (at := text.find(bracket, closed + 1)) >= 0), default=-1)
    name = text[: max(opened, 0)].rstrip()
    return (name, text[opened + 1 : -1].strip()) if name else (text, "")


def _wide(frame: Any) -> tuple[Any, dict[str, Any], tuple[str, ...]]:
    """A DataFrame with a row for each time, the places of its stations, and notes; times and stations may be columns."""
    import pandas as pd

    if isinstance(frame.index, pd.MultiIndex):
        frame = frame.reset_index()
    if frame.columns.nlevels > 1:
        return frame, {}, ()
    notes: tuple[str, ...] = ()
    if not isinstance(frame.index, (pd.DatetimeIndex, pd.PeriodIndex)):
        combined = combined_times(frame, "the DataFrame")
        if combined is not None:
            frame = frame.drop(columns=list(combined.used)).set_axis(pd.DatetimeIndex(combined.times, name="time"), axis=0)
            notes = combined.notes
        elif (time := _column(frame, TIME)) is not None:
            frame = frame.set_index(time)
    repeated = repeats_of_times(frame, frame.index)
    if repeated:
        frame = frame.drop(columns=repeated)
        notes += (f"{_listed(repeated)} {'repeats' if len(repeated) == 1 else 'repeat'} the times: left out.",)
    station = _column(frame, STATION)
    if station is None and (made := stations_by_place(frame, frame.index)) is not None:
        station = "station"
        frame = frame.assign(station=made)
    labels = ["" for _ in range(len(frame))] if station is None else frame[station].astype(str).tolist()
    places, used = places_in_columns(frame, labels)
    others = [name for name in names_of_stations(frame, labels) if name != station]
    frame = frame.drop(columns=[*used, *others])
    if station is None:
        if frame.index.has_duplicates and isinstance(frame.index, pd.DatetimeIndex):
            again = frame.index[frame.index.duplicated()]
            if apart := _what_tells_apart(frame, labels, frame.index):
                raise DataError(f"the DataFrame has several rows for {again[0]}, but one was expected: {apart}")
        return frame, {name: list(values.values()) for name, values in places.items()}, notes
    keys = pd.MultiIndex.from_arrays([frame.index, frame[station]])
    if keys.has_duplicates:
        twice = keys[keys.duplicated()][0]
        raise DataError(
            f"the DataFrame has two rows for {twice[0]} at {twice[1]}, but one was expected: "
            f"{why_twice(frame, labels, frame.index)}"
        )
    return frame.set_axis(keys, axis=0).drop(columns=station).unstack(level=1), places, notes


class CombinedTimes(NamedTuple):
    """Times made of several columns, the names of these, and notes."""

    times: TimeArray
    used: tuple[Any, ...]
    notes: tuple[str, ...]


def combined_times(frame: Any, where: str) -> CombinedTimes | None:
    """Times of a table in which a date and an hour, or the parts of a date, have columns of their own; None for other tables.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of texts, numbers or times.
    where : str
        What it is, for messages.

    Raises
    ------
    DataError
        If a part is not what its column says.
    """
    year, month, day, of_year = (_column(frame, names) for names in (_YEAR, _MONTH, _DAY, _DAY_OF_YEAR))
    if year is not None and day is None and word(year) == "jjjj":
        day = _column(frame, ("tt",))
    date = _column(frame, _DATES)
    if year is not None and month is not None and day is not None:
        years, months, rows = (_whole_numbers(frame[name], where) for name in (year, month, day))
        used: tuple[Any, ...] = (year, month, day)
        days = _days_of_parts(years, months, rows, where)
    elif year is not None and of_year is not None and date is None:
        years, rows = (_whole_numbers(frame[name], where) for name in (year, of_year))
        used, days = (year, of_year), _days_of_year(years, rows, where)
    elif date is not None and _column(frame, _CLOCK) is not None:
        used, days = (date,), np.asarray(plain_times(_dates(frame[date], where))[0])
    else:
        return None
    clock = next((name for name in frame.columns if word(name) in _CLOCK and name not in used), None)
    if clock is None:
        return CombinedTimes(in_seconds(days), used, ())
    minute = _column(frame, _MINUTE)
    offsets, notes = _clock(frame[clock], None if minute is None else frame[minute], str(clock), where)
    used = (*used, clock) if minute is None else (*used, clock, minute)
    return CombinedTimes(in_seconds(days) + offsets, used, notes)


def _dates(column: Any, where: str) -> Any:
    import pandas as pd

    if column.dtype.kind == "M":
        return pd.DatetimeIndex(column)
    return pd.DatetimeIndex(parse_times([str(text) for text in column], where))


def has_parts_of_dates(names: Iterable[str]) -> bool:
    """Whether columns with these names in lower case hold the parts of dates."""
    held = set(names)
    # A column "TT" is one of temperature in other tables.
    return {"jjjj", "tt"} <= held or (
        not held.isdisjoint(_YEAR) and not (held.isdisjoint(_DAY) and held.isdisjoint(_DAY_OF_YEAR))
    )


def are_months(names: Sequence[str]) -> bool:
    """Whether columns with these names in lower case hold years and months, but no days."""
    return not set(names).isdisjoint(_YEAR) and not set(names).isdisjoint(_MONTH) and not has_parts_of_dates(names)


def _whole_numbers(column: Any, where: str) -> IntArray:
    """The numbers of a column, which may be written as 3.0."""
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(numbers) | (numbers % 1.0 != 0.0)
    if wrong.any():
        raise DataError(f"{where}: {column.name} is {column.iloc[int(wrong.argmax())]!r}, but a whole number was expected.")
    return np.asarray(numbers.astype(np.int64))


def _days_of_parts(years: IntArray, months: IntArray, days: IntArray, where: str) -> TimeArray:
    january: TimeArray = np.asarray(years - 1970, dtype="datetime64[Y]").astype("datetime64[M]")
    month: TimeArray = january + (months - 1).astype("timedelta64[M]")
    result: TimeArray = month.astype("datetime64[D]") + (days - 1).astype("timedelta64[D]")
    wrong = (months < 1) | (months > 12) | (result.astype("datetime64[M]") != month)
    if wrong.any():
        at = int(wrong.argmax())
        raise DataError(f"{where}: there is no day {years[at]}-{months[at]:02d}-{days[at]:02d}: correct the row.")
    return in_seconds(result)


def _days_of_year(years: IntArray, rows: IntArray, where: str) -> TimeArray:
    first: TimeArray = np.asarray(years - 1970, dtype="datetime64[Y]")
    result: TimeArray = first.astype("datetime64[D]") + (rows - 1).astype("timedelta64[D]")
    wrong = result.astype("datetime64[Y]") != first
    if wrong.any():
        at = int(wrong.argmax())
        raise DataError(f"{where}: there is no day {rows[at]} of the year {years[at]}: correct the row.")
    return in_seconds(result)


#: What may stand after a time of day.
_AFTER_CLOCK: Final = re.compile(r"(?<!\s)\s*+(?:UTC|GMT|Uhr|h|Z)$")
_HALF: Final = re.compile(r"(?<!\s)\s*+([AaPp])\.?[Mm]\.?$")


def _clock(column: Any, minutes: Any, name: str, where: str) -> tuple[Any, tuple[str, ...]]:
    """Times of day from hours (0 to 23, 1 to 24, 100 to 2400) or texts such as 7:00 and 24:00, and notes."""
    import pandas as pd

    texts = column.astype(str).str.replace(_AFTER_CLOCK, "", regex=True).str.strip()
    half = texts.str.extract(_HALF, expand=False).str.lower()
    texts = texts.str.replace(_HALF, "", regex=True).str.strip()
    if texts.str.contains(":").any():
        pieces = texts.str.split(":", expand=True)
        parts = [pd.to_numeric(pieces[part], errors="coerce").fillna(0.0 if part else np.nan) for part in pieces.columns[:2]]
        hours = (parts[0] + (parts[1] / 60.0 if len(parts) > 1 else 0.0)).to_numpy(dtype=np.float64)
    else:
        hours = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
        if np.nanmax(hours, initial=0.0) > 24.0:
            hours = hours // 100 + (hours % 100) / 60.0
    if half.notna().any():
        hours = np.where(half.notna(), hours % 12.0 + 12.0 * (half == "p"), hours)
    if minutes is not None:
        hours = hours + _whole_numbers(minutes, where) / 60.0
    wrong = ~((hours >= 0.0) & (hours <= 24.0))
    if wrong.any():
        raise DataError(
            f"{where}: {name} is {column.iloc[int(wrong.argmax())]!r}, but a time of day from 0 to 24 h was expected."
        )
    notes: tuple[str, ...] = ()
    if hours.min() > 0.0 and hours.max() == 24.0:
        step = float(np.diff(np.unique(hours)).min())
        hours = hours - step
        notes = (f"{name} runs to 24: each time was taken as the end of its step of {step:g} h.",)
    return np.round(hours * 3600.0).astype("timedelta64[s]"), notes


def repeats_of_times(frame: Any, times: Any) -> list[Any]:
    """Columns called like a part of a date whose values are just that of the times."""
    import pandas as pd

    if not isinstance(times, pd.DatetimeIndex):
        return []
    parts: tuple[tuple[tuple[str, ...], Any], ...] = (
        (_YEAR, times.year),
        (_MONTH, times.month),
        (_DAY, times.day),
        (_DAY_OF_YEAR, times.day_of_year),
        (_CLOCK, times.hour),
        (_MINUTE, times.minute),
    )
    return [
        name
        for name in frame.columns
        if any(
            word(name) in names and np.array_equal(pd.to_numeric(frame[name], errors="coerce").to_numpy(), part.to_numpy())
            for names, part in parts
        )
    ]


def stations_by_place(frame: Any, times: Any) -> list[str] | None:
    """Names of stations made of latitudes and longitudes in columns, if these tell apart rows of one time; None if not."""
    import pandas as pd

    north, east = _column(frame, LATITUDE), _column(frame, LONGITUDE)
    if north is None or east is None or not pd.Index(times).has_duplicates:
        return None
    places = frame[[north, east]].apply(pd.to_numeric, errors="coerce")
    if places.isna().to_numpy().any() or places.assign(time=np.asarray(times)).duplicated().any():
        return None
    return names_of_places(places[north].to_numpy(), places[east].to_numpy())


def places_in_columns(
    frame: Any, labels: Sequence[str], units: Mapping[str, str] | None = None
) -> tuple[dict[str, dict[str, float]], list[Any]]:
    """Latitude, longitude and elevation by station from columns that do not change at a station, and their names."""
    places: dict[str, dict[str, float]] = {}
    used = []
    for place, aliases in (("latitude", LATITUDE), ("longitude", LONGITUDE), ("elevation", _ELEVATION)):
        # A column "height" may well be that of the instrument above the ground.
        name = _column(frame, tuple(alias for alias in aliases if alias != "height"))
        if name is None:
            continue
        numbers = frame[name].map({text: place_number(str(text)) for text in frame[name].unique()}).astype(np.float64)
        numbers = numbers * place_scale((units or {}).get(str(name), ""))
        by_station = numbers.groupby(np.asarray(labels)).agg(["min", "max"])
        if numbers.notna().any() and ((by_station["max"] - by_station["min"]).fillna(0.0) <= 1e-6).all():
            places[place] = {str(label): float(value) for label, value in by_station["min"].items()}
            used.append(name)
        elif numbers.isna().all() and not frame[name].isin(MISSING).all():
            LOGGER.warning("%s holds %r, which is no %s that can be read: give it as a number.", name, frame[name].iloc[0], place)
    return places, used


def names_of_stations(frame: Any, labels: Sequence[str]) -> list[Any]:
    """Columns with one of the names of stations in which every station has one value: further names of it."""
    candidates = [name for name in frame.columns if word(name) in STATION]
    return [name for name in candidates if (frame[name].astype(str).groupby(np.asarray(labels)).nunique() <= 1).all()]


def _what_tells_apart(frame: Any, labels: Sequence[str], times: Any) -> str:
    """A sentence on the column that tells rows of one time and station apart, empty if there is none."""
    import pandas as pd

    keys = pd.DataFrame({"time": np.asarray(times), "station": list(labels)})
    for name in frame.columns:
        column = frame[name].astype(str)
        few = column.nunique() <= max(2, len(column) // 20)
        if few and not keys.assign(label=column.to_numpy()).duplicated().any():
            return f"the column {name!r} tells them apart; if it names stations, call it 'station', if hours, 'hour'."
    return ""


def why_twice(frame: Any, labels: Sequence[str], times: Any) -> str:
    """What to do about two rows of a time and station: the column that tells them apart, if there is one."""
    import pandas as pd

    keys = pd.DataFrame({"time": np.asarray(times), "station": list(labels)})
    twice = np.asarray(times, dtype="datetime64")[keys.duplicated().to_numpy()]
    if nights_of_clocks(twice, forward=False) == twice.size and (twice != twice.astype("datetime64[D]")).any():
        return f"they are nights on which clocks go back from summer time; {LOCALIZE}."
    if apart := _what_tells_apart(frame, labels, times):
        return apart
    return "find out which of the rows is right, or whether an hour or a station is missing from the table."


def _column(frame: Any, aliases: tuple[str, ...]) -> Hashable | None:
    """The column with one of the names, None if there is none."""
    columns: list[Hashable] = [name for name in frame.columns if word(name) in aliases]
    return min(columns, key=lambda name: aliases.index(word(name))) if columns else None


def spread(frame: Any) -> tuple[Any, dict[str, str]]:
    """A table with a row for each variable as one with a column for each, and their units; any other as it is.

    Such a table has a column of the names of variables ("variable", "parameter", ...), one of their values, and perhaps one
    of their units. What else it has, times and stations, identifies the rows.

    Raises
    ------
    DataError
        If a variable has two units, or two values in one row.
    """
    if frame.columns.nlevels > 1:
        return frame, {}
    variable, value, unit = (_column(frame, names) for names in (_VARIABLE, _VALUE, _UNIT))
    if variable is None or value is None or frame[variable].nunique() > _MOST_VARIABLES:
        return frame, {}
    units: dict[str, str] = {}
    if unit is not None:
        for name, spellings in frame.groupby(frame[variable].astype(str))[unit]:
            if spellings.nunique() > 1:
                both = _listed(spellings.unique()[:2])
                raise DataError(f"{name} has the units {both} in one table: convert one, or keep them apart.")
            units[str(name)] = str(spellings.iloc[0]).strip()
    index = frame.index.name if frame.index.name is not None else "time"
    whole = frame if _is_count(frame.index) else frame.rename_axis(index).reset_index()
    keys = [name for name in whole.columns if any(word(name) in names for names in _KEYS) and name not in (variable, value, unit)]
    if not keys:
        return frame, {}
    again = whole.duplicated([*keys, variable])
    if again.any():
        first = whole[again].iloc[0]
        raise DataError(
            f"the table has two values of {first[variable]} for {', '.join(f'{key} {first[key]}' for key in keys)}: "
            "find out which is right, or which further column tells them apart."
        )
    wide = whole.pivot(index=keys, columns=variable, values=value).reset_index().rename_axis(columns=None)
    return wide[[*keys, *whole[variable].unique()]], units


#: Words, heights and depths at the end or the beginning of names that tell quantities apart, and not stations.
_NO_STATION: Final = frozenset({
    "soil", "water", "lake", "surface", "ground", "grass", "dew", "wet", "dry", "bulb", "globe", "sky", "road", "snow", "ice",
    "indoor", "outdoor", "out", "raw", "corrected", "filled", "gf", "qc", "flag", "obs", "sim", "model", "std", "sd", "err",
    "error", "anomaly", "night", "morning", "noon", "evening", "trend", "gust", "direct", "diffuse", "net", "up", "down", "dir",
    "reference", "canopy", "leaf", "sea", "msl", "station", "normal", "n", "no", "id", "range", "sensor", "depth", "boden",
    "wasser",
})  # fmt: skip
_HEIGHT: Final = re.compile(r"-?\d+(?:[.,]\d+)?\s*(?:cm|m|mm|h|hr|min|d|deg)|-?\d{2,}")
_BETWEEN: Final = re.compile(r"[ _.:|/@-]+")


class OfStations(NamedTuple):
    """A table with a row for each time and station, the units of its columns, and a note."""

    frame: Any
    units: dict[str, str]
    note: str


def stations_in_names(frame: Any, units: Mapping[str, str] | None = None) -> OfStations | None:
    """A table whose columns are named after variable and station, such as theta_A and theta_B, with a row for each station.

    Parameters
    ----------
    frame : pandas.DataFrame
    units : mapping of str to str, optional
        Those of the columns, where names do not hold them.

    Returns
    -------
    OfStations or None
        None where the names are those of one station: where a column is known as a whole, or has neither a variable before a
        label nor one behind it, or the labels are words for heights and kinds of measurement.

    Raises
    ------
    DataError
        If a variable has different units at two stations.
    """
    import pandas as pd

    if frame.columns.nlevels > 1 or _column(frame, STATION) is not None:
        return None
    keys = [name for name in frame.columns if any(word(name) in names for names in _KEYS) or not str(name).strip()]
    parts = {name: split_unit(str(name)) for name in frame.columns if name not in keys}
    for first in (True, False):
        found = {name: _variable_and_station(short, first) for name, (short, _) in parts.items()}
        pairs = [pair for pair in found.values() if pair is not None]
        labels = list(dict.fromkeys(label for _, label in pairs))
        variables = list(dict.fromkeys(variable for variable, _ in pairs))
        if len(pairs) < len(parts) or len(labels) < 2 or len(set(pairs)) < len(pairs) or len(pairs) <= len(variables):
            continue
        said: dict[str, str] = {}
        rows = []
        for label in labels:
            columns = {pair[0]: name for name, pair in found.items() if pair is not None and pair[1] == label}
            for variable, name in columns.items():
                unit = parts[name][1] or (units or {}).get(str(name), "")
                if said.setdefault(variable, unit) != unit:
                    raise DataError(
                        f"{variable} is in {said[variable]!r} at one station and in {unit!r} at {label}: give both one."
                    )
            rows.append(frame[[*keys, *columns.values()]].set_axis([*keys, *columns], axis=1).assign(station=label))
        whole = pd.concat(rows, ignore_index=_is_count(frame.index))
        note = f"columns such as {next(iter(parts))} were read as {pairs[0][0]} at the station {pairs[0][1]}"
        return OfStations(whole, {name: unit for name, unit in said.items() if unit}, f"{note} (of {', '.join(labels[:8])}).")
    return None


def _variable_and_station(name: str, variable_first: bool) -> tuple[str, str] | None:
    """The parts of a name of a column, the longest that is a variable and the rest; None if there are none."""
    if is_known(name):
        return None
    signs = list(_BETWEEN.finditer(name))
    for sign in reversed(signs) if variable_first else signs:
        left, right = name[: sign.start()], name[sign.end() :]
        variable, label = (left, right) if variable_first else (right, left)
        if label and is_known(variable) and not _HEIGHT.fullmatch(label.lower()):
            return None if set(word(label).split()) & _NO_STATION or is_usual(label) else (variable, label)
    return None


#: More different labels are no names of variables.
_MOST_VARIABLES: Final = 200


def _is_count(index: Any) -> bool:
    """Whether an index of rows only counts them."""
    return index.name is None and index.dtype.kind in "iu"


def _are_units(columns: Any, level: int) -> bool:
    """Whether the labels of a column level are units of weather."""
    return all(quantity_of(str(label)) is not None for label in columns.get_level_values(level))


def _level_of_variables(columns: Any) -> int:
    """Which of the two column levels holds the variables: by its name, else by names known from the table."""
    for level, name in enumerate(columns.names):
        if str(name).lower() in _VARIABLE:
            return level
        if str(name).lower() in STATION:
            return 1 - level
    hits = [sum(is_known(str(label)) for label in set(columns.get_level_values(level))) for level in (0, 1)]
    return int(hits[1] >= hits[0])


def _from_array(array: xr.DataArray) -> xr.Dataset:
    """A DataArray as a Dataset: with a dimension of variables one data variable each, else a single one."""
    for dim in array.dims:
        if word(dim) in _VARIABLE:
            return _split(array, dim)
    if array.name is None:
        raise DataError("the DataArray has neither a dimension 'variable' nor a name: name it after its variable, like 'R'.")
    return array.to_dataset()


def _split(array: xr.DataArray, dim: Hashable) -> xr.Dataset:
    """One data variable for each label along `dim`, with the unit of a coordinate "units" if there is one."""
    if dim not in array.coords:
        raise DataError(f"dimension {dim!r} has no coordinate, so that the variables have no names: assign one.")
    labels = [str(label) for label in array[dim].values]
    no_duplicates("variable", labels)
    units = array.coords.get("units")
    parts = {}
    for number, label in enumerate(labels):
        part = array.isel({dim: number}).drop_vars([str(dim), "units"], errors="ignore")
        part.attrs = {key: value for key, value in array.attrs.items() if key != "units"}
        if units is not None and units.dims == (dim,):
            part.attrs["units"] = str(units.values[number])
        parts[label] = part.rename(label)
    import xarray as xr

    return xr.Dataset(parts)


def _renamed(dataset: xr.Dataset) -> xr.Dataset:
    """`dataset` with the dimensions called station, time and variable, and without other dimensions of length one."""
    names = {}
    for canonical, aliases in (("time", TIME), ("station", STATION), ("variable", _VARIABLE)):
        dims = [dim for dim in dataset.dims if word(dim) in aliases]
        if len(dims) > 1:
            raise DataError(f"dimensions {dims[0]!r} and {dims[1]!r} could both be the {canonical}: rename one.")
        if dims and dims[0] != canonical:
            names[dims[0]] = canonical
    clashing = [name for name in names.values() if name in dataset.variables]
    dataset = dataset.drop_vars(clashing).rename(names)
    single = [dim for dim, size in dataset.sizes.items() if size == 1 and dim not in ("time", "station", "variable")]
    return dataset.squeeze(single)


def _decoded(dataset: xr.Dataset) -> xr.Dataset:
    """`dataset` with times in place of numbers of days or hours since another time, as opening a file undecoded leaves them."""
    import xarray as xr

    numbers = [
        name
        for name, array in dataset.variables.items()
        if word(name) in TIME and array.dtype.kind in "iuf" and " since " in str(array.attrs.get("units", ""))
    ]
    if not numbers:
        return dataset
    bounds = {}
    for name in numbers:
        said = str(dataset[name].attrs.get("bounds", ""))
        if said in dataset.variables and dataset[said].dims[:-1] == dataset[name].dims and dataset[said].shape[-1] == 2:
            bounds[said] = dataset[said].assign_attrs(dataset[name].attrs)
    undecoded = dataset[numbers].assign(bounds)
    try:
        decoded = xr.decode_cf(undecoded, decode_coords=False)
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        unit = dataset[numbers[0]].attrs["units"]
        raise DataError(f"the times, {unit!r}, cannot be decoded ({str(error).splitlines()[0]}): correct the unit.") from error
    return dataset.assign_coords({name: decoded[name] for name in (*numbers, *bounds)})


def _at_beginnings(dataset: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """`dataset` with each time at the beginning of its step, where CF bounds tell that it is elsewhere; and notes."""
    if "time" not in dataset.indexes:
        return dataset, ()
    held = {**dataset["time"].encoding, **dataset["time"].attrs}
    name = held.get("bounds") or next((name for name in ("time_bnds", "time_bounds") if name in dataset.variables), None)
    bounds = None if name not in dataset.variables else dataset[name]
    if bounds is None or bounds.ndim != 2 or bounds.dims[0] != "time" or bounds.sizes[bounds.dims[1]] != 2:
        return dataset, ()
    rest = dataset.drop_vars(str(name))
    times = dataset["time"].values
    if bounds.dtype.kind != "M" or times.dtype.kind != "M":
        return rest, ()
    first, last = bounds.values[:, 0], bounds.values[:, 1]
    if np.isnat(bounds.values).any() or not (first < last).all() or (first == times).all():
        return rest, ()
    step = (last - first)[0] / np.timedelta64(1, "h")
    return rest.assign_coords(time=first), (
        f"the first time is {str(times[0])[:16]}, but by {name} its step of {step:g} h begins at {str(first[0])[:16]}; each was "
        "taken as the beginning of its step.",
    )


def _with_time(dataset: xr.Dataset, notes_before: tuple[str, ...] = ()) -> tuple[xr.Dataset, tuple[str, ...]]:
    """`dataset` with naive datetime64 times, and notes on their conversion."""
    if "time" not in dataset.dims:
        raise DataError(f"no dimension is called 'time' (there are {_listed(dataset.dims)}): rename the dimension of the times.")
    index = dataset.indexes.get("time")
    if index is None:
        raise DataError("dimension 'time' has no coordinate: assign the times of the values to it.")
    times, notes = plain_times(index)
    if dataset["time"].attrs.get("comment") == WHOLE_DAYS_OF_UTC:
        notes += (WHOLE_DAYS_OF_UTC,)
    return dataset.assign_coords(time=for_xarray(times)), notes_before + notes


def _one_variable_per_quantity(dataset: xr.Dataset) -> xr.Dataset:
    """Resolve layouts with a dimension of variables: one data variable per station, or one for everything."""
    if "variable" not in dataset.dims:
        return dataset
    with_dim = [name for name, array in dataset.data_vars.items() if {"variable", "time"} <= set(array.dims)]
    if not with_dim:
        return dataset
    if "station" in dataset[with_dim[0]].dims:
        return _split(dataset[with_dim[0]], "variable")
    joined = dataset[with_dim].to_dataarray("station")
    places = {
        name: ("station", _place(dataset, with_dim, aliases))
        for name, aliases in (("latitude", LATITUDE), ("longitude", LONGITUDE), ("elevation", _ELEVATION))
    }
    joined = joined.drop_vars([name for name in joined.coords if _is_place(name)])
    return _split(joined, "variable").assign_coords(places)


def _place(dataset: xr.Dataset, stations: list[Hashable], aliases: tuple[str, ...]) -> FloatArray:
    """A coordinate of each station in the layout of one data variable per station, NaN where unknown."""
    array = _find_place(dataset, aliases)
    if array is not None and "station" in dataset.indexes:
        by_station = {str(name): value for name, value in zip(dataset["station"].values, array, strict=True)}
        return np.array([by_station.get(str(name), np.nan) for name in stations])
    attributes = [dataset[name].attrs for name in stations]
    return np.array([next((float(held[key]) for key in aliases if key in held), np.nan) for held in attributes])


def _find_place(dataset: xr.Dataset, aliases: tuple[str, ...]) -> FloatArray | None:
    """The first coordinate or data variable with one of the names that is a number per station."""
    for alias in aliases:
        for name, array in dataset.variables.items():
            if str(name).lower() != alias or array.dtype.kind not in "fiu":
                continue
            scale = place_scale(str(array.attrs.get("units", "")))
            if array.dims == ("station",):
                return np.asarray(scale * array.values, dtype=np.float64)
            # A scalar "height" is that of the instrument above the ground.
            if array.dims == () and alias != "height":
                return np.full(dataset.sizes.get("station", 1), scale * float(array.values))
    if dataset.sizes.get("station", 1) == 1:
        said = next(
            (name for alias in aliases for name in dataset.attrs if str(name).lower() in (alias, f"station_{alias}")), None
        )
        number = float("nan") if said is None else place_number(str(dataset.attrs[said]))
        return None if np.isnan(number) else np.full(1, number)
    return None


def _finished(dataset: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """`dataset` with every data variable on (station, time), and notes on those that were left out."""
    notes = []
    stations = _station_names(dataset)
    if not stations:
        raise DataError("the observations hold no station: the dimension 'station' has length 0.")
    places = {}
    for place, aliases in (("latitude", LATITUDE), ("longitude", LONGITUDE), ("elevation", _ELEVATION)):
        degrees = _find_place(dataset, aliases)
        places[place] = ("station", np.full(len(stations), np.nan) if degrees is None else degrees)
    keep: dict[str, xr.DataArray] = {}
    for name, array in dataset.data_vars.items():
        is_place = _is_place(name)
        if "time" not in array.dims or is_place:
            unused = "time" in array.dims if is_place else bool(array.dims) and array.size > 1 and array.dtype.kind in "fiub"
            if unused and not str(name).lower().endswith(("_bnds", "_bounds", "_vertices")):
                notes.append(
                    f"{name} was left out: it "
                    f"{'changes with time, as no place does' if is_place else 'has no dimension of times'}."
                )
            continue
        array, marks = _as_numbers(array)
        notes.extend(marks)
        reason = _unusable(array)
        if reason and str(name) in _KNOWN:
            raise DataError(
                f"{name} cannot be read: {reason}; expected are numbers with dimensions named station and time{_remedy(array)}."
            )
        if reason:
            notes.append(f"{name} was left out: {reason}.")
            continue
        whole = array if "station" in array.dims else array.expand_dims(station=len(stations))
        keep[str(name)] = whole.reset_coords(drop=True).drop_vars("station", errors="ignore").transpose("station", "time")
    no_duplicates("variable", [str(name) for name in dataset.data_vars])
    further = [note for note in notes if "further dimension" in note]
    if not keep and further:
        raise DataError(
            f"nothing can be read: {further[0].rstrip('.')}; if it counts stations, call it 'station', else choose one place "
            "along it, for example with isel."
        )
    if not keep:
        raise DataError(
            f"no data variable has dimensions (station, time) or (time) and numbers (there are {_listed(dataset.data_vars)} "
            f"with dimensions {_listed(dataset.dims)}): rename the dimension of the stations to 'station'."
        )
    import xarray as xr

    coords = {"station": list(stations), "time": dataset["time"], **places}
    return xr.Dataset(keep, coords), tuple(notes)


def _as_numbers(array: xr.DataArray) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Numbers that are stored as objects or texts, as pandas does for columns of mixed type, as floats, and notes."""
    if array.dtype.kind not in "OUT":
        return array, ()
    try:
        return array.astype(np.float64), ()
    except (TypeError, ValueError):
        texts = np.array([_plain_text(value) for value in array.values.ravel()])
    plain, notes = without_marks(texts, str(array.name))
    try:
        return array.copy(data=plain.astype(np.float64).reshape(array.shape)), notes
    except ValueError:
        return array, ()


#: Cells that say that a value is below or above another, and that of a trace.
_BEYOND: Final = re.compile(r"^[<>]\s*\d")
_TRACE: Final = ("T", "Tr", "tr", "Trace", "trace", "Ip")


def without_marks(texts: np.ndarray, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Texts of a column with "nan" for cells such as "<0.1", and "0" for those of a trace, and notes on both."""
    notes = []
    for marks, meant, said in (
        (np.array([_BEYOND.match(text) is not None for text in texts]), "nan", "missing"),
        (np.isin(texts, _TRACE), "0", "0"),
    ):
        if marks.any():
            notes.append(f"{name} has {marks.sum()} cells such as {str(texts[marks.argmax()])!r}, taken as {said}.")
            texts = np.where(marks, meant, texts)
    return texts, tuple(notes)


def _plain_text(value: Any) -> str:
    """A cell as text that says a number with a point, "nan" where it says that there is none."""
    text = "" if value is None else str(value).strip()
    return "nan" if text in MISSING or text in ("<NA>", "NaT") else text.replace(",", ".") if COMMA.match(text) else text


def _unusable(array: xr.DataArray) -> str:
    """Why a data variable along time cannot be weather, empty if it can."""
    other = [dim for dim in array.dims if dim not in ("station", "time")]
    if other:
        return f"it has the further dimension {_listed(other)}"
    if array.dtype.kind not in "fiu":
        return f"its values are not numbers but {array.dtype}"
    if "flag_meanings" in array.attrs or "flag_values" in array.attrs:
        return "it holds flags"
    return ""


def _remedy(array: xr.DataArray) -> str:
    """What to do about a variable with one dimension too many."""
    other = [str(dim) for dim in array.dims if dim not in ("station", "time")]
    if len(other) != 1 or "station" in array.dims:
        return ""
    return f": if {other[0]} counts stations, rename it (rename({other[0]}='station')), else choose one place along it with isel"


def _station_names(dataset: xr.Dataset) -> tuple[str, ...]:
    """Names of the stations as text, made up where there are none."""
    size = dataset.sizes.get("station")
    for alias in STATION:
        array = dataset.variables.get(alias)
        if array is not None and array.dims == (("station",) if size is not None else ()):
            labels = [value.decode() if isinstance(value, bytes) else str(value) for value in np.ravel(array.values)]
            no_duplicates("station", labels)
            return tuple(labels)
    if size is None:
        return (NAMELESS,)
    return tuple(f"{NAMELESS}_{number}" for number in range(size))


def _is_place(name: Hashable) -> bool:
    return str(name).lower() in LATITUDE + LONGITUDE + _ELEVATION


def _listed(names: Any) -> str:
    return ", ".join(str(name) for name in names) or "none"
