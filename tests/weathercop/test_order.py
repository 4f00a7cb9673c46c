"""What holds on every day: a minimum is no more than the mean, that no more than the maximum, and a wind as long as its parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg import VarWG
from weathercop import Multisite


def observations(n_years: int = 6, seed: int = 3) -> xr.Dataset:
    """Days of two stations whose range is small beside its errors, so that independent scores would cross often."""
    rng = np.random.default_rng(seed)
    time = np.arange(
        "2001-01-01", np.datetime64("2001-01-01") + np.timedelta64(365 * n_years, "D"), dtype="datetime64[D]"
    ).astype("datetime64[ns]")
    season = 10.0 - 9.0 * np.cos(2.0 * np.pi * np.arange(time.size) / 365.25)
    common = rng.standard_normal(time.size).cumsum()
    theta = np.stack([season + 2.0 * np.sin(common / 7.0) + rng.normal(0.0, 1.5, time.size) for _ in range(2)])
    low, high = theta - rng.gamma(2.0, 0.6, theta.shape), theta + rng.gamma(2.0, 0.6, theta.shape)
    u, v = rng.normal(1.0, 2.0, (2, *theta.shape))
    speed = np.hypot(u, v) + rng.gamma(1.0, 0.2, theta.shape)
    names = {"theta": theta, "theta_min": low, "theta_max": high, "U": speed, "u": u, "v": v}
    units = dict.fromkeys(("theta", "theta_min", "theta_max"), "degC") | dict.fromkeys("Uuv", "m s-1")
    data = {name: (("station", "time"), values, {"units": units[name]}) for name, values in names.items()}
    return xr.Dataset(data, {"station": ["A", "B"], "time": time, "latitude": ("station", [47.0, 48.0])})


def assert_in_order(values: np.ndarray, names: list[str]) -> None:
    low, mean, high, speed, u, v = (values[..., names.index(n), :] for n in ("theta_min", "theta", "theta_max", "U", "u", "v"))
    assert np.all(low <= mean)
    assert np.all(mean <= high)
    assert np.all(np.hypot(u, v) <= speed)


ASKED = [{}, {"theta_incr": 2.0, "fixed_variables": ["theta_max"]}, {"changes": {"theta": {"sd_factor": 1.3}}}]


@pytest.fixture(scope="module")
def wc() -> Multisite:
    return Multisite(observations()).fit(rng=1, progress=False)


@pytest.mark.parametrize("asked", ASKED)
def test_no_day_of_many_is_out_of_order(wc: Multisite, asked: dict[str, Any]) -> None:
    members = wc.simulate_ensemble(3, seed=1, n_days=10_000, progress=False, **asked)
    assert_in_order(members.values, [str(name) for name in members["variable"].values])


CHANGES = {
    "one alone": {"theta_max": {"mean": 2.0}},
    "into the way of one that is kept": {"theta": {"mean": 1.0, "sd_factor": 1.1}},
    "into each other's way": {"theta": {"mean": 0.5}, "theta_min": {"mean": 1.0}, "theta_max": {"mean": 0.0, "sd_factor": 1.1}},
    "a shorter wind": {"U": {"mean_factor": 0.9, "sd_factor": 1.1}},
    "longer vectors": {"u": {"mean": 0.5}, "v": {"sd_factor": 1.2}, "U": {"mean_factor": 1.1}},
}


@pytest.mark.parametrize("others", ["keep", "follow"])
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_what_is_asked_is_reached_in_order(wc: Multisite, changes: Any, others: Any) -> None:
    """By each month of each member, and not by what was out of order before the change."""
    base, later = (
        wc.simulate_ensemble(2, seed=1, start="2001-01-01", n_days=365 * 12 + 3, progress=False, **own)
        for own in ({}, {"changes": changes, "others": others})
    )
    assert_in_order(later.values, [str(name) for name in later["variable"].values])
    for name, asked in changes.items():
        before, after = (own.sel(variable=name).groupby("time.month") for own in (base, later))
        means = [own.mean(["realization", "time"]) for own in (before, after)]
        if "mean_factor" in asked:
            assert (means[1] / means[0]).values == pytest.approx(asked["mean_factor"], rel=0.01)
        else:
            spread = float(base.sel(variable=name).std())
            assert (means[1] - means[0]).values == pytest.approx(asked.get("mean", 0.0), abs=0.002 * spread)
        if "sd_factor" in asked:
            spreads = [own.std(["realization", "time"]) for own in (before, after)]
            assert (spreads[1] / spreads[0]).values == pytest.approx(asked["sd_factor"], rel=0.01)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"changes": {"theta": {"mean": 2.0}}, "others": "keep"}, "theta_min and theta_max are kept while theta changes"),
        ({"theta_incr": 2.0, "fixed_variables": "theta_max"}, "theta_max is kept while theta changes"),
        ({"changes": {"u": {"mean": 0.5}, "v": {"mean": 0.5}}, "others": "keep"}, "U is kept while u and v change"),
        ({"changes": {"theta": {"mean": 2.0}}}, ""),
        ({"changes": {name: {"mean": 2.0} for name in ("theta_min", "theta", "theta_max")}, "others": "keep"}, ""),
    ],
)
def test_who_may_have_to_make_way_is_told(wc: Multisite, asked: Any, said: str, caplog: pytest.LogCaptureFixture) -> None:
    wc.simulate(400, rng=1, **asked)
    assert said in caplog.text
    assert bool(said) == ("makes way" in caplog.text)


@pytest.mark.parametrize("others", ["keep", "follow"])
@pytest.mark.parametrize("primary", ["theta", "theta_max"])
def test_an_increment_is_exact_in_order(wc: Multisite, primary: str, others: str) -> None:
    """On every day, by the base in order; shifts of scores reach it within a few hundredths on average."""
    span: dict[str, Any] = {"seed": 1, "start": "2001-01-01", "n_days": 365 * 12 + 3, "progress": False}
    asked: dict[str, Any] = {"theta_incr": 2.0, "primary_var": primary, "others": others}
    base, later = wc.simulate_ensemble(2, **span), wc.simulate_ensemble(2, **span, **asked)
    names = [str(name) for name in later["variable"].values]
    assert_in_order(later.values, names)
    added = (later - base).sel(variable=primary)
    if others == "keep" and primary == "theta_max":
        assert np.allclose(added, 2.0)
        assert np.array_equal(later.sel(variable="theta"), base.sel(variable="theta"))
    assert added.groupby("time.month").mean().mean("realization").values == pytest.approx(2.0, abs=0.02)


@pytest.mark.parametrize("others", ["keep", "follow"])
def test_one_site_reaches_what_is_asked_in_order(others: str) -> None:
    data = observations().isel(station=[0])
    wg = VarWG(tuple(data.data_vars), data).fit(rng=np.random.default_rng(1))
    names, row = list(wg.model.variable_names), list(wg.model.variable_names).index("theta")
    asked: tuple[dict[str, Any], ...] = (
        {},
        {"theta_incr": 2.0, "others": others},
        {"changes": {"theta": {"mean": 2.0}}, "others": others},
    )
    base, moved, changed = (wg.simulate(365 * 12, rng=np.random.default_rng(2), **own).data for own in asked)
    for later in (moved, changed):
        assert_in_order(later, names)
        assert later[row].mean() - base[row].mean() == pytest.approx(2.0, abs=0.01)


def test_distributions_stay_what_they_are(wc: Multisite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the same members with their days as they come, of which some are out of order."""
    ordered = wc.simulate(10_000, rng=np.random.default_rng(1)).sim_sea.values
    monkeypatch.setattr("weathercop._simulation.in_order", lambda *_: None)
    plain = wc.simulate(10_000, rng=np.random.default_rng(1)).sim_sea.values
    assert not np.array_equal(ordered, plain)
    levels = np.linspace(0.02, 0.98, 9)
    for name in ("theta", "theta_min", "theta_max", "U", "u", "v"):
        row = wc.model.variable_names.index(name)
        spread = plain[:, row].std()
        assert np.quantile(ordered[:, row], levels) == pytest.approx(np.quantile(plain[:, row], levels), abs=0.12 * spread)


def test_one_site_keeps_the_order_around_what_is_given() -> None:
    data = observations().isel(station=[0])
    wg = VarWG(tuple(data.data_vars), data).fit(rng=np.random.default_rng(1))
    names = list(wg.model.variable_names)
    result = wg.simulate(20_000, rng=np.random.default_rng(2))
    assert_in_order(result.data, names)
    given = np.full(365, 8.0)
    around = wg.simulate(365, fixed_variables={"theta": given}, rng=np.random.default_rng(2))
    assert np.array_equal(around.data[names.index("theta")], given)
    assert_in_order(around.data, names)
