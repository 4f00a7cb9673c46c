"""The nearest-neighbour bootstrap: real days, in season, each a plausible successor of the one before."""

from __future__ import annotations

import numpy as np
import pytest

from varwg import daily_times, doy_index
from varwg._record import fit_neighbours, resample_days
from varwg.errors import DataError, FitError

DOY = doy_index(daily_times("1990-01-01", 20 * 365))


@pytest.fixture(scope="module")
def series() -> np.ndarray:
    rng = np.random.default_rng(3)
    values = np.zeros((2, DOY.size))
    for day in range(1, DOY.size):
        values[:, day] = [0.8, 0.3] * values[:, day - 1] + rng.standard_normal(2) * [0.6, 0.95]
    return values


def test_days_come_from_their_season(series: np.ndarray) -> None:
    model = fit_neighbours(series, DOY, window=10)
    wanted = doy_index(daily_times("2001-07-01", 800))
    chosen = resample_days(model, wanted, rng=np.random.default_rng(0))
    apart = np.abs(DOY[chosen] - wanted)
    assert np.minimum(apart, 366 - apart).max() <= 10


@pytest.mark.parametrize("order", [1, 3])
def test_with_one_neighbour_the_record_replays_itself(order: int) -> None:
    """Without noise, the only nearest past of a day is its own: after the first day the record runs on."""
    days = np.arange(366 + order)
    model = fit_neighbours(np.array([days**1.01, np.cos(days)]), days % 366, order=order, window=0)
    chosen = resample_days(model, days[order:] % 366, rng=np.random.default_rng(0))
    assert chosen.tolist() == days[order:].tolist()


def test_positions_are_those_of_the_chosen_days_not_of_their_past(series: np.ndarray) -> None:
    """The day before a chosen day resembles the day chosen before: their correlation is far above chance."""
    model = fit_neighbours(series, DOY, order=1)
    chosen = resample_days(model, DOY[:3000], rng=np.random.default_rng(1))
    previous, ancestor = series[:, chosen[:-1]], series[:, chosen[1:] - 1]
    for variable in range(2):
        assert np.corrcoef(previous[variable], ancestor[variable])[0, 1] > 0.9


def test_memory_and_spread_of_the_record_are_kept(series: np.ndarray) -> None:
    """Choosing among 20 neighbours loses a tenth of the record's memory of 0.8; standard deviations are within 10 %."""
    model = fit_neighbours(series, DOY, order=1)
    sample = series[:, resample_days(model, DOY, rng=np.random.default_rng(2))]
    assert np.corrcoef(sample[0, 1:], sample[0, :-1])[0, 1] == pytest.approx(0.75, abs=0.06)
    np.testing.assert_allclose(sample.std(axis=1), series.std(axis=1), rtol=0.1)


def test_a_bias_finds_successors_of_warmer_days(series: np.ndarray) -> None:
    model = fit_neighbours(series, DOY, order=1)
    plain, warm = (
        series[:, resample_days(model, DOY[:3000], rng=np.random.default_rng(4), bias=bias)]
        for bias in (None, np.array([0.3, 0.0]))
    )
    assert warm[0].mean() - plain[0].mean() > 0.5
    assert abs(warm[1].mean() - plain[1].mean()) < 0.2


def test_a_bias_of_zero_changes_nothing(series: np.ndarray) -> None:
    model = fit_neighbours(series, DOY)
    plain = resample_days(model, DOY[:200], rng=np.random.default_rng(5))
    assert np.array_equal(resample_days(model, DOY[:200], rng=np.random.default_rng(5), bias=np.zeros((2, 200))), plain)


def test_days_with_gaps_are_never_chosen(series: np.ndarray) -> None:
    gappy = series.copy()
    gappy[0, 100:3000:7] = np.nan
    model = fit_neighbours(gappy, DOY, order=2)
    chosen = resample_days(model, DOY[:1500], rng=np.random.default_rng(6))
    assert np.isfinite(gappy[:, chosen]).all()


def test_wrong_arguments_are_refused(series: np.ndarray) -> None:
    with pytest.raises(FitError, match="no complete candidate"):
        fit_neighbours(series[:, :100], DOY[:100])
    with pytest.raises(FitError, match="order is 0"):
        fit_neighbours(series, DOY, order=0)
    model = fit_neighbours(series, DOY)
    with pytest.raises(DataError, match="bias has shape"):
        resample_days(model, DOY[:5], rng=np.random.default_rng(0), bias=np.zeros(3))
    with pytest.raises(DataError, match="empty"):
        resample_days(model, DOY[:0], rng=np.random.default_rng(0))
