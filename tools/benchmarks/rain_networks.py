#!/usr/bin/env python3
"""How near rain of several stations is to a known truth, by what binds the stations: members of models of several records.

usage: python tools/benchmarks/rain_networks.py [--records 6] [--years 15] [--members 5] [--seed 0] [--networks NAME ...]

Networks of three stations, none of which the model can be exactly: rain of smooth fields, of thunderstorms that share their days
and not their amounts, of fronts whose rain is alike and drizzle that is not, and of smooth fields that one station reads half a
day earlier. Truths are those of 300 years; the bias of members is given with its standard error over records.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import combinations
from types import MappingProxyType
from typing import Final

import numpy as np
import xarray as xr
from peers import YEAR, correlation, of_one, of_two_rains
from scipy import signal, special

from varwg._arrays import FloatArray
from weathercop import Multisite, realization_rng

TRUE_YEARS: Final = 300
N_STATIONS: Final = 3
OF_ONE: Final = (
    "mean",
    "median wet day",
    "annual maximum",
    "lag-1 correlation",
    "wet after wet",
    "wet after dry",
    "95 % quantile of wet spells",
)


def field(n_days: int, memory: float, alike: float, rng: np.random.Generator) -> FloatArray:
    """Normal scores (stations, T) with a correlation from day to day, and one between stations."""
    together, alone = rng.standard_normal(n_days), rng.standard_normal((N_STATIONS, n_days))
    innovations = np.sqrt(alike) * together + np.sqrt(1.0 - alike) * alone
    return np.asarray(signal.lfilter([np.sqrt(1.0 - memory**2)], [1.0, -memory], innovations))


def amounts(scores: FloatArray, limit: float = -40.0) -> FloatArray:
    """Millimetres of normal scores above a limit, and none below."""
    beyond = special.log_ndtr(-limit) - special.log_ndtr(-np.maximum(scores, limit))
    return np.asarray(4.0 * beyond**1.3)


def smooth(theta: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Rain is what is left of a field above a limit."""
    return amounts(0.95 * field(theta.size, 0.5, 0.8, rng) - 0.3 * theta, 0.4)


def thunderstorms(theta: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Stations share the days of storms, and not their amounts."""
    is_wet = field(theta.size, 0.4, 0.7, rng) + 0.2 * theta > 0.5
    return np.where(is_wet, amounts(field(theta.size, 0.0, 0.0, rng)), 0.0)


def fronts(theta: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Fronts rain everywhere and alike; drizzle is local."""
    is_front = field(theta.size, 0.5, 0.95, rng) - 0.3 * theta > 1.0
    drizzle = 0.5 * amounts(field(theta.size, 0.3, 0.2, rng), 0.6)
    return drizzle + np.where(is_front, 2.0 * amounts(field(theta.size, 0.3, 0.85, rng)), 0.0)


def other_hours(theta: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Smooth fields of half days, of which the first station adds up other pairs than the others."""
    halves = smooth(np.repeat(theta, 2), rng)
    early = halves + np.roll(halves, 1, axis=-1)
    late = halves + np.roll(halves, -1, axis=-1)
    return np.concatenate([early[:1, ::2], late[1:, ::2]])


NETWORKS: Final = MappingProxyType(
    {"smooth fields": smooth, "thunderstorms": thunderstorms, "fronts and drizzle": fronts, "other hours": other_hours}
)


def record(name: str, years: int, rng: np.random.Generator) -> xr.Dataset:
    """Temperature and rain (in tenths of a millimetre) of all stations."""
    times = np.arange("1961-01-01", f"{1961 + years}-01-01", dtype="datetime64[D]")
    slow = signal.lfilter([0.6], [1.0, -0.8], rng.standard_normal(times.size))
    rain = NETWORKS[name](slow, rng)
    season = -10.0 * np.cos(2.0 * np.pi * np.arange(times.size) / 365.2425)
    theta = 9.0 + season + 4.0 * slow + field(times.size, 0.5, 0.5, rng)
    return xr.Dataset(
        {
            "theta": (("station", "time"), theta.round(1), {"units": "degC"}),
            "R": (("station", "time"), rain.round(1), {"units": "mm"}),
        },
        {"station": list("ABC"), "time": times.astype("datetime64[ns]")},
    )


def statistics(data: xr.Dataset) -> Iterator[tuple[str, float]]:
    """Statistics of each station and pair, which have the same names at all; A, of other hours, is paired with the others."""
    rain, theta = data["R"].values, data["theta"].values
    for one, warmth in zip(rain, theta, strict=True):
        days = one[: one.size // YEAR * YEAR].reshape(-1, YEAR)
        yield from ((name, value) for name, value in of_one(days, rainy=True) if name in OF_ONE)
        yield "correlation with theta", correlation(one, warmth)
    for one, other in combinations(range(N_STATIONS), 2):
        where = "A with another" if one == 0 else "B with C"
        yield from ((f"{where}: {name}", value) for name, value in of_two_rains(rain[one], rain[other]))
        yield f"{where}: correlation with the next day", correlation(rain[one, 1:], rain[other, :-1])


def means(data: xr.Dataset) -> dict[str, float]:
    """Mean of each statistic over stations or pairs."""
    values: dict[str, list[float]] = {}
    for name, value in statistics(data):
        values.setdefault(name, []).append(value)
    return {name: float(np.mean(several)) for name, several in values.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=6)
    parser.add_argument("--years", type=int, default=15)
    parser.add_argument("--members", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--networks", nargs="+", choices=tuple(NETWORKS), default=tuple(NETWORKS))
    options = parser.parse_args()
    for name in options.networks:
        truth = means(record(name, TRUE_YEARS, np.random.default_rng((options.seed, 0))))
        simulated: dict[str, list[float]] = {what: [] for what in truth}
        for number in range(options.records):
            rng = np.random.default_rng((options.seed, 1 + number))
            wc = Multisite(record(name, options.years, rng)).fit(rng=rng, progress=False)
            members = (wc.simulate(rng=realization_rng(m, number)).to_dataset() for m in range(options.members))
            several = [means(member) for member in members]
            for what, values in simulated.items():
                values.append(float(np.mean([one[what] for one in several])))
        print(f"\n{name:48}{'truth':>9}{'members':>9}{'error':>9}")
        for what, values in simulated.items():
            error = np.std(values, ddof=1) / np.sqrt(options.records)
            print(f"{what:48}{truth[what]:>9.3f}{np.mean(values):>9.3f}{error:>9.3f}", flush=True)


if __name__ == "__main__":
    main()
