"""Series with known coefficients for the tests of the autoregressive models."""

from __future__ import annotations

import numpy as np
import pytest

LAGS = np.array([[[0.5, 0.1, 0.0], [0.2, 0.3, -0.1], [0.0, 0.2, 0.4]], [[0.1, 0.0, 0.1], [0.0, -0.2, 0.0], [0.1, 0.0, 0.2]]])
COVARIANCE = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, 0.3], [0.2, 0.3, 1.0]])


@pytest.fixture(scope="session")
def var2_series() -> np.ndarray:
    """A VAR(2) of three variables over 3000 days, coefficients `LAGS`, intercept (0.3, 0, -0.2)."""
    rng = np.random.default_rng(11)
    noise = rng.multivariate_normal([0.3, 0.0, -0.2], COVARIANCE, size=3200)
    series = np.zeros((3200, 3))
    for day in range(2, 3200):
        series[day] = LAGS[0] @ series[day - 1] + LAGS[1] @ series[day - 2] + noise[day]
    return series[200:].T.copy()
