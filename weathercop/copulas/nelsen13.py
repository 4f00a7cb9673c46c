"""The copula no. 13 of Nelsen's table of Archimedean families."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from varwg.arrays import FloatArray
from weathercop.copulas.base import Family, Parameters, Unit, log_expm1, log_power_sum, quadrature_nodes, softplus
from weathercop.copulas.gumbel import solve_growth


class Nelsen13(Family):
    """C(u, v) = exp(1 - (a^theta + b^theta - 1)^(1/theta)), a = 1 - ln u, b = 1 - ln v.

    Negative dependence for theta < 1, positive for theta > 1 (Nelsen 2006, no. 4.2.13).
    """

    name: ClassVar[str] = "nelsen13"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1e-6, 60.0),)
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        log_r = log_power_sum(theta * np.log1p(-u.log()), theta * np.log1p(-v.log())) / theta
        return np.exp(-np.expm1(log_r))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        x, y = -u.log(), -v.log()
        log_a, log_b = np.log1p(x), np.log1p(y)
        log_r = log_power_sum(theta * log_a, theta * log_b) / theta
        rise = np.expm1(log_r)
        powers = (theta - 1.0) * (log_a + log_b) + (1.0 - 2.0 * theta) * log_r
        return np.asarray(x + y - rise + powers + np.log(rise + theta))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        x = -u.log()
        log_a = theta * np.log1p(x)
        growth = (log_power_sum(log_a, theta * np.log1p(-v.log())) - log_a) / theta
        return Unit.from_log(-(1.0 + x) * np.expm1(growth) - (theta - 1.0) * growth)

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        x = -u.log()
        growth = solve_growth(1.0 + x, theta - 1.0, -q.log())
        log_b = softplus(theta * np.log1p(x) + log_expm1(theta * growth)) / theta
        return Unit.from_log(-np.expm1(log_b))

    def tau(self, parameters: Parameters) -> FloatArray:
        """1 + 4 times the integral of the generator over its derivative, by quadrature."""
        theta = np.asarray(parameters[0], dtype=np.float64)[..., np.newaxis]
        t, weights = quadrature_nodes()
        log_a = np.log1p(-t.log())
        ratio = np.exp(log_a) * np.expm1(-theta * log_a) / theta
        return np.asarray(1.0 + 4.0 * np.sum(weights * t.value * ratio, axis=-1))
