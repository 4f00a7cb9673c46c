#!/usr/bin/env python3
"""What change factors ask and what members have: all combinations, month by month, with the members' own base as reference.

usage: python tools/benchmarks/changes.py [--members N] [--years N] [--records NAME|FILE.nc ...] [--stations N] [--only TEXT]

Of each combination and each of its entries the month and station that is farthest off is printed: asked, reached, and the error
relative to what was asked (of a mean that is added: to its change, if that is more than a tenth of a standard deviation). Of a
course, what thirds of the years have of it. Then what should stay: variables that nothing is asked of, where they are kept; at
each station the variation of years relative to their mean; rank correlations of months; and days on which a minimum, mean,
maximum, or the wind and its parts are out of order. The last lines are the worst of all; "!" is beyond what is allowed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise, product
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from scipy import signal, special, stats

from varwg import VarWG
from varwg._arrays import FloatArray, IntArray
from varwg.errors import ScenarioError
from varwg.streams import realization_rng
from weathercop import Multisite

UNITS = MappingProxyType(
    {"theta": "degC", "theta_min": "degC", "theta_max": "degC", "R": "mm", "rh": "1", "Qsw": "W m-2"}
    | {"Cloud_Cover": "1"}
    | dict.fromkeys("Uuv", "m s-1")
)


def days(n_years: int) -> Any:
    """Consecutive days."""
    return np.arange("1991-01-01", f"{1991 + n_years}-01-01", dtype="datetime64[D]").astype("datetime64[ns]")


def dataset(values: Mapping[str, FloatArray], time: Any) -> xr.Dataset:
    """Values (S, T) by variable as observations."""
    data = {name: (("station", "time"), own, {"units": UNITS[name]}) for name, own in values.items()}
    n_stations = len(next(iter(values.values())))
    names = ["A", "B", "C"][:n_stations]
    place = {"latitude": ("station", 47.0 + np.arange(n_stations)), "longitude": ("station", 8.0 + np.arange(n_stations))}
    return xr.Dataset(data, {"station": names, "time": time, **place})


def damp(n_years: int = 15, seed: int = 1) -> xr.Dataset:
    """Two stations of a wet climate: a vector autoregression behind temperatures, their range, rain, humidity and wind."""
    rng, time = np.random.default_rng(seed), days(n_years)
    mixing = np.array([[1.0, 0.0, 0.0, 0.0], [-0.2, 1.0, 0.0, 0.0], [-0.4, 0.5, 0.8, 0.0], [0.1, 0.3, 0.0, 0.9]])
    shocks = rng.standard_normal((2, 4, time.size)) + 1.5 * rng.standard_normal((4, time.size))
    scores = signal.lfilter([1.0], [1.0, -0.6], np.einsum("ij,sjt->sit", mixing, shocks), axis=-1)
    scores /= scores.std(axis=-1, keepdims=True)
    season = -np.cos(2.0 * np.pi * np.arange(time.size) / 365.25)
    theta = 9.0 + 9.0 * season + (4.0 - 0.8 * season) * scores[:, 0]
    half = (3.0 + season) * np.exp(0.35 * rng.standard_normal(theta.shape) - 0.15 * scores[:, 1])
    rank = special.ndtr(scores[:, 1] - 0.1 + 0.15 * season)
    rain = np.where(rank > 0.5, 0.1 + special.gammaincinv(0.75, np.clip(2.0 * rank - 1.0, 0.0, 1.0 - 1e-9)) * 7.0, 0.0)
    humidity = special.expit(1.4 - 0.4 * season + 0.8 * scores[:, 2])
    wind = (3.0 - 0.7 * season) * np.exp(0.45 * scores[:, 3])
    low, high = theta - half, theta + 1.2 * half
    return dataset({"theta": theta, "theta_min": low, "theta_max": high, "R": rain, "rh": humidity, "U": wind}, time)


def dry(n_years: int = 20, seed: int = 2) -> xr.Dataset:
    """Three stations of a climate with a dry season: chains of wet days with heavy tails, skewed warmth, winds, radiation."""
    rng, time = np.random.default_rng(seed), days(n_years)
    season = np.cos(2.0 * np.pi * np.arange(time.size) / 365.25)
    common, own = rng.standard_normal((2, 3, time.size))
    uniform = special.ndtr(0.8 * common[:1] + 0.6 * own)
    wet = np.zeros((3, time.size), dtype=bool)
    for day in range(1, time.size):
        wet[:, day] = uniform[:, day] < np.where(wet[:, day - 1], 0.45 + 0.15 * season[day], 0.13 + 0.08 * season[day])
    rain = np.where(wet, 0.2 + stats.lognorm.ppf(rng.random(wet.shape), 1.1) * (4.0 + 2.0 * season), 0.0)
    residual = signal.lfilter([1.0], [1.0, -0.75], rng.standard_normal(wet.shape) + 1.2 * common[1:2], axis=-1)
    residual = np.sinh(0.3 + 0.8 * residual / residual.std()) - 0.4
    theta = 16.0 - 9.0 * season + np.where(wet, -2.0, 0.8) + (2.5 + 0.5 * season) * residual
    shine = np.clip(rng.beta(2.0 + 2.0 * ~wet, 2.0, wet.shape) * (210.0 - 150.0 * season), 2.0, None)
    parts = signal.lfilter([0.8], [1.0, -0.5], rng.standard_normal((2, 3, time.size)) + common, axis=-1)
    speed = np.hypot(*parts) * (1.0 + rng.gamma(1.2, 0.15, wet.shape)) + 0.1
    low = theta - rng.gamma(4.0, 1.2, wet.shape)
    return dataset({"theta": theta, "theta_min": low, "R": rain, "Qsw": shine, "U": speed, "u": parts[0], "v": parts[1]}, time)


def monsoon(n_years: int = 12, seed: int = 3) -> xr.Dataset:
    """One station that is dry for months and wet on most days of others, with showers of gamma amounts and damp air."""
    rng, time = np.random.default_rng(seed), days(n_years)
    season = np.cos(2.0 * np.pi * (np.arange(time.size) - 200.0) / 365.25)
    score = signal.lfilter([np.sqrt(1.0 - 0.55**2)], [1.0, -0.55], rng.standard_normal(time.size))[None]
    chance = np.clip(0.42 + 0.4 * season, 0.03, 0.9)
    rank = (special.ndtr(score) - 1.0 + chance) / chance
    rain = np.where(rank > 0.0, 0.2 + special.gammaincinv(0.6, np.clip(rank, 1e-9, 1.0 - 1e-9)) * (10.0 + 6.0 * season), 0.0)
    humidity = special.expit(0.8 + 0.9 * season + 0.6 * score + 0.3 * rng.standard_normal(score.shape))
    theta = 26.0 + 2.0 * season - 0.7 * score + signal.lfilter([0.8], [1.0, -0.6], rng.standard_normal(score.shape))
    half = 1.0 + rng.gamma(5.0, 0.7, score.shape) * (1.2 - 0.4 * season)
    cloud = special.expit(1.2 * season + 1.3 * score + rng.standard_normal(score.shape))
    values = {"theta": theta, "theta_min": theta - half, "theta_max": theta + 1.3 * half, "R": rain, "rh": humidity}
    return dataset({**values, "Cloud_Cover": cloud}, time)


RECORDS: Mapping[str, Callable[[], xr.Dataset]] = MappingProxyType({"damp": damp, "dry": dry, "monsoon": monsoon})
#: Wet days of a month of each member below which their number and what they have are told apart from others.
FEWEST = 50
#: What is allowed of each kind of error.
ALLOWED: Mapping[str, float] = MappingProxyType(
    {"mean": 0.01, "sd": 0.01, "wet days": 0.01, "wet mean": 0.01, "course": 0.03, "years": 0.05, "ranks": 0.05, "order": 0.0}
)
SEASONAL = (0.8, 0.9, 1.1, 1.2, 0.75, 1.0, 0.85, 1.15, 0.95, 1.05, 1.25, 0.8)


def combinations(names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is asked, by name."""
    steps = np.linspace(-1.0, 3.0, 12)
    yield "theta +2", {"theta": {"mean": 2.0}}
    yield "theta by month and sd", {"theta": {"mean": steps, "sd_factor": 1.2}}
    yield "theta sd alone", {"theta": {"sd_factor": 0.85}}
    yield "R wet days", {"R": {"wet_day_factor": SEASONAL}}
    yield "R wet mean", {"R": {"wet_mean_factor": SEASONAL}}
    yield (
        "R days, mean, tail",
        {"R": {"wet_day_factor": SEASONAL, "wet_mean_factor": 1.2 / np.sqrt(SEASONAL), "tail_factor": 1.3}},
    )
    yield "R mean", {"R": {"mean_factor": SEASONAL[::-1]}}
    yield "R mean and days", {"R": {"mean_factor": 1.1, "wet_day_factor": SEASONAL}}
    yield "R mean and sd", {"R": {"mean_factor": SEASONAL, "sd_factor": 1.2}}
    yield "R days, mean, sd", {"R": {"wet_day_factor": 0.85, "wet_mean_factor": 1.15, "sd_factor": 1.1}}
    for name in names:
        if name in ("theta_max", "theta_min"):
            yield f"{name} +2", {name: {"mean": 2.0}}
            yield f"{name} -2", {name: {"mean": -2.0}}
    if "theta_max" in names:
        yield "the three alike", {name: {"mean": 2.0} for name in ("theta", "theta_min", "theta_max")}
        yield (
            "the three unlike",
            {"theta": {"mean": 1.0, "sd_factor": 1.2}, "theta_min": {"mean": 2.5}, "theta_max": {"mean": 0.5, "sd_factor": 1.1}},
        )
    if "rh" in names:
        yield "rh mean", {"rh": {"mean": -0.04}}
        yield "rh up", {"rh": {"mean": 0.03}}
        yield "rh mean and sd", {"rh": {"mean": np.linspace(-0.05, 0.03, 12), "sd_factor": 1.1}}
    if "Cloud_Cover" in names:
        yield "Cloud_Cover factor", {"Cloud_Cover": {"mean_factor": 0.9}}
        yield "Cloud_Cover mean and sd", {"Cloud_Cover": {"mean": np.linspace(-0.05, 0.05, 12), "sd_factor": 0.95}}
    if "sun" in names:
        yield "sun factor", {"sun": {"mean_factor": 1.1}}
        yield "sun mean and sd", {"sun": {"mean": -0.3, "sd_factor": 1.05}}
    if "pressure" in names:
        yield "pressure", {"pressure": {"mean": 2.0, "sd_factor": 1.1}}
    if "Qsw" in names:
        yield "Qsw factor", {"Qsw": {"mean_factor": 1.08}}
        yield "Qsw mean and sd", {"Qsw": {"mean": 8.0, "sd_factor": 0.9}}
    if "U" in names:
        yield "U factor", {"U": {"mean_factor": 0.9}}
        yield "U factor and sd", {"U": {"mean_factor": SEASONAL, "sd_factor": 1.1}}
    if "u" in names:
        yield "u and v", {"u": {"mean": 0.5}, "v": {"mean": -0.4, "sd_factor": 1.2}}
    together: dict[str, Any] = {
        "theta": {"mean": steps, "sd_factor": 1.15},
        "R": {"wet_day_factor": SEASONAL, "wet_mean_factor": 1.2 / np.sqrt(SEASONAL), "tail_factor": 1.2},
    }
    together |= {"rh": {"mean": -0.03, "sd_factor": 1.1}} if "rh" in names else {"Qsw": {"mean_factor": 1.05, "sd_factor": 1.1}}
    together |= {"U": {"mean_factor": 0.95, "sd_factor": 1.05}} if "U" in names else {}
    yield "together", together


def ideal(values: FloatArray, entries: Mapping[str, FloatArray], shares: FloatArray) -> dict[str, float]:
    """Numbers of one month, of values (M, n) on days with shares (n,), as they should be with what is asked."""

    def part(entry: str) -> FloatArray:
        return np.asarray(1.0 + shares * (entries[entry] - 1.0))

    mean, wet = values.mean(), values >= 1.0
    wanted: dict[str, float] = {}
    moved = np.full(values.shape[1], mean)
    if "mean" in entries:
        moved = mean + shares * entries["mean"]
    elif "mean_factor" in entries:
        moved = mean * part("mean_factor")
    if {"mean", "mean_factor"} & set(entries):
        wanted["mean"] = float(moved.mean() if "mean" in entries else (values * part("mean_factor")).mean())
    if "sd_factor" in entries:
        wanted["sd"] = float((moved + part("sd_factor") * (values - mean)).std())
    often = part("wet_day_factor") if "wet_day_factor" in entries else np.ones_like(shares)
    if "wet_day_factor" in entries:
        wanted["wet days"] = float((often * wet).mean())
    if "wet_mean_factor" in entries and wet.any():
        wanted["wet mean"] = float((often * wet * values * part("wet_mean_factor")).sum() / (often * wet).sum())
    if "tail_factor" in entries and np.ptp(shares) == 0.0 and wet.any():
        wanted["q99"] = float(np.quantile(values[wet], 0.99) * part("tail_factor")[0])
    return wanted


def measured(values: FloatArray) -> dict[str, float]:
    """The same numbers as they are."""
    wet = values[values >= 1.0]
    numbers = {"mean": values.mean(), "sd": values.std(), "wet days": (values >= 1.0).mean()}
    numbers |= {"wet mean": wet.mean(), "q99": np.quantile(wet, 0.99)} if wet.size else {}
    return {name: float(value) for name, value in numbers.items()}


class Error(NamedTuple):
    """What is off: of which kind, by how much, and in words."""

    kind: str
    size: float
    said: str

    def __str__(self) -> str:
        return f"  {'!' if abs(self.size) > ALLOWED.get(self.kind, np.inf) else ' '} {self.kind}: {self.size:+.4f}  {self.said}"


def errors(
    base: FloatArray, later: FloatArray, changes: Mapping[str, Any], names: list[str], time: Any, shares: FloatArray, keep: bool
) -> Iterator[Error]:
    """What is farthest off in members (M, S, K, T) without and with changes."""
    months = time.astype("datetime64[M]").astype(int) % 12
    years = time.astype("datetime64[Y]").astype(int)
    asked = [names.index(name) for name in changes]
    for name, entries in changes.items():
        before, after = (values[:, :, names.index(name)] for values in (base, later))
        of_months = [
            error for month in range(12) for error in errors_of_month(before, after, name, entries, month, months, shares)
        ]
        for kind in dict.fromkeys(error.kind for error in of_months):
            yield max((error for error in of_months if error.kind == kind), key=lambda error: abs(error.size))
        if np.ptp(shares) > 0.0:
            yield from errors_of_course(before, after, name, entries, years, months, shares)
        elif len(np.unique(years)) > 4:
            sums = [
                np.stack([values[..., years == year].mean(axis=-1) for year in np.unique(years)], axis=-1)
                for values in (before, after)
            ]
            zero = name not in ("theta", "theta_min", "theta_max", "u", "v", "pressure")
            spread = [values.std(axis=-1).mean(axis=0) / (values.mean(axis=(0, -1)) if zero else 1.0) for values in sums]
            ratio = spread[1] / spread[0] - 1.0
            yield Error("years", float(ratio[np.abs(ratio).argmax()]), f"{name} station {np.abs(ratio).argmax()}")
    for row in [row for row in range(len(names)) if keep and row not in asked]:
        before, after = base[:, :, row], later[:, :, row]
        if not np.array_equal(before, after, equal_nan=True):
            moved = np.abs(after.mean(axis=(0, 2)) - before.mean(axis=(0, 2))) / before.std(axis=(0, 2))
            share = float((before != after).mean())
            yield Error(
                "kept", float(np.nanmax(moved)), f"standard deviations of {names[row]}, which has changed on {share:.2%} of days"
            )
    if np.ptp(shares) == 0.0:
        # What changes in the course of the years goes with what changes too, and less with what is kept.
        yield rank_error(base, later, [row for row in range(len(names)) if keep or row in asked], names, months)
    rows = [names.index(name) for name in ("theta_min", "theta", "theta_max") if name in names]
    broken = sum(int((later[:, :, low] > later[:, :, high]).sum()) for low, high in pairwise(rows))
    if "u" in names:
        u, v, speed = (later[:, :, names.index(name)] for name in ("u", "v", "U"))
        broken += int((np.hypot(u, v) > speed * (1.0 + 1e-9)).sum())
    yield Error("order", float(broken), f"of {later[:, :, 0].size} days are out of order")


def errors_of_month(
    base: FloatArray, later: FloatArray, name: str, entries: Mapping[str, Any], month: int, months: IntArray, shares: FloatArray
) -> Iterator[Error]:
    """What one month of a variable (M, S, T) should have and has."""
    at = months == month
    of_month = {entry: np.broadcast_to(value, 12)[month] for entry, value in entries.items()}
    for station in range(base.shape[1]):
        before, after = (values[:, station][:, at] for values in (base, later))
        reached = measured(after)
        for kind, wanted in ideal(before, of_month, shares[at]).items():
            scale, start = abs(wanted), 0.0
            if kind == "mean" and "mean" in of_month:
                start = float(before.mean())
                scale = max(abs(wanted - start), 0.1 * before.std())
            if not scale or kind not in reached:
                continue  # A month without wet days has no factor of them.
            error = (reached[kind] - wanted) / scale
            # Whole days of a few, and what one or two large days leave open, are no matter of a factor.
            few = name == "R" and (before >= 1.0).sum(axis=1).min() < FEWEST
            said = f"{name} {wanted - start:.4g} -> {reached[kind] - start:.4g} month {month + 1} station {station}"
            yield Error(f"few wet days, {kind}" if few else kind, float(error), said)


def errors_of_course(
    base: FloatArray,
    later: FloatArray,
    name: str,
    entries: Mapping[str, Any],
    years: IntArray,
    months: IntArray,
    shares: FloatArray,
) -> Iterator[Error]:
    """What each third of the years has of a course: means, or numbers of wet days, of (M, S, T)."""
    usual = {entry: np.broadcast_to(value, 12)[months] for entry, value in entries.items()}
    for third in np.array_split(np.unique(years), 3):
        at = np.isin(years, third)
        part = {entry: shares[at] * (value[at] - 1.0) + 1.0 for entry, value in usual.items()}
        before, after = (values[..., at] for values in (base, later))
        if "mean" in entries:
            wanted, reached = (shares[at] * usual["mean"][at]).mean(), (after - before).mean()
            yield Error(
                "course", float((reached - wanted) / np.abs(usual["mean"]).max()), f"{name} {wanted:.3g} -> {reached:.3g}"
            )
            continue
        if "wet_day_factor" in entries and "mean_factor" not in entries:
            before, after = (before >= 1.0).astype(float), (after >= 1.0).astype(float)
        factor = part.get("mean_factor", part.get("wet_day_factor", part.get("wet_mean_factor")))
        if factor is not None:
            wanted, reached = (factor * before).mean() / before.mean(), after.mean() / before.mean()
            yield Error("course", float(reached / wanted - 1.0), f"{name} in a third of the years {wanted:.3g} -> {reached:.3g}")


def rank_error(base: FloatArray, later: FloatArray, rows: list[int], names: list[str], months: IntArray) -> Error:
    """The largest change of a rank correlation between variables and stations in a month, all members together."""
    worst = Error("ranks", 0.0, "none changes")
    labels = [f"{names[row]}{station}" for station in range(base.shape[1]) for row in rows]
    for month in range(12):
        both = [
            stats.spearmanr(
                np.concatenate(values[:, :, rows][..., months == month], axis=-1).reshape(len(labels), -1), axis=1
            ).statistic
            for values in (base, later)
        ]
        both = [np.atleast_2d(table) if np.ndim(table) else np.array([[1.0, table], [table, 1.0]]) for table in both]
        change = np.nan_to_num(both[1] - both[0])
        at = np.unravel_index(int(np.abs(change).argmax()), change.shape)
        if np.abs(change[at]) > abs(worst.size):
            said = f"{' '.join(labels[place] for place in at)} {both[0][at]:.3f} -> {both[1][at]:.3f} month {month + 1}"
            worst = Error("ranks", float(change[at]), said)
    return worst


def main() -> None:
    """Print what is farthest off for each record, combination, course and treatment of others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=10)
    parser.add_argument("--years", type=int, default=20)
    parser.add_argument("--records", nargs="+", default=list(RECORDS), help="made ones by name, or files of daily observations")
    parser.add_argument("--stations", type=int, help="only so many of the stations")
    parser.add_argument("--only", default="", help="combinations whose name holds this")
    parser.add_argument("--courses", nargs="+", default=["step", "ramp", "path"])
    parser.add_argument("--others", nargs="+", default=["keep", "follow"])
    parser.add_argument("--site", action="store_true", help="the first station alone, with VarWG")
    arguments = parser.parse_args()
    time = days(arguments.years)
    first = str(time[0])[:10]
    path = {1991: 0.0, 1991 + arguments.years // 2: 1.0, 1991 + arguments.years: 0.5}
    worst: dict[str, tuple[Error, str]] = {}
    for label in arguments.records:
        data = RECORDS[label]() if label in RECORDS else xr.open_dataset(label).load()
        wc = fitted(data.isel(station=slice(arguments.stations)), site=arguments.site)
        names = [str(name) for name in wc.model.variable_names]

        def members(wc: Any = wc, **asked: Any) -> FloatArray:
            own = [wc.simulate(time.size, start=first, rng=realization_rng(n, 5), **asked) for n in range(arguments.members)]
            return np.stack([one.data[None] if arguments.site else one.sim_sea.values for one in own])

        base = members()
        for name, changes in combinations(names):
            if arguments.only not in name:
                continue
            for course, others in product(arguments.courses, arguments.others):
                title = f"{label}: {name}, {course}, {others}"
                print(title, flush=True)
                try:
                    later = members(changes={**changes, "course": path if course == "path" else course}, others=others)
                except ScenarioError as refusal:
                    print(f"    refused: {refusal}", flush=True)
                    continue
                shares = np.ones(time.size) if course == "step" else np.linspace(0.0, 1.0, time.size)
                if course == "path":
                    calendar: IntArray = time.astype("datetime64[Y]").astype(int) + 1970
                    shares = np.interp(calendar, list(path), list(path.values()))
                for error in errors(base, later, changes, names, time, shares, others == "keep"):
                    print(error, flush=True)
                    if abs(error.size) >= abs(worst.get(error.kind, (error, ""))[0].size):
                        worst[error.kind] = error, title
    print("worst of all")
    for error, title in worst.values():
        print(f"{error}  ({title})")


def fitted(data: xr.Dataset, *, site: bool) -> Any:
    """A generator for all stations, or for the first alone."""
    if site:
        one = data.isel(station=[0])
        return VarWG([name for name in one if bool(one[name].notnull().any())], one).fit(rng=np.random.default_rng(1))
    return Multisite(data).fit(rng=1, progress=False)


if __name__ == "__main__":
    main()
