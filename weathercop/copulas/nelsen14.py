"""The copula no. 14 of Nelsen's table of Archimedean families."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from varwg.arrays import FloatArray
from weathercop.copulas.base import Family, Parameters, Unit
from weathercop.copulas.bb1 import BB1


class Nelsen14(Family):
    """C(u, v) = (1 + ((u^(-1/theta) - 1)^theta + (v^(-1/theta) - 1)^theta)^(1/theta))^-theta: BB1 with 1/theta and theta.

    Tail dependence at both ends (Nelsen 2006, no. 4.2.14).
    """

    name: ClassVar[str] = "nelsen14"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1.0, 30.0),)
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return BB1().cdf(u, v, _as_bb1(parameters))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return BB1().log_density(u, v, _as_bb1(parameters))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        return BB1().h(u, v, _as_bb1(parameters))

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        return BB1().h_inverse(u, q, _as_bb1(parameters))

    def tau(self, parameters: Parameters) -> FloatArray:
        return BB1().tau(_as_bb1(parameters))

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        return self.constrained(1.0 / (1.0 - np.minimum(tau, 0.999)) - 0.5)

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        return BB1().tail_dependence(_as_bb1(parameters))


def _as_bb1(parameters: Parameters) -> Parameters:
    theta = np.asarray(parameters[0], dtype=np.float64)
    return 1.0 / theta, theta
