"""Forcing files of the lake model DYRESM: a header of five lines, dates as year and day of year, rain in metres."""

from __future__ import annotations

from typing import Any

import numpy as np

from varwg.arrays import TimeArray
from varwg.io.atomic import write_text
from varwg.io.lake import forcing, number, rows
from varwg.io.sources import PathLike


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
