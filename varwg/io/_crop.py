"""Weather files of the crop models DSSAT (WTH) and APSIM (met), and of the hydrological model SWAT+: daily, one station."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg._calendar import in_seconds, months_of
from varwg._persistence import write_text
from varwg.errors import DataError
from varwg.io._lake import Forcing, dataset_of, forcing, numbers_of
from varwg.io._series import LOGGER, Place
from varwg.io._sources import PathLike, as_paths, members
from varwg.meteo._air import dew_point, vapour_pressure

if TYPE_CHECKING:
    import xarray as xr

#: MJ m-2 d-1 of a W m-2, and km d-1 of a m s-1.
_MEGAJOULES: Final = 0.0864
_KILOMETRES: Final = 86.4
_DAY: Final = 86400.0
#: What DSSAT and APSIM write where something is not known.
_UNKNOWN: Final = -99.0
#: Columns of both formats by variable of this package, with the factor to its unit.
_READ: Final[Mapping[str, tuple[str, float]]] = MappingProxyType(
    {
        "srad": ("Qsw", 1.0 / _MEGAJOULES),
        "radn": ("Qsw", 1.0 / _MEGAJOULES),
        "tmax": ("theta_max", 1.0),
        "maxt": ("theta_max", 1.0),
        "tmin": ("theta_min", 1.0),
        "mint": ("theta_min", 1.0),
        "rain": ("R", 1.0),
        "wind": ("U", 1.0 / _KILOMETRES),
        "evap": ("ET0", 1.0),
    }
)


#: Variables of the files of SWAT+, by their endings.
_SWAT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {".pcp": ("R",), ".tmp": ("theta_max", "theta_min"), ".slr": ("Qsw",), ".hmd": ("rh",), ".wnd": ("U",), ".pet": ("ET0",)}
)


def write_dssat(data: Any, path: PathLike) -> None:
    """Write a weather file of DSSAT (WTH): SRAD (MJ m-2 d-1), TMAX, TMIN (degC), RAIN (mm), and DEWP (degC), WIND (km d-1).

    The last two are written where the data have humidity and wind. TAV is the mean temperature and AMP the range of monthly
    means, as DSSAT's soil temperature wants them (Jones et al. 2003, doi:10.1016/S1161-0301(02)00107-7).

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Days of one station with theta_max, theta_min, R and Qsw (or sun and the latitude).
    path : path
        Where to.

    Raises
    ------
    DataError
        If a variable is not there, a value or a day is missing, a minimum is above a maximum, or steps are not days.
    """
    weather = _daily(data, "DSSAT")
    high, low = _extremes(weather)
    average, amplitude = _annual(weather, high, low)
    columns = {"SRAD": weather.get("Qsw") * _MEGAJOULES, "TMAX": high, "TMIN": low, "RAIN": weather.get("R")}
    if weather.has("rh") or weather.has("e"):
        theta = weather.get("theta") if weather.has("theta") else (high + low) / 2.0
        vapour = weather.get("e") if weather.has("e") else vapour_pressure(theta, weather.get("rh"))
        columns["DEWP"] = dew_point(np.maximum(vapour, 0.01))
    if weather.has("U") or (weather.has("u") and weather.has("v")):
        columns["WIND"] = weather.get("U") * _KILOMETRES
    latitude, longitude, elevation = _place(weather)
    in_path = re.fullmatch(r"([A-Z0-9]{4})\d{4}", Path(path).stem)
    name = in_path[1] if in_path else _four_letters(weather.station)
    lines = [
        f"*WEATHER DATA : {weather.station}",
        "",
        "@ INSI      LAT     LONG  ELEV   TAV   AMP REFHT WNDHT",
        f"  {name} {latitude:8.3f} {longitude:8.3f} {elevation:5.0f} {average:5.1f} {amplitude:5.1f} {2.0:5.1f} {10.0:5.1f}",
        "@  DATE" + "".join(f"{column:>6}" for column in columns),
    ]
    years, days = _years_and_days(weather.times)
    table = zip(years.tolist(), days.tolist(), *(values.tolist() for values in columns.values()), strict=True)
    lines += [f"{year:04d}{day:03d}" + "".join(map(_in_six, values)) for year, day, *values in table]
    write_text(path, "\n".join(lines) + "\n")


def _four_letters(station: str) -> str:
    """What DSSAT calls a station."""
    return "".join(letter for letter in station.upper() if letter.isascii() and letter.isalnum())[:4].ljust(4, "X")


def names_of_dssat(stations: Sequence[str], times: TimeArray) -> list[str]:
    """Names of files that DSSAT looks for: four letters for the station, two digits for the first year and two for how many.

    Stations that begin alike get numbers in place of their last letters.
    """
    years = times.astype("datetime64[Y]").astype(np.int64) + 1970
    period = f"{years[0] % 100:02d}{min(int(years[-1] - years[0]) + 1, 99):02d}"
    names: list[str] = []
    for letters in map(_four_letters, stations):
        numbered = (f"{letters[: 4 - len(str(number))]}{number}" for number in range(1, 10_000))
        names.append(next(name for name in itertools.chain([letters], numbered) if name not in names))
    return [f"{name}{period}.WTH" for name in names]


def _in_six(value: float) -> str:
    """A number in a column of six characters, the first of which is blank."""
    text = f"{value:6.1f}"
    return text if text.startswith(" ") else f"{value:6.0f}"


def write_apsim(data: Any, path: PathLike) -> None:
    """Write a met file of APSIM: year, day, radn (MJ/m^2), maxt, mint (oC), rain (mm), with tav and amp.

    Reference evaporation (ET0, mm) is the column evap, where the data have it.

    Parameters and errors are those of `write_dssat`.
    """
    weather = _daily(data, "APSIM")
    high, low = _extremes(weather)
    average, amplitude = _annual(weather, high, low)
    latitude, longitude, _ = _place(weather)
    columns = [weather.get("Qsw") * _MEGAJOULES, high, low, weather.get("R")]
    with_evaporation = weather.has("ET0")
    columns += [weather.get("ET0")] if with_evaporation else []
    lines = [
        "[weather.met.weather]",
        # Brackets hold units there, and "!" begins a comment.
        f"station_name = {' '.join(re.sub(r'[()!]', ' ', weather.station).split())}",
        f"latitude = {latitude:.3f} (DECIMAL DEGREES)",
        f"longitude = {longitude:.3f} (DECIMAL DEGREES)",
        f"tav = {average:.2f} (oC)",
        f"amp = {amplitude:.2f} (oC)",
        "",
        "year day radn maxt mint rain" + " evap" * with_evaporation,
        "() () (MJ/m^2) (oC) (oC) (mm)" + " (mm)" * with_evaporation,
    ]
    years, days = _years_and_days(weather.times)
    table = zip(years.tolist(), days.tolist(), *(values.tolist() for values in columns), strict=True)
    lines += [f"{year} {day} " + " ".join(f"{value:.2f}" for value in values) for year, day, *values in table]
    write_text(path, "\n".join(lines) + "\n")


def write_swat(data: Any, path: PathLike) -> None:
    """Write the weather files of SWAT+ beside each other: NAME.pcp (mm), .tmp (degC), .slr (MJ m-2), .hmd (1), .wnd (m s-1).

    Reference evaporation (ET0) is NAME.pet (mm), where the data have it.

    Parameters
    ----------
    data : see `write_dssat`
        With rh (or e) and U (or u and v) too.
    path : path
        NAME, whose ending is replaced.

    Raises
    ------
    DataError
        As for `write_dssat`.
    """
    weather = _daily(data, "SWAT+")
    high, low = _extremes(weather)
    latitude, longitude, elevation = _place(weather)
    years, days = _years_and_days(weather.times)
    files = {
        ".pcp": ("precipitation, mm", [weather.get("R")]),
        ".tmp": ("maximum and minimum temperature, degC", [high, low]),
        ".slr": ("solar radiation, MJ m-2", [weather.get("Qsw") * _MEGAJOULES]),
        ".hmd": ("relative humidity, fraction", [np.clip(weather.get("rh"), 0.0, 1.0)]),
        ".wnd": ("wind speed, m s-1", [weather.get("U")]),
    }
    if weather.has("ET0"):
        files[".pet"] = ("potential evapotranspiration, mm", [weather.get("ET0")])
    n_years = int(years[-1] - years[0]) + 1
    place = f"{n_years:4d}  {0:5d} {latitude:9.3f} {longitude:9.3f} {elevation:9.3f}"
    head = ["nbyr  tstep       lat       lon      elev", place]
    for suffix, (what, columns) in files.items():
        table = zip(years.tolist(), days.tolist(), *(values.tolist() for values in columns), strict=True)
        rows = [f"{year:4d} {day:4d}" + "".join(f"{value:10.3f}" for value in values) for year, day, *values in table]
        target = Path(path).with_suffix(suffix)
        write_text(target, "\n".join([f"{target.name}: {what} at {weather.station}", *head, *rows]) + "\n")


def list_swat(folder: Path) -> None:
    """Write the lists of station files that SWAT+ looks for, pcp.cli, tmp.cli and so on: a title, "filename", and the files."""
    for suffix in _SWAT:
        names = sorted(path.name for path in folder.glob(f"*{suffix}"))
        if names:
            target = f"{suffix[1:]}.cli"
            write_text(folder / target, "\n".join([f"{target}: files of stations", "filename", *names]) + "\n")


def read_crop(path: PathLike) -> xr.Dataset:
    """Read a WTH file of DSSAT or a met file of APSIM as a tidy Dataset in the units of the packages.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    member = next(members(as_paths(path)[0]))
    lines = [line for line in member.text().splitlines() if line.strip()]
    start = next((n for n, line in enumerate(lines) if _is_header(line)), None)
    if start is None:
        raise DataError(f"{member} has no line of columns with a date: it is damaged, get it again.")
    names = lines[start].replace("@", " ").lower().split()
    begins_with_units = lines[start + 1].lstrip().startswith("(")
    table = numbers_of(lines[start + 1 + begins_with_units :], 0, member)
    if table.shape[1] != len(names):
        raise DataError(f"{member} has {table.shape[1]} numbers in a row and {len(names)} columns: it is damaged, get it again.")
    stamps = table[:, 0] * 1000.0 + table[:, 1] if names[0] == "year" else table[:, 0]
    columns: dict[str, FloatArray] = {}
    for number, name in enumerate(names):
        if name in _READ:
            variable, factor = _READ[name]
            columns[variable] = np.where(table[:, number] <= _UNKNOWN, np.nan, table[:, number] * factor)
        elif name not in ("year", "day", "date"):
            LOGGER.warning("%s: the column %s was left out, because it holds none of the variables that are read.", member, name)
    return dataset_of(_days(stamps), columns, member, _place_of(lines[:start]))


#: "latitude = -35.3 (DECIMAL DEGREES)" of APSIM.
_SETTING: Final = re.compile(
    r"^\s*+(?:!\s*+)?\[?(?:weather\.)?(station_name|station name|latitude|longitude)\]?\s*[=:]\s*([^(!]+)", re.IGNORECASE
)


def _place_of(head: list[str]) -> Place:
    """The station above the table of DSSAT or APSIM, as far as it is told: name, latitude, longitude and elevation."""
    said = {match[1].lower().replace(" ", "_"): match[2].strip() for line in head if (match := _SETTING.match(line))}
    for line, below in itertools.pairwise(head):
        words, values = line.replace("@", " ").lower().split(), below.split()
        if words[:1] == ["insi"] and len(values) >= len(words) - 2:
            row = dict(zip(words, values, strict=False))
            said["station_name"] = row["insi"]
            said |= {"latitude": row.get("lat", ""), "longitude": row.get("long", ""), "elevation": row.get("elev", "")}
    title = head[0].partition(":")[2].strip() if head and head[0].lower().startswith(("*weather", "$weather")) else ""
    latitude, longitude, elevation = (_coordinate(said.get(name, "")) for name in ("latitude", "longitude", "elevation"))
    return Place(title or said.get("station_name", ""), latitude, longitude, elevation)


def _coordinate(text: str) -> float:
    """A number, NaN where there is none or it is -99."""
    try:
        value = float(text)
    except ValueError:
        return float("nan")
    return float("nan") if value == _UNKNOWN else value


def is_swat(name: str, head: str) -> bool:
    """Whether a text is a weather file of SWAT+."""
    lines = head.splitlines()
    return Path(name).suffix in _SWAT and len(lines) > 2 and lines[1].split()[:2] == ["nbyr", "tstep"]


def read_swat(path: PathLike) -> xr.Dataset:
    """Read one weather file of SWAT+ as a tidy Dataset in the units of the packages; its station is that of its title, or name.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    member = next(members(as_paths(path)[0]))
    lines = member.text().splitlines()
    table = numbers_of(lines[3:], 0, member)
    variables = _SWAT.get(Path(member.name).suffix, ())
    if table.shape[1] != 2 + len(variables) or not variables:
        raise DataError(f"{member} has {table.shape[1]} numbers in a row, which no weather file of SWAT+ has: get it again.")
    factor = 1.0 / _MEGAJOULES if variables == ("Qsw",) else 1.0
    rows = np.where(table.T[2:] <= _UNKNOWN, np.nan, table.T[2:] * factor)
    columns = dict(zip(variables, rows, strict=True))
    where = (lines[2].split() + [""] * 5)[2:5]
    named = lines[0].partition(" at ")[2].strip() if lines[0].startswith(f"{member.name}: ") else ""
    place = Place(named or Path(member.name).stem, *map(_coordinate, where))
    return dataset_of(_days(table[:, 0] * 1000.0 + table[:, 1]), columns, member, place)


def is_crop(name: str, head: str) -> bool:
    """Whether a text is a WTH file of DSSAT or a met file of APSIM."""
    lines = [line for line in head.splitlines() if line.strip()]
    begins = lines[0].lower() if lines else ""
    return begins.startswith(("*weather", "$weather", "[weather.met", "!")) and any(map(_is_header, lines))


def _is_header(line: str) -> bool:
    words = line.replace("@", " ").lower().split()
    return (words[:1] == ["date"] and "srad" in words) or (words[:2] == ["year", "day"] and "radn" in words)


def _days(stamps: FloatArray) -> TimeArray:
    """Days of YYYYDDD, or of YYDDD, whose years are those from 1951 to 2050 as DSSAT has it."""
    years, days = np.divmod(stamps.astype(np.int64), 1000)
    years = np.where(years >= 100, years, np.where(years > 50, 1900 + years, 2000 + years))
    return in_seconds((years - 1970).astype("datetime64[Y]").astype("datetime64[D]") + (days - 1).astype("timedelta64[D]"))


def _daily(data: Any, model: str) -> Forcing:
    weather = forcing(data, model)
    if weather.step_seconds != _DAY:
        raise DataError(f"the data have steps of {weather.step_seconds / 3600.0:g} h, but {model} needs days: aggregate them.")
    return weather


def _extremes(weather: Forcing) -> tuple[FloatArray, FloatArray]:
    high, low = weather.get("theta_max"), weather.get("theta_min")
    if np.any(low > high):
        day = int(np.argmax(low > high))
        raise DataError(
            f"theta_min is {low[day]:g} and theta_max {high[day]:g} at {weather.station} on {str(weather.times[day])[:10]}, but "
            f"{weather.format_name} needs a minimum below the maximum: correct that day."
        )
    return high, low


def _annual(weather: Forcing, high: FloatArray, low: FloatArray) -> tuple[float, float]:
    """Mean temperature, and the range of its monthly means."""
    mean, months = (high + low) / 2.0, months_of(weather.times)
    monthly = [float(mean[months == month].mean()) for month in np.unique(months)]
    return float(np.mean(monthly)), float(max(monthly) - min(monthly))


def _place(weather: Forcing) -> tuple[float, float, float]:
    """Latitude, which is needed, longitude and elevation, which are -99 where nobody knows."""
    latitude, longitude, elevation = (float(weather.dataset[name].values[0]) for name in ("latitude", "longitude", "elevation"))
    if not np.isfinite(latitude):
        raise DataError(f"{weather.station} has no latitude, but {weather.format_name} needs it: give it, as --latitude does.")
    longitude, elevation = (value if np.isfinite(value) else _UNKNOWN for value in (longitude, elevation))
    return latitude, longitude, elevation


def _years_and_days(times: TimeArray) -> tuple[IntArray, IntArray]:
    years = times.astype("datetime64[Y]")
    days = (times.astype("datetime64[D]") - years.astype("datetime64[D]")).astype(np.int64) + 1
    return years.astype(np.int64) + 1970, days
