"""Forcing of lake models: the right numbers in the right columns, derivations, and no value made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from varwg import doy_index
from varwg._arrays import TimeArray
from varwg.errors import DataError, UnitError
from varwg.io import read_dyresm, read_glm, read_gotm, write_dyresm, write_glm, write_gotm
from varwg.io._lake import forcing
from varwg.io._lake_models import is_glm, julian_dates
from varwg.meteo import _air as humidity
from varwg.meteo import _radiation as radiation
from varwg.meteo import _sun as solar
from varwg.meteo import standard_pressure

Make = Callable[..., xr.Dataset]
Write = Callable[[xr.Dataset, Path], None]

ALL = ("theta", "R", "rh", "Qsw", "ILWR", "U", "u", "v", "pressure", "Cloud_Cover", "e")
WRITERS = (write_glm, write_gotm, write_dyresm)


@pytest.mark.parametrize("step", ["D", "h"])
def test_glm(make: Make, tmp_path: Path, step: str) -> None:
    data = make(*ALL, step=step)
    write_glm(data, tmp_path / "met.csv")
    table = pd.read_csv(tmp_path / "met.csv", parse_dates=["time"])
    assert list(table.columns) == ["time", "ShortWave", "LongWave", "AirTemp", "RelHum", "WindSpeed", "Rain"]
    np.testing.assert_array_equal(table["time"].to_numpy(dtype="datetime64[ns]"), data["time"].values)
    per_day = 24.0 if step == "h" else 1.0
    for column, name, factor in (
        ("ShortWave", "Qsw", 1.0), ("LongWave", "ILWR", 1.0), ("AirTemp", "theta", 1.0), ("RelHum", "rh", 100.0),
        ("WindSpeed", "U", 1.0), ("Rain", "R", per_day / 1000.0),
    ):  # fmt: skip
        np.testing.assert_allclose(table[column], data[name].values[0] * factor, rtol=1e-6, err_msg=column)
    back = read_glm(tmp_path / "met.csv")
    for name in ("Qsw", "ILWR", "theta", "rh", "U", "R"):
        np.testing.assert_allclose(back[name].values, data[name].values, rtol=1e-6)
        assert back[name].attrs["units"] == data[name].attrs["units"]


def test_glm_with_a_column_called_date_is_the_same(make: Make, tmp_path: Path) -> None:
    """GLM looks for time or else for date."""
    write_glm(make(*ALL), tmp_path / "met.csv")
    text = (tmp_path / "met.csv").read_text()
    (tmp_path / "dated.csv").write_text(text.replace("time", "Date", 1))
    assert is_glm("dated.csv", text.replace("time", "Date", 1)) and not is_glm("dated.csv", text.replace("time", "Lake", 1))
    xr.testing.assert_identical(read_glm(tmp_path / "dated.csv"), read_glm(tmp_path / "met.csv"))


def test_glm_writes_dates_with_seconds(make: Make, tmp_path: Path) -> None:
    write_glm(make(*ALL), tmp_path / "met.csv")
    assert (tmp_path / "met.csv").read_text().splitlines()[1].startswith("2001-06-01 00:00:00,")


@pytest.mark.parametrize(("step", "seconds"), [("D", 86400.0), ("h", 3600.0)])
def test_gotm(make: Make, tmp_path: Path, step: str, seconds: float) -> None:
    data = make(*ALL, step=step)
    write_gotm(data, tmp_path / "meteo.dat")
    lines = [line for line in (tmp_path / "meteo.dat").read_text().splitlines() if not line.startswith("!")]
    cells = [line.replace(" ", "T", 1).split("\t") for line in lines]
    np.testing.assert_array_equal([np.datetime64(row[0], "ns") for row in cells], data["time"].values)
    table = np.array([[float(cell) for cell in row[1:]] for row in cells])
    expected = [
        data["u"], data["v"], data["pressure"], data["theta"], 100 * data["rh"], data["Cloud_Cover"], data["Qsw"],
        data["R"] / 1000 / seconds,
    ]  # fmt: skip
    np.testing.assert_allclose(table, np.stack([array.values[0] for array in expected], axis=1), rtol=1e-6)


@pytest.mark.parametrize(("drop", "kind"), [("Cloud_Cover", "INCIDENT_LW"), ("ILWR", "CLOUD_COVER")])
def test_dyresm(make: Make, tmp_path: Path, drop: str, kind: str) -> None:
    data = make(*ALL).drop_vars(drop)
    write_dyresm(data, tmp_path / "lake.met")
    lines = (tmp_path / "lake.met").read_text().splitlines()
    assert lines[0] == "<#3>"
    assert lines[2].split()[0] == "86400"
    assert lines[3].split()[0] == kind
    assert lines[4].split()[:2] == ["FLOATING", "10"]
    table = np.array([[float(cell) for cell in line.split("\t")] for line in lines[6:]])
    np.testing.assert_array_equal(table[:, 0], 2001152 + np.arange(30))
    longwave = "ILWR" if drop == "Cloud_Cover" else "Cloud_Cover"
    expected = [data["Qsw"], data[longwave], data["theta"], data["e"], data["U"], data["R"] / 1000]
    np.testing.assert_allclose(table[:, 1:], np.stack([array.values[0] for array in expected], axis=1), rtol=1e-6)


@pytest.mark.parametrize("step", ["D", "h", "m"])
@pytest.mark.parametrize(("write", "read"), [(write_glm, read_glm), (write_gotm, read_gotm), (write_dyresm, read_dyresm)])
def test_round_trip(make: Make, tmp_path: Path, write: Write, read: Callable[[Path], xr.Dataset], step: str) -> None:
    """To the seven digits that are written."""
    data = make(*ALL, step=step, start="2000-12-25")
    data["U"][:] = np.hypot(data["u"], data["v"])
    write(data, tmp_path / "file")
    back = read(tmp_path / "file")
    np.testing.assert_array_equal(back["time"].values, data["time"].values)
    assert {"theta", "R", "Qsw", "U"} <= set(back.data_vars) <= set(ALL)
    for name, array in back.data_vars.items():
        np.testing.assert_allclose(array.values, data[name].values, rtol=1e-6, err_msg=str(name))
        assert array.attrs["units"] == data[name].attrs["units"]


def test_gotm_with_the_pressure_in_pa(tmp_path: Path) -> None:
    """The six columns of a meteo_file as it is found elsewhere."""
    (tmp_path / "meteo.dat").write_text(
        "# from somewhere\n1998/01/01 00:00:00   3.0  -4.0 101325.0  8.5  80.0  0.5\n"
        "1998/01/01 03:00:00   0.0   2.0 101200.0  8.1  82.5  1.0\n"
    )
    data = read_gotm(tmp_path / "meteo.dat")
    np.testing.assert_allclose(data["pressure"].values, [[1013.25, 1012.0]])
    np.testing.assert_allclose(data["U"].values, [[5.0, 2.0]])
    np.testing.assert_allclose(data["rh"].values, [[0.8, 0.825]])
    assert "R" not in data.data_vars


def test_damaged_forcing_is_refused(make: Make, tmp_path: Path) -> None:
    write_gotm(make(*ALL), tmp_path / "a.dat")
    text = (tmp_path / "a.dat").read_text()
    (tmp_path / "a.dat").write_text(text.rsplit("\t", 1)[0] + "\n")
    with pytest.raises(DataError, match=r"a\.dat is damaged"):
        read_gotm(tmp_path / "a.dat")
    (tmp_path / "a.dat").write_text("2001-06-01 00:00:00\t1\t2\n")
    with pytest.raises(DataError, match="has 2 columns"):
        read_gotm(tmp_path / "a.dat")
    write_dyresm(make(*ALL), tmp_path / "b.met")
    text = (tmp_path / "b.met").read_text()
    (tmp_path / "b.met").write_text(text.replace("INCIDENT_LW", "SOME_LW"))
    with pytest.raises(DataError, match="fourth line"):
        read_dyresm(tmp_path / "b.met")
    (tmp_path / "b.met").write_text(text.replace("INCIDENT_LW", "NETT_LW"))
    assert "ILWR" not in read_dyresm(tmp_path / "b.met").data_vars


def test_days_of_the_year() -> None:
    """1 January is 001, 31 December 365 or 366."""
    days = np.array(["2000-01-01", "2000-12-31", "2001-03-01", "2001-12-31"], dtype="datetime64[ns]")
    assert julian_dates(days, daily=True) == ("2000001", "2000366", "2001060", "2001365")
    hours = np.array(["2001-01-01T00:00", "2001-01-01T06:00", "2001-01-01T23:00"], dtype="datetime64[ns]")
    assert julian_dates(hours, daily=False) == ("2001001.00000", "2001001.25000", "2001001.95833")


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("name", ["R", "U", "theta"])
def test_a_missing_value_is_an_error_with_its_date(make: Make, tmp_path: Path, write: Write, name: str) -> None:
    data = make(*ALL).drop_vars(["u", "v"])
    data[name][0, [11, 20]] = np.nan
    with pytest.raises(DataError, match=rf"{name} at KA is missing on 2001-06-12 \(2 of 30 values"):
        write(data, tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("name", ["R", "U"])
def test_a_missing_variable_is_an_error(make: Make, tmp_path: Path, write: Write, name: str) -> None:
    data = make(*ALL).drop_vars([name, "u", "v"] if name == "U" else [name])
    with pytest.raises(DataError, match=f"{name} is not in the data"):
        write(data, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_codes_for_missing_are_missing(make: Make, tmp_path: Path) -> None:
    data = make(*ALL)
    data["U"][0, 4] = -999.0
    with pytest.raises(DataError, match="U at KA is missing on 2001-06-05"):
        write_glm(data, tmp_path / "out.csv")


def test_impossible_values_are_refused(make: Make, tmp_path: Path) -> None:
    data = make(*ALL)
    data["R"][0, 4] = -3.0
    with pytest.raises(DataError, match="R at KA is -3 mm on 2001-06-05"):
        write_glm(data, tmp_path / "out.csv")


def test_gaps_are_refused(make: Make, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the time 2001-06-08 is not in the data"):
        write_glm(make(*ALL).drop_isel(time=[7, 8]), tmp_path / "out.csv")


def test_several_stations_are_refused(make: Make, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a GLM file holds one"):
        write_glm(make(*ALL, stations=("KA", "S")), tmp_path / "out.csv")


def test_units_are_converted(make: Make, tmp_path: Path) -> None:
    data = make(*ALL)
    changed = data.copy()
    changed["theta"] = (data["theta"] + 273.15).assign_attrs(units="K")
    changed["rh"] = (100 * data["rh"]).assign_attrs(units="%")
    changed["R"] = (data["R"] / 86400).assign_attrs(units="kg m-2 s-1")
    write_glm(data, tmp_path / "a.csv")
    write_glm(changed, tmp_path / "b.csv")
    first, second = pd.read_csv(tmp_path / "a.csv"), pd.read_csv(tmp_path / "b.csv")
    np.testing.assert_allclose(first.iloc[:, 1:], second.iloc[:, 1:], rtol=1e-6, atol=1e-9)
    changed["R"].attrs["units"] = "furlong"
    with pytest.raises(UnitError, match="furlong"):
        write_glm(changed, tmp_path / "c.csv")


def test_derivations(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Each against the formula of `varwg.meteo` that it is said to be, and told to the log."""
    data = make("theta", "rh", "R", "sun", "u", "v")
    weather = forcing(data, "test")
    theta, rh, sun = (data[name].values[0] for name in ("theta", "rh", "sun"))
    doy = doy_index(data["time"].values)
    length, potential = solar.day_length(49.0, doy), solar.potential_radiation(49.0, doy)
    clouds = radiation.clouds_from_sunshine(sun, length)
    np.testing.assert_allclose(weather.get("e"), humidity.vapour_pressure(theta, rh))
    np.testing.assert_allclose(weather.get("Qsw"), radiation.radiation_from_sunshine(np.minimum(sun, length), length, potential))
    np.testing.assert_allclose(weather.get("Cloud_Cover"), clouds)
    np.testing.assert_allclose(weather.get("ILWR"), radiation.longwave_tva(theta, clouds))
    np.testing.assert_allclose(weather.get("U"), np.hypot(data["u"].values[0], data["v"].values[0]))
    np.testing.assert_allclose(weather.get("pressure"), standard_pressure(112.0))
    assert "Qsw is not in the data and was derived from sun." in caplog.text
    by_radiation = forcing(
        data.drop_vars("sun").assign(Qsw=(data["theta"].dims, weather.get("Qsw")[None], {"units": "W m-2"})), "test"
    )
    np.testing.assert_allclose(by_radiation.get("Cloud_Cover"), clouds, atol=1e-12)
    np.testing.assert_allclose(by_radiation.get("ILWR"), radiation.longwave_tva(theta, clouds))
    other = forcing(make("theta_min", "theta_max", "e"), "test")
    np.testing.assert_allclose(other.get("theta"), 0.5 * (other.get("theta_min") + other.get("theta_max")))
    np.testing.assert_allclose(other.get("rh"), humidity.relative_humidity(other.get("theta"), other.get("e")).clip(0, 1))


@pytest.mark.parametrize(("zone", "longitude"), [(0.0, 0.0), (1.0, 12.0), (-6.0, np.nan)])
def test_sunshine_of_hours_makes_the_radiation_of_the_day(zone: float, longitude: float) -> None:
    """Each day has what Angstrom's formula gives it, while the sun is up on the clock of the record, clear hours more."""
    days = np.arange("2001-01-01", "2002-01-01", dtype="datetime64[D]")
    rng, hours = np.random.default_rng(7), np.arange(24)
    times = (days[:, None].astype("datetime64[h]") + hours).ravel()
    at_greenwich: TimeArray = np.asarray(times - np.timedelta64(int(zone), "h"), dtype="datetime64[h]")
    above = solar.potential_radiation_of_steps(50.0, 0.0 if np.isnan(longitude) else longitude, at_greenwich)
    shines = rng.random(times.size) < 0.5
    sun = np.where((above > 100.0) & shines, 1.0, 0.0)
    places = {"time": times, "latitude": 50.0, "longitude": longitude, "elevation": 300.0}
    weather = forcing(xr.Dataset({"sun": ("time", sun, {"units": "h"})}, places), "test")
    made = weather.get("Qsw")
    length, potential = (of(50.0, doy_index(days)) for of in (solar.day_length, solar.potential_radiation))
    of_days = np.minimum(sun.reshape(-1, 24).sum(axis=1), length)
    np.testing.assert_allclose(made.reshape(-1, 24).mean(axis=1), radiation.radiation_from_sunshine(of_days, length, potential))
    assert made.min() >= 0.0
    assert np.average(made, weights=above < 1.0) < 0.02 * made.mean()
    assert np.corrcoef(made, above * (0.25 + 0.5 * sun))[0, 1] > 0.98


def test_a_missing_value_stays_missing_through_a_derivation(make: Make) -> None:
    data = make("theta", "e")
    data["e"][0, 2] = np.nan
    with pytest.raises(DataError, match="e at KA is missing on 2001-06-03"):
        forcing(data, "test").get("rh")


def test_wind_without_direction_is_told(make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = make(*ALL).drop_vars(["u", "v"])
    write_gotm(data, tmp_path / "a.dat")
    assert "no wind direction" in caplog.text
    row = (tmp_path / "a.dat").read_text().splitlines()[-1].split("\t")
    assert float(row[1]) == pytest.approx(data["U"].values[0, -1])
    assert float(row[2]) == 0.0
