"""What cannot be fitted says so in one sentence, naming variable and station, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from varwg import N_DOYS
from varwg.errors import FitError

CaseOf = Callable[[str], Any]


def _message(case: Any, **options: Any) -> str:
    with pytest.raises(FitError) as caught:
        case.fit(**options)
    text = str(caught.value)
    assert case.variable.name in text
    assert "TESTON" in text
    assert text.endswith(".")
    return text


@pytest.mark.parametrize("kind", ["theta", "U", "rh", "sun", "R"])
def test_constant_and_missing_series(case_of: CaseOf, kind: str) -> None:
    case = case_of(kind)
    assert "0 of 3653" in _message(replace(case, values=np.full(3653, np.nan)))
    assert "all 3653 values are 0.5" in _message(replace(case, values=np.full(3653, 0.5)))


def test_too_few_values(case_of: CaseOf) -> None:
    case = case_of("theta")
    values = case.values.copy()
    values[99:] = np.nan
    assert "99 of 3653" in _message(replace(case, values=values))


def test_too_few_wet_days(case_of: CaseOf) -> None:
    case = case_of("R")
    values = np.zeros_like(case.values)
    values[::400] = 3.0
    assert "threshold 0.1" in _message(replace(case, values=values))


def test_unknown_families(case_of: CaseOf) -> None:
    case = case_of("theta")
    assert "'gausian'" in _message(case.with_marginal("gausian"))
    assert "scipy.stats" in _message(case.with_marginal("scipy:gausian"))
    assert "scipy.stats" in _message(case.with_marginal("scipy:poisson"))


@pytest.mark.parametrize("family", ["lognormal", "weibull", "gamma", "exponential", "auto_positive"])
def test_negative_values_for_positive_families(case_of: CaseOf, family: str) -> None:
    case = case_of("U").with_marginal(family)
    assert "-0.5" in _message(replace(case, values=np.where(np.arange(3653) == 7, -0.5, case.values)))


@pytest.mark.parametrize("family", ["beta", "kumaraswamy", "truncated_normal"])
def test_bounded_families_need_bounds(case_of: CaseOf, family: str) -> None:
    assert "bound" in _message(case_of("theta").with_marginal(family))


def test_sunshine_needs_a_day_length(case_of: CaseOf) -> None:
    case = case_of("sun")
    assert "upper bound is inf" in _message(replace(case, upper=None))
    assert "upper bound is 0" in _message(replace(case, upper=np.zeros(N_DOYS)))
    assert "365 finite" in _message(replace(case, upper=np.where(np.arange(N_DOYS) == 59, np.nan, case.upper)))


def test_known_parameters_are_checked(case_of: CaseOf) -> None:
    case = case_of("theta")
    assert "'shape'" in _message(case, known={"shape": np.ones(N_DOYS)})
    assert "(3,)" in _message(case, known={"scale": np.ones(3)})
