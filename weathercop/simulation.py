"""One realisation: the pure function of (model, plan, rng) that every simulation and every ensemble member runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import xarray as xr

from varwg.amount_noise import add_amount_noise
from varwg.arrays import FloatArray, IntArray, TimeArray, readonly, readonly_floats
from varwg.calendar import daily_times, doy_index, in_nanoseconds
from varwg.errors import DataError, ScenarioError
from varwg.provenance import Provenance, versions
from varwg.ranks import ranks_from_scores, scores_from_ranks
from varwg.scenario import Increment, Scenario, score_shift
from varwg.streams import Streams, require_generator
from weathercop.model import MultisiteModel
from weathercop.results import member_array

#: Name of the stream that the random phases come from.
PHASES: Final = "phases"
#: Terms of a scenario that act here; others are refused rather than ignored.
_SUPPORTED_TERMS: Final = ("theta_incr",)


@dataclass(frozen=True, eq=False)
class Plan:
    """What is the same for all members of an ensemble: the days to simulate and the scenario.

    Attributes
    ----------
    times : array of datetime64[ns], shape (T,)
        Consecutive days.
    scenario : Scenario
        What is asked of the primary variable.
    shift : array, shape (S, 366)
        The scenario as a shift of the primary's scores.
    """

    times: TimeArray
    scenario: Scenario
    shift: FloatArray

    @classmethod
    def of(cls, model: MultisiteModel, sim_times: object = None, *, scenario: Scenario | None = None) -> Plan:
        """A plan for `model`; `sim_times` are days (any array of dates), by default those of the record."""
        times = model.times if sim_times is None else _checked_times(sim_times)
        scenario = scenario or Scenario.of(model.stations)
        scenario.require_only(_SUPPORTED_TERMS, "a multi-site simulation")
        return cls(readonly(times), scenario, readonly_floats(_primary_shift(model, scenario)))


class Realization(NamedTuple):
    """The arrays of one realisation: `values` (physical) and `scores` (normal), both (S, K, T), and `phases`."""

    values: FloatArray
    scores: FloatArray
    phases: FloatArray


class SimResult(NamedTuple):
    """A simulation.

    Attributes
    ----------
    sim_sea : xarray.DataArray, dims (station, variable, time)
        Physical values in the units of the observations; provenance in the attributes.
    sim_trans : xarray.DataArray, dims (station, variable, time)
        The same as standard-normal scores.
    rphases : xarray.DataArray, dims (frequency,)
        The random phases; hand them to another `simulate` to change the scenario but not the randomness.
    """

    sim_sea: xr.DataArray
    sim_trans: xr.DataArray
    rphases: xr.DataArray


def simulate(
    model: MultisiteModel,
    sim_times: object = None,
    *,
    rng: np.random.Generator,
    theta_incr: Increment = None,
    rphases: xr.DataArray | FloatArray | None = None,
) -> SimResult:
    """Simulate once.

    Parameters
    ----------
    model : MultisiteModel
        A fitted model; it is not changed.
    sim_times : array of dates, optional
        Consecutive days to simulate; those of the record by default.
    rng : numpy.random.Generator
        Source of all randomness; it advances, so that the next call gives other weather.
    theta_incr : float, sequence, mapping or array, optional
        Change of the primary variable's mean (see `varwg.scenario.Scenario`).
    rphases : array, optional
        Phases of an earlier result of the same length, to be used again in place of drawing new ones.

    Returns
    -------
    SimResult

    Raises
    ------
    RngError
        If `rng` is not a Generator.
    DataError
        If `sim_times` are not consecutive days.
    ScenarioError
        If the scenario or the phases do not fit the model.
    """
    require_generator(rng)
    plan = Plan.of(model, sim_times, scenario=Scenario.of(model.stations, theta_incr=theta_incr))
    provenance = Provenance.of(rng)
    realization = realize(model, plan, rng=rng, phases=None if rphases is None else np.asarray(rphases))
    attributes = {**provenance.attributes(), "model": model.fingerprint(), "scenario": plan.scenario.to_json()}
    return as_result(model, plan, realization, attributes | versions())


def realize(model: MultisiteModel, plan: Plan, *, rng: np.random.Generator, phases: FloatArray | None = None) -> Realization:
    """The arrays of one realisation; the only implementation there is, for single calls and members alike."""
    n_days = plan.times.size
    drawn = model.spectrum.draw_phases(n_days, rng=Streams.of(rng).generator(PHASES))
    used = drawn if phases is None else _checked_phases(phases, drawn.size, n_days)
    doy = doy_index(plan.times)
    latent, noise = latent_series(model, used, n_days)
    scores = vine_scores(model, latent, doy, shift=plan.shift)
    for station, variable in np.ndindex(*scores.shape[:2]):
        if variable != model.primary:
            scores[station, variable] = model.rank_tables.apply(scores[station, variable], station, variable)
    for noisy, row in zip(model.noisy, noise, strict=True):
        place = np.unravel_index(noisy.series, scores.shape[:2])
        scores[place] = add_amount_noise(scores[place], noisy.threshold[doy], noisy.signal, row)
    return Realization(values_from_scores(model, scores, doy), scores, used)


def latent_series(model: MultisiteModel, phases: FloatArray, n_days: int) -> tuple[FloatArray, FloatArray]:
    """Independent latent series (S, K, n_days), and the noise of rain amounts, one row for each of `model.noisy`."""
    series = model.spectrum.realize(phases, n_days)
    n_stations, n_variables = len(model.sites), len(model.variables)
    n_series = n_stations * n_variables
    return series[:n_series].reshape(n_stations, n_variables, n_days), series[n_series:]


def vine_scores(model: MultisiteModel, latent: FloatArray, doy: IntArray, *, shift: FloatArray) -> FloatArray:
    """Dependent scores (S, K, T) of independent latent series (S, K, T), the primary shifted by the scenario.

    The primary is the root of the vine, so that its scores are its latent series; they never pass through Phi.
    """
    latent[:, model.primary] += shift[:, doy]
    dependent = model.vine.inverse_rosenblatt(ranks_from_scores(np.moveaxis(latent, 1, 0)), doy)
    scores = latent.copy()
    for variable, ranks in enumerate(dependent):
        if variable != model.primary:
            scores[:, variable] = scores_from_ranks(ranks)
    return scores


def values_from_scores(model: MultisiteModel, scores: FloatArray, doy: IntArray) -> FloatArray:
    """Physical values (S, K, T) of scores; NaN where a station does not report a variable."""
    values = np.full(scores.shape, np.nan)
    for station, marginals in enumerate(model.marginals):
        for variable, marginal in enumerate(marginals):
            if marginal is not None:
                values[station, variable] = marginal.from_scores(scores[station, variable], doy)
    return values


def as_result(model: MultisiteModel, plan: Plan, realization: Realization, attributes: dict[str, str]) -> SimResult:
    """The arrays of a realisation with their coordinates, units and provenance."""
    physical = member_array(model, plan.times, realization.values, "sim_sea").assign_attrs(attributes)
    scores = member_array(model, plan.times, realization.scores, "sim_trans").drop_vars("units")
    scores = scores.assign_attrs(attributes | {"units": "1", "long_name": "standard-normal scores"})
    frequencies = model.spectrum.frequencies(plan.times.size)
    phases = xr.DataArray(realization.phases, {"frequency": frequencies}, ("frequency",), name="rphases")
    phases.attrs = {"units": "rad", "long_name": "random phases"}
    phases["frequency"].attrs = {"units": "d-1"}
    return SimResult(physical, scores, phases)


def calendar(
    model: MultisiteModel,
    sim_times: object = None,
    *,
    start: object = None,
    n_days: int | None = None,
) -> TimeArray:
    """The days to simulate, from explicit times or from a start and a length; by default those of the record.

    Raises
    ------
    DataError
        If both are given, or a part is not a date or a positive number.
    """
    if sim_times is not None:
        if start is not None or n_days is not None:
            raise DataError("sim_times was given together with start or n_days: give either the days or start and length.")
        return _checked_times(sim_times)
    return daily_times(model.first_day if start is None else start, model.n_days if n_days is None else n_days)


def _primary_shift(model: MultisiteModel, scenario: Scenario) -> FloatArray:
    increments = scenario.daily_increments()
    if scenario.neutral:
        return np.zeros_like(increments)
    rows = []
    for site, marginals, row in zip(model.sites, model.marginals, increments, strict=True):
        marginal = marginals[model.primary]
        if marginal is None:
            raise ScenarioError(f"{model.primary_var} is not reported at {site.name}, so it cannot be shifted there.")
        rows.append(score_shift(marginal, row, variable=model.primary_var, station=site.name))
    return np.array(rows)


def _checked_times(sim_times: object) -> TimeArray:
    try:
        times = in_nanoseconds(np.atleast_1d(np.asarray(sim_times)).astype("datetime64"))
    except (TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"sim_times are not dates ({error}): pass for example xarray's or pandas' date_range.") from error
    days = times.astype("datetime64[D]")
    if times.ndim != 1 or times.size == 0 or np.any(np.isnat(times)):
        raise DataError("sim_times must be a non-empty, one-dimensional array of dates without gaps.")
    steps = np.diff(days).astype(np.int64)
    if np.any(steps != 1):
        at = int(np.argmax(steps != 1))
        raise DataError(
            f"sim_times step from {days[at]} to {days[at + 1]}, but consecutive days are needed: the generator is daily."
        )
    return np.asarray(days.astype("datetime64[ns]"))


def _checked_phases(phases: FloatArray, n_phases: int, n_days: int) -> FloatArray:
    try:
        values = np.asarray(phases).astype(np.float64, casting="safe")
    except TypeError as error:
        raise ScenarioError(f"rphases are {phases!r}, but real numbers are needed: use those of an earlier result.") from error
    if values.shape != (n_phases,) or not np.all(np.isfinite(values)):
        raise ScenarioError(
            f"rphases have shape {values.shape}, but a simulation of {n_days} days with this model needs {n_phases} "
            "finite phases: use those of a result with the same model and length."
        )
    return values
