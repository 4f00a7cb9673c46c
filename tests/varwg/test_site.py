"""VarWG as users meet it: arguments, results, errors, and the statistics of what it simulates."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import varwg
from varwg import Variable, VarWG, rain
from varwg.errors import DataError, FitError, RngError, ScenarioError
from varwg.scenarios import Scenario
from weathercop import example_dataset

CENTURY = 36525


def month(times: np.ndarray) -> np.ndarray:
    return times.astype("datetime64[M]").astype(np.int64) % 12


@pytest.fixture(scope="module")
def century(bern_wg: VarWG) -> varwg.Simulation:
    return bern_wg.simulate(T=CENTURY, rng=np.random.default_rng(2))


# What comes out


def test_a_simulation_is_a_function_of_model_and_seed(bern_wg: VarWG) -> None:
    first, again, other = (bern_wg.simulate(T=500, rng=np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first.data, again.data) and np.array_equal(first.scores, again.scores)
    assert not np.array_equal(first.data, other.data)


def test_a_generator_advances_so_that_two_calls_differ(bern_wg: VarWG) -> None:
    generator = np.random.default_rng(5)
    assert not np.array_equal(bern_wg.simulate(T=50, rng=generator).data, bern_wg.simulate(T=50, rng=generator).data)


def test_what_the_seed_may_be(bern_wg: VarWG) -> None:
    expected = bern_wg.simulate(T=50, rng=np.random.default_rng(5)).data
    for rng in (5, np.random.SeedSequence(5), np.random.PCG64(5)):
        assert np.array_equal(bern_wg.simulate(T=50, rng=rng).data, expected)
    with pytest.raises(RngError):
        bern_wg.simulate(T=50, rng=True)


def test_without_a_seed_the_entropy_that_was_used_is_recorded(bern_wg: VarWG) -> None:
    simulation = bern_wg.simulate(T=50)
    again = bern_wg.simulate(T=50, rng=simulation.provenance.generator())
    assert np.array_equal(simulation.data, again.data)
    assert simulation.to_dataset().attrs["entropy"] == simulation.provenance.entropy != ""


def test_a_simulation_unpacks_and_converts(bern_wg: VarWG) -> None:
    simulation = bern_wg.simulate(T=400, start="2030-07-01", rng=1)
    times, values = simulation
    assert times[0] == np.datetime64("2030-07-01") and times.size == 400
    assert values.shape == (3, 400) and simulation.var_names == ("theta", "R", "rh")
    dataset = simulation.to_dataset()
    assert dataset["theta"].dims == ("station", "time") and dataset["theta"].attrs["units"] == "degC"
    assert np.array_equal(simulation.to_df()["rh"].to_numpy(), values[2])
    assert np.array_equal(simulation.to_df("scores")["rh"].to_numpy(), simulation.scores[2])
    with pytest.raises(DataError, match="kind is 'hourly'"):
        simulation.to_df("hourly")  # type: ignore[arg-type]


def test_a_result_cannot_be_changed_and_simulating_changes_nothing(bern_wg: VarWG) -> None:
    before = bern_wg.model.fingerprint()
    simulation = bern_wg.simulate(T=50, rng=1, theta_incr=2.0, phase_randomize=True)
    with pytest.raises(ValueError, match="read-only"):
        simulation.data[0, 0] = 0.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        simulation.station = "elsewhere"  # type: ignore[misc]
    assert bern_wg.model.fingerprint() == before


def test_the_default_days_are_those_of_the_record(bern_wg: VarWG) -> None:
    assert np.array_equal(bern_wg.simulate(rng=1).times, bern_wg.observations.times)


def test_scores_and_values_belong_together(bern_wg: VarWG, century: varwg.Simulation) -> None:
    doy = varwg._calendar.doy_index(century.times)
    for marginal, scores, values in zip(bern_wg.model.marginals, century.scores, century.data, strict=True):
        assert np.array_equal(marginal.from_scores(scores, doy), values)


# Statistics


def test_simulated_scores_are_those_of_the_record(bern_wg: VarWG, century: varwg.Simulation) -> None:
    """Mean within 0.05 and standard deviation within 3 %: more than 4 standard errors of 10 years with these memories."""
    record = bern_wg.model.scores()
    assert np.allclose(century.scores.mean(axis=1), 0.0, atol=0.05)
    assert np.allclose(century.scores.std(axis=1) / record.std(axis=1), 1.0, atol=0.03)


def test_simulated_ranks_are_uniform(century: varwg.Simulation) -> None:
    """Largest distance of the ranks of 100 years from uniform: 0.02; an exact standard normal series stays below 0.012."""
    for scores in century.scores:
        ranks = np.sort(varwg._ranks.ranks_from_scores(scores))
        assert np.abs(ranks - (np.arange(CENTURY) + 0.5) / CENTURY).max() < 0.025


def test_months_are_those_of_the_observations(bern_wg: VarWG, century: varwg.Simulation) -> None:
    """Every month's mean within 0.15 sd, its sd within 15 %: 4 standard errors of the observed ten Januaries' moments."""
    observed = bern_wg.observations
    for row in (0, 2):
        for number in range(12):
            seen, made = (
                observed.values[0, row][month(observed.times) == number],
                century.data[row][month(century.times) == number],
            )
            assert abs(made.mean() - seen.mean()) < 0.15 * seen.std()
            assert abs(made.std() / seen.std() - 1.0) < 0.15


def test_memory_and_dependence_are_those_of_the_observations(bern_wg: VarWG, century: varwg.Simulation) -> None:
    """Lag-1 correlations within 0.04, correlations between variables within 0.05: 3 standard errors of ten years."""
    observed = bern_wg.observations.values[0]
    for seen, made in zip(observed, century.data, strict=True):
        assert abs(np.corrcoef(made[1:], made[:-1])[0, 1] - np.corrcoef(seen[1:], seen[:-1])[0, 1]) < 0.04
    seen, made = (np.asarray(np.corrcoef(scores)) for scores in (bern_wg.model.scores(), century.scores))
    assert np.allclose(seen[0], made[0], atol=0.05)


def assert_rain_like(made: np.ndarray, seen: np.ndarray) -> None:
    """Wet fraction within 0.015, p01 and p11 within 0.05, mean spells within 12 %, long spells within two days."""
    for threshold in (0.1, 1.0):
        known = seen[np.isfinite(seen)]
        assert abs(np.mean(made >= threshold) - np.mean(known >= threshold)) < 0.015
        transitions = [rain.transition_matrix(series, threshold=threshold) for series in (made, seen)]
        assert np.allclose(transitions[0][:, 1], transitions[1][:, 1], atol=0.05)
        for one, other in zip(*(rain.spell_lengths(s, threshold=threshold) for s in (made, seen)), strict=True):
            assert abs(one.mean() / other.mean() - 1.0) < 0.12
            assert abs(np.quantile(one, 0.95) - np.quantile(other, 0.95)) <= 2


def test_dry_and_wet_days_of_the_example(bern_wg: VarWG, century: varwg.Simulation) -> None:
    """The standard errors of ten years: 0.01 of the wet fraction, 0.012 of p01 and p11, 3 % of the mean spells."""
    assert_rain_like(century.data[1], bern_wg.observations.values[0, 1])


@pytest.mark.parametrize("station", ["DE_BILT", "LJUBLJANA"])
def test_dry_and_wet_days_of_real_stations(station: str, europe_path: Path) -> None:
    """As for the example."""
    with xr.open_dataset(europe_path) as dataset:
        data = dataset[["theta", "R", "rh"]].sel(station=[station]).load()
    wg = varwg.VarWG(data).fit(rng=np.random.default_rng(1))
    assert_rain_like(wg.simulate(T=CENTURY, rng=np.random.default_rng(2)).data[1], wg.observations.values[0, 1])


def test_one_variable(bern_data: xr.Dataset) -> None:
    wg = varwg.VarWG("theta", bern_data).fit(rng=1)
    assert wg.simulate(T=30, rng=2, theta_incr=1.0).data.shape == (1, 30)
    assert wg.simulate(T=30, rng=2, phase_randomize=True).data.shape == (1, 30)
    assert wg.predict(2).data.shape == (1, 2)


def test_hourly_input(bern_data: xr.Dataset) -> None:
    """Hours of 30 months are made daily; the sub-daily values stay at hand."""
    hours = np.datetime64("2001-01-01", "ns") + np.arange(24 * 900) * np.timedelta64(3600, "s")
    values = np.random.default_rng(4).normal(10.0, 5.0, hours.size) + 8.0 * np.sin(np.arange(hours.size) * 2 * np.pi / 8766)
    theta = xr.DataArray(values[None], {"station": ["A"], "time": hours}, ("station", "time"), attrs={"units": "degC"})
    wg = varwg.VarWG(xr.Dataset({"theta": theta}))
    daily, hourly = wg.to_df(), wg.to_df("hourly input")
    assert len(hourly) == 24 * len(daily) == 24 * 900
    assert np.allclose(daily["theta"], hourly["theta"].to_numpy().reshape(-1, 24).mean(axis=1))


# The class


def test_the_other_name(bern_data: xr.Dataset) -> None:
    assert varwg.VG is varwg.VarWG
    assert varwg.VG(("rh", "theta"), bern_data).var_names == ("rh", "theta")


def test_the_data_may_be_given_alone(bern_data: xr.Dataset) -> None:
    assert varwg.VarWG(bern_data).var_names == ("theta", "R", "rh")


def test_it_says_what_it_is(bern_wg: VarWG, bern_data: xr.Dataset) -> None:
    table = repr(bern_wg).splitlines()
    assert table[0].startswith("VarWG, fitted: 1 station x 3 variables, 3652 days")
    assert [row.split()[:2] for row in table[2:5]] == [["theta", "degC"], ["R", "mm"], ["rh", "1"]]
    assert "<td>BERN</td>" in bern_wg._repr_html_()
    assert "not fitted" in repr(varwg.VarWG(bern_data))


def test_one_of_several_stations() -> None:
    data = example_dataset()[["theta"]]
    assert varwg.VarWG(data, station="ZURICH").observations.stations == ("ZURICH",)
    with pytest.raises(DataError, match=r"BERN, MUNICH, ZURICH.*station=.*Multisite"):
        varwg.VarWG(data)


def test_tables(bern_wg: VarWG) -> None:
    assert list(bern_wg.to_df().columns) == ["theta", "R", "rh"]
    assert np.array_equal(bern_wg.to_df("scores").to_numpy().T, bern_wg.model.scores())
    for kind in ("hourly input", "daily output", "weekly"):
        with pytest.raises(DataError, match=r"daily input, scores.*to_df\(\) of the result"):
            bern_wg.to_df(kind)


@pytest.mark.parametrize("method", ["simulate", "predict", "predict_ensemble", "infill", "resample"])
def test_nothing_works_before_fit(method: str, bern_data: xr.Dataset) -> None:
    with pytest.raises(FitError, match="not fitted yet"):
        getattr(varwg.VarWG(bern_data), method)()


@pytest.mark.parametrize("method", ["fit", "simulate", "predict", "predict_ensemble", "infill", "resample", "random_dryness"])
def test_no_method_swallows_a_misspelt_keyword(method: str, bern_wg: VarWG) -> None:
    parameters = inspect.signature(getattr(varwg.VarWG, method)).parameters.values()
    assert all(parameter.kind is not parameter.VAR_KEYWORD for parameter in parameters)
    with pytest.raises(TypeError, match="theta_inc"):
        getattr(bern_wg, method)(theta_inc=2.0)


def test_bad_input(bern_data: xr.Dataset) -> None:
    with pytest.raises(DataError, match="hail"):
        varwg.VarWG(("theta", "hail"), bern_data)
    with pytest.raises(ScenarioError, match=r"primary_var is 'hail'.*theta, R, rh"):
        varwg.VarWG(bern_data, primary_var="hail")
    empty = bern_data.assign(rh=bern_data["rh"] * np.nan)
    with pytest.raises(DataError, match="rh has no values at any station"):
        varwg.VarWG(empty)


def test_days_that_are_none(bern_wg: VarWG) -> None:
    with pytest.raises(DataError, match="n_days is 0"):
        bern_wg.simulate(T=0, rng=1)
    with pytest.raises(DataError, match="tomorrow"):
        bern_wg.simulate(start="tomorrow", rng=1)
    with pytest.raises(DataError, match="two names"):
        bern_wg.simulate(start="2030-01-01", start_str="2030-01-01", rng=1)


def test_start_has_two_names(bern_wg: VarWG) -> None:
    one, other = bern_wg.simulate(T=5, rng=1, start="2031-03-01"), bern_wg.simulate(T=5, rng=1, start_str="2031-03-01")
    assert np.array_equal(one.data, other.data) and np.array_equal(one.times, other.times)


def test_a_variable_of_ones_own(bern_data: xr.Dataset) -> None:
    named = bern_data.rename(rh="moisture")
    variable = Variable("moisture", "1", marginal="kde", lower=0.0, upper=1.0, upper_bound="constant")
    wg = varwg.VarWG(("theta", variable), named).fit(p=1, rng=1)
    assert wg.simulate(T=20, rng=1).var_names == ("theta", "moisture")


# Scenarios as keywords


def test_keywords_and_values_say_the_same(bern_wg: VarWG) -> None:
    scenario = Scenario.of(("BERN",), theta_incr=1.0, var_factor=1.1) + Scenario.of(("BERN",), theta_incr=1.0)
    by_value = bern_wg.simulate(T=100, rng=1, scenario=scenario)
    by_keyword = bern_wg.simulate(T=100, rng=1, theta_incr=2.0, var_factor=1.1)
    both = bern_wg.simulate(T=100, rng=1, theta_incr=1.0, scenario=Scenario.of(("BERN",), theta_incr=1.0, var_factor=1.1))
    assert np.array_equal(by_value.data, by_keyword.data) and np.array_equal(both.data, by_keyword.data)


def test_several_primaries_in_two_spellings(bern_wg: VarWG) -> None:
    one = bern_wg.simulate(T=100, rng=1, primary_var=("theta", "rh"), theta_incr={"theta": 2.0, "rh": -0.02})
    other = bern_wg.simulate(T=100, rng=1, primary_var=("theta", "rh"), theta_incr=(2.0, -0.02))
    assert np.array_equal(one.data, other.data)
    with pytest.raises(ScenarioError, match="each of the primary variables theta, rh"):
        bern_wg.simulate(T=100, rng=1, primary_var=("theta", "rh"), theta_incr=2.0)
    with pytest.raises(ScenarioError, match="theta_incr names R"):
        bern_wg.simulate(T=100, rng=1, primary_var=("theta", "rh"), theta_incr={"R": 2.0})


def test_a_default_primary_without_change_follows_another(bern_wg: VarWG) -> None:
    """Nothing was said of theta, so that it is no primary when rh is."""
    moist = Scenario.of(("BERN",), theta_incr=0.02, primary_var="rh")
    by_value, by_keyword = (
        bern_wg.simulate(T=50, rng=1, scenario=moist),
        bern_wg.simulate(T=50, rng=1, theta_incr=0.02, primary_var="rh"),
    )
    assert np.array_equal(by_value.data, by_keyword.data)
    rainy = bern_wg.simulate(T=50, rng=1, scenario=moist, rain_factor=1.1)
    assert np.array_equal(rainy.data[[0, 2]], by_value.data[[0, 2]])
    assert not np.array_equal(by_value.data[0], bern_wg.simulate(T=50, rng=1).data[0])


def test_the_primary_of_the_generator_is_the_default(bern_data: xr.Dataset) -> None:
    wg = varwg.VarWG(("theta", "rh"), bern_data, primary_var="rh").fit(p=1, rng=1)
    by_default = wg.simulate(T=50, rng=1, theta_incr=0.02)
    named = wg.simulate(T=50, rng=1, theta_incr=0.02, primary_var="rh")
    assert np.array_equal(by_default.data, named.data)


def test_public_names_are_there() -> None:
    assert set(varwg.__all__) <= set(dir(varwg))
    for name in varwg.__all__:
        assert getattr(varwg, name) is not None
