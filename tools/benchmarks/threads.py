#!/usr/bin/env python3
"""Threads beside processes: time, time with the interpreter's lock, context switches, page faults, memory, and the bits.

usage: python tools/benchmarks/threads.py [--stations 4] [--variables 4] [--years 10] [--members 320] [--files] [--workers 1 2 4]
                                          [--data DATA.nc | --model MODEL.nc] [--kinds threads processes] [--repeat 3]

Without data or a model, the example's stations are repeated until there are as many as asked for. Each row is a process of its
own: a round that is not counted (workers start, pages are touched), some that are timed and of which the fastest counts, and
one that is watched from outside. "of processes" is the speed of threads relative to that of as many processes. "lock held" is
the share of moments, some thousand a second, at which the lock of the interpreter was held, read from the memory of the process
that was started, not of its workers (CPython on Linux; "-" where it cannot be found; "off" without a lock). "switches" are
voluntary context switches and "faults" minor page faults a member, of the process and its workers; "peak" is the largest sum of
their memory (PSS).
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import multiprocessing
import os
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import xarray as xr
from memory import pss_mib, tree

import varwg
import weathercop
from varwg.ensembles._executors import available_cores
from weathercop._latent import LatentSpectrum, RankTables
from weathercop._model import MultisiteModel
from weathercop.vines._per_station import StationVines

KINDS: Final = ("threads", "processes")
SEED: Final = 7
#: Mean time between two looks at the lock, and between two at the memory, s.
_LOOK: Final = 3e-4
_LOOK_AT_MEMORY: Final = 0.05


class Shape(NamedTuple):
    """What is simulated, how and how often."""

    model: str
    n_days: int
    members: int
    files: bool
    repeat: int


def lock_address() -> int:
    """Where in memory the lock says whether it is held; 0 where that cannot be found, -1 where there is no lock.

    In CPython the word comes after the switch interval and the last holder. It is 0 in what is read from a file, as Python
    lets go of the lock meanwhile, and 1 for whoever reads it without letting go; nothing else is like that.
    """
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return -1
    expected = struct.pack("q", round(sys.getswitchinterval() * 1e6))
    try:
        start = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
        with Path("/proc/self/mem").open("rb", buffering=0) as memory:
            memory.seek(start)
            content = memory.read(1 << 19)
    except (OSError, ValueError):
        return 0
    places = [at for at in range(0, len(content) - 24, 8) if content[at : at + 8] == expected]
    free = [start + at + 16 for at in places if content[at + 16 : at + 20] == bytes(4)]
    words = [address for address in free if ctypes.c_int.from_address(address).value == 1]
    return words[0] if len(words) == 1 else 0


def usage() -> tuple[int, int]:
    """Voluntary context switches and minor faults so far, of this process and of all below it that are still there."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    switches, faults = own.ru_nvcsw, own.ru_minflt
    for process in tree(os.getpid())[1:]:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
        switches += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("voluntary_ctxt_switches:"))
        faults += int(Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[7])
    return switches, faults


def row(kind: str, workers: int, shape: Shape) -> None:
    """Measure one row and print what was found, a line of JSON after each step."""
    model = weathercop.load_model(shape.model)
    assert isinstance(model, MultisiteModel)
    with ExitStack() as stack:
        pool: Executor | None = None
        if kind == "processes":
            pool = stack.enter_context(ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")))

        def ensemble(hashed: bool = True) -> tuple[float, tuple[int, int], str]:
            options: dict[str, Any] = {"executor": pool} if pool else {"n_workers": workers}
            with tempfile.TemporaryDirectory() if shape.files else nullcontext(None) as folder:
                before, began = usage(), time.perf_counter()
                members = weathercop.simulate_ensemble(
                    model,
                    shape.members,
                    varwg.Request(n_days=shape.n_days),
                    seed=SEED,
                    out_dir=folder,
                    progress=False,
                    **options,
                )
                seconds, after = time.perf_counter() - began, usage()
                hashes = [hashlib.sha256(own.values).digest() for own in members] if hashed else []
            return seconds, (after[0] - before[0], after[1] - before[1]), hashlib.sha256(b"".join(hashes)).hexdigest()

        ensemble()
        rounds = [ensemble() for _ in range(shape.repeat)]
        print(json.dumps({"lock": lock_address()}), flush=True)
        began = time.monotonic()
        ensemble(hashed=False)
        watched_from = (began, time.monotonic())
        (seconds, (switches, faults), bits), *_ = sorted(rounds)
        print(json.dumps({"seconds": seconds, "switches": switches, "faults": faults, "bits": bits, "round": watched_from}))


def watched(kind: str, workers: int, shape: Shape) -> dict[str, Any]:
    """Figures of a row, from a process of its own, and what is seen of it from outside while it runs its last round."""
    command = [sys.executable, __file__, "--row", json.dumps([kind, workers, shape])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            raise SystemExit(f"{workers} {kind} failed")
        address = int(json.loads(first)["lock"])
        looks: list[tuple[float, int]] = []
        highest, next_look = 0.0, 0.0
        with Path(f"/proc/{process.pid}/mem").open("rb", buffering=0) if address > 0 else nullcontext(None) as memory:
            while process.poll() is None:
                if memory is not None:
                    try:
                        looks.append((time.monotonic(), struct.unpack("i", os.pread(memory.fileno(), 4, address))[0]))
                    except (OSError, struct.error):
                        break
                if time.monotonic() > next_look:
                    highest = max(highest, sum(pss_mib(one) for one in tree(process.pid)))
                    next_look = time.monotonic() + _LOOK_AT_MEMORY
                time.sleep(random.expovariate(1.0 / _LOOK))
        figures: dict[str, Any] = json.loads(process.stdout.read())
    # What comes after the round, while the interpreter takes itself apart with the lock in hand, is none of it.
    began, ended = figures["round"]
    held = [word for moment, word in looks if began <= moment <= ended]
    share = "off" if address < 0 else f"{100 * np.mean(held):.0f} %" if held else "-"
    return {**figures, "lock held": share, "peak": highest}


def repeated(model: MultisiteModel, n_stations: int) -> MultisiteModel:
    """A model with the stations of another, again and again, until there are so many."""
    assert isinstance(model.vine, StationVines)
    n_known, n_variables = len(model.sites), len(model.variables)
    chosen = np.arange(n_stations) % n_known
    series = (chosen[:, None] * n_variables + np.arange(n_variables)).ravel()
    of_noise = {own.series: n_known * n_variables + number for number, own in enumerate(model.noisy)}
    by_series = {own.series: own for own in model.noisy}
    noisy = [replace(by_series[old], series=new) for new, old in enumerate(series.tolist()) if old in by_series]
    rows = [*series.tolist(), *(of_noise[old] for old in series.tolist() if old in of_noise)]
    names = tuple(f"{model.sites[old].name}_{new}" for new, old in enumerate(chosen.tolist()))
    tables = model.rank_tables
    return replace(
        model,
        sites=tuple(replace(model.sites[old], name=name) for old, name in zip(chosen.tolist(), names, strict=True)),
        marginals=tuple(model.marginals[old] for old in chosen.tolist()),
        vine=StationVines(names, tuple(model.vine.vines[old] for old in chosen.tolist())),
        spectrum=LatentSpectrum(model.spectrum.coefficients[rows], model.spectrum.n_days),
        noisy=tuple(noisy),
        rank_tables=RankTables(tables.low[chosen], tables.high[chosen], tables.target[chosen]),
        sampling=None,
        hourly=None,
    )


def fitted(data: str | None, n_stations: int, n_variables: int) -> MultisiteModel:
    """A model of that many stations and variables."""
    dataset = xr.open_dataset(data).load() if data else weathercop.example_dataset()
    names = list(dataset.data_vars)
    if n_variables > len(names):
        raise SystemExit(f"the data have {len(names)} variables: ask for no more, or give other --data.")
    dataset = dataset[names[:n_variables]].isel(station=slice(n_stations))
    return repeated(weathercop.Multisite(dataset).fit(rng=np.random.default_rng(1), progress=False).model, n_stations)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=4)
    parser.add_argument("--variables", type=int, default=4)
    parser.add_argument("--years", type=float, default=10)
    parser.add_argument("--members", type=int, default=320)
    parser.add_argument("--files", action="store_true", help="write the members to a temporary directory")
    parser.add_argument("--workers", type=int, nargs="+", help="by default 1, 2, 4, 8 and 16, as far as there are cores")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--repeat", type=int, default=3, help="timed rounds of each row")
    parser.add_argument("--data", help="observations, instead of the example")
    parser.add_argument("--model", help="a fitted model, instead of data")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        kind, workers, shape = json.loads(options.row)
        row(kind, workers, Shape(*shape))
        return
    counts = options.workers or [n for n in (1, 2, 4, 8, 16) if n <= available_cores()]
    with tempfile.TemporaryDirectory() as directory:
        model = options.model or f"{directory}/model.nc"
        if not options.model:
            fitted(options.data, options.stations, options.variables).save(model)
        shape = Shape(model, max(1, round(365.25 * options.years)), options.members, options.files, options.repeat)
        where = "to files" if options.files else "in memory"
        known = weathercop.load_model(model)
        size = f"{len(known.stations)} stations x {len(known.variables)} variables x {shape.n_days} days"
        print(f"{shape.members} members of {size}, {where}; Python {sys.version.split()[0]}, NumPy {np.__version__}, ", end="")
        print(f"{available_cores()} cores")
        print("kind        workers    s   speed-up   of processes   lock held   switches   faults   peak, MiB   bits")
        found = {(kind, n): watched(kind, n, shape) for kind in reversed(KINDS) if kind in options.kinds for n in counts}
        bits = {own["bits"] for own in found.values()}
        for kind in options.kinds:
            for n in counts:
                own, other = found[kind, n], found.get(("processes", n))
                gain = found[kind, counts[0]]["seconds"] / own["seconds"]
                ratio = f"{other['seconds'] / own['seconds']:.2f}" if kind == "threads" and other else ""
                print(
                    f"{kind:10s} {n:8d} {own['seconds']:6.2f} {gain:8.2f} {ratio:>13s} "
                    f"{own['lock held']:>12s} {own['switches']:10d} {own['faults'] / shape.members:8.0f} {own['peak']:10.0f}   "
                    f"{'same' if len(bits) == 1 else own['bits'][:8]}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
