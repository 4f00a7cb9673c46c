"""Stress tests: one ensemble for each cell of a grid of changes, with the same random numbers, and a response to each."""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
import xarray as xr

from varwg._arguments import told_once
from varwg._calendar import months_of
from varwg._persistence import DAMAGE, STRESS, netcdf_engine, write_dataset, write_text
from varwg._provenance import parsed_json
from varwg._request import Request
from varwg._simulation import WeatherModel
from varwg._variables import Variable
from varwg.ensembles._ensemble import iter_members
from varwg.errors import ScenarioError, StoreError
from varwg.io._unknown import roles_in
from varwg.marginals._diagnostics import LOGGER as RARE_DAYS
from varwg.streams import Seed, realization_seed

__all__ = ["RESPONSES", "stress"]

_LOG: Final = logging.getLogger("varwg.ensembles")
_DAYS_A_YEAR: Final = 365.2425
#: What a member answers: a number, or one for each station.
Response: TypeAlias = Callable[[xr.DataArray], Any]


def annual_sum(member: xr.DataArray) -> xr.DataArray:
    """Mean annual sum of precipitation, mm."""
    rain = _precipitation(member)
    return rain.mean("time") * _DAYS_A_YEAR


def driest_100_days(member: xr.DataArray) -> xr.DataArray:
    """Smallest sum of precipitation of 100 consecutive days, mm."""
    rain = _precipitation(member)
    if rain.sizes["time"] < 100:
        raise ScenarioError(f"driest_100_days needs 100 days, but {rain.sizes['time']} are simulated: ask for more.")
    return rain.rolling(time=100).sum().min("time")


def degree_days(member: xr.DataArray) -> xr.DataArray:
    """Mean annual sum of temperatures above 0 degC, K d."""
    return _variable(member, "degree_days", ("theta", "theta_max", "theta_min")).clip(min=0.0).mean("time") * _DAYS_A_YEAR


def summer_maximum(member: xr.DataArray) -> xr.DataArray:
    """Highest temperature of the three warmest months, degC."""
    warmth = _variable(member, "summer_maximum", ("theta_max", "theta"))
    months = months_of(warmth["time"].values)
    by_month = [float(warmth.values[..., months == month].mean()) if np.any(months == month) else -np.inf for month in range(12)]
    return warmth.isel(time=np.isin(months, np.argsort(by_month)[-3:])).max("time")


#: Responses that have a name.
RESPONSES: Final[Mapping[str, Response]] = MappingProxyType(
    {own.__name__: own for own in (annual_sum, driest_100_days, degree_days, summer_maximum)}
)


def stress(
    model: WeatherModel,
    grid: Mapping[str, Sequence[float]],
    n_members: int = 20,
    *,
    response: str | Response | Sequence[str] | Mapping[str, Response],
    request: Request | None = None,
    seed: Seed = None,
    out_dir: str | Path | None = None,
    job: tuple[int, int] = (0, 1),
    n_workers: int | None = None,
) -> xr.Dataset:
    """Responses of members to all combinations of changes.

    All cells of the grid have the same random numbers, so that they differ by the changes alone.

    Parameters
    ----------
    model : SiteModel or MultisiteModel
        A fitted model.
    grid : mapping of str to sequence of float
        Values of each axis: "dt" (change of the mean of all temperatures, K), "dp" (factor of precipitation), or an entry
        of change factors as "variable.entry", such as "R.wet_day_factor".
    n_members : int
        Members of each cell.
    response : str, callable, or several by name
        One of `RESPONSES`, several of them, or functions of a member (station, variable, time) that return a number or an
        array (station,).
    request : Request, optional
        What else is asked of every cell; variables without an axis stay as they are.
    seed : int, SeedSequence or Generator, optional
        Of all cells alike.
    out_dir : path, optional
        Where the responses of each cell are kept, so that a run that stopped goes on, and several share the work.
    job : tuple of int
        Number and count of the jobs that cells are dealt to, (0, 1) for one that does all.
    n_workers : int, optional
        Threads.

    Returns
    -------
    Dataset
        Responses with the axes of the grid, `realization` and, where it has one, `station`; NaN for cells of other jobs that
        are not done yet.

    Raises
    ------
    ScenarioError
        If an axis or a response is unknown.
    StoreError
        If `out_dir` holds another stress test.
    """
    axes = {str(name): [float(value) for value in values] for name, values in grid.items()}
    responses = _responses(response)
    cells = list(itertools.product(*axes.values()))
    if not cells or not axes:
        raise ScenarioError("the grid has no cells: give at least one value for each axis, such as dt=[0, 2, 4].")
    number, count = job
    if not 0 <= number < count:
        raise ScenarioError(f"job is ({number}, {count}), but a number from 0 to {count - 1} is expected.")
    folder = None if out_dir is None else Path(out_dir)
    asked = request or Request(others="keep")
    if folder is not None:
        if seed is None:
            raise StoreError(
                "seed is missing, but runs that continue or share the cells of out_dir need the same seed: give one."
            )
        _claim(folder, _identity(model, axes, n_members, tuple(responses), asked, seed))
    cells_done: dict[int, xr.Dataset] = {}
    with told_once(RARE_DAYS), told_once(logging.getLogger("varwg.scenarios"), word_for_word=True):
        for position, values in enumerate(cells):
            path = None if folder is None else folder / f"cell_{position:05d}.nc"
            held = None if path is None else _held(path)
            if held is not None:
                cells_done[position] = held
            elif position % count == number:
                changes = _changes(model.variables, dict(zip(axes, values, strict=True)))
                cells_done[position] = _cell(model, asked, changes, n_members, responses, seed, n_workers)
                if path is not None:
                    path.unlink(missing_ok=True)  # what cannot be read is replaced by nothing else
                    write_dataset(path, cells_done[position], STRESS)
                cell = ", ".join(f"{name} {value:g}" for name, value in zip(axes, values, strict=True))
                _LOG.info("cell %d of %d: %s", position + 1, len(cells), cell)
    return _surface(axes, cells, cells_done)


def _held(path: Path) -> xr.Dataset | None:
    """A cell that is there, and whole; it has no times, as members have."""
    if not path.exists():
        return None
    try:
        with xr.open_dataset(path, engine=netcdf_engine(path)) as dataset:
            return dataset.load()
    except DAMAGE:
        return None


def _responses(response: Any) -> dict[str, Response]:
    if callable(response):
        return {getattr(response, "__name__", "response"): response}
    named = {str(key): function for key, function in response.items()} if isinstance(response, Mapping) else {}
    for name in [response] if isinstance(response, str) else [] if named else list(response):
        if name not in RESPONSES:
            raise ScenarioError(f"response names {name!r}, but {', '.join(RESPONSES)} are known: name one, or pass a function.")
        named[name] = RESPONSES[name]
    return named


def _changes(variables: Sequence[Variable], values: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Change factors of a cell."""
    changes: dict[str, dict[str, float]] = {}
    for axis, value in values.items():
        name, dot, entry = axis.rpartition(".")
        if axis == "dt":
            chosen, entry = [candidate.name for candidate in variables if candidate.is_temperature], "mean"
        elif axis == "dp":
            chosen, entry = [candidate.name for candidate in variables if candidate.is_precipitation], "mean_factor"
        elif dot:
            chosen = [name]
        else:
            raise ScenarioError(f"the grid has the axis {axis!r}, but dt, dp, or an entry such as R.wet_day_factor is expected.")
        if not chosen:
            kind = "temperature" if axis == "dt" else "precipitation"
            raise ScenarioError(f"the grid has the axis {axis}, but the model has no {kind}: leave it out.")
        for variable in chosen:
            changes.setdefault(variable, {})[entry] = value
    return changes


def _cell(
    model: WeatherModel,
    request: Request,
    changes: Mapping[str, Mapping[str, float]],
    n_members: int,
    responses: Mapping[str, Response],
    seed: Seed,
    n_workers: int | None,
) -> xr.Dataset:
    """Responses of the members of one cell."""
    from dataclasses import replace

    answers: dict[str, list[xr.DataArray]] = {name: [] for name in responses}
    for member in iter_members(model, n_members, replace(request, changes=changes), seed=seed, n_workers=n_workers):
        for name, function in responses.items():
            answers[name].append(_answer(name, function(member), member))
    dataset = xr.Dataset({name: xr.concat(several, "realization") for name, several in answers.items()})
    for name, function in responses.items():
        dataset[name].attrs["long_name"] = (function.__doc__ or name).splitlines()[0].rstrip(".")
    return dataset.assign_coords(realization=np.arange(n_members))


def _answer(name: str, value: Any, member: xr.DataArray) -> xr.DataArray:
    array = value if isinstance(value, xr.DataArray) else xr.DataArray(np.asarray(value, dtype=np.float64))
    if array.dims not in ((), ("station",)):
        if array.ndim == 1 and array.size == member.sizes.get("station", -1):
            return xr.DataArray(array.values, {"station": member["station"].values}, ("station",))
        raise ScenarioError(f"the response {name} has shape {array.shape}, but a number, or one for each station, is expected.")
    return array.reset_coords(drop=True).astype(np.float64)


def _identity(
    model: WeatherModel, axes: Mapping[str, list[float]], n_members: int, responses: tuple[str, ...], request: Request, seed: Seed
) -> dict[str, Any]:
    """What tells one stress test from another."""
    asked = hashlib.sha256(request.described().encode()).hexdigest()
    first = realization_seed(0, seed)
    return {
        "model": model.fingerprint(),
        "grid": dict(axes),
        "n_members": n_members,
        "responses": list(responses),
        "request": asked,
        "seed": [str(first.entropy), list(first.spawn_key)],
    }


def _claim(folder: Path, identity: Mapping[str, Any]) -> None:
    """Make the folder of a stress test, or see that it holds this one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "stress.json"
    if not path.exists():
        if any(folder.iterdir()):
            raise StoreError(f"{folder} holds other files: give a new folder for the stress test.")
        write_text(path, json.dumps(identity, indent=1))
        return
    held = parsed_json(path.read_text(encoding="utf-8"), str(path))
    for name, value in identity.items():
        if held.get(name) != value:
            raise StoreError(f"{folder} holds a stress test with another {name} ({held.get(name)}): give a new folder.")


def _surface(axes: Mapping[str, list[float]], cells: Sequence[tuple[float, ...]], done: Mapping[int, xr.Dataset]) -> xr.Dataset:
    """All cells as one Dataset with the axes of the grid."""
    if not done:
        return xr.Dataset(coords=dict(axes))
    template = next(iter(done.values()))
    empty = template.map(lambda surface: xr.full_like(surface, np.nan), keep_attrs=True)
    flat = xr.concat([done.get(position, empty) for position in range(len(cells))], "cell", coords="minimal", compat="override")
    shape = [len(values) for values in axes.values()]
    data = {
        name: ((*axes, *surface.dims[1:]), surface.values.reshape(*shape, *surface.shape[1:]), surface.attrs)
        for name, surface in flat.transpose("cell", ...).data_vars.items()
    }
    return xr.Dataset(data, {**axes, **{name: surface for name, surface in flat.coords.items() if "cell" not in surface.dims}})


def _precipitation(member: xr.DataArray) -> xr.DataArray:
    return _variable(member, "a response of precipitation", ("R",))


def _variable(member: xr.DataArray, what: str, names: Sequence[str]) -> xr.DataArray:
    """The first of some variables that a member has."""
    roles = roles_in(member)
    column = next((roles.index(name) for name in names if name in roles), None)
    if column is None:
        held = ", ".join(str(name) for name in member["variable"].values)
        raise ScenarioError(f"{what} needs {' or '.join(names)}, but the model has {held}: pass a function.")
    return member.isel(variable=column, drop=True)
