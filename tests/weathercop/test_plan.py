"""What can be asked of a simulation: every keyword reaches the weather, together with others, in ensembles as in single calls."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import varwg
import weathercop
from varwg import Request
from varwg.ensembles._executors import run_tasks
from varwg.ensembles._tasks import members_per_task, simulate_members, threads_that_help
from varwg.errors import ConditionError, DataError, ScenarioError
from varwg.scenarios import Scenario
from weathercop import Multisite, MultisiteModel
from weathercop._plan import Plan
from weathercop._simulation import realize_together
from weathercop.conditions import Conditioning, YearlyBounds
from weathercop.heatwaves import ZITTIS, HeatThresholds, HotterHeatWaves, detect

DAYS: dict[str, Any] = {"start": "2001-01-01", "n_days": 800}


@pytest.fixture(scope="module")
def neutral(example_wc: Multisite) -> varwg.Simulation:
    return example_wc.simulate(rng=np.random.default_rng(1), **DAYS)


@pytest.mark.parametrize("call", [lambda wc, **o: wc.simulate(rng=1, **o), lambda wc, **o: wc.simulate_ensemble(2, seed=1, **o)])
def test_an_unknown_keyword_is_an_error(example_wc: Multisite, call: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"unknown option 'theta_inc'; did you mean 'theta_incr'\?"):
        call(example_wc, theta_inc=2.0)


@pytest.mark.parametrize(
    "options",
    [
        {"theta_incr": 1.5},
        {"theta_grad": 2.0},
        {"mean_arrival": 20.0, "disturbance_std": 2.0},
        {"climate_signal": np.linspace(0.0, 2.0, 800)},
        {"var_factor": 1.2},
        {"primary_var": "rh", "theta_incr": 0.02},
        {"primary_var": ("theta", "rh"), "theta_incr": (1.0, 0.02)},
        {"primary_var": ("theta", "rh"), "theta_incr": {"rh": 0.02}},
        {"scenario": Scenario.of(("BERN", "MUNICH", "ZURICH"), theta_incr=1.0)},
        {"keep_periods": [(300.0, 400.0)]},
        {"amplitude_width": 3},
        {"stretch": 2},
    ],
    ids=str,
)
def test_an_option_changes_the_weather_and_ensembles_know_it(
    example_wc: Multisite, neutral: varwg.Simulation, options: dict[str, Any]
) -> None:
    """The fingerprint of the plan is in the attributes, and members of ensembles are those of single calls."""
    stations = example_wc.model.stations
    if "scenario" in options:
        options = {"scenario": Scenario.of(stations, theta_incr=1.0)}
    changed = example_wc.simulate(rng=np.random.default_rng(1), **DAYS, **options)
    assert np.isfinite(changed.sim_sea.values).all()
    assert not np.array_equal(changed.sim_sea.values, neutral.sim_sea.values)
    described = {name: changed.sim_sea.attrs.get(name) for name in ("scenario", "phases")}
    assert described != {name: neutral.sim_sea.attrs.get(name) for name in ("scenario", "phases")}
    ensemble = example_wc.simulate_ensemble(3, seed=5, n_workers=2, **DAYS, **options)
    single = example_wc.simulate(rng=weathercop.realization_rng(2, seed=5), **DAYS, **options)
    assert np.array_equal(ensemble.sel(realization=2).values, single.sim_sea.values)


def test_rain_factor_multiplies_amounts_and_nothing_else(example_wc: Multisite, neutral: varwg.Simulation) -> None:
    changed = example_wc.simulate(rng=np.random.default_rng(1), rain_factor=1.3, **DAYS).sim_sea
    np.testing.assert_allclose(changed.sel(variable="R"), 1.3 * neutral.sim_sea.sel(variable="R"), rtol=1e-12)
    others = [name for name in example_wc.model.variable_names if name != "R"]
    assert np.array_equal(changed.sel(variable=others), neutral.sim_sea.sel(variable=others))


def test_fixed_variables_keep_their_bits(example_wc: Multisite, neutral: varwg.Simulation) -> None:
    changed = example_wc.simulate(rng=np.random.default_rng(1), theta_incr=3.0, fixed_variables=("R", "U"), **DAYS).sim_sea
    assert np.array_equal(changed.sel(variable=["R", "U"]), neutral.sim_sea.sel(variable=["R", "U"]))
    assert not np.array_equal(changed.sel(variable="rh"), neutral.sim_sea.sel(variable="rh"))


def test_members_are_the_same_bits_in_any_company(example_model: MultisiteModel) -> None:
    """Alone, together, in another order, with drawn amplitudes and episodes: each member depends on its generator only."""
    scenario = Scenario.of(example_model.stations, theta_incr=1.0, mean_arrival=30.0, disturbance_std=1.5)
    heat = HotterHeatWaves(_thresholds(example_model), increment=2.0)
    plan = Plan.of(
        example_model,
        Request(times=np.datetime64("2001-01-01") + np.arange(500), scenario=scenario, amplitude_width=2, heat_waves=heat),
    )
    alone = [realize_together(example_model, plan, rngs=[np.random.default_rng(i)])[0] for i in range(5)]
    for order in ([0, 1, 2, 3, 4], [3, 1], [4, 3, 2, 1, 0, 2]):
        together = realize_together(example_model, plan, rngs=[np.random.default_rng(i) for i in order])
        for number, realization in zip(order, together, strict=True):
            assert np.array_equal(realization.values, alone[number].values)
            assert np.array_equal(realization.scores, alone[number].scores)
            assert np.array_equal(realization.phases, alone[number].phases)


def _thresholds(model: weathercop.MultisiteModel) -> HeatThresholds:
    observed = weathercop.example_dataset()["theta"].expand_dims(variable=["theta"]).transpose("station", "variable", "time")
    assert tuple(observed["station"].values) == model.stations
    return HeatThresholds.of(observed, ZITTIS)


def test_heat_waves_become_hotter_and_other_days_stay(example_wc: Multisite, neutral: varwg.Simulation) -> None:
    thresholds = _thresholds(example_wc.model)
    changed = example_wc.simulate(
        rng=np.random.default_rng(1), heat_waves=HotterHeatWaves(thresholds, increment=3.0, ramp_days=0), **DAYS
    ).sim_sea
    waves = detect(neutral.sim_sea, thresholds)
    inside = np.zeros(neutral.sim_sea.shape[::2], dtype=bool)
    for station, start, length in zip(waves.station, waves.start, waves.length, strict=True):
        inside[station, start : start + length] = True
    assert inside.any()
    rise = (changed - neutral.sim_sea).sel(variable="theta").values
    assert (rise[~inside] == 0.0).all()
    # The mean of the distribution moves by 3; single days more or less, as far as the marginal is not normal.
    assert np.abs(rise[inside] - 3.0).max() < 1.0


def test_conditions_are_met_by_every_member_and_reported(example_wc: Multisite, tmp_path: Path) -> None:
    """The bounds are those that the mean year of the observations lies well inside, and some members start outside."""
    years: dict[str, Any] = {"start": "2001-01-01", "n_days": 3 * 365}
    free = example_wc.simulate_ensemble(6, seed=3, **years)
    sums = free.sel(variable="R", station="BERN").groupby("time.year").sum()
    low, high = np.quantile(sums, [0.05, 0.95])
    condition = YearlyBounds("R", statistic="sum", stations="BERN", lower=float(low), upper=float(high))
    met = example_wc.simulate_ensemble(6, seed=3, conditions=condition, out_dir=tmp_path, n_workers=2, **years)
    found = met.sel(variable="R", station="BERN").groupby("time.year").sum()
    assert ((found >= low) & (found <= high)).all() and not ((sums >= low) & (sums <= high)).all()
    single = example_wc.simulate(rng=weathercop.realization_rng(4, seed=3), conditions=condition, **years)
    assert np.array_equal(met.sel(realization=4).values, single.sim_sea.values)
    report = json.loads(single.sim_sea.attrs["conditions_reached"])
    assert report["labels"] and all(low <= value <= high for value in report["reached"])
    with xr.open_dataset(tmp_path / "real_0004.nc") as member:
        assert member.attrs["conditions_reached"] == single.sim_sea.attrs["conditions_reached"]


def test_impossible_conditions_are_an_error_that_says_what_was_reached(example_wc: Multisite) -> None:
    impossible = Conditioning.of(YearlyBounds("R", statistic="sum", lower=1e5, upper=1e6), budget=20)
    with pytest.raises(ConditionError, match=r"yearly sum of R.*raise the budget above 20"):
        example_wc.simulate(rng=1, conditions=impossible, start="2001-01-01", n_days=730)


def test_phases_from_wants_phases_drawn_alike_and_without_conditions(example_wc: Multisite) -> None:
    condition = YearlyBounds("R", statistic="sum", upper=1e6)
    source = example_wc.simulate_ensemble(2, seed=1, **DAYS)
    with pytest.raises(ScenarioError, match="phases_from and conditions do not go together"):
        example_wc.simulate_ensemble(2, phases_from=source, conditions=condition)
    with pytest.raises(ScenarioError, match="the same keep_periods, amplitude_width and stretch"):
        example_wc.simulate_ensemble(2, phases_from=source, stretch=2)
    stretched = example_wc.simulate_ensemble(2, seed=1, stretch=2, **DAYS)
    derived = example_wc.simulate_ensemble(2, phases_from=stretched, stretch=2)
    assert np.array_equal(derived.values, stretched.values)


def test_days_and_length_are_not_given_twice(example_wc: Multisite) -> None:
    with pytest.raises(DataError, match="either the days, or start and length"):
        example_wc.simulate(rng=1, sim_times=example_wc.model.times, n_days=10)


def test_tasks_are_long_enough_and_shared_by_all_workers(example_model: MultisiteModel) -> None:
    """Never more than the workers' share, nor than fits the limits; conditions are searched for member by member."""
    ten_years = Plan.of(example_model)
    assert members_per_task(example_model, ten_years, 1000, 2) == 25
    assert members_per_task(example_model, ten_years, 1000, 8) == 25
    assert members_per_task(example_model, ten_years, 20, 8) == 3
    assert members_per_task(example_model, ten_years, 1, 8) == 1
    century = Plan.of(example_model, Request(n_days=36525))
    assert members_per_task(example_model, century, 1000, 2) == 2
    conditional = Plan.of(example_model, Request(conditions=YearlyBounds("R", upper=1e6)))
    assert members_per_task(example_model, conditional, 1000, 2) == 1


def test_the_default_is_as_many_threads_as_their_tasks_feed(
    example_model: MultisiteModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """On 64 cores: fewer where members are searched for one by one, and it is said; all the same the number that is asked for."""
    started: list[int] = []

    def watched(
        task: Callable[..., Any],
        common: tuple[weathercop.MultisiteModel, Plan],
        arguments: list[tuple[tuple[Any, ...]]],
        *,
        executor: None,
        workers: int,
        result_bytes: int,
    ) -> Iterator[Any]:
        started.append(workers)
        return run_tasks(task, common, arguments, executor=executor, workers=min(workers, 2), result_bytes=result_bytes)

    monkeypatch.setattr("varwg.ensembles._executors.available_cores", lambda: 64)
    monkeypatch.setattr("varwg.ensembles._tasks.run_tasks", watched)
    year = Plan.of(example_model, Request(n_days=365, conditions=YearlyBounds("R", upper=1e6)))
    with caplog.at_level("INFO"):
        few = [own.values for _, own in simulate_members(example_model, year, range(3), seed=1)]
        asked = [own.values for _, own in simulate_members(example_model, year, range(3), seed=1, n_workers=64)]
    assert np.array_equal(few, asked)
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        assert started == [threads_that_help(example_model, year, 1), 64]
        assert [record.args for record in caplog.records if "interpreter's lock" in record.message] == [(started[0], 64)]
    century = Plan.of(example_model, Request(n_days=36525))
    assert threads_that_help(example_model, century, 1) >= 16


@pytest.mark.parametrize("name", ["conditions", "heat_waves", "scenario", "fixed_variables"])
@pytest.mark.parametrize("value", [3, [3]])
def test_what_is_no_condition_or_scenario_is_refused_in_a_sentence(example_model: MultisiteModel, name: str, value: Any) -> None:
    with pytest.raises(ScenarioError, match=rf"{name} is .*3.*(needed|expected)"):
        Plan.of(example_model, Request(**{name: value}))
