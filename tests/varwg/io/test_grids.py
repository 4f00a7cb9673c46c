"""Grids come in as stations and go out as they came: dims, order, coordinates, masked cells."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import varwg
import weathercop
from varwg.ensembles import to_netcdf
from varwg.errors import DataError, UnitError
from varwg.io import as_grid, read_weather
from varwg.io._grid import Grid

DAYS = pd.date_range("2001-01-01", periods=1096)
SHARED = Path(os.environ.get("WEATHERCOP_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
NTOUM = SHARED / "peers" / "ntoum_grid.nc"


def fields(n_rows: int, n_columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Temperature and rain, (time, rows, columns)."""
    rng = np.random.default_rng(4)
    season = -8.0 * np.cos(2 * np.pi * np.arange(DAYS.size) / 365.25)
    shared = rng.standard_normal(DAYS.size)
    own = rng.standard_normal((DAYS.size, n_rows, n_columns))
    theta = 10.0 + (season + 2 * shared)[:, None, None] + own
    rain = np.where(own + shared[:, None, None] > 0.7, rng.gamma(0.8, 5.0, own.shape), 0.0)
    return theta, rain


def latitudes_and_longitudes(n_rows: int = 2, n_columns: int = 3) -> xr.Dataset:
    theta, rain = fields(n_rows, n_columns)
    dims = ("time", "lat", "lon")
    return xr.Dataset(
        {
            "tas": (dims, theta + 273.15, {"units": "K", "standard_name": "air_temperature", "long_name": "two metres"}),
            "pr": (dims, rain / 86400.0, {"units": "kg m-2 s-1", "standard_name": "precipitation_flux"}),
            "orog": (("lat", "lon"), np.arange(n_rows * n_columns, dtype=float).reshape(n_rows, n_columns), {"units": "m"}),
        },
        {
            "time": DAYS,
            "lat": np.float32(47.0) - np.arange(n_rows, dtype=np.float32) / 10,
            "lon": np.float32(8.0) + np.arange(n_columns, dtype=np.float32) / 10,
        },
    )


def rows_and_columns() -> xr.Dataset:
    theta, rain = fields(2, 3)
    latitude, longitude = np.array([[47.0, 47.01, 47.02], [46.9, 46.91, 46.92]]), np.array([[8.0, 8.1, 8.2], [8.01, 8.11, 8.21]])
    dims = ("y", "x", "time")
    return xr.Dataset(
        {
            "tas": (dims, theta.transpose(1, 2, 0), {"units": "degC", "grid_mapping": "crs"}),
            "pr": (dims, rain.transpose(1, 2, 0), {"units": "mm", "grid_mapping": "crs"}),
            "crs": ((), 0, {"grid_mapping_name": "lambert_conformal_conic"}),
        },
        {
            "time": DAYS,
            "y": ("y", [2000.0, 1000.0], {"units": "m"}),
            "x": ("x", [0.0, 1000.0, 2000.0], {"units": "m"}),
            "lat": (("y", "x"), latitude),
            "lon": (("y", "x"), longitude),
        },
    )


def masked() -> xr.Dataset:
    grid = latitudes_and_longitudes(3, 2)
    sea = xr.DataArray([[False, True], [False, False], [True, True]], dims=("lat", "lon"))
    return grid.assign({name: grid[name].where(~sea).assign_attrs(grid[name].attrs) for name in ("tas", "pr")})


def stacked() -> xr.Dataset:
    return latitudes_and_longitudes().drop_vars("orog").stack(station=("lat", "lon"))


def cells() -> xr.Dataset:
    flat = latitudes_and_longitudes().drop_vars("orog").stack(cell=("lat", "lon")).reset_index("cell")
    return flat.assign_coords(cell=np.arange(100, 106))


def one_row() -> xr.Dataset:
    return latitudes_and_longitudes(1, 3)


def transect() -> xr.Dataset:
    return latitudes_and_longitudes().isel(lat=0)


LAYOUTS = (latitudes_and_longitudes, rows_and_columns, masked, stacked, cells, one_row, transect)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_goes_in_comes_out_in_the_same_layout(layout: Callable[..., Any]) -> None:
    before = layout()
    after = as_grid(varwg.read_observations(before))
    assert after["tas"].dims == before["tas"].dims
    offset = 273.15 if before["tas"].attrs["units"] == "K" else 0.0
    np.testing.assert_allclose(after["tas"].values, before["tas"].values - offset)
    assert after["pr"].attrs["units"] == "mm d-1"
    scale = 86400.0 if before["pr"].attrs["units"] == "kg m-2 s-1" else 1.0
    np.testing.assert_allclose(after["pr"].values, scale * before["pr"].values)
    for name in set(before["tas"].coords) - {"time"}:
        assert before[name].dims == after[name].dims and before[name].dtype == after[name].dtype
        assert before[name].values.tolist() == after[name].values.tolist()
        assert before[name].attrs.items() <= after[name].attrs.items()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_are_where_the_names_of_stations_say(layout: Callable[..., Any]) -> None:
    before = layout()
    found = varwg.read_observations(before)
    assert np.isfinite(found.latitude).all() and np.isfinite(found.longitude).all()
    plain = before["tas"]
    for number in range(len(found.stations)):
        here = (abs(plain["lat"] - found.latitude[number]) < 1e-4) & (abs(plain["lon"] - found.longitude[number]) < 1e-4)
        offset = 273.15 if plain.attrs["units"] == "K" else 0.0
        own = plain.where(here).max([dim for dim in plain.dims if dim != "time"]).values - offset
        np.testing.assert_allclose(found.values[number, 0], own)


def test_masked_cells_are_told_and_are_no_stations() -> None:
    found = varwg.read_observations(masked())
    assert len(found.stations) == 3
    assert any("lat 3 x lon 2" in note and "3 stations, as 3 of its cells" in note for note in found.repairs)


def test_fills_that_nobody_declared_are_masks_too() -> None:
    grid = masked()
    filled = grid.fillna(-9999.0)
    assert varwg.read_observations(filled).stations == varwg.read_observations(grid).stations


def test_a_grid_without_any_value_is_refused() -> None:
    grid = latitudes_and_longitudes()
    with pytest.raises(DataError, match="none of the cells of the grid"):
        varwg.read_observations(grid.where(grid["lat"] > 90))


def test_what_has_members_or_levels_on_the_grid_says_so() -> None:
    grid = latitudes_and_longitudes()[["tas"]].expand_dims(realization=2)
    with pytest.raises(
        DataError, match="nothing can be read: tas was left out: it has the further dimension realization; if it counts"
    ):
        varwg.read_observations(grid)


def test_elevations_of_a_grid_are_those_of_its_stations() -> None:
    assert varwg.read_observations(latitudes_and_longitudes()).elevation.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_rows_and_columns_without_places_have_numbers_and_say_so() -> None:
    found = varwg.read_observations(rows_and_columns().drop_vars(["lat", "lon"]))
    assert found.stations[:2] == ("y0_x0", "y0_x1")
    assert np.isnan(found.latitude).all()


def test_a_simulation_an_ensemble_and_files_remember_the_grid(tmp_path: Path) -> None:
    data = masked()
    wc = weathercop.Multisite(data, variables=["tas", "pr"]).fit(rng=1, progress=False)
    once = wc.simulate(60, rng=2).to_grid()
    assert once["tas"].dims == ("time", "lat", "lon")
    assert np.isfinite(once["tas"].values).all(axis=0).tolist() == [[True, False], [True, True], [False, False]]
    kept = weathercop.as_grid(wc.simulate_ensemble(2, seed=3, n_days=60))
    assert kept["pr"].dims == ("realization", "time", "lat", "lon")
    wc.simulate_ensemble(2, seed=3, n_days=60, out_dir=tmp_path / "members")
    opened = weathercop.open_ensemble(tmp_path / "members")
    xr.testing.assert_equal(weathercop.as_grid(opened), kept)
    wc.model.save(tmp_path / "model.nc")
    again = weathercop.simulate(weathercop.load_model(tmp_path / "model.nc"), n_days=60, rng=np.random.default_rng(2))
    xr.testing.assert_equal(again.to_grid(), once)
    to_netcdf(opened, tmp_path / "grid.nc", grid=True)
    with xr.open_dataset(tmp_path / "grid.nc") as written:
        xr.testing.assert_equal(written.load(), kept)


def test_one_site_goes_back_into_its_grid_too() -> None:
    wg = varwg.VarWG(one_row().isel(lon=[1]), variables=["tas", "pr"]).fit(rng=1)
    assert wg.simulate(30, rng=2).to_grid()["tas"].dims == ("time", "lat", "lon")


def test_stations_find_their_cells_by_place() -> None:
    data = latitudes_and_longitudes()
    flat = data.drop_vars("orog").stack(station=("lat", "lon")).reset_index("station")
    flat = flat.assign_coords(station=list("abcdef"))
    found = varwg.read_observations(flat.isel(station=[4, 0]))
    after = as_grid(found, like=data)
    np.testing.assert_allclose(after["tas"].values[:, 1, 1], data["tas"].values[:, 1, 1] - 273.15)
    assert np.isnan(after["tas"].values[:, 0, 1]).all()
    with pytest.raises(DataError, match="does not say which grid"):
        as_grid(found)
    with pytest.raises(DataError, match="a is none of the 2 cells"):
        as_grid(found, like=data.isel(lat=[1], lon=[1, 2]))


def test_files_of_one_variable_each_make_one_grid(tmp_path: Path) -> None:
    data = masked()
    for name in ("tas", "pr"):
        data[[name]].to_netcdf(tmp_path / f"{name}.nc")
    found = varwg.read_observations(read_weather([tmp_path / "tas.nc", tmp_path / "pr.nc"]))
    xr.testing.assert_allclose(as_grid(found)["pr"], as_grid(varwg.read_observations(data))["pr"])


@settings(max_examples=30, deadline=None)
@given(n_rows=st.integers(1, 4), n_columns=st.integers(2, 4), data=st.data())
def test_any_mask_comes_back(n_rows: int, n_columns: int, data: st.DataObject) -> None:
    cells_kept = data.draw(st.lists(st.booleans(), min_size=n_rows * n_columns, max_size=n_rows * n_columns).filter(any))
    grid = latitudes_and_longitudes(n_rows, n_columns)
    keep = xr.DataArray(np.reshape(cells_kept, (n_rows, n_columns)), dims=("lat", "lon"))
    after = as_grid(varwg.read_observations(grid.where(keep), units={"tas": "K", "pr": "kg m-2 s-1"}))
    assert (np.isfinite(after["tas"].isel(time=5).values) == keep.values).all()


def test_text_of_a_layout_holds_all_of_it() -> None:
    text = varwg.read_observations(rows_and_columns()).grid
    assert Grid.from_json(text).to_json() == text
    assert json.loads(text)["order"] == ["y", "x", "time"]
    with pytest.raises(DataError, match="layout of the grid"):
        Grid.from_json("{}")


@pytest.mark.skipif(not NTOUM.exists(), reason=f"{NTOUM} is not there")
def test_the_grid_of_ntoum_goes_in_and_its_wrong_units_are_all_told() -> None:
    names = ["temp", "temp_min", "temp_max", "precip", "kin"]
    with pytest.raises(UnitError, match=r"temp at .* 'K', .*'degC'.* temp_min \(K\), temp_max \(K\)"):
        varwg.read_observations(NTOUM, variables=names)
    units = dict.fromkeys(names[:3], "degC")
    with pytest.raises(UnitError, match=r"kin at .* 'J m\*\*-2', but 'W m-2'"):
        varwg.read_observations(NTOUM, variables=names, units=units)
    found = varwg.read_observations(NTOUM, variables=names, units=units | {"kin": "W m-2"})
    with xr.open_dataset(NTOUM) as given_data:
        after = as_grid(found)
        for name in names:
            np.testing.assert_allclose(after[name].values, given_data[name].values, rtol=1e-6)
            assert after[name].dims == given_data[name].dims
        xr.align(after["longitude"], given_data["longitude"].drop_vars("spatial_ref"), join="exact")
        assert after["precip"].attrs["long_name"] == "Total precipitation"
