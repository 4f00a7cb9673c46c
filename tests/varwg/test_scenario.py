"""Scenarios: shapes of what is asked, and the shift of scores that reaches it."""

import numpy as np
import pytest

from varwg.calendar import N_DOYS
from varwg.errors import ScenarioError
from varwg.marginals.normal import Normal
from varwg.scenario import Scenario, score_shift

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
def test_increments_per_station_and_month(theta_incr, expected):
    assert np.array_equal(Scenario.of(STATIONS, theta_incr=theta_incr).theta_incr, expected)


@pytest.mark.parametrize("theta_incr", [[1.0, 2.0], np.zeros((12, 3)), "warm", [None], {"A": 1.0}, np.nan, [1.0, np.inf, 0.0]])
def test_what_fits_nothing_is_refused(theta_incr):
    with pytest.raises(ScenarioError, match="theta_incr"):
        Scenario.of(STATIONS, theta_incr=theta_incr)


def test_twelve_values_for_twelve_stations_are_ambiguous():
    with pytest.raises(ScenarioError, match="stations or months"):
        Scenario.of(tuple("ABCDEFGHIJKL"), theta_incr=np.arange(12.0))


def test_a_month_has_one_increment_on_all_its_days():
    daily = Scenario.of(("A",), theta_incr=np.arange(12.0)).daily_increments()
    assert daily.shape == (1, N_DOYS)
    assert daily[0, 30] == 0 and daily[0, 31] == 1 and daily[0, 59] == 1 and daily[0, 60] == 2 and daily[0, 365] == 11


def test_neutral():
    assert Scenario.of(STATIONS).neutral
    assert Scenario.of(STATIONS, theta_incr=0.0).neutral
    assert not Scenario.of(STATIONS, theta_incr=[0.0, 0.0, 1e-9]).neutral


def test_the_normal_shift_is_closed():
    marginal = Normal(np.linspace(-3, 20, N_DOYS), np.linspace(1, 4, N_DOYS))
    shift = score_shift(marginal, np.full(N_DOYS, 2.0), variable="theta", station="A")
    assert np.allclose(shift, 2.0 / marginal.scale, rtol=1e-15)


class Lognormal(Normal):
    """exp(location + scale z): its mean after a shift is known in closed form."""

    def from_scores(self, scores, doy):
        return np.exp(super().from_scores(scores, doy))


def test_the_solved_shift_reaches_the_mean_of_a_lognormal():
    marginal = Lognormal(np.linspace(0, 1, N_DOYS), np.linspace(0.2, 0.8, N_DOYS))
    mean = np.exp(marginal.location + marginal.scale**2 / 2)
    shift = _solved(marginal, 0.1 * mean)
    assert np.allclose(shift, np.log(1.1) / marginal.scale, atol=2e-4)


def test_no_increment_no_shift():
    marginal = Lognormal(np.zeros(N_DOYS), np.ones(N_DOYS))
    assert np.array_equal(_solved(marginal, np.zeros(N_DOYS)), np.zeros(N_DOYS))


class Bounded(Normal):
    """A variable within (0, 1)."""

    def from_scores(self, scores, doy):
        return 1 / (1 + np.exp(-super().from_scores(scores, doy)))


def test_a_mean_beyond_the_bounds_is_refused():
    marginal = Bounded(np.zeros(N_DOYS), np.ones(N_DOYS))
    with pytest.raises(ScenarioError, match=r"rh at KASSEL to 1\.1"):
        score_shift(marginal, np.full(N_DOYS, 0.6), variable="rh", station="KASSEL")


def _solved(marginal, increments):
    from varwg.scenario import _solve_shift

    return _solve_shift(marginal, increments, "x", "A")
