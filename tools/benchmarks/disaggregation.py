#!/usr/bin/env python3
"""How fast disaggregation is, and how much its hours are like observed ones.

usage: python tools/benchmarks/disaggregation.py HOURLY.nc [--runs N]

Speed: ten years of four stations and four variables, made of the stations in the file. Quality: the observed daily values
are disaggregated and compared with the observed hours, once with an archive of the whole record ("own", which knows the
very days) and once each year with the courses of every second other year ("other").
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
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
    odd = observations.times.astype("datetime64[Y]").astype(np.int64) % 2 == 1
    out = np.full(hourly.values.shape, np.nan)
    for number, mine in enumerate((odd, ~odd)):
        others = ~np.isin(archive.days, observations.times[mine].astype("datetime64[D]").astype(np.int64))
        part = replace(
            archive, days=archive.days[others], daily=archive.daily[..., others], patterns=archive.patterns[:, :, others]
        )
        done = disaggregate(part, observations.times, observations.values, rng=np.random.default_rng(number))
        hours = np.repeat(mine, archive.steps_per_day)
        out[..., hours] = done.values[..., hours]
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
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
