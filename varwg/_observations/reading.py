"""From what people have (files, tables, Datasets) to checked observations: layout, units, places, times, gaps."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from varwg._arrays import BoolArray, FloatArray, TimeArray
from varwg._calendar import doy_index
from varwg._observations.aggregation import own_steps, to_days, with_dark_nights, without_running_total
from varwg._observations.checks import check_series, doubt_of_latitude, limits, without_impossible, without_outliers
from varwg._observations.container import Observations
from varwg._observations.times import TimeGrid, time_grid
from varwg._persistence import is_netcdf_file
from varwg._variables import (
    SECONDS_PER_DAY,
    VARIABLES,
    Conversion,
    Variable,
    adds_up,
    conversion,
    quantity_of,
    roles_of,
    spellings_for,
    unit_in_words,
    without_multiple,
)
from varwg.errors import DataError, UnitError
from varwg.io._grid import grid_text
from varwg.io._layout import NAMELESS, positions, tidy
from varwg.io._plausible import refuse_share_of_one, require_plausible, without_codes, without_repeated_code
from varwg.io._sources import open_netcdf, readable
from varwg.io._unknown import (
    by_quantity,
    described_by_values,
    how_aggregated,
    is_unknown,
    known_variable,
    plain_name,
    says_of_another,
    taken_as,
    twin_of,
    without_unit,
)
from varwg.io._written_times import WHOLE_DAYS_OF_UTC

if TYPE_CHECKING:
    import xarray as xr

#: A number for all stations, one per station in their order, or numbers by name of station.
PerStation: TypeAlias = float | Sequence[float] | Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Places:
    """Where the stations are."""

    stations: tuple[str, ...]
    latitude: FloatArray
    longitude: FloatArray
    elevation: FloatArray
    grid: str = ""

    @classmethod
    def of(
        cls,
        dataset: xr.Dataset,
        latitude: PerStation | None,
        longitude: PerStation | None,
        elevation: PerStation | None,
    ) -> Places:
        """The caller's coordinates, else those of the data."""
        stations = tuple(str(name) for name in dataset["station"].values)
        arguments = {"latitude": latitude, "longitude": longitude, "elevation": elevation}
        degrees = {
            name: dataset[name].values if value is None else _per_station(name, value, stations)
            for name, value in arguments.items()
        }
        for name, limit in (("latitude", 90.0), ("longitude", 360.0)):
            wrong = np.abs(degrees[name]) > limit
            if wrong.any():
                raise DataError(
                    f"{name} of {stations[int(wrong.argmax())]} is {degrees[name][wrong][0]:g}, but degrees between "
                    f"{-limit:g} and {limit:g} were expected."
                )
        return cls(stations, **degrees, grid=grid_text(dataset))


def _per_station(name: str, value: PerStation, stations: tuple[str, ...]) -> FloatArray:
    """The caller's coordinate as one number per station."""
    if isinstance(value, Mapping):
        missing = [station for station in stations if station not in value]
        if missing:
            raise DataError(f"{name} is given by station, but not for {missing[0]}: add it.")
        value = [value[station] for station in stations]
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} is {value!r}, but a number, or one for each station, was expected.") from error
    if numbers.ndim > 1 or numbers.size not in (1, len(stations)):
        raise DataError(f"{name} has {numbers.size} values, but one or one for each of {len(stations)} stations are needed.")
    return np.broadcast_to(numbers, (len(stations),)).copy()


_LOGGER: Final = logging.getLogger("varwg._observations")


def read_observations(
    data: Any,
    *,
    variables: Sequence[str | Variable] | None = None,
    stations: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    latitude: PerStation | None = None,
    longitude: PerStation | None = None,
    elevation: PerStation | None = None,
    min_coverage: float = 0.8,
) -> Observations:
    """Read, check and repair observations, and aggregate them to days.

    Every repair is a sentence in `Observations.repairs` and a warning of the logger "varwg._observations"; conversions
    of units are logged there too (level INFO). `data` is not changed; only what is asked for is loaded.

    Parameters
    ----------
    data : xarray.Dataset or DataArray, pandas.DataFrame or Series, path or paths, or Observations
        A Dataset with one data variable per quantity and dims station and time in any order (without a dim station:
        one station); a Dataset with one data variable per station and dims variable and time; a DataArray with dims
        station, variable and time; a DataFrame of one station (columns: variables) or several (columns: station and
        variable); or the path of a NetCDF or other weather file, or several paths. Steps are a day or shorter; a time stands
        for the step it begins.
    variables : sequence of str or Variable, optional
        What to read, in this order; default everything. What the data call otherwise may be asked for by the name of
        `VARIABLES`, which it has from then on. A `Variable` replaces the default treatment. A name that the
        table of variables does not have is a variable of the caller's own, fitted with a kernel density in its unit.
    stations : sequence of str, optional
        Which stations to read, in this order; default all. Names the station of data that do not.
    units : mapping of str to str, optional
        Unit of a variable, before the one the data declare.
    latitude, longitude, elevation : float, sequence or mapping, optional
        Degrees and metres, before those in the data.
    min_coverage : float
        Share of a day's steps that must be present when finer steps are aggregated; with fewer the day is missing.

    Returns
    -------
    Observations
        Daily values; finer ones are in its field `hourly`.

    Raises
    ------
    DataError
        If the data cannot be used: unknown names, duplicate times, irregular steps or steps longer than a day, fewer
        than 730 days, a constant series, a variable or a station without values, more than 5 % impossible values.
    UnitError
        If a unit is unknown, or missing or wrong by the values.
    """
    _check_arguments(variables, stations, units, min_coverage)
    if isinstance(data, Observations):
        if units or any(place is not None for place in (latitude, longitude, elevation)):
            raise DataError("the observations have been read before: give units and coordinates when they are read.")
        return _selected(data, variables, stations)
    with _opened(data) as opened:
        dataset, notes = tidy(opened)
        dataset, renamed = _under_asked_names(_chosen_stations(dataset, stations), variables, units or {})
        units = {renamed.get(name, name): unit for name, unit in (units or {}).items()}
        notes += tuple(f"{column} is read as {name}, as it was asked for." for column, name in renamed.items())
        grid = time_grid(dataset["time"].values, at_beginnings=WHOLE_DAYS_OF_UTC in notes)
        treated = {item.name for item in variables or () if isinstance(item, Variable)}
        raw = [
            _raw_series(dataset, variable, units, grid, variable.name not in treated and is_unknown(variable))
            for variable in _chosen(dataset, variables, units)
        ]
    places = Places.of(dataset, latitude, longitude, elevation)
    raw, left_out = (raw, ()) if variables is not None else _without_flags(raw)
    observations = _checked(raw, grid, places, notes + grid.notes + left_out, min_coverage)
    for sentence in observations.repairs:
        _LOGGER.warning(sentence)
    return observations


def _without_flags(raw: list[_Raw]) -> tuple[list[_Raw], tuple[str, ...]]:
    """The series without empty ones, flags and unknown variables that never change, unless nothing is left; and notes on them.

    A variable by its name here that is empty stays, to be refused: whoever named it so expects it.
    """
    own_names = {variable.name for variable in VARIABLES}
    empty = [series for series in raw if series.variable.name not in own_names and not np.isfinite(series.values).any()]
    remarks = says_of_another([series.variable.name for series in raw])
    flags = [series for series in raw if series.own and series not in empty and _is_constant(series.values)]
    others = [series for series in raw if series.own and series.variable.name in remarks and series not in flags + empty]
    numbers = [series for series in raw if series.own and series not in flags + empty + others and _is_number(series.values)]
    counts = [series for series in raw if series.own and series not in flags + empty and _is_count(series)]
    kept = [series for series in raw if series not in flags + empty + others + numbers + counts]
    if not kept:
        return raw, ()
    said = [f"{series.variable.name} was left out: it has no values." for series in empty]
    said += [
        f"{series.variable.name} was left out: it says of what kind other values are; name it to have it." for series in others
    ]
    said += [
        f"{series.variable.name} was left out: it rises from step to step, as numbers of rows or times do." for series in counts
    ]
    return kept, (
        *said,
        *(
            f"{flag.variable.name} was left out: all its values are {np.nanmax(flag.values):g}"
            f"{' at the first station, and it changes at none' if len(flag.values) > 1 else ''}."
            for flag in flags
        ),
        *(
            f"{series.variable.name} was left out: its values ({', '.join(map(str, _distinct(series.values)[:5]))}) stay"
            " for long parts of the record, as numbers of stations or instruments do; if it names stations, call it "
            "'station', and if it is weather, name it in variables=."
            for series in numbers
        ),
    )


def _distinct(values: FloatArray) -> FloatArray:
    return np.unique(values[np.isfinite(values)])


def _is_constant(values: FloatArray) -> bool:
    """Whether no station has two different values."""
    return all(_distinct(row).size <= 1 for row in values)


def _is_count(series: _Raw) -> bool:
    """Whether a series of whole numbers rises at every step, as numbers of rows and times written as digits do."""
    rows = [row[np.isfinite(row)] for row in series.values]
    long = all(row.size > _SHORTEST_PART and not (row % 1.0).any() and (np.diff(row) > 0.0).all() for row in rows)
    return long and not adds_up(series.unit or "")


def _is_number(values: FloatArray) -> bool:
    """Whether a series looks like numbers of stations: a few whole numbers, each for one long part of the record."""
    for row in values:
        present = row[np.isfinite(row)]
        changes = np.count_nonzero(np.diff(present))
        if (present % 1.0).any() or changes > _MOST_CHANGES or changes * _SHORTEST_PART > present.size or changes == 0:
            return False
    return bool(values.size)


#: How often numbers of stations change in a record at most, and how many values each has at least in the mean.
_MOST_CHANGES: Final = 10
_SHORTEST_PART: Final = 100


def _check_arguments(variables: object, stations: object, units: object, min_coverage: object) -> None:
    """Refuse arguments of the wrong type with a sentence instead of a traceback from the depths."""
    if not isinstance(min_coverage, (int, float, np.number)) or not 0.0 < min_coverage <= 1.0:
        raise DataError(f"min_coverage is {min_coverage!r}, but a share above 0 and up to 1 was expected.")
    for kind, names in (("variables", variables), ("stations", stations)):
        if isinstance(names, str):
            raise DataError(f"{kind} is the text {names!r}, but a sequence of names was expected: write [{names!r}].")
        if names is not None and not isinstance(names, Iterable):
            raise DataError(f"{kind} is {names!r}, but a sequence of names was expected: write [{str(names)!r}].")
    if units is None:
        return
    if not isinstance(units, Mapping):
        raise DataError(f"units is {units!r}, but units by name of variable were expected: write for example {{'theta': 'K'}}.")
    for name, unit in units.items():
        if not isinstance(unit, str):
            raise UnitError(f"the unit of {name} is {unit!r}, but a text such as 'degC' was expected.")


@dataclass(frozen=True, eq=False)
class _Raw:
    """One variable on the regular axis, in the caller's unit, shape (station, step); `own` if nothing else is known of it."""

    variable: Variable
    unit: str | None
    values: FloatArray
    own: bool


def _opened(data: Any) -> AbstractContextManager[Any]:
    """`data`, or the weather file it names, to be closed after reading; what is not NetCDF is read by `varwg.io`."""
    paths = data if isinstance(data, (list, tuple)) and data else [data]
    if not all(isinstance(path, (str, Path)) for path in paths):
        return nullcontext(data)
    for path in paths:
        if not Path(path).exists():
            raise DataError(f"there is no file {path}: give the path of a NetCDF or other weather file.")
    if len(paths) == 1 and is_netcdf_file(Path(paths[0])):
        return open_netcdf(Path(paths[0]))
    from varwg.io import read_weather

    return nullcontext(read_weather(list(paths)))


def _selected(
    observations: Observations, variables: Sequence[str | Variable] | None, stations: Sequence[str] | None
) -> Observations:
    """A part of what has been read before; a `Variable` replaces the treatment of its name, not the unit."""
    names = None if variables is None else [_name(variable) for variable in variables]
    chosen = observations.select(stations, names)
    treatments = chosen.variables if variables is None else variables
    treated = tuple(new if isinstance(new, Variable) else old for new, old in zip(treatments, chosen.variables, strict=True))
    for new, old in zip(treated, chosen.variables, strict=True):
        if new.units != old.units:
            raise UnitError(
                f"{new.name} has been read in {unit_in_words(old.units)} and cannot become {new.units!r} now: read the "
                "data again."
            )
    hourly = None if chosen.hourly is None else replace(chosen.hourly, variables=treated)
    return replace(chosen, variables=treated, hourly=hourly)


def _name(variable: str | Variable) -> str:
    return variable.name if isinstance(variable, Variable) else str(variable)


def _chosen_stations(dataset: xr.Dataset, stations: Sequence[str] | None) -> xr.Dataset:
    available = [str(name) for name in dataset["station"].values]
    if stations is None:
        return dataset
    if available == [NAMELESS] and len(stations) == 1:
        return dataset.assign_coords(station=[str(stations[0])])
    return dataset.isel(station=positions("station", [str(name) for name in stations], available))


def _under_asked_names(
    dataset: xr.Dataset, variables: Sequence[str | Variable] | None, units: Mapping[str, str]
) -> tuple[xr.Dataset, dict[str, str]]:
    """The data, with names of the table that are asked for in place of those of columns that are these variables; and which."""
    columns = list(dataset.data_vars)
    missing = [name for name in map(_name, variables or ()) if name not in columns]
    roles = {str(column): _own(dataset[column], units).role for column in columns} if missing else {}
    renamed: dict[str, str] = {}
    for name in missing:
        alike = [column for column, role in roles.items() if role == name]
        if len(alike) > 1:
            raise DataError(f"variable {name!r} may be {' or '.join(alike)} of the data: name one of these.")
        renamed |= dict.fromkeys(alike, name)
    return dataset.rename(renamed), renamed


def _chosen(
    dataset: xr.Dataset, variables: Sequence[str | Variable] | None, units: Mapping[str, str] | None
) -> tuple[Variable, ...]:
    """The variables to read, with their treatment."""
    available = [str(name) for name in dataset.data_vars]
    asked = available if variables is None else list(variables)
    wanted = [_name(variable) for variable in asked]
    positions("variable", wanted, available)
    if units:
        positions("variable", list(units), available)
    for name in wanted:
        if "/" in name:
            raise DataError(f"variable {name!r} has a '/' in its name, which NetCDF files cannot hold: rename it.")
    table = {variable.name: variable for variable in VARIABLES}
    return tuple(
        item if isinstance(item, Variable) else table.get(str(item)) or _own(dataset[item], units or {}) for item in asked
    )


def _own(array: xr.DataArray, units: Mapping[str, str]) -> Variable:
    """A variable that the table does not have by this name; unless it is one of the table, its values stay in their unit."""
    name = str(array.name)
    unit = units.get(name) or _declared_unit(array) or without_unit(plain_name(name))[1]
    long_name, standard_name = (str(array.attrs.get(key, "")) for key in ("long_name", "standard_name"))
    cell_methods = str(array.attrs.get("cell_methods", ""))
    usual = known_variable(name, standard_name, unit, cell_methods)
    if usual is None and unit and quantity_of(without_multiple(unit)) is None:
        meant = known_variable(name, standard_name, "mm", cell_methods)
        # As a variable of its own its hours, which add up, would be averaged.
        if meant is not None and by_quantity(Variable(name, unit)) == Variable(name, unit):
            raise DataError(
                f"{name} is {meant.long_name} by its name, but its unit {unit!r} is not known; expected one of "
                f"{', '.join(spellings_for(meant.units))}: declare the unit in the attribute 'units', in units= or by --units, "
                "or give it another name if it is something else."
            )
    return usual or by_quantity(Variable(name, without_multiple(unit) or "1", long_name, standard_name), cell_methods)


def _raw_series(dataset: xr.Dataset, variable: Variable, units: Mapping[str, str], grid: TimeGrid, own: bool) -> _Raw:
    """Load one variable and put it on the regular axis."""
    array = dataset[variable.name]
    unpacked = _unpacked(array)
    values = np.full((unpacked.shape[0], len(grid.times)), np.nan)
    values[:, grid.target] = unpacked[:, grid.source]
    unit = units.get(variable.name) or _declared_unit(array) or without_unit(plain_name(variable.name))[1] or None
    return _Raw(variable, unit, values, own)


def _unpacked(array: xr.DataArray) -> FloatArray:
    """The values as numbers, with the attributes obeyed that opening a file undecoded leaves to be obeyed (CF, 8.1)."""
    with readable(f"the file behind {array.name} cannot be read"):
        values = np.asarray(array.values, dtype=np.float64)
    for key in ("_FillValue", "missing_value"):
        code = _number(array, key)
        if code is not None:
            # The attribute is often a double, and the values are singles.
            values = np.where(np.isclose(values, code, rtol=1e-6, atol=0.0), np.nan, values)
    is_packed = array.dtype.kind in "iu" or "scale_factor" not in array.encoding
    low, high = _valid_range(array)
    if is_packed and (low > -np.inf or high < np.inf):
        tolerance = 1e-6 * np.array([abs(low), abs(high)])
        beyond = (values < low - tolerance[0]) | (values > high + tolerance[1])
        if beyond.any():
            _LOGGER.warning(
                "%s: %d values outside its valid range (%g to %g) were set to missing.", array.name, beyond.sum(), low, high
            )
            values = np.where(beyond, np.nan, values)
    # Floats with these attributes may well be unpacked already; integers cannot be.
    if array.dtype.kind in "iu":
        scale, offset = _number(array, "scale_factor"), _number(array, "add_offset")
        values = values * (1.0 if scale is None else scale) + (0.0 if offset is None else offset)
    return values


def _valid_range(array: xr.DataArray) -> tuple[float, float]:
    """Limits of valid values that CF attributes tell, infinite where they tell none."""
    both = np.asarray(array.attrs.get("valid_range", ()))
    if both.size == 2 and both.dtype.kind in "fiu":
        return float(both.ravel()[0]), float(both.ravel()[1])
    low, high = _number(array, "valid_min"), _number(array, "valid_max")
    return -np.inf if low is None else low, np.inf if high is None else high


def _declared_unit(array: xr.DataArray) -> str:
    """The attribute "units" as text, empty if there is none; some writers call it otherwise, or make it bytes or an array."""
    held = np.asarray(next((array.attrs[key] for key in ("units", "unit", "Units", "Unit", "UNITS") if key in array.attrs), ""))
    unit = held.ravel()[0] if held.size == 1 else ""
    text = "" if unit is None else unit.decode("utf-8", "replace") if isinstance(unit, bytes) else str(unit)
    return text.strip()[:_LONGEST_UNIT]


#: No unit is longer; what is beyond would fill the screen in a message.
_LONGEST_UNIT: Final = 100


def _number(array: xr.DataArray, key: str) -> float | None:
    """An attribute that is a single number, None if there is none."""
    held = np.asarray(array.attrs.get(key, ()))
    return float(held.ravel()[0]) if held.size == 1 and held.dtype.kind in "fiu" else None


def _checked(raw: Sequence[_Raw], grid: TimeGrid, places: Places, notes: tuple[str, ...], min_coverage: float) -> Observations:
    """Convert, repair and aggregate all series."""
    repairs = list(notes)
    variables = tuple(series.variable for series in raw)
    repairs.extend(taken_as(variables))
    unbounded: set[str] = set()
    source = np.stack(_each_converted(raw, grid, places, repairs, unbounded), axis=1)
    steps_per_day = round(SECONDS_PER_DAY / grid.step_seconds)
    values, times = source, grid.times
    if steps_per_day > 1:
        times = grid.times[::steps_per_day]
        values = np.stack(
            [
                _daily(source[:, number], variable, steps_per_day, min_coverage, times, places, repairs, unbounded)
                for number, variable in enumerate(variables)
            ],
            axis=1,
        )
    raw = [replace(series, variable=_unbounded(series.variable, unbounded)) for series in raw]
    variables = tuple(series.variable for series in raw)
    errors = []
    for number, series in enumerate(raw):
        try:
            for row, station in enumerate(places.stations):
                height = float(places.elevation[row])
                if doubt := require_plausible(values[row, number], series.variable, series.unit, station, height):
                    repairs.append(doubt)
        except UnitError as error:
            errors.append((series, error))
    _raise_all(errors)
    if steps_per_day > 1:
        repairs.extend(how_aggregated(series.variable) for series in raw if series.own)
    values = _in_order(values, variables, times, places.stations, repairs)
    variables = tuple(_described(series, values[:, number], repairs) for number, series in enumerate(raw))
    values = _usable(values, variables, times, places.stations, repairs)
    hourly = None if steps_per_day == 1 else _packed(source, grid.times, variables, places)
    return _packed(values, times, variables, places, tuple(repairs), hourly)


def _unbounded(variable: Variable, unbounded: Collection[str]) -> Variable:
    """A variable, without its bound by the sun if it is among those that are above it."""
    return replace(variable, upper_bound="none") if variable.name in unbounded else variable


def _each_converted(
    raw: Sequence[_Raw], grid: TimeGrid, places: Places, repairs: list[str], unbounded: set[str]
) -> list[FloatArray]:
    """All series in the units of the packages; what is wrong with units is told of all variables at once.

    Names of variables that are above what the sun gives at a station are added to `unbounded`.
    """
    converted, errors = [], []
    for series in raw:
        try:
            converted.append(_converted(series, grid, places, repairs, unbounded))
        except UnitError as error:
            errors.append((series, error))
    _raise_all(errors)
    return converted


def _raise_all(errors: Sequence[tuple[_Raw, UnitError]]) -> None:
    """Raise the first error on a unit, with the names of the other variables whose units are wrong too."""
    if not errors:
        return
    others = ", ".join(f"{series.variable.name} ({series.unit or 'none'})" for series, _ in errors[1:])
    raise UnitError(f"{errors[0][1]}{f' The same kind of error is in the units of {others}.' if others else ''}") from errors[0][
        1
    ]


def _described(series: _Raw, values: FloatArray, repairs: list[str]) -> Variable:
    """The variable, with what its daily values tell if nothing else is known of it."""
    if not series.own:
        return series.variable
    variable, note = described_by_values(series.variable, values)
    if note:
        repairs.append(note)
    return variable


def _packed(
    values: FloatArray,
    times: TimeArray,
    variables: tuple[Variable, ...],
    places: Places,
    repairs: tuple[str, ...] = (),
    hourly: Observations | None = None,
) -> Observations:
    return Observations(
        values,
        times,
        places.stations,
        variables,
        places.latitude,
        places.longitude,
        places.elevation,
        repairs,
        hourly,
        places.grid,
    )


def _converted(series: _Raw, grid: TimeGrid, places: Places, repairs: list[str], unbounded: set[str]) -> FloatArray:
    """Values of one variable in its unit inside the packages, without codes and impossible values."""
    variable = series.variable
    unit = series.unit or _assumed_unit(series, repairs)
    line = conversion(unit, variable.units, step_seconds=grid.step_seconds)
    if line is None:
        raise UnitError(
            f"{variable.name} is in {unit!r}, which cannot be converted to {unit_in_words(variable.units)}; expected one of "
            f"{', '.join(spellings_for(variable.units))}: declare the unit in the attribute 'units', in units= or by --units."
        )
    if line != Conversion(1.0, 0.0):
        _LOGGER.info("%s was converted from %s to %s.", variable.name, unit, variable.units)
    converted = np.empty_like(series.values)
    raw = np.stack(
        [without_repeated_code(without_codes(values, variable, line)[0], variable, line)[0] for values in series.values]
    )
    if variable.aggregation == "sum" or adds_up(unit):
        raw, note = without_running_total(raw, round(SECONDS_PER_DAY / grid.step_seconds))
        if note:
            repairs.append(f"{variable.name}: {note}")
    for row, station in enumerate(places.stations):
        where = f"{variable.name} at {station}"
        plain, note = without_codes(series.values[row], variable, line)
        values = raw[row]
        repairs.extend(f"{where}: {text}" for text in (note, without_repeated_code(plain, variable, line)[1]) if text)
        if variable.upper_bound == "potential_radiation" and grid.step_seconds < SECONDS_PER_DAY:
            values, n_dark = with_dark_nights(values, round(SECONDS_PER_DAY / grid.step_seconds))
            repairs.extend([f"{where}: {n_dark} steps of nights without values were taken as 0."] if n_dark else [])
        refuse_share_of_one(values, variable, unit, where)
        values = values if line == Conversion(1.0, 0.0) else line.scale * values + line.offset
        latitude = float(places.latitude[row])
        if grid.step_seconds == SECONDS_PER_DAY:
            latitude = _believed(latitude, values, variable, grid.times, where, repairs, unbounded)
        limit = limits(variable, latitude, grid.times, grid.step_seconds)
        values, messages = without_impossible(values, variable, limit, grid.times, where, unit)
        repairs.extend(messages)
        values, outliers = without_outliers(values, variable, where)
        if outliers:
            repairs.append(outliers)
        converted[row] = values + 0.0  # turns -0.0 into 0.0
    return converted


def _assumed_unit(series: _Raw, repairs: list[str]) -> str:
    """The unit of a variable that declares none: that of the table if the values allow it."""
    variable = series.variable
    if not any(variable.name == usual.name for usual in VARIABLES) and twin_of(variable) is None:
        repairs.append(
            f"{variable.name} has no unit and is taken as {variable.units!r}; set the attribute 'units', units= or --units."
        )
        return variable.units
    values = without_codes(series.values.ravel(), variable, Conversion(1.0, 0.0))[0]
    values = values[np.isfinite(values)]
    if len(values) and not (values.min() >= variable.possible_min and values.max() <= variable.possible_max):
        raise UnitError(
            f"{variable.name} has no unit, and its values from {values.min():g} to {values.max():g} are not all "
            f"possible in {unit_in_words(variable.units)}: declare the unit in the attribute 'units', in units= or by --units "
            f"(one of {', '.join(spellings_for(variable.units))})."
        )
    repairs.append(
        f"{variable.name} has no unit and is taken to be in {unit_in_words(variable.units)}, in which all its values are "
        "possible; set the attribute 'units', units= or --units to say so."
    )
    return variable.units


def _daily(
    values: FloatArray,
    variable: Variable,
    steps_per_day: int,
    min_coverage: float,
    times: TimeArray,
    places: Places,
    repairs: list[str],
    unbounded: set[str],
) -> FloatArray:
    """Daily values of one variable from finer ones, shape (station, day)."""
    parts = []
    for row, station in enumerate(places.stations):
        steps = own_steps(values[row], steps_per_day, variable.aggregation)
        if steps is None:
            parts.append(to_days(values[row], steps_per_day, variable.aggregation, min_coverage))
            continue
        taken = values[row].reshape(-1, steps_per_day)[:, steps].ravel()
        parts.append(to_days(taken, steps.size, variable.aggregation, min_coverage))
        clocks = ", ".join(f"{24.0 * step / steps_per_day:g}" for step in steps[:4])
        repairs.append(
            f"{variable.name} at {station} has values at {steps.size} of the {steps_per_day} steps of a day only (from {clocks} h"
            f"{' and so on' if steps.size > 4 else ''}): its days were made of these."
        )
    days, n_incomplete = np.stack([part[0] for part in parts]), sum(part[1] for part in parts)
    if np.isnan(days).all() and np.isfinite(values).any():
        fullest = np.isfinite(values).reshape(-1, steps_per_day).mean(axis=1).max()
        raise DataError(
            f"{variable.name}: no day has {min_coverage:.0%} of its {steps_per_day} steps at any station (the fullest has "
            f"{fullest:.0%}): pass a smaller min_coverage=, resample the record to longer steps, or leave the variable out."
        )
    n_missing = int((np.isnan(days) & np.isfinite(days).any(axis=1, keepdims=True)).sum())
    told = [f"{n_incomplete} were made from an incomplete day"] * bool(n_incomplete)
    told += [f"{n_missing} are missing because they had less than {min_coverage:.0%} of their steps"] * bool(n_missing)
    if told:
        repairs.append(f"{variable.name}: of {days.size} daily values {', and '.join(told)}.")
    daily = np.empty_like(days)
    for row, station in enumerate(places.stations):
        where = f"daily {variable.name} at {station}"
        latitude = _believed(float(places.latitude[row]), days[row], variable, times, where, repairs, unbounded)
        limit = limits(variable, latitude, times, SECONDS_PER_DAY)
        daily[row], messages = without_impossible(days[row], variable, limit, times, where, None)
        repairs.extend(messages)
    return daily


def _believed(
    latitude: float,
    values: FloatArray,
    variable: Variable,
    times: TimeArray,
    where: str,
    repairs: list[str],
    unbounded: set[str],
) -> float:
    """The latitude, or NaN where daily values are above what the sun gives there; then the variable is `unbounded`."""
    doubt = doubt_of_latitude(values, variable, latitude, times, where)
    if not doubt:
        return latitude
    repairs.append(doubt)
    unbounded.add(variable.name)
    return float("nan")


#: Differences below this are rounding; a larger share of days with a minimum above the maximum says that columns are mixed up.
_ROUNDING: Final = 0.051
_MIXED_UP: Final = 0.05


def _in_order(
    values: FloatArray, variables: tuple[Variable, ...], times: TimeArray, stations: tuple[str, ...], repairs: list[str]
) -> FloatArray:
    """Values without those of days on which a minimum is above a mean or a maximum, or wind below its components.

    Raises
    ------
    DataError
        If that is so on more than 5 % of the days.
    """
    roles = {role: column for column, role in enumerate(roles_of(variables))}
    ordered = [("theta_min", "theta_max"), ("theta_min", "theta"), ("theta", "theta_max")]
    checked = values.copy()
    for low, high in ordered:
        if low not in roles or high not in roles:
            continue
        names = f"{variables[roles[low]].name} and {variables[roles[high]].name}"
        for row, station in enumerate(stations):
            below, above = checked[row, roles[low]], checked[row, roles[high]]
            wrong = below > above + _ROUNDING
            if not wrong.any():
                continue
            n_days, first = int(np.isfinite(below + above).sum()), times[int(wrong.argmax())].astype("datetime64[D]")
            if wrong.sum() > _MIXED_UP * n_days:
                raise DataError(
                    f"{names} at {station}: the first is above the second on {int(wrong.sum())} of {n_days} days (the first "
                    f"{first}): check whether columns or units are mixed up."
                )
            repairs.append(
                f"{names} at {station}: the first was above the second on {int(wrong.sum())} of {n_days} days (the first "
                f"{first}); both were set to missing there."
            )
            checked[row, roles[low], wrong] = checked[row, roles[high], wrong] = np.nan
    if {"u", "v", "U"} <= set(roles):
        for row, station in enumerate(stations):
            east, north, speed = (checked[row, roles[name]] for name in ("u", "v", "U"))
            wrong = np.hypot(east, north) > 1.05 * speed + 0.2
            if wrong.any():
                repairs.append(
                    f"{variables[roles['u']].name} and {variables[roles['v']].name} at {station} make a wind above "
                    f"{variables[roles['U']].name} on {int(wrong.sum())} days (the first "
                    f"{times[int(wrong.argmax())].astype('datetime64[D]')}), which looks suspicious: check the units."
                )
    return checked


def _usable(
    values: FloatArray,
    variables: tuple[Variable, ...],
    times: TimeArray,
    stations: tuple[str, ...],
    repairs: list[str],
) -> FloatArray:
    """Values with series that cannot be fitted set to missing; an error if a variable or a station has none left."""
    doy = doy_index(times)
    checked = values.copy()
    reasons = {}
    for row, station in enumerate(stations):
        for column, variable in enumerate(variables):
            where = f"{variable.name} at {station}"
            checked[row, column], reason = check_series(values[row, column], doy, where)
            if reason:
                reasons[row, column] = reason
                repairs.append(reason)
    empty: BoolArray = np.asarray(np.isnan(checked).all(axis=2))
    for column in np.flatnonzero(empty.all(axis=0))[:1]:
        raise DataError(
            f"{variables[column].name} has no values at any station that a fit could use (the first: "
            f"{reasons[0, column].partition(':')[0]}): leave the variable out."
        )
    for row in np.flatnonzero(empty.all(axis=1))[:1]:
        raise DataError(
            f"{stations[row]} has no values of any variable that a fit could use (the first: "
            f"{reasons[row, 0].partition(':')[0]}): leave the station out."
        )
    return checked
