#!/usr/bin/env python3
"""How often the members of an ensemble hold the truth: coverage of their 90 % range for records of known climates.

usage: python tools/benchmarks/calibration.py [--records N] [--members N] [--years N] [--spread WORD ...]

A climate is simulated for very long, which is the truth, and in records of some years, to each of which a model is fitted. A
statistic is covered if the truth lies between the 5 % and the 95 % quantile of the members'; 90 % is right. `ratio` is the
standard deviation of members of one fit by that of records, `off` the mean distance of members from the truth, in the latter;
that of the records themselves is in the first column.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
import xarray as xr
from scipy import special

from varwg._arrays import FloatArray
from weathercop import Multisite

WARM_UP = 200


def gaussian(n_years: int, rng: np.random.Generator) -> FloatArray:
    """Two stations of temperature and rain: a vector autoregression behind seasonal marginals; shape (2, 2, T)."""
    n_days = 365 * n_years + WARM_UP
    memory = np.array([[0.75, 0.05, 0.0, 0.0], [0.0, 0.35, 0.0, 0.0], [0.1, 0.0, 0.65, 0.0], [0.0, 0.1, 0.0, 0.3]])
    noise = np.array([[1.0, -0.2, 0.6, -0.1], [-0.2, 1.0, -0.1, 0.7], [0.6, -0.1, 1.0, -0.2], [-0.1, 0.7, -0.2, 1.0]])
    shocks = rng.standard_normal((n_days, 4)) @ np.linalg.cholesky(noise).T
    scores = np.zeros((n_days, 4))
    for day in range(1, n_days):
        scores[day] = memory @ scores[day - 1] + shocks[day]
    covariance = np.eye(4)
    for _ in range(500):
        covariance = memory @ covariance @ memory.T + noise
    scores = (scores / np.sqrt(np.diagonal(covariance)))[WARM_UP:].T
    phase = 2.0 * np.pi * np.arange(scores.shape[1]) / 365.0
    values = np.empty((2, 2, scores.shape[1]))
    for station in range(2):
        values[station, 0] = 9.0 + station - 9.0 * np.cos(phase) + (4.0 - 0.8 * np.cos(phase)) * scores[2 * station]
        wet = 0.42 + 0.08 * np.cos(phase) - 0.04 * station
        rank = (special.ndtr(scores[2 * station + 1]) - (1.0 - wet)) / wet
        amounts = special.gammaincinv(0.8, np.clip(rank, 1e-9, 1.0 - 1e-12)) * (6.0 - 2.0 * np.cos(phase))
        values[station, 1] = np.where(rank > 0.0, 0.1 + amounts, 0.0)
    return values


def regimes(n_years: int, rng: np.random.Generator) -> FloatArray:
    """Two stations under three kinds of weather that last for days: skewed temperatures, showers and fronts; shape (2, 2, T).

    No model here is exactly that: dependence, memory and tails are those of the kind of weather.
    """
    n_days = 365 * n_years + WARM_UP
    stay = np.array([0.85, 0.7, 0.75])
    kind = np.zeros(n_days, dtype=int)
    draws = rng.random((n_days, 2))
    for day in range(1, n_days):
        kept = draws[day, 0] < stay[kind[day - 1]]
        kind[day] = kind[day - 1] if kept else (kind[day - 1] + 1 + int(draws[day, 1] < 0.4)) % 3
    phase = 2.0 * np.pi * np.arange(n_days) / 365.0
    slow = np.zeros(n_days)
    shocks = rng.standard_normal(n_days)
    for day in range(1, n_days):
        slow[day] = 0.9 * slow[day - 1] + np.sqrt(1.0 - 0.81) * shocks[day]
    values = np.empty((2, 2, n_days))
    common = rng.random(n_days)
    for station in range(2):
        own = rng.gamma(3.0, 1.0, n_days) - 3.0
        weather = np.array([2.0, -1.0, -2.0])[kind] * np.sin(phase / 2.0 + 0.5)
        values[station, 0] = 9.0 - 9.0 * np.cos(phase) + 2.5 * slow + weather - own
        chance = np.array([0.05, 0.55, 0.8])[kind]
        falls = np.where(rng.random(n_days) < 0.7, common, rng.random(n_days)) < chance
        amounts = np.where(kind == 1, 9.0 * rng.weibull(0.75, n_days), 4.0 * rng.gamma(0.9, 1.0, n_days))
        values[station, 1] = np.where(falls, 0.1 + amounts, 0.0)
    return values[..., WARM_UP:]


def chains(n_years: int, rng: np.random.Generator) -> FloatArray:
    """Two stations whose wet days are Markov chains with mixed exponential amounts, and temperatures that depend on them.

    The generator of Richardson (1981, Water Resources Research 17, 182), with shocks in common; shape (2, 2, T).
    """
    n_days = 365 * n_years + WARM_UP
    season = np.cos(2.0 * np.pi * np.arange(n_days) / 365.0)
    uniform = special.ndtr(rng.standard_normal((n_days, 2)) @ np.linalg.cholesky(np.array([[1.0, 0.8], [0.8, 1.0]])).T)
    after_dry, after_wet = 0.2 + 0.05 * season, 0.55 + 0.1 * season
    wet = np.zeros((n_days, 2), dtype=bool)
    for day in range(1, n_days):
        wet[day] = uniform[day] < np.where(wet[day - 1], after_wet[day], after_dry[day])
    common = rng.standard_normal((n_days, 1))
    places = special.ndtr(0.7 * common + np.sqrt(1.0 - 0.49) * rng.standard_normal((n_days, 2)))
    # The heavy part of the mixture gives a third of the wet days.
    low, high = np.full((n_days, 2), 0.0), np.full((n_days, 2), 400.0)
    for _ in range(50):
        middle = 0.5 * (low + high)
        below = 1.0 - (2.0 * np.exp(-middle / 3.0) + np.exp(-middle / 14.0)) / 3.0 < places
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    shocks = rng.standard_normal((n_days, 2)) @ np.linalg.cholesky(np.array([[1.0, 0.75], [0.75, 1.0]])).T
    residuals = np.zeros((n_days, 2))
    for day in range(1, n_days):
        residuals[day] = 0.7 * residuals[day - 1] + np.sqrt(1.0 - 0.49) * shocks[day]
    theta = 10.0 - 8.0 * season[:, None] + np.where(wet, -1.5, 0.7) + np.where(wet, 3.0, 4.0) * residuals
    rain = np.where(wet, 0.2 + low * (1.0 - 0.25 * season[:, None]), 0.0)
    return np.stack([theta.T, rain.T], axis=1)[..., WARM_UP:]


CLIMATES: Mapping[str, Callable[[int, np.random.Generator], FloatArray]] = MappingProxyType(
    {"gaussian": gaussian, "regimes": regimes, "chains": chains}
)


def statistics(values: FloatArray) -> Iterator[tuple[str, float]]:
    """What is compared of values (2, 2, T)."""
    year = values.shape[-1] // 365
    days = values[..., : 365 * year].reshape(2, 2, year, 365)
    theta, rain = days[0, 0], days[0, 1]
    yield "mean of theta", theta.mean()
    yield "mean of R", rain.mean()
    yield "July mean of theta", theta[:, 181:212].mean()
    yield "July mean of R", rain[:, 181:212].mean()
    yield "sd of theta", (theta - theta.mean(axis=0)).std() * np.sqrt(year / max(year - 1.0, 1.0))
    smooth = np.array([np.convolve(np.tile(s[0].mean(axis=0), 3), np.full(31, 1 / 31), "same")[365:730] for s in days])
    anomalies = (days[:, 0] - smooth[:, None]).reshape(2, -1)
    yield "lag-1 of theta", np.corrcoef(anomalies[0, :-1], anomalies[0, 1:])[0, 1]
    yield "theta between stations", np.corrcoef(anomalies)[0, 1]
    yield "theta with R", np.corrcoef(anomalies[0], rain.ravel())[0, 1]
    yield "R between stations", np.corrcoef(days[0, 1].ravel(), days[1, 1].ravel())[0, 1]
    yield "wet fraction", (rain >= 1.0).mean()
    yield "q99 of R", np.quantile(rain[rain >= 1.0], 0.99)
    yield "annual maximum of R", rain.max(axis=1).mean()


def dataset(values: FloatArray) -> xr.Dataset:
    """Values as observations."""
    time = np.datetime64("2001-01-01", "ns") + np.arange(values.shape[-1]).astype("timedelta64[D]")
    units = {"theta": "degC", "R": "mm"}
    data = {name: (("station", "time"), values[:, row], {"units": units[name]}) for row, name in enumerate(units)}
    return xr.Dataset(data, {"station": ["A", "B"], "time": time})


def main() -> None:
    """Print a table for each climate and spread."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=18)
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--climates", nargs="+", default=list(CLIMATES))
    parser.add_argument("--spread", nargs="+", default=["record", "climate", "sampling"])
    arguments = parser.parse_args()
    for name in arguments.climates:
        truth = dict(statistics(CLIMATES[name](2000, np.random.default_rng(99))))
        covered = {spread: dict.fromkeys(truth, 0) for spread in arguments.spread}
        deviations: dict[str, dict[str, list[float]]] = {spread: {what: [] for what in truth} for spread in arguments.spread}
        middles: dict[str, dict[str, list[float]]] = {spread: {what: [] for what in truth} for spread in arguments.spread}
        recorded: dict[str, list[float]] = {what: [] for what in truth}
        for record in range(arguments.records):
            values = CLIMATES[name](arguments.years, np.random.default_rng(record))
            for what, value in statistics(values):
                recorded[what].append(value)
            wc = Multisite(dataset(values)).fit(rng=1, progress=False)
            for spread in arguments.spread:
                members = wc.iter_members(arguments.members, seed=1, spread=spread, n_days=values.shape[-1], progress=False)
                found = [dict(statistics(np.asarray(member.values))) for member in members]
                for what, right in truth.items():
                    several = np.array([one[what] for one in found])
                    covered[spread][what] += int(np.quantile(several, 0.05) <= right <= np.quantile(several, 0.95))
                    deviations[spread][what].append(float(several.std()))
                    middles[spread][what].append(float(several.mean()))
        print(f"\n{name}: {arguments.records} records of {arguments.years} years, {arguments.members} members each")
        print(f"{'':24}{'records':>9}" + "".join(f"{spread:>26}" for spread in arguments.spread))
        print(f"{'':24}{'off':>9}" + "   covered   ratio   off  " * len(arguments.spread))
        for what, right in truth.items():
            shares = [covered[spread][what] / arguments.records for spread in arguments.spread]
            error = np.std(recorded[what])
            ratios = [np.mean(deviations[spread][what]) / error for spread in arguments.spread]
            off = [(np.mean(middles[spread][what]) - right) / error for spread in arguments.spread]
            cells = (f"{a:>10.0%}{b:>8.2f}{c:>6.2f}  " for a, b, c in zip(shares, ratios, off, strict=True))
            own = (np.mean(recorded[what]) - right) / error
            print(f"{what:24}{own:>9.2f}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
