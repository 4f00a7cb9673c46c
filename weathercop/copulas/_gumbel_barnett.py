"""The Gumbel-Barnett copula."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray
from weathercop.copulas._base import Family, Parameters, Unit

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
