"""Least squares and order selection against statsmodels; what cannot be fitted says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from varwg.errors import FitError
from varwg.models import fit_var, select_order
from varwg.models._base import spectral_radius
from varwg.models._var import Criterion, order_criteria

statsmodels_var = pytest.importorskip("statsmodels.tsa.vector_ar.var_model")


@pytest.mark.parametrize("order", [1, 2, 4])
def test_fit_agrees_with_statsmodels(var2_series: np.ndarray, order: int) -> None:
    model = fit_var(var2_series, order)
    oracle = statsmodels_var.VAR(var2_series.T).fit(order, trend="c")
    np.testing.assert_allclose(model.intercept, oracle.intercept, atol=1e-10)
    np.testing.assert_allclose(model.coefficients, oracle.coefs, atol=1e-10)
    np.testing.assert_allclose(model.covariance, oracle.sigma_u, atol=1e-10)
    np.testing.assert_allclose(model.residuals[:, order:], oracle.resid.T, atol=1e-10)
    np.testing.assert_allclose(model.mean, oracle.mean(), atol=1e-10)


def test_criteria_agree_with_statsmodels(var2_series: np.ndarray) -> None:
    criteria = order_criteria(var2_series, 5)
    oracle = statsmodels_var.VAR(var2_series.T).select_order(5, trend="c").ics
    for row, name in enumerate(("aic", "hqic", "bic", "fpe")):
        np.testing.assert_allclose(criteria[row], oracle[name][1:], rtol=1e-10)


@pytest.mark.parametrize("criterion", ["aic", "hq", "sc", "bic", "fpe"])
def test_the_order_of_the_series_is_found(var2_series: np.ndarray, criterion: Criterion) -> None:
    """AIC and FPE overestimate in a tenth of samples of any length; with this fixed series they do not."""
    assert select_order(var2_series, 5, criterion) == 2


def test_gaps_remove_the_days_they_touch_and_no_others(var2_series: np.ndarray) -> None:
    gappy = var2_series.copy()
    gappy[1, 1000] = np.nan
    joined = [var2_series[:, :1000], var2_series[:, 1001:]]
    designs = [np.concatenate([np.ones((1, s.shape[1] - 1)), s[:, :-1]]).T for s in joined]
    targets = [s[:, 1:].T for s in joined]
    expected = np.linalg.lstsq(np.concatenate(designs), np.concatenate(targets), rcond=None)[0]
    model = fit_var(gappy, 1)
    np.testing.assert_allclose(model.intercept, expected[0], atol=1e-10)
    np.testing.assert_allclose(model.coefficients[0], expected[1:].T, atol=1e-10)
    assert model.n_effective == 2997
    assert np.flatnonzero(np.isnan(model.residuals[0])).tolist() == [1001]


def test_order_of_the_variables_does_not_matter(var2_series: np.ndarray) -> None:
    swap = [2, 0, 1]
    model, swapped = fit_var(var2_series, 2), fit_var(var2_series[swap], 2)
    np.testing.assert_allclose(swapped.coefficients, model.coefficients[:, swap][:, :, swap], atol=1e-10)


def test_spectral_radius_of_known_lags() -> None:
    assert spectral_radius(np.array([[[[0.5]]], [[[-0.9]]]])) == pytest.approx([0.5, 0.9])
    second_order = np.array([0.5, 0.3]).reshape(1, 2, 1, 1)
    assert spectral_radius(second_order) == pytest.approx([np.abs(np.roots([1, -0.5, -0.3])).max()])


def test_fitted_arrays_are_read_only(var2_series: np.ndarray) -> None:
    model = fit_var(var2_series, 1)
    with pytest.raises(ValueError, match="read-only"):
        model.coefficients[0, 0, 0] = 1.0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda s: s[:, :10], "too few"),
        (lambda s: np.vstack([s, np.full(s.shape[1], 2.0)]), "variable 3 of scores is constant"),
        (lambda s: np.vstack([s, np.full(s.shape[1], np.nan)]), "variable 3 of scores is missing"),
        (lambda s: np.vstack([s, s[:1] - s[1:2]]), "combination"),
        (lambda s: np.where(np.arange(s.shape[1]) % 3 == 0, np.nan, s), "only 0 days"),
        (lambda s: s + 1.01 ** np.arange(s.shape[1])[None, :] - 1.0, "spectral radius"),
        (lambda s: s[0], "shape"),
    ],
)
def test_what_cannot_be_fitted_says_why(var2_series: np.ndarray, spoil: Callable[..., Any], message: str) -> None:
    with pytest.raises(FitError, match=message):
        fit_var(spoil(var2_series), 2)


def test_unknown_criterion_and_order_are_refused(var2_series: np.ndarray) -> None:
    with pytest.raises(FitError, match="'bik'"):
        select_order(var2_series, 3, "bik")  # type: ignore[arg-type]
    with pytest.raises(FitError, match="order is 0"):
        fit_var(var2_series, 0)
