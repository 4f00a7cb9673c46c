"""Observations as a table: numbers, gaps, and remarks on exactly the values that were made suspicious."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from varwg import Observations, read_observations
from varwg._description import describe_observations, observations_html, series_rows
from weathercop import example_dataset


@pytest.fixture
def data() -> xr.Dataset:
    return example_dataset()[["theta", "R", "rh", "U"]].isel(station=[0, 1])


def read(data: xr.Dataset) -> Observations:
    return read_observations(data)


def remarks(data: xr.Dataset) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(row.variable, row.station): row.remarks for row in series_rows(read(data)) if row.remarks}


def test_numbers_are_those_of_the_data(data: xr.Dataset) -> None:
    data["U"][1, 100:120] = np.nan
    data["U"][1, 3000] = np.nan
    row = next(row for row in series_rows(read(data)) if row.variable == "U" and row.station == "MUNICH")
    values = data["U"].values[1]
    assert (row.lowest, row.mean, row.highest) == pytest.approx((np.nanmin(values), np.nanmean(values), np.nanmax(values)))
    assert row.missing == pytest.approx(21 / values.size)
    assert row.longest_gap == 20
    assert row.cells()[-2:] == ("0.6%", "20 d")


def test_clean_data_have_no_remarks(data: xr.Dataset) -> None:
    assert remarks(data) == {}
    lines = describe_observations(read(data), title="Weather").splitlines()
    assert lines[0] == "Weather: 2 stations x 4 variables, 3652 days from 2001-01-01 to 2010-12-31"
    assert len(lines) == 2 + 8 + 1 + 4, "the series, and what is done to each variable"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("theta", 55.0, "a value far above all others: 55 degC on 2001-04-11"),
        ("theta", -60.0, "a value far below all others: -60 degC on 2001-04-11"),
        ("R", 400.0, "a value far above all others: 400 mm on 2001-04-11"),
        ("U", 60.0, "a value far above all others: 60 m s-1 on 2001-04-11"),
    ],
)
def test_a_value_far_from_the_others(data: xr.Dataset, variable: str, value: float, words: str) -> None:
    data[variable][0, 100] = value
    found = remarks(data)
    assert set(found) == {(variable, "BERN")}
    assert found[variable, "BERN"][0].startswith(words)


def test_several_values_far_from_the_others(data: xr.Dataset) -> None:
    data["theta"][0, 100:103] = [48.0, 55.0, 52.0]
    (remark,) = remarks(data)["theta", "BERN"]
    assert remark.startswith("3 values far above all others: 55 degC on 2001-04-12")


def test_a_stuck_instrument(data: xr.Dataset) -> None:
    data["rh"][1, 200:209] = 0.63
    assert remarks(data) == {("rh", "MUNICH"): ("9 equal values in succession, 0.63, from 2001-07-20 on",)}


def test_dry_spells_and_bounds_are_not_stuck(data: xr.Dataset) -> None:
    data["R"][0, 200:240] = 0.0
    data["rh"][0, 200:240] = 1.0
    assert remarks(data) == {}


def test_coarse_values_may_be_equal(data: xr.Dataset) -> None:
    """Rounded to whole 5 degC, runs of five and more equal values are what chance makes."""
    data["theta"] = (data["theta"] / 5).round() * 5
    data["theta"].attrs["units"] = "degC"
    assert remarks(data) == {}


def test_a_series_without_values(data: xr.Dataset) -> None:
    data["U"][0] = np.nan
    text = describe_observations(read(data))
    assert "      all       3652 d" in text
    assert "note: U at BERN has no values" in text


def test_many_series_are_not_all_listed(data: xr.Dataset) -> None:
    text = describe_observations(read(data), max_rows=3)
    assert "... and 5 more series" in text
    assert text.count("degC") == 3, "two series, and what is done to them"


def test_hours_have_their_gaps_in_days() -> None:
    times = np.arange("2001-01-01", "2003-01-01", dtype="datetime64[h]")
    values = 10.0 + 5.0 * np.sin(np.arange(times.size) / 7.0)
    values[48:60] = np.nan
    own = xr.Dataset({"theta": (("station", "time"), values[None], {"units": "degC"})}, {"station": ["A"], "time": times})
    hourly = read(own).hourly
    assert hourly is not None
    text = describe_observations(hourly)
    assert "17520 steps (24 a day)" in text
    assert "0.5 d" in text


def test_html_has_the_same_rows_and_is_escaped(data: xr.Dataset) -> None:
    data = data.assign_coords(station=["<b>", "MUNICH"])
    html = observations_html(read(data), title="<i>")
    assert html.count("<tr>") == 1 + 8
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html
    assert "<b>" in html.replace("<b>&lt;i&gt;</b>", "<b>") and "<i>" not in html
