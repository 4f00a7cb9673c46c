"""Circulant embedding: the covariance is the one asked for, by identity and by sample."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from varwg.errors import DataError
from varwg.models import simulate_gaussian
from varwg.models._simulation import embedding_eigenvalues

EXPONENTIAL = 2.0 * np.exp(-np.arange(60) / 5.0)


def test_eigenvalues_are_those_of_the_circulant_matrix() -> None:
    first_row = np.concatenate([EXPONENTIAL, EXPONENTIAL[-2:0:-1]])
    expected = np.linalg.eigvalsh(linalg.circulant(first_row))
    np.testing.assert_allclose(np.sort(embedding_eigenvalues(EXPONENTIAL)), expected, atol=1e-10)


def test_sample_covariance_is_the_one_asked_for() -> None:
    """20000 series: every covariance scatters by at most 2 sqrt(2 / 20000) = 0.02; tolerance 5 of that."""
    sample = simulate_gaussian(EXPONENTIAL, 20_000, rng=np.random.default_rng(0))
    np.testing.assert_allclose(np.cov(sample.T), linalg.toeplitz(EXPONENTIAL), atol=0.1)
    np.testing.assert_allclose(sample.mean(axis=0), 0.0, atol=5 * np.sqrt(2.0 / 20_000))


def test_long_memory_is_possible() -> None:
    """Fractional Gaussian noise of Hurst exponent 0.8: the variance of means of n values falls as n^-0.4."""
    lags = np.arange(1025.0)
    covariance = 0.5 * (np.abs(lags + 1) ** 1.6 - 2 * lags**1.6 + np.abs(lags - 1) ** 1.6)
    sample = simulate_gaussian(covariance, 4000, rng=np.random.default_rng(1))
    assert sample[:, :1024].mean(axis=1).var() == pytest.approx(1024.0**-0.4, rel=0.12)


def test_what_is_no_covariance_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="eigenvalue"):
        simulate_gaussian(np.array([1.0, 0.9, -0.9]), rng=rng)
    with pytest.raises(DataError, match="shape"):
        simulate_gaussian(np.array([1.0]), rng=rng)
