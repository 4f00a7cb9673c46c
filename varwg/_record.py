"""New series from the observed record of one site: gaps filled, days resampled, dry spells put in."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from varwg._arguments import whole_number
from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray, brief, correlation_matrix, readonly, readonly_floats
from varwg._calendar import N_DOYS, doy_index
from varwg._observations import Observations
from varwg._observations.aggregation import without_short_gaps
from varwg._provenance import Provenance
from varwg._scores.amount_noise import add_amount_noise
from varwg._scores.normal_scores import infill_scores
from varwg._simulated import Simulation
from varwg._site_model import SiteModel, physical_values
from varwg._trend import trend_on
from varwg.errors import DataError, FitError
from varwg.marginals._seasonal import circular_distance
from varwg.rain import random_dryness as dry_spells
from varwg.scenarios import Scenario, daily_score_shift
from varwg.scenarios._responses import primary_index, rain_index
from varwg.streams import Streams, require_generator

#: Half-width in days of the season that candidates come from.
WINDOW: Final = 10

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class NeighbourModel:
    """Observed days and what preceded them, ready to be resampled.

    Attributes
    ----------
    order : int
        Number of preceding days p that are compared.
    weights : array, shape (K,)
        Weight of each variable in the distance.
    scores : array, shape (K, T)
        The observed series.
    candidates : array of int
        Positions of the candidate days of all rows, one row after the other.
    bounds : array of int, shape (367,)
        Where the candidates of each row begin, and where those of the last end.
    """

    order: int
    weights: FloatArray
    scores: FloatArray
    candidates: IntArray
    bounds: IntArray

    __repr__ = brief


def fit_neighbours(
    scores: FloatArray, doy: IntArray, *, order: int = 1, window: int = WINDOW, weights: FloatArray | None = None
) -> NeighbourModel:
    """Collect the candidates of every day of the year.

    Parameters
    ----------
    scores : array, shape (K, T)
        Series on consecutive days, NaN where missing; variables should vary alike, as normal scores do.
    doy : array of int, shape (T,)
        Row 0 to 365 of every day.
    order : int
        Number of preceding days that are compared.
    window : int
        Half-width in days of the season that candidates come from.
    weights : array, shape (K,), optional
        Weight of each variable in the squared distance; ones if not given.

    Raises
    ------
    FitError
        If shapes differ, the order is not positive, or a day of the year has no complete candidate.
    """
    series = np.asarray(scores, dtype=np.float64)
    whole_number(order, "order", 1, error=FitError)
    whole_number(window, "window", 0, N_DOYS // 2, error=FitError)
    if series.ndim != 2 or np.shape(doy) != series.shape[1:]:
        raise FitError(
            f"scores has shape {series.shape} and doy {np.shape(doy)}, but (variables, days) and (days,) are expected."
        )
    complete: BoolArray = np.all(np.isfinite(series), axis=0)
    usable = complete[order:].copy()
    for lag in range(1, order + 1):
        usable &= complete[order - lag : complete.size - lag]
    days = order + np.flatnonzero(usable)
    near = circular_distance()[:, np.asarray(doy)[days]] <= window
    counts = near.sum(axis=1)
    if not counts.all():
        raise FitError(
            f"day {int(np.argmin(counts)) + 1} of the year has no complete candidate within {window} days: widen the "
            "window, lower the order or infill the gaps."
        )
    return NeighbourModel(
        order=order,
        weights=readonly_floats(np.ones(len(series)) if weights is None else weights),
        scores=readonly_floats(series),
        candidates=readonly(np.concatenate([days[row] for row in near])),
        bounds=readonly(np.concatenate([[0], np.cumsum(counts)])),
    )


def resample_days(model: NeighbourModel, doy: IntArray, *, rng: np.random.Generator, bias: FloatArray | None = None) -> IntArray:
    """Positions in the record of the days that make up a new series (Lall and Sharma 1996, doi:10.1029/95WR02966).

    Every day is drawn from the k = sqrt(n) candidates whose p preceding days are nearest to the p days last drawn, the
    j-th nearest with a weight of 1/j.

    Parameters
    ----------
    model : NeighbourModel
        What is resampled.
    doy : array of int, shape (n,)
        Day of the year of every new day.
    rng : numpy.random.Generator
        Source of the choices.
    bias : array, shape (K,) or (K, n), optional
        Added to the days last drawn before neighbours are sought: a positive bias of temperature looks for the
        successors of warmer days.

    Returns
    -------
    array of int, shape (n,)
        The new series is `data[..., positions]`, for any data on the days of the record.

    Raises
    ------
    DataError
        If `bias` has another shape or `doy` is empty.
    """
    require_generator(rng)
    rows = np.asarray(doy, dtype=np.intp)
    if not rows.size:
        raise DataError("doy is empty, but resampling needs at least one day.")
    offsets = _daily_bias(bias, len(model.scores), rows.size)
    uniform = rng.random(rows.size)
    scale = np.sqrt(model.weights)[:, None]
    series = model.scores * scale
    pasts = _pasts(series, model.order)
    shares = _cumulative_weights(int(np.diff(model.bounds).max()))
    first = model.candidates[model.bounds[rows[0]] : model.bounds[rows[0] + 1]]
    chosen = [int(first[int(uniform[0] * first.size)])]
    recent = series[:, chosen[0] - model.order + 1 : chosen[0] + 1].T.ravel()
    for day in range(1, rows.size):
        wanted = recent + np.tile(offsets[:, day] * scale[:, 0], model.order)
        candidates = model.candidates[model.bounds[rows[day]] : model.bounds[rows[day] + 1]]
        distances = np.sum((pasts[candidates] - wanted) ** 2, axis=1)
        n_near = int(np.ceil(np.sqrt(candidates.size)))
        nearest = np.argpartition(distances, n_near - 1)[:n_near]
        nearest = nearest[np.argsort(distances[nearest])]
        rank = int(np.searchsorted(shares[n_near], uniform[day], side="right"))
        chosen.append(int(candidates[nearest[min(rank, n_near - 1)]]))
        recent = np.concatenate([recent[len(series) :], series[:, chosen[-1]]])
    return np.array(chosen, dtype=np.intp)


def _pasts(series: FloatArray, order: int) -> FloatArray:
    """The p days before each day, the oldest first, shape (T, p K); days without them hold NaN."""
    n_variables, n_days = series.shape
    pasts = np.full((n_days, order * n_variables), np.nan)
    lags = [series[:, order - lag : n_days - lag] for lag in range(order, 0, -1)]
    pasts[order:] = np.concatenate(lags).T
    return pasts


def _cumulative_weights(n_candidates: int) -> tuple[FloatArray, ...]:
    """Cumulative probabilities of the nearest, second nearest ... of k neighbours, for every k that may occur."""
    largest = int(np.ceil(np.sqrt(n_candidates)))
    harmonic = np.cumsum(1.0 / np.arange(1, largest + 1))
    return tuple(harmonic[:k] / harmonic[max(k, 1) - 1] for k in range(largest + 1))


def _daily_bias(bias: FloatArray | None, n_variables: int, n_days: int) -> FloatArray:
    if bias is None:
        return np.zeros((n_variables, n_days))
    offsets = np.asarray(bias, dtype=np.float64)
    if offsets.shape not in ((n_variables,), (n_variables, n_days)):
        raise DataError(f"bias has shape {offsets.shape}, but {(n_variables,)} or {(n_variables, n_days)} is expected.")
    return np.broadcast_to(offsets.reshape(n_variables, -1), (n_variables, n_days))


def infill(model: SiteModel, observations: Observations, *, rng: np.random.Generator, linear_up_to: int = 0) -> Simulation:
    """The record with its gaps filled, drawn from their distribution given all that was observed before and after.

    Parameters
    ----------
    model : SiteModel
        A model fitted to `observations`.
    observations : Observations
        The record.
    rng : numpy.random.Generator
        Source of the draws.
    linear_up_to : int
        Gaps of up to this many days are filled linearly in time instead; not those of rain and of whatever else has a
        threshold.

    Returns
    -------
    Simulation
        Observed values are the bits that came in.

    Raises
    ------
    DataError
        If the observations are not those of the model, or its autoregression has a moving average.
    """
    whole_number(linear_up_to, "linear_up_to", 0)
    provenance, streams = Provenance.of(require_generator(rng)), Streams.of(rng)
    _check_record(model, observations)
    doy = observations.doy
    values = _interpolated(model, observations, linear_up_to)
    missing = np.isnan(values)
    partial = np.where(missing, np.nan, model.scores())
    trend = trend_on(model, observations.times)
    for index, marginal in enumerate(model.marginals):
        interpolated = np.isnan(observations.values[0, index]) & ~missing[index]
        of_record = values[index] if trend is None else trend.of_record(values[index], 0, index)
        partial[index] = np.where(interpolated, marginal.to_scores(of_record, doy), partial[index])
    external = 0.0 if model.exogenous is None else model.response(model.exogenous.record, doy)
    scores = external + infill_scores(partial - external, model.autoregression, rng=streams.generator("gaps"), doy=doy)
    for number, noisy in enumerate(model.noisy):
        row = noisy.series
        drawn = streams.generator("amounts", row).standard_normal(doy.size)
        noise = np.where(missing[row], drawn, model.noise[number])
        threshold = noisy.threshold[doy] if trend is None else trend.scores_on_days(noisy.threshold[doy], 0, row)
        scores[row] = add_amount_noise(scores[row], threshold, noisy.signal, noise)
    filled = physical_values(model, scores, observations.times, trend)
    return Simulation(
        times=observations.times,
        data=readonly_floats(np.where(missing, filled, values)),
        scores=readonly_floats(scores),
        stations=model.stations,
        variables=model.variables,
        provenance=provenance,
        archive=model.archive,
        **model.place,
    )


def _interpolated(model: SiteModel, observations: Observations, longest: int) -> FloatArray:
    """Observed values (K, T) with short gaps of the variables without threshold filled linearly."""
    rows = [
        row if np.isfinite(marginal.threshold_scores()).any() else without_short_gaps(row, longest)
        for row, marginal in zip(observations.values[0], model.marginals, strict=True)
    ]
    return np.array(rows)


def resample(
    model: SiteModel,
    observations: Observations,
    times: TimeArray,
    *,
    rng: np.random.Generator,
    order: int = 1,
    window: int = WINDOW,
    scenario: Scenario | None = None,
) -> Simulation:
    """A new series of whole observed days (see `varwg._record`).

    Parameters
    ----------
    model : SiteModel
        A model fitted to `observations`; its scores measure how alike days are.
    observations : Observations
        The record; only days on which all variables were observed are used.
    times : array of datetime64, shape (T,)
        The days to make.
    rng : numpy.random.Generator
        Source of the choices.
    order : int
        Number of preceding days that are compared.
    window : int
        Half-width in days of the season that days come from.
    scenario : Scenario, optional
        Successors are sought of days whose primary variable is changed in that direction. The mean moves by about half of
        what is asked, as no day is changed and only observed ones can come.

    Returns
    -------
    Simulation
        With `positions`, the day of the record that each new day is.

    Raises
    ------
    FitError
        If a day of the year has no complete day of the record near it.
    ScenarioError
        If the scenario has terms that resampling does not know.
    """
    provenance, streams = Provenance.of(require_generator(rng)), Streams.of(rng)
    _check_record(model, observations)
    if model.trend is not None:
        _LOGGER.warning(
            "resampled days keep the trend of the year they come from, so that the simulation has no trend of its own."
        )
    doy, scores = doy_index(times), model.scores()
    bias, text = None, ""
    if scenario is not None and not scenario.neutral:
        scenario.require_only(("theta_incr", "theta_grad", "disturbance_std", "climate_signal"), "the resampling")
        primary = primary_index(model, scenario)
        bias, text = np.zeros((len(model.variables), times.size)), scenario.to_json()
        name, increments = model.variable_names[primary], scenario.increments_on(times, streams=streams)[0]
        shift = daily_score_shift(model.marginals[primary], increments, doy, variable=name, station=model.station)
        # z_t = rho (z_{t-1} + b) settles to the shift s with b = s (1 - rho) / rho.
        memory = correlation_matrix(np.stack([scores[primary, 1:], scores[primary, :-1]]))[0, 1]
        bias[primary] = shift * (1.0 - memory) / memory
    observed = np.where(np.isnan(observations.values[0]), np.nan, scores)
    neighbours = fit_neighbours(observed, observations.doy, order=order, window=window)
    positions = resample_days(neighbours, doy, rng=streams.generator("resampling"), bias=bias)
    return Simulation(
        times=readonly(times),
        data=readonly_floats(observations.values[0][:, positions]),
        scores=readonly_floats(scores[:, positions]),
        stations=model.stations,
        variables=model.variables,
        provenance=provenance,
        attributes={"scenario": text} if text else {},
        positions=readonly(positions),
        archive=model.archive,
        **model.place,
    )


def random_dryness(
    model: SiteModel, simulation: Simulation, *, spells_per_year: float, mean_length: float, rng: np.random.Generator
) -> Simulation:
    """A simulation with dry spells put into its precipitation at random (see `varwg.rain.random_dryness`).

    Raises
    ------
    ScenarioError
        If there is no precipitation.
    DataError
        If the rate is negative, the mean length below one day, or the simulation is of another model.
    """
    provenance, streams = Provenance.of(require_generator(rng)), Streams.of(rng)
    if simulation.var_names != model.variable_names:
        raise DataError(
            f"the simulation has the variables {', '.join(simulation.var_names)}, but the model "
            f"{', '.join(model.variable_names)}: pass one that this model made."
        )
    row, doy = rain_index(model.variables), doy_index(simulation.times)
    data, scores = simulation.data.copy(), simulation.scores.copy()
    data[row], inside = dry_spells(
        data[row], spells_per_year=spells_per_year, mean_length=mean_length, rng=streams.generator("dry spells")
    )
    dried = np.minimum(scores[row], model.marginals[row].threshold_scores()[doy])
    scores[row] = np.where(inside, dried, scores[row])
    earlier = (*simulation.earlier, ("undried", simulation.provenance))
    return replace(simulation, data=readonly_floats(data), scores=readonly_floats(scores), provenance=provenance, earlier=earlier)


def _check_record(model: SiteModel, observations: Observations) -> None:
    if observations.names != model.variable_names or not np.array_equal(observations.times, model.times):
        raise DataError("the observations are not those the model was fitted to: fit it to these first.")
