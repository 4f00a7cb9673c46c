"""What a simulation returns: values that know their times, their data and where their randomness came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

import numpy as np

from varwg._arguments import no_such_attribute, whole_number
from varwg._arrays import FloatArray, IntArray, TimeArray, readonly, readonly_floats
from varwg._calendar import N_DOYS, for_xarray
from varwg._disaggregation import DisaggregationCounts, HourlyArchive, HourlyOptions, hours_of
from varwg._disaggregation.days import WINDOW
from varwg._provenance import Provenance, versions
from varwg._variables import Variable, cf_attributes, place_coordinates, with_unit
from varwg.errors import DataError
from varwg.streams import Streams, require_generator

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from varwg._request import Archive
    from varwg.plotting import Pictures

#: What a table can be made of: physical values or normal scores.
Kind: TypeAlias = Literal["data", "scores"]


#: Names and lines that a short description has at most.
_MOST_NAMES: Final = 6
_MOST_LINES: Final = 30


class HasStations(Protocol):
    """What has variables at stations: a model, or generated weather."""

    @property
    def stations(self) -> tuple[str, ...]:
        """Names of the stations."""

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables."""

    @property
    def grid(self) -> str:
        """The layout of the grid whose cells the stations are; empty where they are none."""

    def site_values(self, what: str) -> FloatArray:
        """Latitude, longitude or elevation of all stations."""


def station_coordinates(source: HasStations) -> dict[str, xr.Variable]:
    """Coordinates along the dimension `station`: names, and positions as far as they are known."""
    import xarray as xr

    layout = {"grid": source.grid} if source.grid else {}
    names = xr.Variable("station", np.array(source.stations), {"cf_role": "timeseries_id", "long_name": "station", **layout})
    places = place_coordinates(*(source.site_values(name) for name in ("latitude", "longitude", "elevation")))
    coordinates = {name: xr.Variable(*parts) for name, parts in places.items() if not np.all(np.isnan(parts[1]))}
    return {"station": names, **coordinates}


def member_coordinates(source: HasStations, times: TimeArray) -> dict[str, xr.Variable]:
    """Coordinates of an array with dimensions (station, variable, time)."""
    import xarray as xr

    return {
        **station_coordinates(source),
        "variable": xr.Variable("variable", np.array([variable.name for variable in source.variables])),
        "units": xr.Variable("variable", np.array([variable.units for variable in source.variables])),
        "time": xr.Variable("time", for_xarray(times), {"standard_name": "time", "axis": "T"}),
    }


def member_array(source: HasStations, times: TimeArray, values: FloatArray, name: str) -> xr.DataArray:
    """One realisation, dimensions (station, variable, time)."""
    import xarray as xr

    return xr.DataArray(values, member_coordinates(source, times), ("station", "variable", "time"), name=name)


def member_dataset(source: HasStations, times: TimeArray, values: FloatArray) -> xr.Dataset:
    """One realisation (S, K, T) in the tidy CF layout: one data variable per weather variable, dimensions (station, time)."""
    import xarray as xr

    data = {
        variable.name: xr.Variable(("station", "time"), values[:, number], cf_attributes(variable))
        for number, variable in enumerate(source.variables)
    }
    time = xr.Variable("time", for_xarray(times), {"standard_name": "time", "axis": "T"})
    return xr.Dataset(
        data, {**station_coordinates(source), "time": time}, {"Conventions": "CF-1.10", "featureType": "timeSeries"}
    )


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Weather:
    """Generated weather at one station or at several.

    Attributes
    ----------
    times : array of datetime64[s], shape (T,)
        The days, or the beginnings of shorter steps.
    data : array, shape (K, T) of a single-site generator, (S, K, T) of a multi-site one
        Physical values in the units of the observations.
    stations : tuple of str
        Names of the S stations.
    variables : tuple of Variable
        The K variables.
    provenance : Provenance
        Seed of the generator that was given.
    attributes : mapping of str to str
        What it was made with: the model, the request, the scenario.
    latitude, longitude, elevation : float or array, shape (S,)
        Of the stations, in degrees and metres; NaN where unknown.
    earlier : tuple of (str, Provenance)
        Seeds of what this was made from: "daily" of the days of hours, "undried" of days before dry spells were put in.
    grid : str
        The layout of the grid whose cells the stations are, as text; empty where they are none.
    """

    times: TimeArray
    data: FloatArray
    stations: tuple[str, ...]
    variables: tuple[Variable, ...]
    provenance: Provenance
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    latitude: float | FloatArray = np.nan
    longitude: float | FloatArray = np.nan
    elevation: float | FloatArray = np.nan
    earlier: tuple[tuple[str, Provenance], ...] = ()
    grid: str = ""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise no_such_attribute(self, name)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.times, self.data))

    @property
    def station(self) -> str:
        """Name of the station, or of the first of several."""
        return self.stations[0]

    @property
    def var_names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(variable.name for variable in self.variables)

    @property
    def scenario(self) -> str:
        """The scenario as JSON; empty without one."""
        return self.attributes.get("scenario", "")

    @cached_property
    def sim_sea(self) -> xr.DataArray:
        """Physical values as an array with dimensions (station, variable, time), provenance in its attributes."""
        return member_array(self, self.times, self._by_station(self.data), "sim_sea").assign_attrs(self._said())

    def site_values(self, what: str) -> FloatArray:
        """Latitude, longitude or elevation of all stations."""
        return np.atleast_1d(np.asarray(getattr(self, what), dtype=np.float64))

    def to_dataset(self) -> xr.Dataset:
        """A tidy CF Dataset: one data variable per weather variable, dimensions (station, time), provenance as attributes."""
        dataset = member_dataset(self, self.times.copy(), self._by_station(self.data).copy())
        places = place_coordinates(*(self.site_values(name) for name in ("latitude", "longitude", "elevation")))
        return dataset.assign_coords(places).assign_attrs(self._said())

    def to_grid(self, like: Any = None) -> xr.Dataset:
        """The weather in the layout of the grid that the observations came in, or that of `like` (see `varwg.io.as_grid`)."""
        from varwg.io import as_grid

        return as_grid(self, like)

    def to_df(self) -> pd.DataFrame:
        """A DataFrame with one column per variable, indexed by time, or by station and time where there are several."""
        return self._frame(self.data)

    def write(self, path: str | Path, *, format_name: str | None = None) -> None:
        """Write to a file: NetCDF, CSV, met or the forcing of a lake model (see `varwg.io.write_weather`).

        Raises
        ------
        DataError
            If the format is not known or needs what is not there, or the file cannot be written.
        """
        from varwg.io import write_weather

        write_weather(self, path, format_name=format_name)

    def __repr__(self) -> str:
        first, last = (str(time.astype("datetime64[D]")) for time in (self.times[0], self.times[-1]))
        names = ", ".join((*self.stations[:_MOST_NAMES], *["..."] * (len(self.stations) > _MOST_NAMES)))
        lines = [f"{type(self).__name__}: {names}; {self.times.size} steps from {first} to {last}"]
        for number, variable in enumerate(self.variables[:_MOST_LINES]):
            values = self._by_station(self.data)[:, number]
            present = values[np.isfinite(values)]
            if present.size:
                lines.append(
                    f"  {variable.name:12s} {present.min():.4g} to {with_unit(present.max(), variable)}, "
                    f"mean {present.mean():.4g}"
                )
        return "\n".join(lines)

    def _by_station(self, rows: FloatArray) -> FloatArray:
        """Values as (S, K, T)."""
        return rows if rows.ndim == 3 else rows[None]

    def _frame(self, rows: FloatArray) -> pd.DataFrame:
        if rows.ndim == 2:
            return frame(self.times, rows, self.var_names)
        dataset = member_dataset(self, self.times.copy(), rows.copy())
        return dataset.to_dataframe()[list(self.var_names)]

    def _said(self) -> dict[str, str]:
        """Attributes of arrays and files."""
        before = {
            f"{made_from}_{key}": text for made_from, provenance in self.earlier for key, text in provenance.attributes().items()
        }
        return {**self.provenance.attributes(), **self.attributes, **before, **versions()}


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Simulation(Weather):
    """Simulated days.

    One of a single-site generator unpacks as `times, data = simulation`, one of a multi-site generator as
    `sim_sea, sim_trans, rphases = simulation`.

    Attributes
    ----------
    times, data, stations, variables, provenance, attributes, latitude, longitude, elevation
        As in `Weather`.
    scores : array, of the shape of `data`
        The data as standard-normal scores, before a factor of precipitation.
    rphases : array
        The random phases, by frequency; at one site by block of residuals (B, F), and empty without phase randomisation.
        Hand them to another simulation to change the scenario but not the randomness.
    positions : array of int, shape (T,)
        The day of the record that each day is; empty unless days were resampled.
    archive : HourlyArchive or None
        The courses of observed days, where the model was fitted to sub-daily observations.
    """

    scores: FloatArray
    rphases: Any = field(default_factory=lambda: np.empty((0, 0)))
    positions: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    archive: HourlyArchive | None = None

    def __iter__(self) -> Iterator[Any]:
        if self.data.ndim == 2:
            return super().__iter__()
        return iter((self.sim_sea, self.sim_trans, self.rphases))

    @cached_property
    def sim_trans(self) -> xr.DataArray:
        """Normal scores as an array with dimensions (station, variable, time)."""
        scores = member_array(self, self.times, self._by_station(self.scores), "sim_trans").drop_vars("units")
        return scores.assign_attrs(self._said() | {"units": "1", "long_name": "standard-normal scores"})

    def to_df(self, kind: Kind = "data") -> pd.DataFrame:
        """A DataFrame with one column per variable: physical values ("data") or "scores".

        It is indexed by time, or by station and time where there are several stations.

        Raises
        ------
        DataError
            If `kind` is neither.
        """
        if kind not in ("data", "scores"):
            raise DataError(f"kind is {kind!r}, but a simulation has tables of 'data' and of 'scores'.")
        return self._frame(self.data if kind == "data" else self.scores)

    def plot(self, observations: Any) -> Pictures:
        """Pictures of the simulation beside observations, as methods (see `varwg.plotting.Pictures`)."""
        from varwg.plotting import Pictures

        return Pictures(self, observations)

    def disaggregate(self, *, archive: Archive = None, window: int = WINDOW, rng: np.random.Generator) -> HourlySimulation:
        """Give the days the courses of observed days, moved so that the daily values stay what they are.

        Nothing is drawn from where the days came from, and the days are not changed.

        Parameters
        ----------
        archive : HourlyArchive, Observations, path or "formula", optional
            Hours of other stations that courses come from: of stations with the same names, or of one for all; variables
            that they lack, or with "formula" all, get courses by formula. By default those of the observations that the model
            was fitted to.
        window : int
            Half-width in days of the season that courses come from.
        rng : numpy.random.Generator
            Source of all choices.

        Returns
        -------
        HourlySimulation
            Its attribute `disaggregation` says where the courses come from.

        Raises
        ------
        DataError
            If there is no archive, it has other stations or units, or `window` is not within 0 and 182.
        RngError
            If `rng` is not a Generator.
        """
        whole_number(window, "window", 0, N_DOYS // 2 - 1)
        provenance, streams = Provenance.of(require_generator(rng)), Streams.of(rng)
        if archive is None and self.archive is None:
            raise DataError(
                f"the model of {self.station} was fitted to daily observations, so no course of a day is known: fit it to "
                "hourly ones, pass those of another station as archive=, or archive='formula'."
            )
        borrowed = None if archive is self.archive else archive
        options = HourlyOptions.of(self, self.archive, {"window": window}, borrowed)
        hours = hours_of(options, self.times, self._by_station(self.data), streams=streams)
        assert options is not None and hours is not None
        return HourlySimulation(
            times=readonly(hours.times),
            data=readonly_floats(hours.values[0] if self.data.ndim == 2 else hours.values),
            stations=self.stations,
            variables=self.variables,
            provenance=provenance,
            attributes={**self.attributes, "disaggregation": options.to_json()},
            latitude=self.latitude,
            longitude=self.longitude,
            elevation=self.elevation,
            grid=self.grid,
            earlier=(*self.earlier, ("daily", self.provenance)),
            source=readonly(hours.source),
            counts=hours.counts,
        )


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class HourlySimulation(Weather):
    """Sub-daily values of simulated days; unpacks as `times, data = hourly`.

    Attributes
    ----------
    times, data, stations, variables, attributes, latitude, longitude, elevation
        As in `Weather`; sums (of rain, of sunshine) are per step.
    provenance : Provenance
        Seed of the generator that chose the courses; that of the days is in `earlier`.
    source : array of datetime64[D], shape (days,)
        The observed day whose course each day has.
    counts : DisaggregationCounts
        How well observed days matched.
    """

    source: TimeArray
    counts: DisaggregationCounts


def frame(times: TimeArray, rows: FloatArray, names: tuple[str, ...]) -> pd.DataFrame:
    """A DataFrame of variables (K, T), one column each, indexed by time."""
    import xarray as xr

    columns = {name: ("time", row.copy()) for name, row in zip(names, rows, strict=True)}
    return xr.Dataset(columns, {"time": ("time", for_xarray(times).copy())}).to_dataframe()
