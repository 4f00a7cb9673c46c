"""Scenarios at many sites: what is asked is reached, the others follow as conditional moments say, and nothing else moves.

Most tests use a model whose vine is a multivariate normal with a season and whose marginals are normal, so that all
answers are known; see `test_regional_rain` for others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg import N_DOYS, Request, Variable, daily_times, doy_index
from varwg.errors import ScenarioError
from varwg.marginals import Normal
from varwg.scenarios import Scenario
from varwg.streams import Streams, realization_rng
from weathercop import Multisite, MultisiteModel
from weathercop._latent import LatentSpectrum, RankTables
from weathercop._model import Site
from weathercop._plan import Plan
from weathercop._regional import MemberShift, RegionalScenario
from weathercop._simulation import corrected_scores, realize_together
from weathercop.copulas import SeasonalCopula
from weathercop.vines import CVine

STATIONS = ("A", "B", "C")
NAMES = ("theta", "rh", "U", "sun")
CORRELATION = np.array([[1.0, 0.6, -0.5, 0.2], [0.6, 1.0, -0.3, 0.4], [-0.5, -0.3, 1.0, 0.1], [0.2, 0.4, 0.1, 1.0]])
#: Share of the correlations that each day of the year has.
SEASON = 0.75 + 0.25 * np.cos(2 * np.pi * np.arange(N_DOYS) / N_DOYS)
TIMES = daily_times("2000-01-01", 1461)
DOY = doy_index(TIMES)
MONTHS = TIMES.astype("datetime64[M]").astype(int) % 12


def from_json(text: str) -> tuple[Any, ...]:
    terms = json.loads(text)
    return tuple(Scenario.from_terms(STATIONS, own) for own in (terms if isinstance(terms, list) else [terms]))


def correlations() -> np.ndarray:
    return np.eye(4) + SEASON[:, None, None] * (CORRELATION - np.eye(4))


def normal_vine(order: tuple[int, int, int, int] = (0, 2, 1, 3)) -> CVine:
    """The multivariate normal with the seasonal correlations."""

    def edge(tree: int, position: int) -> SeasonalCopula:
        members = [order[position], order[tree], *order[:tree]]
        precision = np.linalg.inv(correlations()[:, members][:, :, members])
        rho = -precision[:, 0, 1] / np.sqrt(precision[:, 0, 0] * precision[:, 1, 1])
        return SeasonalCopula("gaussian", 0, rho[:, None], seasonal=True)

    return CVine(NAMES, order, tuple(tuple(edge(tree, p) for p in range(tree + 1, 4)) for tree in range(3)))


@pytest.fixture(scope="module")
def model() -> MultisiteModel:
    angle = 2 * np.pi * np.arange(N_DOYS) / N_DOYS
    marginals = tuple(
        tuple(Normal(10.0 * k + s - 5 * np.cos(angle), (1.0 + s + k) * (2 + np.sin(angle))) for k in range(4)) for s in range(3)
    )
    series = np.random.default_rng(1).standard_normal((12, 730))
    return MultisiteModel(
        sites=tuple(Site(name, 50.0, 8.0, 100.0) for name in STATIONS),
        variables=tuple(Variable(name, "1", marginal="normal") for name in NAMES),
        primary=0,
        marginals=marginals,
        vine=normal_vine(),
        spectrum=LatentSpectrum.of(series),
        noisy=(),
        rank_tables=RankTables.identity(3, 4),
        first_day="2000-01-01",
        n_days=730,
        fit_seed="",
    )


@pytest.fixture(scope="module")
def latent() -> np.ndarray:
    return np.random.default_rng(2).standard_normal((3, 4, TIMES.size))


def streams(seed: int = 1) -> Streams:
    return Streams.of(np.random.default_rng(seed))


def simulated(
    model: MultisiteModel, regional: RegionalScenario | MemberShift, latent: np.ndarray, *, signal: np.ndarray | None = None
) -> np.ndarray:
    """Scores of latent series under a scenario, as a simulation makes them."""
    shift = regional if isinstance(regional, MemberShift) else regional.draw(streams(), signal=signal)
    return shift.scores(latent, lambda series: corrected_scores(model, series, DOY), lambda scores: scores)


def of(model: MultisiteModel, *terms: dict[str, Any], **options: Any) -> RegionalScenario:
    return RegionalScenario.of(model, [Scenario.of(model.stations, **own) for own in terms], TIMES, **options)


def by_day(tables: Sequence[Any], what: str = "scale") -> np.ndarray:
    return np.array([getattr(table, what)[DOY] for table in tables])


def scales(model: MultisiteModel, variable: str) -> np.ndarray:
    """Standard deviations (S, T) of a variable."""
    return by_day([row[NAMES.index(variable)] for row in model.marginals])


def conditional_weights(controlled: list[int]) -> np.ndarray:
    """Slopes (T, K, C) of the conditional means of the multivariate normal."""
    matrices = correlations()
    within = np.linalg.inv(matrices[:, controlled][:, :, controlled])
    return (matrices[:, :, controlled] @ within)[DOY]


MONTHLY = np.array([1.0, 0.5, 0, -1, 2, 3, -0.5, 1, 1, 0, 0, 2])


@pytest.mark.parametrize("primary", NAMES)
@pytest.mark.parametrize("theta_incr", [2.0, MONTHLY, np.outer([1.0, 2.0, -1.0], MONTHLY)], ids=["one", "monthly", "both"])
def test_any_primary_reaches_exactly_what_was_asked_on_every_day(
    model: MultisiteModel, latent: np.ndarray, primary: str, theta_incr: float | np.ndarray
) -> None:
    regional = of(model, {"theta_incr": theta_incr, "primary_var": primary})
    change = simulated(model, regional, latent) - simulated(model, of(model), latent)
    asked = np.broadcast_to(theta_incr, (3, 12))[:, MONTHS]
    row = NAMES.index(primary)
    np.testing.assert_allclose(change[:, row] * scales(model, primary), asked, atol=1e-9)


@pytest.mark.parametrize("primary", NAMES)
def test_others_follow_as_the_conditional_mean_says(model: MultisiteModel, latent: np.ndarray, primary: str) -> None:
    """The slopes come from 512 points a day: they are known to 0.005. Through the vine (theta) they are exact."""
    row = NAMES.index(primary)
    regional = of(model, {"theta_incr": 1.0, "primary_var": primary})
    change = simulated(model, regional, latent) - simulated(model, of(model), latent)
    delta = 1.0 / scales(model, primary)
    expected = np.einsum("tk,st->skt", conditional_weights([row])[:, :, 0], delta)
    np.testing.assert_allclose(change, expected, atol=1e-8 if row == 0 else 0.005)


@pytest.mark.parametrize("primaries", [("rh", "sun"), ("theta", "sun"), ("theta", "rh", "U")])
def test_several_primaries_move_by_what_was_asked_and_the_others_by_their_regression_on_all(
    model: MultisiteModel, latent: np.ndarray, primaries: tuple[Any, ...]
) -> None:
    """If the root is among them the vine does its part and regression the rest: together the conditional mean again."""
    asked = np.array([1.0, -0.8, 0.5])[: len(primaries)]
    regional = of(model, *({"theta_incr": a, "primary_var": name} for a, name in zip(asked, primaries, strict=True)))
    change = simulated(model, regional, latent) - simulated(model, of(model), latent)
    rows = [NAMES.index(name) for name in primaries]
    deltas = np.stack([a / scales(model, name) for a, name in zip(asked, primaries, strict=True)], axis=1)
    np.testing.assert_allclose(change[:, rows], deltas, atol=1e-9)
    expected = np.einsum("tkp,spt->skt", conditional_weights(rows), deltas)
    np.testing.assert_allclose(change, expected, atol=0.005)


@pytest.mark.parametrize(
    ("primary", "fixed"),
    [("theta", ("rh",)), ("theta", ("rh", "U")), ("sun", ("rh",)), ("sun", ("rh", "U")), ("sun", ("theta", "rh"))],
)
def test_fixed_variables_keep_their_scores_bit_for_bit_and_count_in_the_regression(
    model: MultisiteModel, latent: np.ndarray, primary: str, fixed: tuple[Any, ...]
) -> None:
    base = simulated(model, of(model), latent)
    warm = simulated(model, of(model, {"theta_incr": 2.0, "primary_var": primary, "fixed_variables": fixed}), latent)
    held = [NAMES.index(name) for name in fixed]
    assert np.array_equal(base[:, held], warm[:, held])
    row = NAMES.index(primary)
    slopes = conditional_weights([row, *held])[:, :, 0]
    expected = np.einsum("tk,st->skt", slopes, 2.0 / scales(model, primary))
    np.testing.assert_allclose(warm - base, expected, atol=0.005)
    assert np.abs(expected[:, [k for k in range(4) if k not in (row, *held)]]).max() > 0.03


def test_a_primary_that_has_nothing_stays_while_others_move(model: MultisiteModel, latent: np.ndarray) -> None:
    base = simulated(model, of(model), latent)
    quiet = simulated(model, of(model, {"theta_incr": 1.0}, {"primary_var": "rh"}), latent)
    named = simulated(model, of(model, {"theta_incr": 1.0, "fixed_variables": "rh"}), latent)
    assert np.array_equal(quiet, named) and np.array_equal(quiet[:, 1], base[:, 1])


@pytest.mark.parametrize("primary", ["theta", "rh"])
def test_a_gradient_and_a_signal_with_a_calendar_arrive_day_by_day(
    model: MultisiteModel, latent: np.ndarray, primary: str
) -> None:
    signal = xr.DataArray(np.sin(np.arange(3000.0)), {"time": daily_times("1999-01-01", 3000)}, ("time",))
    regional = of(model, {"theta_grad": [1.0, 2.0, 3.0], "climate_signal": signal, "primary_var": primary})
    change = simulated(model, regional, latent) - simulated(model, of(model), latent)
    asked = np.outer([1.0, 2.0, 3.0], np.linspace(0, 1, TIMES.size)) + np.sin(np.arange(365.0, 365 + TIMES.size))
    np.testing.assert_allclose(change[:, NAMES.index(primary)] * scales(model, primary), asked, atol=1e-9)


@pytest.mark.parametrize("primary", ["theta", "rh"])
def test_episodes_are_the_same_at_all_stations_and_have_their_size(
    model: MultisiteModel, latent: np.ndarray, primary: str
) -> None:
    """Root mean square of the means of about 160 episodes: within 30 % (5 standard errors, false alarm 1e-6)."""
    regional = of(model, {"mean_arrival": 8.0, "disturbance_std": 1.5, "primary_var": primary})
    change = simulated(model, regional, latent) - simulated(model, of(model), latent)
    episodes = change[:, NAMES.index(primary)] * scales(model, primary)
    np.testing.assert_allclose(episodes - episodes[0], 0.0, atol=1e-9)
    turns = np.flatnonzero(np.diff(np.sign(episodes[0])) != 0) + 1
    means = np.array([part.mean() for part in np.split(episodes[0], turns)])
    assert 8.0 < TIMES.size / means.size < 10.0 + 2.0
    assert np.sqrt(np.mean(means**2)) == pytest.approx(1.5, rel=0.3)


def test_episodes_belong_to_the_member_and_to_their_primary(model: MultisiteModel) -> None:
    one = {"mean_arrival": 8.0, "disturbance_std": 1.0, "primary_var": "rh"}
    other = {"mean_arrival": 8.0, "disturbance_std": 1.0, "primary_var": "U"}
    alone, both = of(model, one), of(model, other, one)
    first = alone.draw(streams(4)).shifts[0]
    assert np.array_equal(alone.draw(streams(4)).shifts[0], first)
    assert not np.array_equal(alone.draw(streams(5)).shifts[0], first)
    together = both.draw(streams(4)).shifts
    assert np.array_equal(together[0], first)
    assert abs(np.corrcoef(together[1, 0] * scales(model, "U")[0], first[0] * scales(model, "rh")[0])[0, 1]) < 0.5


@pytest.mark.parametrize("primary", ["theta", "rh"])
@pytest.mark.parametrize("factor", [0.5, 1.4])
def test_a_factor_of_the_deviations_keeps_the_mean(
    model: MultisiteModel, latent: np.ndarray, primary: str, factor: float
) -> None:
    regional = of(model, {"var_factor": factor, "theta_incr": 1.0, "primary_var": primary})
    base, changed = simulated(model, of(model), latent), simulated(model, regional, latent)
    row = NAMES.index(primary)
    np.testing.assert_allclose(changed[:, row], factor * base[:, row] + 1.0 / scales(model, primary), atol=1e-9)
    slopes = conditional_weights([row])[:, :, 0]
    expected = np.einsum("tk,st->skt", slopes, changed[:, row] - base[:, row])
    np.testing.assert_allclose(changed - base, expected, atol=0.09)


@pytest.mark.parametrize(
    "terms",
    [
        (),
        ({},),
        ({"theta_incr": 0.0},),
        ({"theta_grad": 0.0, "var_factor": 1.0, "rain_factor": np.ones(12)},),
        ({"mean_arrival": 5.0, "disturbance_std": 0.0},),
        ({"climate_signal": np.zeros(TIMES.size)},),
        ({"fixed_variables": "rh"},),
        ({"primary_var": "rh"}, {"primary_var": "sun"}),
    ],
)
def test_a_neutral_scenario_does_nothing_at_all(model: MultisiteModel, terms: tuple[Any, ...]) -> None:
    regional = of(model, *terms)
    calls = []

    def note(name: str, series: np.ndarray) -> np.ndarray:
        calls.append(name)
        return series

    latent = np.arange(12.0).reshape(3, 4, 1)
    assert regional.neutral
    assert regional.draw(streams()).scores(latent, partial(note, "dependent"), partial(note, "noisy")) is latent
    assert calls == ["dependent", "noisy"]
    values = np.ones((3, 4, TIMES.size))
    regional.scale_rain(values)
    assert (values == 1.0).all()
    assert regional.to_json() == Scenario.of(STATIONS).to_json()


def test_none_is_neutral_and_one_scenario_needs_no_list(model: MultisiteModel) -> None:
    assert RegionalScenario.of(model, None, TIMES).neutral
    assert RegionalScenario.of(model, Scenario.of(STATIONS, theta_incr=1.0), TIMES).moved[0].variable == 0


def test_the_root_is_shifted_before_the_vine_and_nothing_else_is_done(model: MultisiteModel, latent: np.ndarray) -> None:
    """The scores of a scenario for the root alone are those of its shifted series, bit for bit."""
    increments = np.outer([1.0, 2.0, 3.0], MONTHLY)
    shifted = latent.copy()
    shifted[:, 0] += increments[:, MONTHS] / scales(model, "theta")
    scores = simulated(model, of(model, {"theta_incr": increments}), latent)
    assert np.array_equal(scores, corrected_scores(model, shifted, DOY))


def test_arguments_stay_as_they_are(model: MultisiteModel, latent: np.ndarray) -> None:
    before = latent.copy()
    for terms in ({"theta_incr": 1.0, "fixed_variables": "rh"}, {"theta_incr": 1.0, "primary_var": "rh"}):
        simulated(model, of(model, terms), latent)
    assert np.array_equal(latent, before)


@pytest.mark.parametrize(
    "terms",
    [
        ({"theta_incr": 1.0},),
        ({"theta_incr": 1.0, "fixed_variables": "rh"},),
        ({"theta_incr": 1.0, "primary_var": "rh", "mean_arrival": 5.0, "disturbance_std": 1.0}, {"theta_grad": 1.0}),
    ],
)
def test_stacked_members_are_the_same_bits_as_single_ones(model: MultisiteModel, terms: tuple[Any, ...]) -> None:
    regional = of(model, *terms)
    several = np.random.default_rng(6).standard_normal((5, 3, 4, TIMES.size))
    members = [regional.draw(streams(seed)) for seed in range(5)]
    alone = np.array([simulated(model, member, series) for member, series in zip(members, several, strict=True)])
    assert np.array_equal(simulated(model, MemberShift.stack(members), several), alone)


def test_texts_tell_scenarios_apart_and_rebuild_them(model: MultisiteModel) -> None:
    assert of(model, {"theta_incr": 2.0}).to_json() == Scenario.of(STATIONS, theta_incr=2.0).to_json()
    assert of(model, {"theta_incr": 2.0, "primary_var": "theta"}).to_json() == of(model, {"theta_incr": 2.0}).to_json()
    one, other = {"theta_incr": 1.0, "primary_var": "sun"}, {"theta_grad": 2.0, "fixed_variables": ("rh",)}
    text = of(model, one, other).to_json()
    assert text == of(model, other, one).to_json() != of(model, other).to_json()
    assert [list(terms) for terms in json.loads(text)] == [
        ["fixed_variables", "theta_grad", "theta_incr"],
        ["primary_var", "theta_incr"],
    ]
    assert RegionalScenario.of(model, from_json(text), TIMES).to_json() == text
    for terms in (
        (one,),
        (one, {"primary_var": "theta"}),
        (one, {"primary_var": "theta", "mean_arrival": 3, "disturbance_std": 1}),
    ):
        regional = of(model, *terms)
        again = RegionalScenario.of(model, from_json(regional.to_json()), TIMES)
        assert again.to_json() == regional.to_json() and (again.fixed, again.controlled) == (regional.fixed, regional.controlled)


def test_scenarios_for_one_primary_are_added(model: MultisiteModel, latent: np.ndarray) -> None:
    added = of(model, {"theta_incr": 1.0}, {"theta_incr": 2.0, "primary_var": "theta"})
    assert added.to_json() == of(model, {"theta_incr": 3.0}).to_json()


def test_a_signal_of_the_member_moves_its_variable_on_its_days(model: MultisiteModel, latent: np.ndarray) -> None:
    signal = np.zeros((3, TIMES.size))
    signal[1, 200:210] = 4.0
    for primary, options in (("theta", ()), ("rh", ()), ("theta", ({"theta_incr": 1.0},))):
        regional = of(model, *options, signal_for=primary)
        base = simulated(model, regional, latent)
        change = simulated(model, regional, latent, signal=signal) - base
        np.testing.assert_allclose(change[:, NAMES.index(primary)] * scales(model, primary), signal, atol=1e-9)
        assert not change[:, :, :200].any() and not change[[0, 2]].any() and change[1, :, 205].all()
    assert np.array_equal(simulated(model, of(model, signal_for="theta"), latent), simulated(model, of(model), latent))


@pytest.mark.parametrize(("primary", "fixed", "own"), [("theta", (), "rh"), ("sun", ("U",), "rh"), ("sun", (), "theta")])
def test_a_signal_for_a_variable_that_follows_others_comes_on_top(
    model: MultisiteModel, latent: np.ndarray, primary: str, fixed: tuple[Any, ...], own: str
) -> None:
    signal = np.zeros((3, TIMES.size))
    signal[1, 200:210] = 4.0
    scenario = {"theta_incr": 1.0, "primary_var": primary, "fixed_variables": fixed}
    base, regional = simulated(model, of(model, scenario), latent), of(model, scenario, signal_for=own)
    assert np.array_equal(simulated(model, regional, latent), base)
    change = simulated(model, regional, latent, signal=signal) - base
    row, bound = NAMES.index(own), [NAMES.index(name) for name in (primary, *fixed)]
    delta = signal / scales(model, own)
    assert not change[:, bound].any() and np.allclose(change[:, row], delta)
    expected = np.einsum("tk,st->skt", conditional_weights([row, *bound])[:, :, 0], delta)
    np.testing.assert_allclose(change, expected, atol=0.01)
    together = MemberShift.stack([regional.draw(streams(), signal=s) for s in (signal, 2 * signal)])
    alone = simulated(model, regional, latent, signal=signal)
    assert np.array_equal(simulated(model, together, np.array([latent, latent]))[0], alone)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (({"theta_incr": 1.0, "primary_var": "snow"},), "primary_var names 'snow'"),
        (({"primary_var": "snow"},), "primary_var names 'snow'"),
        (({"theta_incr": 1.0, "fixed_variables": ("rh", "snow")},), "fixed_variables names 'snow'"),
        (({"theta_incr": 1.0, "fixed_variables": "theta"},), "theta is the primary variable and fixed too"),
        (({"theta_incr": 1.0, "primary_var": "rh"}, {"fixed_variables": "rh"}), "rh is the primary variable and fixed too"),
        (({"rain_factor": 1.1},), "no precipitation"),
        (({"climate_signal": np.ones(10)},), "climate_signal has 10 days"),
        (({"climate_signal": np.ones(10), "signal_start": "1990-01-01"},), "climate_signal has the days"),
        (({"mean_arrival": 5.0, "disturbance_std": 1.0}, {"mean_arrival": 6.0, "disturbance_std": 1.0}), "both .* episodes"),
    ],
)
def test_what_cannot_be_done_is_refused_beforehand(model: MultisiteModel, terms: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        of(model, *terms)


def test_scenarios_for_other_stations_and_signals_out_of_place_are_refused(model: MultisiteModel) -> None:
    with pytest.raises(ScenarioError, match="made for 2 stations, but the model has 3"):
        RegionalScenario.of(model, Scenario.of(("A", "B"), theta_incr=1.0), TIMES)
    with pytest.raises(ScenarioError, match="signal_for"):
        of(model).draw(streams(), signal=np.zeros((3, TIMES.size)))
    with pytest.raises(ScenarioError, match="signal_for names 'snow'"):
        of(model, signal_for="snow")
    with pytest.raises(ScenarioError, match="rh is the primary variable and fixed too"):
        of(model, {"theta_incr": 1.0, "fixed_variables": "rh"}, signal_for="rh")
    with pytest.raises(ScenarioError, match="stations"):
        Scenario.of(STATIONS, theta_incr={"A": 1.0})


@pytest.fixture(scope="module")
def unreported(model: MultisiteModel) -> MultisiteModel:
    """B does not report rh."""
    rows = [list(row) for row in model.marginals]
    rows[1][1] = None
    return replace(model, marginals=tuple(map(tuple, rows)))


def test_a_station_without_the_primary_goes_with_the_region(unreported: MultisiteModel, latent: np.ndarray) -> None:
    change = simulated(unreported, of(unreported, {"theta_incr": 1.0, "primary_var": "rh"}), latent) - simulated(
        unreported, of(unreported), latent
    )
    np.testing.assert_allclose(change[1, 1], (change[0, 1] + change[2, 1]) / 2, atol=1e-12)
    assert np.abs(change[1, 0]).mean() > 0.05


def test_a_station_without_the_primary_cannot_have_a_change_of_its_own(unreported: MultisiteModel, model: MultisiteModel) -> None:
    with pytest.raises(ScenarioError, match="rh is not reported at B"):
        of(unreported, {"theta_incr": [1.0, 2.0, 3.0], "primary_var": "rh"})
    nowhere = replace(model, marginals=tuple((row[0], None, *row[2:]) for row in model.marginals))
    with pytest.raises(ScenarioError, match="not reported at any station"):
        of(nowhere, {"theta_incr": 1.0, "primary_var": "rh"})


def test_real_data_reach_their_change_and_keep_the_variance_of_years(europe: xr.Dataset, europe_wc: Multisite) -> None:
    """Twelve paired members of ten years at four stations.

    The standard deviation of means of any 365 days hardly differs between members and is calibrated: 15 % are a wide margin.
    Means from January to December are as far from it as the phases of ten years are by accident, in theta by a factor of 0.7:
    one in seven members has years that are more alike, and none is made to have. That of changes of monthly means of rain, which
    are paired, is below 0.05 mm: five standard errors.
    """
    model = europe_wc.model
    times, theta, rain = model.times, *(model.variable_names.index(name) for name in ("theta", "R"))

    def values(*terms: dict[str, Any]) -> np.ndarray:
        plan = Plan.of(model, Request(scenario=[Scenario.of(model.stations, **own) for own in terms]))
        rngs = [realization_rng(number, seed=3) for number in range(12)]
        return np.array([realization.values for realization in realize_together(model, plan, rngs=rngs)])

    def sd_of_years(series: np.ndarray) -> np.ndarray:
        sums, days = (np.cumsum(part, axis=-1) for part in (np.nan_to_num(series), np.isfinite(series)))
        means = (sums[..., 365:] - sums[..., :-365]) / (days[..., 365:] - days[..., :-365])
        return np.asarray(means.std(axis=-1))

    base = values()
    observed = sd_of_years(np.stack([europe[name].transpose("station", "time").values for name in ("theta", "R")], axis=1))
    both = values({"theta_incr": 2.0}, {"theta_incr": MONTHLY / 4, "primary_var": "R"})
    np.testing.assert_allclose((both - base)[:, :, theta], 2.0, atol=1e-9)
    months = times.astype("datetime64[M]").astype(int) % 12
    reached = [(both - base)[:, :, rain, months == month].mean(axis=(0, 2)) for month in range(12)]
    np.testing.assert_allclose(np.transpose(reached), np.broadcast_to(MONTHLY / 4, (4, 12)), atol=0.25)
    np.testing.assert_allclose(np.mean(reached, axis=1), MONTHLY / 4, atol=0.1)
    for weather, lowest, highest in ((base, 0.85, 1.15), (both, 0.85, 1.25)):
        ratios = (sd_of_years(weather)[:, :, [theta, rain]].mean(axis=0) / observed).mean(axis=0)
        assert (ratios > lowest).all() and (ratios < highest).all()
