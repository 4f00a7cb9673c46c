#!/usr/bin/env python3
"""Statistical distance of an ensemble from the observations it was fitted to: the smaller, the better.

usage: python tools/benchmarks/fidelity.py [DATA.nc] [--stations A B ...] [--variables x y ...] [-n MEMBERS] [--seed S]

Every figure is the mean over stations (or pairs of stations, or of variables) of the absolute difference between the
observed statistic and the mean of those of the members; "sd" means in standard deviations of the daily values. Anomalies
are from the mean annual cycle; a day is wet from 1 mm on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import combinations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import weathercop
from varwg._calendar import doy_index
from weathercop import Multisite

Array = NDArray[np.float64]
WET = 1.0


def anomalies(values: Array, times: NDArray[np.datetime64]) -> Array:
    """Differences from a mean annual cycle of three harmonics, along the last axis."""
    angle = 2 * np.pi * doy_index(times) / 365.25
    design = np.stack([np.ones_like(angle)] + [f(n * angle) for n in (1, 2, 3) for f in (np.cos, np.sin)], axis=1)
    flat = values.reshape(-1, values.shape[-1])
    result = np.full_like(flat, np.nan)
    for row, series in enumerate(flat):
        known = np.isfinite(series)
        if known.sum() > 100:
            result[row] = series - design @ np.linalg.lstsq(design[known], series[known], rcond=None)[0]
    return result.reshape(values.shape)


def correlation(x: Array, y: Array, ranks: bool = False) -> float:
    """Correlation (of ranks) of the days that both have."""
    from scipy import stats

    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 30 or np.ptp(x[both]) == 0 or np.ptp(y[both]) == 0:
        return np.nan
    return float(stats.spearmanr(x[both], y[both])[0] if ranks else np.corrcoef(x[both], y[both])[0, 1])


def monthly_means(values: Array, times: NDArray[np.datetime64]) -> Array:
    """Mean of each station and calendar month."""
    months = times.astype("datetime64[M]").astype(int) % 12
    return np.array([[np.nanmean(row[months == m]) for m in range(12)] for row in values])


def annual_sd(values: Array) -> Array:
    """Standard deviation of means of any 365 days.

    Means from January to December are as far from it as the phases of a few years happen to be, which members do not copy.
    """
    sums, days = (np.cumsum(part, axis=-1) for part in (np.nan_to_num(values), np.isfinite(values)))
    return np.asarray(((sums[:, 365:] - sums[:, :-365]) / (days[:, 365:] - days[:, :-365])).std(axis=-1))


def transitions(values: Array, before: bool) -> Array:
    """Probability of a wet day after a wet or a dry one."""
    result = []
    for row in values:
        known = np.isfinite(row[1:]) & np.isfinite(row[:-1])
        wet = row >= WET
        result.append(wet[1:][known & (wet[:-1] == before)].mean())
    return np.array(result)


def spells(values: Array, wet: bool) -> Array:
    """Mean length of wet or dry spells."""
    result = []
    for row in values:
        state = (row >= WET) == wet
        starts = np.sum(state[1:] & ~state[:-1]) + state[0]
        result.append(state.sum() / max(starts, 1))
    return np.array(result)


def over_pairs(values: Array, statistic: Callable[[Array, Array], float]) -> Array:
    """A statistic of every pair of stations."""
    return np.array([statistic(values[i], values[j]) for i, j in combinations(range(len(values)), 2)])


def both_wet(x: Array, y: Array) -> float:
    """Share of days on which both are wet."""
    known = np.isfinite(x) & np.isfinite(y)
    return float(((x >= WET) & (y >= WET))[known].mean()) if known.any() else np.nan


def statistics(values: Array, times: NDArray[np.datetime64], names: list[str]) -> dict[str, Array]:
    """All statistics of one data set, values (S, K, T)."""
    found: dict[str, Array] = {}
    departures = anomalies(values, times)
    for k, name in enumerate(names):
        own, departure = values[:, k], departures[:, k]
        found[f"{name}: monthly mean, sd"] = monthly_means(own, times)
        found[f"{name}: sd, ratio"] = np.nanstd(own, axis=1)
        found[f"{name}: 99.9 % quantile, sd"] = np.nanquantile(own, 0.999, axis=1)
        found[f"{name}: lag-1 autocorrelation"] = np.array([correlation(row[1:], row[:-1]) for row in departure])
        found[f"{name}: sd of means of 365 days, ratio"] = annual_sd(own)
        found[f"{name}: inter-station correlation"] = over_pairs(departure, correlation)
        if name == "R":
            found["R: wet fraction"] = np.array([(row >= WET)[np.isfinite(row)].mean() for row in own])
            found["R: p11 (wet after wet)"] = transitions(own, True)
            found["R: p01 (wet after dry)"] = transitions(own, False)
            found["R: mean wet spell, %"] = spells(own, True)
            found["R: mean dry spell, %"] = spells(own, False)
            found["R: both-wet frequency"] = over_pairs(own, both_wet)
    pairs = list(combinations(range(len(names)), 2))
    found["rank correlation between variables"] = np.array(
        [correlation(station[i], station[j], ranks=True) for station in values for i, j in pairs]
    )
    found["lag-1 cross-correlation"] = np.array(
        [correlation(s[i][1:], s[j][:-1]) for s in departures for i in range(len(names)) for j in range(len(names)) if i != j]
    )
    return found


def distance(name: str, observed: Array, simulated: Array, sd: dict[str, Array]) -> tuple[float, float]:
    """Mean and largest distance of the mean of the members from the observed statistic."""
    mean = np.nanmean(simulated, axis=0)
    if name.endswith(", ratio"):
        return float(np.nanmean(mean / observed)), float(np.nanmax(np.abs(mean / observed - 1)))
    difference = np.abs(mean - observed)
    if name.endswith(", %"):
        difference = 100 * difference / observed
    if name.endswith(", sd"):
        scale = sd[name.split(":")[0]]
        difference = difference / (scale[:, None] if difference.ndim == 2 else scale)
    return float(np.nanmean(difference)), float(np.nanmax(difference))


def main() -> None:
    """Fit, simulate, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--stations", nargs="+")
    parser.add_argument("--variables", nargs="+")
    parser.add_argument("-n", "--members", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    data = xr.open_dataset(options.data) if options.data else weathercop.example_dataset()
    wc = Multisite(data, stations=options.stations, variables=options.variables).fit(rng=np.random.default_rng(1))
    print(wc.model.vine)
    observations = wc.observations
    names = list(observations.names)
    observed = statistics(observations.values, observations.times, names)
    members = [wc.simulate(rng=weathercop.realization_rng(i, options.seed)).sim_sea for i in range(options.members)]
    simulated = [statistics(m.values, m.time.values, names) for m in members]
    sd = {name: np.nanstd(observations.values[:, k], axis=1) for k, name in enumerate(names)}
    print(f"{'':42s} {'mean':>9s} {'largest':>9s}")
    for name, value in observed.items():
        mean, largest = distance(name, value, np.array([s[name] for s in simulated]), sd)
        print(f"{name:42s} {mean:9.3f} {largest:9.3f}")


if __name__ == "__main__":
    main()
