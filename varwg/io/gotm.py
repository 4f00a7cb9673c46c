"""Forcing files of the General Ocean Turbulence Model (GOTM), also of its lake version: columns in a fixed order."""

from __future__ import annotations

from typing import Any, Final

from varwg.io.atomic import write_text
from varwg.io.lake import forcing, rows, wind_components_of
from varwg.io.sources import PathLike
from varwg.io.timestamps import format_times

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
        or daily sun and the latitude) and Qsw (or daily sun and the latitude).
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
