"""Single-site models of the bundled example, fitted once per session."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from varwg import Observations, SiteModel, VarWG, read_observations
from varwg._site_model import fit_site
from weathercop import example_dataset

NAMES = ("theta", "R", "rh")


@pytest.fixture(scope="session")
def bern_data() -> xr.Dataset:
    """Ten synthetic years of theta, R and rh at one place."""
    return example_dataset()[list(NAMES)].sel(station=["BERN"])


@pytest.fixture(scope="session")
def bern(bern_data: xr.Dataset) -> Observations:
    return read_observations(bern_data)


@pytest.fixture(scope="session")
def bern_wg(bern_data: xr.Dataset) -> VarWG:
    return VarWG(NAMES, bern_data).fit(rng=np.random.default_rng(1))


@pytest.fixture(scope="session")
def bern_model(bern_wg: VarWG) -> SiteModel:
    return bern_wg.model


@pytest.fixture(scope="session")
def bern_seasonal(bern: Observations) -> SiteModel:
    return fit_site(bern, order=1, seasonal=True, rng=np.random.default_rng(1))


@pytest.fixture(scope="session")
def bern_varma(bern: Observations) -> SiteModel:
    return fit_site(bern, order=1, ma_order=1, rng=np.random.default_rng(1))
