"""Synthetic observations that every marginal family can be fitted to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from varwg import N_DOYS, Variable, daily_times, doy_index
from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg.marginals import SeasonalMarginal, fit_marginal

#: Radiation at the top of the atmosphere where the polar night is long, W m-2.
POTENTIAL = np.maximum(-500.0 * np.cos(2.0 * np.pi * (np.arange(N_DOYS) + 10) / N_DOYS), 1.0)
DAY_LENGTH = 12.0 - 4.0 * np.cos(2.0 * np.pi * (np.arange(N_DOYS) + 10) / N_DOYS)


@dataclass(frozen=True, eq=False)
class Case:
    """A series with what is needed to fit it."""

    values: FloatArray
    times: TimeArray
    variable: Variable
    upper: FloatArray | None = None

    @property
    def doy(self) -> IntArray:
        return doy_index(self.times)

    def fit(self, **options: Any) -> SeasonalMarginal:
        return fit_marginal(self.values, self.doy, self.variable, upper=self.upper, station="TESTON", **options)

    def with_marginal(self, name: str) -> Case:
        return replace(self, variable=replace(self.variable, marginal=name))


def make_case(kind: str, n_days: int = 3653) -> Case:
    """Ten years of one kind of variable, recorded as stations do."""
    rng = np.random.default_rng(20240229)
    times = daily_times("2001-01-01", n_days)
    doy = doy_index(times)
    season = -np.cos(2.0 * np.pi * (doy - 20) / N_DOYS)
    if kind == "theta":
        values = np.round(9.0 + 9.0 * season + (4.0 - season) * rng.standard_normal(n_days), 1)
        return Case(values, times, Variable("theta", "degC", marginal="normal"))
    if kind == "U":
        values = np.round((3.5 - season) * rng.gamma(4.0, 0.25, n_days) + 0.1, 1)
        return Case(values, times, Variable("U", "m s-1", marginal="auto_positive", lower=0.0))
    if kind == "rh":
        values = np.minimum(0.78 - 0.08 * season + 0.12 * rng.standard_normal(n_days), 1.0).round(2)
        return Case(values, times, Variable("rh", "1", marginal="kde", lower=0.0, upper=1.0))
    if kind == "v":
        values = (1.0 + season) + 2.0 * rng.standard_t(5, n_days)
        return Case(values, times, Variable("v", "m s-1", marginal="kde"))
    if kind == "frost":
        shocks = np.sinh((np.arcsinh(rng.standard_normal(n_days)) - 0.35 + 0.3 * season) / 0.85)
        return Case(np.round(9.0 + 9.0 * season + 3.0 * shocks, 2), times, Variable("theta", "degC", marginal="sinh_arcsinh"))
    if kind == "sun":
        share = np.maximum(rng.beta(0.8, 1.2, n_days) * 1.2 - 0.15, 0.0)
        values = np.round(np.minimum(share, 1.0) * DAY_LENGTH[doy], 1)
        values = np.minimum(np.where(values < 0.05, 0.0, values), DAY_LENGTH[doy])
        variable = Variable("sun", "h", marginal="zero_inflated_bounded", lower=0.0, threshold=0.05)
        return Case(values, times, variable, DAY_LENGTH)
    if kind == "R":
        wet = rng.random(n_days) < 0.45 - 0.1 * season
        amounts = np.round((5.0 + 2.0 * season) * rng.weibull(0.75, n_days), 1)
        values = np.where(wet & (amounts >= 0.1), amounts, 0.0)
        return Case(values, times, Variable("R", "mm", marginal="zero_inflated", lower=0.0, threshold=0.1))
    if kind == "clouds":
        values = np.clip(np.round(8.0 * (0.6 - 0.2 * season + 0.45 * rng.standard_normal(n_days))) / 8.0, 0.0, 1.0)
        return Case(values, times, Variable("Cloud_Cover", "1", marginal="kde", lower=0.0, upper=1.0))
    if kind == "polar":
        values = np.where(POTENTIAL[doy] > 1.0, POTENTIAL[doy] * rng.uniform(0.1, 0.7, n_days), 0.0)
        return Case(values, times, Variable("Qsw", "W m-2", marginal="kde", lower=0.0), POTENTIAL)
    if kind == "e":
        values = np.round(np.exp(1.0 + 1.0 * season + 0.5 * rng.standard_normal(n_days)) + 0.1, 1)
        return Case(values, times, Variable("e", "hPa", marginal="normal", lower=0.0))
    raise ValueError(kind)


#: Kind of variable and family, for tests of what all families have in common.
FAMILY_CASES = (
    ("theta", "normal"),
    ("theta", "kde"),
    ("frost", "sinh_arcsinh"),
    ("v", "kde"),
    ("v", "scipy:t"),
    ("U", "auto_positive"),
    ("U", "lognormal"),
    ("U", "weibull"),
    ("U", "gamma"),
    ("U", "exponential"),
    ("U", "scipy:gamma"),
    ("U", "kde"),
    ("rh", "kde"),
    ("rh", "beta"),
    ("rh", "kumaraswamy"),
    ("rh", "truncated_normal"),
    ("rh", "censored_normal"),
    ("rh", "auto"),
    ("sun", "zero_inflated_bounded"),
    ("R", "zero_inflated"),
    ("clouds", "kde"),
    ("e", "normal"),
)


@pytest.fixture(scope="session", params=FAMILY_CASES, ids=lambda pair: "-".join(pair))
def fitted(request: pytest.FixtureRequest) -> tuple[Case, SeasonalMarginal]:
    """Each family with the series it was fitted to."""
    kind, family = request.param
    case = make_case(kind).with_marginal(family)
    return case, case.fit()


@pytest.fixture(scope="session")
def rain() -> tuple[Case, SeasonalMarginal]:
    """Rain with its marginal."""
    case = make_case("R")
    return case, case.fit()


@pytest.fixture(scope="session")
def case_of() -> Callable[[str], Case]:
    """Series by kind: theta, frost, U, rh, v, sun, R, clouds, polar, e."""
    return make_case
