"""Validation: each statistic on data whose answer is known, the grades, the tables, and the whole on an ensemble."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from varwg import VARIABLES, Observations, Variable, daily_times, read_observations
from varwg._arrays import FloatArray
from varwg.errors import DataError
from weathercop import Multisite, example_dataset
from weathercop.validation import (
    GRADES,
    STATISTICS,
    grade,
    grade_shares,
    rows,
    statistic_names,
    summary_table,
    validate,
    write_csv,
    write_netcdf,
)
from weathercop.validation._comparison import FAIR, GOOD, NONE, POOR
from weathercop.validation._sample import Sample, is_rain, member_quantiles

KNOWN = {variable.name: variable for variable in VARIABLES}


def sample(values: FloatArray, *names: str, start: str = "2001-01-01") -> Sample:
    variables: tuple[Variable, ...] = tuple(KNOWN[name] for name in names)
    return Sample.of(values, daily_times(start, values.shape[-1]), variables)


def compute(name: str) -> Callable[[Sample], FloatArray]:
    return next(statistic.compute for statistic in STATISTICS if statistic.name == name)


@pytest.fixture(scope="module")
def observations() -> Observations:
    return read_observations(example_dataset()[["theta", "R", "rh"]])


@pytest.fixture(scope="module")
def copies(observations: Observations) -> xr.DataArray:
    """An ensemble of four members, each the observations themselves."""
    coordinates = {
        "realization": np.arange(4),
        "station": list(observations.stations),
        "variable": list(observations.names),
        "units": ("variable", [variable.units for variable in observations.variables]),
        "time": observations.times,
    }
    values = np.broadcast_to(observations.values, (4, *observations.values.shape))
    return xr.DataArray(values, coordinates, ("realization", "station", "variable", "time"))


@pytest.fixture(scope="module")
def report(copies: xr.DataArray, observations: Observations) -> xr.Dataset:
    return validate(copies, observations)


def test_moments_of_a_month() -> None:
    january = np.array([1.0, 2.0, 6.0] + [np.nan] * 28)
    values = np.concatenate([january, np.full(28, 10.0)])[None, None]
    own = sample(values, "theta")
    assert_allclose(compute("mean")(own)[0, 0, :3], np.array([np.mean([1, 2, 6] + [10] * 28), 3.0, 10.0]))
    assert_allclose(compute("sd")(own)[0, 0, 1], np.std([1, 2, 6], ddof=1))
    assert_allclose(compute("skewness")(own)[0, 0, 1], 6.0 / (14.0 / 3.0) ** 1.5)
    assert np.isnan(compute("mean")(own)[0, 0, 3:]).all()


def test_skewness_of_an_exponential_distribution() -> None:
    values = -np.log1p(-(np.arange(20_000) + 0.5) / 20_000)[None, None]
    assert_allclose(compute("skewness")(sample(values, "U"))[0, 0, 0], 2.0, atol=0.02)


def test_transitions_of_a_given_sequence() -> None:
    #                 d  w    w    d    w    w    w    d  d  ?       w    d
    rain = np.array([0, 5.0, 2.0, 0.5, 1.0, 3.0, 4.0, 0, 0, np.nan, 9.0, 0.0])[None, None]
    own = sample(rain, "R")
    assert_allclose(compute("wet_frequency")(own)[0, 0, 0], 6 / 11)
    assert_allclose(compute("p11")(own)[0, 0, 0], 3 / 6)
    assert_allclose(compute("p01")(own)[0, 0, 0], 2 / 3)
    assert_allclose(compute("wet_mean")(own)[0, 0, 0], 4.0)
    assert_allclose(compute("wet_sd")(own)[0, 0, 0], np.std([5, 2, 1, 3, 4, 9]))
    assert_allclose(compute("spell_mean")(own)[0, 0], [(1 + 1 + 2 + 1) / 4, (2 + 3 + 1) / 3])
    assert_allclose(compute("spell_max")(own)[0, 0], [2, 3])


def test_a_transition_belongs_to_the_month_of_its_second_day() -> None:
    rain = np.zeros(40)
    rain[30:32] = 5.0  # 31 January and 1 February
    own = compute("p11")(sample(rain[None, None], "R"))[0, 0]
    assert np.isnan(own[1])
    assert_allclose(own[2], 1 / 2)


def test_rain_statistics_are_nothing_for_other_variables() -> None:
    own = sample(np.ones((1, 2, 400)), "theta", "R")
    for name in ("wet_frequency", "p01", "p11", "wet_mean", "wet_sd", "spell_mean", "sum_sd", "sum_q99", "both_wet"):
        assert np.isnan(compute(name)(own)[:, 0]).all(), name
    assert is_rain(KNOWN["R"])
    assert not is_rain(KNOWN["sun"])


def test_sums_of_several_days_of_constant_rain() -> None:
    own = sample(np.full((1, 1, 100), 2.0), "R")
    assert_allclose(compute("sum_q99")(own)[0, 0], [6, 10, 20, 60])
    assert_allclose(compute("sum_sd")(own)[0, 0], 0.0, atol=1e-9)


def test_bands_add_up_to_the_variance(rng: np.random.Generator) -> None:
    own = sample(rng.normal(size=(2, 1, 3653)), "theta")
    assert_allclose((compute("band_sd")(own) ** 2).sum(axis=-1), own.anomalies.var(axis=-1))


def test_a_wave_is_in_its_band() -> None:
    days = np.arange(3650)
    found = compute("band_sd")(sample(np.cos(2 * np.pi * days / 50)[None, None], "theta"))[0, 0]
    assert_allclose(found, [0, 0, np.sqrt(0.5), 0, 0], atol=0.02)


def test_annual_sd_of_known_years() -> None:
    times = daily_times("2001-01-01", 1461)
    values = times.astype("datetime64[Y]").astype(float)[None, None]
    own = sample(values, "theta")
    assert_allclose(compute("annual_sd")(own)[0, 0], np.std([0, 1, 2, 3], ddof=1))
    assert np.isnan(compute("annual_sd")(sample(values[..., :730], "theta"))).all()


def test_bands_of_annual_means_add_up_to_their_variance() -> None:
    times = daily_times("2001-01-01", 3652)
    years = times.astype("datetime64[Y]").astype(int)
    own = sample(np.cos(np.pi * years)[None, None], "theta")  # up and down every other year
    found = compute("annual_band_sd")(own)[0, 0]
    assert_allclose(found, [1.0, 0.0], atol=1e-9)
    assert np.isnan(compute("annual_band_sd")(sample(np.ones((1, 1, 2000)), "theta"))).all()


def test_annual_maxima_and_return_levels(rng: np.random.Generator) -> None:
    times = daily_times("2001-01-01", 3652)
    rain = np.zeros((1, 1, 3652))
    rain[0, 0, times.astype("datetime64[D]") == times.astype("datetime64[Y]").astype("datetime64[D]") + 100] = 10.0
    found = compute("annual_maximum")(sample(rain, "R"))[0, 0]
    assert_allclose(found, 10.0)
    assert_allclose(compute("annual_maximum")(sample(rain, "theta"))[0, 0], [10.0, 10 / 3, 2.0])
    assert_allclose(compute("return_level")(sample(rain, "R"))[0, 0], 10.0)
    levels = compute("return_level")(sample(rng.gamma(1.0, 5.0, size=(1, 1, 3652)), "R"))[0, 0]
    assert (np.diff(levels, axis=-1) > 0).all()


def test_dependence_of_equal_and_opposite_variables(rng: np.random.Generator) -> None:
    one = rng.normal(size=1000)
    own = sample(np.stack([one, np.exp(one), -one])[None], "theta", "e", "u")
    assert_allclose(compute("rank_correlation")(own)[0, :, 0], [1.0, -1.0, -1.0])
    assert_allclose(compute("upper_tail")(own)[0], [1.0, 0.0, 0.0], atol=0.05)
    assert_allclose(compute("lower_tail")(own)[0], [1.0, 0.0, 0.0], atol=0.05)
    assert_allclose(compute("order_asymmetry")(own)[0, 0], 0.0, atol=1e-12)
    assert_allclose(compute("tail_asymmetry")(own)[0, 1:], 0.0, atol=1e-12)


def test_a_tail_is_a_tenth_of_the_days(rng: np.random.Generator) -> None:
    """The lowest days are the same, and where one variable is higher the other goes down: half of the days in a fifth of them."""
    one = rng.permutation(10_000)
    own = sample(np.stack([one, np.where(one < 1000, one, 10_999 - one)])[None].astype(np.float64), "theta", "u")
    assert_allclose(compute("lower_tail")(own)[0], 1.0, atol=0.1)
    assert_allclose(compute("upper_tail")(own)[0], 0.0, atol=0.1)


def test_asymmetry_of_ranks_that_lean_to_one_side() -> None:
    u = (np.arange(31) + 0.5) / 31
    # V is U - s, and U - s + 1 for the share s of days on which that would be below zero.
    s = 8 / 31
    shifted = np.roll(u, 8)
    expected = (1 - s) * s**3 - s * (1 - s) ** 3
    assert_allclose(compute("order_asymmetry")(sample(np.stack([u, shifted])[None], "theta", "e"))[0, 0], expected)


def test_lagged_correlation_has_the_earlier_variable_last(rng: np.random.Generator) -> None:
    one = rng.normal(size=2001)
    own = sample(np.stack([one[1:], one[:-1]])[None], "theta", "e")  # e follows theta by a day
    found = compute("lagged_correlation")(own)[0]
    assert found[1, 0] > 0.95
    assert abs(found[0, 1]) < 0.2  # more than eight standard errors of 1 / sqrt(2000)
    assert np.isnan(np.diag(found)).all()


def test_stations_that_are_equal(rng: np.random.Generator) -> None:
    rain = np.where(rng.random(800) < 0.4, 5.0, 0.0)
    own = sample(np.stack([rain, rain])[:, None], "R")
    assert_allclose(compute("station_correlation")(own)[0, 0, 0], 1.0)
    assert_allclose(compute("occurrence_correlation")(own)[0, 0, 0], 1.0)
    assert_allclose(compute("both_wet")(own)[0, 0, 0], (rain > 0).mean())


@pytest.mark.parametrize("n_members", [3, 19, 20, 60])
def test_one_more_member_is_inside_the_ranges_as_often_as_they_say(n_members: int, rng: np.random.Generator) -> None:
    """Of 20000 normal values; limits are five standard errors away, a false alarm in a million runs."""
    members, further = rng.normal(5.0, 2.0, (n_members, 20_000)), rng.normal(5.0, 2.0, 20_000)
    _, low, high, lowest, highest = member_quantiles(members)
    inside = np.mean((further >= low) & (further <= high))
    assert abs(inside - 0.9) < 5 * np.sqrt(0.9 * 0.1 / 20_000)
    inside = np.mean((further >= lowest) & (further <= highest))
    assert abs(inside - 0.997) < 5 * np.sqrt(0.997 * 0.003 / 20_000)


def test_many_members_have_the_quantiles_of_their_distribution(rng: np.random.Generator) -> None:
    members = rng.exponential(1.0, 200_000)[:, None]
    expected = -np.log1p(-np.array([0.5, 0.05, 0.95, 0.0015, 0.9985]))
    assert_allclose(member_quantiles(members)[:, 0], expected, rtol=0.1)


def test_quantiles_of_members_that_lack_a_value() -> None:
    members = np.array([[1.0, np.nan, np.nan], [3.0, np.nan, 7.0], [2.0, np.nan, np.nan]])
    found = member_quantiles(members)
    assert found[0, 0] == 2.0
    assert found[1, 0] < 1.0 and found[2, 0] > 3.0
    assert np.isnan(found[:, 1]).all()
    assert_array_equal(found[:, 2], 7.0)


def test_grades_are_what_they_are_defined_to_be() -> None:
    #                    observed median low high lowest highest
    cases = np.array([
        [1.0, 1.2, 0.9, 1.3, 0.8, 1.4],  # inside 90 %
        [1.0, 1.2, 1.1, 1.3, 0.9, 1.4],  # inside 99.7 %
        [1.0, 1.04, 1.03, 1.05, 1.02, 1.06],  # within 5 %
        [1.0, 1.2, 1.1, 1.3, 1.05, 1.4],  # neither
        [np.nan, 1.2, 1.1, 1.3, 1.05, 1.4],
    ])  # fmt: skip
    assert_array_equal(grade(cases.T, 0.05 * np.abs(cases[:, 0])), [GOOD, FAIR, FAIR, POOR, NONE])


def test_the_observations_are_a_good_simulation_of_themselves(report: xr.Dataset) -> None:
    shares = grade_shares(report)
    assert shares.good == 1.0
    assert shares.n_values > 2000
    for name in statistic_names(report):
        own = report[name]
        assert_allclose(own.sel(result="observed"), own.sel(result="median"), rtol=1e-9)
        assert (own.sel(result="low_99_7") <= own.sel(result="high_99_7") + 1e-12).where(own[0].notnull(), True).all()


def test_statistics_have_the_values_that_users_would_compute(report: xr.Dataset, observations: Observations) -> None:
    theta = observations.to_dataset()["theta"]
    monthly = theta.groupby("time.month").mean()
    found = report["mean"].sel(result="observed", variable="theta").isel(period=slice(1, None))
    assert_allclose(found.transpose("period", "station"), monthly.transpose("month", "station"))
    quantile = report["quantile"].sel(result="observed", variable="theta", period="year", level=0.99)
    assert_allclose(quantile, theta.quantile(0.99, dim="time"))


def test_a_warmer_ensemble_is_poor_in_the_mean_and_good_in_the_autocorrelation(
    copies: xr.DataArray, observations: Observations
) -> None:
    warmer = copies.copy(data=copies.values.copy())
    warmer.loc[{"variable": "theta"}] += 3.0
    found = validate(warmer, observations)
    assert (found["mean_grade"].sel(variable="theta") == POOR).all()
    assert (found["autocorrelation_grade"] == GOOD).all()
    slightly = warmer.copy(data=copies.values.copy())
    slightly.loc[{"variable": "theta"}] += 0.04 * float(found["sd"].sel(result="observed", period="year", variable="theta").min())
    assert (validate(slightly, observations)["mean_grade"].sel(variable="theta") == FAIR).all()


def test_long_members_are_cut_into_pieces_as_long_as_the_record(copies: xr.DataArray, observations: Observations) -> None:
    half = Observations(
        observations.values[..., :1826], observations.times[:1826], observations.stations, observations.variables,
        observations.latitude, observations.longitude, observations.elevation,
    )  # fmt: skip
    pieces = copies.isel(time=slice(0, 3652), realization=slice(0, 2))
    found = validate(pieces, half)
    halves = [compute("spell_max")(Sample.of(observations.values[..., part], observations.times[part], observations.variables))
              for part in (slice(0, 1826), slice(1826, 3652))]  # fmt: skip
    expected = np.median(np.stack([*halves, *halves]), axis=0)
    assert_allclose(found["spell_max"].sel(result="median").values, expected)


def test_a_gap_of_the_record_makes_no_difference(copies: xr.DataArray, observations: Observations) -> None:
    gappy = observations.values.copy()
    gappy[1, 0, 700:790] = np.nan  # a winter without temperatures
    record = Observations(
        gappy, observations.times, observations.stations, observations.variables, observations.latitude,
        observations.longitude, observations.elevation,
    )  # fmt: skip
    assert grade_shares(validate(copies, record)).good == 1.0
    later = copies.assign_coords(time=copies["time"].values + np.timedelta64(182, "D"))
    found = validate(later, record)
    assert float(found["mean"].sel(result="median", station="MUNICH", variable="theta", period="year")) == pytest.approx(
        observations.values[1, 0].mean()
    )


def test_results_do_not_depend_on_the_order_of_dims_or_on_being_lazy(
    copies: xr.DataArray, report: xr.Dataset, observations: Observations
) -> None:
    pytest.importorskip("dask")
    lazy = copies.transpose("time", "variable", "station", "realization").chunk({"realization": 1})
    xr.testing.assert_identical(validate(lazy, observations), report)


def test_observations_may_be_anything_that_can_be_read(copies: xr.DataArray, report: xr.Dataset) -> None:
    xr.testing.assert_identical(validate(copies, example_dataset()), report)


def test_unusable_input_is_refused(copies: xr.DataArray, observations: Observations) -> None:
    with pytest.raises(DataError, match="fewer than two members"):
        validate(copies.isel(realization=[0]), observations)
    with pytest.raises(DataError, match="dimensions"):
        validate(copies.isel(realization=0), observations)
    with pytest.raises(DataError, match="consecutive days"):
        validate(copies.isel(time=slice(None, None, 2)), observations)
    with pytest.raises(DataError, match="theta is in K"):
        validate(copies.assign_coords(units=("variable", ["K", "mm", "1"])), observations)
    with pytest.raises(DataError, match="U"):
        validate(copies.assign_coords(variable=["U", "R", "rh"]), observations)


def test_tables(report: xr.Dataset, tmp_path: Path) -> None:
    text = summary_table(report)
    assert len(text.splitlines()) == len(STATISTICS) + 3
    assert "p11" in text
    assert "100%" in text
    write_csv(report, tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == grade_shares(report).n_values == len(list(rows(report)))
    assert {row["grade"] for row in table} <= set(GRADES)
    first = table[0]
    assert (first["statistic"], first["variable"], first["period"], first["units"]) == ("mean", "theta", "year", "degC")
    assert float(first["observed"]) == float(report["mean"].values[0, 0, 0, 0])
    write_netcdf(report, tmp_path / "report.nc")
    with xr.open_dataset(tmp_path / "report.nc") as again:
        xr.testing.assert_equal(again.load(), report)


def test_a_fitted_ensemble_is_mostly_good(example_wc: Multisite) -> None:
    # With fixed seeds. Half of the values good is far below what any fit that works gives (0.8 and more).
    found = validate(example_wc.simulate_ensemble(8, seed=3), example_wc.observations)
    shares = grade_shares(found)
    assert shares.good > 0.5
    assert grade_shares(found, "mean").poor == 0.0
