"""Forcing files of the lake models GLM, GOTM and DYRESM: columns in a fixed order.

The columns of GLM are those that GLM 3 looks for (open_met_file in src/glm_input.c): time or date first, and the names below;
without a column Snow it warns, and only where snow is switched on. Rain is in metres per day.

For GOTM, also its lake version, order and units are those documented for `meteo_file` in its module airsea
(src/airsea/airsea.F90): date and time, two wind components in m/s, pressure in hPa, temperature in degC, humidity in %
(hum_method 1), clouds from 0 to 1.

Header and units of DYRESM are those of the test case "dy_basic" that comes with it: <#3>, a comment, the step in seconds, the
kind of long-wave radiation, the wind sensor, and then a line that names the columns; dates are year and day of year, rain is
in metres.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arrays import TimeArray
from varwg._calendar import in_seconds
from varwg._persistence import write_text
from varwg.errors import DataError
from varwg.io._lake import dataset_of, forcing, number, numbers_of, rows, wind_components_of
from varwg.io._series import LOGGER, variable_attributes
from varwg.io._sources import PathLike, as_paths, members
from varwg.io._standard import step_seconds
from varwg.io._table import columns_of, first_line, read_table
from varwg.io._written_times import format_times, parse_times

if TYPE_CHECKING:
    import xarray as xr

_ROW: Final = re.compile(r"^\s*\d{4}[-/]\d\d[-/]\d\d\s+\d\d:\d\d:\d\d(?:\s+[-+]?[\d.]+(?:[eEdD][-+]?\d+)?){6,8}\s*$")
_VARIABLES: Final = ("u", "v", "pressure", "theta", "rh", "Cloud_Cover", "Qsw", "R")

_COLUMNS: Final = (
    "1 u10 [m/s]",
    "2 v10 [m/s]",
    "3 airp [hPa, scale_factor: 100 where GOTM wants Pa]",
    "4 airt [degC]",
    "5 hum [relative humidity in %, hum_method: 1]",
    "6 cc [cloud cover, 0 to 1]",
    "7 swr [W/m2]",
    "8 precip [m/s]",
)


def write_gotm(data: Any, path: PathLike) -> None:
    """Write the forcing of GOTM: u10, v10 (m/s), airp (hPa), airt (degC), hum (%), cc (0 to 1), swr (W m-2), precip (m/s).

    The first six columns are those of a `meteo_file`; short-wave radiation and precipitation follow in the same file as
    columns 7 and 8, so that one file serves all. Lines that begin with "!" name the columns.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one station with R, u and v (or U), theta, rh (or e), pressure (or the elevation), Cloud_Cover (or ILWR,
        or daily sun or Qsw and the latitude) and Qsw (or daily sun and the latitude).
    path : path
        Where to; an existing file is replaced in one step.

    Raises
    ------
    DataError
        If a variable is not there, a value or a step is missing, or the file cannot be written.
    """
    weather = forcing(data, "GOTM")
    columns = [
        *wind_components_of(weather),
        weather.get("pressure"),
        weather.get("theta"),
        100.0 * weather.get("rh"),
        weather.get("Cloud_Cover"),
        weather.get("Qsw"),
        weather.get("R") / 1000.0 / weather.step_seconds,
    ]
    header = [f"! {weather.station}; columns after date and time:", *(f"! {column}" for column in _COLUMNS)]
    write_text(path, "\n".join([*header, *rows(format_times(weather.times, blank=True), columns, "\t")]) + "\n")


def read_gotm(path: PathLike) -> xr.Dataset:
    """Read a `meteo_file` of GOTM: u10, v10, airp, airt, hum (%), cc and, as `write_gotm` adds them, swr and precip.

    The wind speed U is made of its components. Pressure may be in hPa or in Pa.

    Parameters
    ----------
    path : path

    Returns
    -------
    xarray.Dataset
        Dims (station, time), in the units of the packages.

    Raises
    ------
    DataError
        If the file has other columns or is damaged.
    """
    member = next(members(as_paths(path)[0]))
    lines = [line for line in member.text().splitlines() if line.strip() and not line.lstrip().startswith(("!", "#"))]
    table = numbers_of(lines, 2, member)
    if not 6 <= table.shape[1] <= len(_VARIABLES):
        raise DataError(f"{member} has {table.shape[1]} columns, but the 6 of a meteo_file, swr and precip were expected.")
    times = parse_times([" ".join(line.split()[:2]) for line in lines], str(member))
    columns = dict(zip(_VARIABLES, table.T, strict=False))
    columns["pressure"] = columns["pressure"] * (0.01 if np.median(columns["pressure"]) > 5000.0 else 1.0)
    columns["rh"] = columns["rh"] / 100.0
    columns["U"] = np.hypot(columns["u"], columns["v"])
    if "R" in columns:
        columns["R"] = columns["R"] * 1000.0 * step_seconds(times)
    return dataset_of(times, columns, member)


def is_gotm(name: str, head: str) -> bool:
    """Whether a text is a meteo_file of GOTM: rows of a date, a time and six to eight numbers."""
    lines = head.splitlines()
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith(("!", "#"))), "")
    return _ROW.match(first) is not None


_HEADER_LINES: Final = 6

#: Type of the second column and the variable it is; net long-wave radiation is none.
_LONGWAVE: Final = (("INCIDENT_LW", "ILWR"), ("CLOUD_COVER", "Cloud_Cover"), ("NETT_LW", ""))


def write_dyresm(data: Any, path: PathLike, *, sensor_height: float = 10.0) -> None:
    """Write the forcing of DYRESM.

    The columns are short-wave radiation (W m-2), long-wave radiation (W m-2) or clouds (0 to 1), air temperature (degC),
    vapour pressure (hPa), wind (m/s) and rain (m per step). Long-wave
    radiation is written where the data have it, cloud cover otherwise; the header says which.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one station with R, U (or u and v), theta, e (or rh), Qsw (or daily sun and the latitude), and ILWR or
        Cloud_Cover (or daily sun and the latitude).
    path : path
        Where to; an existing file is replaced in one step.
    sensor_height : float
        Height of the wind sensor above the water, m.

    Raises
    ------
    DataError
        If a variable is not there, a value or a step is missing, or the file cannot be written.
    """
    weather = forcing(data, "DYRESM")
    longwave, kind = ("ILWR", "INCIDENT_LW") if weather.has("ILWR") else ("Cloud_Cover", "CLOUD_COVER")
    columns = [
        weather.get("Qsw"),
        weather.get(longwave),
        weather.get("theta"),
        weather.get("e"),
        weather.get("U"),
        weather.get("R") / 1000.0,
    ]
    header = [
        "<#3>",
        f"Weather of {weather.station}",
        f"{weather.step_seconds:.0f} # met data input time step (seconds)",
        f"{kind} # longwave radiation type (NETT_LW, INCIDENT_LW, CLOUD_COVER)",
        f"FLOATING {number(sensor_height)} # sensor type (FLOATING; FIXED_HT), height in m (above the water; above the bottom)",
        "\t".join(["JulDate", "SW", "LW" if weather.has("ILWR") else "CC", "Tair", "Pvap", "Wind", "Rain"]),
    ]
    stamps = julian_dates(weather.times, daily=weather.step_seconds == 86400.0)
    write_text(path, "\n".join([*header, *rows(stamps, columns, "\t")]) + "\n")


def read_dyresm(path: PathLike) -> xr.Dataset:
    """Read a forcing file of DYRESM; net long-wave radiation is left out.

    Parameters
    ----------
    path : path

    Returns
    -------
    xarray.Dataset
        Dims (station, time), in the units of the packages.

    Raises
    ------
    DataError
        If the header or a row is not that of DYRESM.
    """
    member = next(members(as_paths(path)[0]))
    lines = [line for line in member.text().splitlines() if line.strip()]
    kind = lines[3].split()[0].upper().replace("NETT LW", "NETT_LW") if len(lines) > _HEADER_LINES else ""
    longwave = dict(_LONGWAVE).get(kind)
    if longwave is None:
        raise DataError(f"{member} does not say in its fourth line which of INCIDENT_LW, CLOUD_COVER and NETT_LW it has.")
    table = numbers_of(lines[_HEADER_LINES:], 0, member)
    if table.shape[1] != 7:
        raise DataError(f"{member} has {table.shape[1]} columns, but the 7 of a forcing file of DYRESM were expected.")
    columns = dict(zip(("Qsw", longwave, "theta", "e", "U", "R"), table.T[1:], strict=True))
    columns.pop("", None)
    columns["R"] = columns["R"] * 1000.0
    return dataset_of(_from_julian(table[:, 0]), columns, member)


def is_dyresm(name: str, head: str) -> bool:
    """Whether a text is a forcing file of DYRESM, by its first and fourth line."""
    lines = head.splitlines()
    kinds = tuple(kind for kind, _ in _LONGWAVE)
    return len(lines) > 3 and lines[0].startswith("<#") and lines[3].strip().upper().startswith(kinds)


def _from_julian(stamps: np.ndarray) -> TimeArray:
    """Times from year and day of year, rounded to minutes: five digits of a day are not exact."""
    years, days = np.floor(stamps / 1000.0), np.mod(stamps, 1000.0)
    seconds = np.round((days - 1.0) * 1440.0) * 60.0
    first = (years - 1970.0).astype(np.int64).astype("datetime64[Y]")
    return in_seconds(in_seconds(first) + seconds.astype("timedelta64[s]"))


def julian_dates(times: TimeArray, *, daily: bool) -> tuple[str, ...]:
    """Year and day of year, "2001032"; steps shorter than a day have the part of the day behind a point."""
    days = times.astype("datetime64[D]")
    years = days.astype("datetime64[Y]")
    number_of_day = (days - years.astype("datetime64[D]")).astype(np.int64) + 1
    parts = (times - days) / np.timedelta64(1, "D")
    stamps = [f"{year}{day:03d}" for year, day in zip(years.astype(str), number_of_day, strict=True)]
    if daily:
        return tuple(stamps)
    return tuple(f"{stamp}{part:.5f}".replace(f"{stamp}0.", f"{stamp}.", 1) for stamp, part in zip(stamps, parts, strict=True))


_GLM_HEADER: Final = ("time", "ShortWave", "LongWave", "AirTemp", "RelHum", "WindSpeed", "Rain")

#: Column, variable, and the divisor to its unit; rain is a rate and handled apart.
_GLM_COLUMNS: Final = (
    ("ShortWave", "Qsw", 1.0),
    ("LongWave", "ILWR", 1.0),
    ("AirTemp", "theta", 1.0),
    ("RelHum", "rh", 100.0),
    ("WindSpeed", "U", 1.0),
)
#: A column of GLM that is read and not written.
_CLOUD: Final = ("Cloud", "Cloud_Cover", 1.0)
#: Water in a depth of fallen snow, as GLM counts it.
_WATER_OF_SNOW: Final = 0.1


def write_glm(data: Any, path: PathLike) -> None:
    """Write the forcing of GLM 2 and 3.

    The columns are time, ShortWave and LongWave (W m-2), AirTemp (degC), RelHum (%), WindSpeed (m/s) and Rain (m/day).
    LongWave is that of the sky (`lw_type = 'LW_IN'`); the time is the beginning of the step. There is no column of snow,
    which GLM tells from rain by the temperature (`snow_sw = .false.`).

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one station with R, U (or u and v), theta, rh (or e), Qsw (or daily sun and the latitude) and ILWR (or
        Cloud_Cover, or daily sun or Qsw and the latitude).
    path : path
        Where to; an existing file is replaced in one step.

    Raises
    ------
    DataError
        If a variable is not there, a value or a step is missing, or the file cannot be written.
    """
    weather = forcing(data, "GLM")
    rain = weather.get("R") / 1000.0 * 86400.0 / weather.step_seconds
    columns = [weather.get(variable) * divisor for _, variable, divisor in _GLM_COLUMNS]
    times = format_times(weather.times, blank=True)
    write_text(path, "\n".join([",".join(_GLM_HEADER), *rows(times, [*columns, rain], ",")]) + "\n")


def read_glm(path: PathLike) -> xr.Dataset:
    """Read a forcing file of GLM as a tidy Dataset in the units of the packages.

    A tenth of the depth of Snow is water and added to R; the log tells that, and which other columns were left out.

    Raises
    ------
    DataError
        If the file cannot be read as a table.
    """
    member = next(members(as_paths(path)[0]))
    table = read_table(member, ",")
    per_day = 86400.0 / step_seconds(table["time"].values)
    divisors = (*_GLM_COLUMNS, _CLOUD, ("Rain", "R", per_day / 1000.0))
    held = {name: variable for name, variable, _ in divisors if name in table.data_vars}
    dataset = table[list(held)].rename(held)
    if "Snow" in table and "Rain" in held and (table["Snow"].values > 0.0).any():
        dataset["R"] = dataset["R"] + _WATER_OF_SNOW * table["Snow"].fillna(0.0)
        LOGGER.warning(
            "%s: Snow is above 0 in %d of %d steps; R is Rain and a tenth of it, which is its water.",
            member, int((table["Snow"].values > 0.0).sum()), table["Snow"].size,
        )  # fmt: skip
    for name in sorted(set(map(str, table.data_vars)) - set(held) - {"Snow"}):
        LOGGER.warning("%s: the column %r is none that GLM reads and was left out.", member, name)
    for name, variable, divisor in divisors:
        if name in held:
            dataset[variable] = (dataset[variable].dims, dataset[variable].values / divisor, variable_attributes(variable))
    return dataset


def is_glm(name: str, head: str) -> bool:
    """Whether a text is a forcing file of GLM, by its header."""
    columns = columns_of(first_line(head), ",")
    return columns[0].lower() in ("time", "date") and {"ShortWave", "AirTemp", "WindSpeed"} <= set(columns)
