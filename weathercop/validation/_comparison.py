"""An ensemble against observations: every statistic of the record, of every member, and the grade of the agreement."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from varwg._arrays import BoolArray, FloatArray, TimeArray
from varwg._calendar import N_DOYS, doy_index, in_seconds
from varwg._observations import Observations, read_observations
from varwg._variables import Variable
from varwg.ensembles._opening import open_ensemble
from varwg.errors import DataError
from varwg.rain import WET_THRESHOLD
from weathercop.validation._dependence import (
    ANNUAL_BAND_NAMES,
    BAND_NAMES,
    DEPENDENCE,
    LAGS,
    MEMORY,
    SPACE,
    station_pairs,
    variable_pairs,
)
from weathercop.validation._distribution import DISTRIBUTION, DURATIONS, EXTREMES, LEVELS, OCCURRENCE, RETURN_PERIODS, SUM_DAYS
from weathercop.validation._sample import OWN_UNIT, PERIODS, Sample, Statistic, member_quantiles

#: Every statistic by what it is about, in the order of tables.
GROUPS: Final = (
    ("distribution", DISTRIBUTION),
    ("wet and dry days", OCCURRENCE),
    ("memory", MEMORY),
    ("variables together", DEPENDENCE),
    ("stations together", SPACE),
    ("extremes", EXTREMES),
)
STATISTICS: Final = tuple(statistic for _, own in GROUPS for statistic in own)
#: What is known of each statistic, along the dimension `result`, and the quantiles of the members that it is.
RESULTS: Final = ("observed", "median", "low_90", "high_90", "low_99_7", "high_99_7")
#: Grades and their codes in the Dataset.
GRADES: Final = ("none", "good", "fair", "poor")
NONE, GOOD, FAIR, POOR = range(4)
#: A median so near to the observed value, relative to it, is fair whatever the members' range.
TOLERANCE: Final = 0.05
#: Days of the year that are as good as the same for the gaps of a record.
_SAME_SEASON: Final = 3
#: Agreement to so many relative digits is equality.
_ROUNDING: Final = 1e-9
_DIMS: Final = ("realization", "station", "variable", "time")


def validate(ensemble: xr.DataArray | str | Path, obs: Any) -> xr.Dataset:
    """Compare an ensemble with observations, statistic by statistic.

    Parameters
    ----------
    ensemble : xarray.DataArray with dimensions (realization, station, variable, time), or the directory of an ensemble
        Daily members, in memory or opened lazily: one member is loaded at a time. Members longer than the
        record are cut into pieces of its length, so that the ranges are those of samples as long as the record. Pieces
        that begin in the same season have the gaps of the record, so that a missing winter makes no difference.
    obs : Observations, or whatever `varwg.read_observations` reads
        The observations, of at least the ensemble's stations and variables.

    Returns
    -------
    xarray.Dataset
        For each statistic `x` a data variable `x` with a dimension `result` (observed value; median, 90 % and 99.7 %
        range of the members) and a data variable `x_grade`: 1 good, 2 fair, 3 poor, 0 where there is nothing to compare.
        Good: the observed value is in the 90 % range. Fair: it is in the 99.7 % range, or the median is within 5 % of
        it; for values of a variable without a natural zero (degC) 5 % of the standard deviation of its daily values.
        Ranges are those in which one more member would be (`weathercop.validation._sample`), however few there are.

    Raises
    ------
    DataError
        If dimensions, stations, variables or units do not agree, or there are fewer than two members.
    """
    members = _checked(members_of(ensemble))
    observations = _matching(obs, members)
    variables = observations.variables
    observed = _statistics(observations.values, observations.times, variables)
    by_statistic: dict[str, list[FloatArray]] = {statistic.name: [] for statistic in STATISTICS}
    for values, times in _pieces(members, observations):
        for name, value in _statistics(values, times, variables).items():
            by_statistic[name].append(value)
    report = xr.Dataset(coords=_coordinates(observations))
    spread = observed["sd"][..., 0]
    for statistic in STATISTICS:
        results = _results(observed[statistic.name], np.stack(by_statistic[statistic.name]))
        tolerance = _tolerance(statistic, results[0], spread, variables)
        grades = grade(results, tolerance)
        report[statistic.name] = (("result", *statistic.dims), results, _attributes(statistic))
        report[f"{statistic.name}_grade"] = (statistic.dims, grades, _grade_attributes(statistic))
    return report.assign_attrs(_summary_attributes(members, observations))


def grade(results: FloatArray, tolerance: FloatArray) -> NDArray[np.int8]:
    """Codes of `GRADES` for results (6, ...) in the order of `RESULTS`, see `validate`."""
    observed, median, low, high, lowest, highest = results
    slack = _ROUNDING * np.maximum(np.abs(observed), np.abs(median))
    good = (observed >= low - slack) & (observed <= high + slack)
    fair = (observed >= lowest - slack) & (observed <= highest + slack) | (np.abs(median - observed) <= tolerance)
    codes = np.where(good, GOOD, np.where(fair, FAIR, POOR))
    return np.where(np.isfinite(results).all(axis=0), codes, NONE).astype(np.int8)


def _statistics(values: FloatArray, times: TimeArray, variables: tuple[Variable, ...]) -> dict[str, FloatArray]:
    sample = Sample.of(values, times, variables)
    return {statistic.name: statistic.compute(sample) for statistic in STATISTICS}


def _results(observed: FloatArray, members: FloatArray) -> FloatArray:
    """Observed value and quantiles of the members (M, ...), in the order of `RESULTS`."""
    return np.concatenate([observed[None], member_quantiles(members)])


def _tolerance(statistic: Statistic, observed: FloatArray, spread: FloatArray, variables: tuple[Variable, ...]) -> FloatArray:
    relative = TOLERANCE * np.abs(observed)
    if not statistic.location:
        return relative
    without_zero: BoolArray = np.array([variable.lower < 0.0 for variable in variables])
    absolute = (TOLERANCE * spread).reshape(*spread.shape, *(1,) * (observed.ndim - spread.ndim))
    return np.where(without_zero.reshape(-1, *(1,) * (observed.ndim - 2)), absolute, relative)


def _pieces(members: xr.DataArray, observations: Observations) -> Iterator[tuple[FloatArray, TimeArray]]:
    """Values (S, K, T) and times of pieces as long as the record, member by member, with the gaps of the record."""
    times, n_days = members["time"].values, observations.times.size
    observed = np.isfinite(observations.values)
    for number in range(members.sizes["realization"]):
        values = np.asarray(members.isel(realization=number).values, dtype=np.float64)
        for piece in range(max(times.size // n_days, 1)):
            part = slice(piece * n_days, (piece + 1) * n_days)
            times_of_piece = times[part]
            if _same_season(times_of_piece[0], observations.times[0]):
                yield np.where(observed[..., : times_of_piece.size], values[..., part], np.nan), times_of_piece
            else:
                yield values[..., part], times_of_piece


def _same_season(one: np.datetime64, other: np.datetime64) -> bool:
    """Whether two days are at most three days of the year apart, as the pieces of a long member are for leap years."""
    first, second = doy_index(np.array([one, other], dtype="datetime64[D]")).tolist()
    return bool(min((first - second) % N_DOYS, (second - first) % N_DOYS) <= _SAME_SEASON)


def members_of(ensemble: xr.DataArray | str | Path) -> xr.DataArray:
    """An ensemble, or that in a directory, with dimensions (realization, station, variable, time).

    Raises
    ------
    DataError
        If it has other dims.
    """
    members = open_ensemble(ensemble) if isinstance(ensemble, (str, Path)) else ensemble
    if not isinstance(members, xr.DataArray) or set(members.dims) != set(_DIMS):
        held = (
            f"has the dimensions {', '.join(map(str, members.dims))}"
            if isinstance(members, xr.DataArray)
            else (f"is a {type(members).__name__}")
        )
        raise DataError(
            f"the ensemble {held}, but a DataArray with the dimensions {', '.join(_DIMS)} is expected: pass what "
            "simulate_ensemble() or open_ensemble() returns."
        )
    return members.transpose(*_DIMS)


def _checked(ensemble: xr.DataArray) -> xr.DataArray:
    if ensemble.sizes["realization"] < 2:
        raise DataError("the ensemble has fewer than two members, so that there is no range: simulate more.")
    steps = np.diff(in_seconds(ensemble["time"].values)).astype(np.int64)
    if steps.size == 0 or np.any(steps != 86400):
        raise DataError("the times of the ensemble are not consecutive days, but validation is for daily values.")
    return ensemble


def _matching(obs: Any, members: xr.DataArray) -> Observations:
    stations, names = (tuple(str(name) for name in members[dim].values) for dim in ("station", "variable"))
    if isinstance(obs, Observations):
        observations = obs.select(stations, names)
    else:
        observations = read_observations(obs, stations=stations, variables=names)
    if "units" in members.coords:
        for variable, units in zip(observations.variables, members["units"].values, strict=True):
            if str(units) != variable.units:
                raise DataError(
                    f"{variable.name} is in {units} in the ensemble, but in {variable.units} in the observations: "
                    "validate against the observations the model was fitted to, or convert one of the two."
                )
    return observations


def _coordinates(observations: Observations) -> dict[str, Any]:
    stations, names = observations.stations, observations.names
    numbers = {
        "lag": (LAGS, {"units": "d"}),
        "sum_days": (SUM_DAYS, {"units": "d"}),
        "duration": (DURATIONS, {"units": "d"}),
        "return_period": (RETURN_PERIODS, {"units": "yr"}),
        "level": (LEVELS, {"units": "1", "long_name": "probability"}),
    }
    labels = {
        "result": RESULTS,
        "station": stations,
        "variable": names,
        "earlier_variable": names,
        "period": PERIODS,
        "spell": ("dry", "wet"),
        "band": BAND_NAMES,
        "annual_band": ANNUAL_BAND_NAMES,
        "station_pair": [f"{stations[i]} & {stations[j]}" for i, j in station_pairs(len(stations))],
        "variable_pair": [f"{names[i]} & {names[j]}" for i, j in variable_pairs(len(names))],
    }
    coordinates: dict[str, Any] = {name: (name, np.array(values, dtype=np.str_)) for name, values in labels.items()}
    coordinates |= {name: (name, np.array(values), attributes) for name, (values, attributes) in numbers.items()}
    units = np.array([variable.units for variable in observations.variables], dtype=np.str_)
    return coordinates | {"units": ("variable", units)}


def _attributes(statistic: Statistic) -> dict[str, str]:
    comment = {"comment": "in the unit of the variable, see the coordinate units"} if statistic.units == OWN_UNIT else {}
    return {"long_name": statistic.long_name, **({"units": statistic.units} if statistic.units else comment)}


def _grade_attributes(statistic: Statistic) -> dict[str, Any]:
    return {
        "long_name": f"grade of: {statistic.long_name}",
        "flag_values": np.arange(len(GRADES), dtype=np.int8),
        "flag_meanings": " ".join(GRADES),
    }


def _summary_attributes(members: xr.DataArray, observations: Observations) -> dict[str, Any]:
    kept = {name: str(members.attrs[name]) for name in ("model", "seed", "scenario", "version") if name in members.attrs}
    return {
        "title": "Simulated against observed statistics",
        "members": members.sizes["realization"],
        "days": members.sizes["time"],
        "observed_days": observations.times.size,
        "first_observed_day": str(observations.times[0].astype("datetime64[D]")),
        "wet_threshold_mm": WET_THRESHOLD,
        **kept,
    }
