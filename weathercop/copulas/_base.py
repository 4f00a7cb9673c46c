"""What every copula family has in common: numbers in (0, 1) with their complements, and the interface of a family.

The families work on the open unit square and know nothing about rotations, seasons or clipping. A number close to 1
has lost its distance from 1 in floating point; a `Unit` carries both, so that a family is as exact in the upper corner
as in the lower one, and so that a rotation (which exchanges the two) costs no digits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import BoolArray, FloatArray
from weathercop.copulas._solvers import invert_increasing

#: One array per parameter, each broadcasting against the ranks.
Parameters: TypeAlias = Sequence[FloatArray]


class Unit(NamedTuple):
    """Numbers in (0, 1) and their distance from 1, both to full relative precision."""

    value: FloatArray
    complement: FloatArray

    @classmethod
    def of(cls, values: ArrayLike) -> Unit:
        """Numbers given in the ordinary way."""
        array = np.asarray(values, dtype=np.float64)
        return cls(array, 1.0 - array)

    @classmethod
    def from_log(cls, log_value: FloatArray) -> Unit:
        """exp(log_value), for log_value <= 0."""
        return cls(np.exp(log_value), -np.expm1(log_value))

    @classmethod
    def from_logit(cls, logit: FloatArray) -> Unit:
        """1 / (1 + exp(-logit))."""
        return cls(special.expit(logit), special.expit(-logit))

    @classmethod
    def from_score(cls, score: FloatArray) -> Unit:
        """Phi(score)."""
        return cls.from_tail(special.ndtr(-np.abs(score)), score < 0.0)

    @classmethod
    def from_tail(cls, tail: FloatArray, is_lower: BoolArray) -> Unit:
        """Numbers of which the smaller of value and complement is known."""
        rest = 1.0 - tail
        return cls(np.where(is_lower, tail, rest), np.where(is_lower, rest, tail))

    def flipped(self) -> Unit:
        """1 minus the numbers."""
        return Unit(self.complement, self.value)

    def log(self) -> FloatArray:
        """ln of the value, exact on both sides."""
        low = self.value < 0.5
        return np.where(low, np.log(self.value), np.log1p(-np.minimum(self.complement, 0.5)))

    def logit(self) -> FloatArray:
        """ln(value / complement)."""
        return np.log(self.value) - np.log(self.complement)

    def score(self) -> FloatArray:
        """Phi^-1 of the value."""
        tail = special.ndtri(np.minimum(self.value, self.complement))
        return np.asarray(np.where(self.value < 0.5, tail, -tail))


class Family(ABC):
    """A one- or two-parametric family of exchangeable copulas C(u, v).

    The first parameter moves the strength of the dependence and may change with the season; a second one is a shape,
    held constant over the year. `parameters` holds one array per parameter, broadcasting against u and v.
    """

    #: How the family is called in files, reports and arguments.
    name: ClassVar[str]
    #: What the parameters are called.
    parameter_names: ClassVar[tuple[str, ...]] = ("theta",)
    #: Lowest and highest admissible value of each parameter.
    bounds: ClassVar[tuple[tuple[float, float], ...]]
    #: The rotations that give different copulas.
    rotations: ClassVar[tuple[int, ...]] = (0,)
    #: Values of the second parameter from which a fit starts; empty for families with one parameter.
    shapes: ClassVar[tuple[float, ...]] = ()
    #: -1 where Kendall's tau falls with the first parameter.
    direction: ClassVar[int] = 1

    @abstractmethod
    def cdf(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        """C(u, v)."""

    @abstractmethod
    def log_density(self, u: Unit, v: Unit, parameters: Parameters) -> FloatArray:
        """ln c(u, v), the logarithm of the second mixed derivative of C."""

    @abstractmethod
    def h(self, u: Unit, v: Unit, parameters: Parameters) -> Unit:
        """The derivative of C(u, v) to u: the probability that V <= v when U = u."""

    @abstractmethod
    def h_inverse(self, u: Unit, q: Unit, parameters: Parameters) -> Unit:
        """The v for which h(u, v) = q."""

    @abstractmethod
    def tau(self, parameters: Parameters) -> FloatArray:
        """Kendall's tau."""

    def tail_dependence(self, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
        """Lower and upper coefficient of tail dependence; both 0 unless the family says otherwise."""
        zero = np.zeros(np.broadcast_shapes(*(np.shape(p) for p in parameters)))
        return zero, zero

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        """First parameter for Kendall's tau, given the second; the nearest bound where tau is out of reach."""
        target = np.asarray(tau, dtype=np.float64)
        low, high = self.bounds[0]

        def tau_at(theta: FloatArray) -> FloatArray:
            return self.direction * self.tau((theta, *shape))

        return invert_increasing(tau_at, self.direction * target, low, high)

    def tau_range(self, shape: Parameters = ()) -> tuple[float, float]:
        """Lowest and highest Kendall's tau within the bounds, given the second parameter."""
        ends = [float(self.tau((np.asarray(bound), *shape))) for bound in self.bounds[0]]
        return min(ends), max(ends)

    def constrained(self, theta: ArrayLike) -> FloatArray:
        """The first parameter moved to the nearest bound where it is outside."""
        return np.asarray(np.clip(theta, *self.bounds[0]), dtype=np.float64)


def softplus(x: FloatArray) -> FloatArray:
    """ln(1 + e^x) without overflow."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def log_add(x: FloatArray, y: FloatArray) -> FloatArray:
    """ln(e^x + e^y) without overflow."""
    return np.maximum(x, y) + np.log1p(np.exp(-np.abs(x - y)))


def log_expm1(x: FloatArray) -> FloatArray:
    """ln(e^x - 1) for x > 0 without overflow."""
    return x + np.log(-np.expm1(-x))


def log1mexp(x: FloatArray) -> FloatArray:
    """ln(1 - e^-x) for x > 0, exact at both ends (Maechler 2012)."""
    border = np.log(2.0)
    return np.where(x < border, np.log(-np.expm1(-x)), np.log1p(-np.exp(-np.maximum(x, border))))


def log_power_sum(x: FloatArray, y: FloatArray) -> FloatArray:
    """ln(e^x + e^y - 1) for x, y >= 0."""
    larger, smaller = np.maximum(x, y), np.minimum(x, y)
    return np.asarray(larger + np.log1p(np.exp(smaller - larger) * -np.expm1(-smaller)))


def log_norm(log_x: FloatArray, log_y: FloatArray, power: FloatArray) -> FloatArray:
    """ln((x^power + y^power)^(1/power))."""
    return np.asarray(np.maximum(log_x, log_y) + np.log1p(np.exp(-power * np.abs(log_x - log_y))) / power)


def quadrature_nodes() -> tuple[Unit, FloatArray]:
    """Nodes and weights of the double-exponential rule on (0, 1) (Takahasi and Mori 1974), to about 14 digits.

    The integrands may be singular at the ends.
    """
    step = 1.0 / 16.0
    s = step * np.arange(-52, 53)
    points = Unit.from_logit(np.pi * np.sinh(s))
    return points, step * np.pi * np.cosh(s) * points.value * points.complement
