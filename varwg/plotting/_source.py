"""One variable at one station out of whatever has weather in it: observations, simulations, arrays, ensembles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg._calendar import months_of
from varwg._observations import Observations
from varwg._simulated import Weather
from varwg._variables import VARIABLES, roles_of
from varwg.errors import DataError
from varwg.io._unknown import known_variable, roles_in
from varwg.plotting._style import quantity

if TYPE_CHECKING:
    import xarray as xr

#: More values than this of an ensemble only make a picture slow.
_MAX_MEMBERS: Final = 200


@dataclass(frozen=True, eq=False)
class Series:
    """One variable at one station, in one or several members.

    Attributes
    ----------
    values : array, shape (M, T)
        One row per member; NaN where missing.
    times : array of datetime64, shape (T,)
    name, units, long_name, station : str
    """

    values: FloatArray
    times: TimeArray
    name: str
    units: str
    long_name: str
    station: str

    @property
    def label(self) -> str:
        """Name and unit for an axis."""
        return quantity(self.long_name or self.name, self.units)

    @property
    def month(self) -> IntArray:
        """Calendar month of each time, 0 to 11."""
        return months_of(self.times)

    @property
    def is_rain(self) -> bool:
        """Whether wet and dry days make sense."""
        return self.name == "R" or "precipitation" in self.long_name

    def pooled(self, where: Any = slice(None)) -> FloatArray:
        """All known values of all members, of the times `where`."""
        values = self.values[:, where].ravel()
        return values[np.isfinite(values)]

    def between(self, start: object, n_days: int) -> Series:
        """The times from `start` on for so many days; from the first one where `start` is None.

        Raises
        ------
        DataError
            If there are none.
        """
        first = self.times[0] if start is None else np.datetime64(start, "s")  # type: ignore[call-overload]
        inside = (self.times >= first) & (self.times < first + np.timedelta64(n_days, "D"))
        if not inside.any():
            raise DataError(f"{self.name} at {self.station} has no values in the {n_days} days from {first}: choose others.")
        return Series(self.values[:, inside], self.times[inside], self.name, self.units, self.long_name, self.station)


def series(source: Any, variable: str | None = None, station: str | None = None) -> Series:
    """One variable at one station.

    Parameters
    ----------
    source : Observations, Simulation, sequence of Simulation, xarray.DataArray, or an object that has one of these
        A DataArray has dims station, variable, time and maybe realization; an object has `observations` (a generator) or
        `sim_sea` (the result of a multi-site simulation).
    variable, station : str, optional
        By default the first there is.

    Raises
    ------
    DataError
        If the source is something else, has no such variable or station, or no values of it.
    """
    drawn = _found(source, variable, station)
    if not np.isfinite(drawn.values).any():
        raise DataError(f"{drawn.name} at {drawn.station} has no values to draw: choose another variable or station.")
    return drawn


def _found(source: Any, variable: str | None, station: str | None) -> Series:
    if isinstance(source, Weather) and source.data.ndim == 2:
        return _of_simulations([source], variable)
    source = getattr(source, "sim_sea", getattr(source, "observations", source))
    if isinstance(source, Observations):
        row = _index("station", station, source.stations)
        column = _index("variable", variable, source.names, roles_of(source.variables))
        treated = source.variables[column]
        values = source.values[row, column][None]
        return Series(values, source.times, treated.name, treated.units, treated.long_name, source.stations[row])
    if isinstance(source, Sequence) and source and all(isinstance(member, Weather) for member in source):
        return _of_simulations(source, variable)
    if {"station", "variable", "time"} <= set(getattr(source, "dims", ())):
        return _of_array(source, variable, station)
    raise DataError(
        f"{type(source).__name__} is nothing to draw: pass Observations, a Simulation or several of them, or an array with the "
        "dimensions (realization,) station, variable, time."
    )


def reported(source: Any, station: str | None = None) -> tuple[str, ...]:
    """Names of the variables that have values at a station."""
    return tuple(name for name in variable_names(source) if np.isfinite(_found(source, name, station).values).any())


def variable_names(source: Any) -> tuple[str, ...]:
    """Names of the variables in a source."""
    source = getattr(source, "sim_sea", getattr(source, "observations", source))
    if isinstance(source, Sequence) and source:
        source = source[0]
    if isinstance(source, Weather):
        return source.var_names
    return source.names if isinstance(source, Observations) else tuple(str(name) for name in source["variable"].values)


def _of_simulations(members: Sequence[Weather], variable: str | None) -> Series:
    first = members[0]
    column = _index("variable", variable, first.var_names, roles_of(first.variables))
    if any(member.times.size != first.times.size for member in members):
        raise DataError(
            "the simulations have different lengths, so they do not make an ensemble: simulate them for the same days."
        )
    treated = first.variables[column]
    values = np.stack([member.data[column] for member in members])
    return Series(values, first.times, treated.name, treated.units, treated.long_name, first.station)


def _of_array(array: xr.DataArray, variable: str | None, station: str | None) -> Series:
    names = tuple(str(name) for name in array["variable"].values)
    stations = tuple(str(name) for name in array["station"].values)
    row, column = _index("station", station, stations), _index("variable", variable, names, roles_in(array))
    column_of_station = array.isel(station=row, variable=column)
    if "realization" in column_of_station.dims:
        column_of_station = column_of_station.isel(realization=slice(_MAX_MEMBERS)).transpose("realization", "time")
    units = str(column_of_station["units"].item()) if "units" in column_of_station.coords else ""
    of_table = next((one for one in VARIABLES if one.name == names[column]), None)
    usual = of_table or known_variable(names[column], "", units)
    units = units or (usual.units if usual else "1")
    values = np.atleast_2d(np.asarray(column_of_station.values, dtype=np.float64))
    return Series(values, array["time"].values, names[column], units, usual.long_name if usual else "", stations[row])


def _index(kind: str, name: str | None, names: tuple[str, ...], roles: Sequence[str] = ()) -> int:
    """Position of a name, or else of what it is the role of."""
    if name is None:
        return 0
    if name not in names and name in roles:
        return roles.index(name)
    if name not in names:
        raise DataError(f"there is no {kind} {name!r}, only {', '.join(names)}: name one of these.")
    return names.index(name)
