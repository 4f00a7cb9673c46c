#!/usr/bin/env python3
"""How the time of an ensemble grows with members, days, stations and variables: exponents of power laws (1 is linear).

usage: python tools/benchmarks/scaling.py [DATA.nc] [--stations A B ...] [--variables x y ...]

Without a file the bundled example is used. Times are the processor's, the smallest of several repetitions, on one thread.
A model is fitted for each number of stations and of variables. An exponent below 1 means that a part of the time does
not grow.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

import varwg
import weathercop
from varwg.ensembles._tasks import member_task, simulate_members
from weathercop._plan import Plan

REPETITIONS = 15


def milliseconds(work: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """Smallest processor time of some work."""
    times = []
    for _ in range(repetitions):
        began = time.thread_time()
        work()
        times.append(time.thread_time() - began)
    return 1e3 * min(times)


def report(what: str, sizes: list[int], times: list[float]) -> None:
    """One line: sizes, times, exponent."""
    exponent = np.polyfit(np.log(sizes), np.log(times), 1)[0]
    pairs = ", ".join(f"{size}: {value:.2f} ms" for size, value in zip(sizes, times, strict=True))
    print(f"{what:10s} exponent {exponent:5.2f}   ({pairs})", flush=True)


def one_member(model: weathercop.MultisiteModel, n_days: int) -> float:
    """Time of one member."""
    plan = Plan.of(model, varwg.Request(n_days=n_days))
    return milliseconds(lambda: member_task(model, plan, [weathercop.realization_seed(0, 7)]))


def fitted(dataset: xr.Dataset) -> weathercop.MultisiteModel:
    """A model of a part of the data."""
    return weathercop.Multisite(dataset).fit(rng=np.random.default_rng(1), progress=False).model


def main() -> None:
    """Print the four exponents."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--stations", nargs="+")
    parser.add_argument("--variables", nargs="+")
    options = parser.parse_args()
    dataset = xr.open_dataset(options.data).load() if options.data else weathercop.example_dataset()
    dataset = dataset[options.variables] if options.variables else dataset
    dataset = dataset.sel(station=options.stations) if options.stations else dataset
    model = fitted(dataset)
    n_days = model.n_days

    plan = Plan.of(model)
    members = [5, 10, 20, 40]

    def simulated(n: int) -> None:
        list(simulate_members(model, plan, range(n), seed=7, n_workers=1))

    ensembles = [milliseconds(partial(simulated, n), 3) for n in members]
    report("members", members, ensembles)
    lengths = [n_days, 2 * n_days, 4 * n_days, 8 * n_days]
    report("days", lengths, [one_member(model, length) for length in lengths])
    numbers = list(range(1, dataset.sizes["station"] + 1))
    report("stations", numbers, [one_member(fitted(dataset.isel(station=slice(n))), n_days) for n in numbers])
    names = list(dataset.data_vars)
    counts = list(range(2, len(names) + 1))
    report("variables", counts, [one_member(fitted(dataset[names[:n]]), n_days) for n in counts])


if __name__ == "__main__":
    main()
