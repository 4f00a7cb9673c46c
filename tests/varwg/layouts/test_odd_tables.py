"""Tables and dims as people write them: dates in three columns, as text or as numbers, and other names of dims."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from varwg import read_observations
from varwg.errors import DataError

TIMES = pd.date_range("2001-01-01", periods=800, freq="D")


def frame() -> pd.DataFrame:
    return pd.DataFrame({"theta": np.random.default_rng(1).normal(10.0, 5.0, len(TIMES))}, index=TIMES)


@pytest.mark.parametrize(
    "index",
    [
        TIMES.strftime("%Y-%m-%d"),
        TIMES.strftime("%Y%m%d").astype(int),
        TIMES.strftime("%Y-%m-%dT00:00:00"),
        TIMES.strftime("%d.%m.%Y"),
        TIMES.strftime("%m/%d/%Y"),
    ],
)
def test_dates_with_one_meaning_are_read(index: pd.Index) -> None:
    found = read_observations(frame().set_axis(index))
    np.testing.assert_array_equal(found.times, TIMES.to_numpy())


@pytest.mark.parametrize("index", [TIMES.strftime("%d/%m/%y"), np.arange(len(TIMES)), np.arange(len(TIMES)) + 10**7 + 1300])
def test_dates_with_two_meanings_are_not(index: pd.Index) -> None:
    with pytest.raises(DataError, match="timestamps"):
        read_observations(frame().set_axis(pd.Index(index)))


def test_year_month_and_day_in_columns() -> None:
    table = frame().assign(Year=TIMES.year, Month=TIMES.month, Day=TIMES.day).reset_index(drop=True)
    found = read_observations(table)
    np.testing.assert_array_equal(found.times, TIMES.to_numpy())
    assert found.names == ("theta",)


@pytest.mark.parametrize(("station", "time"), [("id", "t"), ("point", "day"), ("name", "date_time")])
def test_other_names_of_dims(station: str, time: str) -> None:
    values = np.random.default_rng(2).normal(10.0, 5.0, (2, len(TIMES)))
    data = xr.Dataset({"theta": ((station, time), values, {"units": "degC"})}, {station: ["A", "B"], time: TIMES})
    found = read_observations(data)
    assert found.stations == ("A", "B")
    np.testing.assert_array_equal(found.values[:, 0], values)


def test_a_column_of_flags_is_left_out_unless_asked_for() -> None:
    table = frame().assign(theta_qc=0)
    found = read_observations(table)
    assert found.names == ("theta",)
    assert "theta_qc was left out: all its values are 0." in found.repairs
    with pytest.raises(DataError, match="theta_qc at site is constant"):
        read_observations(table, variables=["theta", "theta_qc"])
