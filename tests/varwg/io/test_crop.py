"""Weather files of DSSAT, APSIM and SWAT+: what is written is read back, in the layout and units that their models want."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg import read_weather, write_weather
from varwg.ensembles._export import to_models
from varwg.errors import DataError
from weathercop import Multisite
from weathercop._cli import main

N_DAYS = 800


def weather(**changed: Any) -> xr.Dataset:
    rng = np.random.default_rng(4)
    time = np.arange("2003-12-01", np.datetime64("2003-12-01") + np.timedelta64(N_DAYS, "D"), dtype="datetime64[D]").astype(
        "datetime64[ns]"
    )
    low = rng.normal(5.0, 6.0, N_DAYS)
    values = {
        "theta_min": (low, "degC"),
        "theta_max": (low + rng.gamma(3.0, 3.0, N_DAYS), "degC"),
        "R": (np.where(rng.random(N_DAYS) < 0.4, rng.gamma(0.8, 8.0, N_DAYS), 0.0), "mm"),
        "Qsw": (rng.uniform(20.0, 90.0, N_DAYS), "W m-2"),
        "rh": (rng.uniform(0.4, 1.0, N_DAYS), "1"),
        "U": (rng.gamma(2.0, 1.5, N_DAYS), "m s-1"),
    }
    data = {name: (("station", "time"), series[None], {"units": unit}) for name, (series, unit) in values.items()}
    places = {"latitude": ("station", [47.2]), "longitude": ("station", [8.5]), "elevation": ("station", [430.0])}
    return xr.Dataset(data, {"station": ["Zürich"], "time": time, **places}).assign(**changed)


@pytest.mark.parametrize(
    ("name", "form", "variables", "rounding"),
    [
        ("a.WTH", "dssat", ("theta_max", "theta_min", "R", "Qsw", "U"), 0.06),
        ("a.met", "apsim", ("theta_max", "theta_min", "R", "Qsw"), 0.006),
    ],
)
def test_what_is_written_is_read_back(tmp_path: Path, name: str, form: str, variables: tuple[Any, ...], rounding: float) -> None:
    """To the digits of the format: a tenth of a unit of DSSAT, a hundredth of APSIM."""
    data = weather()
    write_weather(data, tmp_path / name, format_name=form)
    again = read_weather(tmp_path / name)
    assert np.array_equal(again["time"].values, data["time"].values)
    for variable in variables:
        # Winds of 1000 km in a day and more have no room for a decimal.
        unit = {"Qsw": 1.0 / 0.0864, "U": 10.0 / 86.4}.get(variable, 1.0)
        assert again[variable].values[0] == pytest.approx(data[variable].values[0], abs=rounding * unit)


@pytest.mark.parametrize(("name", "form"), [("a.WTH", "dssat"), ("a.met", "apsim"), ("Zürich.pcp", "swat")])
def test_the_place_of_the_station_is_read_back(tmp_path: Path, name: str, form: str) -> None:
    """APSIM says nothing of elevation; what is not known is written as -99 and read as nothing."""
    south = weather(latitude=("station", [-35.3]), longitude=("station", [149.1]), elevation=("station", [np.nan]))
    for data in (weather(), south):
        write_weather(data, tmp_path / name, format_name=form)
        again = read_weather(tmp_path / name)
        assert [str(label) for label in again["station"].values] == ["Zürich"]
        for place in ("latitude", "longitude", "elevation"):
            expected = np.nan if form == "apsim" and place == "elevation" else data[place].values[0]
            np.testing.assert_allclose(again[place].values, expected, atol=5e-4)


def test_a_file_of_dssat_as_others_write_it(tmp_path: Path) -> None:
    """Years of two digits, a title, more columns, a code of a station in place of a title."""
    text = "*WEATHER : \n\n@ INSI      LAT     LONG  ELEV   TAV   AMP REFHT WNDHT\n"
    text += "  UFGA   29.630  -82.370    40  20.9  13.0   2.0   3.0\n"
    text += "@DATE  SRAD  TMAX  TMIN  RAIN   PAR\n" + "".join(
        f"78{day:03d}  10.2  20.0 {5 + day % 7}.0   0.0   0.0\n" for day in range(1, 32)
    )
    (tmp_path / "UFGA7801.WTH").write_text(text)
    found = read_weather(tmp_path / "UFGA7801.WTH")
    assert str(found["station"].values[0]) == "UFGA"
    assert float(found["latitude"].values[0]) == 29.63
    assert str(found["time"].values[0])[:10] == "1978-01-01"


def test_members_for_swat_have_its_lists_of_files(tmp_path: Path) -> None:
    """Each folder has a file for each station and quantity, and pcp.cli and so on with their names by the alphabet."""
    data = weather()
    both = xr.concat([data, data.assign_coords(station=["Alpe Adria"])], "station")
    members = both.to_dataarray("variable").expand_dims(realization=[3]).transpose("realization", "station", "variable", "time")
    units = ("variable", [both[str(name)].attrs["units"] for name in members["variable"].values])
    assert to_models(members.assign_coords(units=units), tmp_path, "swat") == 2
    folder = tmp_path / "real_0003"
    for what in ("pcp", "tmp", "slr", "hmd", "wnd"):
        lines = (folder / f"{what}.cli").read_text().splitlines()
        assert lines[1:] == ["filename", f"Alpe_Adria.{what}", f"Zürich.{what}"]
        assert all((folder / name).exists() for name in lines[2:])
    again = read_weather([path for path in sorted(folder.iterdir()) if path.suffix != ".cli"])
    assert sorted(again["station"].values.tolist()) == ["Alpe Adria", "Zürich"]
    assert again["theta_max"].sel(station="Zürich").values == pytest.approx(data["theta_max"].values[0], abs=0.006)


def test_each_file_of_swat_is_read_back(tmp_path: Path) -> None:
    data = weather()
    write_weather(data, tmp_path / "station.pcp", format_name="swat")
    assert {path.suffix for path in tmp_path.iterdir()} == {".pcp", ".tmp", ".slr", ".hmd", ".wnd"}
    lines = (tmp_path / "station.tmp").read_text().splitlines()
    assert lines[1].split() == ["nbyr", "tstep", "lat", "lon", "elev"]
    assert lines[2].split() == ["4", "0", "47.200", "8.500", "430.000"]
    assert lines[3].split()[:2] == ["2003", "335"]
    again = read_weather([tmp_path / f"station{suffix}" for suffix in (".pcp", ".tmp", ".slr", ".hmd", ".wnd")])
    for variable in ("R", "theta_max", "theta_min", "Qsw", "rh", "U"):
        assert again[variable].values[0] == pytest.approx(data[variable].values[0], abs=0.006)


def test_the_layout_of_dssat(tmp_path: Path) -> None:
    """The header that the model reads by position: four letters, coordinates, tav and amp; days as YYYYDDD."""
    write_weather(weather(), tmp_path / "a.wth")
    lines = (tmp_path / "a.wth").read_text().splitlines()
    assert lines[0].startswith("*WEATHER DATA : ")
    assert lines[2].split() == ["@", "INSI", "LAT", "LONG", "ELEV", "TAV", "AMP", "REFHT", "WNDHT"]
    assert lines[3].split()[:4] == ["ZRIC", "47.200", "8.500", "430"]
    assert lines[4].split() == ["@", "DATE", "SRAD", "TMAX", "TMIN", "RAIN", "DEWP", "WIND"]
    assert lines[5].split()[0] == "2003335"
    assert len(lines) == 5 + N_DAYS


@pytest.mark.parametrize("form", ["dssat", "apsim", "swat"])
def test_what_a_model_cannot_use_is_named(tmp_path: Path, form: str) -> None:
    crossed = weather()
    crossed["theta_min"][0, 3] = crossed["theta_max"][0, 3] + 1.0
    with pytest.raises(DataError, match=r"theta_min is .* at Zürich on 2003-12-04"):
        write_weather(crossed, tmp_path / "a", format_name=form)
    with pytest.raises(DataError, match="theta_max is not in the data"):
        write_weather(weather().drop_vars("theta_max"), tmp_path / "a", format_name=form)
    with pytest.raises(DataError, match="no latitude"):
        write_weather(weather(latitude=("station", [np.nan])), tmp_path / "a", format_name=form)
    assert not list(tmp_path.iterdir())


def test_an_ensemble_becomes_a_folder_for_each_member(
    example_wc: Multisite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example_wc.simulate_ensemble(2, seed=1, n_days=400, out_dir=tmp_path / "out")
    assert main(["export", str(tmp_path / "out"), str(tmp_path / "csv"), "--to", "csv"]) == 0
    names = sorted(str(path.relative_to(tmp_path / "csv")) for path in (tmp_path / "csv").rglob("*.csv"))
    assert names == [f"real_000{n}/{station}.csv" for n in range(2) for station in ("BERN", "MUNICH", "ZURICH")]
    ensemble = weathercop.open_ensemble(tmp_path / "out")
    again = read_weather(tmp_path / "csv" / "real_0001" / "BERN.csv")
    assert np.array_equal(again["R"].values[0], ensemble.sel(realization=1, station="BERN", variable="R").values)
    assert main(["export", str(tmp_path / "out"), str(tmp_path / "crop"), "--to", "dssat"]) == 1
    assert "theta_max is not in the data" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "out"), str(tmp_path / "x"), "--to", "netcfd"]) == 1


@pytest.mark.parametrize("station", ["# 7, west", "(north) 2!", "=A1", "São Paulo", 'q"x', "*WEATHER"])
def test_odd_names_of_stations_hide_no_row(station: str, tmp_path: Path) -> None:
    data = weather().assign_coords(station=[station])
    for path, form in ((tmp_path / "a.csv", "csv"), (tmp_path / "a.met", "apsim"), (tmp_path / "a.WTH", "dssat")):
        write_weather(data, path, format_name=form)
        again = read_weather(path)
        np.testing.assert_array_equal(again["time"].values, data["time"].values)
        np.testing.assert_allclose(again["theta_max"].values, data["theta_max"].values, atol=0.051)
    assert read_weather(tmp_path / "a.csv")["station"].values.tolist() == [station]


def test_files_of_an_ensemble_have_names_that_dssat_looks_for(tmp_path: Path) -> None:
    """Eight letters; stations that begin alike have numbers, inside the file too."""
    stations = ["Zürich-Kloten", "Zürich Affoltern", "X"]
    ensemble = xr.concat([weather().assign_coords(station=[name]) for name in stations], "station").to_array("variable")
    ensemble = ensemble.assign_coords(units=("variable", ["degC", "degC", "mm", "W m-2", "1", "m s-1"]))
    ensemble = ensemble.expand_dims(realization=[0]).transpose("realization", "station", "variable", "time")
    assert to_models(ensemble, tmp_path, "dssat") == 3
    folder = tmp_path / "real_0000"
    assert sorted(path.name for path in folder.iterdir()) == ["XXXX0304.WTH", "ZRI10304.WTH", "ZRIC0304.WTH"]
    assert (folder / "ZRI10304.WTH").read_text(encoding="utf-8").splitlines()[3].split()[0] == "ZRI1"
    assert read_weather(folder / "ZRI10304.WTH")["station"].values.tolist() == ["Zürich Affoltern"]


def test_what_looks_like_an_ending_is_part_of_a_name(tmp_path: Path) -> None:
    data = weather().assign(theta=lambda held: 0.5 * (held["theta_min"] + held["theta_max"]))
    write_weather(data, tmp_path / "St. Gallen", format_name="mhm")
    write_weather(data, tmp_path / "Bern.nc", format_name="mhm")
    write_weather(data, tmp_path / "St. Gallen", format_name="hbv")
    assert (tmp_path / "St. Gallen" / "pre" / "pre.nc").is_file()
    assert (tmp_path / "Bern" / "pre" / "pre.nc").is_file()
    assert (tmp_path / "St. Gallen_PTQ.txt").is_file()
