"""What several tests of ensembles share: a short calendar, and members computed one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import weathercop
from weathercop import Multisite, MultisiteModel


@pytest.fixture(scope="session")
def days() -> dict[str, Any]:
    return {"start": "2001-01-01", "n_days": 500}


@pytest.fixture(scope="session")
def reference(example_wc: Multisite, days: dict[str, Any]) -> np.ndarray:
    """Six members of the ensemble with seed 7, computed through `simulate`, shape (6, S, K, T)."""
    return np.array([example_wc.simulate(rng=weathercop.realization_rng(i, seed=7), **days).sim_sea.values for i in range(6)])


@pytest.fixture(scope="session")
def model_file(example_model: MultisiteModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example model, saved for other processes."""
    path = tmp_path_factory.mktemp("model") / "model.nc"
    example_model.save(path)
    return path
