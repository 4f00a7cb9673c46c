"""Realisations at many sites: the pure function of model, plan and generators."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import xarray as xr

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import months_of
from varwg._disaggregation import HourlyOptions, hours_of
from varwg._request import Request
from varwg._scores.amount_noise import add_amount_noise
from varwg._simulated import member_array
from varwg._simulation import Realization
from varwg._trend import TrendOnDays
from varwg._variables import in_order, in_the_way
from varwg.errors import DataError, ScenarioError
from varwg.scenarios._factor_response import with_steps
from varwg.scenarios._responses import require_possible
from varwg.streams import Streams
from weathercop._latent import LatentSpectrum
from weathercop._model import MultisiteModel
from weathercop._plan import Plan
from weathercop._regional import MemberShift, RegionalScenario
from weathercop._sampling import OtherRecord
from weathercop.conditions._conditioning import ConditionReport
from weathercop.conditions._kinds import Weather
from weathercop.vines._base import Vine, dependent_scores
from weathercop.vines._per_station import StationVines

#: Name of the stream that the search for phases draws from.
CONDITIONS: Final = "conditions"
_DIMS: Final = ("station", "variable", "time")


#: What is simulated when something is asked for of a model.
plan = Plan.of


def realize(model: MultisiteModel, plan: Plan, *, rng: np.random.Generator, phases: FloatArray | None = None) -> Realization:
    """The arrays of one realisation, with random phases or with given ones."""
    return realize_together(model, plan, rngs=[rng], phases=phases)[0]


def realize_together(
    model: MultisiteModel,
    plan: Plan,
    *,
    rngs: Sequence[np.random.Generator],
    phases: FloatArray | None = None,
    with_scores: bool = True,
) -> list[Realization]:
    """Several realisations, each from its own generator; the only implementation there is, for one as for many.

    Without scores, which ensembles do not need, values take their place in memory, and `scores` are the same array.
    """
    drawn = [_draw(model, plan, Streams.of(rng), phases) for rng in rngs]
    scores = _scores(model, plan, drawn)
    values = _values(model, plan, drawn, scores, out=None if with_scores else scores)
    return [
        Realization(
            physical, trans, member.phases, hours_of(plan.hourly, plan.times, physical, streams=member.streams), member.report
        )
        for physical, trans, member in zip(values, scores, drawn, strict=True)
    ]


def disaggregated(
    model: MultisiteModel, daily: xr.DataArray, *, window: int, archive: Any = None, rng: np.random.Generator
) -> xr.DataArray:
    """Hourly values of a simulation; see `Multisite.disaggregate`.

    Raises
    ------
    DataError
        If stations, variables or days are not those that the model simulates.
    ScenarioError
        If the model knows no hours.
    """
    options = HourlyOptions.of(model, model.hourly, {"window": window}, archive)
    expected = {"station": model.stations, "variable": model.variable_names}
    for dim, names in expected.items():
        if set(daily.dims) != set(_DIMS) or tuple(map(str, daily[dim].values)) != names:
            raise DataError(
                f"the array to disaggregate has the dimensions {', '.join(map(str, daily.dims))}, but {dim} ({', '.join(names)}) "
                f"and the others of {', '.join(_DIMS)} are expected: pass a result of this generator."
            )
    times = Request(times=daily["time"].values).days(model.first_day, model.n_days)
    values = np.asarray(daily.transpose(*_DIMS).values, dtype=np.float64)
    hours = hours_of(options, times, values, streams=Streams.of(rng))
    if hours is None or options is None:
        raise ScenarioError("the model knows no hours: fit it to hourly observations.")
    attributes = {**daily.attrs, "disaggregation": options.to_json(), "disaggregation_counts": json.dumps(hours.counts._asdict())}
    return member_array(model, hours.times, hours.values, "sim_sea").assign_attrs(attributes)


def latent_series(model: MultisiteModel, phases: FloatArray, n_days: int) -> tuple[FloatArray, FloatArray]:
    """Independent latent series (S, K, n_days), and the noise of rain amounts, one row for each of `model.noisy`."""
    latent, noise = _split(model, model.spectrum.realize(phases, n_days))
    return latent, noise


def vine_scores(model: MultisiteModel, latent: FloatArray, doy: IntArray, stations: slice = slice(None)) -> FloatArray:
    """Dependent scores of independent latent series, both (..., S, K, T), of all stations or some, as the vine gives them.

    The primary is the root of the vine, so that its scores are its latent series.
    """
    scores = dependent_scores(_vines(model)[stations], latent, doy)
    scores[..., model.primary, :] = latent[..., model.primary, :]
    return scores


def corrected_scores(model: MultisiteModel, latent: FloatArray, doy: IntArray, *, out: FloatArray | None = None) -> FloatArray:
    """As `vine_scores`, and without the small bias that the vine leaves in the distributions of all but the primary.

    `out` is where they are put, the latent series themselves for example.
    """
    root = latent[..., model.primary, :].copy()
    scores = dependent_scores(_vines(model), latent, doy, finish=model.rank_tables.apply, out=out)
    scores[..., model.primary, :] = root
    return scores


def _vines(model: MultisiteModel) -> Sequence[Vine]:
    """The vine of each station."""
    return model.vine.vines if isinstance(model.vine, StationVines) else (model.vine,) * len(model.sites)


def noisy_scores(
    model: MultisiteModel, scores: FloatArray, noise: FloatArray, doy: IntArray, trend: TrendOnDays | None = None
) -> FloatArray:
    """Scores (..., S, K, T), which are changed, with noise (..., N, T) in the amounts of rain."""
    for number, noisy in enumerate(model.noisy):
        s, k = divmod(noisy.series, scores.shape[-2])
        threshold = noisy.threshold[doy] if trend is None else trend.scores_on_days(noisy.threshold[doy], s, k)
        added = add_amount_noise(scores[..., s, k, :], threshold, noisy.signal, noise[..., number, :])
        scores[..., s, k, :] = added
    return scores


def scores_of_latent(model: MultisiteModel, series: FloatArray, doy: IntArray) -> FloatArray:
    """Scores (..., S, K, T) of latent series and noise (..., S K + N, T), without scenario."""
    latent, noise = _split(model, series)
    return noisy_scores(model, corrected_scores(model, latent, doy), noise, doy)


def values_from_scores(
    model: MultisiteModel,
    scores: FloatArray,
    doy: IntArray,
    *,
    out: FloatArray | None = None,
    trend: TrendOnDays | None = None,
) -> FloatArray:
    """Physical values of scores, both (..., S, K, T), with the trend that the days have.

    They are NaN where a station does not report a variable. `out` is where they are put, the scores themselves for example.
    """
    values = np.empty_like(scores) if out is None else out
    for station, marginals in enumerate(model.marginals):
        for variable, marginal in enumerate(marginals):
            series = scores[..., station, variable, :]
            if trend is not None:
                series = trend.scores_of_record(series, station, variable)
            values[..., station, variable, :] = np.nan if marginal is None else marginal.from_scores(series, doy)
    if trend is not None:
        trend.put_back(values)
    return values


@dataclass(frozen=True, eq=False)
class _Member:
    """What one realisation has drawn before any weather is made of it."""

    streams: Streams
    spectrum: LatentSpectrum
    phases: FloatArray
    shift: MemberShift
    sampling: OtherRecord | None = None
    report: ConditionReport | None = None


def _draw(model: MultisiteModel, plan: Plan, streams: Streams, phases: FloatArray | None) -> _Member:
    spectrum, angles = plan.phases.draw(streams)
    sampling = None
    if plan.request.spread == "sampling" and model.sampling is not None:
        sampling = model.sampling.draw(streams, model, plan.times)
    member = _Member(streams, spectrum, angles, plan.scenario.draw(streams), sampling)
    if phases is not None:
        return replace(member, phases=checked_phases(phases, angles.size, plan.times.size))
    if plan.conditioning is None:
        return member
    adjusted = plan.conditioning.adjust(
        lambda trial: _seen(model, plan, _alone(model, plan, replace(member, phases=trial))),
        angles,
        plan.phases.frequencies,
        rng=streams.generator(CONDITIONS),
        held=plan.phases.held,
    )
    return replace(member, phases=adjusted.phases, report=adjusted.report)


def _alone(model: MultisiteModel, plan: Plan, member: _Member) -> FloatArray:
    """Physical values (S, K, T) of one member."""
    return np.asarray(_values(model, plan, [member], _scores(model, plan, [member]))[0])


def _scores(model: MultisiteModel, plan: Plan, members: Sequence[_Member]) -> FloatArray:
    """Scores (B, S, K, T) of B members; hotter heat waves are raised where the weather without that has them."""
    scores = _scores_as_drawn(model, plan, members)
    if plan.heat_waves is None:
        return scores
    raised = []
    for member, values in zip(members, _values(model, plan, members, scores), strict=True):
        signal = plan.heat_waves.signal(_seen(model, plan, values))
        raised.append(replace(member, shift=plan.scenario.draw(member.streams, signal=signal)))
    return _scores_as_drawn(model, plan, raised)


def _scores_as_drawn(model: MultisiteModel, plan: Plan, members: Sequence[_Member]) -> FloatArray:
    """Scores (B, S, K, T) of B members."""
    n_days, doy = plan.times.size, plan.doy
    latent = np.empty((len(members), len(model.sites), len(model.variables), n_days))
    noise = np.empty((len(members), len(model.noisy), n_days))
    for number, member in enumerate(members):
        latent[number], noise[number] = _split(model, member.spectrum.realize(member.phases, n_days))
    scores = MemberShift.stack([member.shift for member in members]).scores(
        latent,
        lambda moved: corrected_scores(model, moved, doy, out=moved),
        lambda dependent: noisy_scores(model, dependent, noise, doy, plan.trend),
    )
    for of_member, member in zip(scores, members, strict=True):
        if member.sampling is not None:
            of_member[...] = member.shift.around(of_member, member.sampling.apply)
    return scores


def _values(
    model: MultisiteModel, plan: Plan, members: Sequence[_Member], scores: FloatArray, *, out: FloatArray | None = None
) -> FloatArray:
    """Physical values (B, S, K, T).

    What is out of order is put in order before anything is changed, as a change is measured from there.
    """
    scenario, doy, months = plan.scenario, plan.doy, months_of(plan.times)
    factors, moved = scenario.factors, [primary.variable for primary in scenario.moved]
    before = scores
    if in_the_way(model.variables, moved):
        still = RegionalScenario.of(model, None, plan.times)
        before = _scores_as_drawn(model, plan, [replace(member, shift=still.draw(member.streams)) for member in members])
    steps = before is not scores or bool(factors.series)
    values = values_from_scores(model, before, doy, out=None if steps else out, trend=plan.trend)
    plain = values.copy() if steps else values
    in_order(values, model.variables, months)
    if steps:
        after = scenario.followed(scores)
        if after is not before:
            values = with_steps(values, plain, values_from_scores(model, after, doy, trend=plan.trend))
        factors.change(values, scores, plan.trend, moved)
        if out is not None:
            out[...] = values
            values = out
    scenario.scale_rain(values)
    if not scenario.neutral:
        for station, (name, row) in enumerate(zip(model.stations, model.marginals, strict=True)):
            held = [k for k, marginal in enumerate(row) if marginal is not None]
            require_possible([model.variables[k] for k in held], name, np.moveaxis(values[:, station, held], 1, 0))
    return values


def _split(model: MultisiteModel, series: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Series (..., S K + N, T) as those of stations and variables (..., S, K, T), and noise (..., N, T)."""
    shape = (len(model.sites), len(model.variables))
    n_series = shape[0] * shape[1]
    latent = series[..., :n_series, :].reshape(*series.shape[:-2], *shape, series.shape[-1])
    return latent, series[..., n_series:, :]


def _seen(model: MultisiteModel, plan: Plan, values: FloatArray) -> Weather:
    return Weather(values, plan.times, model.stations, model.variable_names)


def checked_phases(phases: Any, n_phases: int, n_days: int) -> FloatArray:
    """Phases of an earlier result, of the right number.

    Raises
    ------
    ScenarioError
        If they are not.
    """
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
