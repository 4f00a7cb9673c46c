"""Archimedean copulas of weak dependence: Ali-Mikhail-Haq and Gumbel-Barnett."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray
from weathercop.copulas._base import Family, Parameters, Unit

#: Below this Kendall's tau is taken from its series.
_SERIES_BELOW: Final = 0.02


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
        near = np.abs(theta) < _SERIES_BELOW
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
