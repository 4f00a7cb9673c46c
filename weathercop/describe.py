"""Files in words: what `weathercop info` prints of a model, an ensemble, a member, observations, or a directory of these."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import xarray as xr

from varwg.description import describe_observations
from varwg.errors import DataError, StoreError, VarwgError
from varwg.observations import read_observations
from varwg.persistence.modelfile import is_model_file
from weathercop.files.opening import open_ensemble
from weathercop.files.store import MANIFEST, Manifest, member_files, read_member
from weathercop.model import load_model
from weathercop.wording import source_of_phases, words_of

#: Attributes of a member that are shown, in this order; those that hold JSON in words.
_SHOWN: Final = ("entropy", "spawn_key", "bit_generator", "model", "version", "numpy_version", "scipy_version")
_AS_WORDS: Final = ("scenario", "phases", "conditions", "heat_waves", "disaggregation")
_LOG: Final = logging.getLogger(__name__)


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
        return _describe_directory(path)
    if is_model_file(path):
        return f"{load_model(path)}\nSimulate with: weathercop simulate {path} -n 20 -o DIRECTORY"
    member = read_member(path)
    if member is not None and "entropy" in member.attrs:
        return _describe_member(member)
    return describe_observations(read_observations(path), max_rows=200)


def _describe_directory(directory: Path) -> str:
    """An ensemble, or the list of what else is there that this software knows."""
    own = _describe_ensemble(directory) if (directory / MANIFEST).is_file() else ""
    others = [line for line in map(_one_line, sorted(directory.iterdir())) if line]
    if own:
        return "\n".join([own, *(f"beside it:   {line}" for line in others)])
    if not others:
        raise StoreError(
            f"{directory} holds no ensemble (there is no {MANIFEST}), no model and no observations: check the path, or make "
            f"an ensemble with weathercop simulate MODEL -n 20 -o {directory}."
        )
    return "\n".join([f"{directory} is no ensemble itself, but holds", *others])


def _one_line(path: Path) -> str:
    """Name and kind of what is at a path; empty for what this software does not know."""
    if path.is_dir():
        if not (path / MANIFEST).is_file():
            return ""
        return f"{path.name}: ensemble of {len(member_files(path))} members"
    if path.suffix == ".html":
        return f"{path.name}: report"
    if path.suffix != ".nc" or path.name.startswith("real_"):
        return ""
    if is_model_file(path):
        return f"{path.name}: model"
    try:
        observations = read_observations(path)
    except VarwgError as error:
        _LOG.info("%s: %s", path, error)
        return f"{path.name}: NetCDF file"
    stations, days = len(observations.stations), observations.times.size
    return f"{path.name}: observations of {stations} stations, {days} days"


def _describe_ensemble(directory: Path) -> str:
    manifest = Manifest.read(directory)
    ensemble = open_ensemble(directory)
    paths = [path for path in directory.glob("real_*.nc") if path.is_file()]
    size = sum(path.stat().st_size for path in paths)
    last = str(ensemble["time"].values[-1].astype("datetime64[D]"))
    terms = [
        ("stations", ", ".join(map(str, ensemble["station"].values))),
        ("variables", ", ".join(map(str, ensemble["variable"].values))),
        ("days", f"{manifest.n_days} from {manifest.first_day} to {last}"),
        ("hours", words_of(manifest.hourly) if manifest.hourly else ""),
        ("seed", "" if manifest.phases_from else manifest.seed or "member i has the seed i"),
        ("phases from", source_of_phases(manifest.phases_from)),
        ("scenario", words_of(manifest.scenario)),
        ("options", words_of(manifest.options) if manifest.options else ""),
        ("model", manifest.model),
        ("stored as", f"{manifest.dtype} by {manifest.engine}, {len(paths)} files, {size / 2**20:.1f} MiB"),
    ]
    lines = [f"{name + ':':12s} {text}" for name, text in terms if text]
    return "\n".join([f"Ensemble of {ensemble.sizes['realization']} members in {directory} ({MANIFEST} is valid)", *lines])


def _describe_member(member: xr.Dataset) -> str:
    times = member["time"].values
    days = times.astype("datetime64[D]")
    step = "days" if times.size < 2 or (times[1] - times[0]).astype("timedelta64[h]").astype(int) >= 24 else "steps"
    terms = [
        ("stations", ", ".join(map(str, member["station"].values))),
        ("variables", ", ".join(map(str, member.data_vars))),
        *((name, str(member.attrs[name])) for name in _SHOWN if member.attrs.get(name)),
        *(("phases_from", source_of_phases(str(text))) for text in [member.attrs.get("phases_from")] if text),
        *((name, words_of(str(member.attrs[name]))) for name in _AS_WORDS if member.attrs.get(name)),
    ]
    lines = [f"{name + ':':15s} {text}" for name, text in terms]
    first = f"Member {int(member['realization'])} of an ensemble: {times.size} {step} from {days[0]} to {days[-1]}"
    return "\n".join([first, *lines])
