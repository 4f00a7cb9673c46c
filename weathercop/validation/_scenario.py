"""A scenario against its base: what was asked of means, deviations, wet days and tails, and what members have of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import xarray as xr
from scipy import special

from varwg._arrays import BoolArray, FloatArray, TimeArray
from varwg._calendar import N_DOYS, doy_index, months_of
from varwg._provenance import parsed_json
from varwg.errors import DataError
from varwg.rain import WET_THRESHOLD, is_wet
from varwg.scenarios import ChangeFactors, Scenario
from varwg.scenarios._factors import BY_QUANTILE
from varwg.scenarios._series_change import FEWEST_WET_DAYS
from varwg.streams import Streams
from weathercop.validation._comparison import members_of

__all__ = ["reached", "reached_table"]

_MONTHS: Final = 12
_TAIL: Final = 0.99
_UPPER: Final = 0.9
#: A change is reached within this share of it, or so that its error would be larger with this chance.
_TOLERANCE: Final = 0.01
_CHANCE: Final = 0.003
#: What a difference is that only rounding has made.
_NOTHING: Final = 1e-9
#: A number of a month's days, from values (M, n) of M members, and the days of the year (n,) they are of.
_Number: TypeAlias = Callable[[FloatArray, Any], float]


class _Asked(NamedTuple):
    """One change of one variable, (S, 12), and how it is measured."""

    variable: str
    entry: str
    values: FloatArray
    number: _Number
    relative: bool


def reached(
    ensemble: xr.DataArray | str | Path, base: xr.DataArray | str | Path, *, primary_var: str | None = None
) -> xr.Dataset:
    """Compare what a scenario asked with how its members differ from those of the base.

    Parameters
    ----------
    ensemble : xarray.DataArray with dimensions (realization, station, variable, time), or the directory of an ensemble
        Members with the scenario; what it asked is in their attributes.
    base : the same
        As many days without the scenario; members that were drawn alike (`phases_from`) make errors small.
    primary_var : str, optional
        The variable that terms without a name act on; by default theta, or the first.

    Returns
    -------
    xarray.Dataset, dimensions (change, station, month)
        `asked`, `reached` and `error` (its standard error from the members), and `met`: whether what was reached is within
        1 % of the change or of what chance has left of it (99.7 %, by Student's distribution), or, of few wet days, one for
        each member. Changes are named by variable and entry, as those of `varwg.ChangeFactors`; "deviation_factor" is
        `var_factor`, "mean" of a temperature `theta_incr` and whatever else moves it. A course counts with its mean share of
        each month, which for tails and quantiles is only nearly right.

    Raises
    ------
    DataError
        If the ensembles differ in stations, variables or length, or the scenario asks for nothing that can be measured.
    """
    members, plain = (members_of(weather) for weather in (ensemble, base))
    for dim in ("station", "variable"):
        if list(members[dim].values) != list(plain[dim].values):
            raise DataError(f"the two ensembles have different {dim}s, but the base of the scenario has the same: give its base.")
    if members.sizes["time"] != plain.sizes["time"]:
        raise DataError(
            f"the scenario has {members.sizes['time']} days and the base {plain.sizes['time']}: give a base of the same length."
        )
    asked = list(_asked(members, primary_var))
    if not asked:
        raise DataError("the scenario of the ensemble asks for no change that can be measured: compare it with its observations.")
    stations = [str(name) for name in members["station"].values]
    results = np.full((2, len(asked), len(stations), _MONTHS), np.nan)
    # Where wet days are few, one of each member is what a whole number leaves open.
    whole = np.zeros(results.shape[1:])
    calendars = [weather["time"].values for weather in (members, plain)]
    for row, change in enumerate(asked):
        both = [np.asarray(weather.sel(variable=change.variable).values, dtype=np.float64) for weather in (members, plain)]
        for station in range(len(stations)):
            series = [values[:, station] for values in both]
            for month in range(_MONTHS):
                results[:, row, station, month] = _difference(change, series, calendars, month)
                if change.number is _wet_share:
                    n_wet = is_wet(series[1][:, months_of(calendars[1]) == month]).sum() / len(series[1])
                    whole[row, station, month] = 1.0 / n_wet if 0.0 < n_wet < FEWEST_WET_DAYS else 0.0
    named = [f"{change.variable} {change.entry}" for change in asked]
    wanted = np.stack([change.values for change in asked])
    changes, error = results
    size = np.array([change.relative for change in asked])[:, None, None]
    scale = np.where(size, 1.0, np.abs(wanted))
    # Errors of a few members are themselves uncertain (Student).
    farthest = special.stdtrit(max(min(weather.sizes["realization"] for weather in (members, plain)) - 1, 1), 1.0 - _CHANCE / 2)
    allowed = np.maximum(np.maximum(_TOLERANCE * scale, whole), farthest * np.nan_to_num(error))
    met: BoolArray = np.abs(changes - wanted) <= allowed
    dims = ("change", "station", "month")
    return xr.Dataset(
        {"asked": (dims, wanted), "reached": (dims, changes), "error": (dims, error), "met": (dims, met & np.isfinite(changes))},
        {"change": named, "station": stations, "month": np.arange(1, _MONTHS + 1)},
        {"title": "What a scenario asked and what was reached", "members": members.sizes["realization"]},
    )


def reached_table(comparison: xr.Dataset) -> str:
    """One line for each change: what was asked and reached, over stations and months, and the share that is met.

    What is off by more than 1 % is told with the station and the month in which it is furthest off: asked and reached there.
    """
    width = max(len(str(name)) for name in comparison["change"].values)
    lines = [f"{'change':{width}}  {'asked':>17}  {'reached':>17}  {'furthest off':>12}  {'error':>8}    met  where"]
    for name in comparison["change"].values:
        change = comparison.sel(change=name)
        asked, got, error = (change[part].values.ravel() for part in ("asked", "reached", "error"))
        defined = np.isfinite(got)
        if not defined.any():
            lines.append(f"{name:{width}}  nothing to compare")
            continue
        worst = int(np.argmax(np.where(defined, np.abs(got - asked), -1.0)))
        where, (station, month) = "", np.unravel_index(worst, change["asked"].shape)
        if abs(got[worst] - asked[worst]) > _TOLERANCE * abs(asked[worst]) + _NOTHING:
            named = f"{change['station'].values[station]} in month {change['month'].values[month]}"
            where = f"  {named}: {asked[worst]:.4g}, reached {got[worst]:.4g}"
        lines.append(
            f"{name:{width}}  {_span(asked[defined]):>17}  {_span(got[defined]):>17}  {got[worst] - asked[worst]:>+12.3g}  "
            f"{error[worst]:8.2g}  {change['met'].values.ravel()[defined].mean():5.0%}{where}"
        )
    return "\n".join(lines)


def _span(values: FloatArray) -> str:
    low, high = f"{values.min():.4g}", f"{values.max():.4g}"
    return low if low == high else f"{low} to {high}"


def _difference(change: _Asked, series: list[FloatArray], calendars: list[TimeArray], month: int) -> tuple[float, float]:
    """How a number of one month differs between two ensembles, and its standard error (jackknife over members)."""
    days = [months_of(times) == month for times in calendars]
    parts = [values[:, chosen] for values, chosen in zip(series, days, strict=True)]
    if min(part.shape[1] for part in parts) == 0 or not all(np.isfinite(part).all() for part in parts):
        return np.nan, np.nan
    rows = [doy_index(times)[chosen] for times, chosen in zip(calendars, days, strict=True)]

    def compared(after: FloatArray, before: FloatArray) -> float:
        new, old = change.number(after, rows[0]), change.number(before, rows[1])
        return (new / old if old else np.nan) if change.relative else new - old

    n_members = min(len(part) for part in parts)
    if n_members < 2:
        return compared(*parts), np.nan
    without = np.array([compared(*(np.delete(part, n, axis=0) for part in parts)) for n in range(n_members)])
    return compared(*parts), float(np.sqrt((n_members - 1) * np.var(without)))


def _asked(members: xr.DataArray, primary_var: str | None) -> Iterator[_Asked]:
    """What the scenario of an ensemble asks for."""
    stations = tuple(str(name) for name in members["station"].values)
    names = [str(name) for name in members["variable"].values]
    if primary_var is not None and primary_var not in names:
        raise DataError(f"primary_var is {primary_var!r}, but the variables are {', '.join(names)}: name one of these.")
    default = primary_var or ("theta" if "theta" in names else names[0])
    units = [str(text) for text in members["units"].values] if "units" in members.coords else [""] * len(names)
    rain = [name for name, unit in zip(names, units, strict=True) if name == "R" or unit == "mm"]
    tables = parsed_json(str(members.attrs.get("scenario", "{}")) or "{}", "the scenario")
    for table in tables if isinstance(tables, list) else [tables]:
        yield from _asked_by(table, stations, default, rain, members["time"].values)


def _asked_by(
    table: Mapping[str, Any], stations: tuple[str, ...], default: str, rain: list[str], times: TimeArray
) -> Iterator[_Asked]:
    steady = {name: value for name, value in table.items() if name not in ("mean_arrival", "disturbance_std")}
    scenario = Scenario.from_terms(stations, steady)
    primary, months = scenario.primary_var or default, months_of(times)
    moved = scenario.increments_on(times, streams=Streams(np.random.SeedSequence(0)))
    if np.any(moved != 0.0):
        yield _Asked(primary, "mean", _by_month(moved, months), _mean, relative=False)
    if scenario.var_factor != 1.0:
        yield _Asked(primary, "deviation_factor", _constant(scenario.var_factor, stations), _deviation, relative=True)
    if np.any(scenario.rain_factor != 1.0) and rain:
        factors = np.array(np.broadcast_to(scenario.rain_factor, (len(stations), _MONTHS)))
        follows = scenario.moves_scores and primary != rain[0] and rain[0] not in scenario.fixed_variables
        entry = f"mean_factor (and what follows {primary})" if follows else "mean_factor"
        yield _Asked(rain[0], entry, factors, _mean, relative=True)
    for name in scenario.fixed_variables:
        yield _Asked(str(name), "mean", _constant(0.0, stations), _mean, relative=False)
    if scenario.changes is not None:
        yield from _asked_by_factors(scenario.changes, stations, rain, times)


def _asked_by_factors(factors: ChangeFactors, stations: tuple[str, ...], rain: list[str], times: TimeArray) -> Iterator[_Asked]:
    shares = _by_month(np.broadcast_to(factors.shares(times), (len(stations), times.size)), months_of(times))
    for variable, entries in factors.changes.items():
        for entry, values in entries.items():
            if entry == "quantiles":
                continue
            if entry in BY_QUANTILE:
                for place, probability in enumerate(entries["quantiles"]):
                    relative = entry == "quantile_factors"
                    yield _Asked(
                        variable,
                        f"{entry} at {probability:g}",
                        _part(values[..., place], shares, relative),
                        _quantile(float(probability), wet=variable in rain),
                        relative,
                    )
                continue
            relative = entry != "mean"
            # A ramp of means is no deviation of days: those are taken from the mean of each month.
            number: _Number = _sd_within if entry == "sd_factor" and factors.course != "step" else _NUMBERS[entry]
            yield _Asked(variable, entry, _part(values, shares, relative), number, relative)


def _part(values: FloatArray, shares: FloatArray, relative: bool) -> FloatArray:
    return 1.0 + shares * (values - 1.0) if relative else shares * values


def _constant(value: float, stations: tuple[str, ...]) -> FloatArray:
    return np.full((len(stations), _MONTHS), value)


def _by_month(daily: FloatArray, months: Any) -> FloatArray:
    """Means (S, 12) of daily values (S, T); NaN for months without a day."""
    means = np.full((len(daily), _MONTHS), np.nan)
    for month in np.unique(months):
        means[:, month] = daily[:, months == month].mean(axis=1)
    return means


def _mean(values: FloatArray, doy: Any) -> float:
    return float(values.mean())


def _sd(values: FloatArray, doy: Any) -> float:
    return float(values.std())


def _sd_within(values: FloatArray, doy: Any) -> float:
    """Standard deviation from the mean of each month of each year and member."""
    starts = np.flatnonzero(np.concatenate([[True], np.diff(doy) != 1]))
    count = np.diff(np.concatenate([starts, [doy.size]]))
    means = np.add.reduceat(values, starts, axis=1) / count
    return float((values - np.repeat(means, count, axis=1)).std())


def _deviation(values: FloatArray, doy: Any) -> float:
    """Standard deviation of what is left without the mean of each day of the year."""
    total = np.bincount(doy, weights=values.sum(axis=0), minlength=N_DOYS)
    count = np.bincount(doy, minlength=N_DOYS) * len(values)
    return float((values - (total / np.maximum(count, 1))[doy]).std())


def _wet_share(values: FloatArray, doy: Any) -> float:
    return float(is_wet(values).mean())


def _wet_mean(values: FloatArray, doy: Any) -> float:
    wet = values[is_wet(values)]
    return float(wet.mean()) if wet.size else np.nan


def _log_spread(values: FloatArray, doy: Any) -> float:
    """Logarithm of the ratio of two high quantiles of what wet days have above 1 mm; it is multiplied as the tail's index is."""
    excess = values[is_wet(values)] - WET_THRESHOLD
    if not excess.size:
        return np.nan
    low, high = np.quantile(excess, (_UPPER, _TAIL))
    return float(np.log(high / low)) if low > 0.0 else np.nan


def _quantile(probability: float, *, wet: bool) -> _Number:
    def number(values: FloatArray, doy: Any) -> float:
        chosen = values[is_wet(values)] if wet else values
        return float(np.quantile(chosen, probability)) if chosen.size else np.nan

    return number


_NUMBERS: Final[Mapping[str, _Number]] = MappingProxyType(
    {
        "mean": _mean,
        "mean_factor": _mean,
        "sd_factor": _sd,
        "wet_day_factor": _wet_share,
        "wet_mean_factor": _wet_mean,
        "tail_factor": _quantile(_TAIL, wet=True),
        "tail_index_factor": _log_spread,
    }
)
