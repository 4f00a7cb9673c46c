"""Disaggregation: daily values kept, bounds held, one observed day for all, and hours like observed ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks import disaggregation
from hypothesis import given, settings
from hypothesis import strategies as st

from varwg import N_DOYS, VARIABLES, HourlyArchive, Observations, Variable, daily_times, doy_index, read_observations
from varwg import _persistence as codec
from varwg import _persistence as modelfile
from varwg._arrays import FloatArray
from varwg._disaggregation import disaggregate
from varwg._disaggregation.courses import bridge, ceiling, curve, line_weights, parabola_weights, settle
from varwg._disaggregation.days import Shortlist, choose
from varwg._disaggregation.rain import _drawn, _Midnights, _Spells, _weights_at_midnight, most_alike
from varwg._disaggregation.run import rain_courses
from varwg._variables import Aggregation
from varwg.errors import DataError, RngError
from varwg.marginals._seasonal import circular_distance
from varwg.meteo import SUNRISE_ALTITUDE, day_length, potential_radiation
from varwg.meteo._sun import noon_of_record

KNOWN = {variable.name: variable for variable in VARIABLES}
NAMES = ("theta", "R", "rh", "U", "Qsw", "sun")
LATITUDE = 47.7


def ceiling_of(name: str, latitude: float, noon: float, n_steps: int) -> FloatArray:
    """What the sun allows a variable that it limits."""
    most = ceiling(KNOWN[name], latitude, noon, n_steps)
    assert most is not None
    return most


def made_up(
    n_days: int = 800,
    names: tuple[Any, ...] = NAMES,
    n_stations: int = 2,
    n_steps: int = 24,
    start: str = "2001-01-01",
    seed: int = 0,
    latitude: float = LATITUDE,
) -> Observations:
    """Sub-daily observations with diurnal and annual cycles, wet spells and calms; rain is in tenths of a millimetre."""
    rng = np.random.default_rng(seed)
    times = daily_times(start, n_days)
    doy = doy_index(times)
    hours = (np.arange(n_steps) + 0.5) * 24 / n_steps
    shape = (n_stations, n_days, n_steps)
    regional = np.cumsum(rng.standard_normal(n_days * n_steps) * 0.3).reshape(n_days, n_steps) * 0.02
    noise = regional + 0.3 * rng.standard_normal(shape)
    day = np.cos(2 * np.pi * (hours - 14) / 24)
    year = -np.cos(2 * np.pi * doy / N_DOYS)[:, None]
    wet_days = (rng.random(n_days) < 0.4)[:, None] & (rng.random((n_stations, n_days, 1)) < 0.8)
    showers = np.round(rng.gamma(0.6, 2.0, shape), 1) * (rng.random(shape) < 0.3)
    clear = rng.beta(2, 2, (1, n_days, 1)) * np.ones(shape)
    sunlit = {
        name: ceiling_of(name, LATITUDE, 12.0, n_steps)[doy] for name in ("Qsw", "sun")
    }  # fmt: skip
    made = {
        "theta": 10 + 8 * year + 4 * day + 2 * noise,
        "R": wet_days * showers,
        "rh": np.clip(0.75 - 0.2 * day - 0.15 * noise, 0.0, 1.0),
        "U": np.maximum(2 + day + 2 * noise, 0.0),
        "Qsw": 0.75 * clear * sunlit["Qsw"],
        "sun": np.clip(clear + 0.2 * noise, 0.0, 1.0) * sunlit["sun"],
        "theta_min": 5 + 8 * year + 4 * day + noise,
        "pressure": 1010 + 5 * noise,
    }
    values = np.stack([np.broadcast_to(made[name], shape).reshape(n_stations, -1) for name in names], axis=1)
    step = np.timedelta64(86_400_000_000_000 // n_steps, "ns")
    return Observations(
        values=values,
        times=(times[:, None] + step * np.arange(n_steps)).ravel(),
        stations=tuple(f"S{number}" for number in range(n_stations)),
        variables=tuple(KNOWN[name] for name in names),
        latitude=np.full(n_stations, latitude),
        longitude=np.zeros(n_stations),
        elevation=np.full(n_stations, np.nan),
    )


def days_of(observations: Observations) -> np.ndarray:
    """Daily values (S, K, D) of sub-daily observations."""
    steps = observations.values.reshape(*observations.values.shape[:2], -1, observations.steps_per_day)
    return daily_of(steps, observations.variables)


def daily_of(steps: np.ndarray, variables: tuple[Any, ...]) -> np.ndarray:
    """Daily values (S, K, D) of steps (S, K, D, n)."""
    functions: dict[str, Callable[..., Any]] = {"mean": np.mean, "sum": np.sum, "min": np.min, "max": np.max}
    return np.stack([functions[v.aggregation](steps[:, k], axis=-1) for k, v in enumerate(variables)], axis=1)


def in_days(done: Any, archive: HourlyArchive) -> np.ndarray:
    return np.asarray(done.values.reshape(*done.values.shape[:2], -1, archive.steps_per_day))


@pytest.fixture(scope="module")
def hourly() -> Observations:
    return made_up()


@pytest.fixture(scope="module")
def archive(hourly: Observations) -> HourlyArchive:
    return HourlyArchive.of(hourly)


# ---- what is promised for any daily values ----


@settings(max_examples=40, deadline=None)
@given(
    start=st.dates(min_value=date(1999, 12, 1), max_value=date(2004, 3, 5)),
    n_days=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    extreme=st.sampled_from(["none", "lowest", "highest"]),
)
def test_daily_values_and_bounds_are_kept(archive: HourlyArchive, start: date, n_days: int, seed: int, extreme: str) -> None:
    """Any start (mid-year, 29 February), any length, values anywhere between their bounds and at them."""
    rng = np.random.default_rng(seed)
    times = daily_times(start, n_days)
    doy = doy_index(times)
    most = np.stack([np.full(n_days, 40.0), np.full(n_days, 300.0), np.ones(n_days), np.full(n_days, 25.0),
                     potential_radiation(LATITUDE, doy), day_length(LATITUDE, doy, altitude=SUNRISE_ALTITUDE)])  # fmt: skip
    share = rng.beta(0.5, 0.5, (2, 6, n_days)) if extreme == "none" else np.full((2, 6, n_days), float(extreme == "highest"))
    values = share * most
    values[:, 1] *= rng.random((2, n_days)) < 0.5
    done = disaggregate(archive, times, values, rng=rng)
    steps = in_days(done, archive)
    np.testing.assert_allclose(daily_of(steps, archive.variables), values, rtol=0, atol=1e-9)
    assert steps[:, 1:].min() >= 0.0
    assert steps[:, 2].max() <= 1.0
    for station in range(2):
        for column in (4, 5):
            highest = archive.ceilings(station, column)
            assert highest is not None and np.all(steps[station, column] <= highest[doy] * (1 + 1e-12))
    assert done.counts.beyond == 0
    assert sum(done.counts[:3]) == n_days


@pytest.mark.parametrize("n_steps", [2, 8, 24, 48])
@pytest.mark.parametrize("name", NAMES)
def test_one_station_and_one_variable_in_any_step(n_steps: int, name: str) -> None:
    archive = HourlyArchive.of(made_up(740, (name,), 1, n_steps))
    values = days_of(made_up(740, (name,), 1, n_steps, seed=5))
    times = daily_times("2010-06-15", 740)
    if name in ("Qsw", "sun"):
        doy = doy_index(times)
        most = archive.ceilings(0, 0)
        assert most is not None
        values = np.minimum(values, daily_of(most[doy][None, None], archive.variables))
    done = disaggregate(archive, times, values, rng=np.random.default_rng(1))
    assert done.values.shape == (1, 1, 740 * n_steps)
    np.testing.assert_allclose(daily_of(in_days(done, archive), archive.variables), values, rtol=0, atol=1e-9)
    assert done.times[0] == times[0]
    assert np.all(np.diff(done.times) == np.timedelta64(1440 // n_steps, "m"))


def test_extremes_stay_the_extremes_of_their_days(archive: HourlyArchive) -> None:
    """A variable whose daily value is the minimum of its steps keeps the minimum."""
    source = made_up(names=("theta_min", "U"))
    daily_min = HourlyArchive.of(source)
    values = days_of(source)[..., :100] + 3.0
    done = disaggregate(daily_min, daily_times("2005-01-01", 100), values, rng=np.random.default_rng(0))
    np.testing.assert_allclose(in_days(done, daily_min)[:, 0].min(axis=-1), values[:, 0], rtol=0, atol=1e-9)


def test_a_day_that_can_only_be_itself_gets_its_own_hours() -> None:
    """With one year of record and a season of one day, disaggregating the record gives it back (to float32)."""
    source = made_up(365)
    archive = HourlyArchive.of(source)
    done = disaggregate(archive, daily_times("2001-01-01", 365), days_of(source), rng=np.random.default_rng(0), window=0)
    assert np.array_equal(done.source, np.arange("2001-01-01", "2002-01-01", dtype="datetime64[D]"))
    np.testing.assert_allclose(done.values, source.values, rtol=0, atol=2e-4)


def test_missing_days_and_absent_series_stay_missing(archive: HourlyArchive, hourly: Observations) -> None:
    values = days_of(hourly)[..., :50]
    values[1, 2] = np.nan
    values[0, 0, 10] = np.nan
    values[0, 1, 49] = np.nan
    done = disaggregate(archive, daily_times("2001-01-01", 50), values, rng=np.random.default_rng(0))
    steps = in_days(done, archive)
    assert np.array_equal(np.isnan(steps), np.repeat(np.isnan(values)[..., None], 24, axis=-1))
    present = np.isfinite(values)
    np.testing.assert_allclose(daily_of(steps, archive.variables)[present], values[present], rtol=0, atol=1e-9)


def test_a_daily_value_beyond_its_bounds_is_kept_and_counted(archive: HourlyArchive, hourly: Observations) -> None:
    values = days_of(hourly)[..., :5].copy()
    values[0, 2, 1] = 1.02
    values[1, 4, 3] = 900.0
    done = disaggregate(archive, daily_times("2001-01-01", 5), values, rng=np.random.default_rng(0))
    assert done.counts.beyond == 2
    np.testing.assert_allclose(daily_of(in_days(done, archive), archive.variables), values, rtol=0, atol=1e-9)


def test_wind_is_hardly_stronger_than_ever(archive: HourlyArchive, hourly: Observations) -> None:
    """Gusts of calm days, laid on windy ones, stay near the strongest of the record."""
    values = days_of(hourly)[..., ::-1]
    done = disaggregate(archive, daily_times("2001-01-01", 800), values, rng=np.random.default_rng(0))
    assert in_days(done, archive)[:, 3].max() < 1.25 * hourly.values[:, 3].max()


# ---- the observed days ----


def test_one_observed_day_of_the_season_for_all_that_is_as_wet_or_dry() -> None:
    """Rain has the form of a course of its own station, of a day with an amount like its own; most come from another day."""
    source = made_up(1100, ("R", "theta"), 2)
    archive = HourlyArchive.of(source)
    times = daily_times("2010-03-01", 400)
    values = days_of(made_up(400, ("R", "theta"), 2, start="2010-03-01", seed=3))
    done = disaggregate(archive, times, values, rng=np.random.default_rng(0))
    assert done.counts.exact == 400
    position = np.searchsorted(archive.days, done.source.astype(np.int64))
    apart = circular_distance()[doy_index(times), archive.doy[position]]
    assert apart.max() <= 15
    amounts = values[:, 0]
    assert np.array_equal((amounts > 0.0).any(axis=0), archive.patterns[:, 0][:, position].any(axis=(0, -1)))
    assert done.counts.lent < (amounts > 0.0).sum()
    ratios = []
    for station, observed in enumerate(archive.patterns[:, 0].astype(float)):
        totals = observed.sum(axis=-1)
        forms = np.sort(observed[totals > 0.0] / totals[totals > 0.0, None], axis=-1)
        for steps, amount in zip(in_days(done, archive)[station, 0], amounts[station], strict=True):
            if amount < 3.0 or steps.max() > 0.99 * archive.patterns[:, 0].max():
                continue
            differences = np.abs(forms - np.sort(steps) / amount).max(axis=1)
            if differences.min() < 1e-6:  # courses that lost steps below a twentieth of a millimetre have another form
                ratios.append(amount / totals[totals > 0.0][differences.argmin()])
    assert len(ratios) > 100
    assert np.median(np.abs(np.log(ratios))) < 0.2


def test_stations_that_are_alike_take_rain_of_the_same_days() -> None:
    """Two stations with the same storms have rain in the same hours: 0.96 of them, and 0.80 where each takes days of its own."""
    rng = np.random.default_rng(0)
    storms = made_up(1500, ("R",), 1)
    noisy = np.where(storms.values > 0.0, storms.values * np.exp(rng.normal(0.0, 0.2, storms.values.shape)), 0.0)
    both = replace(
        storms, stations=("one", "other"), values=np.concatenate([storms.values, noisy]), latitude=np.full(2, 50.0),
        longitude=np.full(2, 8.0), elevation=np.full(2, 100.0),
    )  # fmt: skip
    archive = HourlyArchive.of(both)
    rows, alike = most_alike(np.log1p(10.0 * archive.patterns[:, 0].sum(axis=-1, dtype=np.float64)))
    assert rows.tolist() == [[1], [0]] and (alike > 0.9).all()
    values = np.roll(days_of(both), 5, axis=-1)
    done = disaggregate(archive, daily_times("2001-01-01", values.shape[-1]), values, rng=np.random.default_rng(1))
    one, other = (done.values[row, 0] > 0.0 for row in (0, 1))
    assert (one & other).mean() > 0.9 * np.sqrt(one.mean() * other.mean())


def test_rain_at_midnight_is_what_is_expected_over_all_sequences() -> None:
    """Against every sequence of lenders in spells of one, two and three days, weighed one by one; the error is rounding."""
    rng = np.random.default_rng(5)
    likely = rng.gamma(1.0, 1.0, (6, 3, 3))
    weights = _Midnights(rng.gamma(1.0, 1.0, (3, 3)), rng.gamma(1.0, 1.0, 3), rng.gamma(1.0, 1.0, 3))
    spells = _Spells.of(np.array([2, 5, 6, 9, 10, 11]))
    found = spells.expected(likely[spells.order].transpose(1, 2, 0), weights)
    between, before, after = np.zeros((3, 3)), np.zeros(3), np.zeros(3)
    for days in ([0], [1, 2], [3, 4, 5]):
        tables = np.zeros((3, 3)), np.zeros(3), np.zeros(3)
        for sequence in itertools.product(range(9), repeat=len(days)):
            first, last = np.divmod(sequence, 3)
            score = weights.before[first[0]] * weights.after[last[-1]] * np.prod(likely[days, first, last])
            score *= np.prod(weights.between[last[:-1], first[1:]])
            np.add.at(tables[0], (last[:-1], first[1:]), score)
            tables[1][first[0]] += score
            tables[2][last[-1]] += score
        total = tables[1].sum()
        between, before, after = between + tables[0] / total, before + tables[1] / total, after + tables[2] / total
    np.testing.assert_allclose(found.between, between / 3, rtol=1e-12)
    np.testing.assert_allclose(found.before, before / 3, rtol=1e-12)
    np.testing.assert_allclose(found.after, after / 3, rtol=1e-12)


def test_lenders_are_drawn_so_that_midnights_are_those_of_the_record() -> None:
    """Lenders that are dry at midnight cost less, and are taken as seldom as the record has them.

    A share of 2000 pairs of days has a standard error of at most 0.011: five of them are a false alarm in a million.
    """
    rng = np.random.default_rng(0)
    rainy = np.setdiff1d(np.arange(6000), np.arange(2, 6000, 3))
    levels = np.array([[0, 0], [0, 2], [1, 0], [2, 2]])
    scores = np.tile([0.0, -3.0, -4.0, -5.0], (rainy.size, 1))
    record = _Midnights(
        np.array([[0.5, 0.1, 0.0], [0.0, 0.0, 0.0], [0.0, 0.3, 0.1]]), np.array([0.6, 0.2, 0.2]), np.array([0.6, 0.0, 0.4])
    )
    first, last = np.broadcast_to(levels.T[:, None], (2, rainy.size, 4))
    chosen = _drawn(scores, first, last, rainy, record, rng)
    first, last = levels[chosen].T
    pairs = np.bincount(3 * last[::2] + first[1::2], minlength=9).reshape(3, 3) / 2000
    np.testing.assert_allclose(pairs, record.between, rtol=0, atol=0.055)
    np.testing.assert_allclose(np.bincount(first[::2], minlength=3) / 2000, record.before, rtol=0, atol=0.055)


@pytest.mark.parametrize("seed", range(6))
def test_weights_of_midnights_are_found_in_few_rounds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is expected with them is the record, whose midnights are unlike those that the lenders would make."""
    rng = np.random.default_rng(seed)
    spells = _Spells.of(np.flatnonzero(rng.random(3000) < 0.6))
    likely = rng.gamma(0.2, 1.0, (3, 3, spells.order.size)) + 1e-100
    wanted = _Midnights(rng.gamma(1.0, 1.0, (3, 3)), rng.gamma(1.0, 1.0, 3), rng.gamma(1.0, 1.0, 3))
    record = spells.expected(likely, wanted)
    monkeypatch.setattr("varwg._disaggregation.rain._ROUNDS", 20)
    reached = spells.expected(likely, _weights_at_midnight(spells, likely, record))
    for have, want in zip(reached, record, strict=True):
        np.testing.assert_allclose(have, want, rtol=0, atol=0.002)


def test_rain_in_an_archive_without_any() -> None:
    """The search ends, the sums are kept, and the result says that nothing fitted."""
    source = made_up(740, ("theta", "R"))
    dry = source.values.copy()
    dry[:, 1] = 0.0
    archive = HourlyArchive.of(replace(source, values=dry))
    values = days_of(source)[..., :30]
    done = disaggregate(archive, daily_times("2001-01-01", 30), values, rng=np.random.default_rng(0))
    wet = values[:, 1] > 0.0
    assert done.counts.nearest == wet.any(axis=0).sum()
    assert done.counts.lent == wet.sum()
    np.testing.assert_allclose(daily_of(in_days(done, archive), archive.variables), values, rtol=0, atol=1e-9)


def test_the_season_is_widened_for_wet_and_dry() -> None:
    """Rain only in two weeks of the year: days up to 30 days from them find it, others take the nearest in state."""
    source = made_up(1100, ("theta", "R"), 1)
    doy = np.repeat(doy_index(daily_times("2001-01-01", 1100)), 24)
    season = (doy >= 100) & (doy < 114)
    values = source.values.copy()
    values[0, 1] = np.where(season, np.tile(np.r_[np.zeros(12), np.ones(12)], 1100), 0.0)
    archive = HourlyArchive.of(replace(source, values=values))
    times = daily_times("2001-01-01", 365)
    wanted = np.stack([np.full((1, 365), 10.0), np.full((1, 365), 12.0)], axis=1)
    done = disaggregate(archive, times, wanted, rng=np.random.default_rng(0))
    assert tuple(done.counts)[:3] == (14 + 2 * 15, 2 * 15, 365 - 14 - 4 * 15)
    assert done.counts.lent >= done.counts.nearest
    assert done.counts.beyond == 0
    np.testing.assert_allclose(in_days(done, archive)[0, 1][:, 12:], 1.0, rtol=1e-9)


def test_a_season_without_any_observed_day_takes_the_nearest() -> None:
    source = made_up(740, ("theta", "U"))
    doy = np.repeat(doy_index(daily_times("2001-01-01", 740)), 24)
    values = np.where((doy > 100) & (doy < 200), np.nan, source.values)
    archive = HourlyArchive.of(replace(source, values=values))
    times = daily_times("2001-01-01", 365)
    done = disaggregate(archive, times, np.full((2, 2, 365), 3.0), rng=np.random.default_rng(0))
    rows = doy_index(done.source)
    assert not np.any((rows > 100) & (rows < 200))
    assert done.counts.nearest == 200 - 100 - 1 - 2 * 30
    assert done.counts.widened == 2 * 15
    assert set(rows[doy_index(times) == 140].tolist()) == {100}


def test_days_that_follow_in_the_record_are_kept_together() -> None:
    """Consecutive days leave no gap at midnight, so that they follow one another far more often than by chance (1/60)."""
    source = made_up(740, ("theta", "pressure"), 2)
    archive = HourlyArchive.of(source)
    done = disaggregate(archive, daily_times("2001-01-01", 730), days_of(source)[..., :730], rng=np.random.default_rng(0))
    assert np.mean(np.diff(done.source).astype(int) == 1) > 0.3


def test_incomplete_days_are_not_used() -> None:
    source = made_up(740, ("theta", "rh"))
    values = source.values.copy()
    gaps = np.arange(5, 740, 4)
    for hour in range(7, 12):
        values[1, 0, gaps * 24 + hour] = np.nan
    archive = HourlyArchive.of(replace(source, values=values))
    assert not np.isin(gaps, archive.days - archive.days[0]).any()
    assert archive.days.size == 740 - gaps.size
    assert np.isfinite(archive.patterns).all()


def test_incomplete_days_are_used_where_there_is_nothing_else() -> None:
    """One series misses five hours of every day: its course comes from the other station."""
    source = made_up(740, ("theta", "rh"))
    values = source.values.copy()
    for hour in range(7, 12):
        values[1, 0, hour::24] = np.where(np.arange(740) == 300, values[1, 0, hour::24], np.nan)
    archive = HourlyArchive.of(replace(source, values=values))
    assert archive.days.size == 740
    others = np.arange(740) != 300
    np.testing.assert_array_equal(archive.patterns[1, 0, others], archive.patterns[0, 0, others])
    done = disaggregate(archive, daily_times("2003-01-01", 20), np.full((2, 2, 20), 0.5), rng=np.random.default_rng(0))
    assert np.isfinite(done.values).all()


def test_a_series_that_was_never_observed_gets_the_course_of_the_others(hourly: Observations) -> None:
    values = hourly.values.copy()
    values[1] = np.nan
    archive = HourlyArchive.of(replace(hourly, values=values))
    wanted = days_of(hourly)[..., :40]
    done = disaggregate(archive, daily_times("2001-01-01", 40), wanted, rng=np.random.default_rng(0))
    np.testing.assert_allclose(daily_of(in_days(done, archive), archive.variables), wanted, rtol=0, atol=1e-9)


# ---- randomness, immutability, files ----


def test_a_generator_in_the_same_state_gives_the_same_bits(archive: HourlyArchive, hourly: Observations) -> None:
    values = days_of(hourly)[..., :200]
    before = values.copy()
    times = daily_times("2010-02-01", 200)
    first, same, other = (disaggregate(archive, times, values, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.values, same.values)
    assert np.array_equal(first.source, same.source)
    assert not np.array_equal(first.source, other.source)
    assert np.array_equal(values, before)


def test_the_archive_is_read_only(archive: HourlyArchive) -> None:
    for name in ("days", "daily", "patterns", "latitude", "noon", "largest"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(archive, name)[...] = 0


def test_an_archive_survives_its_file(archive: HourlyArchive, hourly: Observations, tmp_path: Path) -> None:
    modelfile.write(tmp_path / "archive.nc", archive, kind="HourlyArchive")
    again = modelfile.read(tmp_path / "archive.nc", (HourlyArchive, Variable))
    assert codec.digest(again) == codec.digest(archive)
    values = days_of(hourly)[..., :20]
    results = [disaggregate(a, daily_times("2003-01-01", 20), values, rng=np.random.default_rng(0)) for a in (archive, again)]
    assert np.array_equal(results[0].values, results[1].values)


def test_of_a_long_record_the_last_days_are_kept(
    hourly: Observations, archive: HourlyArchive, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        short = HourlyArchive.of(hourly, max_days=300)
    assert "the last 300 are kept" in caplog.text
    assert np.array_equal(short.days, archive.days[-300:])
    assert np.array_equal(short.patterns, archive.patterns[:, :, -300:])
    assert np.all(short.largest <= archive.largest)
    assert codec.digest(HourlyArchive.of(hourly, max_days=archive.days.size)) == codec.digest(archive)


def test_the_archive_of_daily_observations_is_that_of_their_source(hourly: Observations, archive: HourlyArchive) -> None:
    daily = replace(hourly, values=days_of(hourly), times=hourly.times[::24], hourly=hourly)
    assert codec.digest(HourlyArchive.of(daily)) == codec.digest(archive)


# ---- errors ----


def test_errors_name_what_was_found(archive: HourlyArchive, hourly: Observations) -> None:
    values = days_of(hourly)[..., :10]
    times = daily_times("2003-01-01", 10)
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match=r"shape \(1, 6, 10\), but \(2, 6, 10\)"):
        disaggregate(archive, times, values[:1], rng=rng)
    with pytest.raises(DataError, match="2003-01-05 to 2003-01-07"):
        disaggregate(archive, np.delete(daily_times("2003-01-01", 11), 5), values, rng=rng)
    with pytest.raises(DataError, match="at least one day"):
        disaggregate(archive, times[:0], values[..., :0], rng=rng)
    with pytest.raises(DataError, match="window is -1"):
        disaggregate(archive, times, values, rng=rng, window=-1)
    with pytest.raises(RngError, match="default_rng"):
        disaggregate(archive, times, values, rng=3)  # type: ignore[arg-type]


def test_an_archive_needs_complete_days(hourly: Observations) -> None:
    daily = replace(hourly, values=days_of(hourly), times=hourly.times[::24])
    with pytest.raises(DataError, match="are daily"):
        HourlyArchive.of(daily)
    values = hourly.values.copy()
    for hour in range(3, 8):
        values[..., hour::24] = np.nan
    with pytest.raises(DataError, match="no observed day"):
        HourlyArchive.of(replace(hourly, values=values))


# ---- parts ----


@given(daily=st.lists(st.floats(-100, 100), min_size=1, max_size=12), n_steps=st.integers(2, 96))
@settings(max_examples=50, deadline=None)
def test_parabolas_have_the_daily_means_and_lines_stay_between_the_days(daily: list[float], n_steps: int) -> None:
    values = np.array(daily)
    np.testing.assert_allclose(curve(values, parabola_weights(n_steps)).mean(axis=1), values, atol=1e-11)
    lines = curve(values, line_weights(n_steps))
    assert lines.min() >= values.min() - 1e-12
    assert lines.max() <= values.max() + 1e-12


def test_a_bridge_closes_gaps_and_changes_no_mean() -> None:
    """With many steps the last value of a day and the first of the next differ by the gap, up to the step's length."""
    gaps = np.array([2.0, -1.0, 0.5])
    closed = bridge(gaps, parabola_weights(10_000))
    np.testing.assert_allclose(closed[:-1, -1] - closed[1:, 0], gaps, atol=2e-3)
    np.testing.assert_allclose(closed.mean(axis=1), 0.0, atol=1e-12)
    assert closed[0, 0] == pytest.approx(0.0, abs=1e-3)
    assert closed[-1, -1] == pytest.approx(0.0, abs=1e-3)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    bounds=st.sampled_from([(0.0, 1.0), (-1.0, np.inf), (-np.inf, 1.0), (-np.inf, np.inf)]),
    how=st.sampled_from(["mean", "min", "max"]),
    target=st.floats(0.0, 1.0),
    flat=st.sampled_from([None, 0.0, 0.5, 1.0]),
)
def test_settling_is_exact_within_bounds_and_keeps_the_order_of_steps(
    seed: int, bounds: tuple[float, float], how: Aggregation, target: float, flat: float | None
) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.random((3, 24)) if flat is None else np.full((3, 24), flat)
    moved, beyond = settle(steps, np.full(3, target), *bounds, how)
    np.testing.assert_allclose(getattr(moved, how)(axis=1), target, rtol=0, atol=1e-12)
    assert moved.min() >= bounds[0]
    assert moved.max() <= bounds[1]
    assert not beyond.any()
    assert np.all(np.diff(np.take_along_axis(moved, np.argsort(steps, axis=1), axis=1), axis=1) >= -1e-15)


@pytest.mark.parametrize("noon", [0.0, 5.5, 12.0, 19.75])
@pytest.mark.parametrize("n_steps", [4, 24])
def test_the_sun_gives_a_day_what_it_gives_its_steps(noon: float, n_steps: int) -> None:
    """Whatever the clock: radiation has the daily mean of FAO-56, sunshine lasts the day length, at any latitude."""
    rows = np.arange(N_DOYS)
    for latitude in (-80.0, -35.0, 0.0, 52.0, 70.0):
        radiation = ceiling_of("Qsw", latitude, noon, n_steps)
        np.testing.assert_allclose(radiation.mean(axis=1), potential_radiation(latitude, rows), atol=1e-9)
        hours = ceiling_of("sun", latitude, noon, n_steps)
        np.testing.assert_allclose(hours.sum(axis=1), day_length(latitude, rows, altitude=SUNRISE_ALTITUDE), atol=1e-9)
        assert hours.max() <= 24.0 / n_steps + 1e-12


@pytest.mark.parametrize(("longitude", "noon"), [(116.3, 12.25), (116.3, 4.25), (np.nan, 12.4)])
def test_noon_is_read_from_the_record(longitude: float, noon: float) -> None:
    """Beijing's sun stands highest at 12:15 by the clock of its zone and at 4:15 UTC, in any zone within minutes."""
    hours = ceiling_of("Qsw", 39.9, noon, 24) * np.random.default_rng(0).uniform(0.2, 0.75, (N_DOYS, 1))
    found = noon_of_record(hours, longitude)
    assert found == pytest.approx(noon, abs=0.01 if np.isfinite(longitude) else 0.1)


def test_radiation_in_a_record_without_latitude() -> None:
    archive = HourlyArchive.of(made_up(names=("Qsw", "sun"), latitude=np.nan))
    assert archive.ceilings(0, 0) is None
    values = days_of(made_up(names=("Qsw", "sun"), seed=8))[..., :60]
    done = disaggregate(archive, daily_times("2001-01-01", 60), values, rng=np.random.default_rng(0))
    steps = in_days(done, archive)
    np.testing.assert_allclose(daily_of(steps, archive.variables), values, rtol=0, atol=1e-9)
    assert steps.min() >= 0.0
    assert steps[:, 1].max() <= 1.0


def test_rain_is_neither_recorded_below_half_a_tenth_nor_stronger_than_ever() -> None:
    """Amounts within the record: no wet step below half the smallest recorded one, none above the strongest.

    Strong days are left out of the former: those that had to be smoothed may have less at the rim of a shower.
    """
    archive = HourlyArchive.of(made_up(names=("R",)))
    amounts = np.random.default_rng(0).choice([0.02, 0.3, 5.0, 20.0], 500)
    days = np.random.default_rng(1).integers(archive.days.size, size=500)
    pattern, lent = rain_courses(
        archive, 0, np.array([0]), np.tile(amounts, (2, 1)), days, archive.doy[days], rng=np.random.default_rng(2)
    )
    assert not pattern[1].any()
    pattern = pattern[0]
    steps = amounts[:, None] * pattern / pattern.sum(axis=1, keepdims=True)
    largest = archive.patterns.sum(axis=-1).max()
    assert largest > 20.0
    weak = steps[(amounts > 0.05) & (amounts < 10.0)]
    assert weak[weak > 0].min() >= 0.05 * (1 - 1e-6)
    assert np.all((steps[amounts < 0.05] > 0).sum(axis=1) >= 1)
    assert steps.max() <= archive.patterns.max() * (1 + 1e-5)
    assert lent >= (~archive.patterns[0, 0, days].any(axis=1)).sum()


def test_more_rain_than_ever_is_longer_and_stronger() -> None:
    """Four times the largest amount has steps up to twice the strongest, and is all there."""
    archive = HourlyArchive.of(made_up(names=("R",)))
    most = float(archive.patterns.sum(axis=-1).max())
    amounts = np.full(200, 4.0 * most)
    days = np.flatnonzero(archive.patterns[0, 0].any(axis=1))[:200]
    pattern = rain_courses(
        archive, 0, np.array([0]), np.tile(amounts, (2, 1)), days, archive.doy[days], rng=np.random.default_rng(2)
    )[0][0]
    steps = amounts[:, None] * pattern / pattern.sum(axis=1, keepdims=True)
    assert steps.max() <= 2.0 * archive.patterns.max() * (1 + 1e-5)
    assert steps.max() > 1.5 * archive.patterns.max()


# ---- the choice of days ----


def listing(days: list[list[int]] | np.ndarray, distance: np.ndarray | None = None) -> Shortlist:
    """A shortlist of the same days for everybody."""
    days = np.asarray(days)
    distance = np.zeros(days.shape) if distance is None else np.asarray(distance, dtype=float)
    return Shortlist(days, np.isfinite(distance), np.nan_to_num(distance, posinf=0.0), np.zeros(len(days), dtype=np.int8))


def test_a_day_is_taken_that_another_one_can_follow() -> None:
    """Day 0 goes as well with the past as day 1, but only day 1 with the one day that there is for tomorrow."""
    listed = listing([[0, 1], [2, 2]])
    begins, ends = np.array([[0.0], [0.0], [5.0]]), np.array([[0.0], [5.0], [0.0]])
    for seed in range(20):
        assert choose(listed, begins, ends, rng=np.random.default_rng(seed)).tolist() == [1, 2]


def test_without_gaps_days_are_drawn_by_their_distance() -> None:
    """In proportion to exp(-distance / 3), with 4000 draws within 4.5 standard errors (false alarms 1 in 50 000)."""
    n_days = 4000
    distance = np.tile([0.0, 3.0, 1.5, np.inf], (n_days, 1))
    nothing = np.zeros((4, 0))
    chosen = choose(listing(np.tile(np.arange(4), (n_days, 1)), distance), nothing, nothing, rng=np.random.default_rng(0))
    expected = np.exp([0.0, -1.0, -0.5])
    expected /= expected.sum()
    errors = np.sqrt(expected * (1.0 - expected) / n_days)
    assert np.all(np.abs(np.bincount(chosen, minlength=4)[:3] / n_days - expected) < 4.5 * errors)
    assert 3 not in chosen


@pytest.mark.parametrize("n_days", [1, 2, 7, 8, 50])
def test_the_choice_does_not_depend_on_the_size_of_blocks(monkeypatch: pytest.MonkeyPatch, n_days: int) -> None:
    rng = np.random.default_rng(1)
    listed = listing(rng.integers(100, size=(n_days, 6)), rng.random((n_days, 6)))
    begins, ends = rng.standard_normal((2, 100, 3))
    chosen = []
    for size in (1, 7, 10_000):
        monkeypatch.setattr("varwg._disaggregation.days._BLOCK", size)
        chosen.append(choose(listed, begins, ends, rng=np.random.default_rng(3)).tolist())
    assert chosen[0] == chosen[1] == chosen[2]
    assert len(chosen[0]) == n_days


@pytest.mark.parametrize("n_stations", [1, 4])
@pytest.mark.parametrize("kind", sorted(disaggregation.KINDS))
def test_rain_of_hours_is_that_of_storms_that_know_nothing_of_midnight(kind: Any, n_stations: Any) -> None:
    """Six years get the hours of four others: how often it rains, goes on over midnight, and how much hours differ.

    Ratios of three made records are averaged. With 12 records of each kind their means were 0.98 to 1.05 for wet steps, 0.90 to
    1.01 around midnight, 0.92 to 1.00 in how often rain goes on, 1.00 to 1.07 for the standard deviation of hours, and between
    stations 0.83 to 1.01 for hours in which it rains at two and 0.96 to 1.08 for correlations; single ones had the standard
    deviations below (the largest of all kinds) or less. Tolerances are the farthest of these means and four standard errors, so
    that a figure raises a false alarm less than 1 time in 15 000.
    """
    ratios = []
    for seed in range(20, 23):
        observations = disaggregation.made_storms(kind, n_stations, 3650, np.random.default_rng(seed))
        archive = disaggregation.part_of(HourlyArchive.of(observations), slice(None, 1460))
        daily = observations.values[..., 1460:]
        done = disaggregate(archive, observations.times[1460:], daily, rng=np.random.default_rng(5))
        column = observations.names.index("R")
        assert observations.hourly is not None
        hours = observations.hourly.values[:, column, 24 * 1460 :], done.values[:, column]
        true, found = map(disaggregation.over_midnight, hours)
        ratios.append({name: found[name] / true[name] for name in true})
    for names, deviation, farthest in (
        (("wet hours", "wet 3 hours", "wet 6 hours"), 0.08, 0.05),
        (("wet at 23 h", "wet at 0 h"), 0.23, 0.10),
        (("wet at 0 h after wet at 23 h",), 0.16, 0.08),
        (("sd of hours",), 0.10, 0.07),
        (("wet at two stations",), 0.09, 0.17),
        (("between stations",), 0.17, 0.08),
    ):
        for name in names if n_stations > 1 or "stations" not in names[0] else ():
            ratio = np.mean([table[name] for table in ratios])
            assert abs(ratio - 1.0) < farthest + 4.0 * deviation / np.sqrt(3.0), name


# ---- real hours ----


def test_hours_of_beijing_are_like_observed_ones(beijing_path: Path) -> None:
    """Years get the courses of every second other year: no jump at midnight, and the statistics of hours.

    The tolerances are about twice the deviations that were found with several seeds.
    """
    observations = read_observations(beijing_path, variables=["theta", "R", "rh", "U"])
    hourly = observations.hourly
    assert hourly is not None
    full = HourlyArchive.of(hourly)
    odd = observations.times.astype("datetime64[Y]").astype(int) % 2 == 1
    found_steps = np.full((3, 4, odd.size, 24), np.nan)
    for mine in (odd, ~odd):
        others = ~np.isin(full.days, observations.times[mine].astype("datetime64[D]").astype(int))
        archive = replace(
            full,
            days=full.days[others],
            daily=full.daily[..., others],
            patterns=full.patterns[:, :, others],
        )
        done = disaggregate(archive, observations.times, observations.values, rng=np.random.default_rng(0))
        assert done.counts.exact > 0.9 * odd.size
        found_steps[:, :, mine] = in_days(done, archive)[:, :, mine]
    found, wanted = statistics(found_steps.reshape(hourly.values.shape)), statistics(hourly.values)
    for name, tolerance in (("sd", 0.06), ("lag", 0.03), ("midnight", 0.15), ("stations", 0.06)):
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=tolerance, err_msg=name)
    assert found["wet"] == pytest.approx(wanted["wet"], rel=0.3)
    assert found["goes on"] == pytest.approx(wanted["goes on"], abs=0.3)
    assert found["theta with rh"] == pytest.approx(wanted["theta with rh"], abs=0.04)
    amplitude = np.std(wanted["cycle"], axis=-1).mean(axis=1)[:, None, None]
    deviation = np.sqrt(np.mean(((found["cycle"] - wanted["cycle"]) / amplitude) ** 2, axis=(1, 2)))
    assert deviation.max() < 0.5


def statistics(values: np.ndarray) -> dict[str, float | np.ndarray]:
    """Of hours (S, 4, T 24) of theta, R, rh, U; rain only for how often it falls."""
    levels = values[:, [0, 2, 3]]
    days = levels.reshape(3, 3, -1, 24)
    within = (days - days.mean(axis=-1, keepdims=True)).reshape(levels.shape)
    scale = np.nanstd(within, axis=(0, 2))
    steps = np.diff(levels, axis=-1)
    by_hour = np.stack([np.nanstd(steps[..., (hour - 1) % 24 :: 24], axis=(0, 2)) for hour in (0, 22, 23, 1, 2, 3)])
    cycles = np.stack([np.nanmean(days[:, :, month * 120 : month * 120 + 120], axis=(0, 2)) for month in range(12)], axis=1)
    rain = values[:, 1][np.isfinite(values[:, 1])]
    return {
        "sd": np.log(scale),
        "lag": np.array([correlation(row[:, 1:], row[:, :-1]) for row in np.swapaxes(within, 0, 1)]),
        "midnight": by_hour[0] / np.sqrt(np.mean(by_hour[1:] ** 2, axis=0)),
        "stations": np.array([correlation(row[0], row[1]) for row in np.swapaxes(within, 0, 1)]),
        "theta with rh": correlation(within[:, 0], within[:, 1]),
        "wet": np.mean(rain >= 0.05),
        "goes on": goes_on(values[:, 1]),
        "cycle": cycles - cycles.mean(axis=-1, keepdims=True),
    }


def goes_on(rain: np.ndarray) -> float:
    """How often rain in the last hour of a day goes on in the first of the next."""
    wet = rain >= 0.05
    return float((wet[:, 23:-1:24] & wet[:, 24::24]).sum() / wet[:, 23:-1:24].sum())


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    return float(np.corrcoef(a[both], b[both])[0, 1])
