"""Residual tests against statsmodels, and how often they reject what is true."""

from __future__ import annotations

import numpy as np
import pytest

from varwg.errors import DataError
from varwg.models import fit_var, normality_test, portmanteau_test

statsmodels_var = pytest.importorskip("statsmodels.tsa.vector_ar.var_model")


def test_statistics_agree_with_statsmodels(var2_series: np.ndarray) -> None:
    model = fit_var(var2_series, 2)
    oracle = statsmodels_var.VAR(var2_series.T).fit(2, trend="c")
    residuals = model.residuals[:, 2:]
    whiteness, normality = oracle.test_whiteness(nlags=12, adjusted=True), oracle.test_normality()
    ours = portmanteau_test(residuals, 2, 12), normality_test(residuals)
    for outcome, expected in zip(ours, (whiteness, normality), strict=True):
        assert outcome.statistic == pytest.approx(float(expected.test_statistic), rel=1e-6)
        assert outcome.degrees_of_freedom == expected.df
        assert outcome.p_value == pytest.approx(float(expected.pvalue), abs=1e-6)


def test_too_few_lags_in_the_model_are_noticed(var2_series: np.ndarray) -> None:
    assert portmanteau_test(fit_var(var2_series, 1).residuals, 1, 10).p_value < 1e-6


def test_skewed_residuals_are_noticed_and_normal_ones_pass() -> None:
    """Normal residuals fail at 1e-3 with that probability; the seed is fixed."""
    rng = np.random.default_rng(0)
    assert normality_test(rng.standard_normal((2, 2000))).p_value > 1e-3
    assert normality_test(rng.gamma(4.0, size=(2, 2000))).p_value < 1e-6


def test_days_with_gaps_are_left_out() -> None:
    residuals = np.random.default_rng(1).standard_normal((2, 500))
    gappy = np.insert(residuals, 100, np.nan, axis=1)
    gappy[0, 100] = 50.0
    assert normality_test(gappy).statistic == pytest.approx(normality_test(residuals).statistic)
    assert portmanteau_test(gappy, 0, 5).p_value > 1e-4


def test_too_few_days_or_lags_are_refused() -> None:
    with pytest.raises(DataError, match="n_lags is 2"):
        portmanteau_test(np.zeros((1, 100)), 2, 2)
    with pytest.raises(DataError, match="only 0 days"):
        normality_test(np.full((2, 50), np.nan))
