"""What models, members and directories say of themselves, in words."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from varwg._description import describe_observations, series_rows
from varwg._disaggregation import HourlyOptions
from varwg._observations import Observations, read_observations
from varwg._persistence import is_model_file
from varwg._provenance import parsed_json
from varwg._variables import with_unit
from varwg.ensembles._opening import open_ensemble
from varwg.ensembles._store import DISAGGREGATION, MANIFEST, Manifest, member_files, read_member
from varwg.errors import DataError, StoreError, VarwgError
from varwg.marginals._diagnostics import rare_days
from weathercop._model import load_model

#: What a scenario has where nothing is asked for.
_NEUTRAL: Final = frozenset({"", "none", "None", "[]", "{}", "0", "0.0", "null"})
_MOST: Final = 160
#: What is told of the return level of a series.
_RARE_DAYS: Final = ("variable", "station", "level", "low", "high")


def words_of(text: str) -> str:
    """JSON without what is neutral: "theta_incr 2", "theta_incr 0.5 to 2", "none"; other texts as they are."""
    try:
        content = parsed_json(text, "it") if text else None
    except ValueError:
        return text
    words = _words(content) or "none"
    cut = words[: _MOST - 4]
    return words if len(words) <= _MOST else f"{(cut.rpartition(' ')[0] or cut).rstrip(',')} ..."


def source_of_phases(text: str) -> str:
    """What `phases_from` recorded: "an ensemble from 2001-01-01, scenario none"; other texts as they are."""
    try:
        content = parsed_json(text, "it")
        first_day, scenario = content["first_day"], content["scenario"]
    except (ValueError, KeyError, TypeError):
        return text
    return f"an ensemble from {first_day}, scenario {words_of(json.dumps(scenario))}"


def _words(content: Any) -> str:
    if isinstance(content, str):
        try:
            return _words(parsed_json(content, "it"))
        except ValueError:
            return content
    if isinstance(content, dict):
        parts = ((name, _words(part)) for name, part in content.items() if not _neutral(name, part))
        return ", ".join(f"{name} {part}" for name, part in parts if part)
    if isinstance(content, list):
        return _words_of_list(content)
    return "" if content is None or content is False else f"{content:g}" if isinstance(content, float) else str(content)


def _words_of_list(content: list[Any]) -> str:
    numbers = _numbers(content)
    if numbers is None:
        return "; ".join(part for part in map(_words, content) if part)
    if not numbers:
        return ""
    return span(numbers)


def span(numbers: Sequence[float], form: str = "g") -> str:
    """The least and the greatest of some numbers, or what both look like."""
    low, high = format(min(numbers), form), format(max(numbers), form)
    return low if low == high else f"{low} to {high}"


def _numbers(content: Any) -> list[float] | None:
    """All numbers in nested lists, or None if there is anything else."""
    if isinstance(content, bool) or content is None:
        return None
    if isinstance(content, (int, float)):
        return [float(content)]
    if not isinstance(content, list):
        return None
    parts = [_numbers(part) for part in content]
    return None if any(part is None for part in parts) else [number for part in parts for number in part or ()]


def _neutral(name: str, part: Any) -> bool:
    """Whether a term changes nothing: zero, a factor of one, or nothing at all."""
    numbers = _numbers(part)
    neutral = 1.0 if name.endswith("factor") else 0.0
    if numbers is not None:
        return all(number == neutral for number in numbers)
    return str(part) in _NEUTRAL


#: Attributes of a member that are shown, in this order; those that hold JSON in words.
_SHOWN: Final = ("entropy", "spawn_key", "bit_generator", "model", "version", "numpy_version", "scipy_version")
_AS_WORDS: Final = ("scenario", "phases", "conditions", "heat_waves")
_LOG: Final = logging.getLogger(__name__)


def describe(path: str | Path, read: Callable[[], Observations] | None = None) -> str:
    """What the file or directory at `path` holds, in a few lines.

    Parameters
    ----------
    path : path
        A model, a member, a directory, or a file of observations.
    read : callable, optional
        Reads the observations, if it is a file of them; by default as they are.

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
        model = load_model(path)
        rare = [
            f"{name} at {station}: once in 100 years {with_unit(level, variable)} ({low:.4g} to {high:.4g} with 90 % probability)"
            for name, station, level, low, high in rare_days(model)
            for variable in [model.variables[model.variable_names.index(name)]]
        ]
        return "\n".join([str(model), *rare, f"Simulate with: weathercop simulate {path} -n 20 -o DIRECTORY"])
    member = read_member(path)
    if member is not None and "entropy" in member.attrs:
        return _describe_member(member)
    return describe_observations(read_observations(path) if read is None else read(), max_rows=200)


def facts(path: str | Path, read: Callable[[], Observations] | None = None) -> dict[str, Any]:
    """What `describe` tells, as a dict of texts, numbers, lists and dicts; "kind" says what was found.

    Parameters
    ----------
    path : path
    read : callable, optional
        As for `describe`.

    Raises
    ------
    DataError, StoreError, ModelFileError
        As `describe`.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"there is no file or directory {path}: check the path.")
    if path.is_dir():
        if not (path / MANIFEST).is_file():
            return {"kind": "directory", "holds": _describe_directory(path).splitlines()[1:]}
        ensemble = open_ensemble(path)
        return {
            "kind": "ensemble",
            "members": ensemble.sizes["realization"],
            **_of_ensemble(path, ensemble),
            **{f"{name}s": [str(label) for label in ensemble[name].values] for name in ("station", "variable")},
            "first_day": _day_of(ensemble["time"].values[0]),
            "last_day": _day_of(ensemble["time"].values[-1]),
        }
    if is_model_file(path):
        model = load_model(path)
        units = {variable.name: variable.units for variable in model.variables}
        rare = [dict(zip(_RARE_DAYS, day, strict=True)) for day in rare_days(model)]
        identity = {"fingerprint": model.fingerprint(), "stations": list(model.stations), "variables": units}
        return {"kind": "model", **identity, "days_of_100_years": rare}
    member = read_member(path)
    if member is not None and "entropy" in member.attrs:
        lists = {"stations": [str(name) for name in member["station"].values], "variables": list(map(str, member.data_vars))}
        return {"kind": "member", "realization": int(member["realization"]), **dict(_of_member(member)), **lists}
    observations = read_observations(path) if read is None else read()
    return {
        "kind": "observations",
        "first_day": _day_of(observations.times[0]),
        "last_day": _day_of(observations.times[-1]),
        "series": [row._asdict() for row in series_rows(observations)],
        "notes": list(observations.repairs),
    }


def _describe_directory(directory: Path) -> str:
    """An ensemble, or the list of what else is there that this software knows."""
    description = _describe_ensemble(directory) if (directory / MANIFEST).is_file() else ""
    with os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries if not entry.name.startswith("real_"))
    others = [line for name in names if (line := _one_line(directory / name))]
    if description:
        return "\n".join([description, *(f"beside it:   {line}" for line in others)])
    if not others:
        raise StoreError(
            f"{directory} holds no ensemble (there is no {MANIFEST}), no model and no observations: check the path, or make "
            f"an ensemble with weathercop simulate MODEL -n 20 -o {directory}."
        )
    return "\n".join([f"{directory} is not an ensemble itself, but holds", *others])


def _one_line(path: Path) -> str:
    """Name and kind of what is at a path; empty for what this software does not know."""
    if path.is_dir():
        if not (path / MANIFEST).is_file():
            return ""
        return f"{path.name}: ensemble of {len(member_files(path))} members"
    if path.suffix == ".html":
        return f"{path.name}: report"
    if path.suffix != ".nc":
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
    ensemble = open_ensemble(directory)
    lines = [f"{name + ':':12s} {text}" for name, text in _of_ensemble(directory, ensemble).items()]
    return "\n".join([f"Ensemble of {ensemble.sizes['realization']} members in {directory} ({MANIFEST} is valid)", *lines])


def _of_ensemble(directory: Path, ensemble: xr.DataArray) -> dict[str, str]:
    """What is told of an ensemble: names and texts."""
    manifest = Manifest.read(directory)
    with os.scandir(directory) as entries:
        sizes = [entry.stat().st_size for entry in entries if entry.name.startswith("real_") and entry.name.endswith(".nc")]
    last = _day_of(ensemble["time"].values[-1])
    terms = [
        ("stations", ", ".join(map(str, ensemble["station"].values))),
        ("variables", ", ".join(map(str, ensemble["variable"].values))),
        ("days", f"{manifest.n_days} from {manifest.first_day} to {last}"),
        ("hours", _of_hours(manifest.hourly)),
        ("seed", "" if manifest.phases_from else manifest.seed or "member i has the seed i"),
        ("phases from", source_of_phases(manifest.phases_from)),
        ("scenario", words_of(manifest.scenario)),
        ("options", words_of(manifest.options) if manifest.options else ""),
        ("model", manifest.model),
        ("stored as", f"{manifest.dtype} by {manifest.engine}, {len(sizes)} files, {sum(sizes) / 2**20:.1f} MiB"),
    ]
    return {name: text for name, text in terms if text}


def _day_of(time: np.datetime64) -> str:
    return str(time.astype("datetime64[D]"))


def _of_hours(text: str) -> str:
    """Where hours come from, all of it: what is by formula must not be cut."""
    options = HourlyOptions.from_json(text)
    if options is None:
        return ""
    source = options.source or "with the courses of days of the record itself"
    days = f"; from days up to {options.window} apart in the year" if "courses of days" in source else ""
    return f"{options.steps_per_day} a day; {source}{days}"


def _describe_member(member: xr.Dataset) -> str:
    times = member["time"].values
    days = times.astype("datetime64[D]")
    step = "days" if times.size < 2 or (times[1] - times[0]).astype("timedelta64[h]").astype(int) >= 24 else "steps"
    lines = [f"{name + ':':15s} {text}" for name, text in _of_member(member)]
    first = f"Member {int(member['realization'])} of an ensemble: {times.size} {step} from {days[0]} to {days[-1]}"
    return "\n".join([first, *lines])


def _of_member(member: xr.Dataset) -> list[tuple[str, str]]:
    """What is told of a member: names and texts."""
    return [
        ("stations", ", ".join(map(str, member["station"].values))),
        ("variables", ", ".join(map(str, member.data_vars))),
        *((name, str(member.attrs[name])) for name in _SHOWN if member.attrs.get(name)),
        *(("phases_from", source_of_phases(str(text))) for text in [member.attrs.get("phases_from")] if text),
        *((name, words_of(str(member.attrs[name]))) for name in _AS_WORDS if member.attrs.get(name)),
        *(("hours", _of_hours(str(text))) for text in [member.attrs.get(DISAGGREGATION)] if text),
    ]
