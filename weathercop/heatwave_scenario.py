"""Hotter heat waves: a scenario that raises temperature where a simulation has heat waves, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from varwg import codec
from varwg.arrays import FloatArray
from varwg.errors import ScenarioError
from weathercop.conditions import Weather
from weathercop.heatwaves import HeatWaves, detect
from weathercop.hot_days import HeatThresholds, checked_months, in_months


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

    def signal(self, weather: Weather) -> FloatArray:
        """Daily increments (S, T) of the primary for a realisation without them; zero at stations without thresholds."""
        waves = detect(weather.to_array(), self.thresholds)
        rises = heat_wave_signal(waves, self.increment, factor=self.factor, ramp_days=self.ramp_days, months=self.months or None)
        signal = np.zeros((len(weather.stations), weather.times.size))
        signal[[weather.stations.index(name) for name in waves.stations]] = rises
        return signal

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
    """A daily series of increments that makes heat waves hotter: a `climate_signal` for `varwg.scenario.Scenario`.

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
        Only heat waves that begin in these months; all by default.
    member : int
        Member of the ensemble in which they were found.

    Returns
    -------
    DataArray with dims (station, time)
        Zero away from heat waves; where ramps of two meet, the larger counts.

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
    wanted = (waves.member == member) & in_months(waves.times, checked_months(months or waves.months))[waves.start]
    signal = np.zeros((len(waves.stations), waves.times.size))
    for n in np.flatnonzero(wanted):
        first, length = waves.start[n], waves.length[n]
        days = np.arange(max(first - ramp_days, 0), min(first + length + ramp_days, waves.times.size))
        outside = np.maximum(np.maximum(first - days, days - (first + length - 1)), 0)
        rise = (increment + factor * waves.excess[n]) * (1.0 - outside / (ramp_days + 1))
        row = signal[waves.station[n]]
        row[days] = np.where(np.abs(rise) > np.abs(row[days]), rise, row[days])
    coordinates = {"station": list(waves.stations), "time": waves.times}
    return xr.DataArray(signal, coordinates, ("station", "time"), name="climate_signal")
