"""Weather of building models (EPW) and of the hydrological models HBV and mHM, and the reference evaporation that they need."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg._calendar import doy_index, for_xarray, in_seconds
from varwg._persistence import WEATHER, write_dataset, write_text
from varwg.errors import DataError
from varwg.io._lake import Forcing, dataset_of, forcing, numbers_of
from varwg.io._series import LOGGER, Place, Series, to_dataset
from varwg.io._sources import PathLike, as_paths, members, open_netcdf, readable
from varwg.io._written_times import plain_times
from varwg.meteo._air import dew_point
from varwg.meteo._evaporation import fao_pressure, hargreaves, penman_monteith, penman_monteith_hourly
from varwg.meteo._radiation import black_body, clear_sky_radiation, net_longwave_loss, net_shortwave
from varwg.meteo._sun import SOLAR_CONSTANT, noon_of_record, potential_radiation, potential_radiation_of_steps, year_angle
from varwg.meteo._wind import wind_at_height, wind_components, wind_polar

if TYPE_CHECKING:
    import xarray as xr

#: What reference evaporation is called, and its unit: per step.
EVAPORATION: Final = "ET0"
_HOUR: Final = 3600.0
_DAY: Final = 86400.0
#: Height in m of wind sensors.
_SENSOR: Final = 10.0


def reference_evaporation(data: Any) -> FloatArray:
    """Reference evaporation of each step of one station in mm, at least 0, shape (T,).

    It is that of Penman and Monteith for days or hours (FAO-56 eq. 6 and 53), with winds 10 m above the ground; for days
    without wind, humidity or radiation it is that of Hargreaves (FAO-56 eq. 52). The log tells which.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one station with theta (or theta_min and theta_max), rh or e, U and Qsw; or with theta_min and theta_max
        only. Days need the latitude.

    Raises
    ------
    DataError
        If a variable or the latitude is not there, a value is missing, or steps are neither days nor hours.
    """
    return evaporation_of(forcing(data, "reference evaporation"))


def evaporation_of(weather: Forcing) -> FloatArray:
    """The reference evaporation in the data, or else computed as `reference_evaporation` says."""
    if weather.has(EVAPORATION):
        return weather.get(EVAPORATION)
    if weather.step_seconds not in (_HOUR, _DAY):
        raise DataError(
            f"the data have steps of {weather.step_seconds / _HOUR:g} h, but reference evaporation is that of days or hours: "
            "aggregate them."
        )
    complete = (weather.has("rh") or weather.has("e")) and weather.has("U", "u") and weather.has("Qsw", "sun")
    if weather.step_seconds == _HOUR:
        return _of_hours(weather)
    latitude, elevation = _latitude(weather), _elevation(weather)
    potential = potential_radiation(latitude, doy_index(weather.times))
    if not complete:
        LOGGER.warning(
            "%s: reference evaporation is that of Hargreaves, as wind, humidity or radiation are not there.", weather.station
        )
        return np.maximum(hargreaves(weather.get("theta_min"), weather.get("theta_max"), potential), 0.0)
    low, high = (weather.get(name if weather.has(name) else "theta") for name in ("theta_min", "theta_max"))
    vapour, radiation = weather.get("e"), weather.get("Qsw")
    loss = net_longwave_loss(low, high, vapour, radiation, clear_sky_radiation(potential, elevation))
    wind = wind_at_height(weather.get("U"), _SENSOR)
    LOGGER.warning("%s: reference evaporation is that of Penman and Monteith, with winds at %g m.", weather.station, _SENSOR)
    net = net_shortwave(radiation) - loss
    return np.maximum(penman_monteith(low, high, vapour, wind, net, _pressure(weather, elevation)), 0.0)


def _of_hours(weather: Forcing) -> FloatArray:
    theta = weather.get("theta")
    net = net_shortwave(weather.get("Qsw")) + weather.get("ILWR") - black_body(theta)
    wind = wind_at_height(weather.get("U"), _SENSOR)
    pressure = _pressure(weather, _elevation(weather))
    LOGGER.warning("%s: reference evaporation is that of Penman and Monteith, with winds at %g m.", weather.station, _SENSOR)
    return np.maximum(penman_monteith_hourly(theta, weather.get("e"), wind, net, pressure), 0.0)


def _latitude(weather: Forcing) -> float:
    latitude = float(weather.dataset["latitude"].values[0])
    if not np.isfinite(latitude):
        raise DataError(f"{weather.station} has no latitude, but {weather.format_name} needs it: give it, as --latitude does.")
    return latitude


def _elevation(weather: Forcing) -> float:
    elevation = float(weather.dataset["elevation"].values[0])
    if not np.isfinite(elevation):
        LOGGER.warning("%s has no elevation: it is taken to lie at sea level.", weather.station)
        return 0.0
    return elevation


def _pressure(weather: Forcing, elevation: float) -> FloatArray:
    return weather.get("pressure") if weather.has("pressure") else np.asarray(fao_pressure(elevation))


# ---- EPW ----

#: Of the 35 fields of a row: position, variable, factor to its unit, and what is missing.
_EPW_READ: Final = (
    (6, "theta", 1.0, 99.9),
    (8, "rh", 0.01, 999.0),
    (9, "pressure", 0.01, 999999.0),
    (12, "ILWR", 1.0, 9999.0),
    (13, "Qsw", 1.0, 9999.0),
    (21, "U", 1.0, 999.0),
    (22, "Cloud_Cover", 0.1, 99.0),
    (33, "R", 1.0, 999.0),
)
_DIRECTION: Final = 20
_FIELDS: Final = 35
_HEADER_LINES: Final = 8
#: What stands in fields that nobody knows, by position.
_UNKNOWN: Final[Mapping[int, str]] = MappingProxyType(
    {
        16: "999999", 17: "999999", 18: "999999", 19: "9999", 20: "999", 22: "99", 23: "99", 24: "9999", 25: "99999", 26: "9",
        27: "999999999", 28: "999", 29: "0.999", 30: "999", 31: "99", 32: "999",
    }
)  # fmt: skip
_FLAGS: Final = "?9" * 21
#: Rows of a direct beam lower than this share of the sun at its zenith are taken to be diffuse.
_LOWEST_SUN: Final = 0.05


def write_epw(data: Any, path: PathLike) -> None:
    """Write a weather file of EnergyPlus (EPW): eight lines of header and 35 fields an hour.

    Fields and missing values are those of the data dictionary in the Auxiliary Programs documentation of EnergyPlus. Direct and
    diffuse radiation are the parts of global radiation after Erbs et al. (1982, doi:10.1016/0038-092X(82)90302-4). The time zone
    is the one that the hours of radiation fit; hours are numbered from 1 to 24. What nobody knows has the code of the format.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Hours of whole days of one station with its latitude and longitude, and with theta, rh (or e), pressure (or the
        elevation), Qsw, ILWR (or what it follows from), U (or u and v) and R.
    path : path
        Where to; an existing file is replaced in one step.

    Raises
    ------
    DataError
        If a variable or the place is not known, a value is missing, or steps are not the hours of whole days.
    """
    weather = forcing(data, "EPW")
    if weather.step_seconds != _HOUR or weather.times.size % 24:
        raise DataError(f"the data have steps of {weather.step_seconds / _HOUR:g} h, but EPW needs hours of whole days.")
    latitude, longitude = _latitude(weather), float(weather.dataset["longitude"].values[0])
    if not np.isfinite(longitude):
        raise DataError(f"{weather.station} has no longitude, but EPW needs it: give it, as --longitude does.")
    elevation, radiation = _elevation(weather), weather.get("Qsw")
    noon = noon_of_record(radiation.reshape(-1, 24), longitude)
    zone = (noon - 12.0 + longitude / 15.0 + 12.0) % 24.0 - 12.0
    horizontal, normal = _sun(weather.times, latitude, noon)
    direct, diffuse = _parts(radiation, horizontal, normal)
    theta = weather.get("theta")
    fields = {
        6: _fixed(theta, 1),
        7: _fixed(np.minimum(dew_point(np.maximum(weather.get("e"), 0.01)), theta), 1),
        8: _fixed(100.0 * np.clip(weather.get("rh"), 0.0, 1.0), 0),
        9: _fixed(100.0 * weather.get("pressure"), 0),
        10: _fixed(horizontal, 0),
        11: _fixed(normal * (horizontal > 0.0), 0),
        12: _fixed(weather.get("ILWR"), 1),
        13: _fixed(radiation, 1),
        14: _fixed(direct, 1),
        15: _fixed(diffuse, 1),
        21: _fixed(weather.get("U"), 2),
        33: _fixed(weather.get("R"), 3),
        34: ["1.0"] * theta.size,
    }
    if weather.has("u") and weather.has("v"):
        fields[_DIRECTION] = _fixed(np.nan_to_num(wind_polar(weather.get("u"), weather.get("v")).direction), 0)
    if weather.has("Cloud_Cover"):
        fields[22] = fields[23] = _fixed(10.0 * np.clip(weather.get("Cloud_Cover"), 0.0, 1.0), 0)
    columns = [fields.get(number) or [_UNKNOWN[number]] * theta.size for number in range(6, _FIELDS)]
    header = _epw_header(weather, latitude, longitude, zone, elevation)
    write_text(path, "\n".join([*header, *map(",".join, zip(_epw_times(weather.times), *columns, strict=True))]) + "\n")


def _epw_header(weather: Forcing, latitude: float, longitude: float, zone: float, elevation: float) -> list[str]:
    days = weather.times[::24].astype("datetime64[D]")
    first, last = (f"{day.month}/{day.day}/{day.year}" for day in (days[0].item(), days[-1].item()))
    leap = bool(np.any(doy_index(days) == 59))
    name = "".join(letter for letter in weather.station if letter not in ",\r\n")
    return [
        f"LOCATION,{name},-,-,varwg,999999,{latitude:.3f},{longitude:.3f},{zone:.2f},{elevation:.1f}",
        "DESIGN CONDITIONS,0",
        "TYPICAL/EXTREME PERIODS,0",
        "GROUND TEMPERATURES,0",
        f"HOLIDAYS/DAYLIGHT SAVINGS,{'Yes' if leap else 'No'},0,0,0",
        "COMMENTS 1,Synthetic or observed weather written by varwg",
        "COMMENTS 2,Direct and diffuse radiation after Erbs et al. (1982)",
        f"DATA PERIODS,1,1,Data,{days[0].item().strftime('%A')},{first},{last}",
    ]


def _epw_times(times: TimeArray) -> list[str]:
    days = times.astype("datetime64[D]")
    hours = ((times - days) / np.timedelta64(1, "h")).astype(np.int64) + 1
    stamps = (text.split("-") for text in days.astype(str))
    return [
        f"{int(year)},{int(month)},{int(day)},{hour},60,{_FLAGS}"
        for (year, month, day), hour in zip(stamps, hours.tolist(), strict=True)
    ]


def _fixed(values: FloatArray, digits: int) -> list[str]:
    return [f"{value + 0.0:.{digits}f}" for value in np.round(values, digits).tolist()]


def _sun(times: TimeArray, latitude: float, noon: float) -> tuple[FloatArray, FloatArray]:
    """Radiation at the top of the atmosphere on a horizontal surface, and on one that faces the sun, W m-2."""
    horizontal = potential_radiation_of_steps(latitude, 15.0 * (12.0 - noon), times)
    return horizontal, np.asarray(SOLAR_CONSTANT * (1.0 + 0.033 * np.cos(year_angle(doy_index(times)))))


def _parts(radiation: FloatArray, horizontal: FloatArray, normal: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Direct radiation on a surface that faces the sun, and diffuse radiation, W m-2 (Erbs et al. 1982)."""
    height = horizontal / normal
    clearness = np.clip(radiation / np.maximum(horizontal, 1e-9), 0.0, 1.0)
    share = np.where(
        clearness <= 0.22,
        1.0 - 0.09 * clearness,
        0.9511 - 0.1604 * clearness + 4.388 * clearness**2 - 16.638 * clearness**3 + 12.336 * clearness**4,
    )
    share = np.where(clearness > 0.8, 0.165, share)
    share = np.where(height < _LOWEST_SUN, 1.0, share)
    direct = np.where(height < _LOWEST_SUN, 0.0, (1.0 - share) * radiation / np.maximum(height, _LOWEST_SUN))
    direct = np.minimum(direct, normal)
    return np.asarray(direct), np.asarray(radiation - direct * height)


def read_epw(path: PathLike) -> xr.Dataset:
    """Read a weather file of EnergyPlus (EPW) as a tidy Dataset in the units of the packages.

    Raises
    ------
    DataError
        If the file is damaged, or its months come from different years.
    """
    member = next(members(as_paths(path)[0]))
    lines = [line.split(",") for line in member.text().splitlines() if line.strip()]
    place, rows = lines[0], lines[_HEADER_LINES:]
    if len(place) < 10 or not rows or any(len(row) < _FIELDS - 1 for row in rows):
        raise DataError(f"{member} has rows of another length than the {_FIELDS} fields of EPW: it is damaged, get it again.")
    try:
        table = np.array([[float(row[number] or "nan") for number in range(34) if number != 5] for row in rows])
        latitude, longitude, _, elevation = (float(text) for text in place[6:10])
    except ValueError as error:
        raise DataError(f"{member} is damaged ({error}): numbers were expected.") from error
    table = np.insert(table, 5, np.nan, axis=1)
    texts = [f"{int(year):04d}-{int(month):02d}-{int(day):02d}" for year, month, day in table[:, :3]]
    times = in_seconds(np.array(texts, dtype="datetime64[D]")) + (3600.0 * (table[:, 3] - 1.0)).astype("timedelta64[s]")
    if np.any(np.diff(times) <= np.timedelta64(0, "s")):
        raise DataError(
            f"{member} goes back in time, as a file whose months come from different years does: give one of whole years."
        )
    columns = {}
    for number, variable, factor, missing in _EPW_READ:
        values = np.where(table[:, number] >= missing, np.nan, table[:, number] * factor)
        if np.isfinite(values).any():
            columns[variable] = values
    direction = np.where(table[:, _DIRECTION] >= 999.0, np.nan, table[:, _DIRECTION])
    if "U" in columns and np.isfinite(direction).any():
        columns["u"], columns["v"] = wind_components(columns["U"], direction)
    station = place[1] or Path(member.name).stem
    series = [Series(station, name, times, values, member.name) for name, values in columns.items()]
    return to_dataset(series, {station: Place(station, latitude, longitude, elevation)}, str(member.path.name))


def is_epw(name: str, head: str) -> bool:
    """Whether a text is a weather file of EnergyPlus."""
    lines = head.splitlines()
    return len(lines) > 1 and lines[0].startswith("LOCATION,") and lines[1].startswith("DESIGN CONDITIONS")


# ---- HBV ----

_NO_FLOW: Final = -9999


def write_hbv(data: Any, path: PathLike) -> None:
    """Write the two tables of HBV-light: NAME_PTQ.txt with P (mm), T (degC) and Q, which nobody knows (-9999), and NAME_EVAP.txt.

    The second has the reference evaporation of each step in mm; HBV-light expects the names PTQ.txt and EVAP.txt in the data
    folder of a catchment (Seibert and Vis 2012, doi:10.5194/hess-16-3315-2012).

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Days or hours of one station with R and theta (or theta_min and theta_max), and with ET0 or what
        `reference_evaporation` needs.
    path : path
        NAME; an ending is left out.

    Raises
    ------
    DataError
        If a variable is not there, or a value or a step is missing.
    """
    weather = forcing(data, "HBV")
    rain, theta, evaporation = weather.get("R"), weather.get("theta"), evaporation_of(weather)
    stamps = [text.replace("-", "") for text in weather.times.astype("datetime64[D]").astype(str)]
    if weather.step_seconds < _DAY:
        hours = ((weather.times - weather.times.astype("datetime64[D]")) / np.timedelta64(1, "m")).astype(np.int64)
        stamps = [f"{stamp}{hour // 60:02d}{hour % 60:02d}" for stamp, hour in zip(stamps, hours.tolist(), strict=True)]
    target = Path(path)
    rows = [f"{stamp}\t{p:.3f}\t{t:.3f}\t{_NO_FLOW}" for stamp, p, t in zip(stamps, rain, theta, strict=True)]
    write_text(_beside(target, "_PTQ.txt"), "\n".join([weather.station, "Date\tP\tT\tQ", *rows]) + "\n")
    write_text(_beside(target, "_EVAP.txt"), "\n".join(["PET", *(f"{value:.3f}" for value in evaporation)]) + "\n")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.stem if path.suffix.lower() in _ENDINGS else path.name}{ending}")


#: What is an ending of a path, where ". Gallen" is a part of a name.
_ENDINGS: Final = (".txt", ".nc", ".csv", ".hbv", ".mhm", ".dat")


def read_hbv(path: PathLike) -> xr.Dataset:
    """Read a table PTQ of HBV-light as a tidy Dataset; discharge is left out.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    member = next(members(as_paths(path)[0]))
    lines = [line for line in member.text().splitlines() if line.strip()]
    table = numbers_of(lines[2:], 0, member)
    if table.shape[1] < 3:
        raise DataError(f"{member} has {table.shape[1]} columns, but the date, P and T of HBV-light were expected.")
    texts = [line.split()[0] for line in lines[2:]]
    days = [f"{text[:4]}-{text[4:6]}-{text[6:8]}" + (f"T{text[8:10]}:{text[10:12]}" if len(text) >= 12 else "") for text in texts]
    try:
        times = np.array(days, dtype="datetime64[m]")
    except ValueError as error:
        raise DataError(f"{member} has a date that does not exist ({error}): it is damaged, get it again.") from error
    columns = {name: np.where(table[:, n] <= _NO_FLOW, np.nan, table[:, n]) for n, name in ((1, "R"), (2, "theta"))}
    return dataset_of(in_seconds(times), columns, member)


def is_hbv(name: str, head: str) -> bool:
    """Whether a text is a table PTQ of HBV-light."""
    lines = head.splitlines()
    return len(lines) > 2 and [word.lower() for word in lines[1].split()[:3]] == ["date", "p", "t"]


# ---- mHM ----

#: Folders of mHM, the variable in each, and what it is.
_MHM: Final = (("pre", "R", "mm"), ("tavg", "theta", "degC"), ("pet", EVAPORATION, "mm"))
#: Size of the one cell in degrees.
_CELL: Final = 0.1


def write_mhm(data: Any, path: PathLike) -> None:
    """Write the meteorological input of mHM: folders pre, tavg and pet, each with a NetCDF file of one cell and its header.txt.

    The cell of 0.1 degrees lies around the station (`iFlag_cordinate_sys = 1`); units are mm, degC and mm per step (Samaniego
    et al. 2010, doi:10.1029/2008WR007327, and the section on input of mHM's manual).

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Days or hours of one station with its latitude and longitude, R, theta (or theta_min and theta_max), and ET0 or what
        `reference_evaporation` needs.
    path : path
        The folder; an ending is left out.

    Raises
    ------
    DataError
        If a variable or the place is not known, or a value or a step is missing.
    """
    import xarray as xr

    weather = forcing(data, "mHM")
    latitude, longitude = _latitude(weather), float(weather.dataset["longitude"].values[0])
    if not np.isfinite(longitude):
        raise DataError(f"{weather.station} has no longitude, but mHM needs it: give it, as --longitude does.")
    target = Path(path)
    folder = target.with_suffix("") if target.suffix.lower() in _ENDINGS else target
    step = "hours" if weather.step_seconds < _DAY else "days"
    header = {
        "ncols": 1,
        "nrows": 1,
        "xllcorner": f"{longitude - 0.5 * _CELL:.4f}",
        "yllcorner": f"{latitude - 0.5 * _CELL:.4f}",
        "cellsize": _CELL,
        "NODATA_value": _NO_FLOW,
    }
    for name, variable, unit in _MHM:
        values = evaporation_of(weather) if variable == EVAPORATION else weather.get(variable)
        try:
            (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{folder / name} cannot be created ({error.strerror}): choose another folder.") from error
        grid = xr.Dataset(
            {name: (("time", "lat", "lon"), values[:, None, None], {"units": unit, "missing_value": float(_NO_FLOW)})},
            {"time": for_xarray(weather.times), "lat": [latitude], "lon": [longitude]},
        )
        encoding: dict[str, dict[str, Any]] = {
            name: {"dtype": "float64", "_FillValue": float(_NO_FLOW)},
            "time": {"units": f"{step} since {str(weather.times[0])[:10]} 00:00:00", "dtype": "int32"},
        }
        write_dataset(folder / name / f"{name}.nc", grid, WEATHER, encoding=encoding)
        write_text(folder / name / "header.txt", "".join(f"{key:<14}{value}\n" for key, value in header.items()))


def read_mhm(path: PathLike) -> xr.Dataset:
    """Read one file of the meteorological input of mHM, of one cell, as a tidy Dataset in the units of the packages.

    Raises
    ------
    DataError
        If the file has another variable or several cells.
    """
    source = Path(as_paths(path)[0])
    variables = {name: variable for name, variable, _ in _MHM}
    with open_netcdf(source) as dataset, readable(f"{source} cannot be read as NetCDF"):
        held = [str(name) for name in dataset.data_vars if str(name) in variables]
        if len(held) != 1 or dataset[held[0]].size != dataset.sizes["time"]:
            raise DataError(
                f"{source} has not one cell of one of {', '.join(variables)}: give a file that is written for one station."
            )
        values, times = dataset[held[0]].values.ravel().astype(np.float64), plain_times(dataset.indexes["time"])[0]
        place = Place(source.stem, float(dataset["lat"].values[0]), float(dataset["lon"].values[0]))
    return to_dataset([Series("mHM", variables[held[0]], times, values, source.name)], {"mHM": place}, source.name)


def is_mhm(name: str, head: str) -> bool:
    """Whether a text is input of mHM, which no text is: NetCDF files of its names are read where the format is named."""
    return False
