"""Forecasts at one site: the days after the record, given the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from varwg.amount_noise import add_amount_noise
from varwg.arrays import FloatArray, IntArray, TimeArray, readonly, readonly_floats
from varwg.calendar import daily_times, doy_index
from varwg.errors import DataError
from varwg.models.forecast import predict as predict_scores
from varwg.models.forecast import predict_ensemble as predict_score_ensemble
from varwg.site_model import SiteModel
from varwg.streams import Streams, require_generator
from varwg.variables import Variable, cf_attributes


@dataclass(frozen=True, eq=False)
class Forecast:
    """The days after the record; unpacks as `times, data = forecast`.

    Attributes
    ----------
    times : array of datetime64[ns], shape (T,)
        The days.
    data : array, shape (K, T) or (members, K, T)
        Medians, or the members of an ensemble, in the units of the observations.
    station : str
        Name of the station.
    variables : tuple of Variable
        The K variables.
    """

    times: TimeArray
    data: FloatArray
    station: str
    variables: tuple[Variable, ...]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.times, self.data))

    def to_dataset(self) -> xr.Dataset:
        """A tidy Dataset: one data variable per weather variable, dims ([realization,] station, time)."""
        dims = (*("realization",) * (self.data.ndim - 2), "station", "time")
        data = {
            variable.name: (dims, self.data[..., number, :][..., None, :].copy(), cf_attributes(variable))
            for number, variable in enumerate(self.variables)
        }
        return xr.Dataset(data, {"station": [self.station], "time": self.times.copy()}, {"Conventions": "CF-1.10"})


def predict(model: SiteModel, n_days: int) -> Forecast:
    """Medians of the days after the record: for a variable with a bound or skewness no mean.

    Raises
    ------
    DataError
        If `n_days` is not positive.
    """
    times, doy = _days_ahead(model, n_days)
    scores = predict_scores(model.autoregression, model.scores(), n_days, doy=doy)
    return Forecast(times, readonly_floats(_physical(model, scores, doy)), model.station, model.variables)


def predict_ensemble(model: SiteModel, n_days: int, n_members: int, *, rng: np.random.Generator) -> Forecast:
    """Possible courses of the days after the record.

    Parameters
    ----------
    model : SiteModel
        A fitted model.
    n_days, n_members : int
        Days T ahead, and size M of the ensemble.
    rng : numpy.random.Generator
        Source of the innovations.

    Raises
    ------
    DataError
        If `n_days` or `n_members` is not positive.
    """
    streams = Streams.of(require_generator(rng))
    if n_members < 1:
        raise DataError(f"n_members is {n_members}, but an ensemble needs at least one.")
    times, doy = _days_ahead(model, n_days)
    generator = streams.generator("innovations")
    members = predict_score_ensemble(model.autoregression, model.scores(), n_days, n_members, rng=generator, doy=doy)
    for noisy in model.noisy:
        noise = streams.generator("amounts", noisy.series).standard_normal((n_members, n_days))
        threshold = np.broadcast_to(noisy.threshold[doy], noise.shape)
        members[:, noisy.series] = add_amount_noise(members[:, noisy.series], threshold, noisy.signal, noise)
    data = np.array([_physical(model, scores, doy) for scores in members])
    return Forecast(times, readonly_floats(data), model.station, model.variables)


def _days_ahead(model: SiteModel, n_days: int) -> tuple[TimeArray, IntArray]:
    times = readonly(daily_times(model.times[-1] + np.timedelta64(1, "D"), n_days))
    return times, doy_index(times)


def _physical(model: SiteModel, scores: FloatArray, doy: IntArray) -> FloatArray:
    return np.array([marginal.from_scores(row, doy) for marginal, row in zip(model.marginals, scores, strict=True)])
