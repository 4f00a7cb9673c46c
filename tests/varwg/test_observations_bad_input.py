"""Observations that cannot be used, or only after a repair: one clear sentence for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from varwg import read_observations
from varwg._calendar import in_seconds
from varwg.errors import DataError, UnitError

FAR = ("0001-01-01", "1500-01-01", "2261-06-01", "3500-01-01", "12000-01-01")
far_dates = pytest.mark.skipif(not hasattr(xr, "coders"), reason="xarray before 2025.1.2 has no such dates")


def make(days: int = 800) -> xr.Dataset:
    """Two stations with theta, R, rh, sun and Qsw at 50 degrees north."""
    rng = np.random.default_rng(11)
    times = pd.date_range("2001-01-01", periods=days, freq="D")
    shape = (2, days)
    columns = {
        "theta": (rng.normal(10, 5, shape), "degC"),
        "R": (np.where(rng.random(shape) < 0.4, rng.gamma(1, 5, shape), 0.0), "mm d-1"),
        "rh": (rng.uniform(0.4, 1.0, shape), "1"),
        "sun": (rng.uniform(0, 7, shape), "h"),
        "Qsw": (rng.uniform(10, 60, shape), "W m-2"),
    }
    data_vars = {name: (("station", "time"), values, {"units": unit}) for name, (values, unit) in columns.items()}
    return xr.Dataset(data_vars, {"station": ["A", "B"], "time": times, "latitude": ("station", [50.0, 50.0])})


def index_of(dataset: xr.Dataset, date: str) -> int:
    return int(np.flatnonzero(dataset["time"].values == np.datetime64(date))[0])


def one_sentence(error: pytest.ExceptionInfo[Exception]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 400
    return text


@pytest.mark.parametrize(
    ("keywords", "parts"),
    [
        ({"variables": ["theta", "hr"]}, ("variable 'hr'", "theta, R, rh")),
        ({"variables": ["Sun"]}, ("'Sun'", "Did you mean 'sun'?")),
        ({"stations": ["D"]}, ("station 'D'", "A, B")),
        ({"stations": ["A", "A"]}, ("station 'A'", "twice")),
        ({"variables": []}, ("no variable was asked for",)),
        ({"variables": "theta"}, ("sequence of names", "['theta']")),
        ({"units": {"tetha": "K"}}, ("'tetha'", "Did you mean 'theta'?")),
        ({"min_coverage": 0.0}, ("min_coverage is 0.0",)),
        ({"latitude": 100.0}, ("latitude of A is 100",)),
        ({"latitude": [1.0, 2.0, 3.0]}, ("latitude has 3 values",)),
        ({"elevation": {"A": 1.0}}, ("not for B",)),
        ({"latitude": "far north"}, ("latitude is 'far north'", "number")),
        ({"longitude": {"A": "east", "B": 1.0}}, ("longitude is", "'east'")),
        ({"stations": 3}, ("stations is 3", "['3']")),
        ({"variables": 3}, ("variables is 3", "['3']")),
        ({"units": "K"}, ("units is 'K'", "by name of variable")),
        ({"min_coverage": "most"}, ("min_coverage is 'most'",)),
    ],
)
def test_wrong_arguments(keywords: dict[str, Any], parts: tuple[Any, ...]) -> None:
    with pytest.raises(DataError) as error:
        read_observations(make(), **keywords)
    assert all(part in one_sentence(error) for part in parts)


def test_a_short_record() -> None:
    with pytest.raises(DataError, match=r"200 days \(2001-01-01 to 2001-07-19\).*730") as error:
        read_observations(make(200))
    one_sentence(error)
    read_observations(make(730))
    with pytest.raises(DataError, match="729 days"):
        read_observations(make(729))


def test_duplicate_times() -> None:
    dataset = make()
    twice = dataset.isel(time=[*range(400), 399, *range(400, 800)])
    with pytest.raises(DataError, match="2002-02-04 occurs twice"):
        read_observations(twice)
    hours = dataset["time"].values.copy()
    hours[5] = hours[4] + np.timedelta64(3, "h")
    with pytest.raises(DataError, match="2001-01-05 occurs twice"):
        read_observations(dataset.assign_coords(time=hours))


def test_unsorted_times_are_sorted() -> None:
    dataset = make()
    shuffled = dataset.isel(time=np.random.default_rng(0).permutation(800))
    found = read_observations(shuffled)
    np.testing.assert_array_equal(found.values, read_observations(dataset).values)
    assert found.repairs == ("the times were not in order and were sorted.",)


@pytest.mark.parametrize(("freq", "match"), [("7D", "steps of 7 days"), ("MS", "steps of 31 days"), ("5h", "5 h")])
def test_steps_that_cannot_be_used(freq: str, match: str) -> None:
    times = pd.date_range("1901-01-01", periods=4000 if freq == "5h" else 800, freq=freq)
    dataset = xr.Dataset({"theta": ("time", np.arange(float(len(times))), {"units": "degC"})}, {"time": times})
    with pytest.raises(DataError, match=match):
        read_observations(dataset)


def test_an_odd_time_among_hours() -> None:
    times = pd.date_range("2001-01-01", periods=24 * 740, freq="h").to_numpy().copy()
    times[100] += np.timedelta64(7, "m")
    dataset = xr.Dataset({"theta": ("time", np.arange(float(len(times))), {"units": "degC"})}, {"time": times})
    with pytest.raises(DataError, match="2001-01-05T04:07 is not a multiple of 1 h"):
        read_observations(dataset)


@pytest.mark.parametrize(
    ("coordinate", "match"),
    [
        (np.arange(800), "the times are int64"),
        ([f"day {number}" for number in range(800)], "timestamps"),
        (xr.date_range("2001-01-01", periods=800, calendar="360_day", use_cftime=True), "360_day"),
    ],
)
def test_times_that_are_none(coordinate: Any, match: str) -> None:
    with pytest.raises(DataError, match=match):
        read_observations(make().assign_coords(time=coordinate))


def test_missing_times() -> None:
    with pytest.raises(DataError, match="no coordinate"):
        read_observations(make().drop_vars("time"))
    with pytest.raises(DataError, match="no dimension is called 'time'"):
        read_observations(make().rename(time="step"))
    times = make()["time"].values.copy()
    times[3] = np.datetime64("NaT")
    with pytest.raises(DataError, match="time number 3 is missing"):
        read_observations(make().assign_coords(time=times))


@pytest.mark.parametrize("data", [np.zeros((3, 4)), {"theta": [1.0]}, 7, None])
def test_not_observations(data: xr.Dataset) -> None:
    with pytest.raises(DataError, match="was expected"):
        read_observations(data)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        read_observations(tmp_path / "absent.nc")
    text = tmp_path / "text.nc"
    text.write_text("theta,R\n1,2\n")
    with pytest.raises(DataError, match="no format that is recognised") as error:
        read_observations(text)
    one_sentence(error)
    damaged = tmp_path / "damaged.nc"
    damaged.write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    with pytest.raises(DataError, match="cannot be read as NetCDF") as error:
        read_observations(damaged)
    one_sentence(error)


def test_text_instead_of_numbers() -> None:
    table = make().sel(station="A").drop_vars("latitude").to_dataframe()[["theta", "R"]]
    table["R"] = table["R"].astype(object)
    table["remark"] = "fine"
    found = read_observations(table, units={"theta": "degC", "R": "mm"})
    assert found.names == ("theta", "R")
    assert found.repairs[0].startswith("remark was left out")
    table.loc[table.index[3], "R"] = "wet"
    with pytest.raises(DataError, match="R cannot be read: its values are not numbers"):
        read_observations(table)


def test_no_station() -> None:
    with pytest.raises(DataError, match="no station"):
        read_observations(make().isel(station=slice(0, 0)))


def test_a_wrong_date_far_away() -> None:
    dataset = make()
    times = dataset["time"].values.copy()
    times[-1] = np.datetime64("2101-01-01")
    with pytest.raises(DataError, match=r"only 800 of the .* times between 2001-01-01 and 2101-01-02"):
        read_observations(dataset.assign_coords(time=times))


def test_other_layouts() -> None:
    with pytest.raises(DataError, match="no data variables"):
        read_observations(make()[[]])
    with pytest.raises(DataError, match="theta cannot be read: it has the further dimension gridcell"):
        read_observations(make().drop_vars("latitude").rename(station="gridcell"))
    with pytest.raises(DataError, match="station 'A' occurs twice"):
        read_observations(make().assign_coords(station=["A", "A"]))
    with pytest.raises(DataError, match="neither a dimension 'variable' nor a name"):
        read_observations(make()["theta"].rename(None))


def test_a_missing_unit_is_taken_from_the_table_if_the_values_allow_it(caplog: pytest.LogCaptureFixture) -> None:
    dataset = make()
    del dataset["theta"].attrs["units"]
    expected = read_observations(make())
    found = read_observations(dataset)
    np.testing.assert_array_equal(found.values, expected.values)
    assert len(found.repairs) == 1
    for part in ("theta has no unit", "degC", "units="):
        assert part in found.repairs[0]
    assert found.repairs[0] in caplog.text
    dataset["theta"] = dataset["theta"] + 273.15
    with pytest.raises(UnitError, match=r"theta has no unit.*not all possible in degC.*K") as error:
        read_observations(dataset)
    one_sentence(error)
    assert read_observations(dataset, units={"theta": "K"}).repairs == ()


def test_an_own_variable_without_unit() -> None:
    dataset = make().rename(theta="index")
    dataset["index"].attrs.clear()
    found = read_observations(dataset)
    assert "index has no unit and is taken as '1'" in found.repairs[0]


def test_an_unknown_unit() -> None:
    dataset = make()
    dataset["R"].attrs["units"] = "furlong"
    with pytest.raises(UnitError, match=r"R is in 'furlong'.*mm d-1.*units=") as error:
        read_observations(dataset)
    one_sentence(error)


def test_percent_declared_as_one() -> None:
    dataset = make()
    dataset["rh"] = (dataset["rh"].dims, dataset["rh"].values * 100, {"units": "1"})
    with pytest.raises(UnitError, match=r"rh at A.*unit is '1'.*possible in '%'") as error:
        read_observations(dataset)
    one_sentence(error)


def test_one_declared_as_percent() -> None:
    dataset = make()
    dataset["rh"].attrs["units"] = "%"
    with pytest.raises(UnitError, match=r"rh at A.*unit is '%'.*declare the unit '1'"):
        read_observations(dataset)


@pytest.mark.parametrize(("true", "declared"), [("K", "degC"), ("degC", "K")])
def test_kelvin_and_celsius_confused(true: str, declared: str) -> None:
    dataset = make()
    values = dataset["theta"].values + (273.15 if true == "K" else 0.0)
    dataset["theta"] = (dataset["theta"].dims, values, {"units": declared})
    with pytest.raises(UnitError, match=f"theta at A.*unit is '{declared}'.*'{true}'"):
        read_observations(dataset)


def test_a_little_supersaturation_is_clipped() -> None:
    dataset = make()
    dataset["rh"][1, :7] = [1.001, 1.02, 1.05, 1.0, 0.99, 1.04999, 1.01]
    found = read_observations(dataset)
    np.testing.assert_array_equal(found.values[1, 2, :7], [1, 1, 1, 1, 0.99, 1, 1])
    assert found.repairs == ("rh at B: 5 values beyond a bound, by at most 0.05, set to the bound.",)


@pytest.mark.parametrize(
    ("name", "value", "station"),
    [
        ("theta", 80.0, "A"),
        ("theta", -120.0, "B"),
        ("R", -1.0, "A"),
        ("R", 5000.0, "B"),
        ("rh", 1.2, "A"),
        ("sun", 24.0, "B"),
        ("sun", -0.5, "A"),
        ("Qsw", 300.0, "A"),
        ("Qsw", -20.0, "B"),
    ],
)
def test_impossible_values_are_set_missing_and_reported(name: str, value: float, station: str) -> None:
    dataset = make()
    december = index_of(dataset, "2001-12-20")
    dataset[name].loc[{"station": station}][december : december + 3] = value
    found = read_observations(dataset)
    row, column = found.stations.index(station), found.names.index(name)
    assert np.flatnonzero(np.isnan(found.values[row, column])).tolist() == [december, december + 1, december + 2]
    assert np.isnan(found.values).sum() == 3
    assert len(found.repairs) == 1
    for part in (f"{name} at {station}: 3 impossible values", f"{value:.4g}", "2001-12-2"):
        assert part in found.repairs[0]


def test_missing_value_codes_and_infinities() -> None:
    dataset = make()
    dataset["theta"][0, :200] = -999.0
    dataset["Qsw"][1, 5] = -99.0
    dataset["R"][0, 7:9] = [np.inf, -np.inf]
    found = read_observations(dataset)
    assert np.isnan(found.values[0, 0, :200]).all()
    assert np.isnan(found.values).sum() == 203
    text = "\n".join(found.repairs)
    for part in ("theta at A: 200 values of -999", "Qsw at B: 1 value of -99", "R at A: 2 values of infinite"):
        assert part in text


def test_codes_are_values_where_the_variable_can_have_them() -> None:
    dataset = make()
    dataset["pressure"] = (dataset["theta"].dims, 1000 + dataset["theta"].values, {"units": "hPa"})
    dataset["pressure"][0, 3] = 999.0
    assert read_observations(dataset).repairs == ()


def test_undecoded_fill_values() -> None:
    dataset = make()
    dataset["theta"][0, :3] = 12.25
    dataset["theta"].attrs["_FillValue"] = 12.25
    assert np.isnan(read_observations(dataset).values[0, 0, :3]).all()


def test_many_impossible_values_are_an_error() -> None:
    dataset = make()
    dataset["R"][0, ::10] = -3.0
    with pytest.raises(DataError, match=r"R at A: 80 of 800 values, at worst -3 mm on 2001-01-01.*0 to 2000 mm") as error:
        read_observations(dataset)
    one_sentence(error)


def test_negative_zero_and_rounding_below_zero() -> None:
    dataset = make()
    dataset["R"][0, :3] = [-0.0, -1e-9, 0.0]
    found = read_observations(dataset)
    np.testing.assert_array_equal(np.signbit(found.values[0, 1, :3]), False)
    np.testing.assert_array_equal(found.values[0, 1, :3], 0.0)


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_constant_series(value: float) -> None:
    dataset = make()
    dataset["R"][1] = value
    with pytest.raises(DataError, match=f"R at B is constant: all 800 values are {value:g}") as error:
        read_observations(dataset)
    one_sentence(error)


def test_a_variable_without_values_at_one_station_stays_missing() -> None:
    dataset = make()
    dataset["sun"][1] = np.nan
    found = read_observations(dataset)
    assert np.isnan(found.values[1, 3]).all()
    assert np.isfinite(np.delete(found.values.reshape(10, -1), 8, axis=0)).all()
    assert len(found.repairs) == 1
    for part in ("sun at B has no values", "missing in every simulation"):
        assert part in found.repairs[0]


def test_a_variable_or_station_without_any_values() -> None:
    nowhere = make()
    nowhere["sun"][:] = np.nan
    with pytest.raises(DataError, match="sun has no values at any station"):
        read_observations(nowhere)
    nothing = make()
    for name in nothing.data_vars:
        nothing[name][0] = np.nan
    with pytest.raises(DataError, match="A has no values of any variable"):
        read_observations(nothing)
    read_observations(nothing, stations=["B"])


def test_series_too_sparse_for_a_fit_count_as_missing() -> None:
    dataset = make()
    dataset["theta"][0, 364:] = np.nan
    dataset["rh"][1] = dataset["rh"][1].where(dataset["time"].dt.month.isin([4, 5, 6, 7, 8, 9, 10]))
    found = read_observations(dataset)
    assert np.isnan(found.values[0, 0]).all()
    assert np.isnan(found.values[1, 2]).all()
    assert "theta at A has only 364 values" in found.repairs[0]
    assert "rh at B has no values in 152 consecutive days of the year" in found.repairs[1]


def test_every_repair_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    dataset = make()
    dataset["theta"][0, 0] = -99.0
    dataset["sun"][1] = np.nan
    found = read_observations(dataset)
    assert len(found.repairs) == 2
    assert [record.getMessage() for record in caplog.records] == list(found.repairs)
    assert {record.name for record in caplog.records} == {"varwg._observations"}


def test_a_unit_that_is_no_text() -> None:
    with pytest.raises(UnitError, match="unit of theta is 3") as error:
        read_observations(make(), units={"theta": 3})  # type: ignore[dict-item]
    one_sentence(error)


@pytest.mark.parametrize("unit", [None, b"degC", np.array(["degC"]), ["degC"], "  degC "])
def test_odd_ways_to_write_the_attribute_units(unit: object) -> None:
    dataset = make()[["theta"]]
    dataset["theta"].attrs["units"] = unit
    assert read_observations(dataset).variables[0].units == "degC"


@pytest.mark.parametrize("first", ["-0001-01-01", "99998-06-01"])
def test_years_that_nobody_means_are_refused(first: str) -> None:
    frame = make()[["theta"]].isel(station=0, drop=True).to_dataframe()
    frame.index = pd.DatetimeIndex(np.datetime64(first, "s") + np.arange(800) * np.timedelta64(1, "D"), name="time")
    with pytest.raises(DataError, match="between 0001-01-01 and 99999-12-31") as error:
        read_observations(frame)
    one_sentence(error)


@far_dates
@pytest.mark.parametrize("first", ["1600-01-01", "3000-01-01"])
def test_cftime_years_that_nanoseconds_cannot_count_are_read_right(first: str) -> None:
    times = xr.date_range(first, periods=800, use_cftime=True)
    read = read_observations(make()[["theta"]].assign_coords(time=times)).times
    assert np.array_equal(read, np.datetime64(first) + np.arange(800))


@pytest.mark.parametrize("first", ["1677-09-23", "2260-02-01", *(pytest.param(year, marks=far_dates) for year in FAR)])
def test_first_and_last_years(first: str) -> None:
    times = np.datetime64(first, "s") + np.arange(800) * np.timedelta64(1, "D")
    assert str(read_observations(make()[["theta"]].assign_coords(time=times)).times[0]).startswith(first)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_times_finer_than_seconds_are_rounded_and_never_made_one(unit: str) -> None:
    start = np.datetime64("2001-01-01").astype(f"datetime64[{unit}]")
    days = start + np.arange(800) * np.timedelta64(86_400_000, "ms").astype(f"m8[{unit}]")
    read = in_seconds(days - np.timedelta64(2, "ms"))
    assert np.array_equal(read, days)
    with pytest.raises(DataError, match="within the same second"):
        in_seconds(start + np.arange(5) * np.timedelta64(100, "ms"))


def test_sunshine_longer_than_the_day_puts_the_latitude_in_doubt_not_the_unit() -> None:
    dataset = make().assign_coords(latitude=("station", [-80.0, -80.0]))
    with pytest.raises(DataError, match=r"at latitude -80.*check the latitude") as error:
        read_observations(dataset[["sun"]])
    assert not isinstance(error.value, UnitError)
    assert "declare" not in one_sentence(error)


def test_a_row_that_a_long_table_holds_twice() -> None:
    table = make()[["theta"]].to_dataframe()
    with pytest.raises(DataError, match=r"two rows for 2001-01-01.*at A"):
        read_observations(pd.concat([table, table.iloc[:1]]))


def test_a_name_that_no_file_can_hold() -> None:
    with pytest.raises(DataError, match=r"'wind/gusts'.*'/'") as error:
        read_observations(make().rename({"R": "wind/gusts"}))
    one_sentence(error)


@pytest.mark.parametrize("name", ["+1", "-2", "@SUM", "..", "%s", "${x}", "`id`"])
def test_names_of_variables_that_netcdf_cannot_hold_are_refused_before_the_fit(name: str) -> None:
    with pytest.raises(DataError, match="begins with a letter, a digit or '_'"):
        read_observations(make()[["theta"]].rename(theta=name))
    assert read_observations(make()[["theta"]].rename(theta="_été 2")).names == ("_été 2",)
