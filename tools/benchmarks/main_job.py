#!/usr/bin/env python3
"""How long the main job takes and how much memory: import, fit, one member, threads, files.

usage: python tools/benchmarks/main_job.py [DATA.nc] [--stations A B ...] [--variables x y ...]

Without a file the bundled example is used. Each row is measured in a process of its own, so that nothing is warm.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import textwrap

COMMON = """
import json, resource, sys, tempfile, time
import numpy as np
import xarray as xr
import weathercop
from weathercop import Multisite, load_model

def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def observations(data, stations, variables):
    dataset = xr.open_dataset(data).load() if data else weathercop.example_dataset()
    dataset = dataset[variables] if variables else dataset
    return dataset.sel(station=stations) if stations else dataset
"""

IMPORT = """
import subprocess, sys, json
def seconds(module):
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return min(float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout) for _ in range(5))
code = ("import time, xarray; t = time.perf_counter(); import weathercop; from weathercop import Multisite; "
        "print(time.perf_counter() - t)")
extra = min(float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout) for _ in range(5))
print(json.dumps({"import xarray, s": seconds("xarray"), "import weathercop (and Multisite) on top, s": extra}))
"""

FIT = (
    COMMON
    + """
before = peak_mib()
began = time.perf_counter()
wc = Multisite(observations(*ARGUMENTS)).fit(rng=np.random.default_rng(1))
seconds = time.perf_counter() - began
wc.model.save(MODEL)
print(json.dumps({"fit, s": seconds, "fit, peak MiB": peak_mib(), "before the fit, peak MiB": before}))
"""
)

MEMBERS = (
    COMMON
    + """
from varwg.ensembles._tasks import member_task
from weathercop._plan import Plan
model = load_model(MODEL)
plan = Plan.of(model)
seeds = [weathercop.realization_seed(i, 7) for i in range(40)]
member_task(model, plan, seeds[:1])
times = []
for seed in seeds:
    began = time.perf_counter()
    member_task(model, plan, [seed])
    times.append(time.perf_counter() - began)
print(json.dumps({"one member, median ms": 1e3 * float(np.median(times)), "one member, fastest ms": 1e3 * min(times)}))
"""
)

THREADS = (
    COMMON
    + """
from varwg.ensembles._tasks import simulate_members
from weathercop._plan import Plan
model = load_model(MODEL)
plan = Plan.of(model)
def seconds(n_workers):
    began = time.perf_counter()
    for _ in simulate_members(model, plan, range(100), seed=7, n_workers=n_workers):
        pass
    return time.perf_counter() - began
seconds(2)
ratios = [seconds(1) / seconds(2) for _ in range(5)]
print(json.dumps({"two threads against one, median": float(np.median(ratios)), "two threads against one, best": max(ratios)}))
"""
)

FILES = (
    COMMON
    + """
from varwg.ensembles._ensemble import simulate_ensemble
model = load_model(MODEL)
with tempfile.TemporaryDirectory() as directory:
    began = time.perf_counter()
    simulate_ensemble(model, 20, seed=7, out_dir=directory, n_workers=2, progress=False)
    print(json.dumps({"20 members written by 2 threads, s": time.perf_counter() - began, "peak MiB": peak_mib()}))
"""
)


def run(code: str, model: str, arguments: tuple[str | None, list[str] | None, list[str] | None]) -> dict[str, float]:
    """Figures that a piece of code prints as JSON, run in a process of its own."""
    text = f"MODEL = {model!r}\nARGUMENTS = {arguments!r}\n" + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--stations", nargs="+")
    parser.add_argument("--variables", nargs="+")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        for code in (IMPORT, FIT, MEMBERS, THREADS, FILES):
            for name, value in run(code, f"{directory}/model.nc", (options.data, options.stations, options.variables)).items():
                print(f"{name:45s} {value:10.3f}", flush=True)


if __name__ == "__main__":
    main()
