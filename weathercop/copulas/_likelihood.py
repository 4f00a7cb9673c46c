"""Log-likelihood of pairs of ranks, some of them known only as upper limits, and its maximum over a parameter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from varwg._arrays import BoolArray, FloatArray, IntArray
from weathercop.copulas._base import Parameters, Unit
from weathercop.copulas._rotation import Rotated

_MAX_WALK: Final = 100


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of clipped ranks without NaN, flat; where `censored`, the rank is an upper limit of an unknown one."""

    given: FloatArray
    target: FloatArray
    doy: IntArray
    given_censored: BoolArray
    target_censored: BoolArray

    @property
    def size(self) -> int:
        return int(self.given.size)

    def thinned(self, n_wanted: int) -> Pairs:
        """About `n_wanted` of the pairs, spread evenly."""
        if self.size <= n_wanted:
            return self
        chosen = thinned(self.size, n_wanted)
        return Pairs(
            self.given[chosen],
            self.target[chosen],
            self.doy[chosen],
            self.given_censored[chosen],
            self.target_censored[chosen],
        )

    def log_likelihoods(self, copula: Rotated, parameters: Parameters) -> FloatArray:
        """Contribution of each pair: c, h or C, whichever of the two ranks is an upper limit; shape (n,).

        Where none is, parameters of shape (G, 1) give (G, n).
        """
        if not self.any_censored:
            given, target = self._units
            return copula.family.log_density(given[copula.turns_given], target[copula.turns_target], parameters)
        result = np.empty(self.size)
        parts: tuple[tuple[BoolArray, Callable[..., FloatArray]], ...] = (
            (~self.given_censored & ~self.target_censored, copula.log_density),
            (~self.given_censored & self.target_censored, _log_of(copula.h)),
            (self.given_censored & ~self.target_censored, _log_of(copula.h_of_given)),
            (self.given_censored & self.target_censored, _log_of(copula.cdf)),
        )
        for chosen, contribution in parts:
            some = tuple(p[chosen] if np.ndim(p) else p for p in parameters)
            result[chosen] = contribution(self.given[chosen], self.target[chosen], some)
        return result

    @cached_property
    def any_censored(self) -> bool:
        """Whether some rank is an upper limit."""
        return bool(self.given_censored.any() or self.target_censored.any())

    @cached_property
    def _units(self) -> tuple[tuple[Unit, Unit], tuple[Unit, Unit]]:
        """The given ranks as they are and flipped, and the targets: all copulas share their logarithms and scores."""
        given, target = Unit.of(self.given), Unit.of(self.target)
        return (given, given.flipped()), (target, target.flipped())


def _log_of(function: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
    def log_function(*arguments: object) -> FloatArray:
        return np.log(np.maximum(function(*arguments), np.finfo(np.float64).tiny))

    return log_function


class Maximum(NamedTuple):
    """Where a function of one variable is largest."""

    x: float
    value: float
    #: minus the second derivative there
    curvature: float
    #: False if the function still rises at a bound
    is_interior: bool


def maximise(
    function: Callable[[FloatArray], FloatArray], start: float, low: float, high: float, *, step: float, finest_step: float
) -> Maximum:
    """Maximum of a smooth function with one peak between `low` and `high`.

    Walks uphill in steps, puts a parabola through the highest point and its neighbours, and repeats that with smaller
    steps down to `finest_step`. `function` is given several points at once, shape (n,).
    """
    x = float(np.clip(start, low, high))
    while True:
        x, left, value, right = _walk(function, x, low, high, step)
        if np.isinf(left) or np.isinf(right):
            if step <= finest_step:
                return Maximum(x, value, np.nan, is_interior=False)
        else:
            curvature = (2.0 * value - left - right) / step**2
            if not curvature > 0.0:
                return Maximum(x, value, np.nan, is_interior=False)
            x += 0.5 * (right - left) / step / curvature
            if step <= finest_step:
                return Maximum(x, _bounded(function, low, high, x)[0], curvature, is_interior=True)
        step = max(0.2 * step, finest_step)


def _walk(
    function: Callable[[FloatArray], FloatArray], x: float, low: float, high: float, step: float
) -> tuple[float, float, float, float]:
    """The highest of equally spaced points, and the values to its left, there and to its right.

    Points outside the bounds have the value -inf.
    """
    left, value, right = _bounded(function, low, high, x - step, x, x + step)
    for _ in range(_MAX_WALK):
        if right > value:
            x, left, value, (right,) = x + step, value, right, _bounded(function, low, high, x + 2.0 * step)
        elif left > value:
            x, (left,), value, right = x - step, _bounded(function, low, high, x - 2.0 * step), left, value
        else:
            break
    return x, left, value, right


def _bounded(function: Callable[[FloatArray], FloatArray], low: float, high: float, *points: float) -> list[float]:
    """The function at points inside the bounds, -inf outside."""
    at = np.array(points)
    inside = (low <= at) & (at <= high)
    values = np.full(at.size, -np.inf)
    if inside.any():
        values[inside] = function(at[inside])
    return [float(value) for value in values]


def thinned(n: int, n_wanted: int) -> slice | IntArray:
    """Which of `n` values to take for about `n_wanted` that are spread evenly over them."""
    if n <= n_wanted:
        return slice(None)
    return np.linspace(0, n - 1, n_wanted).astype(np.intp)


def kendall_tau(x: FloatArray, y: FloatArray) -> float:
    """Kendall's tau-b of the pairs without NaN, by counting inversions (Knight 1966); 0 for constant series."""
    x, y = np.ravel(x), np.ravel(y)
    valid = ~(np.isnan(x) | np.isnan(y))
    x_rank = np.unique(x[valid], return_inverse=True)[1]
    y_rank = np.unique(y[valid], return_inverse=True)[1]
    n = x_rank.size
    n_pairs = n * (n - 1) // 2
    both = x_rank.astype(np.int64) * (n + 1) + y_rank
    x_ties, y_ties, joint_ties = (_tied_pairs(ranks) for ranks in (x_rank, y_rank, both))
    discordant = _inversions(y_rank[np.argsort(both, kind="stable")])
    concordant = n_pairs - discordant - x_ties - y_ties + joint_ties
    scale = float(n_pairs - x_ties) * float(n_pairs - y_ties)
    return float(concordant - discordant) / scale**0.5 if scale > 0.0 else 0.0


def _tied_pairs(ranks: NDArray[np.integer]) -> int:
    counts = np.unique(ranks, return_counts=True)[1]
    return int(np.sum(counts * (counts - 1) // 2))


def _inversions(ranks: NDArray[np.integer]) -> int:
    """Pairs i < j with ranks[i] > ranks[j], counted where their highest differing bit is."""
    total = 0
    n_bits = int(ranks.max(initial=0)).bit_length()
    # 16 bits, where they suffice, are sorted by radix, in linear time
    current: NDArray[np.integer] = ranks.astype(np.uint16 if n_bits <= 16 else np.uint32)
    for bit in reversed(range(n_bits)):
        # `current` is sorted by all higher bits, and within equal ones still in the given order
        is_one = ((current >> bit) & 1).astype(np.int32)
        group = current >> (bit + 1)
        ones_before = np.cumsum(is_one) - is_one
        is_start = np.concatenate([[True], group[1:] != group[:-1]])
        in_group = ones_before - ones_before[is_start][np.cumsum(is_start) - 1]
        total += int(np.sum(in_group[is_one == 0]))
        current = current[np.argsort(current >> bit, kind="stable")]
    return total
