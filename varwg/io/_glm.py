"""Forcing files of the General Lake Model (GLM): CSV with a fixed header, rain in metres per day.

The columns are those that GLM 3 looks for (open_met_file in src/glm_input.c): time or date first, and the names below;
without a column Snow it warns, and only where snow is switched on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from varwg._persistence import write_text
from varwg.io._lake import forcing, rows
from varwg.io._series import LOGGER, format_times, variable_attributes
from varwg.io._sources import PathLike, as_paths, members
from varwg.io._standard import step_seconds
from varwg.io._table import columns_of, first_line, read_table

if TYPE_CHECKING:
    import xarray as xr

_HEADER: Final = ("time", "ShortWave", "LongWave", "AirTemp", "RelHum", "WindSpeed", "Rain")

#: Column, variable, and the divisor to its unit; rain is a rate and handled apart.
_COLUMNS: Final = (
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
    columns = [weather.get(variable) * divisor for _, variable, divisor in _COLUMNS]
    times = format_times(weather.times, blank=True)
    write_text(path, "\n".join([",".join(_HEADER), *rows(times, [*columns, rain], ",")]) + "\n")


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
    divisors = (*_COLUMNS, _CLOUD, ("Rain", "R", per_day / 1000.0))
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
