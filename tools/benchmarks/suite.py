"""The benchmarks that CI keeps, for pytest-benchmark: each is a part of the main job on the bundled example.

usage: python -m pytest tools/benchmarks/suite.py --benchmark-json=build/benchmarks.json --benchmark-timer=time.process_time

Times are the processor's. `tools/make_paper.py build/benchmarks.json` puts them into the paper; two files of the same machine are
compared by `pytest-benchmark compare`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import varwg
import weathercop

#: Members of an ensemble, and days of each.
MEMBERS, DAYS = 20, 3652


@pytest.fixture(scope="session")
def wc() -> weathercop.Multisite:
    """The example of three stations and five variables, fitted."""
    return weathercop.Multisite(weathercop.example_dataset()).fit(rng=np.random.default_rng(1), progress=False)


@pytest.fixture(scope="session")
def ensemble(wc: weathercop.Multisite) -> xr.DataArray:
    """Members of the length of the record."""
    return wc.simulate_ensemble(MEMBERS, seed=1, n_days=DAYS)


def test_read(benchmark: Any) -> None:
    """Ten years of three stations, checked at the door."""
    benchmark(weathercop.Multisite, weathercop.example_dataset())


def test_fit(benchmark: Any) -> None:
    """Marginals, vines and spectra of three stations with five variables."""
    own = weathercop.Multisite(weathercop.example_dataset())
    benchmark.pedantic(lambda: own.fit(rng=np.random.default_rng(1), progress=False), rounds=2)


def test_fit_one_site(benchmark: Any) -> None:
    """A vector autoregression of one station with five variables."""
    own = varwg.VarWG(weathercop.example_dataset().isel(station=[0]))
    benchmark.pedantic(lambda: own.fit(rng=np.random.default_rng(1)), rounds=2)


def test_ensemble(benchmark: Any, wc: weathercop.Multisite) -> None:
    """Twenty members of ten years, in memory, on one thread."""
    benchmark.pedantic(lambda: wc.simulate_ensemble(MEMBERS, seed=1, n_days=DAYS, n_workers=1), rounds=3)


def test_files(benchmark: Any, wc: weathercop.Multisite, tmp_path: Path) -> None:
    """The same, one file for each member."""
    places = iter(tmp_path / str(number) for number in range(100))
    benchmark.pedantic(lambda: wc.simulate_ensemble(MEMBERS, seed=1, n_days=DAYS, n_workers=1, out_dir=next(places)), rounds=3)


def test_validate(benchmark: Any, wc: weathercop.Multisite, ensemble: xr.DataArray) -> None:
    """Some thirty statistics of every station, variable and month, graded."""
    benchmark.pedantic(lambda: weathercop.validate(ensemble, wc.observations), rounds=2)
