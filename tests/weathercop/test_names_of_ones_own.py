"""Weather under names of one's own is what it is: the same numbers come out as under the names of the packages.

The oracle is the same record under the names of the packages; everything is compared bit by bit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import signal

import varwg
import weathercop
from varwg.scenarios import climate_factors
from weathercop._cli import main
from weathercop.heatwaves import HeatThresholds, HeatWaveDefinition, detect

DAYS = pd.date_range("2001-01-01", "2006-12-31")
USUAL = ("theta", "theta_min", "theta_max", "R", "rh", "U", "Qsw")
UNITS = ("degC", "degC", "degC", "mm", "1", "m s-1", "W m-2")
CMIP = ("tas", "tasmin", "tasmax", "pr", "hurs", "sfcWind", "rsds")
#: Words of a German, a Spanish and a CMIP table for the same variables.
WORDS = {
    "German": (
        "Lufttemperatur",
        "Temperatur Minimum",
        "Temperatur Maximum",
        "Niederschlag",
        "relative Feuchte",
        "Wind",
        "Globalstrahlung",
    ),
    "Spanish": (
        "Temperatura media",
        "temperatura mínima",
        "temperatura máxima",
        "Precipitación",
        "Humedad relativa",
        "viento",
        "Radiación global",
    ),
    "CMIP": CMIP,
}
Both = tuple[weathercop.Multisite, weathercop.Multisite]


def record(names: tuple[str, ...]) -> xr.Dataset:
    """Six years at one place; many days have little range, so that the order of their temperatures is at stake."""
    rng = np.random.default_rng(5)
    phase = 2.0 * np.pi * np.arange(DAYS.size) / 365.25
    mean = 10.0 - 9.0 * np.cos(phase - 0.4) + signal.lfilter([1.8], [1.0, -0.8], rng.standard_normal(DAYS.size))
    low, high = (mean + sign * rng.gamma(1.2, 2.0, DAYS.size) for sign in (-1.0, 1.0))
    rain = np.where(rng.random(DAYS.size) < 0.4, rng.gamma(0.8, 6.0, DAYS.size) + 0.1, 0.0)
    humidity = np.clip(0.75 + 0.1 * rng.standard_normal(DAYS.size), 0.2, 0.99)
    wind, radiation = rng.gamma(3.0, 1.0, DAYS.size), (130.0 - 80.0 * np.cos(phase)) * rng.uniform(0.4, 1.2, DAYS.size)
    columns = zip(names, UNITS, (mean, low, high, rain, humidity, wind, radiation), strict=True)
    places = {"time": DAYS, "latitude": 47.7, "longitude": 9.2, "elevation": 400.0}
    return xr.Dataset({name: ("time", values, {"units": unit}) for name, unit, values in columns}, places)


@pytest.fixture(scope="module", params=WORDS)
def both(request: pytest.FixtureRequest) -> Both:
    """Fitted to the same weather under the names of the packages, and under others."""
    usual, other = (
        weathercop.Multisite(record(names)).fit(rng=np.random.default_rng(1)) for names in (USUAL, WORDS[request.param])
    )
    assert [variable.name for variable in other.observations.variables] == list(WORDS[request.param])
    assert [variable.role for variable in other.observations.variables] == list(USUAL)
    return usual, other


def test_days_are_the_same_and_in_order(both: Both) -> None:
    usual, other = (wc.simulate(3000, rng=np.random.default_rng(2), theta_incr=2.0).sim_sea.values for wc in both)
    np.testing.assert_array_equal(other, usual)
    mean, low, high = other[0, :3]
    assert (low <= mean).all() and (mean <= high).all()


@pytest.mark.parametrize("archive", ["formula", "hours"])
def test_hours_are_the_same(both: Both, archive: str) -> None:
    lender: Any = archive
    if archive == "hours":
        hours = pd.date_range("2001-01-01", periods=24 * 800, freq="h")
        course = np.tile(10.0 + 5.0 * np.sin(2.0 * np.pi * np.arange(24) / 24.0), 800)
        course += np.repeat(np.random.default_rng(3).standard_normal(800), 24)
        lender = xr.Dataset({"theta": ("time", course, {"units": "degC"})}, {"time": hours, "latitude": 47.7, "longitude": 9.2})
    usual, other = (
        wc.simulate(60, rng=np.random.default_rng(2)).disaggregate(rng=np.random.default_rng(4), archive=lender).data
        for wc in both
    )
    assert usual.shape[-1] == 60 * 24
    np.testing.assert_array_equal(other, usual)


@pytest.mark.parametrize("form", ["glm", "gotm", "dyresm", "epw", "hbv", "dssat", "apsim"])
def test_files_for_models_are_the_same(both: Both, form: str, tmp_path: Path) -> None:
    hourly = form in ("glm", "gotm", "epw")
    options: dict[str, Any] = {"archive": "formula", "disaggregate": True} if hourly else {}
    texts = []
    for number, wc in enumerate(both):
        ensemble, folder = tmp_path / f"ensemble{number}", tmp_path / f"{form}{number}"
        wc.simulate_ensemble(1, seed=2, start="2001-01-01", n_days=365, out_dir=ensemble, **options)
        assert main(["export", str(ensemble), str(folder), "--to", form, *(["--hourly"] if hourly else [])]) == 0
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        texts.append({path.relative_to(folder): path.read_text(encoding="utf-8") for path in files})
    assert texts[0]
    assert texts[1] == texts[0]


@pytest.mark.parametrize("words", WORDS)
def test_columns_may_be_asked_for_by_the_names_of_the_packages(words: str) -> None:
    column, unit = WORDS[words][0], {WORDS[words][3]: "mm"}
    named = varwg.read_observations(record(WORDS[words]), variables=("R", "theta"), units=unit)
    assert named.names == ("R", "theta")
    assert named.variables == varwg.read_observations(record(USUAL), variables=("R", "theta")).variables
    assert any(note == f"{column} is read as theta, as it was asked for." for note in named.repairs)
    twice = record(WORDS[words]).assign(t2m=record(USUAL)["theta"])
    with pytest.raises(varwg.errors.DataError, match=rf"'theta' may be {column} or t2m"):
        varwg.read_observations(twice, variables=("theta",))


def test_pictures_find_rain(both: Both) -> None:
    for wc in both:
        result = wc.simulate(400, rng=np.random.default_rng(2))
        assert wc.plot(result).spell_lengths().figure is not None
        assert wc.plot(wc.simulate_ensemble(2, seed=1, n_days=400)).wet_fractions().figure is not None


def test_heat_waves_are_the_same(both: Both) -> None:
    simulated = [wc.simulate(3650, rng=np.random.default_rng(2)).sim_sea for wc in both]
    usual, other = (
        detect(weather, HeatThresholds.of(weather, HeatWaveDefinition(percentile=90.0, nights=False))) for weather in simulated
    )
    assert usual.length.size > 0
    np.testing.assert_array_equal(other.length, usual.length)
    np.testing.assert_array_equal(other.highest, usual.highest)


def test_changes_of_a_climate_model_are_the_same(both: Both) -> None:
    historical = record(CMIP).drop_vars(["latitude", "longitude", "elevation"])
    historical = historical.expand_dims({"lat": [47.5], "lon": [9.0]})
    future = historical.copy(deep=True)
    future["tas"] = (future["tas"] + 2.0).assign_attrs(historical["tas"].attrs)
    places: dict[str, Any] = {"stations": ("site",), "latitude": np.array([47.7]), "longitude": np.array([9.2])}
    usual, other = (climate_factors(historical, future, variables=wc.observations.variables, **places) for wc in both)
    assert len(usual.changes) == len(other.changes) == len(USUAL)
    for one, same in zip(usual.changes.values(), other.changes.values(), strict=True):
        assert one.keys() == same.keys()
        for entry, values in one.items():
            np.testing.assert_array_equal(same[entry], values)


def test_of_two_sensors_the_one_that_is_called_so_counts() -> None:
    data = record(USUAL).rename({"U": "t2m"})
    data["t2m"] = (data["theta"] + 15.0 + np.random.default_rng(6).normal(0.0, 3.0, DAYS.size)).assign_attrs(units="degC")
    wc = weathercop.Multisite(data).fit(rng=np.random.default_rng(1))
    assert [variable.role for variable in wc.observations.variables].count("theta") == 2
    made = wc.simulate(2000, rng=np.random.default_rng(2)).sim_sea
    assert (made.sel(variable="theta") <= made.sel(variable="theta_max")).all()
    assert (made.sel(variable="t2m") > made.sel(variable="theta_max")).any()


def test_nothing_is_left_where_a_model_needs_what_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rain = weathercop.Multisite(record(USUAL)[["theta", "R"]]).fit(rng=np.random.default_rng(1))
    rain.simulate_ensemble(1, seed=2, n_days=40, out_dir=tmp_path / "ensemble")
    assert main(["export", str(tmp_path / "ensemble"), str(tmp_path / "glm"), "--to", "glm"]) == 1
    assert "GLM needs it" in capsys.readouterr().err
    assert not (tmp_path / "glm").exists()
