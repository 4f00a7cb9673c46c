"""Thresholds of hot days: the percentile of the calendar day, of the right variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg import _persistence as codec
from varwg import daily_times, doy_index
from varwg.errors import DataError, ScenarioError
from weathercop.heatwaves import KUGLITSCH, ZITTIS, HeatThresholds, HeatWaveDefinition, OutOfSampleThresholds

DAYS = daily_times("1991-01-01", 10958)


def temperatures(names: tuple[Any, ...] = ("theta_max", "theta_min"), seed: int = 1) -> xr.DataArray:
    """Two stations with an annual cycle and normal noise."""
    noise = np.random.default_rng(seed).standard_normal((2, len(names), DAYS.size))
    values = 3.0 * noise - 10.0 * np.cos(2 * np.pi * doy_index(DAYS) / 366)
    return xr.DataArray(values, {"station": ["A", "B"], "variable": list(names), "time": DAYS}, ("station", "variable", "time"))


@pytest.mark.parametrize("row", [0, 59, 60, 200, 365])
def test_thresholds_are_percentiles_of_a_window_of_the_year(row: int) -> None:
    thresholds = HeatThresholds.of(temperatures(), HeatWaveDefinition(95.0, nights=True, half_window=7))
    assert thresholds.variables == ("theta_max", "theta_min") and thresholds.tables.shape == (2, 2, 366)
    near = np.isin(doy_index(DAYS), (row + np.arange(-7, 8)) % 366)
    expected = np.percentile(temperatures().values[..., near], 95.0, axis=-1)
    assert np.allclose(thresholds.tables[..., row], expected.T)


def test_missing_days_are_left_out_of_the_percentiles() -> None:
    gappy = temperatures().copy()
    gappy[0, 0, 100:4000] = np.nan
    thresholds = HeatThresholds.of(gappy).tables
    assert np.isfinite(thresholds).all()
    assert np.array_equal(thresholds[1], HeatThresholds.of(temperatures()).tables[1])


@pytest.mark.parametrize(
    ("names", "definition", "expected"),
    [
        (("theta", "theta_max", "theta_min"), KUGLITSCH, ("theta_max", "theta_min")),
        (("theta", "theta_max"), KUGLITSCH, ("theta",)),
        (("theta_max",), KUGLITSCH, ("theta_max",)),
        (("theta", "theta_max", "theta_min"), ZITTIS, ("theta_max",)),
        (("theta",), ZITTIS, ("theta",)),
    ],
)
def test_which_variables_have_to_be_hot(
    names: tuple[Any, ...], definition: HeatWaveDefinition, expected: tuple[Any, ...]
) -> None:
    assert HeatThresholds.of(temperatures(names), definition).variables == expected


def test_a_dataset_will_do() -> None:
    of_dataset = HeatThresholds.of(temperatures().to_dataset("variable"))
    assert np.array_equal(of_dataset.tables, HeatThresholds.of(temperatures()).tables)


def test_thresholds_can_be_saved() -> None:
    thresholds = HeatThresholds.of(temperatures())
    again = codec.decode(*codec.encode(thresholds), (HeatThresholds, HeatWaveDefinition))
    assert codec.digest(again) == codec.digest(thresholds)


def test_definitions_from_the_literature() -> None:
    assert (KUGLITSCH.percentile, KUGLITSCH.nights, KUGLITSCH.min_days) == (95.0, True, 3)
    assert (ZITTIS.percentile, ZITTIS.nights, ZITTIS.min_days) == (90.0, False, 3)


@pytest.mark.parametrize("options", [{"percentile": 100.0}, {"min_days": 0}, {"half_window": -1}])
def test_definitions_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        HeatWaveDefinition(**({"percentile": 90.0, "nights": False} | options))
    with pytest.raises(ScenarioError, match="months"):
        HeatWaveDefinition(90.0, nights=False, months=(0,))


def test_references_that_cannot_be_used() -> None:
    with pytest.raises(DataError, match="need theta_max"):
        HeatThresholds.of(temperatures(("R",)))
    with pytest.raises(DataError, match="dimensions"):
        HeatThresholds.of(temperatures().isel(station=0, drop=True))
    summer_missing = temperatures().where(temperatures().time.dt.month < 6)
    with pytest.raises(DataError, match="theta_max at A has no values"):
        HeatThresholds.of(summer_missing)


def test_out_of_sample_thresholds_leave_out_the_year_of_each_day() -> None:
    record = temperatures().isel(time=slice(0, 4 * 366))
    thresholds = OutOfSampleThresholds.of(record, ZITTIS)
    on_days = thresholds.on(record.time.values)
    summer = record.time.dt.month.isin(ZITTIS.months).values
    for year in (1991, 1993):
        others = HeatThresholds.of(record.where(record.time.dt.year != year), ZITTIS)
        days = summer & (record.time.dt.year == year).values
        assert np.array_equal(on_days[..., days], others.on(record.time.values[days]))
    later = daily_times("1999-01-01", 365)
    assert np.array_equal(thresholds.on(later), thresholds.on(daily_times("1991-01-01", 365)), equal_nan=True)


def test_a_southern_summer_is_one_year() -> None:
    """December and the January after it are left out together."""
    record = temperatures().isel(time=slice(0, 4 * 366))
    definition = HeatWaveDefinition(90.0, nights=False, months=(12, 1, 2))
    thresholds = OutOfSampleThresholds.of(record, definition)
    assert thresholds.first_year == 1991 and len(thresholds.tables) == 5
    summer = slice("1992-07-01", "1993-06-30")
    others = HeatThresholds.of(record.where(~record.time.isin(record.time.sel(time=summer))), definition)
    for text in ("1992-12-20", "1993-01-10"):
        day = np.array([text], dtype="datetime64[ns]")
        assert np.array_equal(thresholds.on(day), others.on(day))


def test_a_single_summer_has_no_others() -> None:
    with pytest.raises(DataError, match="of 1 year were recorded, but two"):
        OutOfSampleThresholds.of(temperatures().isel(time=slice(0, 400)), ZITTIS)
