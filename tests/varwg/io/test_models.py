"""Files of EnergyPlus, HBV and mHM, and reference evaporation: read back, and checked against the published formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg import read_weather, write_weather
from varwg.ensembles import to_dataset
from varwg.errors import DataError
from varwg.io import reference_evaporation
from varwg.meteo import black_body, wind_at_height
from weathercop import MultisiteModel
from weathercop._cli import main

PLACE = {"latitude": ("station", [47.2]), "longitude": ("station", [8.5]), "elevation": ("station", [430.0])}


def toward(data: xr.Dataset) -> np.ndarray:
    """Where the wind of the one station blows to, radians."""
    return np.asarray(np.arctan2(data["v"].values[0], data["u"].values[0]))


def hours(n_days: int = 40, **dropped: Any) -> xr.Dataset:
    """Hours of local solar time at one station."""
    rng = np.random.default_rng(4)
    times = np.datetime64("2004-02-20T00:00", "ns") + np.arange(24 * n_days) * np.timedelta64(1, "h")
    hour = np.arange(times.size) % 24
    light = np.maximum(np.sin(np.pi * (hour + 0.5 - 6.5) / 11.0), 0.0) * ((hour >= 7) & (hour < 17))
    u, v = rng.normal(0.0, 2.0, (2, times.size))
    values = {
        "theta": (8.0 + 5.0 * np.cos(2 * np.pi * (hour - 14) / 24) + rng.normal(0.0, 1.0, times.size), "degC"),
        "R": (np.where(rng.random(times.size) < 0.1, np.round(rng.gamma(0.8, 2.0, times.size), 2), 0.0), "mm"),
        "rh": (rng.uniform(0.4, 1.0, times.size), "1"),
        "Qsw": (300.0 * light * np.repeat(rng.uniform(0.2, 1.0, n_days), 24), "W m-2"),
        "U": (np.hypot(u, v), "m s-1"),
        "u": (u, "m s-1"),
        "v": (v, "m s-1"),
        "pressure": (rng.normal(965.0, 5.0, times.size), "hPa"),
    }
    data = {name: (("station", "time"), series[None], {"units": unit}) for name, (series, unit) in values.items()}
    return xr.Dataset(data, {"station": ["Zürich"], "time": times, **PLACE}).drop_vars(dropped.get("without", []))


def days(n_days: int = 800, without: tuple[()] | list[str] = ()) -> xr.Dataset:
    rng = np.random.default_rng(5)
    times = np.datetime64("2003-12-01", "ns") + np.arange(n_days) * np.timedelta64(1, "D")
    low = rng.normal(5.0, 6.0, n_days)
    span = rng.gamma(3.0, 3.0, n_days)
    values = {
        "theta_min": (low, "degC"),
        "theta_max": (low + span, "degC"),
        "theta": (low + 0.45 * span, "degC"),
        "R": (np.where(rng.random(n_days) < 0.4, np.round(rng.gamma(0.8, 8.0, n_days), 1), 0.0), "mm"),
        "rh": (rng.uniform(0.4, 1.0, n_days), "1"),
        "Qsw": (rng.uniform(20.0, 90.0, n_days), "W m-2"),
        "U": (rng.gamma(2.0, 1.5, n_days), "m s-1"),
    }
    data = {name: (("station", "time"), series[None], {"units": unit}) for name, (series, unit) in values.items()}
    return xr.Dataset(data, {"station": ["Zürich"], "time": times, **PLACE}).drop_vars(list(without))


def test_epw_is_read_back(tmp_path: Path) -> None:
    data = hours()
    write_weather(data, tmp_path / "zurich.epw")
    again = read_weather(tmp_path / "zurich.epw")
    assert np.array_equal(again["time"].values, data["time"].values)
    assert again["station"].values[0] == "Zürich" and float(again["latitude"].values[0]) == 47.2
    for name, rounding in {"theta": 0.05, "rh": 0.005, "pressure": 0.005, "Qsw": 0.05, "U": 0.005, "R": 0.0005}.items():
        np.testing.assert_allclose(again[name].values[0], data[name].values[0], atol=rounding + 1e-9)
    turned = np.abs(np.angle(np.exp(1j * (toward(again) - toward(data)))))
    windy = data["U"].values[0] > 0.1
    assert turned[windy].max() < np.radians(0.51)


def test_epw_is_what_the_dictionary_says(tmp_path: Path) -> None:
    """35 fields, hours from 1 to 24, limits of the data dictionary, and parts of radiation that add up."""
    data = hours()
    write_weather(data, tmp_path / "a.epw")
    lines = (tmp_path / "a.epw").read_text().splitlines()
    begins = ["LOCATION", "DESIGN CONDITIONS", "TYPICAL/EXTREME PERIODS", "GROUND TEMPERATURES", "HOLIDAYS/DAYLIGHT SAVINGS"]
    begins += ["COMMENTS 1", "COMMENTS 2", "DATA PERIODS"]
    assert [line.split(",")[0] for line in lines[:8]] == begins
    assert lines[4].split(",")[1] == "Yes" and lines[7] == "DATA PERIODS,1,1,Data,Friday,2/20/2004,3/30/2004"
    rows = [line.split(",") for line in lines[8:]]
    assert {len(row) for row in rows} == {35} and [row[3] for row in rows[:24]] == [str(hour) for hour in range(1, 25)]
    table = np.array([[float(row[number]) for number in range(6, 35)] for row in rows])
    field = {number: table[:, number - 6] for number in range(6, 35)}
    assert np.all(field[7] <= field[6]) and np.all((field[8] >= 0.0) & (field[8] <= 110.0))
    assert np.all((field[9] > 31000.0) & (field[9] < 120000.0)) and np.all((field[20] >= 0.0) & (field[20] <= 360.0))
    assert np.all(field[14] <= field[11] + 0.5) and np.all(field[15] <= field[13] + 0.1) and np.all(field[15] >= 0.0)
    height = field[10] / np.maximum(field[11], 1.0)
    np.testing.assert_allclose(field[14] * height + field[15], field[13], atol=1.5)
    # Local solar time: noon at 12 h is 34 minutes ahead of Greenwich at 8.5 degrees east, which is found to half an hour.
    assert abs(float(lines[0].split(",")[8]) - 8.5 / 15.0) <= 0.25


def test_epw_is_read_by_pvlib(tmp_path: Path) -> None:
    pvlib = pytest.importorskip("pvlib")
    write_weather(hours(), tmp_path / "a.epw")
    table, place = pvlib.iotools.read_epw(tmp_path / "a.epw")
    assert place["latitude"] == 47.2
    np.testing.assert_allclose(table["temp_air"], hours()["theta"].values[0], atol=0.051)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (days(), "EPW needs hours of whole days"),
        (hours().drop_vars("longitude"), "Zürich has no longitude"),
        (hours(without=["rh"]), "rh is not in the data|e is not in the data"),
    ],
)
def test_what_epw_needs_is_told(tmp_path: Path, data: xr.Dataset, told: str) -> None:
    with pytest.raises(DataError, match=told):
        write_weather(data, tmp_path / "a.epw")


def test_a_damaged_epw_is_told(tmp_path: Path) -> None:
    write_weather(hours(), tmp_path / "a.epw")
    lines = (tmp_path / "a.epw").read_text().splitlines()
    (tmp_path / "b.epw").write_text("\n".join([*lines[:8], *lines[100:200], *lines[8:100]]))
    with pytest.raises(DataError, match="goes back in time"):
        read_weather(tmp_path / "b.epw")
    (tmp_path / "c.epw").write_text("\n".join([*lines[:20], lines[20][:30]]))
    with pytest.raises(DataError, match="another length than the 35 fields"):
        read_weather(tmp_path / "c.epw")


@pytest.mark.parametrize("data", [days(), hours()], ids=["days", "hours"])
def test_hbv_is_read_back(tmp_path: Path, data: xr.Dataset) -> None:
    write_weather(data, tmp_path / "basin.txt", format_name="hbv")
    assert {path.name for path in tmp_path.iterdir()} == {"basin_PTQ.txt", "basin_EVAP.txt"}
    lines = (tmp_path / "basin_PTQ.txt").read_text().splitlines()
    assert lines[1] == "Date\tP\tT\tQ" and lines[2].startswith(str(data["time"].values[0])[:10].replace("-", ""))
    again = read_weather(tmp_path / "basin_PTQ.txt")
    assert np.array_equal(again["time"].values, data["time"].values)
    np.testing.assert_allclose(again["R"].values, data["R"].values, atol=6e-4)
    np.testing.assert_allclose(again["theta"].values, data["theta"].values, atol=6e-4)
    evaporation = np.array((tmp_path / "basin_EVAP.txt").read_text().splitlines()[1:], dtype=float)
    np.testing.assert_allclose(evaporation, reference_evaporation(data), atol=6e-4)


def test_mhm_is_read_back_and_its_headers_name_the_cell(tmp_path: Path) -> None:
    data = days()
    write_weather(data, tmp_path / "cell", format_name="mhm")
    for name, variable in (("pre", "R"), ("tavg", "theta")):
        again = read_weather(tmp_path / "cell" / name / f"{name}.nc", format_name="mhm")
        np.testing.assert_allclose(again[variable].values, data[variable].values)
        assert np.array_equal(again["time"].values, data["time"].values)
    with xr.open_dataset(tmp_path / "cell" / "pet" / "pet.nc") as grid:
        assert grid["pet"].dims == ("time", "lat", "lon") and grid["pet"].attrs["units"] == "mm"
        np.testing.assert_allclose(grid["pet"].values[:, 0, 0], reference_evaporation(data))
    header = dict(line.split() for line in (tmp_path / "cell" / "pre" / "header.txt").read_text().splitlines())
    assert header == {
        "ncols": "1", "nrows": "1", "xllcorner": "8.4500", "yllcorner": "47.1500", "cellsize": "0.1", "NODATA_value": "-9999",
    }  # fmt: skip


def test_reference_evaporation_of_a_published_day() -> None:
    """Example 18 of FAO-56: Uccle on 6 July, 3.9 mm (3.88 before rounding)."""
    theta_min, theta_max, vapour = 12.3, 21.5, 14.09
    values = {
        "theta_min": (theta_min, "degC"),
        "theta_max": (theta_max, "degC"),
        "theta": (16.9, "degC"),
        "e": (vapour, "hPa"),
        "U": (2.78, "m s-1"),
        "Qsw": (22.07 / 0.0864, "W m-2"),
        "pressure": (1001.0, "hPa"),
    }
    times = np.datetime64("2001-07-06", "ns") + np.arange(1) * np.timedelta64(1, "D")
    place = {"latitude": ("station", [50.8]), "longitude": ("station", [4.35]), "elevation": ("station", [100.0])}
    data = {name: (("station", "time"), [[value]], {"units": unit}) for name, (value, unit) in values.items()}
    found = reference_evaporation(xr.Dataset(data, {"station": ["Uccle"], "time": times, **place}))
    np.testing.assert_allclose(found, 3.88, atol=0.06)


def test_evaporation_is_that_of_hargreaves_where_only_temperatures_are_known(caplog: pytest.LogCaptureFixture) -> None:
    from varwg.meteo import hargreaves, potential_radiation

    data = days(without=["rh", "U", "Qsw"])
    found = reference_evaporation(data)
    assert "that of Hargreaves" in caplog.text
    doy = np.asarray(data["time"].dt.dayofyear.values)
    expected = hargreaves(data["theta_min"].values[0], data["theta_max"].values[0], potential_radiation(47.2, doy - 1))
    assert np.median(np.abs(found - np.maximum(expected, 0.0))) < 0.02


def test_reference_evaporation_of_a_published_hour() -> None:
    """Example 19 of FAO-56: N'Diaye on 1 October from 14 to 15 h, 0.63 mm with a net radiation of 1.749 MJ m-2."""
    radiation, net = 2.450e6 / 3600.0, 1.749e6 / 3600.0
    values = {
        "theta": (38.0, "degC"),
        "e": (0.52 * 66.25, "hPa"),
        "Qsw": (radiation, "W m-2"),
        "ILWR": (net - 0.77 * radiation + float(black_body(38.0)), "W m-2"),
        "pressure": (1013.0, "hPa"),
        "U": (3.3 / float(wind_at_height(1.0, 10.0)), "m s-1"),
    }
    times = np.datetime64("2001-10-01T14:00", "ns") + np.arange(2) * np.timedelta64(1, "h")
    data = {name: (("station", "time"), [[value, value]], {"units": unit}) for name, (value, unit) in values.items()}
    found = reference_evaporation(xr.Dataset(data, {"station": ["Zürich"], "time": times, **PLACE}))
    np.testing.assert_allclose(found, 0.63, atol=0.005)


@pytest.mark.parametrize("form", ["apsim", "swat"])
def test_crop_and_river_models_get_evaporation_where_it_is_there(tmp_path: Path, form: str) -> None:
    data = days()
    data["ET0"] = (("station", "time"), reference_evaporation(data)[None], {"units": "mm"})
    write_weather(data, tmp_path / "a.met", format_name=form)
    path = tmp_path / ("a.met" if form == "apsim" else "a.pet")
    np.testing.assert_allclose(read_weather(path)["ET0"].values, data["ET0"].values, atol=0.006)


def test_an_ensemble_with_evaporation(tmp_path: Path, example_model: MultisiteModel, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "members"
    model = tmp_path / "model.nc"
    example_model.save(model)
    assert main(["simulate", str(model), "-n", "2", "--days", "60", "--seed", "1", "-o", str(folder), "--hours", "formula"]) == 0
    assert main(["export", str(folder), str(tmp_path / "hbv"), "--to", "hbv"]) == 0
    assert sorted(path.name for path in (tmp_path / "hbv" / "real_0001").iterdir())[:2] == ["BERN_EVAP.txt", "BERN_PTQ.txt"]
    assert main(["export", str(folder), str(tmp_path / "mhm"), "--to", "mhm", "--hourly"]) == 0
    assert (tmp_path / "mhm" / "real_0000" / "BERN" / "pet" / "pet.nc").is_file()
    assert main(["export", str(folder), str(tmp_path / "epw"), "--to", "epw", "--hourly"]) == 0
    assert len(list((tmp_path / "epw").rglob("*.epw"))) == 6
    assert main(["export", str(folder), str(tmp_path / "all.nc"), "--evaporation"]) == 0
    with xr.open_dataset(tmp_path / "all.nc") as written:
        assert written["ET0"].attrs["units"] == "mm" and written["ET0"].dims == ("realization", "station", "time")
        one = weathercop.open_ensemble(folder).isel(realization=1)
        tidy = to_dataset(one).isel(station=[2])
        np.testing.assert_allclose(written["ET0"].values[1, 2], reference_evaporation(tidy))
    capsys.readouterr()
    assert main(["export", str(folder), str(tmp_path / "glm"), "--to", "glm", "--evaporation"]) == 1
    assert "files of glm cannot hold evaporation" in capsys.readouterr().err
