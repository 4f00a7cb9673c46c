"""The Clayton copula."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from weathercop.copulas._base import Family, Parameters, Unit, log_power_sum, softplus


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
