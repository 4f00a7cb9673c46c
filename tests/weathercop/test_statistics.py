"""Members of an ensemble against the observations they were fitted to, on four European stations.

Everything is deterministic (seeds 1 and 7), so these tests have no false alarms of their own; the tolerances are those
that users may expect, and the figures reached are several times smaller (tools/benchmarks/fidelity.py prints them).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import xarray as xr

from weathercop import Multisite

N_MEMBERS = 20


@pytest.fixture(scope="module")
def ensemble(europe_wc: Multisite) -> xr.DataArray:
    return europe_wc.simulate_ensemble(N_MEMBERS, seed=7, n_workers=2)


@pytest.fixture(scope="module")
def observed(europe: xr.Dataset, europe_wc: Multisite) -> tuple[np.ndarray, np.ndarray]:
    return europe_wc.observations.values, europe_wc.observations.times


def monthly(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Mean of each month, along the last axis."""
    months = times.astype("datetime64[M]").astype(int) % 12
    return np.stack([values[..., months == m].mean(axis=-1) for m in range(12)], axis=-1)


def anomalies(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Differences from the mean of each calendar month."""
    months = times.astype("datetime64[M]").astype(int) % 12
    return np.asarray(values - monthly(values, times)[..., months])


def correlation_of_stations(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Correlation of anomalies for every pair of stations; values (S, T)."""
    matrix = np.asarray(np.corrcoef(anomalies(values, times)))
    return matrix[np.triu_indices(len(values), 1)]


def over_members(statistic: Callable[..., Any], ensemble: xr.DataArray, variable: str) -> np.ndarray:
    times = ensemble.time.values
    return np.asarray(np.mean([statistic(member.values, times) for member in ensemble.sel(variable=variable)], axis=0))


def of(observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray, variable: str) -> tuple[np.ndarray, np.ndarray]:
    values, times = observed
    return values[:, list(ensemble["variable"].values).index(variable)], times


def test_theta_means(observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray) -> None:
    values, times = of(observed, ensemble, "theta")
    sd = values.std(axis=1)
    mean = over_members(lambda v, t: v.mean(axis=1), ensemble, "theta")
    by_month = over_members(monthly, ensemble, "theta")
    assert np.all(np.abs(mean - values.mean(axis=1)) < 0.05 * sd)
    assert np.all(np.abs(by_month - monthly(values, times)) < 0.1 * sd[:, None])


def test_wet_fraction(observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray) -> None:
    values, _ = of(observed, ensemble, "R")
    simulated = over_members(lambda v, t: (v >= 1).mean(axis=1), ensemble, "R")
    assert np.all(np.abs(simulated - (values >= 1).mean(axis=1)) < 0.015)


def test_rain_by_month(observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray) -> None:
    values, times = of(observed, ensemble, "R")
    simulated = over_members(monthly, ensemble, "R")
    assert np.all(np.abs(simulated / monthly(values, times) - 1) < 0.1)


@pytest.mark.parametrize(("variable", "tolerance"), [("theta", 0.03), ("R", 0.05), ("rh", 0.05), ("sun", 0.05)])
def test_correlation_between_stations(
    observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray, variable: str, tolerance: float
) -> None:
    values, times = of(observed, ensemble, variable)
    simulated = over_members(correlation_of_stations, ensemble, variable)
    assert np.all(np.abs(simulated - correlation_of_stations(values, times)) < tolerance)


def test_rank_correlation_between_variables(observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray) -> None:
    from scipy import stats

    values, _ = observed
    for station, (i, j) in ((s, pair) for s in range(4) for pair in combinations(range(4), 2)):
        expected = stats.spearmanr(values[station, i], values[station, j])[0]
        found = np.mean([stats.spearmanr(m[station, i], m[station, j])[0] for m in ensemble.values])
        assert found == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("variable", ["theta", "rh", "sun"])
def test_standard_deviations(observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray, variable: str) -> None:
    values, _ = of(observed, ensemble, variable)
    simulated = over_members(lambda v, t: v.std(axis=1), ensemble, variable)
    assert np.all(np.abs(simulated / values.std(axis=1) - 1) < 0.05)


def test_standard_deviation_of_rain(observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray) -> None:
    """One flood (158 mm at Dresden) decides that of a record, but not the tail: two errors of years drawn with replacement."""
    values, times = of(observed, ensemble, "R")
    numbers = times.astype("datetime64[Y]").astype(int)
    years = [values[:, numbers == number] for number in np.unique(numbers) if (numbers == number).sum() >= 365]
    draws = np.random.default_rng(1).integers(0, len(years), (200, len(years)))
    errors = np.std([np.concatenate([years[year] for year in draw], axis=1).std(axis=1) for draw in draws], axis=0)
    simulated = over_members(lambda v, t: v.std(axis=1), ensemble, "R")
    assert np.all(np.abs(simulated - values.std(axis=1)) < 2 * errors)


@pytest.mark.parametrize("variable", ["theta", "R", "rh", "sun"])
def test_memory_from_day_to_day(observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray, variable: str) -> None:
    def lag1(values: np.ndarray, times: np.ndarray) -> np.ndarray:
        x = anomalies(values, times)
        return np.array([np.corrcoef(row[1:], row[:-1])[0, 1] for row in x])

    simulated = over_members(lag1, ensemble, variable)
    assert np.all(np.abs(simulated - lag1(*of(observed, ensemble, variable))) < 0.05)


def test_wet_and_dry_spells(observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray) -> None:
    def transitions(values: np.ndarray, times: np.ndarray) -> np.ndarray:
        wet = values >= 1
        return np.array([[w[1:][w[:-1]].mean(), w[1:][~w[:-1]].mean()] for w in wet])

    simulated = over_members(transitions, ensemble, "R")
    assert np.all(np.abs(simulated - transitions(*of(observed, ensemble, "R"))) < 0.04)


def test_two_degrees_arrive_in_every_month_and_member(europe_wc: Multisite) -> None:
    for seed in (2, 3):
        base, warm = (europe_wc.simulate(rng=seed, theta_incr=incr).sim_sea.sel(variable="theta") for incr in (None, 2.0))
        change = (warm - base).groupby("time.month").mean("time")
        assert np.all(np.abs(change - 2.0) < 0.02)


def test_two_degrees_arrive_in_an_ensemble_of_other_weather(
    europe_wc: Multisite, observed: tuple[np.ndarray, np.ndarray], ensemble: xr.DataArray
) -> None:
    """Against the observations, with other random numbers: within 0.1 sd in every month, as without the change."""
    values, times = of(observed, ensemble, "theta")
    warm = europe_wc.simulate_ensemble(N_MEMBERS, seed=8, theta_incr=2.0)
    change = over_members(monthly, warm, "theta") - monthly(values, times)
    assert np.all(np.abs(change - 2.0) < 0.1 * values.std(axis=1)[:, None])


def test_values_stay_within_their_bounds(europe_wc: Multisite, ensemble: xr.DataArray) -> None:
    rain, humidity, sun = (ensemble.sel(variable=name).values for name in ("R", "rh", "sun"))
    assert rain.min() == 0 and np.all((rain == 0) | (rain >= 0.05))
    assert humidity.min() >= 0 and humidity.max() <= 1
    assert sun.min() == 0 and sun.max() <= 17
    assert np.isfinite(ensemble).all()


def test_long_run_scores_are_standard_normal(europe_wc: Multisite) -> None:
    """Kolmogorov-Smirnov distance of the ranks of 100 years below 0.01."""
    from scipy import stats

    scores = europe_wc.simulate(rng=4, n_days=36525).sim_trans
    for station, variable in np.ndindex(4, 4):
        assert stats.kstest(scores.values[station, variable], "norm").statistic < 0.01
