"""Tail probability and quantile of Student's t, several times faster than SciPy for one nu and many x.

With w = (1 - |x| / sqrt(nu + x^2)) / 2 the tail probability P(T > |x|) is the regularised incomplete beta function
I_w(a, a), a = nu / 2, that is (w (1 - w))^a G(w) / (a B(a, a)), where G is a hypergeometric function without
singularity near [0, 1/2] (DLMF 8.17.8): a polynomial of moderate degree gives it to the last digits. The inverse is
w = zeta Q(zeta), zeta = (2 p)^(1/a), with Q almost a polynomial, which starts one step of third order. Both
polynomials are interpolated anew in each call, at 20 to 40 nodes: no tables have to be kept anywhere.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from varwg.arrays import FloatArray


def tail_probability(x: FloatArray, nu: float) -> FloatArray:
    """P(T > x) for x >= 0 and nu degrees of freedom, to full relative precision."""
    a = 0.5 * nu
    ratio = x * x / nu
    y = 1.0 / (1.0 + ratio)
    w = 0.5 * y / (1.0 + np.sqrt(ratio * y))
    log_power = -a * (np.log1p(ratio) + np.log(4.0)) - np.log(a) - special.betaln(a, a)
    return np.asarray(np.exp(log_power) * _horner(_g_coefficients(a), 4.0 * w - 1.0))


def tail_quantile(p: FloatArray, nu: float) -> FloatArray:
    """x >= 0 with P(T > x) = p, for p in (0, 1/2] and nu degrees of freedom."""
    a = 0.5 * nu
    log_p = np.log(p)
    zeta = np.exp((log_p + np.log(2.0)) / a)
    w = zeta * _horner(_q_coefficients(a), 2.0 * zeta - 1.0)
    g = _horner(_g_coefficients(a), 4.0 * w - 1.0)
    residual = a * (np.log(w) + np.log1p(-w)) + np.log(g) - np.log(a) - special.betaln(a, a) - log_p
    # Halley's step for ln p as a function of ln w, whose first two derivatives follow from G alone
    slope = a / ((1.0 - w) * g)
    curvature = slope * ((w - a * (1.0 / g - (1.0 - 2.0 * w))) / (1.0 - w))
    step = residual / (slope - 0.5 * residual * curvature / slope)
    w = np.minimum(w * np.exp(-step), 0.5)
    return np.asarray(np.sqrt(nu) * (0.5 - w) / np.sqrt(w * (1.0 - w)))


def _g_coefficients(a: float) -> FloatArray:
    """G(w) in powers of 4 w - 1."""
    w = 0.25 * (_chebyshev_nodes(20 + round(0.3 * a)) + 1.0)
    log_power = a * (np.log(w) + np.log1p(-w)) - np.log(a) - special.betaln(a, a)
    return _powers(special.betainc(a, a, w) * np.exp(-log_power))


def _q_coefficients(a: float) -> FloatArray:
    """w / zeta in powers of 2 zeta - 1."""
    zeta = 0.5 * (_chebyshev_nodes(16 + round(0.7 * a)) + 1.0)
    return _powers(special.betaincinv(a, a, 0.5 * zeta**a) / zeta)


def _chebyshev_nodes(degree: int) -> FloatArray:
    return np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))


def _powers(values: FloatArray) -> FloatArray:
    """Coefficients, in ascending powers, of the polynomial through `values` at the Chebyshev nodes."""
    n = values.size
    order = np.arange(n)
    coefficients = np.cos(np.outer(order, np.pi * (order + 0.5) / n)) @ values * (2.0 / n)
    coefficients[0] *= 0.5
    previous, current = np.eye(1, n, 0)[0], np.eye(1, n, 1)[0]
    powers = coefficients[0] * previous + coefficients[1] * current
    for coefficient in coefficients[2:]:
        following = -previous
        following[1:] += 2.0 * current[:-1]
        previous, current = current, following
        powers += coefficient * current
    return np.asarray(powers)


def _horner(coefficients: FloatArray, x: FloatArray) -> FloatArray:
    result = np.full(np.shape(x), coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        result *= x
        result += coefficient
    return result
