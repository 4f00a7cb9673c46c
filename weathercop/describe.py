"""Files in words: what `weathercop info` prints of a model, an ensemble, a member or observations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from varwg.errors import DataError
from varwg.modelfile import is_model_file
from varwg.observations import Observations, read_observations
from weathercop.model import load_model
from weathercop.opening import open_ensemble
from weathercop.store import MANIFEST, Manifest, read_member


def describe(path: str | Path) -> str:
    """What the file or directory at `path` holds, in a few lines.

    Raises
    ------
    DataError, StoreError, ModelFileError
        If there is nothing at `path`, or nothing that can be read.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"there is no file or directory {path}: check the path.")
    if path.is_dir():
        return _describe_ensemble(path)
    if is_model_file(path):
        return str(load_model(path))
    member = read_member(path)
    if member is not None and "entropy" in member.attrs:
        return _describe_member(member)
    return describe_observations(read_observations(path))


def describe_observations(observations: Observations) -> str:
    """A table of stations and variables: unit, range, mean, gaps, and what was repaired."""
    first, last = (str(observations.times[i].astype("datetime64[D]")) for i in (0, -1))
    lines = [
        f"Observations of {len(observations.stations)} stations, {observations.times.size} days from {first} to {last}",
        "station       variable   unit          min       mean        max   missing",
    ]
    for station, rows in zip(observations.stations, observations.values, strict=True):
        for variable, values in zip(observations.variables, rows, strict=True):
            known = values[np.isfinite(values)]
            numbers = f"{known.min():9.4g}  {known.mean():9.4g}  {known.max():9.4g}" if known.size else " " * 31
            missing = f"{1 - known.size / values.size:8.1%}" if known.size else "     all"
            lines.append(f"{station[:13]:13s} {variable.name[:10]:10s} {variable.units[:8]:8s} {numbers}  {missing}")
    return "\n".join([*lines, *(f"repaired: {repair}" for repair in observations.repairs)])


def _describe_ensemble(directory: Path) -> str:
    manifest = Manifest.read(directory)
    ensemble = open_ensemble(directory)
    seed = manifest.seed or "member i has the seed i"
    return "\n".join(
        (
            f"Ensemble of {ensemble.sizes['realization']} members in {directory} ({MANIFEST} is valid)",
            f"stations:  {', '.join(map(str, ensemble.station.values))}",
            f"variables: {', '.join(map(str, ensemble['variable'].values))}",
            f"days:      {manifest.n_days} from {manifest.first_day}",
            f"seed:      {seed}",
            f"scenario:  {manifest.scenario}",
            f"model:     {manifest.model}",
        )
    )


def _describe_member(member: xr.Dataset) -> str:
    shown = ("entropy", "spawn_key", "bit_generator", "scenario", "model", "version", "numpy_version")
    lines = [f"{name + ':':15s} {member.attrs.get(name, '')}" for name in shown]
    days = member["time"].values.astype("datetime64[D]")
    return "\n".join(
        (
            f"Member {int(member['realization'])} of an ensemble: {days.size} days from {days[0]}",
            f"{'stations:':15s} {', '.join(map(str, member.station.values))}",
            f"{'variables:':15s} {', '.join(map(str, member.data_vars))}",
            *lines,
        )
    )
