"""Simulations at one site: the pure function of model, plan and generator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from varwg import _driving as driving
from varwg._arguments import switch
from varwg._arrays import FloatArray, IntArray, TimeArray, readonly, readonly_floats
from varwg._calendar import doy_index, rows_on
from varwg._disaggregation import HourlyOptions, hours_of
from varwg._request import Request, asked_for, plain
from varwg._simulation import Realization
from varwg._site_model import SiteModel
from varwg._trend import TrendOnDays, trend_on
from varwg._variables import in_the_way, unit_in_words, with_unit
from varwg.errors import ScenarioError
from varwg.io._plausible import possible
from varwg.scenarios import as_json
from varwg.scenarios._responses import Response
from varwg.streams import Streams

#: Keywords that a single-site generator has no use for.
_SUPPORTED: Final = tuple(
    name for name in asked_for() if name not in ("conditions", "heat_waves", "spread", "amplitude_width", "stretch")
)


@dataclass(frozen=True, eq=False)
class SitePlan:
    """A request, checked against a model of one site; it belongs to that model.

    Attributes
    ----------
    request : Request
        What was asked for.
    times : array of datetime64[s], shape (T,)
        Consecutive days.
    response : Response
        What scenarios move.
    known : mapping of int to array, shape (T,)
        Values of variables that are not simulated, by index.
    stations : tuple of str
        Name of the station.
    hourly : HourlyOptions or None
        How days become hours, where they do.
    trend : TrendOnDays or None
        What the trend of the record does on the days.
    """

    request: Request
    times: TimeArray
    response: Response
    known: Mapping[int, FloatArray]
    stations: tuple[str, ...]
    hourly: HourlyOptions | None = None
    trend: TrendOnDays | None = None

    @classmethod
    def of(cls, model: SiteModel, request: Request) -> SitePlan:
        """A plan for `model`.

        Raises
        ------
        DataError
            If days are not consecutive, or external variables are missing or given to a model that has none.
        ScenarioError
            If anything else that is asked for cannot be done with this model, or options exclude each other.
        """
        request.require_only(_SUPPORTED, "a single-site generator", "use weathercop.Multisite, which takes one station too")
        times = request.days(model.first_day, model.n_days)
        known = _checked_given(model, request.given, times)
        scenarios = request.scenarios(model.stations, model.variables, model.primary)
        response = Response.of(model, scenarios, times, tuple(request.given))
        if callable(request.ex) and known:
            raise ScenarioError("fixed_variables with values and a function for ex exclude each other: give ex as series.")
        _require_one_drive(request, known)
        hourly = HourlyOptions.of(model, model.archive, request.disaggregate, request.archive)
        if hourly is not None:
            hourly.require_room(model, times.size)
        trend = trend_on(model, times, request.trend)
        return cls(request, readonly(times), response, known, model.stations, hourly, trend)

    @property
    def conditional(self) -> bool:
        """Whether members search for phases, which those of one site do not."""
        return False

    def attributes(self) -> dict[str, str]:
        """What members are made with, for manifests and results; parts that are not used are left out."""
        said = {"scenario": as_json(self.response.scenarios, self.stations)}
        phases = {name: getattr(self.request, name) for name in self.request.asks_for("phase_randomize", "keep_periods")}
        inputs = {name: _digest(getattr(self.request, name)) for name in self.request.asks_for("residuals", "ex")}
        inputs |= {name: _digest(series) for name, series in self.request.given.items()}
        if self.trend is not None:
            said["trend"] = json.dumps(plain("trend", self.request.trend))
        if phases:
            said["phases"] = json.dumps(phases, sort_keys=True)
        if inputs:
            said["inputs"] = json.dumps(inputs, sort_keys=True)
        return said

    def as_data(self, values: FloatArray) -> FloatArray:
        """Values (1, K, T) of a realisation in the shape that results of one site have."""
        return readonly_floats(values[0])

    def as_phases(self, phases: FloatArray) -> FloatArray:
        """Phases of a realisation as results of one site hold them."""
        return readonly_floats(phases)


#: What is simulated when something is asked for of a model.
plan = SitePlan.of


def realize_together(
    model: SiteModel,
    plan: SitePlan,
    *,
    rngs: Sequence[np.random.Generator],
    phases: FloatArray | None = None,
    with_scores: bool = True,
) -> list[Realization]:
    """Several realisations, each from its own generator; their scores are there in any case."""
    return [realize(model, plan, rng=rng, phases=phases) for rng in rngs]


def realize(model: SiteModel, plan: SitePlan, *, rng: np.random.Generator, phases: FloatArray | None = None) -> Realization:
    """The arrays of one realisation, with random phases or with given ones.

    Raises
    ------
    ScenarioError
        If the scenario takes the weather to what is impossible, or phases are given that nothing needs or that do not fit.
    """
    streams, times, request, response = Streams.of(rng), plan.times, plan.request, plan.response
    doy = doy_index(times)
    from_past = request.ex if callable(request.ex) else None
    external = np.zeros((len(model.variables), times.size))
    if from_past is None:
        external = model.response_on(times, request.ex)
    driven = _drive(model, plan, doy, external, phases, streams)
    if from_past is not None:
        external = model.response_from_past(driven.scores, from_past)
    driven = replace(driven, scores=driven.scores + external)
    scores = _scores(model, plan, driven, streams)
    before = scores
    if in_the_way(model.variables, response.moved):
        before = _scores(model, replace(plan, response=Response.of(model, (), times)), driven, streams)
    values = response.values(model, scores, before, times, plan.trend, plan.known)
    for row, series in plan.known.items():
        of_record, marginal = series if plan.trend is None else plan.trend.of_record(series, 0, row), model.marginals[row]
        fixed_scores = marginal.to_scores(of_record, doy)
        if plan.trend is not None:
            fixed_scores = plan.trend.scores_on_days(fixed_scores, 0, row)
        scores[row] = np.where(marginal.is_censored(of_record, doy), driven.scores[row], fixed_scores)
    hours = hours_of(plan.hourly, times, values[None], streams=streams)
    return Realization(values[None], scores[None], driven.phases, hours)


def _scores(model: SiteModel, plan: SitePlan, driven: driving.Driven, streams: Streams) -> FloatArray:
    """Scores (K, T) with the noise of amounts and the scenarios' shifts.

    An amount that follows a primary is shifted before its noise is added, as the primary only moves what neighbours
    share of it; a primary is shifted after, so that its mean changes by what was asked.
    """
    scores, times, response, trend = driven.scores.copy(), plan.times, plan.response, plan.trend
    doy = doy_index(times)
    primaries, followers = response.split(len(scores))
    if primaries:
        noisy = driving.with_noise(model, scores, driven.noise, doy, primaries, trend)
        shift = response.shift(model, scores, noisy, times, streams=streams)
        scores[followers] += shift[followers]
        scores = driving.with_noise(model, scores, driven.noise, doy, followers, trend)
        scores[primaries] = noisy[primaries] + shift[primaries]
        return scores
    return driving.with_noise(model, scores, driven.noise, doy, followers, trend)


def _require_one_drive(request: Request, known: Mapping[int, FloatArray]) -> None:
    """Refuse two ways of driving the autoregression at once.

    Raises
    ------
    ScenarioError
        If there are two, or phases are to be kept that are not random.
    """
    phase_randomize = switch(request.phase_randomize, "phase_randomize", error=ScenarioError)
    chosen = {
        "fixed_variables with values": bool(known),
        "phase_randomize": phase_randomize,
        "residuals": request.residuals is not None,
    }
    if sum(chosen.values()) > 1:
        raise ScenarioError(f"{' and '.join(name for name, on in chosen.items() if on)} exclude each other: choose one.")
    if not phase_randomize and len(request.keep_periods):
        raise ScenarioError("rphases and keep_periods are for phase_randomize=True only: set it, or leave them out.")


def _drive(
    model: SiteModel,
    plan: SitePlan,
    doy: IntArray,
    external: FloatArray,
    rphases: FloatArray | None,
    streams: Streams,
) -> driving.Driven:
    """The one way of driving the autoregression that was asked for; scores without the response to external variables."""
    request = plan.request
    if rphases is not None and not request.phase_randomize:
        raise ScenarioError("rphases and keep_periods are for phase_randomize=True only: set it, or leave them out.")
    if rphases is not None and len(request.keep_periods):
        raise ScenarioError("rphases are given, so that keep_periods has nothing to choose: leave one of them out.")
    if plan.known:
        return driving.by_given(model, plan.known, external, doy, plan.trend, streams=streams)
    if request.phase_randomize:
        return driving.by_phases(model, doy, phases=rphases, keep_periods=request.keep_periods, streams=streams)
    if request.residuals is not None:
        return driving.by_residuals(model, request.residuals, doy, streams=streams)
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
                f"fixed_variables has {beyond[0]:g} for {name}, but {variable.possible_min:g} to "
                f"{with_unit(variable.possible_max, variable)} are possible: give values in {unit_in_words(variable.units)}."
            )
        known[names.index(name)] = rows[0]
    if len(known) == len(names):
        raise ScenarioError("fixed_variables has values of all variables, so that there is nothing to simulate.")
    return known


def _digest(value: Any) -> str:
    """What tells inputs apart that are too long to be written down."""
    if callable(value):
        return f"function {getattr(value, '__qualname__', type(value).__name__)}"
    if isinstance(value, Mapping):
        return _digest_of(f"{name} {_digest(part)}" for name, part in sorted(value.items()))
    calendar = np.asarray(getattr(value, "index", ())).astype(str).tolist()
    return _digest_of([str(calendar), np.asarray(value, dtype=np.float64).tobytes().hex()])


def _digest_of(parts: Iterable[str]) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]
