"""New series from the observed record of one site: gaps filled, days resampled, dry spells put in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from varwg.arguments import whole_number
from varwg.arrays import FloatArray, TimeArray, readonly, readonly_floats
from varwg.calendar import doy_index
from varwg.errors import DataError
from varwg.infilling import infill_scores
from varwg.observations import Observations
from varwg.persistence.provenance import Provenance
from varwg.rain import random_dryness as dry_spells
from varwg.rain.amount_noise import add_amount_noise
from varwg.resampling import WINDOW, fit_neighbours
from varwg.resampling import resample as resample_days
from varwg.scenarios import Scenario, daily_score_shift
from varwg.scenarios.responses import primary_index, rain_index
from varwg.simulated import Simulation
from varwg.site_model import SiteModel
from varwg.streams import Streams, require_generator


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
    known = np.where(missing, np.nan, model.scores())
    for index, marginal in enumerate(model.marginals):
        interpolated = np.isnan(observations.values[0, index]) & ~missing[index]
        known[index] = np.where(interpolated, marginal.to_scores(values[index], doy), known[index])
    external = 0.0 if model.exogenous is None else model.response(model.exogenous.record, doy)
    scores = external + infill_scores(known - external, model.autoregression, rng=streams.generator("gaps"), doy=doy)
    for number, noisy in enumerate(model.noisy):
        row = noisy.series
        drawn = streams.generator("amounts", row).standard_normal(doy.size)
        noise = np.where(missing[row], drawn, model.noise[number])
        scores[row] = add_amount_noise(scores[row], noisy.threshold[doy], noisy.signal, noise)
    filled = np.array([m.from_scores(row, doy) for m, row in zip(model.marginals, scores, strict=True)])
    return Simulation(
        times=observations.times,
        data=readonly_floats(np.where(missing, filled, values)),
        scores=readonly_floats(scores),
        station=model.station,
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


def without_short_gaps(values: FloatArray, longest: int) -> FloatArray:
    """A series (T,) with its gaps of up to `longest` days filled linearly in time; those at its ends stay."""
    missing = np.isnan(values)
    if not missing.any() or missing.all():
        return values
    changes = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
    starts, ends = changes[::2], changes[1::2]
    short = (ends - starts <= longest) & (starts > 0) & (ends < values.size)
    inside = np.zeros(values.size, dtype=bool)
    for start, end in zip(starts[short], ends[short], strict=True):
        inside[start:end] = True
    days = np.arange(values.size)
    return np.where(inside, np.interp(days, days[~missing], values[~missing]), values)


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
    """A new series of whole observed days (see `varwg.resampling`).

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
    doy, scores = doy_index(times), model.scores()
    bias, text = None, ""
    if scenario is not None and not scenario.neutral:
        scenario.require_only(("theta_incr", "theta_grad", "disturbance_std", "climate_signal"), "the resampling")
        primary = primary_index(model, scenario)
        bias, text = np.zeros((len(model.variables), times.size)), scenario.to_json()
        name, increments = model.variable_names[primary], scenario.increments_on(times, streams=streams)[0]
        shift = daily_score_shift(model.marginals[primary], increments, doy, variable=name, station=model.station)
        # z_t = rho (z_{t-1} + b) settles to the shift s with b = s (1 - rho) / rho.
        memory = np.corrcoef(scores[primary, 1:], scores[primary, :-1])[0, 1]
        bias[primary] = shift * (1.0 - memory) / memory
    observed = np.where(np.isnan(observations.values[0]), np.nan, scores)
    neighbours = fit_neighbours(observed, observations.doy, order=order, window=window)
    positions = resample_days(neighbours, doy, rng=streams.generator("resampling"), bias=bias)
    return Simulation(
        times=readonly(times),
        data=readonly_floats(observations.values[0][:, positions]),
        scores=readonly_floats(scores[:, positions]),
        station=model.station,
        variables=model.variables,
        provenance=provenance,
        scenario=text,
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
