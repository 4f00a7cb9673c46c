"""The independence copula C(u, v) = u v."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from varwg._arrays import FloatArray
from weathercop.copulas._base import Family, Parameters, Unit


class Independence(Family):
    """No dependence, no parameters."""

    name: ClassVar[str] = "independence"
    parameter_names: ClassVar[tuple[str, ...]] = ()
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ()

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return np.asarray(u.value * v.value)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        return np.asarray(0.0 * (u.value + v.value))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        return Unit(*np.broadcast_arrays(v.value, v.complement, u.value)[:2])

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        return self.h(u, q, parameters)

    def tau(self, parameters: Parameters) -> FloatArray:
        return np.zeros(())

    def tau_range(self, shape: Parameters = ()) -> tuple[float, float]:
        return 0.0, 0.0
