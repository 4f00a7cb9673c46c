#!/usr/bin/env python3
"""Memory of an ensemble: PSS of the whole process tree at its peak, for 1, 2, 4, 8 workers, threads and processes.

usage: python tools/benchmarks/memory.py [DATA.nc] [--stations A B ...] [--variables x y ...] [--model MODEL.nc]

Without a file the bundled example is used. PSS counts shared pages once, divided among those who share them (Linux only:
/proc/PID/smaps_rollup). Each row is a process of its own, sampled from outside.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIT = """
import sys, json, numpy as np, xarray as xr, weathercop
data, stations, variables, model = json.loads(sys.argv[1])
dataset = xr.open_dataset(data).load() if data else weathercop.example_dataset()
dataset = dataset[variables] if variables else dataset
dataset = dataset.sel(station=stations) if stations else dataset
weathercop.Multisite(dataset).fit(rng=np.random.default_rng(1)).model.save(model)
"""

RUN = """
import sys, json, multiprocessing
from concurrent.futures import ProcessPoolExecutor
from weathercop import load_model
from varwg.ensembles._ensemble import simulate_ensemble

def main():
    model_file, kind, workers, members, out = json.loads(sys.argv[1])
    model = load_model(model_file)
    options = {"seed": 7, "out_dir": out, "progress": False}
    if kind == "threads":
        simulate_ensemble(model, members, n_workers=workers, **options)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        simulate_ensemble(model, members, executor=pool, **options)

if __name__ == "__main__":
    main()
"""


def pss_mib(process: int) -> float:
    """Proportional set size of one process; 0 if it has gone."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def tree(root: int) -> list[int]:
    """A process and all that descend from it."""
    found = [root]
    for process in found:
        try:
            children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
            threads = [path / "children" for path in Path(f"/proc/{process}/task").iterdir() if path.name != str(process)]
            children += [child for path in threads for child in path.read_text(encoding="ascii").split()]
        except OSError:
            continue
        found += [int(child) for child in children]
    return found


def peak(arguments: list[object], script: Path) -> float:
    """Largest sum of PSS over the tree while the script runs, sampled every 20 ms."""
    highest = 0.0
    with subprocess.Popen([sys.executable, str(script), json.dumps(arguments)]) as process:
        while process.poll() is None:
            highest = max(highest, sum(pss_mib(one) for one in tree(process.pid)))
            time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"a run failed with exit code {process.returncode}")
    return highest


def main() -> None:
    """Print one row per kind and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--stations", nargs="+")
    parser.add_argument("--variables", nargs="+")
    parser.add_argument("--model", help="a fitted model, instead of data")
    parser.add_argument("--members-per-worker", type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory) / "run.py"
        script.write_text(RUN, encoding="utf-8")
        model = options.model or f"{directory}/model.nc"
        if not options.model:
            fitted = [options.data, options.stations, options.variables, model]
            subprocess.run([sys.executable, "-c", FIT, json.dumps(fitted)], check=True)
        print("kind        workers   peak PSS, MiB   per worker more than one, MiB")
        for kind in ("threads", "processes"):
            alone = 0.0
            for workers in (1, 2, 4, 8):
                out = f"{directory}/{kind}{workers}"
                highest = peak([model, kind, workers, options.members_per_worker * workers, out], script)
                alone = highest if workers == 1 else alone
                each = f"{(highest - alone) / (workers - 1):14.1f}" if workers > 1 else ""
                print(f"{kind:10s} {workers:8d} {highest:15.1f} {each}", flush=True)


if __name__ == "__main__":
    main()
