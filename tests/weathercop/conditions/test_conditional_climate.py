"""Members that meet conditions are those that rejection sampling keeps: not just inside the bounds, but as far as chance goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binomtest, ks_2samp, kstest, norm

from varwg import Request
from weathercop import Multisite
from weathercop.conditions import ConditionError, Conditioning, FunctionBounds, SeasonTerciles, Weather, YearlyBounds

N_DAYS = 365


def sums(wc: Multisite, n_members: int, seed: int, **asked: Any) -> np.ndarray:
    return np.array(
        [
            float(member.sel(station="BERN", variable="R").sum())
            for member in wc.iter_members(n_members, seed=seed, n_days=N_DAYS, progress=False, **asked)
        ]
    )


@pytest.fixture(scope="module")
def plain(example_wc: Multisite) -> np.ndarray:
    """Annual sums of 1200 years without conditions."""
    return sums(example_wc, 1200, seed=1)


@pytest.mark.parametrize("share", [0.15, 0.03])
def test_dry_years_are_as_dry_as_dry_years_are(example_wc: Multisite, plain: np.ndarray, share: float) -> None:
    """Kolmogorov-Smirnov against the plain years below the quantile; false alarms with a probability of 1e-3 each.

    At 15 % all members are found among plain ones; at 3 % some by steps within tighter and tighter bounds.
    """
    upper = float(np.quantile(plain, share))
    dry = YearlyBounds("R", statistic="sum", stations="BERN", upper=upper)
    found = sums(example_wc, 40, seed=2, conditions=Conditioning.of(dry, shortest_period=120.0))
    assert found.max() <= upper * (1.0 + 1e-9)
    assert ks_2samp(found, plain[plain <= upper]).pvalue > 1e-3


@pytest.mark.parametrize(("mixing", "right"), [(40, True), (0, False)])
def test_steps_lead_away_from_where_a_search_ends(
    example_wc: Multisite, plain: np.ndarray, monkeypatch: pytest.MonkeyPatch, mixing: int, right: bool
) -> None:
    """By a search downhill alone, for every member that is too wet; without steps these pile up below the bound.

    All waves slower than 60 days are free: those slower than 120 alone cannot make every year dry enough.
    """
    monkeypatch.setattr("weathercop.conditions._conditioning._PLAIN_SHARE", 0.0)
    monkeypatch.setattr("weathercop.conditions._conditioning._NESTED_SHARE", 0.0)
    upper = float(np.quantile(plain, 0.15))
    dry = YearlyBounds("R", statistic="sum", stations="BERN", upper=upper)
    found = sums(example_wc, 60, seed=3, conditions=Conditioning((dry,), 60.0, 500, mixing))
    assert (ks_2samp(found, plain[plain <= upper]).pvalue > 1e-3) == right


def two_normals(phases: np.ndarray) -> Weather:
    """A realisation of two independent standard normal numbers, sums of the cosines and sines of many phases."""
    values = np.sqrt(2.0 / phases.size) * np.array([np.cos(phases).sum(), np.sin(phases).sum()])
    return Weather(values[None, :, None], np.array(["2001-01-01"], dtype="datetime64[D]"), ("A",), ("x", "y"))


def number(name: str, **bounds: Any) -> FunctionBounds:
    return FunctionBounds(name, lambda values: values.sel(variable=name), **bounds)


def conditioned(n_members: int, conditions: FunctionBounds | list[FunctionBounds], budget: int = 500) -> np.ndarray:
    """Both numbers of members that meet conditions, shape (n, 2)."""
    frequencies = np.arange(1, 401) / 801.0
    found = []
    for seed in range(n_members):
        rng = np.random.default_rng(seed)
        phases = rng.uniform(0.0, 2.0 * np.pi, frequencies.size)
        met = Conditioning.of(conditions, budget=budget).adjust(two_normals, phases, frequencies, rng=rng)
        found.append(two_normals(met.phases).values.ravel())
    return np.array(found)


@pytest.mark.parametrize("share", [1e-2, 1e-3, 1e-4])
def test_rare_climates_are_as_chance_makes_them(share: float) -> None:
    """The tail of a normal number is the known truth, and another number is as it is anyway; two tests at 1e-3 each."""
    found = conditioned(60, number("x", upper=norm.ppf(share)))
    assert kstest(norm.cdf(found[:, 0]) / share, "uniform").pvalue > 1e-3
    assert kstest(found[:, 1], "norm").pvalue > 1e-3


def test_two_rare_conditions_at_once_are_as_chance_makes_them() -> None:
    """The two are independent, so that both tails are known; they meet 9 times in 10 000; two tests at 1e-3 each."""
    found = conditioned(60, [number("x", upper=norm.ppf(0.03)), number("y", lower=norm.ppf(0.97))])
    assert kstest(norm.cdf(found[:, 0]) / 0.03, "uniform").pvalue > 1e-3
    assert kstest(norm.sf(found[:, 1]) / 0.03, "uniform").pvalue > 1e-3


SUMMER = (6, 7, 8)
SHARES = (0.15, 0.25, 0.6)


def summers(member: xr.DataArray) -> float:
    """Mean temperature of June to August over the stations, of one year."""
    return float(member.sel(variable="theta", time=member["time"].dt.month.isin(SUMMER)).mean())


def test_seasons_fall_into_thirds_as_a_forecast_says(example_wc: Multisite) -> None:
    """Counts of 120 members against their shares, three tests at 1e-3; within a third as plain seasons are, three at 1e-3."""
    asked: dict[str, Any] = {"n_days": N_DAYS, "start": "2031-01-01", "progress": False}
    plain = np.array([summers(member) for member in example_wc.iter_members(600, seed=4, **asked)])
    climate = example_wc.simulate_ensemble(300, seed=5, **asked)
    terciles = SeasonTerciles.of(climate, "theta", SUMMER, SHARES)
    limits = terciles.limits
    assert np.searchsorted(np.sort(plain), limits) / plain.size == pytest.approx([1 / 3, 2 / 3], abs=0.1)
    found = np.array([summers(member) for member in example_wc.iter_members(120, seed=6, conditions=terciles, **asked)])
    thirds, plain_thirds = (np.searchsorted(limits, values) for values in (found, plain))
    for third, share in enumerate(SHARES):
        assert binomtest(int((thirds == third).sum()), 120, share).pvalue > 1e-3
        assert ks_2samp(found[thirds == third], plain[plain_thirds == third]).pvalue > 1e-3


def test_a_winter_ends_in_the_year_it_is_named_after_and_has_all_its_days() -> None:
    times = np.arange("2000-11-15", "2003-02-15", dtype="datetime64[D]")
    values = times.astype(float)[None, None]
    winters = SeasonTerciles("theta", months=(12, 1, 2), shares=(0.3, 0.3, 0.4), limits=(0.0, 1.0))
    found = winters.quantities(Weather(values, times, ("A",), ("theta",)))
    assert found.labels == (
        "mean of theta in months 12 to 2 of 2001",
        "mean of theta in months 12 to 2 of 2002",
    )
    inside = (times >= np.datetime64("2001-12-01")) & (times <= np.datetime64("2002-02-28"))
    assert found.values[1] == pytest.approx(values[0, 0, inside].mean())


def test_thirds_are_written_to_scenario_files_and_read_again(example_wc: Multisite) -> None:
    terciles = SeasonTerciles.of(example_wc.observations, "R", (5, 6), SHARES, statistic="sum", stations=("BERN",))
    again = Request.from_toml(Request(conditions=(terciles,)).to_toml())
    first, second = (
        example_wc.simulate(N_DAYS, start="2031-01-01", rng=7, conditions=asked).sim_sea for asked in (terciles, again.conditions)
    )
    np.testing.assert_array_equal(first.values, second.values)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"months": (6, 8)}, "months that follow each other"),
        ({"shares": (0.5, 0.6, 0.1)}, "sum to 1"),
        ({"limits": (2.0, 1.0)}, "the lower one first"),
        ({"statistic": "std"}, "mean or sum"),
    ],
)
def test_thirds_that_are_none_are_refused(change: dict[str, Any], words: str) -> None:
    entries = {"months": SUMMER, "shares": SHARES, "limits": (1.0, 2.0)} | change
    with pytest.raises(ConditionError, match=words):
        SeasonTerciles("theta", **entries)


def test_a_season_that_is_not_simulated_is_missed(example_wc: Multisite) -> None:
    terciles = SeasonTerciles("theta", months=SUMMER, shares=SHARES, limits=(14.0, 16.0))
    with pytest.raises(ConditionError, match="never complete"):
        example_wc.simulate(60, rng=1, start="2031-01-01", conditions=terciles)
    with pytest.raises(ConditionError, match="10 are needed"):
        SeasonTerciles.of(example_wc.simulate(800, rng=1).sim_sea, "theta", SUMMER, SHARES)
