"""Scenarios: shapes of what is asked, and the shift of scores that reaches it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varwg import N_DOYS, daily_times, doy_index
from varwg.errors import ScenarioError
from varwg.marginals import Normal
from varwg.scenarios import Scenario, daily_score_shift, score_shift
from varwg.scenarios._score_shift import solve_shift
from varwg.streams import Streams

STATIONS = ("A", "B", "C")


@pytest.mark.parametrize(
    ("theta_incr", "expected"),
    [
        (None, np.zeros((3, 12))),
        (2.0, np.full((3, 12), 2.0)),
        ([1.0, 2.0, 3.0], np.repeat([[1.0], [2.0], [3.0]], 12, axis=1)),
        ({"C": 3.0, "A": 1.0, "B": 2.0}, np.repeat([[1.0], [2.0], [3.0]], 12, axis=1)),
        (np.arange(12.0), np.tile(np.arange(12.0), (3, 1))),
        (np.arange(36.0).reshape(3, 12), np.arange(36.0).reshape(3, 12)),
    ],
)
def test_increments_per_station_and_month(theta_incr: Any, expected: np.ndarray) -> None:
    assert np.array_equal(Scenario.of(STATIONS, theta_incr=theta_incr).theta_incr, expected)


@pytest.mark.parametrize("theta_incr", [[1.0, 2.0], np.zeros((12, 3)), "warm", [None], {"A": 1.0}, np.nan, [1.0, np.inf, 0.0]])
def test_what_fits_nothing_is_refused(theta_incr: Any) -> None:
    with pytest.raises(ScenarioError, match="theta_incr"):
        Scenario.of(STATIONS, theta_incr=theta_incr)


def test_twelve_values_for_twelve_stations_are_ambiguous() -> None:
    with pytest.raises(ScenarioError, match="stations or months"):
        Scenario.of(tuple("ABCDEFGHIJKL"), theta_incr=np.arange(12.0))


def test_a_month_has_one_increment_on_all_its_days() -> None:
    daily = Scenario.of(("A",), theta_incr=np.arange(12.0)).daily_increments()
    assert daily.shape == (1, N_DOYS)
    assert daily[0, 30] == 0 and daily[0, 31] == 1 and daily[0, 59] == 1 and daily[0, 60] == 2 and daily[0, 365] == 11


def test_neutral() -> None:
    assert Scenario.of(STATIONS).neutral
    assert Scenario.of(STATIONS, theta_incr=0.0).neutral
    assert Scenario.of(STATIONS, mean_arrival=5.0, disturbance_std=0.0, climate_signal=np.zeros(3), var_factor=1.0).neutral
    assert not Scenario.of(STATIONS, theta_incr=[0.0, 0.0, 1e-9]).neutral


@pytest.mark.parametrize(
    ("term", "seasonal"),
    [
        ({"theta_incr": 1.0}, True),
        ({"theta_grad": 1.0}, False),
        ({"mean_arrival": 5.0, "disturbance_std": 1.0}, False),
        ({"climate_signal": [1.0, 2.0]}, False),
        ({"var_factor": 1.1}, True),
        ({"rain_factor": 1.1}, True),
    ],
)
def test_every_term_alone_is_a_scenario(term: dict[str, Any], seasonal: bool) -> None:
    scenario = Scenario.of(STATIONS, **term)
    assert not scenario.neutral and scenario.seasonal is seasonal
    assert set(scenario.terms) <= set(term)


def test_a_scenario_cannot_be_changed() -> None:
    scenario = Scenario.of(STATIONS, theta_incr=1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        scenario.var_factor = 2.0  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        scenario.theta_incr[0, 0] = 2.0


# Text

FULL: dict[str, Any] = {
    "theta_incr": [1.0, 2.0, 3.0],
    "theta_grad": [0.0, 0.5, 1.0],
    "mean_arrival": 7.0,
    "disturbance_std": 2.5,
    "climate_signal": np.arange(6.0).reshape(3, 2),
    "signal_start": "2030-02-01",
    "var_factor": 1.25,
    "rain_factor": np.linspace(0.9, 1.1, 12),
    "fixed_variables": ("U", "sun"),
    "primary_var": "theta",
}


def test_the_text_of_a_mean_shift_is_what_it_always_was() -> None:
    assert Scenario.of(("A",), theta_incr=2.0).to_json() == '{"theta_incr": [[' + ", ".join(["2.0"] * 12) + "]]}"


@pytest.mark.parametrize("names", [list(FULL), ["theta_grad"], ["mean_arrival", "disturbance_std"], ["climate_signal"], []])
def test_a_scenario_comes_back_from_its_text(names: list[Any]) -> None:
    scenario = Scenario.of(STATIONS, **{name: FULL[name] for name in names})
    again = Scenario.of(STATIONS, **json.loads(scenario.to_json()))
    assert again.to_json() == scenario.to_json()
    for field in dataclasses.fields(Scenario):
        assert np.array_equal(getattr(again, field.name), getattr(scenario, field.name)), field.name


# Increments of simulated days

TIMES = daily_times("2030-02-27", 5)


def test_increments_of_days_are_those_of_their_months() -> None:
    scenario = Scenario.of(STATIONS, theta_incr=np.arange(36.0).reshape(3, 12))
    assert np.array_equal(increments(scenario), scenario.daily_increments()[:, doy_index(TIMES)])
    assert increments(scenario)[1].tolist() == [13.0, 13.0, 14.0, 14.0, 14.0]


def test_the_trend_begins_with_nothing_and_ends_with_its_value() -> None:
    assert np.allclose(increments(Scenario.of(STATIONS, theta_grad=[0.0, 4.0, -4.0])), np.outer([0, 1, -1], np.arange(5.0)))


def test_terms_add_up() -> None:
    terms: list[dict[str, Any]] = [
        {"theta_incr": 1.0},
        {"theta_grad": 2.0},
        {"climate_signal": np.arange(5.0)},
        {"mean_arrival": 3.0, "disturbance_std": 1.0},
    ]
    scenarios = [Scenario.of(STATIONS, **term) for term in terms]
    together = increments(scenarios[0] + scenarios[1] + scenarios[2] + scenarios[3])
    assert np.allclose(together, sum(increments(scenario) for scenario in scenarios))


def test_episodes_are_the_same_at_all_stations() -> None:
    daily = increments(Scenario.of(STATIONS, mean_arrival=3.0, disturbance_std=2.0))
    assert daily.any() and np.array_equal(daily[0], daily[1]) and np.array_equal(daily[0], daily[2])


def increments(scenario: Scenario, times: np.ndarray = TIMES) -> np.ndarray:
    return np.broadcast_to(scenario.increments_on(times, streams=Streams.of(np.random.default_rng(1))), (3, times.size))


# Sums


def test_a_sum_does_what_both_do() -> None:
    one, other = Scenario.of(STATIONS, **FULL), Scenario.of(STATIONS, theta_incr=1.0, var_factor=2.0, fixed_variables=("U", "R"))
    total = one + other
    assert np.array_equal(total.theta_incr, one.theta_incr + 1.0) and total.var_factor == 2.5
    assert total.fixed_variables == ("U", "sun", "R") and total.primary_var == "theta"
    assert (total.mean_arrival, total.disturbance_std) == (7.0, 2.5)
    assert (other + one).theta_incr.tolist() == total.theta_incr.tolist()


def test_a_sum_with_nothing_is_the_same() -> None:
    one = Scenario.of(STATIONS, **FULL)
    assert (one + Scenario.of(STATIONS)).to_json() == (Scenario.of(STATIONS) + one).to_json() == one.to_json()


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ({"primary_var": "theta"}, {"primary_var": "R"}, "several primaries"),
        (
            {"mean_arrival": 3.0, "disturbance_std": 1.0},
            {"mean_arrival": 3.0, "disturbance_std": 1.0},
            "both scenarios have episodes",
        ),
        ({"climate_signal": [1.0]}, {"climate_signal": [1.0, 2.0]}, "other days"),
        ({"climate_signal": [1.0]}, {"climate_signal": [1.0], "signal_start": "2030-01-01"}, "other days"),
    ],
)
def test_what_cannot_be_added(one: dict[str, Any], other: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Scenario.of(STATIONS, **one) + Scenario.of(STATIONS, **other)


def test_scenarios_of_other_stations_cannot_be_added() -> None:
    with pytest.raises(ScenarioError, match="other stations"):
        Scenario.of(STATIONS) + Scenario.of(("A",))
    with pytest.raises(TypeError):
        Scenario.of(STATIONS) + 1.0  # type: ignore[operator]


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ({"theta_grad": [1.0, 2.0]}, r"theta_grad has shape \(2,\)"),
        ({"theta_grad": np.ones((3, 12))}, "theta_grad has shape"),
        ({"mean_arrival": 3.0}, "disturbance_std is missing"),
        ({"disturbance_std": 3.0}, "mean_arrival is missing"),
        ({"mean_arrival": -1.0, "disturbance_std": 1.0}, "mean_arrival is -1.0"),
        ({"mean_arrival": 3.0, "disturbance_std": [1.0, 2.0]}, "disturbance_std is"),
        ({"var_factor": -0.1}, "var_factor is -0.1"),
        ({"var_factor": 0.0}, "var_factor is 0.0, which is not one number from 0.01 to 10"),
        ({"mean_arrival": 0.5, "disturbance_std": 1.0}, "mean_arrival is 0.5, which is not one number from 1 to"),
        ({"var_factor": np.nan}, "var_factor holds nan"),
        ({"rain_factor": 0.0}, "rain_factor is 0.0"),
        ({"rain_factor": [1.0, 2.0]}, "rain_factor is"),
        ({"signal_start": "2030-01-01"}, "there is no climate_signal"),
    ],
)
def test_terms_out_of_range(term: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Scenario.of(STATIONS, **term)


def test_terms_that_are_not_supported_are_named() -> None:
    scenario = Scenario.of(STATIONS, theta_incr=1.0, rain_factor=1.1)
    scenario.require_only(("theta_incr", "rain_factor"), "this")
    with pytest.raises(ScenarioError, match="rain_factor is not supported by the ensemble, which knows theta_incr"):
        scenario.require_only(("theta_incr",), "the ensemble")


# Shifts of scores


def test_the_normal_shift_is_closed() -> None:
    marginal = Normal(np.linspace(-3, 20, N_DOYS), np.linspace(1, 4, N_DOYS))
    shift = score_shift(marginal, np.full(N_DOYS, 2.0), variable="theta", station="A")
    assert np.allclose(shift, 2.0 / marginal.scale, rtol=1e-15)


class Lognormal(Normal):
    """exp(location + scale z): its mean after a shift is known in closed form."""

    def from_scores(self, scores: np.ndarray, doy: np.ndarray) -> np.ndarray:
        return np.exp(super().from_scores(scores, doy))


def test_the_solved_shift_reaches_the_mean_of_a_lognormal() -> None:
    marginal = Lognormal(np.linspace(0, 1, N_DOYS), np.linspace(0.2, 0.8, N_DOYS))
    mean = np.exp(marginal.location + marginal.scale**2 / 2)
    shift = _solved(marginal, 0.1 * mean)
    assert np.allclose(shift, np.log(1.1) / marginal.scale, atol=2e-4)


def test_no_increment_no_shift() -> None:
    marginal = Lognormal(np.zeros(N_DOYS), np.ones(N_DOYS))
    assert np.array_equal(_solved(marginal, np.zeros(N_DOYS)), np.zeros(N_DOYS))


class Bounded(Normal):
    """A variable within (0, 1)."""

    def from_scores(self, scores: np.ndarray, doy: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-super().from_scores(scores, doy)))


def test_a_mean_beyond_the_bounds_is_refused() -> None:
    marginal = Bounded(np.zeros(N_DOYS), np.ones(N_DOYS))
    with pytest.raises(ScenarioError, match=r"rh at KASSEL to 1\.1"):
        score_shift(marginal, np.full(N_DOYS, 0.6), variable="rh", station="KASSEL")


def test_the_daily_shift_is_the_seasonal_one_for_a_seasonal_change() -> None:
    """Table against bisection: a thousandth of a standard deviation."""
    marginal = Lognormal(np.linspace(0, 1, N_DOYS), np.linspace(0.2, 0.8, N_DOYS))
    change = 0.1 * np.exp(marginal.location + marginal.scale**2 / 2)
    doy = np.arange(N_DOYS)[::-1]
    daily = daily_score_shift(marginal, change[doy], doy, variable="x", station="A")
    assert np.allclose(daily, _solved(marginal, change)[doy], atol=1e-3)


@given(change=st.floats(-0.3, 2.0), factor=st.floats(0.3, 2.0), mean=st.floats(-0.2, 0.2), sd=st.floats(0.8, 1.1))
@settings(max_examples=20, deadline=None)
def test_the_daily_shift_of_a_lognormal_is_known(change: float, factor: float, mean: float, sd: float) -> None:
    """E exp(a + b (m + f s Z + shift)) is exp(a + b (m + shift) + (b f s)^2 / 2)."""
    marginal = Lognormal(np.full(N_DOYS, 0.3), np.full(N_DOYS, 0.6))
    before = np.exp(0.3 + 0.6 * mean + (0.6 * sd) ** 2 / 2)
    after = before * (1.0 + change)
    expected = (np.log(after) - 0.3 - (0.6 * factor * sd) ** 2 / 2) / 0.6 - mean
    options: dict[str, Any] = {"mean": np.full(N_DOYS, mean), "sd": np.full(N_DOYS, sd), "factor": factor}
    shift = daily_score_shift(marginal, np.array([before * change]), np.array([7]), variable="x", station="A", **options)
    assert shift[0] == pytest.approx(expected, abs=3e-3)


def test_a_daily_change_beyond_the_bounds_is_refused() -> None:
    marginal = Bounded(np.zeros(N_DOYS), np.ones(N_DOYS))
    with pytest.raises(ScenarioError, match=r"rh at KASSEL to 1\.1 on day 4 of"):
        daily_score_shift(marginal, np.array([0.1, 0.6]), np.array([7, 3]), variable="rh", station="KASSEL")


def _solved(marginal: Lognormal, increments: np.ndarray) -> np.ndarray:
    return solve_shift(marginal, increments, "x", "A")
