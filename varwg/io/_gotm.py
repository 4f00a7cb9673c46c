"""Forcing files of the General Ocean Turbulence Model (GOTM), also of its lake version: columns in a fixed order.

The order and units are those that GOTM documents for `meteo_file` in its module airsea (src/airsea/airsea.F90): date and time,
two wind components in m/s, pressure in hPa, temperature in degC, humidity in % (hum_method 1), clouds from 0 to 1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._persistence import write_text
from varwg.errors import DataError
from varwg.io._lake import dataset_of, forcing, numbers_of, rows, wind_components_of
from varwg.io._series import format_times, parse_times
from varwg.io._sources import PathLike, as_paths, members
from varwg.io._standard import step_seconds

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
