"""Met and CSV files: exact round trips, spellings of times and units, and errors that name the line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from varwg import read_observations
from varwg._arrays import TimeArray
from varwg.errors import DataError
from varwg.io import read_csv, read_met, read_weather, write_csv, write_met
from varwg.io._written_times import format_times, is_time, parse_times

Make = Callable[..., xr.Dataset]

JUNE = np.array(["2001-06-01", "2001-06-02"], dtype="datetime64[ns]")


def met(tmp_path: Path, text: str) -> xr.Dataset:
    path = tmp_path / "some.met"
    path.write_text(text)
    return read_met(path)


@pytest.mark.parametrize("step", ["D", "h", "m", "s"])
@pytest.mark.parametrize(("write", "read", "ending"), [(write_met, read_met, "met"), (write_csv, read_csv, "csv")])
def test_round_trip_is_exact(
    make: Make, tmp_path: Path, write: Callable[..., Any], read: Callable[..., Any], ending: str, step: str
) -> None:
    data = make("theta", "R", "rh", step=step)
    data["R"][0, 3] = np.nan
    data["theta"][0, :3] = [1e-300, -0.1 - 0.2, 1.0]
    write(data, tmp_path / f"a.{ending}")
    back = read(tmp_path / f"a.{ending}")
    np.testing.assert_array_equal(back["time"].values, data["time"].values)
    for name in data.data_vars:
        np.testing.assert_array_equal(back[name].values, data[name].values)
        assert back[name].attrs["units"] == data[name].attrs["units"]
    write(back, tmp_path / f"b.{ending}")
    text = (tmp_path / f"b.{ending}").read_text()
    assert text.replace("site,", "").count("\n") == (tmp_path / f"a.{ending}").read_text().count("\n")


@given(st.lists(st.floats(allow_infinity=False, width=64), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_any_number_survives(tmp_path: Path, values: list[float]) -> None:
    kept = np.array([*values, -999.0, 0.5])
    times = np.datetime64("2001-01-01", "ns") + np.arange(kept.size) * np.timedelta64(1, "D")
    write_met(xr.Dataset({"own": ("time", kept)}, {"time": times}), tmp_path / "a.met")
    np.testing.assert_array_equal(read_met(tmp_path / "a.met")["own"].values[0], kept)


def test_met_files_look_like_met_files(make: Make, tmp_path: Path) -> None:
    data = make("theta", "rh", steps=2)
    data["theta"][0] = [1.5, np.nan]
    data["rh"][0] = [0.25, 1.0]
    write_met(data, tmp_path / "a.met")
    assert (tmp_path / "a.met").read_text() == "time\ttheta\trh\n-\tdegC\t1\n2001-06-01\t1.5\t0.25\n2001-06-02\tnan\t1.0\n"
    write_met(data, tmp_path / "a.met", units_row=False)
    table = pd.read_csv(tmp_path / "a.met", sep="\t", index_col="time", parse_dates=True)
    np.testing.assert_array_equal(table["theta"], [1.5, np.nan])
    assert [path.name for path in tmp_path.iterdir()] == ["a.met"]


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("time", "2001-06-01", "2001-06-02"),
        ("Time", "2001-06-01T00:00", "2001-06-02T00:00"),
        ("chron", "2001-06-01 00:00:00", "2001-06-02 00:00:00"),
        ("datetime", "2001-06-01T00:00:00Z", "2001-06-02T00:00:00Z"),
        ("date", "01.06.2001", "02.06.2001"),
        ("Datum", "01.06.2001 00:00", "02.06.2001 00:00"),
        ("DATE", "20010601", "20010602"),
        ("timestamp", "2001060100", "2001060200"),
        ("time", "200106010000", "200106020000"),
        ("date", "2001/06/01", "2001/06/02"),
        ("date\thour", "2001-06-01\t0", "2001-06-02\t0"),
        ("date\ttime", "01.06.2001\t00:00", "02.06.2001\t00:00"),
        ("year\tmonth\tday", "2001\t6\t1", "2001\t6\t2"),
        ("Year\tMonth\tDay\tHour", "2001\t06\t01\t00", "2001\t06\t02\t00"),
    ],
)
@pytest.mark.parametrize("units", [False, True])
def test_usual_spellings_of_the_time(tmp_path: Path, header: str, first: str, second: str, units: bool) -> None:
    row = "\t".join(["-"] * (header.count("\t") + 1)) + "\tdegC\n" if units else ""
    data = met(tmp_path, f"{header}\ttheta\n{row}{first}\t1.5\n{second}\t2.5\n")
    np.testing.assert_array_equal(data["time"].values, JUNE)
    np.testing.assert_array_equal(data["theta"].values, [[1.5, 2.5]])
    assert list(data.data_vars) == ["theta"]
    assert data["theta"].attrs.get("units") == ("degC" if units else None)


def test_units_in_the_header(tmp_path: Path) -> None:
    data = met(tmp_path, "# a comment\n\ntime [UTC]\ttheta (K)\tR [mm/h]\trh\n2001-06-01\t280\t1\t0.5\n2001-06-02\t281\t2\t0.6\n")
    assert [data[name].attrs.get("units") for name in ("theta", "R", "rh")] == ["K", "mm/h", None]


def test_missing_values_have_many_names(tmp_path: Path) -> None:
    cells = ["", "nan", "NaN", "NA", "-999", "-", "null", "1"]
    rows = "\n".join(f"2001-06-0{day}\t{cell}\t0" for day, cell in enumerate(cells, start=1))
    np.testing.assert_array_equal(met(tmp_path, f"time\ttheta\tR\n{rows}\n")["theta"].values, [[np.nan] * 7 + [1.0]])


def test_errors_name_the_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 5: theta is 'abc', not a number"):
        met(tmp_path, "time\ttheta\n-\tdegC\n2001-06-01\t1\n\n2001-06-02\tabc\n\n")
    with pytest.raises(DataError, match="the time '2001-06-0x' is not written"):
        met(tmp_path, "time\ttheta\n2001-06-0x\t1\n2001-06-02\t2\n")
    with pytest.raises(DataError, match="not all written in one way"):
        met(tmp_path, "time\ttheta\n2001-06-01\t1\n02.06.2001\t2\n")
    with pytest.raises(DataError, match="line 3 has more cells than the header's 2"):
        met(tmp_path, "time\ttheta\n2001-06-01\t1\t\n2001-06-02\t2\t3\n")
    with pytest.raises(DataError, match="none of them is called 'time'"):
        met(tmp_path, "when\ttheta\n2001-06-01\t1\n")
    with pytest.raises(DataError, match="is empty"):
        met(tmp_path, "\n# nothing\n")
    with pytest.raises(DataError, match="column 'theta' occurs twice"):
        met(tmp_path, "time\ttheta\ttheta\n2001-06-01\t1\t2\n")
    with pytest.raises(DataError, match="a time twice"):
        met(tmp_path, "time\ttheta\n2001-06-01\t1\n2001-06-01\t2\n")


def test_ambiguous_dates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="06/01/2001"):
        met(tmp_path, "time\ttheta\n06/01/2001\t1\n06/02/2001\t2\n")


def test_columns_of_words_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = met(tmp_path, "time\ttheta\tremark\n2001-06-01\t1\tfine\n2001-06-02\t2\tfog\n")
    assert list(data.data_vars) == ["theta"]
    assert "'remark' holds no numbers" in caplog.text


def test_csv_with_decimal_commas(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Datum;theta;R\n01.06.2001;1,5;0\n02.06.2001;-2,25;3,5\n")
    data = read_csv(tmp_path / "a.csv")
    np.testing.assert_array_equal(data["theta"].values, [[1.5, -2.25]])
    np.testing.assert_array_equal(data["R"].values, [[0.0, 3.5]])


def test_csv_of_several_stations(make: Make, tmp_path: Path) -> None:
    data = make("theta", "R", stations=("KA", "S, Mitte"))
    write_csv(data, tmp_path / "a.csv")
    back = read_csv(tmp_path / "a.csv")
    assert list(back["station"].values) == ["KA", "S, Mitte"]
    for name in data.data_vars:
        np.testing.assert_array_equal(back[name].values, data[name].values)


def test_several_stations_do_not_fit_into_a_met_file(make: Make, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="KA, S, but a met file holds one"):
        write_met(make("theta", stations=("KA", "S")), tmp_path / "a.met")
    assert not list(tmp_path.iterdir())


def test_observations_are_read_from_met_files(tmp_path: Path, rng: np.random.Generator) -> None:
    times = np.arange("2001-01-01", "2004-01-01", dtype="datetime64[D]").astype("datetime64[ns]")
    frame = pd.DataFrame({"theta": rng.normal(283, 5, times.size), "R": rng.gamma(0.3, 5, times.size)}, index=times)
    write_met(frame, tmp_path / "a.met", units_row=False)
    observed = read_observations(read_weather(tmp_path / "a.met"), units={"theta": "K"})
    np.testing.assert_allclose(observed.values[0, 0], frame["theta"] - 273.15)
    np.testing.assert_array_equal(observed.values[0, 1], frame["R"])


def test_times_are_written_in_the_coarsest_exact_unit() -> None:
    base: TimeArray = np.array(["2001-06-01T00:00:00"], dtype="datetime64[ns]")
    assert format_times(base) == ("2001-06-01",)
    assert format_times(base + np.timedelta64(90, "m")) == ("2001-06-01T01:30",)
    assert format_times(base + np.timedelta64(90, "s")) == ("2001-06-01T00:01:30",)
    assert format_times(base, blank=True) == ("2001-06-01 00:00:00",)
    for delta in (0, 60, 61, 3601):
        times = base + np.timedelta64(delta, "s")
        np.testing.assert_array_equal(parse_times(format_times(times), ""), times)


@pytest.mark.parametrize("text", ["", "-", "degC", "mm", "UTC", "1", "12/31/01", "32.01.2001"])
def test_what_is_no_time(text: str) -> None:
    assert not is_time(text)


@pytest.mark.parametrize("station", ["+1", "-2", "@SUM(A1)", "=1+1", "'quoted"])
def test_names_of_stations_run_in_no_spreadsheet_and_come_back(make: Make, tmp_path: Path, station: str) -> None:
    data = make("theta").isel(station=[0]).assign_coords(station=[station])
    write_csv(data, tmp_path / "a.csv")
    cells = [line.split(",")[0] for line in (tmp_path / "a.csv").read_text().splitlines()[1:]]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert list(read_csv(tmp_path / "a.csv").station.values) == [station]
