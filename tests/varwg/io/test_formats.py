"""Doors: recognition by content, merging, NetCDF, and writing that nobody sees half of."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from varwg import read_observations
from varwg._persistence import TEXT, replacing, write_text
from varwg.errors import DataError
from varwg.io import FORMATS, read_netcdf, read_weather, write_csv, write_met, write_netcdf, write_weather
from varwg.io._formats import recognised

Make = Callable[..., xr.Dataset]


def test_netcdf_round_trip(make: Make, tmp_path: Path) -> None:
    data = make("theta", "R", stations=("KA", "S"))
    data["R"][1, 3] = np.nan
    data = data.assign_coords(station_name=("station", ["Karlsruhe", "Stuttgart"])).assign_attrs(entropy="42")
    write_netcdf(data, tmp_path / "a.nc")
    back = read_netcdf(tmp_path / "a.nc")
    xr.testing.assert_equal(back, data)
    assert back.attrs["entropy"] == "42"
    assert back["latitude"].attrs["units"] == "degrees_north"
    assert back["R"].attrs["units"] == "mm"
    assert back.attrs["Conventions"].startswith("CF-")
    assert [path.name for path in tmp_path.iterdir()] == ["a.nc"]


def test_formats_are_recognised_by_content(make: Make, tmp_path: Path) -> None:
    data = make("theta", "R", "rh", "U", "Qsw", "ILWR", "pressure")
    for name in ("netcdf", "met", "csv", "glm", "gotm", "dyresm"):
        write_weather(data, tmp_path / f"{name}.data", format_name=name)
        assert recognised(tmp_path / f"{name}.data").name == name
        back = read_weather(tmp_path / f"{name}.data")
        np.testing.assert_allclose(back["R"].values, data["R"].values, rtol=1e-6)
    (tmp_path / "poem.txt").write_text("Wem Gott will rechte Gunst erweisen,\nden schickt er in die weite Welt\n")
    with pytest.raises(DataError, match=r"poem\.txt is in no format that is recognised \(netcdf, dwd"):
        recognised(tmp_path / "poem.txt")


def test_gzipped_text(make: Make, tmp_path: Path) -> None:
    data = make("theta")
    write_met(data, tmp_path / "a.met")
    (tmp_path / "a.met.gz").write_bytes(gzip.compress((tmp_path / "a.met").read_bytes()))
    np.testing.assert_array_equal(read_weather(tmp_path / "a.met.gz")["theta"].values, data["theta"].values)


def test_files_are_merged_and_the_first_wins(make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two periods that overlap, another variable in other units, another station."""
    first, second = make("theta"), make("theta", start="2001-06-21")
    rain = make("R")
    rain["R"] = (rain["R"] / 10).assign_attrs(units="cm")
    other = make("theta", stations=("S",))
    for number, data in enumerate((first, second, rain, other)):
        write_csv(data, tmp_path / f"{number}.csv")
    whole = read_weather([tmp_path / f"{number}.csv" for number in range(4)])
    assert whole.sizes == {"station": 2, "time": 50}
    ka = whole.sel(station="KA")
    np.testing.assert_array_equal(ka["theta"].values[:30], first["theta"].values[0])
    np.testing.assert_array_equal(ka["theta"].values[30:], second["theta"].values[0, 10:])
    np.testing.assert_allclose(ka["R"].values[:30], 10 * rain["R"].values[0])
    assert np.isnan(ka["R"].values[30:]).all()
    assert whole["R"].attrs["units"] == "mm"
    np.testing.assert_array_equal(whole["theta"].sel(station="S").values[:30], other["theta"].values[0])
    assert "theta at KA in 1.csv: 10 values differ" in caplog.text


def test_stations_are_chosen(make: Make, tmp_path: Path) -> None:
    write_netcdf(make("theta", stations=("KA", "S")), tmp_path / "a.nc")
    assert list(read_weather(tmp_path / "a.nc", stations=["S"])["station"].values) == ["S"]
    with pytest.raises(DataError, match="none of the stations X is in the data, which have KA, S"):
        read_weather(tmp_path / "a.nc", stations=["X"])


def test_the_format_to_write_follows_from_the_ending(make: Make, tmp_path: Path) -> None:
    data = make("theta")
    for ending in ("nc", "met", "csv"):
        write_weather(data, tmp_path / f"a.{ending}")
        np.testing.assert_array_equal(read_weather(tmp_path / f"a.{ending}")["theta"].values, data["theta"].values)
    with pytest.raises(DataError, match="does not end in one of"):
        write_weather(data, tmp_path / "a.unknown")
    with pytest.raises(DataError, match="dwd files can be read but not written"):
        write_weather(data, tmp_path / "a.txt", format_name="dwd")
    with pytest.raises(DataError, match="format 'excel' is not known"):
        write_weather(data, tmp_path / "a.txt", format_name="excel")


def test_names_of_formats_are_unique() -> None:
    names = [known.name for known in FORMATS]
    endings = [ending for known in FORMATS for ending in known.suffixes]
    assert len(set(names)) == len(names)
    assert len(set(endings)) == len(endings)


def test_what_is_written_can_be_observations(rng: np.random.Generator, tmp_path: Path) -> None:
    times = np.arange("2001-01-01", "2003-06-01", dtype="datetime64[D]").astype("datetime64[ns]")
    data = xr.Dataset(
        {"theta": (("station", "time"), rng.normal(10, 5, (2, times.size)), {"units": "degC"})},
        {"station": ["A", "B"], "time": times, "latitude": ("station", [50.0, 51.0])},
    )
    observed = read_observations(data)
    write_netcdf(observed, tmp_path / "a.nc")
    again = read_observations(tmp_path / "a.nc")
    np.testing.assert_array_equal(again.values, observed.values)
    np.testing.assert_array_equal(again.latitude, [50.0, 51.0])


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replacing(path, kind=TEXT) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


def test_directories_that_are_not_there(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("a.nc", "a.met", "a.csv"):
        for directory in ("nowhere", "file"):
            with pytest.raises(DataError, match=rf"{name} cannot be written"):
                write_weather(make("theta"), tmp_path / directory / name)
    with pytest.raises(DataError, match="is not a file"):
        read_weather(tmp_path / "nothing.nc")
    with pytest.raises(DataError, match="no file was given"):
        read_weather([])


def test_broken_netcdf(tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    with pytest.raises(DataError, match="cannot be read as NetCDF"):
        read_weather(tmp_path / "a.nc")
