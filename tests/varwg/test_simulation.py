"""The pure function of a single site: what drives it, and how scenarios reach every variable."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from varwg import Observations, Simulation, SiteModel, daily_times, doy_index, simulate
from varwg._arrays import readonly
from varwg.errors import RngError, ScenarioError
from varwg.marginals import Normal
from varwg.models import VARModel
from varwg.models._moments import stationary_moments
from varwg.scenarios import Scenario
from varwg.scenarios._responses import regression_weights

BERN = ("BERN",)
CENTURY = daily_times("2001-01-01", 36525)
TEN_YEARS = daily_times("2001-01-01", 3652)


def month(times: np.ndarray) -> np.ndarray:
    return times.astype("datetime64[M]").astype(np.int64) % 12


def run(model: SiteModel, times: np.ndarray = TEN_YEARS, seed: int = 3, **options: Any) -> Simulation:
    return simulate(model, times, rng=np.random.default_rng(seed), **options)


def monthly_changes(changed: Simulation, neutral: Simulation, row: int) -> np.ndarray:
    months = month(changed.times)
    return np.array([(changed.data[row] - neutral.data[row])[months == number].mean() for number in range(12)])


@pytest.fixture(scope="module")
def neutral(bern_model: SiteModel) -> Simulation:
    return run(bern_model, CENTURY)


# What drives it


def test_only_a_generator_is_a_source(bern_model: SiteModel) -> None:
    with pytest.raises(RngError):
        simulate(bern_model, TEN_YEARS, rng=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["constant", "seasonal", "moving average"])
def test_residuals_of_the_model_give_the_record_back(
    kind: str, bern: Observations, bern_model: SiteModel, bern_seasonal: SiteModel, bern_varma: SiteModel
) -> None:
    model = {"constant": bern_model, "seasonal": bern_seasonal, "moving average": bern_varma}[kind]
    again = run(model, model.times, residuals=model.residuals)
    assert np.allclose(again.data, bern.values[0], rtol=0.0, atol=1e-9)
    assert np.array_equal(again.data[1] > 0.0, bern.values[0, 1] >= 0.1)


def test_residuals_without_noise_of_amounts_draw_it(bern: Observations, bern_model: SiteModel) -> None:
    plain = bern_model.autoregression.residuals
    one, other = (run(bern_model, bern_model.times, seed, residuals=plain).data for seed in (1, 2))
    assert np.array_equal(one[[0, 2]], other[[0, 2]]) and not np.array_equal(one[1], other[1])
    assert np.array_equal(one[1] >= 0.1, bern.values[0, 1] >= 0.1)


def test_residuals_that_do_not_fit(bern_model: SiteModel) -> None:
    with pytest.raises(ScenarioError, match=r"shape \(2, 3652\)"):
        run(bern_model, residuals=bern_model.residuals[:2])
    with pytest.raises(ScenarioError, match="gaps"):
        run(bern_model, residuals=np.where(np.arange(3652) == 7, np.nan, bern_model.residuals))


def test_zero_phases_give_the_record_back_after_a_while(bern_model: SiteModel) -> None:
    """The run-up ends on the last days of the record instead of on nothing; a year later that has been forgotten. The mean
    of the record's scores, which has no phase, is left out."""
    again = run(bern_model, bern_model.times, phase_randomize=True, rphases=np.zeros(3652 // 2 + 1))
    difference = (bern_model.scores() - again.scores)[[0, 2], 366:]
    assert np.allclose(difference, difference[:, :1], rtol=0.0, atol=1e-6)
    assert np.all(np.abs(difference[:, 0]) < 0.03)


@pytest.mark.parametrize("kind", ["constant", "seasonal"])
def test_random_phases_keep_the_moments_of_the_record(kind: str, bern_model: SiteModel, bern_seasonal: SiteModel) -> None:
    """Innovations keep their periodogram exactly, so that moments vary less than those of free simulations do."""
    model = bern_model if kind == "constant" else bern_seasonal
    simulation = run(model, model.times, phase_randomize=True)
    record, made = model.scores(), simulation.scores[[0, 2]]
    assert np.allclose(made.mean(axis=1), 0.0, atol=0.02)
    assert np.allclose(np.cov(made), np.cov(record[[0, 2]]), atol=0.08)


def test_phases_can_be_used_again(bern_model: SiteModel) -> None:
    """Two blocks of 3652 days; the noise of rain amounts is not made of phases."""
    times = daily_times("2001-01-01", 5000)
    first = run(bern_model, times, seed=1, phase_randomize=True)
    again = run(bern_model, times, seed=2, phase_randomize=True, rphases=first.rphases)
    assert first.rphases.shape == (2, 1827)
    assert np.array_equal(first.data[[0, 2]], again.data[[0, 2]])
    assert not np.array_equal(first.data[0], run(bern_model, times, seed=2, phase_randomize=True).data[0])


def test_a_paired_scenario_has_the_same_phases(bern_model: SiteModel) -> None:
    first = run(bern_model, seed=1, phase_randomize=True)
    warmer = run(bern_model, seed=1, phase_randomize=True, rphases=first.rphases, scenario=Scenario.of(BERN, theta_incr=2.0))
    assert np.allclose(warmer.data[0] - first.data[0], 2.0, atol=1e-12)


def test_the_seams_of_blocks_cannot_be_seen(bern_model: SiteModel) -> None:
    """The jump of scores over 30 seams in units of usual jumps: its mean square is 1; beyond 2 by chance once in 5000."""
    times = daily_times("1901-01-01", 3652 * 31)
    scores = run(bern_model, times, phase_randomize=True).scores[[0, 2]]
    jumps = np.diff(scores) / np.diff(scores).std(axis=1, keepdims=True)
    assert np.all(np.mean(jumps[:, 3651::3652] ** 2, axis=1) < 2.2)


def test_kept_periods_are_in_phase_with_the_record(bern_model: SiteModel) -> None:
    """Residuals that keep all periods keep all phases: the record, once the run-up is forgotten."""
    all_kept = run(bern_model, bern_model.times, phase_randomize=True, keep_periods=[(1.0, 1e9)])
    assert not all_kept.rphases.any()
    some = run(bern_model, bern_model.times, phase_randomize=True, keep_periods=[(300.0, 400.0)])
    assert np.flatnonzero(some.rphases[0] == 0.0).tolist() == [0, 10, 11, 12, 1826]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rphases": np.zeros(1827)}, "phase_randomize=True"),
        ({"keep_periods": [(1.0, 2.0)]}, "phase_randomize=True"),
        ({"phase_randomize": True, "rphases": np.zeros(5)}, r"shape \(1, 5\).*\(1, 1827\)"),
        ({"phase_randomize": True, "residuals": np.zeros((3, 3652))}, "phase_randomize and residuals exclude"),
        (
            {"phase_randomize": True, "fixed_variables": {"rh": np.full(3652, 0.5)}},
            "fixed_variables with values and phase_randomize",
        ),
        ({"phase_randomize": True, "rphases": np.zeros(1827), "keep_periods": [(1.0, 2.0)]}, "nothing to choose"),
        ({"fixed_variables": {"hail": np.zeros(3652)}}, "hail"),
        ({"fixed_variables": {"rh": np.zeros(5)}}, r"rh with shape \(5,\)"),
        ({"fixed_variables": dict.fromkeys(("theta", "R", "rh"), np.full(3652, 0.5))}, "nothing to simulate"),
    ],
)
def test_unsupported_combinations_are_refused(options: dict[str, Any], message: str, bern_model: SiteModel) -> None:
    with pytest.raises(ScenarioError, match=message):
        run(bern_model, **options)


def test_a_start_in_july_is_july(bern_seasonal: SiteModel) -> None:
    """July's mean of theta after a start on 1 July, in 200 runs of ten days with a seasonal autoregression."""
    times = daily_times("2030-07-01", 10)
    marginal = bern_seasonal.marginals[0]
    assert isinstance(marginal, Normal)
    made = np.mean([run(bern_seasonal, times, seed).data[0] for seed in range(200)])
    assert abs(made - marginal.mean()[doy_index(times)].mean()) < 4.5 * marginal.scale[185] / np.sqrt(200)


def test_a_seasonal_autoregression_uses_the_row_of_the_day(bern_seasonal: SiteModel) -> None:
    """Driven by nothing but one unit shock, the second day is the first column of the lag matrix of its day of the year."""
    for first_day in ("2030-01-01", "2030-07-01"):
        times = daily_times(first_day, 2)
        model, rows = bern_seasonal.autoregression, doy_index(times)
        shock = np.zeros((3, 2))
        shock[0, 0] = 1.0
        quiet, shocked = (run(bern_seasonal, times, residuals=r).scores for r in (np.zeros((3, 2)), shock))
        assert np.allclose((shocked - quiet)[[0, 2], 1], model.lag_matrices[rows[1], 0, [0, 2], 0], atol=1e-12)


def test_scores_of_every_month_are_standard(bern_seasonal: SiteModel) -> None:
    """A seasonal autoregression over a century: monthly means within 0.13 (4 standard errors of theta, whose memory is
    longest), monthly spreads within 8 % of the year's."""
    simulation = run(bern_seasonal, CENTURY)
    months = month(CENTURY)
    for scores in simulation.scores:
        parts = [scores[months == number] for number in range(12)]
        assert np.abs([part.mean() for part in parts]).max() < 0.13
        assert np.abs(np.array([part.std() for part in parts]) / scores.std() - 1.0).max() < 0.08


# Given variables


def test_given_values_come_back_and_others_follow_them(bern: Observations, bern_model: SiteModel) -> None:
    """The correlation with the given series is that of the model: within 0.06, 3 standard errors of ten years."""
    theta = bern.values[0, 0]
    simulation = run(bern_model, bern_model.times, fixed_variables={"theta": theta})
    assert np.array_equal(simulation.data[0], theta)
    _, covariances = stationary_moments(bern_model.autoregression)
    expected = covariances[0, 0] / np.sqrt(covariances[0, 0, 0] * np.diag(covariances[0]))
    assert np.allclose(np.asarray(np.corrcoef(simulation.scores))[0, 2], expected[2], atol=0.06)
    assert np.allclose(simulation.scores.std(axis=1)[2], np.sqrt(covariances[0, 2, 2]), rtol=0.05)


def test_given_rain_keeps_dry_and_wet_days(bern: Observations, bern_model: SiteModel) -> None:
    rain = bern.values[0, 1]
    simulation = run(bern_model, bern_model.times, fixed_variables={"R": rain})
    assert np.array_equal(simulation.data[1], rain)
    observed, made = (
        (values[rain >= 0.1].mean(), values[rain < 0.1].mean()) for values in (bern.values[0, 2], simulation.data[2])
    )
    assert np.allclose(observed, made, atol=0.02)


# Scenarios


def test_a_neutral_scenario_changes_no_bit(bern_model: SiteModel) -> None:
    for scenario in ((), Scenario.of(BERN), Scenario.of(BERN, theta_incr=np.zeros(12), var_factor=1.0, fixed_variables="R")):
        assert np.array_equal(run(bern_model, scenario=scenario).data, run(bern_model).data)


@pytest.mark.parametrize("kind", ["constant", "seasonal"])
@pytest.mark.parametrize("theta_incr", [2.0, np.arange(12.0) - 4.0])
def test_theta_changes_by_exactly_what_was_asked_in_every_month(
    kind: str, theta_incr: float | np.ndarray, bern_model: SiteModel, bern_seasonal: SiteModel
) -> None:
    model = bern_model if kind == "constant" else bern_seasonal
    changed = run(model, scenario=Scenario.of(BERN, theta_incr=theta_incr))
    assert np.allclose(monthly_changes(changed, run(model), 0), theta_incr, atol=1e-12)
    assert json.loads(changed.scenario) == {"theta_incr": np.broadcast_to(theta_incr, (1, 12)).tolist()}


@pytest.mark.parametrize(("name", "change", "tolerance"), [("rh", -0.05, 0.001), ("R", 0.5, 0.05), ("R", -0.5, 0.05)])
def test_other_primaries_change_by_what_was_asked_in_every_month(
    name: str, change: float, tolerance: float, bern_model: SiteModel, neutral: Simulation
) -> None:
    """Paired with the neutral century; what is left is the sample's deviation from the distribution (2 % of sd for rain)."""
    changed = run(bern_model, CENTURY, scenario=Scenario.of(BERN, theta_incr=change, primary_var=name))
    row = bern_model.variable_names.index(name)
    assert np.allclose(monthly_changes(changed, neutral, row), change, atol=tolerance)


@pytest.mark.parametrize("kind", ["constant", "seasonal"])
def test_others_follow_by_their_regression_on_the_primary(kind: str, bern_model: SiteModel, bern_seasonal: SiteModel) -> None:
    """The response of rh is c_k shift with c_k = cov(z_k, z_j) / var(z_j), an independent estimate: the slope of rh on
    theta in 200 unperturbed years, whose standard error is 0.012."""
    model = bern_model if kind == "constant" else bern_seasonal
    times = daily_times("2001-01-01", 73050)
    free = run(model, times).scores
    changed = run(model, TEN_YEARS, scenario=Scenario.of(BERN, theta_incr=2.0)).scores - run(model, TEN_YEARS).scores
    slope = np.cov(free)[0, 2] / np.cov(free)[0, 0]
    assert abs(changed[2].sum() / changed[0].sum() - slope) < 0.05


def test_a_shift_is_a_driving_of_the_autoregression(bern_model: SiteModel) -> None:
    """Adding c mu to the series is the same as adding (I - A) c mu to the equation of each day."""
    from varwg.models import simulate as simulate_scores

    shift = (run(bern_model, scenario=Scenario.of(BERN, theta_incr=2.0)).scores - run(bern_model).scores)[[0, 2]]
    _, covariances = stationary_moments(bern_model.autoregression)
    moved = regression_weights(covariances, [0])[0] * shift[:1].mean()
    assert isinstance(bern_model.autoregression, VARModel)
    memory = np.eye(3) - bern_model.autoregression.coefficients.sum(axis=0)
    forcing = np.broadcast_to(memory @ moved, (3, 3652))
    free, forced = (
        simulate_scores(bern_model.autoregression, 3652, rng=np.random.default_rng(1), forcing=f) for f in (None, forcing)
    )
    assert np.allclose((forced - free)[:, 2000:], moved, atol=1e-9)
    assert np.allclose(shift.mean(axis=1), moved[[0, 2], 0], rtol=1e-9)


def test_several_primaries_all_reach_what_was_asked(bern_model: SiteModel, neutral: Simulation) -> None:
    scenarios = [
        Scenario.of(BERN, theta_incr=2.0, primary_var="theta"),
        Scenario.of(BERN, theta_incr=-0.04, primary_var="rh"),
    ]
    changed = run(bern_model, CENTURY, scenario=scenarios)
    assert np.allclose(monthly_changes(changed, neutral, 0), 2.0, atol=1e-9)
    assert np.allclose(monthly_changes(changed, neutral, 2), -0.04, atol=0.001)
    assert len(json.loads(changed.scenario)) == 2


def test_a_primary_with_nothing_asked_of_it_stays(bern_model: SiteModel) -> None:
    """Naming rh as a primary and asking for no change is asking for none; R follows theta given that."""
    held = Scenario.of(BERN, primary_var="rh")
    changed = run(bern_model, scenario=[Scenario.of(BERN, theta_incr=2.0, primary_var="theta"), held])
    fixed = run(bern_model, scenario=Scenario.of(BERN, theta_incr=2.0, fixed_variables="rh"))
    assert np.array_equal(changed.data[2], run(bern_model).data[2])
    assert np.array_equal(changed.data, fixed.data)


def test_joint_regression_is_that_of_the_conditional_normal() -> None:
    """Oracle: weights that leave residuals uncorrelated with all predictors."""
    rng = np.random.default_rng(8)
    factor = rng.standard_normal((2, 5, 5))
    covariances = factor @ factor.transpose(0, 2, 1)
    weights = regression_weights(covariances, [3, 1])
    unexplained = covariances[:, :, [3, 1]] - weights @ covariances[:, [3, 1]][:, :, [3, 1]]
    assert np.allclose(unexplained, 0.0, atol=1e-12)
    assert np.array_equal(weights[:, [3, 1]], np.broadcast_to(np.eye(2), (2, 2, 2)))


def test_a_trend_reaches_its_value_at_the_end(bern_model: SiteModel) -> None:
    changed = run(bern_model, scenario=Scenario.of(BERN, theta_grad=3.0))
    change = changed.data[0] - run(bern_model).data[0]
    assert np.allclose(change, np.linspace(0.0, 3.0, 3652), atol=1e-12)


def test_a_signal_is_followed_day_by_day(bern_model: SiteModel) -> None:
    signal = np.random.default_rng(3).normal(0.0, 2.0, 3652)
    changed = run(bern_model, scenario=Scenario.of(BERN, climate_signal=signal))
    assert np.allclose(changed.data[0] - run(bern_model).data[0], signal, atol=1e-12)


def test_a_signal_reaches_rain_in_the_mean(bern_model: SiteModel, neutral: Simulation) -> None:
    """A signal that differs from day to day, over a century: slope of the change on the signal within 7 % of 1."""
    signal = 0.5 + 0.5 * np.sin(np.arange(36525) / 200.0)
    scenario = Scenario.of(BERN, climate_signal=signal, primary_var="R")
    change = run(bern_model, CENTURY, scenario=scenario).data[1] - neutral.data[1]
    assert abs(change @ signal / (signal @ signal) - 1.0) < 0.07


def test_episodes_are_those_of_their_stream(bern_model: SiteModel) -> None:
    """Theta deviates by exactly one series, the same whether rain is perturbed too; rain follows by its own scenario."""
    scenario = Scenario.of(BERN, mean_arrival=10.0, disturbance_std=3.0)
    change = run(bern_model, scenario=scenario).data[0] - run(bern_model).data[0]
    both = run(bern_model, scenario=scenario + Scenario.of(BERN, theta_incr=1.0)).data[0] - run(bern_model).data[0]
    assert np.allclose(both, change + 1.0, atol=1e-12)
    assert 2.0 < change.std() < 4.5 and abs(change.mean()) < 1.0


def test_a_variability_factor_scales_deviations_and_keeps_the_mean(bern_model: SiteModel, neutral: Simulation) -> None:
    changed = run(bern_model, CENTURY, scenario=Scenario.of(BERN, var_factor=1.5))
    centre = bern_model.marginals[0].mean()[doy_index(CENTURY)]
    assert np.allclose(changed.data[0] - centre, 1.5 * (neutral.data[0] - centre), atol=1e-9)


@pytest.mark.parametrize(("name", "tolerance"), [("rh", 0.003), ("R", 0.12)])
def test_a_variability_factor_keeps_the_mean_of_bounded_variables(
    name: str, tolerance: float, bern_model: SiteModel, neutral: Simulation
) -> None:
    """Every month's mean, paired; 4 % of a standard deviation of rh and 2 % of one of rain, the error of a century."""
    row = bern_model.variable_names.index(name)
    changed = run(bern_model, CENTURY, scenario=Scenario.of(BERN, var_factor=0.7, primary_var=name))
    assert np.allclose(monthly_changes(changed, neutral, row), 0.0, atol=tolerance)
    assert changed.data[row].std() < 0.9 * neutral.data[row].std()


def test_a_rain_factor_changes_amounts_only(bern_model: SiteModel, neutral: Simulation) -> None:
    factors = np.linspace(0.8, 1.4, 12)
    changed = run(bern_model, CENTURY, scenario=Scenario.of(BERN, rain_factor=factors))
    assert np.array_equal(changed.data[[0, 2]], neutral.data[[0, 2]])
    assert np.allclose(changed.data[1], neutral.data[1] * factors[month(CENTURY)], rtol=1e-15)


def test_fixed_variables_keep_their_bits_and_others_respond_given_that(bern_model: SiteModel) -> None:
    scenario = Scenario.of(BERN, theta_incr=2.0, fixed_variables="R")
    changed, free = run(bern_model, scenario=scenario), run(bern_model)
    assert np.array_equal(changed.data[1], free.data[1])
    _, covariances = stationary_moments(bern_model.autoregression)
    expected = regression_weights(covariances, [0, 1])[0, 2, 0]
    shifts = changed.scores - free.scores
    assert np.allclose(shifts[2], expected * shifts[0], atol=1e-12)


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        (Scenario.of(("A", "B"), theta_incr=1.0), "2 stations"),
        (Scenario.of(BERN, theta_incr=1.0, primary_var="hail"), "primary_var names 'hail'"),
        (Scenario.of(BERN, theta_incr=1.0, fixed_variables="hail"), "fixed_variables names 'hail'"),
        (Scenario.of(BERN, theta_incr=1.0, fixed_variables="theta"), "theta is the primary variable and fixed too"),
        (Scenario.of(BERN, climate_signal=[1.0, 2.0]), "2 days, but 3652"),
        (Scenario.of(BERN, theta_incr=-50.0, primary_var="R"), r"R at BERN to -\d+"),
        (Scenario.of(BERN, theta_incr=0.9, primary_var="rh"), "rh at BERN to 1"),
    ],
)
def test_scenarios_that_do_not_fit_are_refused(scenario: Scenario, message: str, bern_model: SiteModel) -> None:
    with pytest.raises(ScenarioError, match=message):
        run(bern_model, scenario=scenario)


def test_a_given_variable_cannot_be_changed_too(bern: Observations, bern_model: SiteModel) -> None:
    given = {"theta": bern.values[0, 0]}
    with pytest.raises(ScenarioError, match="theta is the primary variable and fixed too"):
        run(bern_model, fixed_variables=given, scenario=Scenario.of(BERN, theta_incr=1.0))
    with pytest.raises(ScenarioError, match="rain_factor"):
        run(bern_model, fixed_variables={"R": bern.values[0, 1]}, scenario=Scenario.of(BERN, rain_factor=2.0))


def test_no_rain_no_rain_factor() -> None:
    from varwg import VarWG
    from weathercop import example_dataset

    wg = VarWG("theta", example_dataset().sel(station=["BERN"])).fit(p=1, rng=1)
    with pytest.raises(ScenarioError, match="no precipitation"):
        wg.simulate(T=10, rng=1, rain_factor=2.0)


def test_the_days_are_not_changed_by_their_owner(bern_model: SiteModel) -> None:
    times = TEN_YEARS.copy()
    simulation = run(bern_model, times)
    times[:] = np.datetime64("1999-01-01")
    assert np.array_equal(simulation.times, TEN_YEARS) and readonly(simulation.times) is simulation.times
