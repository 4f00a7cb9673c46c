"""One realisation: the pure function of model, plan and generator, and its result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import xarray as xr

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg._calendar import doy_index
from varwg._disaggregation import Disaggregation
from varwg._provenance import Provenance, versions
from varwg._ranks import ranks_from_scores, scores_from_ranks
from varwg._scores.amount_noise import add_amount_noise
from varwg._variables import cf_attributes
from varwg.errors import DataError, ScenarioError
from varwg.streams import Streams, require_generator
from weathercop._hourly import HourlyOptions, hourly_times, hours_of
from weathercop._latent import LatentSpectrum
from weathercop._model import MultisiteModel
from weathercop._plan import Plan, checked_phases
from weathercop._scenarios.regional import MemberShift
from weathercop.conditions._conditioning import ConditionReport
from weathercop.conditions._kinds import Weather
from weathercop.vines._per_station import StationVines

_SITE_ATTRIBUTES: Final = (
    ("latitude", "degrees_north", "latitude"),
    ("longitude", "degrees_east", "longitude"),
    ("elevation", "m", "surface_altitude"),
)


def station_coordinates(model: MultisiteModel) -> dict[str, xr.Variable]:
    """Coordinates along the dimension `station`: names, and positions as far as they are known."""
    coordinates = {
        "station": xr.Variable("station", np.array(model.stations), {"cf_role": "timeseries_id", "long_name": "station"})
    }
    for name, units, standard_name in _SITE_ATTRIBUTES:
        values = model.site_values(name)
        if not np.all(np.isnan(values)):
            coordinates[name] = xr.Variable("station", values, {"units": units, "standard_name": standard_name})
    return coordinates


def member_coordinates(model: MultisiteModel, times: TimeArray) -> dict[str, xr.Variable]:
    """Coordinates of an array with dims (station, variable, time)."""
    return {
        **station_coordinates(model),
        "variable": xr.Variable("variable", np.array(model.variable_names)),
        "units": xr.Variable("variable", np.array([variable.units for variable in model.variables])),
        "time": xr.Variable("time", times, {"standard_name": "time", "axis": "T"}),
    }


def member_array(model: MultisiteModel, times: TimeArray, values: FloatArray, name: str) -> xr.DataArray:
    """One realisation, dims (station, variable, time)."""
    return xr.DataArray(values, member_coordinates(model, times), ("station", "variable", "time"), name=name)


def member_dataset(model: MultisiteModel, times: TimeArray, values: FloatArray) -> xr.Dataset:
    """One realisation in the tidy CF layout: one data variable per weather variable, dims (station, time)."""
    data = {}
    for number, variable in enumerate(model.variables):
        data[variable.name] = xr.Variable(("station", "time"), values[:, number], cf_attributes(variable))
    time = xr.Variable("time", times, {"standard_name": "time", "axis": "T"})
    return xr.Dataset(data, {**station_coordinates(model), "time": time}, {"Conventions": "CF-1.10", "featureType": "timeSeries"})


#: Name of the stream that the search for phases draws from.
CONDITIONS: Final = "conditions"
_DIMS: Final = ("station", "variable", "time")


class Realization(NamedTuple):
    """The arrays of one realisation.

    `values` (physical) and `scores` (normal), both (S, K, T); `phases`; where they were asked for `hours`, their values
    (S, K, T n) and how they were found; and what became of conditions, where there were any.
    """

    values: FloatArray
    scores: FloatArray
    phases: FloatArray
    hours: Disaggregation | None = None
    report: ConditionReport | None = None


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
    rphases: xr.DataArray | FloatArray | None = None,
    **options: Any,
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
    rphases : array, optional
        Phases of an earlier result of the same length, to be used again in place of drawing new ones.
    **options
        Scenario and whatever else is asked for: the keywords of `Multisite.simulate`.

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
    TypeError
        If an option does not exist.
    """
    require_generator(rng)
    plan = Plan.from_options(model, sim_times=sim_times, **options)
    provenance = Provenance.of(rng)
    realization = realize(model, plan, rng=rng, phases=None if rphases is None else np.asarray(rphases))
    attributes = {**provenance.attributes(), "model": model.fingerprint(), **plan.attributes()}
    if realization.report is not None:
        attributes["conditions_reached"] = realization.report.to_json()
    return as_result(model, plan, realization, attributes | versions())


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
    values = _values(model, plan, scores, out=None if with_scores else scores)
    return [
        Realization(own, trans, member.phases, _hours(model, plan, own, member.streams), member.report)
        for own, trans, member in zip(values, scores, drawn, strict=True)
    ]


def disaggregated(model: MultisiteModel, daily: xr.DataArray, *, window: int, rng: np.random.Generator) -> xr.DataArray:
    """Hourly values of a simulation; see `Multisite.disaggregate`.

    Raises
    ------
    DataError
        If stations, variables or days are not those that the model simulates.
    ScenarioError
        If the model knows no hours.
    """
    options = HourlyOptions.of(model.hourly, {"window": window})
    expected = {"station": model.stations, "variable": model.variable_names}
    for dim, names in expected.items():
        if set(daily.dims) != set(_DIMS) or tuple(map(str, daily[dim].values)) != names:
            raise DataError(
                f"the array to be disaggregated has dims {', '.join(map(str, daily.dims))}, but {dim} ({', '.join(names)}) and "
                f"the others of {', '.join(_DIMS)} are expected: pass a result of this generator."
            )
    plan = replace(Plan.of(model, daily["time"].values), hourly=options)
    values = np.asarray(daily.transpose(*_DIMS).values, dtype=np.float64)
    hours = _hours(model, plan, values, Streams.of(rng))
    if hours is None or options is None:
        raise ScenarioError("the model knows no hours: fit it to hourly observations.")
    attributes = {**daily.attrs, "disaggregation": options.to_json(), "disaggregation_counts": json.dumps(hours.counts._asdict())}
    return member_array(model, hourly_times(plan.times, options), hours.values, "sim_sea").assign_attrs(attributes)


def as_result(model: MultisiteModel, plan: Plan, realization: Realization, attributes: dict[str, str]) -> SimResult:
    """The arrays of a realisation with their coordinates, units and provenance."""
    physical = member_array(model, plan.times, realization.values, "sim_sea").assign_attrs(attributes)
    scores = member_array(model, plan.times, realization.scores, "sim_trans").drop_vars("units")
    scores = scores.assign_attrs(attributes | {"units": "1", "long_name": "standard-normal scores"})
    phases = xr.DataArray(realization.phases, {"frequency": plan.phases.frequencies}, ("frequency",), name="rphases")
    phases.attrs = {"units": "rad", "long_name": "random phases"}
    phases["frequency"].attrs = {"units": "d-1"}
    return SimResult(physical, scores, phases)


def latent_series(model: MultisiteModel, phases: FloatArray, n_days: int) -> tuple[FloatArray, FloatArray]:
    """Independent latent series (S, K, n_days), and the noise of rain amounts, one row for each of `model.noisy`."""
    latent, noise = _split(model, model.spectrum.realize(phases, n_days))
    return latent, noise


def vine_scores(model: MultisiteModel, latent: FloatArray, doy: IntArray) -> FloatArray:
    """Dependent scores of independent latent series, both (..., S, K, T).

    The primary is the root of the vine, so that its scores are its latent series; they never pass through Phi. Stations
    are taken one by one, so that what is in between is small.
    """
    scores = np.empty_like(latent)
    for station in range(len(model.sites)):
        vine = model.vine.vines[station] if isinstance(model.vine, StationVines) else model.vine
        own = np.ascontiguousarray(np.moveaxis(latent[..., station, :, :], -2, 0))
        dependent = scores_from_ranks(vine.inverse_rosenblatt(ranks_from_scores(own), doy))
        dependent[model.primary] = own[model.primary]
        scores[..., station, :, :] = np.moveaxis(dependent, 0, -2)
    return scores


def corrected_scores(model: MultisiteModel, latent: FloatArray, doy: IntArray) -> FloatArray:
    """As `vine_scores`, and without the small bias that the vine leaves in the distributions of all but the primary."""
    scores = vine_scores(model, latent, doy)
    for station, variable in np.ndindex(*scores.shape[-3:-1]):
        if variable != model.primary:
            scores[..., station, variable, :] = model.rank_tables.apply(scores[..., station, variable, :], station, variable)
    return scores


def noisy_scores(model: MultisiteModel, scores: FloatArray, noise: FloatArray, doy: IntArray) -> FloatArray:
    """Scores (..., S, K, T), which are changed, with noise (..., N, T) in the amounts of rain."""
    for number, noisy in enumerate(model.noisy):
        s, k = divmod(noisy.series, scores.shape[-2])
        added = add_amount_noise(scores[..., s, k, :], noisy.threshold[doy], noisy.signal, noise[..., number, :])
        scores[..., s, k, :] = added
    return scores


def values_from_scores(model: MultisiteModel, scores: FloatArray, doy: IntArray, *, out: FloatArray | None = None) -> FloatArray:
    """Physical values of scores, both (..., S, K, T); NaN where a station does not report a variable.

    `out` is where they are put, the scores themselves for example.
    """
    values = np.empty_like(scores) if out is None else out
    for station, marginals in enumerate(model.marginals):
        for variable, marginal in enumerate(marginals):
            own = np.nan if marginal is None else marginal.from_scores(scores[..., station, variable, :], doy)
            values[..., station, variable, :] = own
    return values


@dataclass(frozen=True, eq=False)
class _Member:
    """What one realisation has drawn before any weather is made of it."""

    streams: Streams
    spectrum: LatentSpectrum
    phases: FloatArray
    shift: MemberShift
    report: ConditionReport | None = None


def _draw(model: MultisiteModel, plan: Plan, streams: Streams, phases: FloatArray | None) -> _Member:
    spectrum, own = plan.phases.draw(streams)
    member = _Member(streams, spectrum, own, plan.scenario.draw(streams))
    if phases is not None:
        return replace(member, phases=checked_phases(phases, own.size, plan.times.size))
    if plan.conditioning is None:
        return member
    adjusted = plan.conditioning.adjust(
        lambda trial: _seen(model, plan, _alone(model, plan, replace(member, phases=trial))),
        own,
        plan.phases.frequencies,
        rng=streams.generator(CONDITIONS),
        held=plan.phases.held,
    )
    return replace(member, phases=adjusted.phases, report=adjusted.report)


def _alone(model: MultisiteModel, plan: Plan, member: _Member) -> FloatArray:
    """Physical values (S, K, T) of one member."""
    return _values(model, plan, _scores(model, plan, [member]))[0]


def _scores(model: MultisiteModel, plan: Plan, members: Sequence[_Member]) -> FloatArray:
    """Scores (B, S, K, T) of B members; hotter heat waves are raised where the weather without that has them."""
    scores = _scores_as_drawn(model, plan, members)
    if plan.heat_waves is None:
        return scores
    raised = []
    for member, values in zip(members, _values(model, plan, scores), strict=True):
        signal = plan.heat_waves.signal(_seen(model, plan, values))
        raised.append(replace(member, shift=plan.scenario.draw(member.streams, signal=signal)))
    return _scores_as_drawn(model, plan, raised)


def _scores_as_drawn(model: MultisiteModel, plan: Plan, members: Sequence[_Member]) -> FloatArray:
    """Scores (B, S, K, T) of B members."""
    n_days, doy = plan.times.size, doy_index(plan.times)
    series = np.empty((len(members), *model.spectrum.coefficients.shape[:-1], n_days))
    for own, member in zip(series, members, strict=True):
        own[...] = member.spectrum.realize(member.phases, n_days)
    latent, noise = _split(model, series)
    return MemberShift.stack([member.shift for member in members]).scores(
        latent,
        lambda moved: corrected_scores(model, moved, doy),
        lambda dependent: noisy_scores(model, dependent, noise, doy),
    )


def _values(model: MultisiteModel, plan: Plan, scores: FloatArray, *, out: FloatArray | None = None) -> FloatArray:
    """Physical values (B, S, K, T)."""
    values = values_from_scores(model, scores, doy_index(plan.times), out=out)
    plan.scenario.scale_rain(values)
    return values


def _split(model: MultisiteModel, series: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Series (..., S K + N, T) as those of stations and variables (..., S, K, T), and noise (..., N, T)."""
    shape = (len(model.sites), len(model.variables))
    n_series = shape[0] * shape[1]
    latent = series[..., :n_series, :].reshape(*series.shape[:-2], *shape, series.shape[-1])
    return latent, series[..., n_series:, :]


def _seen(model: MultisiteModel, plan: Plan, values: FloatArray) -> Weather:
    return Weather(values, plan.times, model.stations, model.variable_names)


def _hours(model: MultisiteModel, plan: Plan, values: FloatArray, streams: Streams) -> Disaggregation | None:
    if plan.hourly is None or model.hourly is None:
        return None
    return hours_of(model.hourly, plan.hourly, plan.times, values, streams=streams)
