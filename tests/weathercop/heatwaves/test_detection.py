"""Heat waves planted in made-up summers, and found again."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from varwg import daily_times
from varwg.errors import DataError
from weathercop.heatwaves import HeatThresholds, HeatWaveDefinition, OutOfSampleThresholds, compare, detect, warmest_windows

DAYS = daily_times("2001-01-01", 4 * 365)
DEFINITION = HeatWaveDefinition(90.0, nights=True)


def weather(n_members: int = 0, seed: int = 1) -> xr.DataArray:
    """Days and nights at two stations; all within 1 K of 20 and 10 degrees."""
    rng = np.random.default_rng(seed)
    values = np.array([20.0, 10.0])[:, None] + rng.uniform(-1, 1, (max(n_members, 1), 2, 2, DAYS.size))
    coordinates = {"station": ["A", "B"], "variable": ["theta_max", "theta_min"], "time": DAYS}
    array = xr.DataArray(values, coordinates, ("realization", "station", "variable", "time"))
    return array if n_members else array[0]


def day(text: str) -> int:
    return int((np.datetime64(text) - np.datetime64("2001-01-01")).astype(int))


@pytest.fixture(scope="module")
def thresholds() -> HeatThresholds:
    return HeatThresholds.of(weather(), DEFINITION)


def heated(start: str, length: int, rise: float = 5.0, station: int = 0, nights: bool = True) -> xr.DataArray:
    """Weather too cool for heat waves but for one."""
    array = weather() - 2.0
    first = day(start)
    array[station, slice(None) if nights else 0, first : first + length] += 2.0 + rise
    return array


def test_a_heat_wave_is_found_where_it_is(thresholds: HeatThresholds) -> None:
    array = heated("2002-07-10", 5, station=1)
    waves = detect(array, thresholds)
    columns = (waves.station, waves.start, waves.length, waves.member)
    assert [column.tolist() for column in columns] == [[1], [day("2002-07-10")], [5], [0]]
    days = array.values[1, 0, waves.start[0] : waves.start[0] + 5]
    above = days - thresholds.tables[0, 1, 191:196]
    assert waves.excess == pytest.approx([above.mean()]) and waves.highest == [days.max()]
    assert waves.days().sum() == 5 and waves.days()[1, waves.start[0]]


def test_two_days_or_hot_days_with_cool_nights_are_none(thresholds: HeatThresholds) -> None:
    assert detect(heated("2002-07-10", 2), thresholds).length.size == 0
    assert detect(heated("2002-07-10", 9, nights=False), thresholds).length.size == 0


def test_a_missing_day_ends_a_heat_wave(thresholds: HeatThresholds) -> None:
    array = heated("2002-07-10", 8)
    array[0, 1, day("2002-07-14")] = np.nan
    waves = detect(array, thresholds)
    assert waves.length.tolist() == [4, 3] and np.isfinite(waves.excess).all()


def test_only_the_months_asked_for_count(thresholds: HeatThresholds) -> None:
    assert detect(heated("2002-05-10", 8), thresholds).length.size == 0
    across = detect(heated("2002-09-27", 8), thresholds)
    assert across.length.tolist() == [4] and across.months == (6, 7, 8, 9)


def test_the_last_day_counts_and_stations_are_kept_apart() -> None:
    """All days of both stations are hot: one heat wave each, from the first day to the last."""
    all_year = HeatWaveDefinition(90.0, nights=True, months=tuple(range(1, 13)))
    waves = detect(weather() + 5.0, HeatThresholds.of(weather(), all_year))
    assert waves.length.tolist() == [DAYS.size] * 2 and waves.start.tolist() == [0, 0]
    assert waves.n_years == pytest.approx(4.0)


def test_members_are_kept_apart(thresholds: HeatThresholds) -> None:
    ensemble = xr.concat([weather() - 2.0, heated("2002-07-10", 5), heated("2003-08-01", 4, station=1)], "realization")
    waves = detect(ensemble, thresholds)
    assert waves.n_members == 3 and waves.member.tolist() == [1, 2] and waves.station.tolist() == [0, 1]
    assert [waves.days(member).sum() for member in range(3)] == [0, 5, 4]


def test_statistics(thresholds: HeatThresholds) -> None:
    array = heated("2002-07-10", 5)
    array[0, :, day("2003-06-10") : day("2003-06-13")] += 12.0
    waves = detect(array, thresholds)
    found = waves.statistics().isel(realization=0)
    assert found["n_per_year"].values.tolist() == [0.5, 0.0] and found["days_per_year"].values.tolist() == [2.0, 0.0]
    assert found["mean_length"].values[0] == 4.0 and found["longest"].values.tolist() == [5.0, 0.0]
    assert found["mean_excess"].values[0] == pytest.approx((waves.excess * waves.length).sum() / 8)
    assert found["highest"].values[0] == waves.highest.max()
    assert np.isnan(found.isel(station=1)[["mean_length", "mean_excess", "highest"]].to_dataarray()).all()


def warmest_by_hand(series: np.ndarray, n: int, length: int) -> list[int]:
    """Greedy choice among all windows of one summer."""
    means = {start: series[start : start + length].mean() for start in range(series.size - length + 1)}
    chosen: list[int] = []
    while len(chosen) < n and means:
        best = max(means, key=means.__getitem__)
        chosen.append(best)
        means = {start: mean for start, mean in means.items() if abs(start - best) >= length}
    return sorted(chosen)


def test_the_warmest_windows_of_every_summer() -> None:
    array = weather(n_members=2, seed=3)
    waves = warmest_windows(array, 3, length=5, months=(6, 7, 8))
    summer = slice(day("2003-06-01"), day("2003-09-01"))
    for member, station in np.ndindex(2, 2):
        mine = (waves.member == member) & (waves.station == station)
        assert mine.sum() == 4 * 3
        starts = waves.start[mine & (waves.start >= summer.start) & (waves.start < summer.stop)] - summer.start
        assert starts.tolist() == warmest_by_hand(array.values[member, station, 0, summer], 3, 5)
    assert (np.diff(waves.start[:12]) >= 5).all()
    month = array.time.dt.month.isin([6, 7, 8]).values
    first = waves.start[0]
    mean = array.values[0, 0, 0, month].mean()
    assert waves.excess[0] == pytest.approx(array.values[0, 0, 0, first : first + 5].mean() - mean)


def test_summers_of_the_southern_hemisphere_are_not_cut_by_the_new_year() -> None:
    array = weather()
    array[0, 0, day("2001-12-30") : day("2002-01-04")] += 10.0
    waves = warmest_windows(array, 1, length=5, months=(12, 1, 2))
    assert day("2001-12-30") in waves.start[waves.station == 0]


def test_windows_have_no_missing_days_and_summers_without_room_have_fewer() -> None:
    array = weather()
    array[0, 0, day("2002-07-05") : day("2003-01-01")] = np.nan
    waves = warmest_windows(array, 2, length=7, months=(7,))
    of_2002 = (waves.station == 0) & (waves.start > day("2002-01-01")) & (waves.start < day("2003-01-01"))
    assert not of_2002.any() and (waves.station == 1).sum() == 8
    assert (warmest_windows(array, 6, length=7, months=(7,)).station == 1).sum() <= 4 * 4


def test_a_comparison_with_itself_shows_no_difference() -> None:
    observed = weather(seed=5)
    found = compare(observed, observed, DEFINITION)
    assert found.source.values.tolist() == ["observed", "simulated", "simulated 5%", "simulated 95%"]
    for source in found.source.values[1:]:
        assert found.sel(source="observed", drop=True).equals(found.sel(source=source, drop=True))


def persistent(n_stations: int, seed: int) -> xr.DataArray:
    """Ten years of days and nights that remember (autocorrelation 0.7) and go together (0.6), stations independent."""
    rng = np.random.default_rng(seed)
    days = daily_times("2001-01-01", 3652)
    noise = rng.standard_normal((n_stations, 2, days.size))
    noise[:, 1] = 0.6 * noise[:, 0] + 0.8 * noise[:, 1]
    for number in range(1, days.size):
        noise[..., number] = 0.7 * noise[..., number - 1] + np.sqrt(0.51) * noise[..., number]
    coordinates = {"station": [f"{n}" for n in range(n_stations)], "variable": ["theta_max", "theta_min"], "time": days}
    return xr.DataArray(noise, coordinates, ("station", "variable", "time"))


def test_observations_and_simulations_of_one_climate_have_as_many_heat_waves() -> None:
    """Thresholds from the years in which heat waves are counted hide about a third of them; those of other years do not.

    Forty stations of ten years in one climate: some 320 heat waves each. Their ratio has a standard error of 0.09, that
    of the count within the same years of 0.05: false alarms are rarer than one in 1000.
    """
    record, more = persistent(40, seed=1), persistent(40, seed=2)
    definition = HeatWaveDefinition(95.0, nights=False)
    found = compare(record, more, definition)["n_per_year"].mean("station")
    observed, simulated = (float(found.sel(source=source)) for source in ("observed", "simulated"))
    assert observed > 0.5 and 0.7 < simulated / observed < 1.4
    within = len(detect(record, HeatThresholds.of(record, definition)).start) / 400
    assert within < 0.82 * min(observed, simulated)
    assert len(detect(record, OutOfSampleThresholds.of(record, definition)).start) / 400 == pytest.approx(observed, rel=0.01)


def test_a_warmer_ensemble_has_more_heat_waves() -> None:
    found = compare(weather(seed=5), weather(n_members=4, seed=6) + 0.8, DEFINITION)
    more = found["days_per_year"].sel(source="simulated 5%") - found["days_per_year"].sel(source="observed")
    assert (more > 0).all()


def test_weather_that_does_not_fit_the_thresholds(thresholds: HeatThresholds) -> None:
    with pytest.raises(DataError, match="variable theta_min"):
        detect(weather().sel(variable=["theta_max"]), thresholds)
    with pytest.raises(DataError, match="station B"):
        detect(weather().sel(station=["A"]), thresholds)
    with pytest.raises(DataError, match="windows"):
        warmest_windows(weather(), 0)
