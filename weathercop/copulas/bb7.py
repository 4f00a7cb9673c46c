"""The BB7 (Joe-Clayton) copula of Joe."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from varwg.arrays import FloatArray
from weathercop.copulas.base import Family, Parameters, Unit, log1mexp, log_expm1, log_power_sum, quadrature_nodes, softplus
from weathercop.copulas.solvers import solve_increasing


class BB7(Family):
    """C(u, v) = 1 - (1 - (p^-delta + r^-delta - 1)^(-1/delta))^(1/theta), p = 1 - (1-u)^theta, r = 1 - (1-v)^theta.

    Lower tail dependence by delta, upper by theta (Joe 2014, sec. 4.21). In the methods x = -delta ln p,
    y = -delta ln r, big_l = ln(e^x + e^y - 1) and w = exp(-big_l / delta).
    """

    name: ClassVar[str] = "bb7"
    parameter_names: ClassVar[tuple[str, ...]] = ("theta", "delta")
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1.0, 15.0), (1e-4, 60.0))
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)
    shapes: ClassVar[tuple[float, ...]] = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        theta, delta = parameters
        big_l = log_power_sum(_minus_log_p(u, theta) * delta, _minus_log_p(v, theta) * delta)
        return -np.expm1(log1mexp(big_l / delta) / theta)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        theta, delta = parameters
        x, y = _minus_log_p(u, theta) * delta, _minus_log_p(v, theta) * delta
        big_l = log_power_sum(x, y)
        log_rest = log1mexp(big_l / delta)
        factor = np.log((1.0 + delta) * theta + (theta - 1.0) * np.exp(-big_l / delta - log_rest))
        powers = (1.0 + 1.0 / delta) * (x + y) - (2.0 + 1.0 / delta) * big_l - (1.0 - 1.0 / theta) * log_rest
        return np.asarray(factor + powers + (theta - 1.0) * (u.flipped().log() + v.flipped().log()))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        theta, delta = parameters
        x = _minus_log_p(u, theta) * delta
        growth = (log_power_sum(x, _minus_log_p(v, theta) * delta) - x) / delta
        odds = np.expm1(-theta * u.flipped().log())
        return Unit.from_log(-_minus_log_h(growth, 1.0 - 1.0 / theta, 1.0 + delta, odds)[0])

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        """Newton's method for ln(-ln h) as a function of ln g, g = (big_l - x) / delta.

        -ln h is the sum of two increasing functions of g that are 0 at 0: g is below the roots each alone would have,
        and above the smaller root of either reaching one half.
        """
        theta, delta = parameters
        alpha, factor, k = np.asarray(1.0 - 1.0 / theta), np.asarray(1.0 + delta), -q.log()
        odds = np.expm1(-theta * u.flipped().log())
        upper = np.minimum(k / factor, _second_alone(k, alpha, odds))
        lower = np.minimum(0.5 * k / factor, _second_alone(0.5 * k, alpha, odds))
        start = 0.5 * (np.log(lower) + np.log(upper))
        log_g = solve_increasing(_residual, start, np.log(lower) - 1e-9, np.log(upper) + 1e-9, (np.log(k), alpha, factor, odds))
        x = _minus_log_p(u, theta) * delta
        y = softplus(x + log_expm1(delta * np.exp(log_g)))
        return Unit.from_log(log1mexp(y / delta) / theta).flipped()

    def tau(self, parameters: Parameters) -> FloatArray:
        """1 + 4 times the integral of the generator over its derivative, by quadrature."""
        theta, delta = (np.asarray(p, dtype=np.float64)[..., np.newaxis] for p in parameters)
        t, weights = quadrature_nodes()
        minus_log_p = _minus_log_p(t, theta)
        ratio = np.exp(log1mexp(delta * minus_log_p) - minus_log_p - (theta - 1.0) * t.flipped().log())
        return np.asarray(1.0 - 4.0 * np.sum(weights * ratio / (theta * delta), axis=-1))

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        theta, delta = parameters
        return np.exp2(-1.0 / delta) + 0.0 * theta, np.asarray(2.0 - np.exp2(1.0 / theta) + 0.0 * delta)


def _minus_log_p(u: Unit, theta: FloatArray) -> FloatArray:
    return -log1mexp(-theta * u.flipped().log())


def _minus_log_h(g: FloatArray, alpha: FloatArray, factor: FloatArray, odds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """factor g + alpha ln(1 + odds (1 - e^-g)) and its derivative to g, with the odds p / (1 - p)."""
    rise = -odds * np.expm1(-g)
    return factor * g + alpha * np.log1p(rise), factor + alpha * odds * np.exp(-g) / (1.0 + rise)


def _residual(
    log_g: FloatArray, log_k: FloatArray, alpha: FloatArray, factor: FloatArray, odds: FloatArray
) -> tuple[FloatArray, FloatArray]:
    g = np.exp(log_g)
    value, slope = _minus_log_h(g, alpha, factor, odds)
    return np.log(value) - log_k, g * slope / value


def _second_alone(k: FloatArray, alpha: FloatArray, odds: FloatArray) -> FloatArray:
    """g with alpha ln(1 + odds (1 - e^-g)) = k; infinite where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log_share = log_expm1(k / alpha) - np.log(odds)
        return np.where((alpha > 0.0) & (log_share < 0.0), -log1mexp(-np.minimum(log_share, -1e-300)), np.inf)
