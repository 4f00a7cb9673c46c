"""Conditional simulation of the bundled example: conditions met by as little as possible, in the same way every time."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg.errors import ConditionError
from weathercop import MultisiteModel
from weathercop._plan import Plan
from weathercop._simulation import realize
from weathercop.conditions import Conditioning, FunctionBounds, Weather, YearlyBounds, YearlyMean, YearlyStd
from weathercop.conditions._kinds import all_quantities


class Member:
    """The simulation of one member of the example with given phases."""

    def __init__(self, model: MultisiteModel, seed: int) -> None:
        self.model, self.seed, self.plan = model, seed, Plan.of(model)
        self.frequencies = model.spectrum.frequencies(model.n_days)
        self.phases = realize(model, self.plan, rng=np.random.default_rng(seed)).phases
        self.n_calls = 0

    def __call__(self, phases: np.ndarray) -> Weather:
        self.n_calls += 1
        values = realize(self.model, self.plan, rng=np.random.default_rng(self.seed), phases=phases).values
        return Weather(values, self.plan.times, self.model.stations, self.model.variable_names)

    def adjusted(self, conditioning: Conditioning, seed: int = 1, **options: Any) -> Any:
        return conditioning.adjust(self, self.phases, self.frequencies, rng=np.random.default_rng(seed), **options)


@pytest.fixture
def member(example_model: MultisiteModel) -> Member:
    return Member(example_model, 3)


def rain_of(member: Member) -> tuple[float, float]:
    """Mean and standard deviation (ddof 0) of the member's own annual rain; one year at least is farther off than that."""
    yearly = YearlyBounds("R", statistic="sum", upper=1.0, stations="BERN").yearly(member(member.phases)).values[0]
    member.n_calls = 0
    return float(yearly.mean()), float(yearly.std())


def test_bounds_of_all_years_are_met(member: Member) -> None:
    mean, std = rain_of(member)
    condition = YearlyBounds("R", statistic="sum", stations="BERN", lower=mean - 0.9 * std, upper=mean + 0.9 * std)
    phases, report = member.adjusted(Conditioning.of(condition))
    found = condition.quantities(member(phases))
    assert ((found.lower <= found.values) & (found.values <= found.upper)).all()
    assert report.met and report.n_simulations > 1 and np.array_equal(report.reached, found.values)
    assert np.array_equal(report.before, condition.quantities(member(member.phases)).values)


def test_several_conditions_together(member: Member) -> None:
    mean, std = rain_of(member)
    conditions = (
        YearlyMean("R", statistic="sum", stations="BERN", target=mean + 0.15 * std, tolerance=0.1 * std),
        YearlyStd("R", statistic="sum", stations="BERN", target=1.2 * std, tolerance=0.1 * std),
        FunctionBounds("warm third year", _warmth_of_third_year, lower=0.1, upper=0.6),
    )
    phases, _ = member.adjusted(Conditioning.of(conditions))
    found = all_quantities(conditions, member(phases))
    assert ((found.lower <= found.values) & (found.values <= found.upper)).all()


def _warmth_of_third_year(weather: xr.DataArray) -> float:
    theta = weather.sel(variable="theta").mean("station")
    return float(theta[730:1095].mean() - theta.mean())


def test_the_search_is_a_function_of_its_generator_and_leaves_the_mean_alone(member: Member) -> None:
    mean, std = rain_of(member)
    conditioning = Conditioning.of(
        YearlyBounds("R", statistic="sum", stations="BERN", lower=mean - 0.9 * std, upper=mean + 2 * std), shortest_period=300.0
    )
    first, again = (member.adjusted(conditioning) for _ in range(2))
    assert np.array_equal(first.phases, again.phases) and first.report.n_simulations == again.report.n_simulations
    moved = first.phases != member.phases
    assert moved.any() and not moved[0]


def test_held_phases_stay(member: Member) -> None:
    mean, std = rain_of(member)
    held = member.frequencies <= 1 / 2000.0
    conditioning = Conditioning.of(YearlyBounds("R", statistic="sum", stations="BERN", upper=mean + 0.9 * std))
    phases, report = member.adjusted(conditioning, held=held)
    assert np.array_equal(phases[held], member.phases[held])
    assert report.n_simulations > 1 and report.n_adjusted == conditioning.free(member.frequencies, held).sum()
    with pytest.raises(ConditionError, match="no phase"):
        member.adjusted(conditioning, held=np.ones(member.frequencies.size, dtype=bool))


def test_a_member_that_meets_the_conditions_keeps_its_bits(member: Member) -> None:
    phases, report = member.adjusted(Conditioning.of(YearlyBounds("theta", lower=-50.0, upper=50.0)))
    assert np.array_equal(phases, member.phases)
    assert report.n_simulations == member.n_calls == 1


def test_the_impossible_is_an_error_that_says_what_was_reached(member: Member) -> None:
    conditioning = Conditioning.of(YearlyBounds("R", statistic="sum", stations="BERN", years=2005, upper=10.0), budget=30)
    with pytest.raises(ConditionError, match=r"1 of 1 conditions are not met after 30 simulations.* BERN in 2005, which is"):
        member.adjusted(conditioning)
    assert member.n_calls == 30


def test_the_report_can_be_read_by_people_and_programs(member: Member) -> None:
    _, report = member.adjusted(Conditioning.of(YearlyBounds("theta", lower=-50.0, upper=50.0, years=(2003,))))
    lines = str(report).splitlines()
    assert len(lines) == 1 + len(member.model.stations) + 1
    assert lines[1].startswith("yearly mean of theta at BERN in 2003") and "violated" not in str(report)
    parsed = json.loads(report.to_json())
    assert parsed["labels"] == list(report.labels) and np.allclose(parsed["reached"], report.reached, rtol=1e-5)


def test_equal_conditions_have_equal_texts() -> None:
    one, same = (Conditioning.of(YearlyBounds("R", upper=3.0), budget=9) for _ in range(2))
    assert one.to_json() == same.to_json() != Conditioning.of(YearlyBounds("R", upper=3.0)).to_json()
    assert json.loads(one.to_json())["budget"] == 9


@pytest.mark.parametrize("options", [{"budget": 0}, {"budget": True}, {"shortest_period": 1.0}, {"shortest_period": np.nan}])
def test_unusable_settings(options: dict[str, Any]) -> None:
    with pytest.raises(ConditionError):
        Conditioning.of(YearlyBounds("R", upper=3.0), **options)
    with pytest.raises(ConditionError, match="no conditions"):
        Conditioning.of([])
