"""Each parametric family against scipy.stats, and against the moments it was given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from varwg import N_DOYS
from varwg._arrays import FloatArray
from varwg.marginals import CensoredNormal, LogNormal, Normal, Tabulated
from varwg.marginals._normal import truncated_quantiles
from varwg.marginals._positive import gamma_quantiles, weibull_shape

CaseOf = Callable[[str], Any]
ROWS = np.arange(0, N_DOYS, 30)
RANKS = np.array([0.002, 0.05, 0.3, 0.5, 0.8, 0.97, 0.9995])[:, None]


def _weibull(parameters: FloatArray) -> Any:
    return stats.weibull_min(parameters[:, 0], scale=parameters[:, 1])


def _gamma(parameters: FloatArray) -> Any:
    return stats.gamma(parameters[:, 0], scale=parameters[:, 1])


def _exponential(parameters: FloatArray) -> Any:
    return stats.expon(scale=parameters[:, 0])


def _beta(parameters: FloatArray) -> Any:
    return stats.beta(parameters[:, 0], parameters[:, 1])


def _truncated_normal(parameters: FloatArray) -> Any:
    location, scale = parameters.T
    return stats.truncnorm(-location / scale, (1.0 - location) / scale, location, scale)


def _inside(case: Any) -> Any:
    """The same without values on the bounds, which would become a mass there."""
    return replace(case, values=0.02 + 0.95 * case.values)


@pytest.mark.parametrize(
    ("kind", "family", "oracle"),
    [
        ("U", "weibull", _weibull),
        ("U", "gamma", _gamma),
        ("U", "exponential", _exponential),
        ("rh", "beta", _beta),
        ("rh", "truncated_normal", _truncated_normal),
    ],
)
def test_tabulated_families_agree_with_scipy(case_of: CaseOf, kind: str, family: str, oracle: Any) -> None:
    """To the accuracy of straight lines over an eighth of a standard deviation."""
    marginal = _inside(case_of(kind)).with_marginal(family).fit()
    assert isinstance(marginal, Tabulated)
    distribution = oracle(marginal.parameters[ROWS])
    values = distribution.ppf(RANKS)
    np.testing.assert_allclose(marginal.cdf(values, ROWS), np.broadcast_to(RANKS, values.shape), atol=1e-3)
    np.testing.assert_allclose(marginal.mean()[ROWS], distribution.mean(), rtol=5e-3)


def test_kumaraswamy_distribution_function(case_of: CaseOf) -> None:
    marginal = _inside(case_of("rh")).with_marginal("kumaraswamy").fit()
    a, b = marginal.parameters[ROWS].T
    values = (1.0 - (1.0 - RANKS) ** (1.0 / b)) ** (1.0 / a)
    np.testing.assert_allclose(marginal.cdf(values, ROWS), np.broadcast_to(RANKS, values.shape), atol=1e-3)


def test_normal_is_linear(case_of: CaseOf) -> None:
    case = case_of("theta")
    marginal = case.fit()
    assert isinstance(marginal, Normal)
    values = marginal.location + 40.0 * marginal.scale
    np.testing.assert_allclose(marginal.to_scores(values, np.arange(N_DOYS)), 40.0, rtol=1e-12)
    np.testing.assert_allclose(
        marginal.cdf(case.values, case.doy),
        stats.norm.cdf(case.values, marginal.location[case.doy], marginal.scale[case.doy]),
    )


def test_lognormal_without_zeros_agrees_with_scipy(case_of: CaseOf) -> None:
    case = case_of("U")
    marginal = replace(case, values=case.values + 0.1).with_marginal("lognormal").fit()
    assert isinstance(marginal, LogNormal)
    distribution = stats.lognorm(marginal.scale[ROWS], scale=np.exp(marginal.location[ROWS]))
    values = distribution.ppf(RANKS)
    np.testing.assert_allclose(marginal.ppf(np.broadcast_to(RANKS, values.shape), ROWS), values)
    np.testing.assert_allclose(marginal.pdf(values, ROWS), distribution.pdf(values))
    np.testing.assert_allclose(marginal.mean()[ROWS], distribution.mean())


def test_censored_normal_mean_is_that_of_the_clipped_normal(case_of: CaseOf) -> None:
    marginal = case_of("rh").with_marginal("censored_normal").fit()
    assert isinstance(marginal, CensoredNormal)
    scores = np.linspace(-9.0, 9.0, 20001)
    weights = stats.norm.pdf(scores) * (scores[1] - scores[0])
    clipped = np.clip(marginal.location[ROWS] + marginal.scale[ROWS] * scores[:, None], 0.0, 1.0)
    np.testing.assert_allclose(marginal.mean()[ROWS], weights @ clipped, atol=1e-7)


def test_truncated_quantiles_hold_far_outside_the_bounds() -> None:
    location, scale, lower, upper = np.array([-3.0]), np.array([1.0]), np.array([0.0]), np.array([1.0])
    scores = np.linspace(-3.0, 3.0, 7)
    expected = stats.truncnorm(3.0, 4.0, -3.0, 1.0).ppf(stats.norm.cdf(scores))
    np.testing.assert_allclose(truncated_quantiles(scores, location, scale, lower, upper), expected, rtol=1e-6)


def test_weibull_shape_gives_the_coefficient_of_variation() -> None:
    variation = np.geomspace(0.03, 10.0, 50)
    distribution = stats.weibull_min(weibull_shape(variation))
    np.testing.assert_allclose(distribution.std() / distribution.mean(), variation, rtol=1e-9)


@pytest.mark.parametrize(("kind", "family"), [("U", "gamma"), ("U", "weibull"), ("rh", "beta"), ("theta", "normal")])
def test_monthly_means_are_kept(case_of: CaseOf, kind: str, family: str) -> None:
    case = case_of(kind).with_marginal(family)
    fitted = case.fit().mean()[case.doy]
    month = case.times.astype("datetime64[M]").astype(int) % 12
    for number in range(12):
        chosen = month == number
        assert fitted[chosen].mean() == pytest.approx(case.values[chosen].mean(), abs=0.01 * case.values.std())


def test_scipy_distribution_has_its_maximum_likelihood_shape(case_of: CaseOf) -> None:
    """Standardised normal anomalies fitted by a normal distribution: location 0, scale 1."""
    marginal = case_of("theta").with_marginal("scipy:norm").fit()
    assert marginal.parameter_names == ("loc", "scale")
    np.testing.assert_allclose(marginal.parameters[0], [0.0, 1.0], atol=0.01)
    normal = case_of("theta").fit()
    ranks = np.broadcast_to(RANKS, (RANKS.size, ROWS.size))
    np.testing.assert_allclose(marginal.ppf(ranks, ROWS), normal.ppf(ranks, ROWS), atol=0.1)


def test_known_parameters_are_taken_over(case_of: CaseOf) -> None:
    case = case_of("theta")
    location = 9.0 - 9.0 * np.cos(2.0 * np.pi * (np.arange(N_DOYS) - 20) / N_DOYS)
    marginal = case.fit(known={"location": location})
    np.testing.assert_array_equal(marginal.location, location)
    anomalies = case.values - location[case.doy]
    assert np.average(marginal.scale[case.doy] ** 2) == pytest.approx(np.mean(anomalies**2))
    wind = case_of("U").with_marginal("weibull").fit(known={"shape": np.full(N_DOYS, 2.0)})
    np.testing.assert_array_equal(wind.parameters[:, 0], 2.0)


@pytest.mark.parametrize(("lowest", "highest"), [(1.5, 1.5), (0.4, 4.0), (30.0, 300.0)])
def test_quantiles_of_the_gamma_distribution_between_its_shapes(lowest: float, highest: float) -> None:
    shapes = np.geomspace(lowest, highest, N_DOYS)
    scores = np.linspace(-7.0, 7.0, 29)
    exact = np.where(
        scores < 0.0,
        stats.gamma.ppf(stats.norm.cdf(scores), shapes[:, None]),
        stats.gamma.isf(stats.norm.sf(scores), shapes[:, None]),
    )
    np.testing.assert_allclose(gamma_quantiles(scores, shapes), exact, rtol=1e-10)


@pytest.mark.parametrize(
    ("draw", "family"),
    [
        (lambda rng, n: rng.gamma(1.5, 2.0, n), "gamma"),
        (lambda rng, n: 3.0 * rng.weibull(3.0, n), "weibull"),
        (lambda rng, n: rng.lognormal(1.0, 0.8, n), "lognormal"),
    ],
)
def test_the_choice_finds_the_family_of_the_data(case_of: CaseOf, draw: Any, family: str) -> None:
    """3653 values; these three differ by dozens of log-likelihood units, so a wrong choice has a chance < 1e-6."""
    case = case_of("U")
    values = draw(np.random.default_rng(3), case.values.size)
    assert replace(case, values=values).fit().family == family


@pytest.mark.parametrize(
    ("kind", "families"),
    [("R", {"zero_inflated"}), ("sun", {"zero_inflated_bounded"}), ("theta", {"normal"})],
)
def test_auto_suits_the_bounds(case_of: CaseOf, kind: str, families: set[str]) -> None:
    assert case_of(kind).with_marginal("auto").fit().family in families


def test_auto_takes_the_kernel_density_where_no_family_has_the_form(case_of: CaseOf) -> None:
    """Two modes, four standard deviations apart."""
    case = case_of("theta").with_marginal("auto")
    side = np.random.default_rng(5).integers(0, 2, case.values.size)
    values = np.random.default_rng(6).normal(4.0 * side, 1.0)
    assert replace(case, values=values).fit().family == "kde"
