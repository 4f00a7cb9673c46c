"""Forecasts at one site: the days after the record, given the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from varwg._arguments import whole_number
from varwg._arrays import FloatArray, IntArray, TimeArray, brief, readonly, readonly_floats
from varwg._calendar import daily_times, doy_index
from varwg._provenance import Provenance, versions
from varwg._scores.amount_noise import add_amount_noise
from varwg._site_model import SiteModel, physical_values
from varwg._trend import trend_on
from varwg._variables import Variable, cf_attributes
from varwg.models._moments import predict as predict_scores
from varwg.models._moments import predict_ensemble as predict_score_ensemble
from varwg.streams import Streams, require_generator

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Forecast:
    """The days after the record; unpacks as `times, data = forecast`.

    Attributes
    ----------
    times : array of datetime64[s], shape (T,)
        The days.
    data : array, shape (K, T) or (members, K, T)
        Medians, or the members of an ensemble, in the units of the observations.
    station : str
        Name of the station.
    variables : tuple of Variable
        The K variables.
    provenance : Provenance or None
        Seed of the generator that an ensemble was drawn from; None for medians.
    """

    times: TimeArray
    data: FloatArray
    station: str
    variables: tuple[Variable, ...]
    provenance: Provenance | None = None

    __repr__ = brief

    def __iter__(self) -> Iterator[Any]:
        return iter((self.times, self.data))

    def to_dataset(self) -> xr.Dataset:
        """A tidy Dataset: one data variable per weather variable, dimensions ([realization,] station, time)."""
        import xarray as xr

        dims = (*("realization",) * (self.data.ndim - 2), "station", "time")
        data = {
            variable.name: (dims, self.data[..., number, :][..., None, :].copy(), cf_attributes(variable))
            for number, variable in enumerate(self.variables)
        }
        seed = {} if self.provenance is None else self.provenance.attributes() | versions()
        return xr.Dataset(data, {"station": [self.station], "time": self.times.copy()}, {"Conventions": "CF-1.10", **seed})

    def to_df(self) -> pd.DataFrame:
        """A DataFrame with one column per variable, indexed by time, or by member and time for an ensemble."""
        return self.to_dataset().isel(station=0, drop=True).to_dataframe()


def predict(model: SiteModel, n_days: int, *, ex: Any = None) -> Forecast:
    """Medians of the days after the record: for a variable with a bound or skewness no mean.

    Parameters
    ----------
    model : SiteModel
        A fitted model.
    n_days : int
        Days T ahead.
    ex : array, mapping, Series, DataFrame, DataArray or callable, optional
        External variables on these days, needed by a model that was fitted with some; as for `varwg._simulation.simulate`.

    Raises
    ------
    DataError
        If `n_days` is not positive, or external variables are missing.
    """
    times, doy = _days_ahead(model, n_days)
    before = _response_of_record(model)
    departures = model.scores() - before
    scores = _with_response(
        model, before, departures, predict_scores(model.autoregression, departures, n_days, doy=doy), times, ex
    )
    values = physical_values(model, scores, times, trend_on(model, times))
    return Forecast(times, readonly_floats(values), model.station, model.variables)


def predict_ensemble(model: SiteModel, n_days: int, n_members: int, *, ex: Any = None, rng: np.random.Generator) -> Forecast:
    """Possible courses of the days after the record.

    Parameters
    ----------
    model : SiteModel
        A fitted model.
    n_days, n_members : int
        Days T ahead, and size of the ensemble.
    ex : array, mapping, Series, DataFrame, DataArray or callable, optional
        As for `predict`.
    rng : numpy.random.Generator
        Source of the innovations.

    Raises
    ------
    DataError
        If `n_days` or `n_members` is not positive, or external variables are missing.
    """
    provenance, streams = Provenance.of(require_generator(rng)), Streams.of(rng)
    whole_number(n_members, "n_members", 1)
    times, doy = _days_ahead(model, n_days)
    generator = streams.generator("innovations")
    before = _response_of_record(model)
    departures = model.scores() - before
    drawn = predict_score_ensemble(model.autoregression, departures, n_days, n_members, rng=generator, doy=doy)
    members = np.array([_with_response(model, before, departures, member, times, ex) for member in drawn])
    trend = trend_on(model, times)
    for noisy in model.noisy:
        noise = streams.generator("amounts", noisy.series).standard_normal((n_members, n_days))
        departures = noisy.threshold[doy] if trend is None else trend.scores_on_days(noisy.threshold[doy], 0, noisy.series)
        threshold = np.broadcast_to(departures, noise.shape)
        members[:, noisy.series] = add_amount_noise(members[:, noisy.series], threshold, noisy.signal, noise)
    data = np.array([physical_values(model, scores, times, trend) for scores in members])
    return Forecast(times, readonly_floats(data), model.station, model.variables, provenance)


def _days_ahead(model: SiteModel, n_days: int) -> tuple[TimeArray, IntArray]:
    times = readonly(daily_times(model.times[-1] + np.timedelta64(1, "D"), n_days))
    return times, doy_index(times)


def _response_of_record(model: SiteModel) -> FloatArray:
    """What external variables added to the scores of the record, shape (K, T)."""
    record = np.empty((0, model.n_days)) if model.exogenous is None else model.exogenous.record
    return model.response(record, model.doy)


def _with_response(
    model: SiteModel, before: FloatArray, departures: FloatArray, ahead: FloatArray, times: TimeArray, ex: Any
) -> FloatArray:
    """Scores ahead (K, T) with the response to external variables, which goes on from that on the record, `before`."""
    if model.exogenous is None and ex is None:
        return ahead
    if callable(ex):
        both = np.concatenate([departures, ahead], axis=1)
        return ahead + model.response_from_past(both, ex, before)[:, model.n_days :]
    if model.exogenous is None:
        return ahead + model.response_on(times, ex)
    external = np.concatenate([model.exogenous.record, model.exogenous.values_on(times, ex)], axis=1)
    return ahead + model.response(external, np.concatenate([model.doy, doy_index(times)]))[:, model.n_days :]
