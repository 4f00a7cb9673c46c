"""Fitting one copula without a season to pairs of ranks: by maximum likelihood or Kendall's tau, with standard errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from varwg.arrays import FloatArray, readonly_floats
from varwg.errors import FitError
from varwg.ranks import clip_ranks
from weathercop.copulas import find_family
from weathercop.copulas.dependence import kendall_tau
from weathercop.copulas.likelihood import Pairs, maximise
from weathercop.copulas.rotation import Rotated
from weathercop.copulas.selection import Candidate, fit_constant, fit_strength, parameters_at

_MIN_PAIRS: Final = 10
#: Steps of the search for the second parameter and of the second derivatives, in its logarithm.
_SHAPE_STEP: Final = 0.3
_FINEST_SHAPE_STEP: Final = 0.02
#: Relative step of derivatives.
_DERIVATIVE_STEP: Final = 1e-3


@dataclass(frozen=True, eq=False)
class FittedCopula:
    """A copula with estimated parameters that do not change in time.

    Parameters
    ----------
    family : str
        Name of the family.
    rotation : int
        0, 90, 180 or 270 degrees.
    parameters, standard_errors : array, shape (n_parameters,)
        Estimates and their asymptotic standard errors for independent pairs of known margins.
    loglikelihood : float
        Log-likelihood at the estimate.
    n_pairs : int
        Number of pairs used.
    """

    family: str
    rotation: int
    parameters: FloatArray
    standard_errors: FloatArray
    loglikelihood: float
    n_pairs: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", readonly_floats(self.parameters))
        object.__setattr__(self, "standard_errors", readonly_floats(self.standard_errors))

    @property
    def copula(self) -> Rotated:
        """The family, rotated; its methods take `tuple(parameters)`."""
        return Rotated(find_family(self.family), self.rotation)


def fit_copula(u: ArrayLike, v: ArrayLike, *, family: str, rotation: int = 0, method: str = "likelihood") -> FittedCopula:
    """Estimate the parameters of one copula.

    Parameters
    ----------
    u, v : array, shape (n,)
        Uniform ranks; pairs with NaN are left out.
    family : str
        Name of one of `weathercop.copulas.FAMILIES`.
    rotation : int
        One of the rotations of the family.
    method : str
        "likelihood", or "tau" for the parameter that has Kendall's tau of the pairs (one-parametric families only).

    Raises
    ------
    FitError
        If there are too few pairs, the family, rotation or method is not available, or the likelihood has no maximum
        inside the bounds of the parameters.
    """
    copula = Rotated(find_family(family), rotation)
    if method not in ("likelihood", "tau") or (method == "tau" and len(copula.family.parameter_names) > 1):
        raise FitError(f"method {method!r} cannot fit {family}; choose 'likelihood', or 'tau' for families with one parameter.")
    pairs = _valid_pairs(u, v)
    if not copula.family.parameter_names:
        return FittedCopula(family, rotation, np.empty(0), np.empty(0), 0.0, pairs.size)
    tau = kendall_tau(pairs.given, pairs.target)
    if method == "tau":
        return _by_tau(pairs, copula, tau)
    return _by_likelihood(pairs, copula, tau)


def _valid_pairs(u: ArrayLike, v: ArrayLike) -> Pairs:
    given, target = np.broadcast_arrays(clip_ranks(u), clip_ranks(v))
    valid = ~(np.isnan(given) | np.isnan(target))
    n_valid = int(np.count_nonzero(valid))
    if n_valid < _MIN_PAIRS:
        raise FitError(f"only {n_valid} pairs have both ranks, but at least {_MIN_PAIRS} are needed.")
    never = np.zeros(n_valid, dtype=np.bool_)
    return Pairs(given[valid], target[valid], np.zeros(n_valid, dtype=np.intp), never, never)


def _by_tau(pairs: Pairs, copula: Rotated, tau: float) -> FittedCopula:
    """The standard error is that of Kendall's tau as a U-statistic, carried over by the derivative of tau."""
    theta = copula.from_tau(tau)
    low, high = copula.family.bounds[0]
    if not low < theta < high:
        raise FitError(f"Kendall's tau of the pairs, {tau:.3f}, is out of reach of {copula.family.name}.")
    joint = copula.cdf(pairs.given, pairs.target, (theta,))
    projection = 1.0 - 2.0 * (pairs.given + pairs.target) + 4.0 * joint
    tau_error = 2.0 * float(np.std(projection)) / pairs.size**0.5
    step = _DERIVATIVE_STEP * min(float(theta) - low, high - float(theta), 1.0)
    slope = (copula.tau((theta + step,)) - copula.tau((theta - step,))) / (2.0 * step)
    loglikelihood = float(np.sum(pairs.log_likelihoods(copula, (theta,))))
    return FittedCopula(
        copula.family.name,
        copula.rotation,
        np.array([theta]),
        np.array([tau_error / abs(slope)]),
        loglikelihood,
        pairs.size,
    )


def _by_likelihood(pairs: Pairs, copula: Rotated, tau: float) -> FittedCopula:
    candidate = fit_constant(pairs, copula, tau)
    if candidate.shape:
        candidate = _with_best_shape(pairs, candidate)
    if not candidate.converged:
        raise FitError(
            f"the likelihood of {copula.family.name} rotated by {copula.rotation} degrees has no maximum inside its "
            f"bounds for these pairs (Kendall's tau {tau:.3f}); choose another family or rotation."
        )
    parameters = np.array(parameters_at(copula.family, candidate.strength, candidate.shape), dtype=np.float64)

    def loglikelihood(values: FloatArray) -> float:
        return float(np.sum(pairs.log_likelihoods(copula, tuple(values))))

    room = np.array([min(value - low, high - value) for value, (low, high) in zip(parameters, copula.family.bounds, strict=True)])
    steps = np.minimum(10.0 * _DERIVATIVE_STEP * np.maximum(np.abs(parameters), 0.1), 0.5 * room)
    covariance = np.linalg.inv(-_hessian(loglikelihood, parameters, steps))
    return FittedCopula(
        copula.family.name,
        copula.rotation,
        parameters,
        np.sqrt(np.diag(covariance)),
        candidate.loglikelihood,
        pairs.size,
    )


def _with_best_shape(pairs: Pairs, candidate: Candidate) -> Candidate:
    """The maximum over both parameters: that over the second of the maximum over the first."""
    copula = candidate.copula

    def profile(log_shapes: FloatArray) -> FloatArray:
        shapes = (float(shape) for shape in np.exp(log_shapes))
        return np.array([fit_strength(pairs, copula, (shape,), candidate.strength).value for shape in shapes])

    low, high = np.log(copula.family.bounds[1])
    start = float(np.log(candidate.shape[0]))
    best = maximise(profile, start, float(low), float(high), step=_SHAPE_STEP, finest_step=_FINEST_SHAPE_STEP)
    shape = (float(np.exp(best.x)),)
    fit = fit_strength(pairs, copula, shape, candidate.strength)
    return Candidate(copula, fit.x, shape, fit.value, fit.is_interior and best.is_interior)


def _hessian(function: Callable[[FloatArray], float], at: FloatArray, steps: FloatArray) -> FloatArray:
    """Second derivatives by central differences."""
    n = at.size
    result = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            along_i, along_j = (np.eye(n)[k] * steps[k] for k in (i, j))
            corners = function(at + along_i + along_j) + function(at - along_i - along_j)
            corners -= function(at + along_i - along_j) + function(at - along_i + along_j)
            result[i, j] = corners / (4.0 * steps[i] * steps[j])
    return result
