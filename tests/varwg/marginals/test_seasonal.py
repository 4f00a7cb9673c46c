"""Windows, smoothing, and what is kept for every month."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varwg import N_DOYS, month_of_doy
from varwg.marginals._seasonal import (
    circular_distance,
    monthly_correction,
    monthly_factor,
    row_month_sums,
    row_sums,
    seasonal_moments,
    smooth,
    window_weights,
)


def test_the_year_is_a_circle() -> None:
    apart = circular_distance()
    assert apart[0, 365] == 1
    assert apart.max() == 183
    np.testing.assert_array_equal(apart, apart.T)


def test_windows_are_triangles_where_there_is_enough() -> None:
    weights = window_weights(np.full(N_DOYS, 10.0), 15)
    assert weights[100, 100] == 1.0
    assert weights[100, 116] == 0.0
    assert weights[100, 108] == pytest.approx(0.5)
    np.testing.assert_allclose(weights.sum(axis=1), 16.0)


def test_windows_widen_over_a_gap() -> None:
    counts = np.full(N_DOYS, 10.0)
    counts[100:220] = 0.0
    weights = window_weights(counts, 15)
    assert (weights @ counts >= 30.0).all()
    np.testing.assert_allclose(weights[0].sum(), 16.0)


def test_smoothing_keeps_low_harmonics_and_drops_high_ones() -> None:
    angle = 2.0 * np.pi * np.arange(N_DOYS) / N_DOYS
    low = 3.0 + np.sin(angle) - 0.3 * np.cos(4 * angle)
    np.testing.assert_allclose(smooth(low + np.cos(9 * angle), 4), low, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-100.0, 100.0), min_size=12, max_size=12), st.floats(0.1, 50.0))
def test_a_correction_supplies_what_every_month_misses(missing: list[float], level: float) -> None:
    weights = level * (1.5 + np.sin(np.arange(N_DOYS)))
    correction = monthly_correction(weights, np.array(missing))
    np.testing.assert_allclose(row_month_sums(weights * correction), missing, rtol=1e-6, atol=1e-6)


def test_a_correction_leaves_months_without_weight_alone() -> None:
    weights = np.where(month_of_doy() == 6, 0.0, 1.0)
    missing = np.arange(12.0)
    sums = row_month_sums(weights * monthly_correction(weights, missing))
    np.testing.assert_allclose(np.delete(sums, 6), np.delete(missing, 6), atol=1e-9)


def test_repeated_factors_converge_to_the_monthly_sums() -> None:
    modelled = np.ones(N_DOYS)
    observed = row_month_sums(np.ones(N_DOYS)) * np.geomspace(0.2, 5.0, 12)
    for _ in range(12):
        modelled = modelled * monthly_factor(modelled, observed)
    np.testing.assert_allclose(row_month_sums(modelled), observed, rtol=1e-3)


def test_moments_keep_months_and_leave_the_season_out_of_the_spread() -> None:
    """A steep season with constant noise: its standard deviation is found within four standard errors."""
    rng = np.random.default_rng(2)
    doy = np.tile(np.arange(N_DOYS), 10)
    values = 20.0 * np.sin(2.0 * np.pi * doy / N_DOYS) + rng.standard_normal(doy.size)
    mean, sd = seasonal_moments(values, doy, 15, 4)
    np.testing.assert_allclose(row_month_sums(row_sums(doy, values)), row_month_sums(row_sums(doy) * mean), rtol=1e-9, atol=1e-7)
    assert np.sqrt(np.mean(sd**2)) == pytest.approx(1.0, abs=4.0 / np.sqrt(2.0 * doy.size))
    assert sd.min() > 0.8
    assert sd.max() < 1.2
