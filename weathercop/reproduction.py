"""Recompute a member from what its own file says, and compare bit by bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from varwg.errors import ReproductionError
from varwg.provenance import Provenance, versions
from varwg.scenario import Scenario
from weathercop.model import MultisiteModel
from weathercop.results import member_dataset
from weathercop.simulation import Plan, realize
from weathercop.store import read_member


class Outcome(NamedTuple):
    """Whether a member was reproduced, and a sentence that says so or names the first difference."""

    identical: bool
    text: str


def reproduce(path: str | Path, model: MultisiteModel) -> Outcome:
    """Simulate the member in the file at `path` again, from its seed, calendar and scenario, and compare.

    Parameters
    ----------
    path : str or Path
        A member file.
    model : MultisiteModel
        The model it was simulated with.

    Returns
    -------
    Outcome

    Raises
    ------
    ReproductionError
        If the file is not a readable member, or was made with another model.
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
    scenario = Scenario.of(model.stations, **json.loads(recorded.attrs["scenario"]))
    plan = Plan.of(model, recorded["time"].values, scenario=scenario)
    realization = realize(model, plan, rng=Provenance.from_attributes(recorded.attrs).generator())
    again = member_dataset(model, plan.times, realization.values)
    return _compare(path, recorded, again)


def _compare(path: Path, recorded: xr.Dataset, again: xr.Dataset) -> Outcome:
    for name in again.data_vars:
        found = recorded[name].values
        expected = again[name].values.astype(found.dtype)
        different = ~((found == expected) | (np.isnan(found) & np.isnan(expected)))
        if different.any():
            s, t = np.argwhere(different)[0]
            where = f"{name} at {recorded['station'].values[s]} on {str(recorded['time'].values[t])[:10]}"
            return Outcome(
                False,
                f"{path}: different; first {where}: file {found[s, t]!r}, now {expected[s, t]!r}, {int(different.sum())} "
                f"values in all{_version_hint(recorded)}",
            )
    return Outcome(True, f"{path}: identical, {sum(again[name].size for name in again.data_vars)} values.")


def _version_hint(recorded: xr.Dataset) -> str:
    changed = [
        f"{name} {recorded.attrs.get(name)} -> {now}" for name, now in versions().items() if recorded.attrs.get(name) != now
    ]
    return f"; versions differ ({', '.join(changed)})." if changed else "."
