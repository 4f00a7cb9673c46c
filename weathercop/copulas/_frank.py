"""The Frank copula."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from scipy import special

from varwg._arrays import BoolArray, FloatArray
from weathercop.copulas._base import Family, Parameters, Unit, log_add, log_expm1

#: Below this the copula is independence to rounding; the formulas divide by theta.
_SMALLEST: Final = 1e-9
#: Below this Kendall's tau is taken from its series.
_SERIES_BELOW: Final = 0.05


class Frank(Family):
    """exp(-theta C) - 1 = (exp(-theta u) - 1) (exp(-theta v) - 1) / (exp(-theta) - 1) (Joe 2014, sec. 4.5.1).

    For theta < 0 everything is taken from the copula of -theta by C(u, v; -theta) = u - C(u, 1 - v; theta).
    """

    name: ClassVar[str] = "frank"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((-200.0, 200.0),)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        size, v_turned, negative = _positive(v, parameters)
        with np.errstate(over="ignore"):
            product = np.expm1(-size * u.value) * np.expm1(-size * v_turned.value) / np.expm1(-size)
            plain = -np.log1p(product) / size
            strong = (np.log(-np.expm1(-size)) - _log_denominator(u, v_turned, size)) / size
        positive = np.where(product > -0.5, plain, strong)
        below_zero = np.log1p(np.exp(log_expm1(size * u.value) + log_expm1(size * v.value) - log_expm1(size))) / size
        return np.where(negative, below_zero, positive)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        size, v, _ = _positive(v, parameters)
        logs = np.log(-np.expm1(-size)) + np.log(size)
        return np.asarray(logs - size * (u.value + v.value) - 2.0 * _log_denominator(u, v, size))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        size, v, negative = _positive(v, parameters)
        odds = np.log(np.expm1(-size * v.value) / np.expm1(-size * v.complement))
        logit = size * (v.value - u.value) + odds
        return Unit.from_logit(np.where(negative, -logit, logit))

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        """With g = e^(size u) q / (1 - q), e^(size v) = (1 + g) / (1 + g e^-size), and 1 - v the same with 1 - u and 1 - q."""
        (theta,) = parameters
        negative, size = np.asarray(theta) < 0.0, np.maximum(np.abs(theta), _SMALLEST)
        against, decay = q.against(), np.exp(-size)
        g = np.exp(size * u.value) / np.where(negative, 1.0 / against, against)
        value = np.log1p(-np.expm1(-size) * g / (1.0 + g * decay))
        complement = np.log1p(np.expm1(size) / (1.0 + g))
        return Unit(against=np.where(negative, value, complement) / np.where(negative, complement, value))

    def tau(self, parameters: Parameters) -> FloatArray:
        """1 - 4/theta (1 - D_1(theta)), Debye's function by the dilogarithm; a series close to 0."""
        theta = np.asarray(parameters[0], dtype=np.float64)
        size = np.maximum(np.abs(theta), _SERIES_BELOW)
        decay = -np.expm1(-size)
        debye = (np.pi**2 / 6.0 - special.spence(decay) + size * np.log(decay)) / size
        general = np.sign(theta) * (1.0 - 4.0 / size * (1.0 - debye))
        series = theta / 9.0 - theta**3 / 900.0 + theta**5 / 52920.0
        return np.where(np.abs(theta) < _SERIES_BELOW, series, general)


def _positive(v: Unit, parameters: Parameters) -> tuple[FloatArray, Unit, BoolArray]:
    """|theta|, v flipped where theta is negative, and where that is."""
    (theta,) = parameters
    negative = np.asarray(theta) < 0.0
    flipped = Unit(np.where(negative, v.complement, v.value), np.where(negative, v.value, v.complement))
    return np.maximum(np.abs(theta), _SMALLEST), flipped, negative


def _log_denominator(u: Unit, v: Unit, size: FloatArray) -> FloatArray:
    """ln(e^-su (1 - e^-sv) + e^-sv (1 - e^-s(1-v))), the common denominator without its cancellation."""
    first = -size * u.value + np.log(-np.expm1(-size * v.value))
    second = -size * v.value + np.log(-np.expm1(-size * v.complement))
    return log_add(first, second)
