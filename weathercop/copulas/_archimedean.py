"""Archimedean copulas of one parameter: Clayton, Frank, and those of weak dependence, Ali-Mikhail-Haq and Gumbel-Barnett."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import BoolArray, FloatArray
from weathercop.copulas._base import Family, Parameters, Unit, log_add, log_expm1, log_power_sum, softplus

#: Below this the copula is independence to rounding; the formulas divide by theta.
_SMALLEST: Final = 1e-9
#: Below these Kendall's tau is taken from its series.
_FRANK_SERIES_BELOW: Final = 0.05
_AMH_SERIES_BELOW: Final = 0.02


class Clayton(Family):
    """C(u, v) = (u^-theta + v^-theta - 1)^(-1/theta), lower tail dependence (Joe 2014, sec. 4.6.1)."""

    name: ClassVar[str] = "clayton"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-6, 100.0),)
    has_formula: ClassVar[bool] = True
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        return np.exp(-log_power_sum(-theta * u.log(), -theta * v.log()) / theta)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        x, y = -theta * u.log(), -theta * v.log()
        return np.asarray(np.log1p(theta) + (1.0 + 1.0 / theta) * (x + y) - (2.0 + 1.0 / theta) * log_power_sum(x, y))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        x, y = -theta * u.log(), -theta * v.log()
        return Unit.from_log((1.0 + 1.0 / theta) * (x - log_power_sum(x, y)))

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        drop = theta / (1.0 + theta) * q.minus_log()
        return Unit(minus_log=softplus(theta * u.minus_log() + np.log(np.expm1(drop))) / theta)

    def tau(self, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        return np.asarray(theta / (theta + 2.0))

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        positive = np.clip(tau, 0.0, 0.999)
        return self.constrained(2.0 * positive / (1.0 - positive))

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        (theta,) = parameters
        return np.exp2(-1.0 / theta), np.zeros(np.shape(theta))


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
        size = np.maximum(np.abs(theta), _FRANK_SERIES_BELOW)
        decay = -np.expm1(-size)
        debye = (np.pi**2 / 6.0 - special.spence(decay) + size * np.log(decay)) / size
        general = np.sign(theta) * (1.0 - 4.0 / size * (1.0 - debye))
        series = theta / 9.0 - theta**3 / 900.0 + theta**5 / 52920.0
        return np.where(np.abs(theta) < _FRANK_SERIES_BELOW, series, general)


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


class AliMikhailHaq(Family):
    """C(u, v) = u v / (1 - theta (1-u) (1-v)), weak dependence of both signs (Nelsen 2006, no. 4.2.3).

    Every expression is written as a sum of positive terms, one way for positive and another for negative theta.
    """

    name: ClassVar[str] = "amh"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((-1.0, 1.0 - 1e-9),)
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        return np.asarray(u.value * v.value / _denominator(u, v, theta))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        rest = 1.0 - np.abs(theta)
        positive = rest * (rest + theta * (u.value + v.value)) + theta * (1.0 + theta) * u.value * v.value
        negative = rest * (1.0 + theta * u.complement * v.complement) - 2.0 * theta * (u.complement + v.complement)
        return np.asarray(np.log(np.where(theta > 0.0, positive, negative)) - 3.0 * np.log(_denominator(u, v, theta)))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        squared = _denominator(u, v, theta) ** 2
        base = (1.0 - theta) + theta * u.value
        positive = base * base + theta * v.value * (base + theta * u.value * u.complement)
        negative = (1.0 + theta) - theta * (v.complement + 2.0 * u.complement) + theta**2 * u.complement**2 * v.complement
        above = v.complement * np.where(theta > 0.0, positive, negative) / squared
        factor = np.where(theta > 0.0, (1.0 - theta) + theta * v.value, 1.0 - theta * v.complement)
        return Unit(v.value * factor / squared, above)

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        """The root in (0, 1) of a quadratic, taken without cancellation."""
        (theta,) = parameters
        slope = theta * u.complement
        intercept = (1.0 - theta) + theta * u.value
        a = theta - q.value * slope * slope
        b = 1.0 - theta - 2.0 * intercept * slope * q.value
        c = q.value * intercept * intercept
        root = np.sqrt(np.maximum(b * b + 4.0 * a * c, 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(b >= 0.0, 2.0 * c / (b + root), (root - b) / (2.0 * a))
        return Unit.of(np.minimum(value, 1.0))

    def tau(self, parameters: Parameters) -> FloatArray:
        theta = np.asarray(parameters[0], dtype=np.float64)
        near = np.abs(theta) < _AMH_SERIES_BELOW
        apart = np.where(near, 0.5, theta)
        general = 1.0 - 2.0 / (3.0 * apart**2) * (apart + (1.0 - apart) ** 2 * np.log1p(-apart))
        # 4/3 times the sum of theta^n / (n (n + 1) (n + 2))
        powers = np.arange(1, 9)
        series = 4.0 / 3.0 * np.sum(theta[..., np.newaxis] ** powers / (powers * (powers + 1) * (powers + 2)), axis=-1)
        return np.where(near, series, general)


def _denominator(u: Unit, v: Unit, theta: FloatArray) -> FloatArray:
    """1 - theta (1 - u) (1 - v)."""
    positive = (1.0 - theta) + theta * (u.value + v.value * u.complement)
    return np.where(theta > 0.0, positive, 1.0 - theta * u.complement * v.complement)


_LAST_STEP: Final = 1e-6
_MAX_STEPS: Final = 40
#: Beyond this e^x E_1(x) is taken from its asymptotic series.
_SERIES_ABOVE: Final = 40.0


class GumbelBarnett(Family):
    """C(u, v) = u v exp(-theta ln u ln v), negative dependence (Nelsen 2006, no. 4.2.9)."""

    name: ClassVar[str] = "gumbel_barnett"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-6, 1.0),)
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)
    direction: ClassVar[int] = -1

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        x, y = -u.log(), -v.log()
        return np.exp(-x - y - theta * x * y)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        x, y = -u.log(), -v.log()
        return np.asarray(np.log((1.0 - theta) + theta * (x + y + theta * x * y)) - theta * x * y)

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        x, y = -u.log(), -v.log()
        return Unit.from_log(np.log1p(theta * y) - y * (1.0 + theta * x))

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        """With z = -theta ln v: a z + (z - ln(1 + z)) = -ln q, a = 1/theta - 1 - ln u, by Halley's method.

        z - ln(1 + z) lies between z^2 / (2 (1 + z)) and z^2 / 2, which bounds z.
        """
        (theta,) = parameters
        k = -q.log()
        a = (1.0 - theta) / theta - u.log()
        lower = 2.0 * k / (a + np.sqrt(a * a + 2.0 * k))
        upper = np.minimum(k / a, k + np.sqrt(k * (k + 2.0)))
        z = lower
        moving = np.ones(lower.shape, dtype=bool)
        for _ in range(_MAX_STEPS):
            value = a * z + (z - np.log1p(z)) - k
            slope = a + z / (1.0 + z)
            step = value / (slope - 0.5 * value / slope / (1.0 + z) ** 2)
            z = np.where(moving, np.clip(z - step, lower, upper), z)
            moving &= np.abs(step) > _LAST_STEP * z
            if not moving.any():
                break
        return Unit.from_log(-z / theta)

    def tau(self, parameters: Parameters) -> FloatArray:
        """-e^x E_1(x) with x = 2 / theta (from 1 + 4 times the integral of the generator over its derivative)."""
        x = 2.0 / np.asarray(parameters[0], dtype=np.float64)
        series = np.zeros(x.shape)
        for n in range(20, 0, -1):
            series = -n / x * (1.0 + series)
        small = np.minimum(x, _SERIES_ABOVE)
        return -np.where(x > _SERIES_ABOVE, (1.0 + series) / x, np.exp(small) * special.exp1(small))
