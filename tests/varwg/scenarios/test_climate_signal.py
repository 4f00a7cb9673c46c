"""Climate signals: arrays and series with a calendar, and what is wrong with some."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from varwg import daily_times
from varwg.errors import ScenarioError
from varwg.scenarios._score_shift import checked_signal, signal_on

TIMES = daily_times("2030-02-27", 4)
VALUES = np.arange(10.0)
DAYS = daily_times("2030-02-25", 10)


@pytest.mark.parametrize(
    "signal",
    [
        pd.Series(VALUES, index=pd.DatetimeIndex(DAYS)),
        xr.DataArray(VALUES, {"time": DAYS}, ("time",)),
        xr.DataArray(VALUES[:, None], {"time": DAYS, "station": ["A"]}, ("time", "station")),
    ],
)
def test_a_series_with_a_calendar_is_looked_up_by_date(signal: Any) -> None:
    checked, start = checked_signal(signal, 1)
    assert start == "2030-02-25" and checked.shape == (1, 10)
    assert signal_on(TIMES, checked, start).tolist() == [[2.0, 3.0, 4.0, 5.0]]


def test_an_array_with_a_first_day_is_too() -> None:
    assert signal_on(TIMES, *checked_signal(VALUES, 1, "2030-02-27")).tolist() == [[0.0, 1.0, 2.0, 3.0]]


@pytest.mark.parametrize("signal", [VALUES[:4], list(VALUES[:4]), pd.Series(VALUES[:4]), xr.DataArray(VALUES[:4], dims="time")])
def test_a_signal_without_a_calendar_is_taken_day_by_day(signal: Any) -> None:
    assert signal_on(TIMES, *checked_signal(signal, 3)).tolist() == [[0.0, 1.0, 2.0, 3.0]]


def test_stations_may_have_their_own() -> None:
    assert signal_on(TIMES, *checked_signal(np.arange(12.0).reshape(3, 4), 3)).shape == (3, 4)


def test_no_signal() -> None:
    assert checked_signal(None, 2)[0].shape == (1, 0)


def test_a_signal_belongs_to_the_scenario_alone() -> None:
    values = VALUES.copy()
    checked, _ = checked_signal(values, 1)
    values[:] = 99.0
    assert np.array_equal(checked[0], VALUES)


@pytest.mark.parametrize(
    ("signal", "start", "message"),
    [
        (np.zeros((2, 4)), "", r"shape \(2, 4\)"),
        (np.zeros(0), "", r"shape \(0,\)"),
        (np.zeros((3, 4, 2)), "", "shape"),
        ([1.0, np.nan], "", "1 missing"),
        ("warm", "", "a series of daily numbers is expected"),
        (VALUES, "tomorrow", "signal_start is 'tomorrow'"),
        (xr.DataArray(VALUES, dims="day"), "", "has to be time"),
        (xr.DataArray(VALUES, {"time": DAYS[::-1]}, ("time",)), "", "consecutive days"),
        (pd.Series(VALUES, index=pd.DatetimeIndex(DAYS).repeat(2)[:10]), "", "consecutive days"),
    ],
)
def test_signals_that_are_none(signal: Any, start: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        checked_signal(signal, 3, start)


def test_days_that_a_signal_does_not_have() -> None:
    with pytest.raises(ScenarioError, match="10 days, but 4 are simulated"):
        signal_on(TIMES, *checked_signal(VALUES, 1))
    for start in ("2030-02-28", "2030-02-10"):
        with pytest.raises(ScenarioError, match=rf"days from {start} to .*2030-02-27 to 2030-03-02 are simulated"):
            signal_on(TIMES, *checked_signal(VALUES, 1, start))
