"""Thresholds of hot days: the percentile of the calendar day, of the right variables."""

import numpy as np
import pytest
import xarray as xr

from varwg import codec
from varwg.calendar import daily_times, doy_index
from varwg.errors import DataError, ScenarioError
from weathercop.hot_days import KUGLITSCH, ZITTIS, HeatThresholds, HeatWaveDefinition

DAYS = daily_times("1991-01-01", 10958)


def temperatures(names=("theta_max", "theta_min"), seed: int = 1) -> xr.DataArray:
    """Two stations with an annual cycle and normal noise."""
    noise = np.random.default_rng(seed).standard_normal((2, len(names), DAYS.size))
    values = 3.0 * noise - 10.0 * np.cos(2 * np.pi * doy_index(DAYS) / 366)
    return xr.DataArray(values, {"station": ["A", "B"], "variable": list(names), "time": DAYS}, ("station", "variable", "time"))


@pytest.mark.parametrize("row", [0, 59, 60, 200, 365])
def test_thresholds_are_percentiles_of_a_window_of_the_year(row):
    thresholds = HeatThresholds.of(temperatures(), HeatWaveDefinition(95.0, nights=True, half_window=7))
    assert thresholds.variables == ("theta_max", "theta_min") and thresholds.tables.shape == (2, 2, 366)
    near = np.isin(doy_index(DAYS), (row + np.arange(-7, 8)) % 366)
    expected = np.percentile(temperatures().values[..., near], 95.0, axis=-1)
    assert np.allclose(thresholds.tables[..., row], expected.T)


def test_missing_days_are_left_out_of_the_percentiles():
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
def test_which_variables_have_to_be_hot(names, definition, expected):
    assert HeatThresholds.of(temperatures(names), definition).variables == expected


def test_a_dataset_will_do():
    of_dataset = HeatThresholds.of(temperatures().to_dataset("variable"))
    assert np.array_equal(of_dataset.tables, HeatThresholds.of(temperatures()).tables)


def test_thresholds_can_be_saved():
    thresholds = HeatThresholds.of(temperatures())
    again = codec.decode(*codec.encode(thresholds), (HeatThresholds, HeatWaveDefinition))
    assert codec.digest(again) == codec.digest(thresholds)


def test_definitions_from_the_literature():
    assert (KUGLITSCH.percentile, KUGLITSCH.nights, KUGLITSCH.min_days) == (95.0, True, 3)
    assert (ZITTIS.percentile, ZITTIS.nights, ZITTIS.min_days) == (90.0, False, 3)


@pytest.mark.parametrize("options", [{"percentile": 100.0}, {"min_days": 0}, {"half_window": -1}])
def test_definitions_that_make_no_sense(options):
    with pytest.raises(DataError):
        HeatWaveDefinition(**({"percentile": 90.0, "nights": False} | options))
    with pytest.raises(ScenarioError, match="months"):
        HeatWaveDefinition(90.0, nights=False, months=(0,))


def test_references_that_cannot_be_used():
    with pytest.raises(DataError, match="need theta_max"):
        HeatThresholds.of(temperatures(("R",)))
    with pytest.raises(DataError, match="dims"):
        HeatThresholds.of(temperatures().isel(station=0, drop=True))
    summer_missing = temperatures().where(temperatures().time.dt.month < 6)
    with pytest.raises(DataError, match="theta_max at A has no values"):
        HeatThresholds.of(summer_missing)
