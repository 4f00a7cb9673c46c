"""External variables: series without a place in the vine (a river's flow, an index) that ride on the phases of the weather."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from varwg.arrays import FloatArray, IntArray, TimeArray
from varwg.calendar import doy_index
from varwg.completion import complete_scores
from varwg.errors import FitError
from varwg.marginals import fit_marginal
from varwg.marginals.base import SeasonalMarginal
from varwg.observations import Observations
from varwg.streams import require_generator
from varwg.variables import Variable
from weathercop.latent import LatentSpectrum
from weathercop.model import MultisiteModel

#: Share of the days of the weather record on which every external series has to be known.
_LEAST_COVERAGE: Final = 0.5
#: Latent series of the weather that gaps are filled from: those that are most correlated.
_MAX_HELPERS: Final = 12


@dataclass(frozen=True, eq=False)
class ExternalModel:
    """Series that go with the weather of a model, at stations of their own.

    Attributes
    ----------
    stations : tuple of str
        Their places.
    variables : tuple of Variable
        What they are.
    marginals : tuple (station) of tuple (variable) of SeasonalMarginal or None
        Seasonal distributions; None where a station does not report a variable.
    spectrum : LatentSpectrum
        Spectra of the N series that are reported, in the order of stations x variables, over the days of the weather record.
    """

    stations: tuple[str, ...]
    variables: tuple[Variable, ...]
    marginals: tuple[tuple[SeasonalMarginal | None, ...], ...]
    spectrum: LatentSpectrum


def fit_external(model: MultisiteModel, observations: Observations, *, rng: np.random.Generator) -> ExternalModel:
    """Spectra and marginals of external variables.

    Their dependence on the weather, at all lags, is kept as that of the latent series is among themselves: phases of all
    series turn alike. It is one of normal scores, so that correlations with heavy-tailed amounts of rain come out smaller
    than those of ranks do. External variables do not go through the vine, and scenarios do not move them.

    Parameters
    ----------
    model : MultisiteModel
        The fitted weather.
    observations : Observations
        Daily values of the external variables; days outside the record of the weather serve the marginals only.
    rng : numpy.random.Generator
        Draws the scores of gaps and of censored values, to go with the days around and with the weather.

    Returns
    -------
    ExternalModel

    Raises
    ------
    FitError
        If a series is not known on half of the days of the weather record, or its marginal cannot be estimated.
    """
    require_generator(rng)
    marginals, scores, upper = [], [], []
    doy = observations.doy
    bounds = observations.upper_bounds()
    for s, station in enumerate(observations.stations):
        row: list[SeasonalMarginal | None] = []
        for k, variable in enumerate(observations.variables):
            values = observations.values[s, k]
            if np.isnan(values).all():
                row.append(None)
                continue
            marginal = fit_marginal(values, doy, variable, upper=bounds[s][k], station=station)
            on_record = _on_days(values, observations.times, model.times)
            _check_coverage(on_record, f"{variable.name} at {station}", model)
            row.append(marginal)
            scores.append(marginal.to_scores(on_record, doy_index(model.times)))
            upper.append(_censoring(marginal, on_record, doy_index(model.times)))
        marginals.append(tuple(row))
    complete = _completed(model, np.array(scores), np.array(upper), rng=rng)
    return ExternalModel(observations.stations, observations.variables, tuple(marginals), LatentSpectrum.of(complete))


def realize_external(
    external: ExternalModel, phases: FloatArray, times: TimeArray, *, spectrum: LatentSpectrum | None = None
) -> FloatArray:
    """Values of the external variables that go with a realisation of the weather.

    Parameters
    ----------
    external : ExternalModel
        The fitted series.
    phases : array
        Phases of the realisation of the weather.
    times : array of datetime64, shape (T,)
        Its days.
    spectrum : LatentSpectrum, optional
        `external.spectrum` after the same changes (held periods, resampled amplitudes) as the spectrum of the weather.

    Returns
    -------
    array, shape (stations, variables, T)
        NaN where a station does not report a variable.
    """
    latent = iter((external.spectrum if spectrum is None else spectrum).realize(phases, times.size))
    doy = doy_index(times)
    values = np.full((len(external.stations), len(external.variables), times.size), np.nan)
    for s, row in enumerate(external.marginals):
        for k, marginal in enumerate(row):
            if marginal is not None:
                values[s, k] = marginal.from_scores(next(latent), doy)
    return values


def external_array(external: ExternalModel, values: FloatArray, times: TimeArray) -> xr.DataArray:
    """Values of `realize_external` with dims (station, variable, time) and units."""
    coordinates = {
        "station": list(external.stations),
        "variable": [variable.name for variable in external.variables],
        "units": ("variable", [variable.units for variable in external.variables]),
        "time": times,
    }
    return xr.DataArray(values, coordinates, ("station", "variable", "time"), name="external")


def _on_days(values: FloatArray, times: TimeArray, wanted: TimeArray) -> FloatArray:
    """Values on other days; NaN on those that are not there."""
    position = (wanted - times[0]).astype("timedelta64[D]").astype(np.int64)
    there = (position >= 0) & (position < times.size)
    moved = np.full(wanted.size, np.nan)
    moved[there] = values[position[there]]
    return moved


def _check_coverage(values: FloatArray, what: str, model: MultisiteModel) -> None:
    coverage = float(np.isfinite(values).mean())
    if coverage < _LEAST_COVERAGE:
        raise FitError(
            f"{what} is known on {coverage:.0%} of the {model.n_days} days from {model.first_day} that the weather is fitted to, "
            f"but {_LEAST_COVERAGE:.0%} are needed: give a series over the same years."
        )


def _censoring(marginal: SeasonalMarginal, values: FloatArray, doy: IntArray) -> FloatArray:
    """Scores that censored values are at most, infinite elsewhere."""
    upper = np.full(values.shape, np.inf)
    censored = marginal.is_censored(values, doy)
    upper[censored] = marginal.threshold_scores()[doy[censored]]
    return upper


def _completed(model: MultisiteModel, scores: FloatArray, upper: FloatArray, *, rng: np.random.Generator) -> FloatArray:
    """Scores (N, T) without gaps; what is unknown is drawn together with the latent series of the weather."""
    unknown = np.isnan(scores) | np.isfinite(upper)
    if not unknown.any():
        return scores
    weather = model.spectrum.realize(np.zeros(model.spectrum.n_phases(model.n_days)), model.n_days)
    known = np.where(unknown, 0.0, scores)
    strength = np.abs(known @ weather.T).max(axis=0)
    helpers = weather[np.sort(np.argsort(strength)[::-1][:_MAX_HELPERS])]
    rows = np.concatenate([scores, helpers])
    limits = np.concatenate([upper, np.full(helpers.shape, np.inf)])
    return complete_scores(rows, limits, rng=rng)[: len(scores)]
