"""Scenarios for variables that are not normal: rain with its dry days and noise, and humidity within its bounds.

The scores come from thirty years of independent series through the vine of the example data.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import special

from varwg import N_DOYS, daily_times, doy_index
from varwg.errors import ScenarioError
from varwg.scenarios import Scenario
from varwg.streams import Streams
from weathercop import MultisiteModel
from weathercop._regional import RegionalScenario
from weathercop._simulation import corrected_scores, noisy_scores, values_from_scores
from weathercop.copulas import SeasonalCopula
from weathercop.vines import CVine, StationVines

LONG = daily_times("2001-01-01", 30 * 365)


def streams() -> Streams:
    return Streams.of(np.random.default_rng(1))


def simulated(model: MultisiteModel, regional: RegionalScenario, latent: np.ndarray) -> np.ndarray:
    """Scores of latent series under a scenario, as a simulation makes them, always with the same noise of amounts."""
    doy = doy_index(LONG)
    noise = np.random.default_rng(3).standard_normal((len(model.noisy), doy.size))
    return regional.draw(streams()).scores(
        latent,
        lambda series: corrected_scores(model, series, doy),
        lambda scores: noisy_scores(model, scores, noise, doy),
    )


def of(model: MultisiteModel, *terms: dict[str, Any]) -> RegionalScenario:
    return RegionalScenario.of(model, [Scenario.of(model.stations, **own) for own in terms], LONG)


@pytest.fixture(scope="module")
def white(example_model: MultisiteModel) -> np.ndarray:
    """Thirty years of independent series for the model of the example."""
    shape = (len(example_model.stations), len(example_model.variables), LONG.size)
    return np.random.default_rng(7).standard_normal(shape)


def monthly_means(values: np.ndarray) -> np.ndarray:
    months = LONG.astype("datetime64[M]").astype(int) % 12
    return np.stack([values[..., months == month].mean(axis=-1) for month in range(12)], axis=-1)


def weather(model: MultisiteModel, scores: np.ndarray, regional: RegionalScenario) -> np.ndarray:
    values = values_from_scores(model, scores, doy_index(LONG))
    regional.scale_rain(values)
    return values


@pytest.mark.parametrize(
    ("primary", "asked", "tolerance"),
    [
        ("R", np.linspace(-0.4, 0.8, 12), 0.12),
        ("rh", np.linspace(-0.05, 0.03, 12), 0.004),
        ("U", np.linspace(-0.3, 0.4, 12), 0.03),
    ],
)
def test_primaries_that_are_not_normal_reach_their_change_in_every_month(
    example_model: MultisiteModel, white: np.ndarray, primary: str, asked: np.ndarray, tolerance: float
) -> None:
    """Paired means over 900 days of each month at 3 stations: the tolerances are more than five standard errors."""
    asked = np.outer([1.0, 0.5, 1.2], asked)
    row = example_model.variable_names.index(primary)
    regional = of(example_model, {"theta_incr": asked, "primary_var": primary})
    neutral = of(example_model)
    base, changed = (weather(example_model, simulated(example_model, r, white), r)[:, row] for r in (neutral, regional))
    reached = monthly_means(changed) - monthly_means(base)
    np.testing.assert_allclose(reached, asked, atol=tolerance)
    assert np.abs(reached - asked).mean() < tolerance / 3
    if primary == "R":
        wet, wet_before = monthly_means(changed >= 1.0), monthly_means(base >= 1.0)
        clear = np.abs(asked) > 0.2
        assert (np.sign(wet - wet_before) == np.sign(asked))[clear].all() and changed.min() == 0.0


def test_a_signal_leaves_the_other_days_of_a_bounded_variable_as_they_are(example_model: MultisiteModel) -> None:
    scenario = Scenario.of(example_model.stations, theta_incr=-0.02, primary_var="rh")
    regional = RegionalScenario.of(example_model, scenario, LONG, signal_for="rh")
    signal = np.zeros((3, LONG.size))
    signal[1, 400:405] = 0.03
    plain, raised = regional.draw(streams()).shifts[0], regional.draw(streams(), signal=signal).shifts[0]
    assert np.array_equal(plain != raised, signal != 0.0) and (raised >= plain).all()


@pytest.mark.parametrize("factor", [0.6, 1.5])
@pytest.mark.parametrize("size", [0.0, 0.015], ids=["", "with episodes"])
def test_a_factor_of_the_deviations_keeps_the_mean_of_a_skewed_variable(
    example_model: MultisiteModel, white: np.ndarray, factor: float, size: float
) -> None:
    """Humidity: without its own shift, the factor would change the mean by 0.02; monthly standard errors are 0.001."""
    row = example_model.variable_names.index("rh")
    terms = {"primary_var": "rh", "mean_arrival": 5.0, "disturbance_std": size}
    plain, regional = of(example_model, terms), of(example_model, terms | {"var_factor": factor})
    base, changed = (weather(example_model, simulated(example_model, r, white), r)[:, row] for r in (plain, regional))
    np.testing.assert_allclose(monthly_means(changed), monthly_means(base), atol=0.005)
    assert np.sign(np.log(changed.std(axis=1) / base.std(axis=1))).tolist() == [np.sign(np.log(factor))] * 3


@pytest.mark.parametrize("primary", ["R", "Qsw"])
def test_regression_stands_for_the_copulas_of_a_fitted_vine(example_model: MultisiteModel, primary: str) -> None:
    """Scores drawn from the vine given those of the primary, before and after a shift: means of 20 000, se below 0.005."""
    names, shift = example_model.variable_names, 0.5
    row = names.index(primary)
    regional = of(example_model, {"theta_incr": 0.01, "primary_var": primary})
    rng = np.random.default_rng(5)
    assert isinstance(example_model.vine, StationVines)
    for station, vine in enumerate(example_model.vine.vines):
        for day in (15, 196):
            ranks, own = rng.random((len(names), 20000)), rng.standard_normal(20000)
            means = []
            for score in (own, own + shift):
                ranks[row] = special.ndtr(score)
                drawn = vine.conditional_inverse_rosenblatt(ranks, np.full(own.size, day), [primary])
                means.append(special.ndtri(drawn).mean(axis=1))
            np.testing.assert_allclose(shift * regional.weights[station, :, 0, day], means[1] - means[0], atol=0.03)


def test_the_noise_of_amounts_is_under_the_shift_of_rain(example_model: MultisiteModel, white: np.ndarray) -> None:
    """A moved primary is its own noisy score plus the shift; others feel the shift and no noise."""
    row = example_model.variable_names.index("R")
    assert example_model.noisy
    regional = of(example_model, {"theta_incr": 0.5, "primary_var": "R"})
    member = regional.draw(streams())
    base, wetter = (simulated(example_model, r, white) for r in (of(example_model), regional))
    np.testing.assert_allclose(wetter[:, row] - base[:, row], member.shifts[0], atol=1e-12)
    others = np.delete(wetter - base, row, axis=1)
    doy = doy_index(LONG)
    for day in (10, 200):
        assert np.ptp(others[..., doy == day], axis=-1).max() < 1e-9


def test_noisy_rain_as_root_keeps_its_own_score_too(example_model: MultisiteModel, white: np.ndarray) -> None:
    """The same where the moved primary is the root: its score is noisy, what goes into the vine is not."""
    rooted = replace(example_model, primary=1, vine=normal_root(example_model))
    regional = of(rooted, {"theta_incr": 0.5})
    base, wetter = (simulated(rooted, r, white) for r in (of(rooted), regional))
    np.testing.assert_allclose(wetter[:, 1] - base[:, 1], regional.draw(streams()).shifts[0], atol=1e-12)
    reached = weather(rooted, wetter, regional)[:, 1].mean() - weather(rooted, base, regional)[:, 1].mean()
    assert reached == pytest.approx(0.5, abs=0.05)
    assert np.abs((wetter - base)[:, 2].mean()) > 0.02


def normal_root(model: MultisiteModel) -> CVine:
    """Rain as root, correlated with all others."""
    names, n = model.variable_names, len(model.variables)
    order = (1, *(k for k in range(n) if k != 1))
    rho = SeasonalCopula("gaussian", 0, np.full((N_DOYS, 1), 0.4))
    none = SeasonalCopula("independence", 0, np.empty((N_DOYS, 0)))
    return CVine(names, order, (tuple([rho] * (n - 1)), *(tuple([none] * (n - 1 - tree)) for tree in range(1, n - 1))))


def test_rain_is_multiplied_on_wet_days_and_nothing_else_changes(example_model: MultisiteModel, white: np.ndarray) -> None:
    factors = np.linspace(0.8, 1.3, 12)
    regional = of(example_model, {"rain_factor": factors})
    scores = simulated(example_model, regional, white)
    assert not regional.neutral and np.array_equal(scores, simulated(example_model, of(example_model), white))
    before, after = weather(example_model, scores, of(example_model)), weather(example_model, scores, regional)
    row = example_model.variable_names.index("R")
    months = LONG.astype("datetime64[M]").astype(int) % 12
    np.testing.assert_allclose(after[:, row], before[:, row] * factors[months], rtol=1e-12)
    assert np.array_equal(np.delete(after, row, axis=1), np.delete(before, row, axis=1))
    twice = of(example_model, {"rain_factor": 1.5}, {"rain_factor": 2.0, "theta_incr": 1.0})
    assert (twice.rain_factor == 3.0).all()


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"theta_incr": -10.0, "primary_var": "R"}, "R at BERN"),
        ({"theta_incr": 2.0, "primary_var": "rh"}, "rh at BERN"),
        (
            {"mean_arrival": 5.0, "disturbance_std": 0.3, "primary_var": "rh"},
            "disturbance_std 0.3 would often change the mean of rh",
        ),
    ],
)
def test_changes_beyond_the_bounds_are_refused_beforehand(
    example_model: MultisiteModel, terms: dict[str, float | str], message: str
) -> None:
    with pytest.raises(ScenarioError, match=message):
        of(example_model, terms)


def test_episodes_of_a_bounded_variable_are_reached_and_stay_in_bounds(example_model: MultisiteModel, white: np.ndarray) -> None:
    """Expected change given the episodes of one member, in classes of the change asked for; se of a class below 0.002."""
    row = example_model.variable_names.index("rh")
    regional = of(example_model, {"mean_arrival": 10.0, "disturbance_std": 0.02, "primary_var": "rh"})
    changed = weather(example_model, simulated(example_model, regional, white), regional)[:, row]
    base = weather(example_model, simulated(example_model, of(example_model), white), regional)[:, row]
    asked = Scenario.of(example_model.stations, mean_arrival=10.0, disturbance_std=0.02).increments_on(
        LONG, streams=Streams(streams().seed("scenario", "rh"))
    )[0]
    for low, high in ((-0.05, -0.02), (-0.01, 0.01), (0.02, 0.05)):
        days = (asked > low) & (asked < high)
        assert (changed - base)[:, days].mean() == pytest.approx(asked[days].mean(), abs=0.004)
    assert changed.max() <= 1.0 and changed.min() >= 0.0
