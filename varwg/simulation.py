"""One simulation at one site: the pure function of model, days, scenarios and generator."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from varwg import driving
from varwg.arrays import FloatArray, TimeArray, readonly, readonly_floats
from varwg.calendar import doy_index
from varwg.errors import ScenarioError
from varwg.provenance import Provenance
from varwg.responses import Response
from varwg.scenario import Scenario
from varwg.simulated import Simulation
from varwg.site_model import SiteModel
from varwg.streams import Streams, require_generator

__all__ = ["Simulation", "simulate"]


def simulate(
    model: SiteModel,
    times: TimeArray,
    *,
    rng: np.random.Generator,
    scenario: Scenario | Sequence[Scenario] = (),
    given: Mapping[str, FloatArray] | None = None,
    phase_randomize: bool = False,
    rphases: FloatArray | None = None,
    keep_periods: Sequence[tuple[float, float]] = (),
    residuals: FloatArray | None = None,
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
    scenario : Scenario, or several with different primaries
        Changes of the climate. Other variables follow by their regression on the primaries' scores.
    given : mapping of variable to array, shape (T,), optional
        Values of variables that are not simulated; the others are drawn given them.
    phase_randomize : bool
        Drive the autoregression by the residuals of the record with random phases, in place of Gaussian innovations.
    rphases : array, shape (B, F), optional
        Phases of an earlier phase-randomised simulation of the same length, to be used again.
    keep_periods : sequence of (shortest, longest)
        Bands of periods in days in which the residuals keep their phases.
    residuals : array, shape (K, T) or (K + M, T), optional
        What drives the autoregression; `model.residuals` gives the record back.

    Returns
    -------
    Simulation

    Raises
    ------
    RngError
        If `rng` is not a Generator.
    ScenarioError
        If the scenario cannot be reached, does not fit the model, or options exclude each other.
    """
    provenance, streams = Provenance.of(require_generator(rng)), Streams.of(rng)
    scenarios = (scenario,) if isinstance(scenario, Scenario) else tuple(scenario)
    doy = doy_index(times)
    known = _checked_given(model, given or {}, times.size)
    response = Response.of(model, scenarios, tuple(given or {}))
    driven = _drive(model, doy, known, phase_randomize, rphases, keep_periods, residuals, streams)
    scores = _scores(model, driven, response, times, streams)
    values = np.array([m.from_scores(row, doy) for m, row in zip(model.marginals, scores, strict=True)])
    response.scale_rain(model, values, times)
    for row, series in known.items():
        values[row] = series
        censored = model.marginals[row].is_censored(series, doy)
        scores[row] = np.where(censored, driven.scores[row], model.marginals[row].to_scores(series, doy))
    return Simulation(
        times=readonly(times),
        data=readonly_floats(values),
        scores=readonly_floats(scores),
        station=model.station,
        variables=model.variables,
        provenance=provenance,
        scenario=_as_json(response.scenarios),
        rphases=readonly_floats(driven.phases),
    )


def _scores(model: SiteModel, driven: driving.Driven, response: Response, times: TimeArray, streams: Streams) -> FloatArray:
    """Scores (K, T) with the noise of amounts and the scenarios' shifts.

    An amount that follows a primary is shifted before its noise is added, as the primary only moves what neighbours
    share of it; a primary is shifted after, so that its mean changes by what was asked.
    """
    scores, doy = driven.scores.copy(), doy_index(times)
    primaries, followers = response.split(len(scores))
    if primaries:
        own = driving.with_noise(model, scores, driven.noise, doy, primaries)
        shift = response.shift(model, scores, own, times, streams=streams)
        scores[followers] += shift[followers]
        scores = driving.with_noise(model, scores, driven.noise, doy, followers)
        scores[primaries] = own[primaries] + shift[primaries]
        return scores
    return driving.with_noise(model, scores, driven.noise, doy, followers)


def _drive(
    model: SiteModel,
    doy: np.ndarray[Any, np.dtype[np.intp]],
    known: dict[int, FloatArray],
    phase_randomize: bool,
    rphases: FloatArray | None,
    keep_periods: Sequence[tuple[float, float]],
    residuals: FloatArray | None,
    streams: Streams,
) -> driving.Driven:
    """The one way of driving the autoregression that was asked for."""
    chosen = {"fixed_variables with values": bool(known), "phase_randomize": phase_randomize, "residuals": residuals is not None}
    if sum(chosen.values()) > 1:
        raise ScenarioError(f"{' and '.join(name for name, on in chosen.items() if on)} exclude each other: choose one.")
    if not phase_randomize and (rphases is not None or len(keep_periods)):
        raise ScenarioError("rphases and keep_periods are for phase_randomize=True only: set it, or leave them out.")
    if rphases is not None and len(keep_periods):
        raise ScenarioError("rphases are given, so that keep_periods has nothing to choose: leave one of them out.")
    if known:
        return driving.by_given(model, known, doy, streams=streams)
    if phase_randomize:
        return driving.by_phases(model, doy, phases=rphases, keep_periods=keep_periods, streams=streams)
    if residuals is not None:
        return driving.by_residuals(model, residuals, doy, streams=streams)
    return driving.by_innovations(model, doy, streams=streams)


def _checked_given(model: SiteModel, given: Mapping[str, Any], n_days: int) -> dict[int, FloatArray]:
    """Given values by index of their variable."""
    names, known = model.variable_names, {}
    for name, values in given.items():
        if name not in names:
            raise ScenarioError(f"fixed_variables has values of {name!r}, but the variables are {', '.join(names)}.")
        series = np.asarray(values, dtype=np.float64)
        if series.shape != (n_days,) or not np.isfinite(series).all():
            raise ScenarioError(
                f"fixed_variables has values of {name} with shape {series.shape} or gaps, but one for each of the {n_days} "
                "simulated days is expected."
            )
        known[names.index(name)] = series
    if len(known) == len(names):
        raise ScenarioError("fixed_variables has values of all variables, so that there is nothing to simulate.")
    return known


def _as_json(scenarios: tuple[Scenario, ...]) -> str:
    if not scenarios:
        return ""
    texts = [scenario.to_json() for scenario in scenarios]
    return texts[0] if len(texts) == 1 else json.dumps([json.loads(text) for text in texts], sort_keys=True)
