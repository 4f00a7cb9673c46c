"""A family turned by 0, 90, 180 or 270 degrees: the copulas that the rest of the package uses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from varwg._ranks import clip_ranks, inside_unit_interval
from varwg.errors import FitError
from weathercop.copulas._base import Family, Parameters, Unit


@dataclass(frozen=True)
class Rotated:
    """A copula C(u, v) of which u is the given argument and v the target.

    With the density c of the family, the density is c(u, v) for 0, c(1 - u, v) for 90, c(1 - u, 1 - v) for 180 and
    c(u, 1 - v) for 270 degrees; 90 and 270 are not exchangeable. All methods take arrays that broadcast against each
    other, and `parameters` as a sequence of one array per parameter of the family.

    Given ranks and probabilities are kept in [1e-12, 1 - 1e-12]; targets, which under strong dependence are meaningful
    far below that, are only kept off 0 and 1. NaN stays NaN.
    """

    family: Family
    rotation: int = 0

    def __post_init__(self) -> None:
        if self.rotation not in self.family.rotations:
            raise FitError(f"{self.family.name} has no rotation {self.rotation}; choose from {self.family.rotations}.")

    def cdf(self, u: ArrayLike, v: ArrayLike, parameters: Parameters = ()) -> FloatArray:
        """C(u, v), the probability that both are below."""
        first, target = _inside(u), _inside(v)
        joint = self.family.cdf(self._turned_given(first), self._turned_target(target), parameters)
        if self.rotation == 0:
            return joint
        if self.rotation == 90:
            return target.value - joint
        if self.rotation == 270:
            return first.value - joint
        return first.value - target.complement + joint

    def log_density(self, u: ArrayLike, v: ArrayLike, parameters: Parameters = ()) -> FloatArray:
        """ln c(u, v)."""
        return self.family.log_density(self._turned_given(_inside(u)), self._turned_target(_inside(v)), parameters)

    def density(self, u: ArrayLike, v: ArrayLike, parameters: Parameters = ()) -> FloatArray:
        """c(u, v)."""
        return np.exp(self.log_density(u, v, parameters))

    def h(self, u: ArrayLike, v: ArrayLike, parameters: Parameters = ()) -> FloatArray:
        """dC/du: the probability that V <= v given U = u."""
        turned = self.family.h(self._turned_given(Unit.of(clip_ranks(u))), self._turned_target(_inside(v)), parameters)
        return self._turned_target(turned).value

    def h_inverse(self, u: ArrayLike, q: ArrayLike, parameters: Parameters = ()) -> FloatArray:
        """The v in the open unit interval for which h(u, v) = q: the quantile of V given U = u."""
        conditioning, probability = Unit.of(clip_ranks(u)), Unit.of(clip_ranks(q))
        turned = self.family.h_inverse(self._turned_given(conditioning), self._turned_target(probability), parameters)
        return inside_unit_interval(self._turned_target(turned).value)

    def h_of_given(self, u: ArrayLike, v: ArrayLike, parameters: Parameters = ()) -> FloatArray:
        """dC/dv: the probability that U <= u given V = v."""
        return self.exchanged().h(v, u, parameters)

    def h_inverse_of_given(self, v: ArrayLike, q: ArrayLike, parameters: Parameters = ()) -> FloatArray:
        """The u for which dC/dv = q: the quantile of U given V = v."""
        return self.exchanged().h_inverse(v, q, parameters)

    def exchanged(self) -> Rotated:
        """The copula of (V, U)."""
        return Rotated(self.family, -self.rotation % 360)

    def tau(self, parameters: Parameters = ()) -> FloatArray:
        """Kendall's tau."""
        return self.sign * self.family.tau(parameters)

    def from_tau(self, tau: ArrayLike, shape: Parameters = ()) -> FloatArray:
        """First parameter for Kendall's tau, given the second; the nearest bound where tau is out of reach."""
        return self.family.from_tau(self.sign * np.asarray(tau), shape)

    def tail_dependence(self, parameters: Parameters = ()) -> tuple[FloatArray, FloatArray]:
        """Lower and upper coefficient of tail dependence; both are 0 for 90 and 270 degrees."""
        lower, upper = self.family.tail_dependence(parameters)
        if self.rotation == 0:
            return lower, upper
        return (upper, lower) if self.rotation == 180 else (0.0 * lower, 0.0 * upper)

    def sample(self, n: int, parameters: Parameters = (), *, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """`n` pairs (u, v); parameters are scalars or have shape (n,)."""
        u, q = rng.random((2, n))
        return clip_ranks(u), self.h_inverse(u, q, parameters)

    @property
    def sign(self) -> int:
        """-1 where the rotation turns positive dependence into negative."""
        return -1 if self.rotation in (90, 270) else 1

    @property
    def turns_given(self) -> bool:
        """Whether the family sees 1 minus the given rank."""
        return self.rotation in (90, 180)

    @property
    def turns_target(self) -> bool:
        """Whether the family sees 1 minus the target."""
        return self.rotation in (180, 270)

    def _turned_given(self, u: Unit) -> Unit:
        return u.flipped() if self.turns_given else u

    def _turned_target(self, v: Unit) -> Unit:
        return v.flipped() if self.turns_target else v


def _inside(ranks: ArrayLike) -> Unit:
    return Unit.of(inside_unit_interval(ranks))
