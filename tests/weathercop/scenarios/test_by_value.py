"""Changes of the mean of a skewed temperature are added to every day, at one site and at many, and the shape stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import signal, special

import varwg
import weathercop
from varwg import doy_index
from varwg.marginals import SinhArcsinh


@pytest.fixture(scope="module")
def dataset() -> xr.Dataset:
    """Thirty years at two stations: frosts that reach far down, and a humidity that goes with temperature."""
    rng = np.random.default_rng(1)
    times = np.arange("2001-01-01", "2031-01-01", dtype="datetime64[D]")
    shocks = rng.standard_normal((3, times.size))
    shocks = 0.6 * shocks[:1] + 0.8 * shocks[1:]
    scores = signal.lfilter([0.6], [1.0, -0.8], shocks)
    season = np.cos(2.0 * np.pi * np.arange(times.size) / 365.25)
    theta = 9.0 - 9.0 * season + 4.0 * np.sinh((np.arcsinh(scores) - 0.3 * season) / 0.9)
    humidity = special.expit(1.0 - 0.5 * scores + 0.6 * rng.standard_normal(scores.shape))
    return xr.Dataset(
        {"theta": (("station", "time"), theta, {"units": "degC"}), "rh": (("station", "time"), humidity, {"units": "1"})},
        {"station": ["A", "B"], "time": times, "latitude": ("station", [47.0, 47.5])},
    )


@pytest.fixture(scope="module")
def wc(dataset: xr.Dataset) -> weathercop.Multisite:
    return weathercop.Multisite(dataset).fit(rng=1)


@pytest.fixture(scope="module")
def wg(dataset: xr.Dataset) -> varwg.VarWG:
    return varwg.VarWG(dataset.isel(station=[0])).fit(rng=1)


def theta_of(generator: Any, **asked: Any) -> Any:
    return np.asarray(generator.simulate(rng=3, **asked).sim_sea.sel(variable="theta"))


def test_the_temperature_is_skewed(wc: weathercop.Multisite, wg: varwg.VarWG) -> None:
    assert isinstance(wc.model.marginals[0][0], SinhArcsinh)
    assert isinstance(wg.model.marginals[0], SinhArcsinh)


@pytest.mark.parametrize("kind", ["wc", "wg"])
def test_warming_is_added_to_every_day(kind: str, request: pytest.FixtureRequest) -> None:
    generator = request.getfixturevalue(kind)
    base = theta_of(generator)
    np.testing.assert_allclose(theta_of(generator, theta_incr=2.5) - base, 2.5, atol=1e-9)
    ramp = theta_of(generator, theta_grad=3.0) - base
    np.testing.assert_allclose(ramp, np.broadcast_to(np.linspace(0.0, 3.0, base.shape[-1]), ramp.shape), atol=1e-6)


@pytest.mark.parametrize("kind", ["wc", "wg"])
def test_deviations_are_multiplied_about_the_mean(kind: str, request: pytest.FixtureRequest) -> None:
    generator = request.getfixturevalue(kind)
    model = generator.model
    marginal = model.marginals[0][0] if kind == "wc" else model.marginals[0]
    base, wider = (np.atleast_2d(theta_of(generator, **asked))[0] for asked in ({}, {"var_factor": 1.3, "theta_incr": 1.0}))
    rows = doy_index(model.times)
    mean = marginal.mean()[rows]
    np.testing.assert_allclose(wider - mean - 1.0, 1.3 * (base - mean), atol=1e-8)


def test_humidity_follows_and_stays_where_it_is_fixed(wc: weathercop.Multisite) -> None:
    asked: tuple[dict[str, Any], ...] = ({}, {"theta_incr": 3.0}, {"theta_incr": 3.0, "fixed_variables": "rh"})
    humidity = [wc.simulate(rng=3, **terms).sim_sea.sel(variable="rh").values for terms in asked]
    assert humidity[1].mean() < humidity[0].mean() - 0.02
    np.testing.assert_array_equal(humidity[2], humidity[0])


def test_members_of_other_climates_are_warmed_by_as_much(wc: weathercop.Multisite) -> None:
    base, warm = (
        wc.simulate_ensemble(4, seed=5, spread="sampling", theta_incr=change, progress=False).sel(variable="theta").values
        for change in (None, 2.0)
    )
    np.testing.assert_allclose(warm - base, 2.0, atol=1e-8)


def test_episodes_are_added(wc: weathercop.Multisite) -> None:
    base, with_episodes = (
        theta_of(wc, **asked) for asked in ({}, {"mean_arrival": 10.0, "disturbance_std": 1.0, "theta_incr": 1.0})
    )
    change = with_episodes - base
    np.testing.assert_allclose(change[0], change[1], atol=1e-8)
    assert 0.5 < change.std() < 2.0
