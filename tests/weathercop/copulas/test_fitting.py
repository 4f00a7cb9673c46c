"""Estimates of known parameters, their standard errors, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from varwg.errors import FitError
from weathercop.copulas import FAMILIES, Rotated, find_family, fit_copula
from weathercop.copulas._fitting import StrengthScale
from weathercop.copulas._likelihood import maximise

SHAPES = {"student": 5.0, "bb1": 1.5, "bb7": 0.6}


def known_parameters(family: Any) -> tuple[np.ndarray, ...]:
    """Parameters in the middle of the range of tau."""
    shape = (np.asarray(SHAPES[family.name]),) if family.shapes else ()
    low, high = family.tau_range(shape)
    return (family.from_tau(0.35 * low + 0.65 * high if low < -0.5 else 0.55 * low + 0.45 * high, shape), *shape)


@pytest.mark.parametrize("family", FAMILIES[1:], ids=lambda family: family.name)
def test_likelihood_finds_the_parameters_of_a_sample(family: Any) -> None:
    """Within 3.5 standard errors, 20 estimates: false alarms in 1 %, excluded by the fixed seed."""
    rotation = family.rotations[-1]
    parameters = known_parameters(family)
    u, v = Rotated(family, rotation).sample(10_000, parameters, rng=np.random.default_rng(3))
    fit = fit_copula(u, v, family=family.name, rotation=rotation)
    deviation = (fit.parameters - np.array([float(p) for p in parameters])) / fit.standard_errors
    assert np.all(np.abs(deviation) < 3.5)
    assert np.all(fit.standard_errors < 0.2 * np.abs(fit.parameters) + 0.05)
    assert fit.n_pairs == 10_000
    exact = np.sum(fit.copula.log_density(u, v, tuple(fit.parameters)))
    assert fit.loglikelihood == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize("family", FAMILIES[1:], ids=lambda family: family.name)
def test_parameters_by_strength_rise_and_have_that_tau(family: Any) -> None:
    """Nearest where |tau| < 0.9; BB7 with the largest shape is left out, as its own tau does not rise in the last digits."""
    for shape in family.shapes[:-1] or (None,):
        scale = StrengthScale.of(family, () if shape is None else (shape,))
        strengths = np.linspace(max(scale.low, np.arctanh(-0.9)), min(scale.high, np.arctanh(0.9)), 503)[1:-1]
        first, *rest = scale.parameters(strengths)
        assert np.all(np.diff(family.direction * first) > 0.0)
        np.testing.assert_allclose(family.tau((first, *rest)), np.tanh(strengths), atol=2e-4)


@pytest.mark.parametrize("family", [f for f in FAMILIES[1:] if not f.shapes], ids=lambda family: family.name)
def test_tau_finds_the_parameter_of_a_sample(family: Any) -> None:
    """Within 3.5 standard errors, 14 estimates: false alarms in 0.7 %, excluded by the fixed seed."""
    rotation = family.rotations[-1]
    (theta,) = known_parameters(family)
    u, v = Rotated(family, rotation).sample(10_000, (theta,), rng=np.random.default_rng(5))
    by_tau = fit_copula(u, v, family=family.name, rotation=rotation, method="tau")
    assert abs(by_tau.parameters[0] - theta) < 3.5 * by_tau.standard_errors[0]
    by_likelihood = fit_copula(u, v, family=family.name, rotation=rotation)
    assert by_tau.loglikelihood <= by_likelihood.loglikelihood + 0.01
    assert by_tau.standard_errors[0] > 0.95 * by_likelihood.standard_errors[0]


def test_standard_errors_are_the_scatter_of_estimates() -> None:
    """60 samples: the scatter is known to 9 %, its ratio to the standard error is within 35 % (false alarms 1e-4)."""
    rng = np.random.default_rng(8)
    copula, theta = Rotated(find_family("clayton"), 90), np.asarray(1.5)
    for method in ("likelihood", "tau"):
        fits = [
            fit_copula(*copula.sample(500, (theta,), rng=rng), family="clayton", rotation=90, method=method) for _ in range(60)
        ]
        scatter = np.std([fit.parameters[0] for fit in fits])
        assert scatter / np.mean([fit.standard_errors[0] for fit in fits]) == pytest.approx(1.0, abs=0.35)


def test_pairs_with_nan_are_left_out() -> None:
    u, v = Rotated(find_family("frank")).sample(300, (np.asarray(4.0),), rng=np.random.default_rng(1))
    with_gaps = fit_copula(np.append(u, [np.nan, 0.3]), np.append(v, [0.2, np.nan]), family="frank")
    assert with_gaps.parameters[0] == fit_copula(u, v, family="frank").parameters[0]
    assert with_gaps.n_pairs == 300


def test_impossible_fits_are_refused() -> None:
    u, v = Rotated(find_family("frank")).sample(300, (np.asarray(-5.0),), rng=np.random.default_rng(1))
    with pytest.raises(FitError, match="no maximum"):
        fit_copula(u, v, family="clayton")
    with pytest.raises(FitError, match="out of reach"):
        fit_copula(u, v, family="clayton", method="tau")
    with pytest.raises(FitError, match="no rotation 90"):
        fit_copula(u, v, family="frank", rotation=90)
    with pytest.raises(FitError, match="'tau'"):
        fit_copula(u, v, family="student", method="tau")
    with pytest.raises(FitError, match="only 3 pairs"):
        fit_copula(u[:3], v[:3], family="frank")


@pytest.mark.parametrize("start", [-4.0, 0.0, 2.9])
def test_maximise_finds_an_inner_maximum_from_anywhere(start: float) -> None:
    found = maximise(lambda x: -((x - 1.3) ** 2) - 0.1 * (x - 1.3) ** 4, start, -5.0, 3.0, step=0.2, finest_step=0.01)
    assert found.is_interior
    assert found.x == pytest.approx(1.3, abs=1e-6)
    assert found.curvature == pytest.approx(2.0, rel=0.01)


def test_maximise_says_when_the_maximum_is_at_a_bound() -> None:
    assert not maximise(lambda x: x, 0.0, -1.0, 1.0, step=0.2, finest_step=0.01).is_interior
    assert not maximise(lambda x: -x, 0.0, -1.0, 1.0, step=0.2, finest_step=0.01).is_interior
    assert not maximise(lambda x: np.nan * x, 0.0, -1.0, 1.0, step=0.2, finest_step=0.01).is_interior
