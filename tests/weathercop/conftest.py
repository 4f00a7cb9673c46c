"""What several tests of ensembles share: a short calendar, and members computed one by one."""

import numpy as np
import pytest

import weathercop


@pytest.fixture(scope="session")
def days():
    return {"start": "2001-01-01", "n_days": 500}


@pytest.fixture(scope="session")
def reference(example_wc, days):
    """Six members of the ensemble with seed 7, computed through `simulate`, shape (6, S, K, T)."""
    return np.array([example_wc.simulate(rng=weathercop.realization_rng(i, seed=7), **days).sim_sea.values for i in range(6)])


@pytest.fixture(scope="session")
def model_file(example_model, tmp_path_factory):
    """The example model, saved for other processes."""
    path = tmp_path_factory.mktemp("model") / "model.nc"
    example_model.save(path)
    return path
