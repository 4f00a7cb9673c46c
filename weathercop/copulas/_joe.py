"""The Joe copula."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import special

from varwg._arrays import FloatArray
from weathercop.copulas._base import Family, Parameters, Unit, log_expm1, softplus
from weathercop.copulas._solvers import solve_increasing


class Joe(Family):
    """C(u, v) = 1 - (a + b - a b)^(1/theta), a = (1-u)^theta, b = (1-v)^theta (Joe 2014, sec. 4.7.1)."""

    name: ClassVar[str] = "joe"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1.0, 50.0),)
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        return -np.expm1(_log_s(theta * u.flipped().log(), theta * v.flipped().log()) / theta)

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        log_u, log_v = u.flipped().log(), v.flipped().log()
        log_s = _log_s(theta * log_u, theta * log_v)
        powers = (theta - 1.0) * (log_u + log_v) + (1.0 / theta - 2.0) * log_s
        return np.asarray(powers + np.log(theta - 1.0 + np.exp(log_s)))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        log_a, log_b = theta * u.flipped().log(), theta * v.flipped().log()
        log_h = (1.0 - 1.0 / theta) * (log_a - _log_s(log_a, log_b)) + np.log(-np.expm1(log_b))
        return Unit.from_log(log_h)

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        """Newton's method for logit(1 - b), on which logit(h) depends almost linearly."""
        (theta,) = parameters
        alpha = np.asarray(1.0 - 1.0 / theta)
        log_ratio = log_expm1(-theta * u.flipped().log())
        start, lower, upper = _bracket(q, alpha, log_ratio)
        logit = solve_increasing(_residual, start, lower, upper, (q.logit(), alpha, log_ratio))
        return Unit.from_log(-softplus(logit) / theta).flipped()

    def tau(self, parameters: Parameters) -> FloatArray:
        """By the digamma function; a series around its removable singularity at theta = 2."""
        theta = np.asarray(parameters[0], dtype=np.float64)
        step = 2.0 / theta - 1.0
        near = np.abs(step) < 1e-3
        apart = np.where(near, 1.0, step)
        general = (special.digamma(2.0 + apart) - special.digamma(2.0)) / apart
        first, second, third = special.polygamma([1, 2, 3], 2.0)
        series = first + step * (second / 2.0 + step * third / 6.0)
        return np.asarray(1.0 - 2.0 / theta * np.where(near, series, general))

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        (theta,) = parameters
        return np.zeros(np.shape(theta)), np.asarray(2.0 - np.exp2(1.0 / theta))


def _log_s(log_a: FloatArray, log_b: FloatArray) -> FloatArray:
    """ln(a + b - a b)."""
    larger, smaller = np.maximum(log_a, log_b), np.minimum(log_a, log_b)
    return np.asarray(larger + np.log1p(-np.exp(smaller - larger) * np.expm1(larger)))


def _residual(logit: FloatArray, target: FloatArray, alpha: FloatArray, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """logit(h) - target and its slope, with 1 - b = expit(logit) and log_ratio = ln((1 - a)/a)."""
    tail = np.exp(-np.abs(logit))
    log_1p_tail = np.log1p(tail)
    log_b = -np.maximum(logit, 0.0) - log_1p_tail
    b = np.where(logit > 0.0, tail, 1.0) / (1.0 + tail)
    mixed = log_b + log_ratio
    mixed_tail = np.exp(-np.abs(mixed))
    log_h = np.minimum(logit, 0.0) - log_1p_tail - alpha * (np.maximum(mixed, 0.0) + np.log1p(mixed_tail))
    complement = -np.expm1(log_h)
    slope = (b + alpha * (1.0 - b) * np.where(mixed > 0.0, 1.0, mixed_tail) / (1.0 + mixed_tail)) / complement
    return log_h - np.log(complement) - target, slope


def _bracket(q: Unit, alpha: FloatArray, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Start and bracket of logit(1 - b).

    With p = ln(s/a), -ln q is a sum of two convex increasing functions of p that are 0 at 0; p is therefore between
    half the smaller of the two roots each alone would have and that root itself.
    """
    with np.errstate(divide="ignore"):
        first = -q.log() / alpha
    second = softplus(q.flipped().log() + log_ratio)
    start = np.where(alpha > 0.0, 1.0 / (1.0 / first + 1.0 / second), second)
    lower = q.logit()
    upper = _logit_of(0.5 * np.minimum(first, second), log_ratio)
    return np.clip(_logit_of(start, log_ratio), lower, upper), lower - 1e-9, upper + 1e-9


def _logit_of(p: FloatArray, log_ratio: FloatArray) -> FloatArray:
    """logit(1 - b) of b = (e^p - 1) a / (1 - a)."""
    log_b = np.minimum(log_expm1(p) - log_ratio, -1e-300)
    return np.log(-np.expm1(log_b)) - log_b
