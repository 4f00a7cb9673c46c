"""One simulation at one site: the pure function of model, days, scenarios and generator."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from varwg import _driving as driving
from varwg._arguments import switch
from varwg._arrays import FloatArray, TimeArray, readonly, readonly_floats
from varwg._calendar import doy_index, rows_on
from varwg._provenance import Provenance
from varwg._simulated import Simulation
from varwg._site_model import SiteModel
from varwg.errors import ScenarioError
from varwg.io._plausible import possible
from varwg.scenarios import Scenario, scenario_values
from varwg.scenarios._responses import Response
from varwg.streams import Streams, require_generator

__all__ = ["Simulation", "simulate"]


def simulate(
    model: SiteModel,
    times: TimeArray,
    *,
    rng: np.random.Generator,
    scenario: Scenario | Sequence[Scenario] = (),
    given: Mapping[str, Any] | None = None,
    phase_randomize: bool = False,
    rphases: FloatArray | None = None,
    keep_periods: Sequence[tuple[float, float]] = (),
    residuals: FloatArray | None = None,
    ex: Any = None,
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
    given : mapping of variable to array, shape (T,), or to a series with a calendar, optional
        Values of variables that are not simulated; the others are drawn given them.
    phase_randomize : bool
        Drive the autoregression by the residuals of the record with random phases, in place of Gaussian innovations.
    rphases : array, shape (B, F), optional
        Phases of an earlier phase-randomised simulation of the same length, to be used again.
    keep_periods : sequence of (shortest, longest)
        Bands of periods in days in which the residuals keep their phases.
    residuals : array, shape (K, T) or (K + M, T), optional
        What drives the autoregression; `model.residuals` gives the record back.
    ex : array, mapping, Series, DataFrame, DataArray or callable, optional
        External variables on the simulated days, needed by a model that was fitted with some; or a function that makes those
        of a day from the normal scores (K, n) of the days before.

    Returns
    -------
    Simulation

    Raises
    ------
    RngError
        If `rng` is not a Generator.
    ScenarioError
        If the scenario cannot be reached, does not fit the model, or options exclude each other.
    DataError
        If external variables are missing, or given to a model that has none.
    """
    provenance, streams = Provenance.of(require_generator(rng)), Streams.of(rng)
    scenarios = scenario_values(scenario)
    doy = doy_index(times)
    known = _checked_given(model, given or {}, times)
    response = Response.of(model, scenarios, tuple(given or {}))
    if callable(ex) and known:
        raise ScenarioError("fixed_variables with values and a function for ex exclude each other: give ex as series.")
    external = np.zeros((len(model.variables), times.size)) if callable(ex) else model.response_on(times, ex)
    driven = _drive(model, doy, known, external, phase_randomize, rphases, keep_periods, residuals, streams)
    if callable(ex):
        external = model.response_from_past(driven.scores, ex)
    driven = replace(driven, scores=driven.scores + external)
    scores = _scores(model, driven, response, times, streams)
    values = np.array([m.from_scores(row, doy) for m, row in zip(model.marginals, scores, strict=True)])
    response.scale_rain(model, values, times)
    if response.scenarios:
        _require_possible(model, values)
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
        archive=model.archive,
        **model.place,
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
    external: FloatArray,
    phase_randomize: bool,
    rphases: FloatArray | None,
    keep_periods: Sequence[tuple[float, float]],
    residuals: FloatArray | None,
    streams: Streams,
) -> driving.Driven:
    """The one way of driving the autoregression that was asked for; scores without the response to external variables."""
    switch(phase_randomize, "phase_randomize", error=ScenarioError)
    chosen = {"fixed_variables with values": bool(known), "phase_randomize": phase_randomize, "residuals": residuals is not None}
    if sum(chosen.values()) > 1:
        raise ScenarioError(f"{' and '.join(name for name, on in chosen.items() if on)} exclude each other: choose one.")
    if not phase_randomize and (rphases is not None or len(keep_periods)):
        raise ScenarioError("rphases and keep_periods are for phase_randomize=True only: set it, or leave them out.")
    if rphases is not None and len(keep_periods):
        raise ScenarioError("rphases are given, so that keep_periods has nothing to choose: leave one of them out.")
    if known:
        return driving.by_given(model, known, external, doy, streams=streams)
    if phase_randomize:
        return driving.by_phases(model, doy, phases=rphases, keep_periods=keep_periods, streams=streams)
    if residuals is not None:
        return driving.by_residuals(model, residuals, doy, streams=streams)
    return driving.by_innovations(model, doy, streams=streams)


def _checked_given(model: SiteModel, given: Mapping[str, Any], times: TimeArray) -> dict[int, FloatArray]:
    """Given values by index of their variable."""
    names, known = model.variable_names, {}
    for name, values in given.items():
        if name not in names:
            raise ScenarioError(f"fixed_variables has values of {name!r}, but the variables are {', '.join(names)}.")
        rows = rows_on(values, times, f"{name} in fixed_variables")
        if rows.shape != (1, times.size) or not np.isfinite(rows).all():
            raise ScenarioError(
                f"fixed_variables has values of {name} with shape {np.shape(values)} or gaps, but one for each of the "
                f"{times.size} simulated days is expected."
            )
        variable = model.variables[names.index(name)]
        beyond = rows[0][~possible(rows[0], variable)]
        if beyond.size:
            raise ScenarioError(
                f"fixed_variables has {beyond[0]:g} for {name}, but {variable.possible_min:g} to {variable.possible_max:g} "
                f"{variable.units} are possible: give values in {variable.units}."
            )
        known[names.index(name)] = rows[0]
    if len(known) == len(names):
        raise ScenarioError("fixed_variables has values of all variables, so that there is nothing to simulate.")
    return known


def _require_possible(model: SiteModel, values: FloatArray) -> None:
    """Refuse what a scenario makes of the weather if it cannot be weather."""
    for variable, row in zip(model.variables, values, strict=True):
        beyond = row[~possible(row, variable)]
        if beyond.size:
            worst = beyond[np.abs(beyond).argmax()]
            raise ScenarioError(
                f"the scenario takes {variable.name} at {model.station} to {worst:.4g} {variable.units}, "
                f"but {variable.possible_min:g} to {variable.possible_max:g} are possible: ask for less, or fit with a "
                "varwg.Variable that allows it."
            )


def _as_json(scenarios: tuple[Scenario, ...]) -> str:
    if not scenarios:
        return ""
    texts = [scenario.to_json() for scenario in scenarios]
    return texts[0] if len(texts) == 1 else json.dumps([json.loads(text) for text in texts], sort_keys=True)
