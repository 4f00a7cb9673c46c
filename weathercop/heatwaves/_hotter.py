"""Hotter heat waves: a scenario that raises temperature where a simulation has heat waves, and what it reached."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from varwg import _persistence as codec
from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg.errors import DataError, ScenarioError
from weathercop.conditions._kinds import Weather
from weathercop.heatwaves._detection import HeatWaves, detect
from weathercop.heatwaves._hot_days import HeatThresholds, as_array, checked_months, in_months, values_of


@dataclass(frozen=True, eq=False)
class HotterHeatWaves:
    """Heat waves of every member made hotter, each member's own.

    Attributes
    ----------
    thresholds : HeatThresholds
        What a heat wave is; usually from the observations.
    increment, factor, ramp_days, months
        As for `heat_wave_signal`; all months of the definition if empty.
    """

    thresholds: HeatThresholds
    increment: float = 0.0
    factor: float = 0.0
    ramp_days: int = 2
    months: tuple[int, ...] = ()

    @property
    def variable(self) -> str:
        """Name of the temperature that is raised, and that others follow: that of the days."""
        return self.thresholds.variables[0]

    def signal(self, weather: Weather) -> FloatArray:
        """Daily increments (S, T) of `variable` for a realisation without them; zero at stations without thresholds."""
        waves = detect(weather.to_array(), self.thresholds)
        signal = np.zeros((len(weather.stations), weather.times.size))
        signal[[weather.stations.index(name) for name in waves.stations]] = self._rises(waves, 0)
        return signal

    def reached(self, before: xr.DataArray | xr.Dataset, after: xr.DataArray | xr.Dataset) -> xr.Dataset:
        """What became of the heat waves of a simulation or an ensemble.

        A change of the mean is asked of the distribution of all days. The hottest days change by just that where it is
        normal, and by more or less elsewhere; nights, and other stations' days, follow as the dependence says.

        Parameters
        ----------
        before : DataArray with dimensions ((realization,) station, variable, time), or Dataset with dimensions (station, time)
            The simulation without hotter heat waves.
        after : DataArray or Dataset
            The same with them, from the same phases.

        Returns
        -------
        Dataset with dimensions (realization, station)
            `n_raised` heat waves; mean change `asked` on their days; `change` of each temperature of the thresholds (dim
            "variable") on these days, and the largest one `elsewhere`, on days that nothing was asked of; and the
            `HeatWaves.statistics` of both (dim "simulation").

        Raises
        ------
        DataError
            If the two have not the same members, stations and days.
        """
        first, second = (_of_stations(weather, self.thresholds) for weather in (before, after))
        if first.shape != second.shape or not np.array_equal(first["time"].values, second["time"].values):
            raise DataError(
                f"the simulations have the shapes {first.shape} and {second.shape}, or other days: compare two with the same "
                "members, stations and days."
            )
        waves = detect(first, self.thresholds)
        members = range(waves.n_members)
        asked = np.array([self._rises(waves, member) for member in members])
        raised = np.array([_raised_days(waves, self._months, member) for member in members])
        change = values_of(second - first, self.thresholds.variables)
        dims, by_variable = ("realization", "station"), ("variable", "realization", "station")
        data = {
            "n_raised": (dims, _n_raised(waves, self._months), {"long_name": "heat waves that were raised", "units": "1"}),
            "asked": (dims, _mean_over(asked, raised), {"long_name": "mean change asked of their days", "units": "K"}),
            "change": (by_variable, _mean_over(change, raised), {"long_name": "mean change on their days", "units": "K"}),
            "elsewhere": (
                by_variable,
                np.where(asked == 0.0, np.abs(change), 0.0).max(axis=-1),
                {"long_name": "largest change on days that nothing was asked of", "units": "K"},
            ),
        }
        coordinates = {"variable": list(self.thresholds.variables), "station": list(waves.stations)}
        report = xr.Dataset(data, {**coordinates, "realization": np.arange(waves.n_members)})
        both = [waves.statistics(), detect(second, self.thresholds).statistics()]
        return report.merge(xr.concat(both, xr.Variable("simulation", ["before", "after"])))

    @property
    def _months(self) -> tuple[int, ...]:
        return self.months or self.thresholds.definition.months

    def _rises(self, waves: HeatWaves, member: int) -> FloatArray:
        """Increments (S, T) of one member."""
        signal = heat_wave_signal(
            waves, self.increment, factor=self.factor, ramp_days=self.ramp_days, months=self._months, member=member
        )
        return np.asarray(signal)

    def to_json(self) -> str:
        """Canonical text for manifests and attributes."""
        terms = {"increment": self.increment, "factor": self.factor, "ramp_days": self.ramp_days, "months": self.months}
        return json.dumps(terms | {"thresholds": codec.digest(self.thresholds)}, sort_keys=True)


def heat_wave_signal(
    waves: HeatWaves,
    increment: float = 0.0,
    *,
    factor: float = 0.0,
    ramp_days: int = 2,
    months: Sequence[int] | None = None,
    member: int = 0,
) -> xr.DataArray:
    """A daily series of increments that makes heat waves hotter: a `climate_signal` for `varwg.scenarios.Scenario`.

    Heat waves of a simulation stay where they are when it is repeated with its phases (`rphases`), so they are the ones
    that are raised.

    Parameters
    ----------
    waves : HeatWaves
        Heat waves of the simulation.
    increment : float
        Rise of the temperature on their days.
    factor : float
        Further rise, in units of the mean excess of each heat wave.
    ramp_days : int
        Days before and after over which the rise comes and goes linearly; without, temperature would jump.
    months : sequence of int, optional
        Only heat waves that begin in these months, and only their days, and days of ramps, in these months; those of the
        definition by default.
    member : int
        Member of the ensemble in which they were found.

    Returns
    -------
    DataArray with dimensions (station, time)
        Zero away from heat waves and outside the months; where ramps of two meet, the larger counts.

    Raises
    ------
    ScenarioError
        If a number is not finite, a month does not exist, or `ramp_days` is negative.
    """
    if not (np.isfinite(increment) and np.isfinite(factor)) or ramp_days < 0:
        raise ScenarioError(
            f"increment is {increment}, factor {factor} and ramp_days {ramp_days}, but finite numbers are expected, and 0 or "
            "more days."
        )
    if not 0 <= member < waves.n_members:
        raise ScenarioError(f"there is no member {member}, the heat waves are those of {waves.n_members}: name one of these.")
    chosen = checked_months(months or waves.months)
    signal = np.zeros((len(waves.stations), waves.times.size))
    for n in np.flatnonzero(_wanted(waves, chosen) & (waves.member == member)):
        first, length = waves.start[n], waves.length[n]
        days = np.arange(max(first - ramp_days, 0), min(first + length + ramp_days, waves.times.size))
        outside = np.maximum(np.maximum(first - days, days - (first + length - 1)), 0)
        rise = (increment + factor * waves.excess[n]) * (1.0 - outside / (ramp_days + 1))
        row = signal[waves.station[n]]
        row[days] = np.where(np.abs(rise) > np.abs(row[days]), rise, row[days])
    signal[:, ~in_months(waves.times, chosen)] = 0.0
    coordinates = {"station": list(waves.stations), "time": waves.times}
    return xr.DataArray(signal, coordinates, ("station", "time"), name="climate_signal")


def _wanted(waves: HeatWaves, months: tuple[int, ...]) -> BoolArray:
    """Which heat waves begin in the months."""
    return in_months(waves.times, months)[waves.start]


def _raised_days(waves: HeatWaves, months: tuple[int, ...], member: int) -> BoolArray:
    """Days (S, T) of the heat waves of a member that are raised, without ramps."""
    days = np.zeros((len(waves.stations), waves.times.size), dtype=bool)
    for n in np.flatnonzero(_wanted(waves, months) & (waves.member == member)):
        days[waves.station[n], waves.start[n] : waves.start[n] + waves.length[n]] = True
    return days & in_months(waves.times, months)


def _n_raised(waves: HeatWaves, months: tuple[int, ...]) -> IntArray:
    """Number of heat waves that begin in the months, shape (members, S)."""
    number = np.zeros((waves.n_members, len(waves.stations)), dtype=np.intp)
    wanted = _wanted(waves, months)
    np.add.at(number, (waves.member[wanted], waves.station[wanted]), 1)
    return number


def _mean_over(values: FloatArray, days: BoolArray) -> FloatArray:
    """Means of values (..., T) over some days (..., T); NaN where there are none."""
    count = days.sum(axis=-1)
    sums = np.where(days, values, 0.0).sum(axis=-1)
    return np.asarray(np.divide(sums, count, out=np.full(sums.shape, np.nan), where=np.broadcast_to(count > 0, sums.shape)))


def _of_stations(weather: xr.DataArray | xr.Dataset, thresholds: HeatThresholds) -> xr.DataArray:
    """Weather with dimensions (realization, station, variable, time) at the stations of the thresholds; members are numbered."""
    array = as_array(weather).sel(station=list(thresholds.stations))
    return array.assign_coords(realization=np.arange(array.sizes["realization"]))
