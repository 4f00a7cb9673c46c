"""Fixtures that several test modules share: the real data, where it is present, and models fitted once per session."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from weathercop import Multisite, MultisiteModel, example_dataset

STATIONS = ("DE_BILT", "KASSEL", "DRESDEN", "LJUBLJANA")
VARIABLES = ("theta", "R", "rh", "sun")


def data_file(name: str) -> Path:
    """A file of real observations; skips the test where the data is not present."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("WEATHERCOP_TEST_DATA", default)) / name
    if not path.is_file():
        pytest.skip(f"needs the real observations {name}, which are not distributed with the project")
    return path


@pytest.fixture(scope="session")
def europe_path() -> Path:
    return data_file("europe_daily.nc")


@pytest.fixture(scope="session")
def beijing_path() -> Path:
    return data_file("beijing_hourly.nc")


@pytest.fixture(scope="session")
def europe(europe_path: Path) -> xr.Dataset:
    """Four stations and four variables of the European data."""
    with xr.open_dataset(europe_path) as dataset:
        return dataset[list(VARIABLES)].sel(station=list(STATIONS)).load()


@pytest.fixture(scope="session")
def europe_wc(europe: xr.Dataset) -> Multisite:
    return Multisite(europe, primary_var="theta").fit(rng=np.random.default_rng(1))


@pytest.fixture(scope="session")
def example_wc() -> Multisite:
    """The bundled example, fitted."""
    return Multisite(example_dataset()).fit(rng=np.random.default_rng(1))


@pytest.fixture(scope="session")
def example_model(example_wc: Multisite) -> MultisiteModel:
    return example_wc.model


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)
