"""Indices: their distribution by construction, oracles by direct counting, and what must be refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from varwg.errors import DataError
from varwg.meteo import compound_index, monthly, spi, sti

N_YEARS = 60
MONTHS = np.arange("1950-01", "2010-01", dtype="datetime64[M]")
DAYS = np.arange("1950-01-01", "2010-01-01", dtype="datetime64[D]")


def daily(of_months: np.ndarray, months: np.ndarray = MONTHS, days: np.ndarray = DAYS) -> np.ndarray:
    """The value of each month on each of its days."""
    return of_months[..., np.searchsorted(months, days.astype("datetime64[M]"))]


def precipitation(rng: np.random.Generator, shape: float = 2.5) -> np.ndarray:
    """Monthly totals from a gamma distribution, spread evenly over the days."""
    totals = rng.gamma(shape, 30.0, MONTHS.size)
    lengths = ((MONTHS + 1).astype("datetime64[D]") - MONTHS.astype("datetime64[D]")).astype(float)
    return daily(totals / lengths)


def test_monthly_totals_and_means() -> None:
    values = np.ones((2, DAYS.size))
    months, totals = monthly(values, DAYS, as_mean=False)
    np.testing.assert_array_equal(months, MONTHS)
    np.testing.assert_array_equal(totals[0, :14], [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28])
    np.testing.assert_allclose(monthly(values, DAYS, as_mean=True)[1], 1.0)
    hours = np.arange("2000-02-01", "2000-04-01", dtype="datetime64[h]")
    np.testing.assert_allclose(monthly(np.ones(hours.size), hours, as_mean=False)[1], [29 * 24, 31 * 24])


def test_incomplete_months_are_missing() -> None:
    values = np.ones(DAYS.size)
    values[40] = np.nan
    _, totals = monthly(values[3:-1], DAYS[3:-1], as_mean=False)
    assert np.isnan(totals[[0, 1, -1]]).all()
    assert np.isfinite(totals[2:-1]).all()


def test_spi_is_standard_normal_and_keeps_the_order(rng: np.random.Generator) -> None:
    """Kolmogorov-Smirnov on all months; the fit only narrows the distribution: false alarm below 1e-3."""
    rain = precipitation(rng)
    months, index = spi(rain, DAYS)
    np.testing.assert_array_equal(months, MONTHS)
    assert stats.kstest(index, "norm").pvalue > 1e-3
    totals = monthly(rain, DAYS, as_mean=False)[1]
    for month in range(12):
        np.testing.assert_array_equal(np.argsort(totals[month::12]), np.argsort(index[month::12]))


def test_spi_against_a_gamma_fit_of_scipy(rng: np.random.Generator) -> None:
    """Oracle: maximum likelihood of scipy for July; Thom's estimate is within 1.5 % of it in the shape."""
    rain = precipitation(rng)
    july = monthly(rain, DAYS, as_mean=False)[1][6::12]
    shape, _, scale = stats.gamma.fit(july, floc=0)
    np.testing.assert_allclose(
        spi(rain, DAYS).values[6::12], stats.norm.ppf(stats.gamma.cdf(july, shape, scale=scale)), atol=0.03
    )


def test_dry_months_share_the_centre_of_their_mass(rng: np.random.Generator) -> None:
    """30 of 60 dry Julys: the median of the lower half, not the same -6 for all."""
    rain = precipitation(rng)
    julys = (DAYS.astype("datetime64[M]").astype(int) % 12 == 6) & (np.datetime64("1980-01-01") > DAYS)
    rain[julys] = 0.0
    index = spi(rain, DAYS).values[6::12]
    np.testing.assert_allclose(index[:30], stats.norm.ppf(31 / (2 * 61)))
    assert index[30:].min() > index[0]


def test_windows_end_with_their_month(rng: np.random.Generator) -> None:
    rain = precipitation(rng)
    three = spi(rain, DAYS, n_months=3)
    assert np.isnan(three.values[:2]).all()
    assert np.isfinite(three.values[2:]).all()
    wetter = rain.copy()
    wetter[DAYS.astype("datetime64[M]") == np.datetime64("1980-05")] += 5.0
    changed = np.flatnonzero(three.values[2:] < spi(wetter, DAYS, n_months=3).values[2:] - 0.3) + 2
    np.testing.assert_array_equal(MONTHS[changed], np.array(["1980-05", "1980-06", "1980-07"], dtype="datetime64[M]"))


def test_sti_has_mean_zero_and_deviation_one_in_every_month(rng: np.random.Generator) -> None:
    theta = daily(rng.normal(10, 2, MONTHS.size)) + 8 * np.sin(DAYS.astype(int) / 58.1)
    index = sti(theta, DAYS).values.reshape(N_YEARS, 12)
    np.testing.assert_allclose(index.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(index.std(axis=0, ddof=1), 1.0)


def test_a_warmer_future_is_judged_by_the_reference_years(rng: np.random.Generator) -> None:
    theta = daily(rng.normal(10, 2, MONTHS.size))
    warmer = np.where(np.datetime64("1990-01-01") <= DAYS, theta + 4.0, theta)
    reference = ("1950-01", "1989-12")
    expected = sti(theta, DAYS, reference=reference).values
    index = sti(warmer, DAYS, reference=reference).values
    np.testing.assert_array_equal(index[:480], expected[:480])
    assert (index[480:] > expected[480:] + 1.0).all()


def test_compound_index_by_counting(rng: np.random.Generator) -> None:
    """Oracle: for one calendar month, count drier and hotter years one by one."""
    rain, theta = precipitation(rng), daily(rng.normal(10, 2, MONTHS.size))
    index = compound_index(rain, theta, DAYS).values[7::12]
    totals, means = monthly(rain, DAYS, as_mean=False)[1][7::12], monthly(theta, DAYS, as_mean=True)[1][7::12]
    count = [sum((a <= x) and (b >= y) for a, b in zip(totals, means, strict=True)) for x, y in zip(totals, means, strict=True)]
    rank = [sum(other <= own for other in count) for own in count]
    np.testing.assert_allclose(index, stats.norm.ppf((np.array(rank) - 0.44) / (N_YEARS + 0.12)))


def test_the_driest_and_hottest_august_is_the_most_extreme(rng: np.random.Generator) -> None:
    rain, theta = precipitation(rng), daily(rng.normal(10, 2, MONTHS.size))
    august = DAYS.astype("datetime64[M]") == np.datetime64("2003-08")
    rain[august], theta[august] = 0.001, 25.0
    index = compound_index(np.stack([rain, rain]), np.stack([theta, theta]), DAYS).values
    assert index.shape == (2, MONTHS.size)
    assert index[0, 7::12].argmin() == 2003 - 1950
    np.testing.assert_array_equal(index[0], index[1])


def test_missing_days_make_only_their_windows_missing(rng: np.random.Generator) -> None:
    rain, theta = precipitation(rng), daily(rng.normal(10, 2, MONTHS.size))
    rain[np.datetime64("1975-03-10") == DAYS] = np.nan
    for index in (spi(rain, DAYS, n_months=2).values, compound_index(rain, theta, DAYS, n_months=2).values):
        missing = MONTHS[1:][np.isnan(index[1:])]
        np.testing.assert_array_equal(missing, np.array(["1975-03", "1975-04"], dtype="datetime64[M]"))


def test_what_is_refused() -> None:
    with pytest.raises(DataError, match="4 complete years"):
        spi(np.ones(1461), DAYS[:1461])
    with pytest.raises(DataError, match="n_months is 0"):
        sti(np.ones(DAYS.size), DAYS, n_months=0)
    with pytest.raises(DataError, match="regular step"):
        spi(np.ones(3), DAYS[[0, 1, 3]])
    with pytest.raises(DataError, match="one value for each time"):
        spi(np.ones(3), DAYS[:4])
    with pytest.raises(DataError, match="one shape"):
        compound_index(np.ones(3), np.ones(4), DAYS[:3])
