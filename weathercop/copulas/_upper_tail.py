"""Copulas of upper tail dependence: Gumbel and Joe."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import FloatArray
from weathercop.copulas._base import Family, Parameters, Unit, log_expm1, log_norm, softplus
from weathercop.copulas._solvers import solve_increasing


class Gumbel(Family):
    """C(u, v) = exp(-((-ln u)^theta + (-ln v)^theta)^(1/theta)), upper tail dependence (Joe 2014, sec. 4.8.1)."""

    name: ClassVar[str] = "gumbel"
    bounds: ClassVar[tuple[tuple[float, float], ...]] = ((1.0, 50.0),)
    has_formula: ClassVar[bool] = True
    rotations: ClassVar[tuple[int, ...]] = (0, 90, 180, 270)

    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        return np.exp(-np.exp(log_norm(np.log(-u.log()), np.log(-v.log()), theta)))

    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        (theta,) = parameters
        x, y = -u.log(), -v.log()
        log_x, log_y = np.log(x), np.log(y)
        log_t = log_norm(log_x, log_y, theta)
        t = np.exp(log_t)
        powers = (theta - 1.0) * (log_x + log_y) + (1.0 - 2.0 * theta) * log_t
        return np.asarray(x + y - t + powers + np.log(t + theta - 1.0))

    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        x = -u.log()
        log_x = np.log(x)
        growth = log_norm(log_x, np.log(-v.log()), theta) - log_x
        return Unit.from_log(-x * np.expm1(growth) - (theta - 1.0) * growth)

    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        (theta,) = parameters
        x = u.minus_log()
        minus_log = solve_growth(x, theta - 1.0, q.minus_log(), 3)
        minus_log *= theta
        np.expm1(minus_log, out=minus_log)
        np.log(minus_log, out=minus_log)
        minus_log /= theta
        np.exp(minus_log, out=minus_log)
        minus_log *= x
        return Unit(minus_log=minus_log)

    def tau(self, parameters: Parameters) -> FloatArray:
        return np.asarray(1.0 - 1.0 / parameters[0])

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        return self.constrained(1.0 / (1.0 - np.clip(tau, 0.0, 0.999)))

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        (theta,) = parameters
        return np.zeros(np.shape(theta)), np.asarray(2.0 - np.exp2(1.0 / theta))


def solve_growth(x: FloatArray, power: FloatArray, k: FloatArray, n_steps: int) -> FloatArray:
    """delta >= 0 with x (e^delta - 1) + power delta = k, for x, k > 0 and x + power > 0; an array of its own.

    The left side is convex, so that Newton's method, from delta = ln(1 + k / x), where its exponential is known, ends above the
    root; so does the quadratic equation that leaves out the powers of delta beyond the second. The lesser is at most 23 % above.
    From there each of `n_steps` steps of Householder's method of fourth order, which takes but one exponential since all
    derivatives from the second on are the same, leaves a tenth of the fourth power of the error where x >= 1: two are enough
    there, and three for smaller x. All elements do the same steps, so that their bits do not depend on what else is solved.
    Working with delta = ln(t / x) instead of Lambert's W for t itself keeps the digits of t - x.
    """
    shape = np.broadcast_shapes(np.shape(x), np.shape(power), np.shape(k))
    delta, value, slope, ratio = (np.empty(shape) for _ in range(4))
    np.divide(k, x, out=delta)
    np.log1p(delta, out=delta)
    np.add(x, k, out=value)
    np.add(value, power, out=slope)
    value /= slope
    delta *= value
    np.add(x, power, out=ratio)
    np.multiply(x, k, out=value)
    value *= 2.0
    np.multiply(ratio, ratio, out=slope)
    value += slope
    np.sqrt(value, out=value)
    value += ratio
    np.divide(k, value, out=value)
    value *= 2.0
    np.minimum(delta, value, out=delta)
    for _ in range(n_steps):
        np.expm1(delta, out=ratio)
        ratio *= x
        np.multiply(power, delta, out=value)
        value += ratio
        value -= k
        ratio += x
        np.add(ratio, power, out=slope)
        # The Newton step h = value / slope, and c h, with c the second derivative over the first.
        value /= slope
        ratio /= slope
        ratio *= value
        # h (2 - c h) / (2 - 2 c h + c h^2 / 3)
        np.multiply(value, 1.0 / 3.0, out=slope)
        slope -= 2.0
        slope *= ratio
        slope += 2.0
        np.subtract(2.0, ratio, out=ratio)
        value *= ratio
        value /= slope
        delta -= value
    return delta


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
