"""Weather files of DSSAT, APSIM and SWAT+: what is written is read back, in the layout and units that their models want."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg import read_weather, write_weather
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
