"""One simulation at one site: the pure function, and the value it returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from varwg.amount_noise import add_amount_noise
from varwg.arrays import FloatArray, TimeArray, readonly, readonly_floats
from varwg.calendar import doy_index
from varwg.errors import ScenarioError
from varwg.models.simulation import simulate as simulate_autoregression
from varwg.provenance import Provenance, versions
from varwg.scenario import Scenario, score_shift
from varwg.site_model import SiteModel
from varwg.streams import Streams, require_generator
from varwg.variables import Variable, cf_attributes

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated weather at one station; unpacks as `times, data = simulation`.

    Attributes
    ----------
    times : array of datetime64[ns], shape (T,)
        The days.
    data : array, shape (K, T)
        Physical values in the units of the observations.
    scores : array, shape (K, T)
        The same as standard-normal scores.
    station : str
        Name of the station.
    variables : tuple of Variable
        The variables along the first axis.
    provenance : Provenance
        Seed of the generator that was given.
    """

    times: TimeArray
    data: FloatArray
    scores: FloatArray
    station: str
    variables: tuple[Variable, ...]
    provenance: Provenance

    def __iter__(self) -> Iterator[Any]:
        return iter((self.times, self.data))

    @property
    def var_names(self) -> tuple[str, ...]:
        """Names of the variables along the first axis of `data`."""
        return tuple(variable.name for variable in self.variables)

    def to_dataset(self) -> xr.Dataset:
        """A tidy CF Dataset: one data variable per weather variable, dims (station, time), provenance as attributes."""
        data = {
            variable.name: (("station", "time"), row[None, :].copy(), cf_attributes(variable))
            for variable, row in zip(self.variables, self.data, strict=True)
        }
        attributes = {"Conventions": "CF-1.10", "featureType": "timeSeries", **self.provenance.attributes(), **versions()}
        coordinates = {"station": [self.station], "time": ("time", self.times.copy(), {"standard_name": "time", "axis": "T"})}
        return xr.Dataset(data, coordinates, attributes)

    def to_df(self) -> pd.DataFrame:
        """A DataFrame with one column per variable, indexed by time."""
        return self.to_dataset().isel(station=0, drop=True).to_dataframe()


def simulate(
    model: SiteModel, times: TimeArray, *, rng: np.random.Generator, scenario: Scenario | None = None, primary: int = 0
) -> Simulation:
    """Simulate the days `times`.

    Parameters
    ----------
    model : SiteModel
        A fitted model; it is not changed.
    times : array of datetime64, shape (T,)
        Consecutive days.
    rng : numpy.random.Generator
        Source of all randomness; it advances.
    scenario : Scenario, optional
        Change of the mean of the primary variable.
    primary : int
        Index of the primary variable. The others follow by their regression on its scores.

    Returns
    -------
    Simulation

    Raises
    ------
    RngError
        If `rng` is not a Generator.
    ScenarioError
        If the scenario cannot be reached.
    """
    provenance, streams = Provenance.of(require_generator(rng)), Streams.of(rng)
    doy = doy_index(times)
    scores = simulate_autoregression(model.autoregression, times.size, rng=streams.generator("innovations"), doy=doy)
    if scenario is not None and not scenario.neutral:
        scores = scores + _mean_response(model, scenario, primary)[:, doy]
    for noisy in model.noisy:
        noise = streams.generator("amounts", noisy.series).standard_normal(times.size)
        scores[noisy.series] = add_amount_noise(scores[noisy.series], noisy.threshold[doy], noisy.signal, noise)
    values = np.array([m.from_scores(row, doy) for m, row in zip(model.marginals, scores, strict=True)])
    return Simulation(
        readonly(times), readonly_floats(values), readonly_floats(scores), model.station, model.variables, provenance
    )


def _mean_response(model: SiteModel, scenario: Scenario, primary: int) -> FloatArray:
    """Shift of the mean scores, shape (K, 366): the primary's, and what regression on it says of the others.

    Adding it to a simulation is the same as letting it drive the autoregression, because that is linear.
    """
    if len(scenario.theta_incr) != 1:
        raise ScenarioError(f"the scenario is made for {len(scenario.theta_incr)} stations, but this model has one.")
    name = model.variable_names[primary]
    increments = scenario.daily_increments()[0]
    shift = score_shift(model.marginals[primary], increments, variable=name, station=model.station)
    return np.outer(_regression_on(model, primary), shift)


def _regression_on(model: SiteModel, primary: int) -> FloatArray:
    """cov(z_k, z_j) / var(z_j) of the fitted scores, which the residuals give back."""
    from varwg.models.simulation import replay

    doy = doy_index(model.times)
    covariance = np.cov(replay(model.autoregression, model.autoregression.residuals, doy=doy))
    return np.asarray(np.atleast_2d(covariance)[primary] / np.atleast_2d(covariance)[primary, primary])
