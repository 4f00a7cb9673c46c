#!/usr/bin/env python3
"""Kill each writer of files at random moments, or let the disk be full, and look at what stands under the names of its files.

usage: python tools/kill_writers.py [--full] [-n 50] [WRITER ...]

A limit on the size of files stands for a full disk, which ends in an error of the packages and not in a crash. Afterwards each
file has its whole old or its whole new content, or is not there; and one undisturbed run then leaves exactly what a run leaves
that nothing disturbed, and nothing else.
"""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
import xarray as xr

import varwg
import weathercop
from varwg.ensembles import merge_ensembles
from varwg.ensembles._export import to_csv, to_netcdf, to_zarr
from varwg.ensembles._integrity import check_ensemble, repair
from varwg.errors import VarwgError
from weathercop._report import write_report

#: A program for the codemod, of files that depend on each other.
PROGRAM: Mapping[str, str] = MappingProxyType(
    {
        "helpers.py": "import varwg\n\ndef noisy(n):\n    return varwg.get_rng().normal(size=n)\n",
        "model.py": "from helpers import noisy\n\ndef build(n):\n    return noisy(n)\n",
        "main.py": "import varwg\nfrom model import build\n\nvarwg.reseed(42)\nprint(build(3))\n",
    }
)
#: A directory that writers may use besides their own, which is made before any of them is killed.
_MEMBERS = "members"


@dataclass(frozen=True)
class Source:
    """What is written: a fitted model, days and hours of one station, and a folder of ensembles."""

    wc: weathercop.Multisite
    days: xr.Dataset
    hours: xr.Dataset
    folder: Path

    @classmethod
    def small(cls, folder: Path) -> Source:
        """Three variables at two stations, and all that formats of models need at one."""
        data = weathercop.example_dataset()[["theta", "R", "rh"]].isel(station=[0, 1], time=slice(0, 1096))
        wc = weathercop.Multisite(data).fit(rng=1, progress=False)
        for name, numbers in ((_MEMBERS, range(4)), ("first", range(2)), ("second", range(2, 4))):
            wc.simulate_ensemble(numbers, seed=1, out_dir=folder / name, n_days=400, n_workers=1, progress=False)
        return cls(wc, forcing("D", 400), forcing("h", 24 * 60), folder)


def forcing(step: str, n: int) -> xr.Dataset:
    """Made-up weather with all that the formats of models need."""
    rng = np.random.default_rng(1)
    ranges = {
        "theta": (5.0, 10.0, "degC"),
        "theta_min": (0.0, 4.0, "degC"),
        "theta_max": (11.0, 15.0, "degC"),
        "R": (0.0, 5.0, "mm"),
        "rh": (0.4, 0.9, "1"),
        "U": (1.0, 3.0, "m s-1"),
        "u": (1.0, 2.0, "m s-1"),
        "v": (1.0, 2.0, "m s-1"),
        "Qsw": (10.0, 200.0, "W m-2"),
        "ILWR": (200.0, 300.0, "W m-2"),
        "air_pressure": (950.0, 1000.0, "hPa"),
        "ET0": (0.1, 1.0, "mm"),
    }
    values = {
        name: (("station", "time"), rng.uniform(low, high, (1, n)), {"units": unit}) for name, (low, high, unit) in ranges.items()
    }
    places = {"latitude": ("station", [47.0]), "longitude": ("station", [9.0]), "elevation": ("station", [400.0])}
    times = np.arange(n) * np.timedelta64(1, step) + np.datetime64("2001-01-01")  # type: ignore[call-overload]
    return xr.Dataset(values, {"station": ["A"], "time": times, **places})


Writer: TypeAlias = Callable[[Source, Path], object]


def _of_format(name: str, ending: str, *, hourly: bool = False) -> Writer:
    def write(source: Source, folder: Path) -> None:
        varwg.write_weather(source.hours if hourly else source.days, folder / f"weather{ending}", format_name=name)

    return write


def _damaged_ensemble(source: Source, folder: Path) -> None:
    shutil.copytree(source.folder / _MEMBERS, folder / "out")
    (folder / "out" / "real_0001.nc").write_bytes(b"damaged")


def _old_program(source: Source, folder: Path) -> None:
    for name, text in PROGRAM.items():
        (folder / name).write_text(text, encoding="utf-8")


#: What is there before a writer of that name begins.
BEFORE: Final[Mapping[str, Writer]] = MappingProxyType({"repair": _damaged_ensemble, "codemod": _old_program})


def _repair(source: Source, folder: Path) -> None:
    repair(folder / "out", source.wc.model, check_ensemble(folder / "out"))


def _rewrite(source: Source, folder: Path) -> None:
    from varwg_codemod.cli import main

    with suppress(SystemExit):
        main(["--write", *(str(folder / name) for name in PROGRAM)])


def _convert(source: Source, folder: Path) -> None:
    from varwg._cli import main

    main(["-q", "convert", str(source.folder / _MEMBERS / "real_0000.nc"), "-o", str(folder / "weather.csv")])


WRITERS: Final[Mapping[str, Writer]] = MappingProxyType(
    {
        "model": lambda source, folder: source.wc.model.save(folder / "model.nc"),
        "ensemble": lambda source, folder: source.wc.simulate_ensemble(
            4, seed=1, out_dir=folder / "out", n_days=400, n_workers=1, progress=False
        ),
        "export netcdf": lambda source, folder: to_netcdf(weathercop.open_ensemble(source.folder / _MEMBERS), folder / "all.nc"),
        "export csv": lambda source, folder: to_csv(weathercop.open_ensemble(source.folder / _MEMBERS), folder),
        "export zarr": lambda source, folder: (
            (folder / "all.zarr").exists() or to_zarr(weathercop.open_ensemble(source.folder / _MEMBERS), folder / "all.zarr")
        ),
        "merge": lambda source, folder: merge_ensembles([source.folder / "first", source.folder / "second"], folder / "out"),
        "repair": _repair,
        "report": lambda source, folder: write_report(
            folder / "report.html", weathercop.open_ensemble(source.folder / _MEMBERS), source.wc.observations
        ),
        "convert": _convert,
        "codemod": _rewrite,
        "netcdf": _of_format("netcdf", ".nc"),
        "csv": _of_format("csv", ".csv"),
        "met": _of_format("met", ".met"),
        "glm": _of_format("glm", ".csv"),
        "gotm": _of_format("gotm", ".dat"),
        "dyresm": _of_format("dyresm", ".wdf"),
        "dssat": _of_format("dssat", ".WTH"),
        "apsim": _of_format("apsim", ".met"),
        "swat": _of_format("swat", ".pcp"),
        "hbv": _of_format("hbv", ".txt"),
        "mhm": _of_format("mhm", ""),
        "epw": _of_format("epw", ".epw", hourly=True),
    }
)
#: Files that differ from run to run: indices with the times of writing, and locks, which stay for others.
_CHANGING = ("index.", ".lock")


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder but those that change from run to run."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found if not path.name.startswith(_CHANGING)}


def in_a_child(write: Callable[[], object], *, after: float | None = None, room: int | None = None) -> int:
    """Run in a forked child, killed after so many seconds, or with files of so many bytes at most.

    Returns
    -------
    int
        0 if it came to its end, 1 after an error of the packages, 2 after any other, and minus the signal that ended it.
    """
    child = os.fork()
    if child == 0:
        status = 2
        try:
            os.setpgid(0, 0)
            if room is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            # What it prints may go to a file, too, which has no more room.
            with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
                write()
            status = 0
        except VarwgError:
            status = 1
        except BaseException:
            traceback.print_exc()
        finally:
            # The exit of the C library, because what HDF5 does then is where it crashes after a file that it could not finish.
            ctypes.CDLL(None).exit(status)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def faults(
    name: str,
    source: Source,
    n_kills: int,
    *,
    rng: np.random.Generator,
    full: bool = False,
    writers: Mapping[str, Writer] = WRITERS,
) -> Iterator[str]:
    """What is wrong after each kill of a writer, and after the run that follows them all.

    Parameters
    ----------
    name : str
        The writer, one of `writers`.
    source : Source
        What it writes.
    n_kills : int
        Number of kills, at moments that are uniform over the time of a run.
    rng : numpy.random.Generator
        Source of the moments.
    full : bool
        Whether files may instead have so many bytes at most, uniform up to what the largest one needs.
    writers : mapping of str to function
        What writes what a source holds into a folder.
    """
    with tempfile.TemporaryDirectory(dir=source.folder) as place:
        undisturbed, folder = Path(place) / "undisturbed", Path(place) / "disturbed"
        for directory in (undisturbed, folder):
            directory.mkdir()
            if name in BEFORE:
                BEFORE[name](source, directory)
        began = time.monotonic()
        if in_a_child(lambda: writers[name](source, undisturbed)):
            yield f"{name}: does not come to its end"
            return
        lasts, whole = time.monotonic() - began, contents(undisturbed)
        for number in range(n_kills):
            if full:
                room = int(rng.uniform(0, max(map(len, whole.values()))))
                status = in_a_child(lambda: writers[name](source, folder), room=room)
                if status not in (0, 1):
                    yield f"{name}: with room for {room} bytes it ends with {status}"
            else:
                in_a_child(lambda: writers[name](source, folder), after=float(rng.uniform(0.0, 1.1 * lasts)))
            for path, content in contents(folder).items():
                temporary = any(part.startswith(".") for part in Path(path).parts)
                expected = {whole.get(path), PROGRAM.get(path, "").encode() or None, b"damaged" if name == "repair" else None}
                if not temporary and content not in expected:
                    yield f"{name}: after kill {number} {path} is neither what it was nor what it is to be"
        if in_a_child(lambda: writers[name](source, folder)):
            yield f"{name}: cannot be run again"
        after = contents(folder)
        for path in sorted(after.keys() ^ whole.keys()):
            yield f"{name}: {path} {'stayed behind' if path in after else 'is missing'} after {n_kills} kills"
        yield from (f"{name}: {path} has another content" for path in after.keys() & whole.keys() if after[path] != whole[path])


def main() -> int:
    """Disturb the writers that are named, or all; the exit code is 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=50, help="kills of each writer (default: %(default)s)")
    parser.add_argument("--full", action="store_true", help="let the disk be full instead")
    parser.add_argument("writers", nargs="*", metavar="WRITER", help=", ".join(WRITERS))
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        source = Source.small(Path(place))
        for name in options.writers or WRITERS:
            told = list(faults(name, source, options.n, rng=np.random.default_rng(1), full=options.full))
            wrong += len(told)
            print(f"{name}: {options.n} times, {len(told)} faults", *told[:5], sep="\n  ", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
