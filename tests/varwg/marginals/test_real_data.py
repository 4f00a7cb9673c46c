"""What the marginals alone achieve on ten years of ten European stations, where the data is present.

Ranks are equidistant on every day of the record instead of random, so there is no false alarm.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg import VARIABLES, Variable, doy_index, month_of_doy
from varwg._arrays import FloatArray, IntArray
from varwg.marginals import SeasonalMarginal, fit_marginal, return_level

STATIONS = (
    "DE_BILT", "KASSEL", "DRESDEN", "HEATHROW", "TOURS", "MONTELIMAR", "LJUBLJANA", "BUDAPEST", "OSLO", "STOCKHOLM",
)  # fmt: skip
RANKS = (np.arange(365) + 0.5)[:, None] / 365.0


def _series(path: Any, station: str, name: str) -> tuple[FloatArray, IntArray, Variable]:
    """Possible values, missing days left out, and their rows."""
    variable = next(variable for variable in VARIABLES if variable.name == name)
    with xr.open_dataset(path) as data:
        values = data[name].sel(station=station).values.astype(np.float64)
        doy = doy_index(data["time"].values)
    used = (values >= variable.possible_min) & (values <= variable.possible_max)
    return values[used], doy[used], variable


def _simulated(marginal: SeasonalMarginal, doy: IntArray) -> FloatArray:
    """Every day with another order of the same ranks, shape (365, T)."""
    shift = (np.arange(doy.size) * 0.6180339887) % 1.0
    return marginal.ppf((RANKS + shift) % 1.0, doy)


@pytest.mark.parametrize("station", STATIONS)
def test_rain(europe_path: Path, station: str) -> None:
    values, doy, variable = _series(europe_path, station, "R")
    marginal = fit_marginal(values, doy, variable, station=station)
    scores = marginal.to_scores(values, doy)
    np.testing.assert_allclose(marginal.from_scores(scores, doy), np.where(values < 0.1, 0.0, values), rtol=1e-9)
    simulated = _simulated(marginal, doy)
    years = np.array_split(values, 10)
    rng = np.random.default_rng(1)
    records = [np.concatenate([years[year] for year in rng.integers(0, 10, 10)]) for _ in range(200)]
    # The tail is informed by other records of the world, so standard deviation and quantiles may differ by their sampling error.
    sd = values.std()
    assert abs(simulated.std() - sd) < 2.0 * np.std([record.std() for record in records])
    assert np.mean(simulated >= 1.0) == pytest.approx(np.mean(values >= 1.0), abs=0.008)
    month = month_of_doy()[doy]
    for number in range(12):
        fitted = marginal.mean()[doy][month == number].mean()
        assert fitted == pytest.approx(values[month == number].mean(), rel=0.02)
    probabilities = [0.5, 0.9, 0.99, 0.999]
    errors = np.std([np.quantile(record, probabilities) for record in records], axis=0)
    misfit = np.abs(np.quantile(simulated, probabilities) - np.quantile(values, probabilities))
    assert (misfit < 2.0 * errors + 0.05).all()
    level = return_level(marginal, 1000.0)[0]
    assert 0.8 * values.max() < level < 6.0 * values.max()


@pytest.mark.parametrize(("name", "station"), [("theta", "OSLO"), ("rh", "BUDAPEST"), ("U", "MONTELIMAR"), ("U", "OSLO")])
def test_other_variables(europe_path: Path, name: str, station: str) -> None:
    values, doy, variable = _series(europe_path, station, name)
    values = np.minimum(values, variable.upper)
    marginal = fit_marginal(values, doy, variable, station=station)
    scores = marginal.to_scores(values, doy)
    np.testing.assert_allclose(marginal.from_scores(scores, doy), values, rtol=1e-9, atol=1e-12)
    assert np.abs(scores).max() < 4.5
    simulated = _simulated(marginal, doy)
    assert simulated.std() == pytest.approx(values.std(), rel=0.03)
    month = month_of_doy()[doy]
    for number in range(12):
        fitted = marginal.mean()[doy][month == number].mean()
        assert fitted == pytest.approx(values[month == number].mean(), abs=0.03 * values.std())
