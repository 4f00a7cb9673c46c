"""Sub-daily results at one site: the days stay, the seed decides, and they are values like the daily ones."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import varwg
from varwg import HourlyArchive, Variable, VarWG, load_site_model, read_observations
from varwg._disaggregation.archive import archive_of
from varwg.errors import DataError, RngError

NAMES = ("theta", "R", "rh")
N_DAYS = 800


def hourly_data(seed: int = 0, names: tuple[Any, ...] = NAMES) -> xr.Dataset:
    """Two hourly years of one station with diurnal and annual cycles and showers."""
    rng = np.random.default_rng(seed)
    hours = np.arange(N_DAYS * 24)
    times = np.datetime64("2001-01-01", "ns") + hours * np.timedelta64(1, "h")
    weather = np.repeat(rng.standard_normal(N_DAYS), 24)
    day, year = np.cos(2 * np.pi * (hours - 14) / 24), -np.cos(2 * np.pi * hours / 8766)
    wet = np.repeat(rng.random(N_DAYS) < 0.4, 24) & (rng.random(hours.size) < 0.3)
    made = {
        "theta": 10 + 8 * year + 4 * day + 2 * weather + 0.3 * rng.standard_normal(hours.size),
        "R": np.where(wet, np.round(rng.gamma(0.6, 2.0, hours.size), 1), 0.0),
        "rh": np.clip(0.7 - 0.15 * day - 0.05 * weather + 0.05 * rng.standard_normal(hours.size), 0.0, 1.0),
    }
    units = {"theta": "degC", "R": "mm", "rh": "1"}
    return xr.Dataset({name: ("time", made[name], {"units": units[name]}) for name in names}, {"time": times})


@pytest.fixture(scope="module")
def wg() -> varwg.VarWG:
    return varwg.VarWG(NAMES, hourly_data(), station="HERE", latitude=47.7).fit(p=1, rng=1)


@pytest.fixture(scope="module")
def days(wg: varwg.VarWG) -> varwg.Simulation:
    return wg.simulate(T=400, start="2030-07-01", theta_incr=2.0, rng=2)


@pytest.fixture(scope="module")
def hours(wg: varwg.VarWG, days: varwg.Simulation) -> varwg.HourlySimulation:
    return wg.disaggregate(days, rng=3)


def test_hours_have_the_daily_values(days: varwg.Simulation, hours: varwg.HourlySimulation) -> None:
    steps = hours.data.reshape(3, 400, 24)
    np.testing.assert_allclose(steps[[0, 2]].mean(axis=2), days.data[[0, 2]], atol=1e-9)
    np.testing.assert_allclose(steps[1].sum(axis=1), days.data[1], atol=1e-9)
    assert np.all(steps[1] >= 0.0) and np.all((steps[2] >= 0.0) & (steps[2] <= 1.0))


def test_the_days_stay_what_they_are_and_the_seed_decides_the_hours(
    wg: varwg.VarWG, days: varwg.Simulation, hours: varwg.HourlySimulation
) -> None:
    before = days.data.copy()
    again, other = wg.disaggregate(days, rng=3), wg.disaggregate(days, rng=4)
    assert np.array_equal(again.data, hours.data) and not np.array_equal(other.data, hours.data)
    assert np.array_equal(days.data, before)
    assert np.array_equal(wg.simulate(T=400, start="2030-07-01", theta_incr=2.0, rng=2).data, days.data)


def test_the_result_and_a_loaded_model_give_the_same_hours(
    wg: varwg.VarWG, days: varwg.Simulation, hours: varwg.HourlySimulation, tmp_path: Path
) -> None:
    assert np.array_equal(days.disaggregate(rng=np.random.default_rng(3)).data, hours.data)
    wg.model.save(tmp_path / "model.nc")
    loaded = load_site_model(tmp_path / "model.nc")
    assert loaded.fingerprint() == wg.model.fingerprint()
    same = varwg.simulate(loaded, days.times, rng=np.random.default_rng(2), scenario=varwg.Scenario.of(("HERE",), theta_incr=2.0))
    assert np.array_equal(same.disaggregate(rng=np.random.default_rng(3)).data, hours.data)


def test_one_generator_gives_both_without_sharing_a_stream(wg: varwg.VarWG) -> None:
    """Days and hours from one seed, in one call after the other or from equal generators: the days are the same bits."""
    rng = np.random.default_rng(5)
    first = wg.simulate(T=60, rng=rng)
    first.disaggregate(rng=rng)
    assert np.array_equal(wg.simulate(T=60, rng=np.random.default_rng(5)).data, first.data)


def test_a_result_is_a_value(days: varwg.Simulation, hours: varwg.HourlySimulation) -> None:
    times, values = hours
    assert times[0] == days.times[0] and times[1] - times[0] == np.timedelta64(1, "h") and values.shape == (3, 9600)
    assert hours.var_names == NAMES and hours.scenario == days.scenario != ""
    assert hours.source.shape == (400,) and sum(hours.counts[:3]) == 400
    assert np.array_equal(hours.to_df()["rh"].to_numpy(), values[2])
    with pytest.raises(ValueError, match="read-only"):
        hours.data[0, 0] = 0.0


def test_both_seeds_are_recorded(days: varwg.Simulation, hours: varwg.HourlySimulation) -> None:
    attributes = hours.to_dataset().attrs
    assert attributes["entropy"] == "0x3" and attributes["daily_entropy"] == "0x2" and "theta_incr" in attributes["scenario"]
    assert np.array_equal(days.disaggregate(rng=hours.provenance.generator()).data, hours.data)


@pytest.mark.parametrize("ending", ["nc", "csv", "met"])
def test_written_and_read_again_the_days_come_back(
    ending: str, days: varwg.Simulation, hours: varwg.HourlySimulation, tmp_path: Path
) -> None:
    hours.write(tmp_path / f"hours.{ending}")
    data = varwg.read_weather([tmp_path / f"hours.{ending}"])
    assert data.sizes["time"] == hours.times.size
    np.testing.assert_allclose(data["R"].values.reshape(400, 24).sum(axis=1), days.data[1], atol=1e-3)


def test_hours_can_be_drawn(wg: varwg.VarWG, hours: varwg.HourlySimulation) -> None:
    import matplotlib.pyplot as plt

    _, axes = wg.plot(hours).day_courses("theta")
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 24]
    winter = hours.data[0].reshape(400, 24)[np.isin(hours.times[::24].astype("datetime64[M]").astype(int) % 12, (11, 0, 1))]
    np.testing.assert_allclose(drawn[0].get_ydata(), winter.mean(axis=0))
    _, axes = wg.plot((hours, hours)).meteogram(n_days=10)
    assert wg.plot(hours).observed is wg.observations.hourly and wg.plot(wg.simulate(T=5, rng=1)).observed is wg.observations
    assert len(np.ravel(axes)) == 3
    plt.close("all")


def test_infilled_and_resampled_days_have_hours_too(wg: varwg.VarWG) -> None:
    for made in (wg.infill(rng=1), wg.resample(T=50, rng=1)):
        hours = wg.disaggregate(made, rng=2).data.reshape(3, -1, 24)
        np.testing.assert_allclose(hours[0].mean(axis=1), made.data[0], atol=1e-9)


def test_daily_observations_need_an_archive(bern_wg: VarWG) -> None:
    days = bern_wg.simulate(T=50, rng=1)
    with pytest.raises(DataError, match=r"BERN was fitted to daily observations.*archive="):
        bern_wg.disaggregate(days, rng=1)
    archive = HourlyArchive.of(read_observations(hourly_data()))
    hours = bern_wg.disaggregate(days, archive=archive, rng=1)
    np.testing.assert_allclose(hours.data.reshape(3, 50, 24)[0].mean(axis=1), days.data[0], atol=1e-9)


def test_the_order_of_variables_in_an_archive_does_not_matter(wg: varwg.VarWG, days: varwg.Simulation) -> None:
    orders = [("rh", "theta", "R"), NAMES]
    one, other = (HourlyArchive.of(read_observations(hourly_data(names=names), latitude=47.7)) for names in orders)
    assert np.array_equal(wg.disaggregate(days, archive=one, rng=3).data, wg.disaggregate(days, archive=other, rng=3).data)


def test_an_archive_in_another_unit_is_refused(wg: varwg.VarWG, days: varwg.Simulation) -> None:
    fahrenheit = Variable("theta", "degF")
    observations = read_observations(hourly_data(), variables=[fahrenheit, "R", "rh"])
    with pytest.raises(DataError, match="theta is in degF in the archive and in degC"):
        wg.disaggregate(days, archive=HourlyArchive.of(observations), rng=1)


def test_what_an_archive_lacks_comes_by_formula_and_the_result_says_so(
    days: varwg.Simulation, caplog: pytest.LogCaptureFixture
) -> None:
    archive = HourlyArchive.of(read_observations(hourly_data(names=("R", "theta"))))
    hours = days.disaggregate(archive=archive, rng=np.random.default_rng(1))
    said = "theta, R with the courses of days at site; rh by formula (a steady vapour pressure)"
    assert said in hours.to_dataset().attrs["disaggregation"] and said in caplog.text
    np.testing.assert_allclose(hours.data[2].reshape(-1, 24).mean(axis=1), days.data[2], atol=1e-9)


def test_a_window_beyond_the_year_is_refused(days: varwg.Simulation) -> None:
    with pytest.raises(DataError, match="window is 400"):
        days.disaggregate(window=400, rng=np.random.default_rng(1))


def test_an_int_is_no_generator(days: varwg.Simulation) -> None:
    with pytest.raises(RngError, match="default_rng"):
        days.disaggregate(rng=3)  # type: ignore[arg-type]


def test_hours_without_a_complete_day_leave_no_archive_and_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    data = hourly_data(names=("theta",))
    for hour in range(4):
        data["theta"][hour::24] = np.nan
    observations = read_observations(data)
    with caplog.at_level(logging.WARNING, logger="varwg._disaggregation.archive"):
        assert archive_of(observations) is None
    assert "cannot be disaggregated" in caplog.text
