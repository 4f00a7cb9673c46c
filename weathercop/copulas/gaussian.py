"""The Gaussian copula."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg.arrays import FloatArray
from weathercop.copulas.base import Family, Parameters, Unit


class Gaussian(Family):
    """C(u, v) = Phi_2(Phi^-1(u), Phi^-1(v); rho), the dependence of the bivariate normal (Joe 2014, sec. 4.3.1)."""

    name: ClassVar[str] = "gaussian"
    parameter_names: ClassVar[tuple[str, ...]] = ("rho",)
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((-0.9999, 0.9999),)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        """By Owen's (1956) T function."""
        (rho,) = parameters
        x, y, rho = np.broadcast_arrays(u.score(), v.score(), rho)
        scale = np.sqrt((1.0 - rho) * (1.0 + rho))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope_x = np.where(x == 0.0, np.copysign(np.inf, y), (y / x - rho) / scale)
            slope_y = np.where(y == 0.0, np.copysign(np.inf, x), (x / y - rho) / scale)
        correction = np.where((x * y < 0.0) | ((x * y == 0.0) & (x + y < 0.0)), 0.5, 0.0)
        general = 0.5 * (u.value + v.value) - special.owens_t(x, slope_x) - special.owens_t(y, slope_y) - correction
        at_centre = 0.25 + np.arcsin(rho) / (2.0 * np.pi)
        return np.where((x == 0.0) & (y == 0.0), at_centre, general)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (rho,) = parameters
        x, y = u.score(), v.score()
        unexplained = (1.0 - rho) * (1.0 + rho)
        quadratic = rho * (rho * (x * x + y * y) - 2.0 * x * y) / unexplained
        return np.asarray(-0.5 * (np.log(unexplained) + quadratic))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (rho,) = parameters
        return Unit.from_score((v.score() - rho * u.score()) / np.sqrt((1.0 - rho) * (1.0 + rho)))

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        (rho,) = parameters
        return Unit.from_score(rho * u.score() + np.sqrt((1.0 - rho) * (1.0 + rho)) * q.score())

    def tau(self, parameters: Parameters) -> FloatArray:
        return np.asarray(2.0 / np.pi * np.arcsin(parameters[0]))

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        return self.constrained(np.sin(0.5 * np.pi * np.clip(tau, -1.0, 1.0)))
