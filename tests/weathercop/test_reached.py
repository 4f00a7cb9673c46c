"""What a scenario asked beside what its members have."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg.errors import DataError
from weathercop._cli import main
from weathercop.validation import reached, reached_table

N_MEMBERS, N_YEARS = 4, 10
TIMES = np.arange("2001-01-01", "2011-01-01", dtype="datetime64[D]")


def ensemble(theta: Any, rain: Any, **scenario: Any) -> xr.DataArray:
    """Members of two stations that say what they were asked."""
    values = np.stack([np.broadcast_to(own, (N_MEMBERS, 2, TIMES.size)) for own in (theta, rain)], axis=2)
    coordinates = {"station": ["A", "B"], "variable": ["theta", "R"], "time": TIMES}
    return xr.DataArray(
        values, coordinates, ("realization", "station", "variable", "time"), attrs={"scenario": json.dumps(scenario)}
    )


@pytest.fixture(scope="module")
def made() -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    wet = rng.random((N_MEMBERS, 2, TIMES.size)) < 0.4
    return rng.standard_normal((N_MEMBERS, 2, TIMES.size)) * 3.0 + 10.0, np.where(wet, 1.0 + rng.exponential(4.0, wet.shape), 0.0)


def test_what_is_reached_by_construction_is_found(made: tuple[Any, Any]) -> None:
    theta, rain = made
    changed = ensemble(
        10.0 + 1.5 + 1.2 * (theta - 10.0),
        1.3 * rain,
        changes={"theta": {"mean": 1.5, "sd_factor": 1.2}, "R": {"mean_factor": 1.3, "tail_factor": 1.3}},
    )
    found = reached(changed, ensemble(theta, rain))
    assert set(found["change"].values) == {"theta mean", "theta sd_factor", "R mean_factor", "R tail_factor"}
    assert bool(found["met"].all())
    np.testing.assert_allclose(found["reached"].sel(change="theta sd_factor"), 1.2, rtol=1e-9)
    np.testing.assert_allclose(found["reached"].sel(change="R tail_factor"), 1.3, rtol=1e-9)
    # Deviations are enlarged with the mean of each month, which differs from 10 by its sampling error.
    np.testing.assert_allclose(found["reached"].sel(change="theta mean"), 1.5, atol=0.2 * 5 * 3.0 / np.sqrt(1200))


def test_few_wet_days_are_whole_ones(made: tuple[Any, Any]) -> None:
    """Of three wet days in each record's January a factor of 0.8 leaves two or three: two are no miss, one is."""
    few = np.zeros((N_MEMBERS, 2, TIMES.size))
    few[:, :, 2:5] = 10.0
    left = {n: np.where(np.arange(TIMES.size) < 2 + n, few, 0.0) for n in (1, 2)}
    for n, met in ((2, True), (1, False)):
        compared = reached(ensemble(made[0], left[n], changes={"R": {"wet_day_factor": 0.8}}), ensemble(made[0], few))
        january = compared.sel(month=1)
        np.testing.assert_allclose(january["reached"], n / 3)
        np.testing.assert_allclose(january["error"], 0.0, atol=1e-12)
        assert bool(january["met"].all()) is met


def test_what_is_missed_is_told(made: tuple[Any, Any]) -> None:
    theta, rain = made
    base = ensemble(theta, rain)
    short = reached(ensemble(theta + 1.0, rain, theta_incr=[[2.0] * 12] * 2), base)
    assert not short["met"].any()
    line = reached_table(short).splitlines()[1]
    assert line.split()[:4] == ["theta", "mean", "2", "1"]
    assert re.search(r"0%  [AB] in month \d+: 2, reached 1$", line)
    drier = np.where(np.random.default_rng(2).random(rain.shape) < 0.8, rain, 0.0)
    found = reached(ensemble(theta, drier, changes={"R": {"wet_day_factor": 0.8, "wet_mean_factor": 1.6}}), base)
    assert float(found["met"].sel(change="R wet_day_factor").mean()) > 0.9
    assert float(found["met"].sel(change="R wet_mean_factor").mean()) < 0.1


def test_a_ramp_counts_with_its_mean_share(made: tuple[Any, Any]) -> None:
    theta, rain = made
    shares = np.linspace(0.0, 1.0, TIMES.size)
    changed = ensemble(theta + 3.0 * shares, rain, changes={"theta": {"mean": 3.0, "sd_factor": 1.0}, "course": "ramp"})
    found = reached(changed, ensemble(theta, rain))
    assert bool(found["met"].all())
    assert float(found["asked"].sel(change="theta mean").mean()) == pytest.approx(1.5, abs=0.01)


def test_quantiles_of_rain_are_those_of_wet_days(made: tuple[Any, Any]) -> None:
    theta, rain = made
    changed = ensemble(theta, 1.5 * rain, changes={"R": {"quantiles": [0.25, 0.75], "quantile_factors": [1.5, 1.5]}})
    found = reached(changed, ensemble(theta, rain))
    assert bool(found["met"].all())


def test_ensembles_that_do_not_go_together_are_refused(made: tuple[Any, Any]) -> None:
    theta, rain = made
    base = ensemble(theta, rain)
    with pytest.raises(DataError, match="no change that can be measured"):
        reached(base, base)
    with pytest.raises(DataError, match="different stations"):
        reached(base, base.assign_coords(station=["A", "C"]))
    with pytest.raises(DataError, match="of the same length"):
        reached(base, base.isel(time=slice(0, 800)))
    with pytest.raises(DataError, match="is expected: pass what"):
        reached(base.isel(realization=0), base)


def test_simulated_scenarios_reach_what_they_are_asked(
    example_wc: weathercop.Multisite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At least 90 % of the months meet what was asked, where 99.7 % are expected."""
    asked: dict[str, Any] = {
        "changes": {"theta": {"mean": 2.0, "sd_factor": 1.1}, "R": {"wet_day_factor": 0.9, "wet_mean_factor": 1.1}}
    }
    base = example_wc.simulate_ensemble(6, seed=1, progress=False, out_dir=tmp_path / "base")
    warm = example_wc.simulate_ensemble(6, seed=1, progress=False, out_dir=tmp_path / "warm", **asked)
    found = reached(warm, base)
    assert (found["met"].mean(["station", "month"]) > 0.9).all()
    assert np.abs(found["reached"].sel(change="theta mean") - 2.0).max() < 0.05
    assert main(["validate", str(tmp_path / "warm"), "--base", str(tmp_path / "base"), "--csv", str(tmp_path / "r.csv")]) == 0
    assert "theta sd_factor" in capsys.readouterr().out
    assert (tmp_path / "r.csv").read_text(encoding="utf-8").startswith("change,station,month,asked,reached,error,met")
