"""Resolution of records, and the generalised Pareto distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from varwg import N_DOYS
from varwg.marginals._amounts import pareto_quantiles
from varwg.marginals._sample import resolution, share_at, spread
from varwg.marginals._seasonal import row_sums, window_weights


@pytest.mark.parametrize("step", [0.01, 0.1, 0.2, 0.254, 1.0])
def test_resolution_of_rounded_values(step: float) -> None:
    values = np.random.default_rng(1).gamma(2.0, 20.0 * step, 3000)
    assert resolution(step * np.rint(values / step)) == pytest.approx(step, rel=1e-4)


def test_resolution_of_a_gauge_with_a_few_finer_entries() -> None:
    values = 0.2 * np.random.default_rng(1).integers(1, 100, 1000).astype(np.float64)
    values[:20] -= 0.1
    assert resolution(values) == pytest.approx(0.2)


def test_resolution_of_exact_values_is_negligible() -> None:
    assert resolution(np.random.default_rng(1).standard_normal(3000)) < 0.01
    assert resolution(np.array([1.0, 1.0, 2.0])) == 0.0


def test_spread_keeps_means_and_bounds() -> None:
    values = np.array([0.1, 3.0, 10.0])
    np.testing.assert_allclose(spread(values, 0.2).mean(axis=0), values)
    assert spread(values, 1.0, lower=0.0, upper=10.0).min() == 0.0


def test_share_is_seasonal() -> None:
    doy = np.tile(np.arange(N_DOYS), 5)
    weights = window_weights(row_sums(doy), 15)
    share = share_at(doy < 100, doy, weights)
    assert share[50] == pytest.approx(1.0)
    assert share[250] == 0.0


def test_pareto_quantiles_are_those_of_scipy() -> None:
    survival = np.array([1.0, 0.5, 1e-3, 1e-12])
    expected = stats.genpareto(0.2, scale=3.0).isf(survival)
    np.testing.assert_allclose(pareto_quantiles(np.log(survival), 0.2, 3.0), expected, rtol=1e-9)
