"""Fitting one copula after the other to pairs of ranks, with parameters that do not change in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np

from varwg.arrays import FloatArray
from weathercop.copulas import FAMILIES, find_family
from weathercop.copulas.base import Family
from weathercop.copulas.dependence import kendall_tau
from weathercop.copulas.likelihood import Maximum, Pairs, maximise
from weathercop.copulas.rotation import Rotated

#: First step of the search, in Fisher-transformed Kendall's tau.
_STEP: Final = 0.15
#: Last step of the search, whose maximum is exact to about its square: for comparing families and for estimates.
COARSE: Final = 0.05
FINE: Final = 0.005
#: Below this |tau| copulas of either sign are tried.
_UNSURE_TAU: Final = 0.05
_LARGEST_TAU: Final = 0.995


class Candidate(NamedTuple):
    """A copula with fitted constant parameters."""

    copula: Rotated
    #: Fisher-transformed Kendall's tau of the family, before the rotation gives it a sign
    strength: float
    #: the second parameter, if there is one
    shape: tuple[float, ...]
    loglikelihood: float
    #: the likelihood has a maximum inside the bounds
    converged: bool

    @property
    def n_free(self) -> int:
        """Number of fitted parameters."""
        return len(self.copula.family.parameter_names)


def criterion_value(criterion: str, loglikelihood: float, n_free: int, n_pairs: int) -> float:
    """Akaike's or Bayes' information criterion: smaller is better."""
    penalty = 2.0 if criterion == "aic" else float(np.log(n_pairs))
    return penalty * n_free - 2.0 * loglikelihood


def parameters_at(family: Family, strength: float | FloatArray, shape: tuple[float, ...]) -> tuple[FloatArray, ...]:
    """The parameters of a family at a Fisher-transformed Kendall's tau."""
    fixed = tuple(np.asarray(value) for value in shape)
    return (family.from_tau(np.tanh(strength), fixed), *fixed)


def strength_range(family: Family, shape: tuple[float, ...]) -> tuple[float, float]:
    """Lowest and highest Fisher-transformed Kendall's tau of a family."""
    taus = family.tau_range(tuple(np.asarray(value) for value in shape))
    low, high = np.arctanh(np.clip(taus, -_LARGEST_TAU, _LARGEST_TAU))
    return float(low), float(high)


def select_families(names: Iterable[str] | None) -> tuple[Family, ...]:
    """The families called `names`, or all of them."""
    return FAMILIES if names is None else tuple(find_family(name) for name in names)


def constant_candidates(pairs: Pairs, families: Iterable[Family]) -> tuple[Candidate, ...]:
    """One fitted candidate for each family and rotation whose sign agrees with the data."""
    tau = kendall_tau(pairs.given, pairs.target)
    return tuple(fit_constant(pairs, copula, tau, COARSE) for copula in _plausible(families, tau))


def _plausible(families: Iterable[Family], tau: float) -> Iterator[Rotated]:
    for family in families:
        for rotation in family.rotations:
            copula = Rotated(family, rotation)
            low, high = sorted(copula.sign * end for end in family.tau_range(_first_shape(family)))
            if (high > 0.0 and tau > -_UNSURE_TAU) or (low < 0.0 and tau < _UNSURE_TAU):
                yield copula


def _first_shape(family: Family) -> tuple[FloatArray, ...]:
    return tuple(np.asarray(value) for value in family.shapes[:1])


def fit_constant(pairs: Pairs, copula: Rotated, tau: float, finest_step: float = FINE) -> Candidate:
    """Maximum-likelihood estimate of one copula, starting from Kendall's tau; of a second parameter from a few values.

    The second parameter is the best of the family's `shapes`, improved by a parabola.
    """
    family = copula.family
    strength = float(np.arctanh(np.clip(copula.sign * tau, -_LARGEST_TAU, _LARGEST_TAU)))
    if not family.shapes:
        return refit(pairs, Candidate(copula, strength, (), 0.0, converged=True), finest_step)
    fits = []
    for shape in family.shapes:
        fits.append(fit_strength(pairs, copula, (shape,), strength, finest_step))
        strength = fits[-1].x
    best = int(np.argmax([fit.value for fit in fits]))
    candidate = _as_candidate(copula, (family.shapes[best],), fits[best])
    if not 0 < best < len(fits) - 1:
        return candidate
    between = _peak(np.log(family.shapes[best - 1 : best + 2]), [fit.value for fit in fits[best - 1 : best + 2]])
    refined = refit(pairs, candidate._replace(shape=(float(np.exp(between)),)), finest_step)
    return max(candidate, refined, key=lambda fit: fit.loglikelihood)


def refit(pairs: Pairs, candidate: Candidate, finest_step: float = FINE) -> Candidate:
    """The candidate with its first parameter estimated anew."""
    copula, shape = candidate.copula, candidate.shape
    if not copula.family.parameter_names:
        loglikelihood = float(np.sum(pairs.log_likelihoods(copula, ())))
        return candidate._replace(loglikelihood=loglikelihood)
    return _as_candidate(copula, shape, fit_strength(pairs, copula, shape, candidate.strength, finest_step))


def fit_strength(pairs: Pairs, copula: Rotated, shape: tuple[float, ...], start: float, finest_step: float = FINE) -> Maximum:
    """The strength that maximises the likelihood, given the second parameter."""

    def loglikelihood(strengths: FloatArray) -> FloatArray:
        first, *rest = parameters_at(copula.family, strengths, shape)
        return np.array([np.sum(pairs.log_likelihoods(copula, (value, *rest))) for value in first])

    low, high = strength_range(copula.family, shape)
    return maximise(loglikelihood, start, low, high, step=_STEP, finest_step=finest_step)


def _as_candidate(copula: Rotated, shape: tuple[float, ...], fit: Maximum) -> Candidate:
    converged = fit.is_interior and bool(np.isfinite(fit.value))
    return Candidate(copula, fit.x, shape, fit.value, converged)


def _peak(x: FloatArray, y: list[float]) -> float:
    """Where the parabola through three points, the middle one the highest, has its peak."""
    quadratic, linear, _ = np.polyfit(x - x[1], y, 2)
    return float(x[1] - 0.5 * linear / quadratic) if quadratic < 0.0 else float(x[1])
