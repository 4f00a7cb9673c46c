#!/usr/bin/env python3
"""How fast disaggregation is, and how much its hours are like observed ones.

usage: python tools/benchmarks/disaggregation.py HOURLY.nc [--runs N]
       python tools/benchmarks/disaggregation.py --made [fronts evening night mixed bands]

Speed: ten years of four stations and four variables, made of the stations in the file. Quality: the observed daily values
are disaggregated and compared with the observed hours, once with an archive of the whole record ("own", which knows the
very days) and once each year with the courses of every second other year ("other").

With --made, the truth is known: rain of made storms that know nothing of midnight, frontal ones at any hour, thunderstorms of
the evening or of the night, both, or bands of showers that are as strong at one station as at the other within an hour. The days
of six years get the hours of an archive of other years.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from varwg._calendar import daily_times
from varwg._disaggregation import HourlyArchive, disaggregate
from varwg._observations import Observations, read_observations

FloatArray = NDArray[np.float64]

YEARS = 10
VARIABLES = ("theta", "R", "rh", "U")


def speed(observations: Observations, runs: int) -> None:
    """Print the time that making an archive takes, and disaggregating with it."""
    hourly = observations.hourly
    assert hourly is not None
    chosen = hourly.select(variables=[name for name in VARIABLES if name in hourly.names])
    stations = np.arange(4) % len(chosen.stations)
    four = replace(
        chosen,
        stations=tuple(f"{chosen.stations[row]} {number}" for number, row in enumerate(stations)),
        values=np.stack([np.roll(chosen.values[row], 24 * (number // 3), axis=-1) for number, row in enumerate(stations)]),
        latitude=chosen.latitude[stations],
        longitude=chosen.longitude[stations],
        elevation=chosen.elevation[stations],
    )
    began = time.perf_counter()
    archive = HourlyArchive.of(four)
    mebibytes = archive.patterns.nbytes / 2**20
    print(f"archive of {archive.days.size} days: {1e3 * (time.perf_counter() - began):.0f} ms, {mebibytes:.1f} MiB")
    days = daily_times("2001-01-01", 365 * YEARS + YEARS // 4)
    # Days in their season, none of them one of the archive: the mean of two.
    daily = np.nan_to_num(archive.daily.astype(np.float64))
    rng = np.random.default_rng(0)
    rows = [np.flatnonzero(np.abs(archive.doy - doy) < 10) for doy in range(366)]
    pairs = np.array([rng.choice(rows[doy], 2) for doy in (np.arange(days.size) % 365).tolist()])
    values = 0.5 * (daily[..., pairs[:, 0]] + daily[..., pairs[:, 1]])
    seconds, computing = [], []
    for number in range(runs):
        began, began_computing = time.perf_counter(), time.thread_time()
        done = disaggregate(archive, days, values, rng=np.random.default_rng(number))
        seconds.append(time.perf_counter() - began)
        computing.append(time.thread_time() - began_computing)
    shape = "x".join(map(str, values.shape))
    fastest, median, cpu = 1e3 * min(seconds), 1e3 * float(np.median(seconds)), 1e3 * float(np.median(computing))
    print(f"disaggregating {shape} days: fastest {fastest:.0f} ms, median {median:.0f} ms, computing {cpu:.0f} ms")
    print(done.counts)


def quality(observations: Observations, own: bool) -> FloatArray:
    """Observed days with the hours of an archive that knows them, or of every second other year; (S, K, hours)."""
    hourly = observations.hourly
    assert hourly is not None
    archive = HourlyArchive.of(hourly)
    if own:
        return disaggregate(archive, observations.times, observations.values, rng=np.random.default_rng(1)).values
    years = observations.times.astype("datetime64[Y]").astype(np.int64)
    of_archive = archive.days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    out = np.full(hourly.values.shape, np.nan)
    for number, year in enumerate(np.unique(years)):
        part = part_of(archive, (of_archive - year) % 2 == 1)
        mine = years == year
        done = disaggregate(part, observations.times[mine], observations.values[..., mine], rng=np.random.default_rng(number))
        out[..., np.repeat(mine, archive.steps_per_day)] = done.values
    return out


def correlation(a: FloatArray, b: FloatArray) -> float:
    """Of the values that both have."""
    both = np.isfinite(a) & np.isfinite(b)
    return float(np.corrcoef(a[both], b[both])[0, 1])


def goes_on(series: FloatArray, hour: int) -> float:
    """How often rain in an hour of the day goes on in the next."""
    wet = series > 0.0
    before, after = wet[:, hour:-1:24], wet[:, hour + 1 :: 24]
    return float((before & after).sum() / before.sum())


def figures(values: FloatArray, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """What is compared, by variable."""
    table = {}
    for column, name in enumerate(names):
        series = values[:, column]
        days = series.reshape(len(series), -1, 24)
        within = (days - np.nanmean(days, axis=2, keepdims=True)).reshape(series.shape)
        steps = np.diff(series, axis=1)
        jumps = np.array([np.nanstd(steps[:, (hour - 1) % 24 :: 24]) for hour in range(24)])
        pairs = [(a, b) for a in range(len(series)) for b in range(a)]
        table[name] = {
            "sd": float(np.nanstd(series)),
            "sd in the day": float(np.nanstd(within)),
            "max": float(np.nanmax(series)),
            "lag 1": float(np.mean([correlation(row[1:], row[:-1]) for row in series])),
            "lag 1 in the day": float(np.mean([correlation(row[1:], row[:-1]) for row in within])),
            "midnight step / others": float(jumps[0] / np.sqrt(np.mean(jumps[1:] ** 2))),
            "midnight / 22-3 h": float(jumps[0] / np.sqrt(np.mean(jumps[[22, 23, 1, 2, 3]] ** 2))),
            "between stations": float(np.mean([correlation(series[a], series[b]) for a, b in pairs])) if pairs else np.nan,
            "between, in the day": float(np.mean([correlation(within[a], within[b]) for a, b in pairs])) if pairs else np.nan,
        }
        if name == "R":
            table[name]["wet hours, %"] = 100.0 * float(np.nanmean(series[np.isfinite(series)] > 0.0))
            table[name]["hours >= 0.1 mm, %"] = 100.0 * float(np.nanmean(series[np.isfinite(series)] >= 0.0999))
            table[name]["goes on in the day"] = float(np.mean([goes_on(series, hour) for hour in range(23)]))
            table[name]["goes on over midnight"] = goes_on(series, 23)
            table[name]["99.9 %"] = float(np.nanquantile(series, 0.999))
        if name == "rh" and "theta" in names:
            theta = values[:, names.index("theta")]
            theta_days = theta.reshape(len(series), -1, 24)
            theta_within = (theta_days - np.nanmean(theta_days, axis=2, keepdims=True)).reshape(series.shape)
            table[name]["with theta"] = float(np.mean([correlation(a, b) for a, b in zip(series, theta, strict=True)]))
            table[name]["with theta, in the day"] = correlation(within, theta_within)
    return table


def cycle(values: FloatArray, months: NDArray[np.int64]) -> FloatArray:
    """Mean course of the day of each month, shape (K, 12, 24)."""
    days = values.reshape(*values.shape[:2], -1, 24)
    return np.stack([np.nanmean(days[:, :, months == month], axis=(0, 2)) for month in range(12)], axis=1)


#: Storms an hour, of fronts and of thunderstorms at their hour of the day, that hour, and whether hours of a storm are strong at
#: all stations or at none.
KINDS: Final = MappingProxyType(
    {
        "fronts": (1 / 60, 0.0, 18, False),
        "evening": (0.0, 1 / 11, 18, False),
        "night": (0.0, 1 / 14, 1, False),
        "mixed": (1 / 110, 1 / 17, 18, False),
        "bands": (1 / 110, 1 / 17, 18, True),
    }
)


def made_storms(kind: str, n_stations: int, n_days: int, rng: np.random.Generator) -> Observations:
    """Hours of rain and temperature (S, K, 24 n) of storms that come at random, last some hours and reach some stations."""
    fronts, thunderstorms, peak, alike = KINDS[kind]
    hours = np.arange(24 * n_days)
    season = np.cos(2 * np.pi * (hours / 24 - 200) / 365)
    from_peak = np.minimum((hours - peak) % 24, (peak - hours) % 24)
    storms = [(at, 12.0, 0.8, 0.85, 3) for at in np.flatnonzero(rng.random(hours.size) < fronts * (1 - 0.5 * season))]
    chance = thunderstorms * np.maximum(0.6 + 0.8 * season, 0.0) * np.exp(-0.5 * (from_peak / 2.5) ** 2)
    storms += [(at, 3.0, 4.0, 0.5, 1) for at in np.flatnonzero(rng.random(hours.size) < chance)]
    rain = np.zeros((n_stations, hours.size))
    for at, hours_long, mean, cover, lag in storms:
        length, strength = rng.gamma(2.0, hours_long / 2), mean * rng.gamma(2.0, 0.5)
        showers = rng.standard_normal(1 + int(1.3 * length)) if alike else np.zeros(0)
        lag = 1 if alike else lag
        for station in np.flatnonzero(rng.random(n_stations) < cover):
            begin = max(int(at + rng.integers(-lag, lag + 1)), 0)
            steps = rain[station, begin : begin + max(1, int(length * rng.uniform(0.7, 1.3)))]
            noise = rng.standard_normal(steps.size)
            steps += strength * np.exp(0.7 * (0.9 * showers[: steps.size] + 0.44 * noise if alike else noise))
    rain = np.round(rain, 1)
    cloud = np.repeat(np.exp(-0.1 * rain.reshape(n_stations, n_days, 24).sum(axis=2).mean(axis=0)), 24)
    theta = 10 + 10 * season + 4 * cloud * np.cos(2 * np.pi * (hours % 24 - 15) / 24) + 0.5 * rng.standard_normal(rain.shape)
    names = [f"{kind} {number}" for number in range(n_stations)]
    coordinates = {"station": names, "time": np.datetime64("1981-01-01", "ns") + hours * np.timedelta64(1, "h")}
    return read_observations(
        xr.Dataset(
            {
                "theta": (("station", "time"), theta, {"units": "degC"}),
                "R": (("station", "time"), rain, {"units": "mm"}),
                "latitude": ("station", np.full(n_stations, 48.0)),
                "longitude": ("station", np.full(n_stations, 9.0)),
            },
            coordinates,
        )
    )


def over_midnight(rain: FloatArray) -> dict[str, float]:
    """How often it rains around midnight, and when rain falls; of hours (S, 24 T)."""
    days = rain.reshape(len(rain), -1, 24)
    wet = days > 0.0
    last, first = wet[:, :-1, 23], wet[:, 1:, 0]
    pairs = [(a, b) for a in range(len(rain)) for b in range(a)]
    both = [float((wet[a] & wet[b]).mean()) for a, b in pairs]
    alike = [float(np.corrcoef(rain[a], rain[b])[0, 1]) for a, b in pairs]
    return {
        "wet hours": float(wet.mean()),
        "wet 3 hours": float((rain.reshape(len(rain), -1, 3) > 0.0).any(axis=2).mean()),
        "wet 6 hours": float((rain.reshape(len(rain), -1, 6) > 0.0).any(axis=2).mean()),
        "wet at 23 h": float(last.mean()),
        "wet at 0 h": float(first.mean()),
        "wet at 0 h after wet at 23 h": float((last & first).sum() / last.sum()),
        "share of 18 to 24 h": float(days[..., 18:].sum() / days.sum()),
        "share of 0 to 6 h": float(days[..., :6].sum() / days.sum()),
        "sd of hours": float(rain.std()),
        "wet at two stations": float(np.mean(both)) if pairs else np.nan,
        "between stations": float(np.mean(alike)) if pairs else np.nan,
    }


def made(kinds: Sequence[str], runs: int) -> None:
    """Print, for made storms, what is true and what the hours of other years give, means over `runs` records."""
    for kind in kinds:
        for n_stations, n_years in ((1, 4), (4, 4), (4, 12)):
            tables = []
            for seed in range(runs):
                observations = made_storms(kind, n_stations, 365 * (n_years + 6), np.random.default_rng(seed))
                first = 365 * n_years
                archive = part_of(HourlyArchive.of(observations), slice(None, first))
                rng = np.random.default_rng(seed + 1)
                done = disaggregate(archive, observations.times[first:], observations.values[..., first:], rng=rng)
                assert observations.hourly is not None
                column = observations.names.index("R")
                hours = observations.hourly.values[:, column, 24 * first :], done.values[:, column]
                tables.append([list(over_midnight(rain).values()) for rain in hours])
            true, found = np.mean(tables, axis=0)
            print(f"\n{kind}, {n_stations} stations, hours of {n_years} years" + f"{'true':>12s}{'made':>8s}")
            for name, one, other in zip(over_midnight(hours[0]), true, found, strict=True):
                print(f"  {name:32s}{one:10.3f}{other:8.3f}  {100 * (other / one - 1):+4.0f} %")


def part_of(archive: HourlyArchive, days: slice | NDArray[np.bool_]) -> HourlyArchive:
    """An archive with some of its days."""
    return replace(
        archive,
        days=archive.days[days],
        daily=archive.daily[..., days],
        patterns=archive.patterns[:, :, days],
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--made", nargs="*", metavar="KIND", choices=list(KINDS), help=", ".join(KINDS))
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    if options.made is not None or options.data is None:
        made(options.made or list(KINDS), options.runs)
        return
    observations = read_observations(options.data)
    speed(observations, options.runs)
    assert observations.hourly is not None
    months = observations.times.astype("datetime64[M]").astype(np.int64) % 12
    complete = observations.hourly.values
    results = {"observed": complete, "own": quality(observations, own=True), "other": quality(observations, own=False)}
    tables = {label: figures(values, observations.names) for label, values in results.items()}
    cycles = {label: cycle(values, months) for label, values in results.items()}
    for column, name in enumerate(observations.names):
        print(f"\n{name:28s}" + "".join(f"{label:>12s}" for label in results))
        for figure in tables["observed"][name]:
            print(f"  {figure:26s}" + "".join(f"{tables[label][name][figure]:12.3f}" for label in results))
        observed = cycles["observed"][column]
        amplitude = np.std(observed - observed.mean(axis=1, keepdims=True))
        errors = [np.sqrt(np.mean((cycles[label][column] - observed) ** 2)) / amplitude for label in results]
        print(f"  {'error of monthly cycles':26s}" + "".join(f"{error:12.3f}" for error in errors))


if __name__ == "__main__":
    main()
