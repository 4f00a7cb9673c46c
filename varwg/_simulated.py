"""What a single-site simulation returns: values that know their times, their data and where their randomness came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from varwg._arguments import whole_number
from varwg._arrays import FloatArray, IntArray, TimeArray, readonly, readonly_floats
from varwg._calendar import N_DOYS
from varwg._disaggregation import DisaggregationCounts, HourlyArchive, disaggregate
from varwg._disaggregation.archive import WINDOW
from varwg._provenance import Provenance, versions
from varwg._variables import Variable, cf_attributes, place_coordinates
from varwg.errors import DataError
from varwg.streams import Streams, require_generator

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Name of the stream that courses of days are chosen from.
DISAGGREGATION: Final = "disaggregation"
#: What a table can be made of: physical values or normal scores.
Kind: TypeAlias = Literal["data", "scores"]


@dataclass(frozen=True, eq=False)
class SiteWeather:
    """Generated weather at one station; unpacks as `times, data = weather`.

    Attributes
    ----------
    times : array of datetime64[ns], shape (T,)
        The days, or the beginnings of shorter steps.
    data : array, shape (K, T)
        Physical values in the units of the observations.
    station : str
        Name of the station.
    variables : tuple of Variable
        The variables along the first axis.
    provenance : Provenance
        Seed of the generator that was given.
    scenario : str
        The scenario as JSON; empty without one.
    latitude, longitude, elevation : float
        Of the station, in degrees and metres; NaN where unknown.
    earlier : tuple of (str, Provenance)
        Seeds of what this was made from: "daily" of the days of hours, "undried" of days before dry spells were put in.
    """

    times: TimeArray
    data: FloatArray
    station: str
    variables: tuple[Variable, ...]
    provenance: Provenance
    scenario: str = ""
    latitude: float = np.nan
    longitude: float = np.nan
    elevation: float = np.nan
    earlier: tuple[tuple[str, Provenance], ...] = ()

    def __iter__(self) -> Iterator[Any]:
        return iter((self.times, self.data))

    @property
    def var_names(self) -> tuple[str, ...]:
        """Names of the variables along the first axis of `data`."""
        return tuple(variable.name for variable in self.variables)

    def to_dataset(self) -> xr.Dataset:
        """A tidy CF Dataset: one data variable per weather variable, dims (station, time), provenance as attributes."""
        import xarray as xr

        data = {
            variable.name: (("station", "time"), row[None, :].copy(), cf_attributes(variable))
            for variable, row in zip(self.variables, self.data, strict=True)
        }
        attributes = {"Conventions": "CF-1.10", "featureType": "timeSeries", **self.provenance.attributes(), **versions()}
        if self.scenario:
            attributes["scenario"] = self.scenario
        for made_from, provenance in self.earlier:
            attributes |= {f"{made_from}_{key}": text for key, text in provenance.attributes().items()}
        coordinates = {
            "station": ("station", [self.station], {"cf_role": "timeseries_id"}),
            "time": ("time", self.times.copy(), {"standard_name": "time", "axis": "T"}),
            **place_coordinates([self.latitude], [self.longitude], [self.elevation]),
        }
        return xr.Dataset(data, coordinates, attributes)

    def to_df(self) -> pd.DataFrame:
        """A DataFrame with one column per variable, indexed by time."""
        return frame(self.times, self.data, self.var_names)

    def write(self, path: str | Path, *, format_name: str | None = None) -> None:
        """Write to a file: NetCDF, CSV, met or the forcing of a lake model (see `varwg.io.write_weather`).

        Raises
        ------
        DataError
            If the format is not known or needs what is not there, or the file cannot be written.
        """
        from varwg.io import write_weather

        write_weather(self, path, format_name=format_name)


@dataclass(frozen=True, eq=False, kw_only=True)
class Simulation(SiteWeather):
    """Simulated days at one station; unpacks as `times, data = simulation`.

    Attributes
    ----------
    times, data, station, variables, provenance, scenario, latitude, longitude, elevation
        As in `SiteWeather`.
    scores : array, shape (K, T)
        The data as standard-normal scores, before a factor of precipitation.
    rphases : array, shape (B, F)
        The random phases of B blocks of residuals; empty without phase randomisation. Hand them to another simulation
        to change the scenario but not the randomness.
    positions : array of int, shape (T,)
        The day of the record that each day is; empty unless days were resampled.
    archive : HourlyArchive or None
        The courses of observed days, where the model was fitted to sub-daily observations.
    """

    scores: FloatArray
    rphases: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    positions: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    archive: HourlyArchive | None = None

    def to_df(self, kind: Kind = "data") -> pd.DataFrame:
        """A DataFrame with one column per variable, indexed by time: physical values ("data") or "scores".

        Raises
        ------
        DataError
            If `kind` is neither.
        """
        if kind not in ("data", "scores"):
            raise DataError(f"kind is {kind!r}, but a simulation has tables of 'data' and of 'scores'.")
        return frame(self.times, self.data if kind == "data" else self.scores, self.var_names)

    def disaggregate(
        self, *, archive: HourlyArchive | None = None, window: int = WINDOW, rng: np.random.Generator
    ) -> HourlySimulation:
        """Give the days the courses of observed days, moved so that the daily values stay what they are.

        Nothing is drawn from where the days came from, and the days are not changed.

        Parameters
        ----------
        archive : HourlyArchive, optional
            Observed courses of days at one station, which has these variables; by default those of the observations that
            the model was fitted to.
        window : int
            Half-width in days of the season that courses come from.
        rng : numpy.random.Generator
            Source of all choices.

        Returns
        -------
        HourlySimulation

        Raises
        ------
        DataError
            If there is no archive, it has several stations, not all variables or other units, or `window` is not within 0
            and 182.
        RngError
            If `rng` is not a Generator.
        """
        whole_number(window, "window", 0, N_DOYS // 2 - 1)
        provenance, streams = Provenance.of(require_generator(rng)), Streams.of(rng)
        courses = _fitting(self, self.archive if archive is None else archive)
        generator = streams.generator(DISAGGREGATION)
        found = disaggregate(courses, self.times, self.data[None], window=window, rng=generator)
        return HourlySimulation(
            times=readonly(found.times),
            data=readonly_floats(found.values[0]),
            station=self.station,
            variables=self.variables,
            provenance=provenance,
            scenario=self.scenario,
            latitude=self.latitude,
            longitude=self.longitude,
            elevation=self.elevation,
            earlier=(*self.earlier, ("daily", self.provenance)),
            source=readonly(found.source),
            counts=found.counts,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class HourlySimulation(SiteWeather):
    """Sub-daily values of simulated days; unpacks as `times, data = hourly`.

    Attributes
    ----------
    times, data, station, variables, scenario, latitude, longitude, elevation
        As in `SiteWeather`; sums (of rain, of sunshine) are per step.
    provenance : Provenance
        Seed of the generator that chose the courses; that of the days is in `earlier`.
    source : array of datetime64[D], shape (days,)
        The observed day whose course each day has.
    counts : DisaggregationCounts
        How well observed days matched.
    """

    source: TimeArray
    counts: DisaggregationCounts


def _fitting(simulation: Simulation, archive: HourlyArchive | None) -> HourlyArchive:
    """What the archive has of the variables of these days."""
    if archive is not None and not isinstance(archive, HourlyArchive):
        raise DataError(
            f"archive is a {type(archive).__name__}, but a varwg.HourlyArchive is expected: HourlyArchive.of(observations)."
        )
    if archive is None:
        raise DataError(
            f"the model of {simulation.station} was fitted to daily observations, so no course of a day is known: fit it to "
            "hourly ones, or pass archive=varwg.HourlyArchive.of(observations) of an hourly record."
        )
    names = tuple(variable.name for variable in archive.variables)
    missing = [name for name in simulation.var_names if name not in names]
    if len(archive.stations) != 1 or missing:
        raise DataError(
            f"the archive has the variables {', '.join(names)} of {len(archive.stations)} stations, but "
            f"{', '.join(simulation.var_names)} of one station are simulated: read the hourly record with these."
        )
    columns = [names.index(name) for name in simulation.var_names]
    for column, variable in zip(columns, simulation.variables, strict=True):
        if archive.variables[column].units != variable.units:
            raise DataError(
                f"{variable.name} is in {archive.variables[column].units} in the archive and in {variable.units} in the "
                "simulation: read both records in the same unit."
            )
    if columns == list(range(len(names))):
        return archive
    return replace(
        archive,
        variables=tuple(archive.variables[column] for column in columns),
        daily=archive.daily[:, columns],
        patterns=archive.patterns[:, columns],
        largest=archive.largest[:, columns],
    )


def frame(times: TimeArray, rows: FloatArray, names: tuple[str, ...]) -> pd.DataFrame:
    """A DataFrame of variables (K, T), one column each, indexed by time."""
    import xarray as xr

    columns = {name: ("time", row.copy()) for name, row in zip(names, rows, strict=True)}
    return xr.Dataset(columns, {"time": ("time", times.copy())}).to_dataframe()
