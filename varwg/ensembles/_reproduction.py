"""Recompute a member from what its own file says, and compare bit by bit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from varwg._arrays import FloatArray, TimeArray
from varwg._disaggregation import HourlyOptions, hourly_times
from varwg._disaggregation.run import FORMULA
from varwg._provenance import Provenance, parsed_json, versions
from varwg._request import Archive, Conditions, HeatWaves, Request
from varwg._simulated import member_dataset
from varwg._simulation import WeatherModel, WeatherPlan, engine_of
from varwg.ensembles._memberfile import read_checked, read_member
from varwg.ensembles._store import DISAGGREGATION, OPTIONS
from varwg.errors import ReproductionError


class Outcome(NamedTuple):
    """Whether a member was reproduced, and a sentence that says so or names the first difference."""

    identical: bool
    text: str


def reproduce(
    path: str | Path,
    model: WeatherModel,
    *,
    conditions: Conditions = None,
    heat_waves: HeatWaves = None,
    residuals: FloatArray | None = None,
    ex: Any = None,
    fixed_variables: Mapping[str, Any] | None = None,
    archive: Archive = None,
) -> Outcome:
    """Simulate the days or hours in the file at `path` again, from what the file says of seed, calendar and options.

    Parameters
    ----------
    path : str or Path
        A file of a member, daily or hourly.
    model : SiteModel or MultisiteModel
        The model it was simulated with.
    conditions, heat_waves, residuals, ex, fixed_variables, archive
        Those of the ensemble, where it had any (`fixed_variables` as values): a file holds no more than their description.

    Returns
    -------
    Outcome

    Raises
    ------
    ReproductionError
        If the file is not a readable member, or was made with another model, conditions, heat waves or inputs.
    """
    path = Path(path)
    recorded = read_member(path) if path.is_file() else None
    if recorded is None or "entropy" not in recorded.attrs:
        raise ReproductionError(f"{path} is not a member file that can be read: check the path.")
    fingerprint = model.fingerprint()
    if recorded.attrs.get("model") != fingerprint:
        raise ReproductionError(
            f"{path} was made with the model {str(recorded.attrs.get('model'))[:12]}, but this one is {fingerprint[:12]}: "
            "pass the model file it was simulated with."
        )
    days = np.unique(recorded["time"].values.astype("datetime64[D]"))
    of_hours = recorded.sizes["time"] > days.size
    if of_hours and DISAGGREGATION not in recorded.attrs:
        raise ReproductionError(f"{path} holds hours but does not say how they were made: only simulated files do.")
    inputs = {
        "conditions": conditions,
        "heat_waves": heat_waves,
        "residuals": residuals,
        "ex": ex,
        "fixed_variables": fixed_variables,
    }
    engine = engine_of(model)
    plan: WeatherPlan = engine.plan(
        model, _request(recorded.attrs, days, inputs, archive if of_hours else None, of_hours=of_hours)
    )
    _check_options(path, recorded.attrs, plan, of_hours=of_hours)
    realization = engine.realize_together(model, plan, rngs=[Provenance.from_attributes(recorded.attrs).generator()])[0]
    if plan.hourly is None or realization.hours is None:
        outcome = _compare(path, recorded, member_dataset(model, plan.times, realization.values))
    else:
        hours = member_dataset(model, hourly_times(plan.times, plan.hourly), realization.hours.values)
        outcome = _compare(path, recorded, hours)
    if outcome.identical and read_checked(path) is None:
        return Outcome(False, f"{path}: different; its values are as computed now, but it has been changed since it was written.")
    return outcome


def _request(
    attributes: Mapping[str, Any], days: TimeArray, inputs: Mapping[str, Any], archive: Archive, *, of_hours: bool
) -> Request:
    """The request that the attributes of a file describe."""
    options = HourlyOptions.from_json(attributes.get(DISAGGREGATION, "")) if of_hours else None
    if options is not None and options.source and not options.digest:
        archive = FORMULA
    if options is not None and options.digest and archive is None:
        raise ReproductionError(f"the hours come from elsewhere ({options.source}): give these hours too.")
    scenario = parsed_json(str(attributes["scenario"]), "the scenario")
    phases = parsed_json(str(attributes.get("phases", "{}")), "the description of the phases")
    try:
        return Request.of(
            times=days,
            scenario=scenario if isinstance(scenario, list) else [scenario],
            disaggregate=False if options is None else {"window": options.window},
            archive=archive,
            **phases,
            **inputs,
        )
    except TypeError as error:
        raise ReproductionError(
            f"what the file says of its phases, {str(phases)[:80]!r}, asks for nothing: it was edited."
        ) from error


def _check_options(path: Path, attributes: Mapping[str, Any], plan: WeatherPlan, *, of_hours: bool) -> None:
    described = plan.attributes() | ({DISAGGREGATION: plan.hourly.to_json()} if plan.hourly else {})
    for name in ("scenario", *OPTIONS, *[DISAGGREGATION] * of_hours):
        recorded, now = attributes.get(name, ""), described.get(name, "")
        if recorded != now:
            raise ReproductionError(
                f"{path} was made with the {name} {recorded or 'of no kind'}, but this would be with {now or 'none'}: pass "
                "the conditions, heat_waves, hours and other inputs that the ensemble was simulated with."
            )


def _difference(recorded: xr.Dataset, again: xr.Dataset) -> str:
    """The first thing that a file says besides its values and that is not what it should say; empty if there is none."""
    for name in again.coords:
        if name not in recorded.variables:
            return f"the coordinate {name} is missing"
        stored, expected = recorded[name].values, again[name].values
        same = (
            np.array_equal(stored.astype(str), expected.astype(str))
            if expected.dtype.kind in "UO"
            else (stored.shape == expected.shape and np.array_equal(stored, expected, equal_nan=expected.dtype.kind == "f"))
        )
        if not same:
            return f"{name} {_shortly(stored)} in the file, {_shortly(expected)} now"
    names = [str(name) for name in recorded.data_vars], [str(name) for name in again.data_vars]
    if names[0] != names[1]:
        return f"variables {', '.join(names[0])} in the file, {', '.join(names[1])} now"
    for name in again.data_vars:
        units = str(recorded[name].attrs.get("units", "")), str(again[name].attrs.get("units", ""))
        if units[0] != units[1]:
            return f"units of {name} {units[0]!r} in the file, {units[1]!r} now"
    return ""


def _shortly(values: Any) -> str:
    text = ", ".join(map(str, np.ravel(values)[:4]))
    return text + (", ..." if np.size(values) > 4 else "")


def _compare(path: Path, recorded: xr.Dataset, again: xr.Dataset) -> Outcome:
    said = _difference(recorded, again)
    if said:
        return Outcome(False, f"{path}: different; {said}.")
    daily = np.array_equal(recorded["time"].values, recorded["time"].values.astype("datetime64[D]"))
    for name in again.data_vars:
        stored = recorded[name].values
        expected = again[name].values.astype(stored.dtype)
        different = ~((stored == expected) | (np.isnan(stored) & np.isnan(expected)))
        if different.any():
            s, t = np.argwhere(different)[0]
            unit: Any = "D" if daily else "m"
            time = np.datetime_as_string(recorded["time"].values[t], unit=unit)
            largest = float(np.nanmax(np.abs(np.where(different, stored - expected, 0.0))))
            where = f"{name} at {recorded['station'].values[s]} on {time}"
            return Outcome(
                False,
                f"{path}: different; first {where}: file {stored[s, t]!r}, now {expected[s, t]!r}, {int(different.sum())} "
                f"values of {name} in all, by up to {largest:.2g}{_version_hint(recorded)}",
            )
    return Outcome(True, f"{path}: identical, {sum(again[name].size for name in again.data_vars)} values.")


def _version_hint(recorded: xr.Dataset) -> str:
    changed = [
        f"{name} {recorded.attrs[name]} -> {now}" for name, now in versions().items() if recorded.attrs.get(name, now) != now
    ]
    return f"; it was made elsewhere ({', '.join(changed)})." if changed else "."
