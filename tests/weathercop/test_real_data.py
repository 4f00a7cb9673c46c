"""Real data with its quirks: everything a user may bring works without an option set by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from weathercop import Multisite


def fit_and_simulate(data: xr.Dataset | Path, **options: Any) -> tuple[Multisite, xr.DataArray]:
    wc = Multisite(data, **options).fit(rng=np.random.default_rng(1))
    return wc, wc.simulate(rng=np.random.default_rng(2), start="2021-07-01", n_days=800).sim_sea


@pytest.fixture(scope="module")
def all_stations(europe_path: Path) -> xr.Dataset:
    with xr.open_dataset(europe_path) as dataset:
        return dataset.load()


def test_ten_stations_with_all_their_quirks(all_stations: xr.Dataset) -> None:
    wc, simulated = fit_and_simulate(all_stations[["theta", "R", "rh", "pressure"]])
    reported = np.asarray(np.isfinite(wc.observations.values).any(axis=-1))
    assert np.array_equal(np.isfinite(simulated.values).all(axis=-1), reported)
    assert np.array_equal(np.isfinite(simulated.values).any(axis=-1), reported)
    assert not reported[list(simulated.station.values).index("DRESDEN"), 3]
    pressure = simulated.sel(variable="pressure")
    assert float(pressure.min()) > 930 and float(pressure.max()) < 1080


def test_hourly_values_become_daily_ones(beijing_path: Path) -> None:
    wc, simulated = fit_and_simulate(beijing_path, variables=["theta", "R", "rh"])
    assert simulated.sizes == {"station": 3, "variable": 3, "time": 800}
    assert np.isfinite(simulated).all()
    observed = wc.observations.values
    assert observed.shape[-1] == 1461
    assert np.nanmean(observed[:, 1]) == pytest.approx(1.5, abs=0.5)
    assert simulated.sel(variable="theta").mean().item() == pytest.approx(np.nanmean(observed[:, 0]), abs=3)
    the_way_back_to_hours(wc, simulated)


def the_way_back_to_hours(wc: Multisite, simulated: xr.DataArray) -> None:
    """Days stay what they are; hours have the observed course of the day, and jump at midnight no more than elsewhere.

    The mean course has an amplitude of some 4 K; its correlation with the observed one is above 0.99 in any member.
    """
    hours = wc.disaggregate(simulated, rng=np.random.default_rng(3))
    by_day = hours.coarsen(time=24)
    np.testing.assert_allclose(by_day.mean().sel(variable="theta"), simulated.sel(variable="theta"), atol=1e-9)
    np.testing.assert_allclose(by_day.sum().sel(variable="R"), simulated.sel(variable="R"), atol=1e-9)
    hourly = wc.observations.hourly
    assert hourly is not None
    observed = hourly.values[0, 0]
    theta = hours.sel(variable="theta").values[0]
    course = [np.nanmean(values.reshape(-1, 24), axis=0) for values in (observed[: observed.size // 24 * 24], theta)]
    assert np.corrcoef(course)[0, 1] > 0.99
    steps = np.abs(np.diff(theta))
    assert steps[23::24].mean() < 1.5 * np.nanmean(np.abs(np.diff(observed)))


@pytest.mark.parametrize("variable", ["theta", "R", "Qsw", "U"])
def test_one_station_and_one_variable(all_stations: xr.Dataset, variable: str) -> None:
    _, simulated = fit_and_simulate(all_stations[[variable]].sel(station=["DRESDEN"]))
    assert simulated.sizes == {"station": 1, "variable": 1, "time": 800}
    assert np.isfinite(simulated).all()


def test_other_orders_of_variables_and_stations_have_the_same_statistics(all_stations: xr.Dataset) -> None:
    """Means of theta and wet fractions from two orders, four members each: within 0.5 K and 0.03, ten standard errors."""
    names, stations = ["theta", "R", "sun"], ["DE_BILT", "LJUBLJANA"]
    results = []
    for data in (
        all_stations[names].sel(station=stations),
        all_stations[names[::-1]].sel(station=stations[::-1]).transpose("time", "station"),
    ):
        wc = Multisite(data, primary_var="theta").fit(rng=np.random.default_rng(1))
        ensemble = wc.simulate_ensemble(4, seed=1).sel(station=stations)
        theta = ensemble.sel(variable="theta").mean(["realization", "time"]).values
        wet = (ensemble.sel(variable="R") >= 1).mean(["realization", "time"]).values
        results.append((theta, wet))
    assert np.allclose(results[0][0], results[1][0], atol=0.5)
    assert np.allclose(results[0][1], results[1][1], atol=0.03)


def test_a_primary_that_is_not_the_first_and_not_normal(all_stations: xr.Dataset) -> None:
    wc = Multisite(all_stations[["theta", "rh"]].sel(station=["DE_BILT", "KASSEL"]), primary_var="rh")
    wc.fit(rng=np.random.default_rng(1))
    change = np.mean(
        [
            wc.simulate(rng=seed, theta_incr=0.03).sim_sea.values[:, 1] - wc.simulate(rng=seed).sim_sea.values[:, 1]
            for seed in range(4)
        ],
        axis=(0, 2),
    )
    assert np.allclose(change, 0.03, atol=0.003)
