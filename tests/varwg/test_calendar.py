"""Days of the year: one row per date, in every year."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

from varwg import daily_times, doy_index, month_of_doy
from varwg._calendar import FIRST_DAY, LAST_DAY, in_seconds
from varwg.errors import DataError


def test_a_date_has_the_same_row_in_leap_years_and_others() -> None:
    for year in (1999, 2000, 2001, 2100):
        rows = doy_index(np.array([f"{year}-01-01", f"{year}-02-28", f"{year}-03-01", f"{year}-12-31"], "datetime64[D]"))
        assert rows.tolist() == [0, 58, 60, 365]


def test_29_february_has_row_59_to_itself() -> None:
    times = daily_times("1996-01-01", 12 * 366)
    on_row = times[doy_index(times) == 59]
    assert {str(day)[5:10] for day in on_row} == {"02-29"}


def test_rows_do_not_drift_in_thirty_years() -> None:
    times = daily_times("2000-07-01", 11000)
    first_of_july = doy_index(times[np.char.endswith(times.astype("datetime64[D]").astype(str), "07-01")])
    assert np.all(first_of_july == first_of_july[0])


def test_hours_of_a_day_share_its_row() -> None:
    hours = np.datetime64("2001-03-01T00", "h") + np.arange(24)
    assert set(doy_index(hours)) == {60}


def test_every_row_agrees_with_the_month_of_its_date() -> None:
    times = daily_times("2000-01-01", 366)
    months = times.astype("datetime64[M]").astype(int) % 12
    assert np.array_equal(month_of_doy()[doy_index(times)], months)


@pytest.mark.parametrize("start", ["not a date", "2001-02-30", "NaT", object(), "today", "now"])
def test_what_is_not_a_date_is_refused(start: Any) -> None:
    with pytest.raises(DataError, match="not a date"):
        daily_times(start, 3)


def test_a_simulation_has_at_least_one_day() -> None:
    with pytest.raises(DataError, match="at least one day"):
        daily_times("2000-01-01", 0)


@pytest.mark.parametrize("start", [5, 20300101, 5.0, np.int64(3), True])
def test_numbers_are_not_dates(start: float | bool) -> None:
    with pytest.raises(DataError, match="not a date"):
        daily_times(start, 3)


@pytest.mark.parametrize("n_days", [1.5, "10", True, None])
def test_the_number_of_days_is_whole(n_days: Any) -> None:
    with pytest.raises(DataError, match="whole number"):
        daily_times("2000-01-01", n_days)


@pytest.mark.parametrize("start", ["1500-01-01", "1677-09-22", "2262-04-11", "2300-01-01", "9999-12-31"])
def test_days_that_nanoseconds_cannot_count_are_days_as_others(start: Any) -> None:
    times = daily_times(start, 400)
    assert np.array_equal(times, np.datetime64(start, "D") + np.arange(400))
    assert np.array_equal(in_seconds(times.astype("datetime64[ms]")), times)


@pytest.mark.parametrize("start", ["-5000-01-01", "0000-12-31", "100000-01-01", "2000000000-01-01"])
def test_days_that_nobody_means_are_refused_not_wrapped(start: Any) -> None:
    with pytest.raises(DataError, match="between 0001-01-01 and 99999-12-31"):
        daily_times(start, 1)
    with pytest.raises(DataError, match="between 0001-01-01 and 99999-12-31"):
        in_seconds(np.array(["2000-01-01", start], "datetime64[s]"))


@pytest.mark.parametrize("n_days", [10**8, 10**12])
def test_too_many_days_are_refused_before_they_are_made(n_days: int) -> None:
    with pytest.raises(DataError, match="end after 99999-12-31"):
        daily_times("2001-01-01", n_days)


def test_the_first_and_the_last_day() -> None:
    times = daily_times(FIRST_DAY, int((LAST_DAY - FIRST_DAY).astype(int)) + 1)
    assert times[0] == FIRST_DAY
    assert times[-1] == LAST_DAY
    assert np.all(np.diff(times) == np.timedelta64(1, "D"))
    assert np.array_equal(in_seconds(times.astype("datetime64[D]")), times)


def test_of_a_time_with_a_zone_the_day_on_the_wall_counts() -> None:
    start = datetime.datetime(2030, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=5)))
    assert daily_times(start, 1)[0] == np.datetime64("2030-01-01")
