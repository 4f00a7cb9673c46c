#!/usr/bin/env python3
"""What change factors ask and what members have: all combinations, month by month, with the members' own base as reference.

usage: python tools/benchmarks/changes.py [--members N] [--years N] [--records NAME ...] [--europe FILE.nc] [--only TEXT]

Of each combination and each of its entries the month and station that is farthest off is printed: asked, reached, and the error
relative to what was asked (of a mean that is added: to its change, if that is more than a tenth of a standard deviation). Then
what should stay: means (in standard deviations), standard deviations and wet days of variables that nothing is asked of, where
they are kept; the variation of years relative to their mean; rank correlations of months; and days on which a minimum, mean,
maximum, or the wind and its parts are out of order.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr
from scipy import signal, special, stats

from varwg import VarWG
from varwg._arrays import FloatArray, IntArray
from varwg.streams import realization_rng
from weathercop import Multisite

UNITS = MappingProxyType(
    {"theta": "degC", "theta_min": "degC", "theta_max": "degC", "R": "mm", "rh": "1", "Qsw": "W m-2"}
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


RECORDS: Mapping[str, Callable[[], xr.Dataset]] = MappingProxyType({"damp": damp, "dry": dry})
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
    if "wet_mean_factor" in entries:
        wanted["wet mean"] = float((often * wet * values * part("wet_mean_factor")).sum() / (often * wet).sum())
    if "tail_factor" in entries and np.ptp(shares) == 0.0:
        wanted["q99"] = float(np.quantile(values[wet], 0.99) * part("tail_factor")[0])
    return wanted


def measured(values: FloatArray) -> dict[str, float]:
    """The same numbers as they are."""
    wet = values[values >= 1.0]
    numbers = {"mean": values.mean(), "sd": values.std(), "wet days": (values >= 1.0).mean()}
    numbers |= {"wet mean": wet.mean(), "q99": np.quantile(wet, 0.99)} if wet.size else {}
    return {name: float(value) for name, value in numbers.items()}


def compare(
    base: FloatArray, later: FloatArray, changes: Mapping[str, Any], names: list[str], time: Any, shares: FloatArray, keep: bool
) -> Iterator[str]:
    """Lines about members (M, S, K, T) without and with changes."""
    months = time.astype("datetime64[M]").astype(int) % 12
    years = time.astype("datetime64[Y]").astype(int)
    for name, entries in changes.items():
        worst: dict[str, tuple[float, str]] = {}
        for station in range(base.shape[1]):
            for month in range(12):
                at = months == month
                before, after = (own[:, station, names.index(name)][:, at] for own in (base, later))
                own = {entry: np.broadcast_to(value, 12)[month] for entry, value in entries.items()}
                reached = measured(after)
                for what, wanted in ideal(before, own, shares[at]).items():
                    scale = abs(wanted)
                    if what == "mean" and "mean" in own:
                        scale = max(abs(wanted - before.mean()), 0.1 * before.std())
                    error = (reached[what] - wanted) / scale
                    if abs(error) >= abs(worst.get(what, (0.0, ""))[0]):
                        start = before.mean() if what == "mean" and "mean" in own else 0.0
                        worst[what] = (
                            error,
                            f"{wanted - start:.4g} -> {reached[what] - start:.4g} month {month + 1} station {station}",
                        )
        for what, (error, said) in worst.items():
            yield f"  {'' if abs(error) < 0.01 or what == 'q99' else '!'} {name} {what}: {error:+.2%}  {said}"
    if keep:
        for row, name in enumerate(names):
            if name in changes:
                continue
            before, after = base[:, :, row], later[:, :, row]
            if not np.array_equal(before, after, equal_nan=True):
                moved = np.abs(after.mean(axis=(0, 2)) - before.mean(axis=(0, 2))) / before.std(axis=(0, 2))
                share = float((before != after).mean())
                yield f"  kept {name} has changed on {share:.2%} of days, its mean by up to {np.nanmax(moved):.3f} sd"
    for name in changes:
        row = names.index(name)
        sums = [
            np.stack([own[:, :, row][..., years == y].mean(axis=-1) for y in np.unique(years)], axis=-1) for own in (base, later)
        ]
        if np.ptp(shares) == 0.0 and len(np.unique(years)) > 4:
            spread = [own.std(axis=-1).mean() / (own.mean() if name in ("R", "rh", "Qsw", "U") else 1.0) for own in sums]
            ratio = spread[1] / spread[0]
            yield f"  {'' if abs(ratio - 1.0) < 0.05 else '!'} {name}: variation of years {ratio:.3f}"
    worst_rank = (0.0, "")
    for month in range(12):
        both = [
            stats.spearmanr(
                np.concatenate(own[..., months == month], axis=-1).reshape(-1, own.shape[0] * (months == month).sum()).T
            )
            for own in (base, later)
        ]
        change = np.abs(both[1].statistic - both[0].statistic)
        asked = np.isin(np.tile(np.arange(len(names)), base.shape[1]), [names.index(name) for name in changes])
        change = np.where(keep | (asked[:, None] & asked[None]), change, 0.0)
        if np.nanmax(change) > worst_rank[0]:
            pair = np.unravel_index(int(np.nanargmax(change)), change.shape)
            said = " ".join(f"{names[p % len(names)]}{p // len(names)}" for p in pair)
            worst_rank = float(np.nanmax(change)), f"{said} month {month + 1}"
    yield f"  {'' if worst_rank[0] < 0.05 else '!'} rank correlations: {worst_rank[0]:.3f} {worst_rank[1]}"
    broken = 0
    ordered = [names.index(name) for name in ("theta_min", "theta", "theta_max") if name in names]
    for low, high in pairwise(ordered):
        broken += int((later[:, :, low] > later[:, :, high]).sum())
    if "u" in names:
        u, v, speed = (later[:, :, names.index(name)] for name in ("u", "v", "U"))
        broken += int((np.hypot(u, v) > speed * (1.0 + 1e-9)).sum())
    if broken:
        yield f"  ! {broken} days out of order"


def main() -> None:
    """Print what is farthest off for each record, combination, course and treatment of others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=10)
    parser.add_argument("--years", type=int, default=20)
    parser.add_argument("--records", nargs="+", default=list(RECORDS))
    parser.add_argument("--europe", help="a file of daily observations in place of a made record")
    parser.add_argument("--only", default="", help="combinations whose name holds this")
    parser.add_argument("--courses", nargs="+", default=["step", "ramp", "path"])
    parser.add_argument("--others", nargs="+", default=["keep", "follow"])
    parser.add_argument("--site", action="store_true", help="the first station alone, with VarWG")
    arguments = parser.parse_args()
    time = days(arguments.years)
    first = str(time[0])[:10]
    path = {1991: 0.0, 1991 + arguments.years // 2: 1.0, 1991 + arguments.years: 0.5}
    for label in [arguments.europe] if arguments.europe else arguments.records:
        data = xr.open_dataset(label).load() if arguments.europe else RECORDS[label]()
        wc = fitted(data, site=arguments.site)
        names = [str(name) for name in wc.model.variable_names]

        def members(wc: Any = wc, **asked: Any) -> FloatArray:
            own = [wc.simulate(time.size, start=first, rng=realization_rng(n, 5), **asked) for n in range(arguments.members)]
            return np.stack([one.data[None] if arguments.site else one.sim_sea.values for one in own])

        base = members()
        for name, changes in combinations(names):
            if arguments.only not in name:
                continue
            for course in arguments.courses:
                for others in arguments.others:
                    asked = {**changes, "course": path if course == "path" else course}
                    print(f"{label}: {name}, {course}, {others}", flush=True)
                    later = members(changes=asked, others=others)
                    shares = np.ones(time.size) if course == "step" else np.linspace(0.0, 1.0, time.size)
                    if course == "path":
                        calendar: IntArray = time.astype("datetime64[Y]").astype(int) + 1970
                        shares = np.interp(calendar, list(path), list(path.values()))
                    for line in compare(base, later, changes, names, time, shares, others == "keep"):
                        print(line, flush=True)


def fitted(data: xr.Dataset, *, site: bool) -> Any:
    """A generator for all stations, or for the first alone."""
    if site:
        one = data.isel(station=[0])
        return VarWG([name for name in one if bool(one[name].notnull().any())], one).fit(rng=np.random.default_rng(1))
    return Multisite(data).fit(rng=1, progress=False)


if __name__ == "__main__":
    main()
