"""New series from the record: gaps filled, days resampled, dry spells put in."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg import N_DOYS, Observations, SiteModel, VarWG, daily_times, doy_index, simulate
from varwg._observations.aggregation import without_short_gaps
from varwg._record import infill, random_dryness, resample
from varwg._site_model import fit_site
from varwg.errors import DataError, FitError, ScenarioError
from varwg.scenarios import Scenario

BERN = ("BERN",)


@pytest.fixture(scope="module")
def gappy(bern: Observations) -> Observations:
    """The example with a gap of 20 days in all variables, and single days missing in each."""
    values = bern.values.copy()
    values[:, :, 1000:1020] = np.nan
    values[np.random.default_rng(5).random(values.shape) < 0.03] = np.nan
    return dataclasses.replace(bern, values=values)


@pytest.fixture(scope="module")
def gappy_model(gappy: Observations) -> SiteModel:
    return fit_site(gappy, order=1, rng=np.random.default_rng(1))


def test_infilling_keeps_what_was_observed(gappy: Observations, gappy_model: SiteModel) -> None:
    filled = infill(gappy_model, gappy, rng=np.random.default_rng(2))
    observed = np.isfinite(gappy.values[0])
    assert np.isfinite(filled.data).all()
    assert np.array_equal(filled.data[observed], gappy.values[0][observed])
    assert np.all((filled.data[2] >= 0.0) & (filled.data[2] <= 1.0)) and np.all(filled.data[1] >= 0.0)


def test_infilled_values_are_like_those_that_were_taken_away(
    bern: Observations, gappy: Observations, gappy_model: SiteModel
) -> None:
    """300 values: mean within 4 standard errors, and single gaps nearer to the truth than the climate is."""
    filled = infill(gappy_model, gappy, rng=np.random.default_rng(2))
    for row in (0, 2):
        gaps = np.isnan(gappy.values[0, row])
        gaps[1000:1020] = False
        truth, drawn = bern.values[0, row, gaps], filled.data[row, gaps]
        assert abs(drawn.mean() - truth.mean()) < 4 * truth.std() / np.sqrt(gaps.sum())
        climate = np.sqrt(2.0) * np.std(truth - gappy_model.marginals[row].mean()[bern.doy[gaps]])
        assert np.std(drawn - truth) < 0.9 * climate


def test_infilling_depends_on_the_seed_in_the_gaps_only(gappy: Observations, gappy_model: SiteModel) -> None:
    one, again, other = (infill(gappy_model, gappy, rng=np.random.default_rng(seed)).data for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert np.array_equal(one != other, (one != other) & np.isnan(gappy.values[0])) and (one != other).any()


def test_short_gaps_can_be_filled_linearly(gappy: Observations, gappy_model: SiteModel) -> None:
    filled = infill(gappy_model, gappy, rng=np.random.default_rng(1), linear_up_to=1)
    plain = infill(gappy_model, gappy, rng=np.random.default_rng(1))
    theta = gappy.values[0, 0]
    single = np.flatnonzero(np.isnan(theta[1:-1]) & np.isfinite(theta[:-2]) & np.isfinite(theta[2:])) + 1
    assert np.allclose(filled.data[0, single], (theta[single - 1] + theta[single + 1]) / 2.0)
    assert np.isfinite(filled.data).all() and not np.array_equal(filled.data[0], plain.data[0])
    assert np.all((filled.data[1] == 0.0) | (filled.data[1] >= 0.1 - 1e-9))


def test_only_short_gaps_between_values_are_interpolated() -> None:
    nan = np.nan
    values = np.array([nan, 1.0, nan, 3.0, nan, nan, 6.0, nan, nan, nan, 2.0, nan])
    made = without_short_gaps(values, 2)
    assert np.array_equal(made, [nan, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, nan, nan, nan, 2.0, nan], equal_nan=True)
    assert np.array_equal(without_short_gaps(values, 0), values, equal_nan=True)


def test_observations_of_another_model_are_refused(bern: Observations, bern_model: SiteModel) -> None:
    other = dataclasses.replace(bern, values=bern.values[:, :, :500], times=bern.times[:500])
    with pytest.raises(DataError, match="not those the model was fitted to"):
        infill(bern_model, other, rng=np.random.default_rng(1))
    with pytest.raises(DataError, match="not those the model was fitted to"):
        resample(bern_model, other, bern.times, rng=np.random.default_rng(1))


def test_resampled_days_are_observed_days(bern: Observations, bern_model: SiteModel) -> None:
    times = daily_times("2031-07-01", 800)
    made = resample(bern_model, bern, times, rng=np.random.default_rng(3))
    assert np.array_equal(made.data, bern.values[0][:, made.positions])
    distance = np.abs(doy_index(times) - bern.doy[made.positions])
    assert np.all(np.minimum(distance, N_DOYS - distance) <= 10)


def test_resampling_keeps_memory(bern: Observations, bern_model: SiteModel) -> None:
    """Lag-1 correlation of humidity, within 0.08 of the observed; shuffled days of a season have about 0.1."""
    made = resample(bern_model, bern, bern.times, rng=np.random.default_rng(3)).scores[2]
    record = bern_model.scores()[2]
    assert abs(np.corrcoef(made[1:], made[:-1])[0, 1] - np.corrcoef(record[1:], record[:-1])[0, 1]) < 0.08


def test_resampling_leaves_incomplete_days_out(gappy: Observations, gappy_model: SiteModel) -> None:
    made = resample(gappy_model, gappy, daily_times("2001-01-01", 1000), rng=np.random.default_rng(3))
    assert np.isfinite(made.data).all()


def test_resampling_leans_towards_the_scenario(bern: Observations, bern_model: SiteModel) -> None:
    """2 K asked for: about 1 K comes, as no observed day is changed; the standard error of ten years is 0.2 K."""
    warm = resample(bern_model, bern, bern.times, rng=np.random.default_rng(3), scenario=Scenario.of(BERN, theta_incr=2.0))
    free = resample(bern_model, bern, bern.times, rng=np.random.default_rng(3))
    assert 0.3 < warm.data[0].mean() - free.data[0].mean() < 2.0
    assert "theta_incr" in warm.scenario


def test_a_neutral_scenario_resamples_the_same_days(bern: Observations, bern_model: SiteModel) -> None:
    options: dict[str, Any] = {"rng": np.random.default_rng(3), "scenario": Scenario.of(BERN)}
    days = resample(bern_model, bern, bern.times, **options).positions
    assert np.array_equal(days, resample(bern_model, bern, bern.times, rng=np.random.default_rng(3)).positions)


def test_what_resampling_does_not_know(bern: Observations, bern_model: SiteModel) -> None:
    with pytest.raises(ScenarioError, match="var_factor is not supported by the resampling"):
        resample(bern_model, bern, bern.times, rng=np.random.default_rng(3), scenario=Scenario.of(BERN, var_factor=1.1))
    with pytest.raises(FitError, match="at least 1"):
        resample(bern_model, bern, bern.times, rng=np.random.default_rng(3), order=0)


def test_dry_spells_are_put_into_rain_only(bern_model: SiteModel) -> None:
    simulation = simulate(bern_model, bern_model.times, rng=np.random.default_rng(3))
    dried = random_dryness(bern_model, simulation, spells_per_year=6.0, mean_length=20.0, rng=np.random.default_rng(4))
    assert np.array_equal(dried.data[[0, 2]], simulation.data[[0, 2]])
    changed = dried.data[1] != simulation.data[1]
    assert changed.any() and not dried.data[1, changed].any()
    assert np.mean(dried.data[1] == 0.0) > np.mean(simulation.data[1] == 0.0) + 0.05
    doy = doy_index(dried.times)
    assert np.array_equal(bern_model.marginals[1].from_scores(dried.scores[1], doy), dried.data[1])


def test_the_methods_are_the_functions(bern: Observations, bern_wg: VarWG, bern_model: SiteModel) -> None:
    assert np.array_equal(bern_wg.infill(rng=1).data, infill(bern_model, bern, rng=np.random.default_rng(1)).data)
    made = bern_wg.resample(T=100, p=2, start="2030-01-01", rng=1)
    expected = resample(bern_model, bern, daily_times("2030-01-01", 100), order=2, rng=np.random.default_rng(1))
    assert np.array_equal(made.positions, expected.positions)
    dried = bern_wg.random_dryness(made, spells_per_year=5.0, mean_length=9.0, rng=7)
    assert dried.to_dataset().attrs["entropy"] == "0x7" and dried.to_dataset().attrs["undried_entropy"] == "0x1"
    assert np.all(dried.data[1] <= made.data[1])


def test_there_is_nothing_to_dry_without_rain(bern_data: xr.Dataset) -> None:
    wg = VarWG("theta", bern_data).fit(p=1, rng=1)
    with pytest.raises(ScenarioError, match="no precipitation"):
        wg.random_dryness(wg.simulate(T=10, rng=1), spells_per_year=5.0, mean_length=9.0, rng=1)
