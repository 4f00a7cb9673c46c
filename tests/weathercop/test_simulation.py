"""The pure function: calendars, scenarios, phases, and what it must not touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg import Simulation
from varwg.errors import DataError, RngError, ScenarioError
from varwg.streams import RngLike
from weathercop import Multisite, MultisiteModel


def draw(wc: weathercop.Multisite, seed: int = 2, **options: Any) -> Simulation:
    return wc.simulate(rng=np.random.default_rng(seed), **options)


def test_the_result_is_labelled(example_wc: Multisite) -> None:
    result = draw(example_wc)
    assert isinstance(result, Simulation)
    sim_sea, sim_trans, rphases = result
    assert sim_sea.dims == sim_trans.dims == ("station", "variable", "time")
    assert list(sim_sea.station.values) == list(example_wc.model.stations)
    assert sim_sea.sel(variable="theta").units.item() == "degC"
    assert rphases.dims == ("frequency",)
    assert np.isfinite(sim_sea).all() and np.isfinite(sim_trans).all()


def test_equal_generators_give_the_same_bits_and_others_other_weather(example_wc: Multisite) -> None:
    first, again, other = (draw(example_wc, seed).sim_sea.values for seed in (2, 2, 3))
    assert np.array_equal(first, again)
    assert not np.any(first[:, 0] == other[:, 0])


def test_one_generator_gives_new_weather_at_every_call(example_wc: Multisite) -> None:
    rng = np.random.default_rng(2)
    first, second = (example_wc.simulate(rng=rng).sim_sea.values for _ in range(2))
    assert np.array_equal(first, draw(example_wc, 2).sim_sea.values)
    assert not np.any(first[:, 0] == second[:, 0])


@pytest.mark.parametrize("make", [lambda: 5, lambda: np.random.SeedSequence(5), lambda: np.random.PCG64(5)])
def test_the_front_door_takes_what_seeds_a_generator(example_wc: Multisite, make: Callable[[], RngLike]) -> None:
    assert np.array_equal(example_wc.simulate(rng=make()).sim_sea.values, draw(example_wc, 5).sim_sea.values)


def test_the_pure_function_takes_a_generator_alone(example_model: MultisiteModel) -> None:
    with pytest.raises(RngError, match=r"numpy\.random\.default_rng\(5\)"):
        weathercop.simulate(example_model, rng=5)  # type: ignore[arg-type]


def test_the_class_adds_nothing_to_the_pure_function(example_wc: Multisite) -> None:
    pure = weathercop.simulate(example_wc.model, rng=np.random.default_rng(2), theta_incr=1.0)
    assert np.array_equal(pure.sim_sea.values, draw(example_wc, theta_incr=1.0).sim_sea.values)


@pytest.mark.parametrize(
    ("options", "first", "n_days"),
    [
        ({"start": "2030-07-01", "n_days": 400}, "2030-07-01", 400),
        ({"start": "2031-01-01"}, "2031-01-01", None),
        ({"n_days": 7}, None, 7),
        ({"sim_times": np.datetime64("2000-02-27") + np.arange(5)}, "2000-02-27", 5),
        ({"sim_times": ["2001-01-01", "2001-01-02"]}, "2001-01-01", 2),
    ],
)
def test_calendars(example_wc: Multisite, options: dict[str, Any], first: str | None, n_days: int | None) -> None:
    times = draw(example_wc, **options).sim_sea.time.values.astype("datetime64[D]")
    assert str(times[0]) == (first or example_wc.model.first_day)
    assert times.size == (n_days or example_wc.model.n_days)
    assert np.all(np.diff(times).astype(int) == 1)


@pytest.mark.parametrize(
    "options",
    [
        {"sim_times": ["2001-01-01", "2001-01-03"]},
        {"sim_times": []},
        {"sim_times": ["2001-01-01"], "n_days": 1},
        {"sim_times": ["yesterday"]},
        {"start": "soon"},
        {"n_days": 0},
    ],
)
def test_calendars_that_are_none(example_wc: Multisite, options: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        draw(example_wc, **options)


def test_a_summer_start_brings_summer_weather(example_wc: Multisite) -> None:
    """July is warmer than the year by more than a standard deviation of its daily values, at every station."""
    year = draw(example_wc, start="2021-01-01", n_days=3650).sim_sea.sel(variable="theta")
    july = draw(example_wc, start="2021-07-01", n_days=31).sim_sea.sel(variable="theta")
    assert np.all(july.mean("time") > year.mean("time") + july.std("time"))


def test_29_february_is_simulated(example_wc: Multisite) -> None:
    result = draw(example_wc, start="2024-02-28", n_days=3).sim_sea
    assert str(result.time.values[1])[:10] == "2024-02-29"
    assert np.isfinite(result).all()


@pytest.mark.parametrize("theta_incr", [2.0, [1.0, 2.0, 3.0], np.linspace(-1, 3, 12), np.arange(36.0).reshape(3, 12) / 10])
def test_the_primary_moves_by_exactly_what_was_asked_on_every_day(
    example_wc: Multisite, theta_incr: float | list[float] | np.ndarray
) -> None:
    base, warm = draw(example_wc).sim_sea, draw(example_wc, theta_incr=theta_incr).sim_sea
    change = (warm - base).sel(variable="theta").values
    values = np.asarray(theta_incr, dtype=float)
    months = base.time.dt.month.values - 1
    by_month = values if values.ndim == 2 else values[None, :] if values.size == 12 else np.repeat(values.reshape(-1, 1), 12, 1)
    assert np.allclose(change, np.broadcast_to(by_month, (3, 12))[:, months], atol=1e-10)


def test_the_others_follow_the_primary(example_wc: Multisite) -> None:
    """Warmer means other radiation or humidity, through the vine alone: the scores of the primary's partners move."""
    base, warm = draw(example_wc), draw(example_wc, theta_incr=3.0)
    moved = abs((warm.sim_trans - base.sim_trans).mean("time"))
    assert np.all(moved.sel(variable="theta") > 0.2)
    assert float(moved.max("station").drop_sel(variable="theta").max()) > 0.05


@pytest.mark.parametrize("theta_incr", [None, 0.0, [0.0, 0.0, 0.0], np.zeros(12)])
def test_a_neutral_scenario_changes_no_bit(example_wc: Multisite, theta_incr: Any) -> None:
    assert np.array_equal(draw(example_wc, theta_incr=theta_incr).sim_sea.values, draw(example_wc).sim_sea.values)


def test_phases_make_a_paired_scenario(example_wc: Multisite) -> None:
    base = draw(example_wc)
    paired = draw(example_wc, seed=99, rphases=base.rphases)
    assert np.array_equal(paired.sim_sea.values, base.sim_sea.values)
    warm = draw(example_wc, seed=98, rphases=base.rphases, theta_incr=2.0)
    assert np.allclose((warm.sim_sea - base.sim_sea).sel(variable="theta"), 2.0)


@pytest.mark.parametrize("rphases", [np.zeros(3), np.full(1827, np.nan), np.zeros((2, 2))])
def test_phases_that_do_not_fit(example_wc: Multisite, rphases: np.ndarray) -> None:
    with pytest.raises(ScenarioError, match="rphases"):
        draw(example_wc, rphases=rphases)


def test_a_bystander_and_numpys_global_state_are_untouched(example_wc: Multisite) -> None:
    state, bystander = np.random.get_state(legacy=False)["state"], np.random.default_rng(4)  # noqa: NPY002
    draw(example_wc)
    example_wc.simulate_ensemble(2, seed=1)
    after = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
    assert np.array_equal(after["key"], state["key"]) and after["pos"] == state["pos"]
    assert bystander.random() == np.random.default_rng(4).random()


def test_without_rng_entropy_is_fresh_and_recorded(example_wc: Multisite) -> None:
    from varwg._provenance import Provenance

    first, second = example_wc.simulate(), example_wc.simulate()
    assert not np.any(first.sim_sea.values[:, 0] == second.sim_sea.values[:, 0])
    again = example_wc.simulate(rng=Provenance.from_attributes(first.sim_sea.attrs).generator())
    xr.testing.assert_identical(first.sim_sea, again.sim_sea)


def test_a_used_generator_is_recorded_with_its_state(example_wc: Multisite) -> None:
    from varwg._provenance import Provenance

    rng = np.random.default_rng(8)
    rng.random(13)
    first = example_wc.simulate(rng=rng)
    again = example_wc.simulate(rng=Provenance.from_attributes(first.sim_sea.attrs).generator())
    assert np.array_equal(first.sim_sea.values, again.sim_sea.values)
