"""The script that makes the example data: reproducible, and near the normals that it starts from.

The seed is fixed, so that no test fails by chance; tolerances are about three standard errors of a mean over ten years
(theta: a month has about 35 independent values with a standard deviation of 4 K; rain: about 110 wet days).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import make_example_data as script
import numpy as np
import pytest
import xarray as xr

from varwg.meteo import potential_radiation
from weathercop import example_dataset

LENGTHS = np.array(script.MONTH_LENGTHS)


@pytest.fixture(scope="module")
def made() -> xr.Dataset:
    return script.make_dataset()


def monthly(array: xr.DataArray) -> np.ndarray:
    """Mean of each calendar month, shape (station, 12)."""
    return array.groupby("time.month").mean().transpose("station", "month").values


def test_the_bundled_file_is_what_the_script_makes(made: xr.Dataset) -> None:
    bundled = example_dataset()
    xr.testing.assert_allclose(bundled, made, rtol=0, atol=1e-6)
    assert bundled.attrs == made.attrs
    for name in made.data_vars:
        assert bundled[name].attrs == made[name].attrs


def test_another_seed_makes_other_weather(made: xr.Dataset) -> None:
    other = script.make_dataset(script.SEED + 1)
    assert abs(float(xr.corr(made["theta"][0], other["theta"][0]))) < 0.9
    assert not np.array_equal(made["R"].values, other["R"].values)


def test_command_line(tmp_path: Path, made: xr.Dataset) -> None:
    path = tmp_path / "made.nc"
    subprocess.run([sys.executable, script.__file__, "-o", str(path)], check=True, cwd=Path(script.__file__).parents[1],
                   env={"PYTHONPATH": str(Path(script.__file__).parents[1]), "PATH": ""})  # fmt: skip
    with xr.open_dataset(path) as dataset:
        xr.testing.assert_allclose(dataset, made, rtol=0, atol=1e-6)


def test_temperature_follows_the_normals(made: xr.Dataset) -> None:
    normals = np.array([place.temperature for place in script.PLACES])
    np.testing.assert_allclose(monthly(made["theta"]), normals, atol=2.0)
    np.testing.assert_allclose(monthly(made["theta"]).mean(axis=1), normals.mean(axis=1), atol=0.6)


def test_rain_follows_the_normals(made: xr.Dataset) -> None:
    sums = monthly(made["R"]) * LENGTHS
    normals = np.array([place.rain for place in script.PLACES])
    np.testing.assert_allclose(sums, normals, rtol=0.35)
    np.testing.assert_allclose(sums.sum(axis=1), normals.sum(axis=1), rtol=0.08)
    wet_days = monthly(made["R"] >= 1.0) * LENGTHS
    np.testing.assert_allclose(wet_days, np.broadcast_to(script.WET_DAYS, (3, 12)), atol=2.5)
    np.testing.assert_allclose(wet_days.sum(axis=1), sum(script.WET_DAYS), atol=8.0)


def test_humidity_radiation_and_wind_follow_the_normals(made: xr.Dataset) -> None:
    np.testing.assert_allclose(monthly(made["rh"]) * 100, np.broadcast_to(script.HUMIDITY, (3, 12)), atol=3.0)
    for place, radiation, wind in zip(script.PLACES, monthly(made["Qsw"]), monthly(made["U"]), strict=True):
        expected = script.clearness(place) * potential_radiation(place.latitude, np.array(script.MIDDLE_ROWS))
        np.testing.assert_allclose(radiation, expected, rtol=0.10)
        assert wind.mean() == pytest.approx(place.wind, rel=0.05)


def test_rain_parameters_keep_sum_and_number_of_days() -> None:
    """Oracle: a large sample of the gamma distribution; a false alarm has a probability below 1e-5."""
    rng = np.random.default_rng(3)
    for place in script.PLACES:
        probability, mean = script.rain_parameters(place)
        np.testing.assert_allclose(probability * mean * LENGTHS, place.rain, rtol=1e-9)
        sample = rng.gamma(script.RAIN_SHAPE, mean[6] / script.RAIN_SHAPE, 100_000)
        share = (sample >= 1.0).mean() * probability[6]
        assert share * LENGTHS[6] == pytest.approx(script.WET_DAYS[6], rel=0.01)


def test_places_and_variables_depend_on_each_other(made: xr.Dataset) -> None:
    anomalies = made.groupby("time.month") - made.groupby("time.month").mean()
    bern, munich, zurich = anomalies["theta"].values
    near, far = np.corrcoef(bern, zurich)[0, 1], np.corrcoef(bern, munich)[0, 1]
    assert 0.5 < far < near < 0.95
    assert np.corrcoef(zurich[1:], zurich[:-1])[0, 1] > 0.6
    assert np.corrcoef(anomalies["rh"].values[0], anomalies["Qsw"].values[0])[0, 1] < -0.4
    wet = made["R"].values[0] > 0.0
    after_wet, after_dry = wet[1:][wet[:-1]].mean(), wet[1:][~wet[:-1]].mean()
    assert after_wet - after_dry == pytest.approx(script.RAIN_PERSISTENCE, abs=0.08)
