"""Observations that can be used: layouts, units, aggregation to days, and the real data with their quirks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from varwg import N_DOYS, Observations, Variable, read_observations
from varwg._observations.aggregation import to_days
from varwg._variables import Aggregation
from varwg.errors import DataError, UnitError
from varwg.meteo import SUNRISE_ALTITUDE, day_length, potential_radiation

UNITS = {"theta": "degC", "R": "mm d-1", "rh": "1", "Qsw": "W m-2", "sun": "h", "U": "m s-1"}
STATIONS = ("A", "B", "C")


def make(
    names: tuple[Any, ...] = ("theta", "R", "rh"),
    stations: tuple[Any, ...] = STATIONS,
    days: int = 800,
    start: str = "2001-01-01",
) -> xr.Dataset:
    """A clean tidy Dataset of seasonal noise at 50 degrees north."""
    rng = np.random.default_rng(5)
    times = pd.date_range(start, periods=days, freq="D")
    season = np.cos(2 * np.pi * (times.day_of_year.to_numpy() - 196) / 365.25)
    shape = (len(stations), days)
    columns = {
        "theta": 10 + 9 * season + rng.normal(0, 3, shape),
        "R": np.where(rng.random(shape) < 0.4, rng.gamma(0.8, 6, shape), 0.0),
        "rh": np.clip(0.75 - 0.08 * season + rng.normal(0, 0.07, shape), 0.2, 1),
        "Qsw": 120 + 90 * season + rng.uniform(-20, 20, shape),
        "sun": np.clip(4.5 + 2 * season + rng.normal(0, 2, shape), 0, 8),
        "U": rng.gamma(4, 0.7, shape),
    }
    data_vars = {name: (("station", "time"), columns[name], {"units": UNITS[name]}) for name in names}
    places = {"latitude": ("station", [50.0, 50.5, 51.0][: len(stations)]),
              "longitude": ("station", [8.0, 9.0, 10.0][: len(stations)]),
              "elevation": ("station", [100.0, 200.0, 300.0][: len(stations)])}  # fmt: skip
    return xr.Dataset(data_vars, {"station": list(stations), "time": times, **places})


def by_station(dataset: xr.Dataset) -> xr.Dataset:
    """The layout of one data variable per station."""
    array = dataset.drop_vars(["latitude", "longitude", "elevation"]).to_dataarray("variable")
    array.attrs = {}
    parts = {str(name): array.sel(station=name, drop=True) for name in dataset["station"].values}
    units = [dataset[name].attrs["units"] for name in array["variable"].values]
    return xr.Dataset(parts).assign_coords(units=("variable", units))


def frame(dataset: xr.Dataset) -> pd.DataFrame:
    """Columns (station, variable)."""
    columns = {
        (station, name): dataset[name].sel(station=station).values
        for station in dataset["station"].values
        for name in dataset.data_vars
    }
    return pd.DataFrame(columns, index=pd.DatetimeIndex(dataset["time"].values))


def test_tidy_dataset() -> None:
    dataset = make()
    observations = read_observations(dataset)
    assert observations.values.shape == (3, 3, 800)
    assert observations.stations == STATIONS
    assert observations.names == ("theta", "R", "rh")
    assert observations.repairs == ()
    assert observations.hourly is None
    assert observations.steps_per_day == 1
    np.testing.assert_array_equal(observations.values[:, 1], dataset["R"].values)
    np.testing.assert_array_equal(observations.times, dataset["time"].values)
    np.testing.assert_array_equal(observations.latitude, [50.0, 50.5, 51.0])
    np.testing.assert_array_equal(observations.elevation, [100.0, 200.0, 300.0])
    assert observations.doy[0] == 0
    assert observations.doy[59] == 60  # 1 March of a common year


def test_everything_is_read_only() -> None:
    observations = read_observations(make())
    for array in (observations.values, observations.times, observations.latitude):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = array


@pytest.mark.parametrize(
    "layout",
    [
        lambda d: d.transpose("time", "station"),
        lambda d: d.rename(station="stations", time="Time", latitude="lat", longitude="lon", elevation="altitude"),
        lambda d: d.reset_coords(["latitude", "longitude", "elevation"]),
        lambda d: d.expand_dims(realization=1),
        lambda d: pytest.importorskip("dask") and d.chunk({"time": 100}),
        lambda d: d.assign(quality=(("station", "time"), np.ones((3, 800), int), {"flag_meanings": "good bad"})),
        lambda d: d.assign(note=("time", ["fine"] * 800)),
        lambda d: d.assign_coords(height=2.0),
    ],
    ids=["transposed", "names", "data_vars", "extra_dim", "dask", "flags", "text", "height"],
)
def test_layouts_of_the_tidy_dataset(layout: Callable[..., Any]) -> None:
    expected = read_observations(make())
    found = read_observations(layout(make()))
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.latitude, expected.latitude)
    np.testing.assert_array_equal(found.elevation, expected.elevation)


@pytest.mark.parametrize("order", [("variable", "time"), ("time", "variable")])
def test_one_data_variable_per_station(order: tuple[str, str]) -> None:
    dataset = make()
    found = read_observations(by_station(dataset).transpose(*order))
    expected = read_observations(dataset)
    assert found.stations == STATIONS
    assert found.repairs == ()
    np.testing.assert_array_equal(found.values, expected.values)
    assert np.isnan(found.latitude).all()


def test_one_data_variable_per_station_with_places() -> None:
    dataset = make()
    places = {name: dataset[name] for name in ("latitude", "longitude")}
    shuffled = xr.Dataset(coords=places).isel(station=[2, 0, 1])
    parts = by_station(dataset)
    found = read_observations(parts.assign_coords(shuffled.coords))
    np.testing.assert_array_equal(found.latitude, dataset["latitude"].values)
    parts["B"].attrs["latitude"] = 7.0
    np.testing.assert_array_equal(read_observations(parts).latitude, [np.nan, 7.0, np.nan])


def test_dataarray_with_a_dim_of_variables() -> None:
    dataset = make()
    array = dataset.to_dataarray("variable").assign_coords(units=("variable", ["degC", "mm d-1", "1"]))
    found = read_observations(array.transpose("station", "variable", "time"))
    np.testing.assert_array_equal(found.values, read_observations(dataset).values)
    saved = read_observations(array.to_dataset(name="weather"))
    np.testing.assert_array_equal(saved.values, found.values)


@pytest.mark.parametrize("names", [(None, None), ("station", "variable")])
@pytest.mark.parametrize("swapped", [False, True])
def test_frame_of_several_stations(names: tuple[Any, ...], swapped: bool) -> None:
    dataset = make()
    table = frame(dataset)
    table.columns.names = names
    if swapped:
        table = table.swaplevel(axis=1)
    found = read_observations(table, units=UNITS_OF_THREE)
    assert found.stations == STATIONS
    assert found.repairs == ()
    np.testing.assert_array_equal(found.values, read_observations(dataset).values)


UNITS_OF_THREE = {name: UNITS[name] for name in ("theta", "R", "rh")}


def test_frame_of_one_station() -> None:
    dataset = make(stations=("A",))
    table = dataset.isel(station=0, drop=True).to_dataframe()[["theta", "R", "rh"]]
    found = read_observations(table, units=UNITS_OF_THREE, latitude=50.0, stations=["KASSEL"])
    assert found.stations == ("KASSEL",)
    assert found.latitude[0] == 50.0
    np.testing.assert_array_equal(found.values, read_observations(dataset).values)
    assert read_observations(table, units=UNITS_OF_THREE).stations == ("site",)
    series = read_observations(table["R"], units={"R": "mm"})
    np.testing.assert_array_equal(series.values[0, 0], found.values[0, 1])


def test_dataset_without_a_dim_of_stations() -> None:
    dataset = make()
    found = read_observations(dataset.sel(station="B"))
    assert found.stations == ("B",)
    assert found.latitude[0] == 50.5
    nameless = read_observations(dataset.sel(station="B", drop=True))
    assert nameless.stations == ("site",)
    np.testing.assert_array_equal(nameless.values, found.values)


def test_netcdf_path(tmp_path: Path) -> None:
    dataset = make()
    path = tmp_path / "data.nc"
    dataset.to_netcdf(path)
    for name in (path, str(path)):
        np.testing.assert_array_equal(read_observations(name).values, read_observations(dataset).values)


def test_selection_and_order() -> None:
    dataset = make()
    expected = read_observations(dataset)
    found = read_observations(dataset, variables=["rh", "theta"], stations=["C", "A"])
    assert found.names == ("rh", "theta")
    np.testing.assert_array_equal(found.values, expected.values[[2, 0]][:, [2, 0]])
    np.testing.assert_array_equal(found.latitude, [51.0, 50.0])
    selected = expected.select(["C", "A"], ["rh", "theta"])
    np.testing.assert_array_equal(selected.values, found.values)
    again = read_observations(expected, variables=["rh", "theta"], stations=["C", "A"])
    np.testing.assert_array_equal(again.values, found.values)
    assert again.variables == found.variables


def test_observations_read_before() -> None:
    first = read_observations(hourly())
    other = Variable("R", "mm", marginal="kde", lower=0.0)
    again = read_observations(first, variables=[other, "theta"])
    assert again.variables == (other, first.variables[0])
    assert again.hourly is not None
    assert again.hourly.variables == again.variables
    np.testing.assert_array_equal(again.values[0], first.values[0, [1, 0]])
    assert read_observations(first).repairs == first.repairs
    with pytest.raises(UnitError, match="R has been read in mm"):
        read_observations(first, variables=[Variable("R", "m")])
    with pytest.raises(DataError, match="read before"):
        read_observations(first, latitude=3.0)


def test_round_trip_through_a_dataset() -> None:
    dataset = make(("theta", "R", "rh", "Qsw", "sun", "U"))
    dataset["theta"][1, 5] = np.nan
    first = read_observations(dataset)
    tidy = first.to_dataset()
    second = read_observations(tidy)
    np.testing.assert_array_equal(second.values, first.values)
    assert second.variables == first.variables
    assert second.stations == first.stations
    assert tidy["R"].attrs["units"] == "mm"
    assert tidy["R"].attrs["cell_methods"] == "time: sum"


def test_nothing_of_the_caller_is_changed() -> None:
    dataset = make()
    dataset["theta"][0, 3] = -99.0
    before = dataset.copy(deep=True)
    read_observations(dataset)
    xr.testing.assert_identical(dataset, before)


@pytest.mark.parametrize(
    ("name", "unit", "scale", "offset"),
    [
        ("theta", "K", 1.0, 273.15),
        ("R", "kg m-2 s-1", 1 / 86400, 0.0),
        ("R", "m", 1e-3, 0.0),
        ("rh", "%", 100.0, 0.0),
        ("Qsw", "MJ m-2 d-1", 0.0864, 0.0),
        ("Qsw", "J/cm2", 8.64, 0.0),
        ("sun", "min", 60.0, 0.0),
        ("U", "km/h", 3.6, 0.0),
    ],
)
def test_units_are_converted(name: str, unit: str, scale: float, offset: float, caplog: pytest.LogCaptureFixture) -> None:
    expected = read_observations(make((name,)))
    dataset = make((name,))
    dataset[name] = dataset[name] * scale + offset
    with caplog.at_level("INFO", logger="varwg._observations"):
        by_argument = read_observations(dataset, units={name: unit})
        dataset[name].attrs["units"] = unit
        by_attribute = read_observations(dataset)
    for found in (by_argument, by_attribute):
        np.testing.assert_allclose(found.values, expected.values, rtol=1e-9, atol=1e-9)
    assert f"{name} was converted from {unit}" in caplog.text


def test_own_variables() -> None:
    dataset = make()
    dataset["discharge"] = dataset["R"] + 3.0
    dataset["discharge"].attrs = {"units": "m3/s", "long_name": "river discharge"}
    own = read_observations(dataset).variables[-1]
    assert (own.name, own.units, own.marginal, own.long_name) == ("discharge", "m3/s", "kde", "river discharge")
    given_one = Variable("discharge", "m3 s-1", marginal="lognormal", lower=0.0)
    assert read_observations(dataset, variables=["theta", given_one]).variables[1] is given_one
    kelvin = read_observations(dataset, variables=[Variable("theta", "K", marginal="normal")])
    np.testing.assert_allclose(kelvin.values[:, 0], dataset["theta"].values + 273.15)


def hourly(days: int = 740, start: str = "2001-01-01") -> xr.Dataset:
    """Hourly values at one station."""
    rng = np.random.default_rng(9)
    times = pd.date_range(start, periods=24 * days, freq="h")
    hour = times.hour.to_numpy()
    wet = rng.random(len(times)) < 0.1
    return xr.Dataset(
        {
            "theta": ("time", 10 + 4 * np.sin(2 * np.pi * hour / 24) + rng.normal(0, 1, len(times)), {"units": "degC"}),
            "R": ("time", np.where(wet, rng.gamma(1, 2, len(times)), 0.0), {"units": "mm h-1"}),
            "sun": ("time", np.where((hour > 9) & (hour < 16), rng.random(len(times)), 0.0), {"units": "h"}),
        },
        {"time": times},
    ).assign_coords(latitude=50.0)


def test_hours_become_days() -> None:
    dataset = hourly()
    found = read_observations(dataset)
    assert found.values.shape == (1, 3, 740)
    days = dataset.resample(time="D")
    np.testing.assert_allclose(found.values[0, 0], days.mean()["theta"].values)
    np.testing.assert_allclose(found.values[0, 1], days.sum()["R"].values)
    np.testing.assert_allclose(found.values[0, 2], days.sum()["sun"].values)
    assert found.repairs == ()
    source = found.hourly
    assert isinstance(source, Observations)
    assert source.steps_per_day == 24
    np.testing.assert_array_equal(source.values[0, 1], dataset["R"].values)
    assert source.times[0] == found.times[0]


@pytest.mark.parametrize(("freq", "per_day"), [("10min", 144), ("3h", 8), ("12h", 2)])
def test_other_steps_become_days(freq: str, per_day: int) -> None:
    times = pd.date_range("2001-01-01", periods=per_day * 731, freq=freq)
    values = np.random.default_rng(1).gamma(1, 1, len(times))
    dataset = xr.Dataset({"R": ("time", values, {"units": "mm d-1"})}, {"time": times})
    np.testing.assert_allclose(read_observations(dataset).values[0, 0], values.reshape(-1, per_day).mean(axis=1))


def test_incomplete_days() -> None:
    dataset = hourly()
    for name in ("theta", "R"):
        dataset[name][24 * 10 : 24 * 10 + 4] = np.nan  # 20 of 24 hours are enough
        dataset[name][24 * 20 : 24 * 20 + 5] = np.nan  # 19 are not
    found = read_observations(dataset)
    np.testing.assert_allclose(found.values[0, 0, 10], dataset["theta"].values[24 * 10 + 4 : 24 * 11].mean())
    np.testing.assert_allclose(found.values[0, 1, 10], dataset["R"].values[24 * 10 + 4 : 24 * 11].sum() * 24 / 20)
    assert np.isnan(found.values[0, :2, 20]).all()
    assert np.isfinite(np.delete(found.values[0], 20, axis=1)).all()
    assert len(found.repairs) == 2
    assert "R: of 740 daily values 1 were made from an incomplete day, and 1 are missing" in found.repairs[1]
    assert np.isfinite(read_observations(dataset, min_coverage=0.5).values).all()
    assert np.isnan(read_observations(dataset, min_coverage=1.0).values[0, 0, 10])


def test_partial_first_and_last_days_are_dropped() -> None:
    dataset = hourly().isel(time=slice(5, -3))
    found = read_observations(dataset)
    assert len(found.times) == 738
    assert found.times[0] == np.datetime64("2001-01-02")
    assert "partial first day 2001-01-01" in found.repairs[0]
    assert "partial last day" in found.repairs[1]


@settings(max_examples=50)
@given(
    values=st.lists(st.one_of(st.just(np.nan), st.floats(0, 100)), min_size=12, max_size=12),
    coverage=st.floats(0.05, 1.0),
    how=st.sampled_from(["mean", "sum", "min", "max"]),
)
def test_a_day_is_made_from_its_values_only(values: list[float], coverage: float, how: Aggregation) -> None:
    """A missing step is never a zero: the daily value lies within the values present (their multiple for a sum)."""
    steps = np.array(values)
    daily, n_incomplete = to_days(steps, 6, how, coverage)
    for day, found in zip(steps.reshape(2, 6), daily, strict=True):
        present = day[np.isfinite(day)]
        if len(present) < max(coverage * 6, 1):
            assert np.isnan(found)
            continue
        scale = 6 if how == "sum" else 1
        assert present.min() * scale - 1e-9 <= found <= present.max() * scale + 1e-9
    assert n_incomplete == sum(np.isfinite(f) and np.isnan(d).any() for d, f in zip(steps.reshape(2, 6), daily, strict=True))


def test_minimum_and_maximum_temperature_are_extremes_of_the_day() -> None:
    dataset = hourly()[["theta"]]
    dataset["theta_min"], dataset["theta_max"] = dataset["theta"], dataset["theta"]
    found = read_observations(dataset)
    days = dataset["theta"].values.reshape(-1, 24)
    np.testing.assert_allclose(found.values[0], [days.mean(axis=1), days.min(axis=1), days.max(axis=1)])


def test_time_zones_and_calendars() -> None:
    dataset = hourly()
    table = dataset.drop_vars("latitude").to_dataframe()
    units = {"theta": "degC", "R": "mm h-1", "sun": "h"}
    expected = read_observations(dataset).values
    # Hourly instants in a zone with summer time are counted in its standard time all year.
    instants = table.tz_localize("Etc/GMT-1").tz_convert("Europe/Berlin")
    np.testing.assert_array_equal(read_observations(instants, units=units).values, expected)
    daily = make(stations=("A",)).isel(station=0, drop=True)
    days = daily.to_dataframe()[["theta"]].tz_localize("Europe/Berlin")
    found = read_observations(days, units={"theta": "degC"})
    np.testing.assert_array_equal(found.times, daily["time"].values)
    noleap = make(start="2003-01-01").convert_calendar("noleap")
    found = read_observations(noleap)
    leap_day = found.times == np.datetime64("2004-02-29")
    assert leap_day.sum() == 1
    assert np.isnan(found.values[:, :, leap_day]).all()
    assert np.isfinite(found.values[:, :, ~leap_day]).all()
    assert any("29 February" in sentence for sentence in found.repairs)


def test_daily_values_at_any_hour_and_gaps() -> None:
    dataset = make()
    noon = dataset.assign_coords(time=dataset["time"] + np.timedelta64(12, "h"))
    np.testing.assert_array_equal(read_observations(noon).values, read_observations(dataset).values)
    gappy = dataset.isel(time=np.delete(np.arange(800), [10, 11, 400]))
    found = read_observations(gappy)
    np.testing.assert_array_equal(found.times, dataset["time"].values)
    assert np.flatnonzero(np.isnan(found.values).all(axis=(0, 1))).tolist() == [10, 11, 400]
    assert found.repairs == ("3 of 800 times are not in the record (the first is 2001-01-11); their values are missing.",)


def test_upper_bounds() -> None:
    dataset = make(("theta", "rh", "Qsw", "sun"))
    rows = np.arange(N_DOYS)
    theta, rh, radiation, sun = read_observations(dataset).upper_bounds()[0]
    assert theta is None
    np.testing.assert_array_equal(rh, np.ones(N_DOYS))
    np.testing.assert_array_equal(radiation, potential_radiation(50.0, rows))
    np.testing.assert_array_equal(sun, day_length(50.0, rows, altitude=SUNRISE_ALTITUDE))
    unknown = read_observations(dataset.drop_vars("latitude")).upper_bounds()[0]
    assert unknown[2] is None
    np.testing.assert_array_equal(unknown[3], np.full(N_DOYS, 24.0))
    polar = read_observations(dataset, latitude=78.0, variables=["theta", "rh"]).upper_bounds()
    assert polar[0][0] is None


def test_places_given_by_the_caller() -> None:
    found = read_observations(make(), latitude={"C": 3.0, "A": 1.0, "B": 2.0}, longitude=8.0, elevation=[1, 2, 3])
    np.testing.assert_array_equal(found.latitude, [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(found.longitude, [8.0, 8.0, 8.0])
    np.testing.assert_array_equal(found.elevation, [1.0, 2.0, 3.0])


def test_ten_european_stations_with_all_their_quirks(europe_path: Path) -> None:
    found = read_observations(europe_path)
    assert found.values.shape == (10, 9, 3654 - 1 + (found.times[-1] == np.datetime64("2010-01-01")))
    at = {name: number for number, name in enumerate(found.stations)}
    of = {name: number for number, name in enumerate(found.names)}
    missing = np.all(np.isnan(found.values), axis=2)
    assert missing[at["TOURS"], of["sun"]]
    assert missing.sum() == 9
    pressure = found.values[:, of["pressure"]]
    assert np.nanmin(pressure) > 900.0
    for name, highest in (("sun", 19.0), ("Qsw", 380.0)):
        assert np.nanmin(found.values[:, of[name]]) >= 0.0
        assert np.nanmax(found.values[:, of[name]]) < highest
    text = "\n".join(found.repairs)
    for quirk in ("pressure at STOCKHOLM", "sun at STOCKHOLM", "pressure at TOURS", "sun at OSLO", "sun at TOURS has no"):
        assert quirk in text
    bounds = found.upper_bounds()
    for station in range(10):
        for variable in range(9):
            bound = bounds[station][variable]
            if bound is not None:
                inside = found.values[station, variable] <= bound[found.doy]
                assert (inside | np.isnan(found.values[station, variable])).all()


def test_hourly_beijing(beijing_path: Path) -> None:
    with xr.open_dataset(beijing_path) as dataset:
        rain = dataset["R"].sel(station="Wanliu").load()
    found = read_observations(beijing_path)
    assert found.values.shape == (3, 7, 1461)
    assert found.hourly is not None
    full = ~np.isnan(rain.values.reshape(-1, 24)).any(axis=1)
    sums = rain.values.astype(float).reshape(-1, 24).sum(axis=1)
    row, column = found.stations.index("Wanliu"), found.names.index("R")
    np.testing.assert_allclose(found.values[row, column, full], sums[full], rtol=1e-6)


@pytest.mark.parametrize("layout", ["index", "time first", "columns"])
def test_long_table_of_several_stations(layout: str) -> None:
    dataset = make()
    table = dataset[["theta", "R", "rh"]].drop_vars(["latitude", "longitude", "elevation"], errors="ignore").to_dataframe()
    arranged = {"index": table, "time first": table.swaplevel(), "columns": table.reset_index()}[layout]
    found = read_observations(arranged, units={name: UNITS[name] for name in ("theta", "R", "rh")})
    assert found.stations == STATIONS
    assert found.names == ("theta", "R", "rh")
    np.testing.assert_array_equal(found.values, read_observations(dataset).values)


def test_long_table_of_one_station_has_its_name() -> None:
    table = make(stations=("A",))[["theta"]].isel(station=0).to_dataframe()
    assert read_observations(table, units={"theta": "degC"}).stations == ("A",)


def test_packed_integers_are_unpacked() -> None:
    dataset = make(names=("theta",))
    packed = ((dataset["theta"] + 5.0) / 0.01).round().astype(np.int16)
    packed.attrs = {"units": "degC", "scale_factor": 0.01, "add_offset": -5.0}
    found = read_observations(dataset.assign(theta=packed))
    np.testing.assert_allclose(found.values[:, 0], dataset["theta"].values, atol=0.0051)


def test_a_missing_value_in_double_for_values_in_single() -> None:
    dataset = make(names=("theta",)).astype(np.float32)
    dataset["theta"].attrs = {"units": "degC", "missing_value": -8.1}
    dataset["theta"][0, 3] = -8.1
    assert np.isnan(read_observations(dataset).values[0, 0, 3])


def test_names_of_variables_that_are_no_text() -> None:
    found = read_observations(make(names=("theta", "R")).rename({"R": 5}))
    assert found.names == ("theta", "5")
