"""Shifts of the scores of one primary: tables of means undo themselves and agree with those of the single site."""

from __future__ import annotations

import numpy as np
import pytest

from varwg import daily_times, doy_index
from varwg.scenarios import Scenario, daily_score_shift
from varwg.streams import Streams
from weathercop import MultisiteModel
from weathercop._primary_shift import PrimaryShift, ShiftTable

TIMES = daily_times("2004-01-01", 731)
DOY = doy_index(TIMES)


def streams() -> Streams:
    return Streams.of(np.random.default_rng(5))


@pytest.mark.parametrize(("variable", "size"), [("R", 0.4), ("rh", 0.03), ("U", 0.5)])
@pytest.mark.parametrize("factor", [1.0, 1.2])
def test_tables_agree_with_the_shifts_of_daily_changes(
    example_model: MultisiteModel, variable: str, size: float, factor: float
) -> None:
    """Shifts between those tabulated are interpolated, in both: they agree to a hundredth."""
    marginal = example_model.marginals[0][example_model.variable_names.index(variable)]
    assert marginal is not None
    changes = size * np.sin(np.arange(DOY.size))
    expected = daily_score_shift(marginal, changes, DOY, variable=variable, station="", factor=factor)
    np.testing.assert_allclose(ShiftTable.of(marginal, factor).shift(changes, DOY), expected, atol=0.01)


def test_tables_end_at_the_bounds(example_model: MultisiteModel) -> None:
    """However much is asked, relative humidity stays below its bound: the largest shift is made, and no larger one."""
    marginal = example_model.marginals[0][example_model.variable_names.index("rh")]
    assert marginal is not None
    table = ShiftTable.of(marginal, 1.0)
    lowest, highest = table.reach(DOY)
    assert (table.shift(np.full(DOY.size, 10.0), DOY) == table.shifts[-1]).all()
    assert (table.shift(np.full(DOY.size, -10.0), DOY) == table.shifts[0]).all()
    assert (lowest < -0.3).all() and (highest > 0.0).all() and (highest < 0.5).all()


@pytest.mark.parametrize("variable", ["theta", "rh"])
def test_episodes_come_on_top_of_what_all_members_share(example_model: MultisiteModel, variable: str) -> None:
    row = example_model.variable_names.index(variable)
    shared = Scenario.of(example_model.stations, theta_incr=0.01)
    both = Scenario.of(example_model.stations, theta_incr=0.01, mean_arrival=6.0, disturbance_std=0.01)
    plain, episodic = (PrimaryShift.of(example_model, scenario, row, TIMES) for scenario in (shared, both))
    assert np.array_equal(plain.shift, episodic.shift) and plain.draw(streams()) is plain.shift
    drawn = episodic.draw(streams())
    asked = both.increments_on(TIMES, streams=Streams(streams().seed("scenario", variable)))
    for station in range(3):
        marginal = example_model.marginals[station][row]
        assert marginal is not None
        expected = daily_score_shift(marginal, asked[station], DOY, variable=variable, station="")
        np.testing.assert_allclose(drawn[station], expected, atol=0.01)
