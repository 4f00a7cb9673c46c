"""What every copula family has in common: numbers in (0, 1) with their complements, and the interface of a family.

The families work on the open unit square and know nothing about rotations, seasons or clipping. A number close to 1
has lost its distance from 1 in floating point; a `Unit` carries both, so that a family is as exact in the upper corner
as in the lower one, and so that a rotation (which exchanges the two) costs no digits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import BoolArray, FloatArray
from varwg._ranks import RANK_MARGIN
from weathercop.copulas._solvers import invert_increasing

#: One array per parameter, each broadcasting against the ranks.
Parameters: TypeAlias = Sequence[FloatArray]


#: Odds against a rank of 1 - 1e-12 and of 1e-12: between these are those of all ranks that are clipped.
_FEWEST_ODDS: Final = RANK_MARGIN / (1.0 - RANK_MARGIN)
_MOST_ODDS: Final = (1.0 - RANK_MARGIN) / RANK_MARGIN


class Unit:
    """Numbers in (0, 1) and their distance from 1, both to full relative precision.

    They are known in one of five forms: as value and complement, as odds against them, as minus their logarithm, or as normal
    scores. Every other form is made when it is asked for, once; so a score that goes from one Gaussian copula into another never
    passes through Phi, nor a logarithm through an exponential. Arrays that were handed in or out do not change.

    Parameters
    ----------
    value, complement : array, optional
        The numbers and 1 minus the numbers.
    against : array, optional
        Their odds against, complement / value.
    minus_log : array, optional
        -ln of the value.
    score : array, optional
        Phi^-1 of the value.
    """

    __slots__ = ("_against", "_complement", "_minus_log", "_score", "_value")

    def __init__(
        self,
        value: FloatArray | None = None,
        complement: FloatArray | None = None,
        *,
        against: FloatArray | None = None,
        minus_log: FloatArray | None = None,
        score: FloatArray | None = None,
    ) -> None:
        self._value = value
        self._complement = complement
        self._against = against
        self._minus_log = minus_log
        self._score = score

    @classmethod
    def of(cls, values: ArrayLike) -> Unit:
        """Numbers given in the ordinary way."""
        array = np.asarray(values, dtype=np.float64)
        return cls(array, 1.0 - array)

    @classmethod
    def from_log(cls, log_value: FloatArray) -> Unit:
        """exp(log_value), for log_value <= 0."""
        return cls(minus_log=-log_value)

    @classmethod
    def from_logit(cls, logit: FloatArray) -> Unit:
        """1 / (1 + exp(-logit))."""
        return cls(special.expit(logit), special.expit(-logit))

    @classmethod
    def from_score(cls, score: FloatArray) -> Unit:
        """Phi(score)."""
        return cls(score=score)

    @classmethod
    def from_tail(cls, tail: FloatArray, is_lower: BoolArray) -> Unit:
        """Numbers of which the smaller of value and complement is known."""
        rest = 1.0 - tail
        return cls(np.where(is_lower, tail, rest), np.where(is_lower, rest, tail))

    @classmethod
    def stacked(cls, units: Sequence[Unit], flipped: Sequence[bool], *, as_scores: bool) -> Unit:
        """Numbers of equal shapes, one behind the other along a new first axis and some of them flipped, as scores or odds."""
        cls.provide(units, as_scores=as_scores)
        rows = [unit.score() if as_scores else unit.against() for unit in units]
        if len(rows) == 1 and not flipped[0]:
            joint = rows[0][np.newaxis]
        else:
            joint = np.empty((len(rows), *rows[0].shape))
            for out_row, row, turned in zip(joint, rows, flipped, strict=True):
                if turned:
                    (np.negative if as_scores else np.reciprocal)(row, out=out_row)
                else:
                    out_row[...] = row
        return cls(score=joint) if as_scores else cls(against=joint)

    def rows(self, flipped: Sequence[bool]) -> list[Unit]:
        """The numbers along the first axis, some of them flipped, as scores if known as such, else as clipped odds."""
        if self._score is not None:
            return [Unit(score=-row if turned else row) for row, turned in zip(self._score, flipped, strict=True)]
        against = self.against()
        np.maximum(against, _FEWEST_ODDS, out=against)
        np.minimum(against, _MOST_ODDS, out=against)
        return [Unit(against=1.0 / row if turned else row) for row, turned in zip(against, flipped, strict=True)]

    @property
    def known(self) -> FloatArray:
        """Some form of the numbers, for their shape."""
        forms = (self._score, self._against, self._minus_log, self._value)
        return next(form for form in forms if form is not None)

    @property
    def value(self) -> FloatArray:
        """The numbers."""
        if self._value is None:
            self._value, self._complement = self._pair()
        return self._value

    @property
    def complement(self) -> FloatArray:
        """1 minus the numbers."""
        if self._complement is None:
            self._value, self._complement = self._pair()
        return self._complement

    def flipped(self) -> Unit:
        """1 minus the numbers."""
        if self._value is None and self._score is not None:
            return Unit(score=-self._score)
        if self._value is None and self._minus_log is None:
            return Unit(against=1.0 / self.against())
        return Unit(self.complement, self.value)

    def against(self) -> FloatArray:
        """complement / value."""
        if self._against is None:
            if self._minus_log is not None:
                self._against = np.expm1(self._minus_log)
            elif self._score is not None and self._value is None:
                self._against = _odds_against(self._score)
            else:
                self._against = self.complement / self.value
        return self._against

    def minus_log(self) -> FloatArray:
        """-ln of the value, exact on both sides."""
        if self._minus_log is None:
            if self._value is None:
                self._minus_log = np.log1p(self.against())
            else:
                low = self.value < 0.5
                self._minus_log = -np.where(low, np.log(self.value), np.log1p(-np.minimum(self.complement, 0.5)))
        return self._minus_log

    def log(self) -> FloatArray:
        """ln of the value, exact on both sides."""
        return -self.minus_log()

    def logit(self) -> FloatArray:
        """ln(value / complement)."""
        return -np.log(self.against()) if self._value is None else np.log(self.value) - np.log(self.complement)

    def score(self) -> FloatArray:
        """Phi^-1 of the value."""
        if self._score is None:
            if self._value is None:
                self._score = _score_of_odds(self.against())
            else:
                tail = special.ndtri(np.minimum(self.value, self.complement))
                self._score = np.asarray(np.where(self.value < 0.5, tail, -tail))
        return self._score

    @staticmethod
    def provide(units: Sequence[Unit], *, as_scores: bool) -> None:
        """Make scores, or odds, of all that have only the others, together: long calls let threads run beside each other."""
        lacking = {id(unit): unit for unit in units if (unit._score if as_scores else unit._against) is None}
        alike = [unit for unit in lacking.values() if (unit._against if as_scores else unit._score) is not None]
        if len(alike) > 1:
            joined = np.stack([unit.against() if as_scores else unit.score() for unit in alike])
            made = _score_of_odds(joined) if as_scores else _odds_against(joined)
            for unit, row in zip(alike, made, strict=True):
                if as_scores:
                    unit._score = row
                else:
                    unit._against = row

    def _pair(self) -> tuple[FloatArray, FloatArray]:
        if self._minus_log is not None:
            return np.exp(-self._minus_log), -np.expm1(-self._minus_log)
        if self._score is not None:
            pair = Unit.from_tail(special.ndtr(-np.abs(self._score)), self._score < 0.0)
            return pair.value, pair.complement
        against = self.against()
        total = 1.0 + against
        return 1.0 / total, against / total


def _odds_against(scores: FloatArray) -> FloatArray:
    """Odds against Phi(score), of ranks that are clipped."""
    odds, other = np.empty_like(scores), np.empty_like(scores)
    np.abs(scores, out=odds)
    np.negative(odds, out=odds)
    special.ndtr(odds, out=odds)
    np.maximum(odds, RANK_MARGIN, out=odds)
    np.subtract(1.0, odds, out=other)
    odds /= other
    # Odds of the smaller side, or their inverse: a sign of their logarithm, because choosing takes longer.
    np.log(odds, out=odds)
    np.negative(scores, out=other)
    np.copysign(odds, other, out=odds)
    return np.exp(odds, out=odds)


def _score_of_odds(against: FloatArray) -> FloatArray:
    """Phi^-1 of the numbers against which the odds are these."""
    score, other = np.empty_like(against), np.empty_like(against)
    np.reciprocal(against, out=score)
    np.minimum(score, against, out=score)
    np.add(score, 1.0, out=other)
    score /= other
    special.ndtri(score, out=score)
    np.subtract(1.0, against, out=other)
    return np.copysign(score, other, out=score)


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
    #: Whether it works on normal scores, so that these are what several of its copulas are stacked as.
    in_scores: ClassVar[bool] = False
    #: Whether `from_tau` is a formula, and not solved for step by step.
    has_formula: ClassVar[bool] = False
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
