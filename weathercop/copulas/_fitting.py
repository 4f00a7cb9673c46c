"""Fitting a copula: one parameter set, and the choice among families."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray, brief, readonly_floats
from varwg._ranks import clip_ranks
from varwg.errors import FitError
from weathercop.copulas._base import Family, Parameters
from weathercop.copulas._families import FAMILIES, find_family
from weathercop.copulas._likelihood import Pairs, kendall_tau, maximise
from weathercop.copulas._rotation import Rotated

#: First step of the search, in Fisher-transformed Kendall's tau.
_STEP: Final = 0.15
#: Last step of the search, whose maximum is exact to about its square: for comparing families and for estimates.
COARSE: Final = 0.05
FINE: Final = 0.005
#: Below this |tau| copulas of either sign are tried.
_UNSURE_TAU: Final = 0.05
_LARGEST_TAU: Final = 0.995


#: Nodes at which strengths of a family are tabulated, and passes that make them nearly equidistant in strength and parameter.
_N_NODES: Final = 97
_PASSES: Final = 3


@dataclass(frozen=True, eq=False)
class StrengthScale:
    """Parameters of a family by strength, which is Fisher-transformed Kendall's tau, given the second parameter.

    Where there is no formula, the first parameter is a monotone cubic function (Fritsch and Carlson 1980, SIAM J. Numer. Anal.
    17, 238) between nodes, which gives tau to 0.0002: a fit asks for it so often that solving for it took as
    long as all likelihoods, and what it estimates is the parameter, whatever tau that has.

    Attributes
    ----------
    family : Family
        The family.
    shape : tuple of float
        The second parameter, if there is one.
    low, high : float
        Range of strengths.
    nodes, values, slopes : array or None
        Strengths, arcsinh of the first parameter there, and its derivatives; None where there is a formula.
    """

    family: Family
    shape: tuple[float, ...]
    low: float
    high: float
    nodes: FloatArray | None = None
    values: FloatArray | None = None
    slopes: FloatArray | None = None

    @classmethod
    def of(cls, family: Family, shape: tuple[float, ...]) -> StrengthScale:
        """The scale of a family."""
        fixed = tuple(np.asarray(value) for value in shape)
        low, high = np.arctanh(np.clip(family.tau_range(fixed), -_LARGEST_TAU, _LARGEST_TAU)).tolist()
        if family.has_formula:
            return cls(family, shape, low, high)
        first, last = family.bounds[0]
        values = np.linspace(np.arcsinh(first), np.arcsinh(last), _N_NODES)[:: family.direction]
        for number in range(_PASSES):
            nodes = np.arctanh(family.tau((np.clip(np.sinh(values), first, last), *fixed)))
            rising = nodes > np.maximum.accumulate(np.concatenate([[-np.inf], nodes[:-1]]))
            nodes, values = nodes[rising], values[rising]
            if number < _PASSES - 1:
                place = nodes / np.ptp(nodes) + np.abs(values - values[0]) / np.ptp(values)
                values = np.interp(np.linspace(place[0], place[-1], _N_NODES), place, values)
        secants = np.diff(values) / np.diff(nodes)
        slopes = np.gradient(values, nodes)
        steepest = 3.0 * np.minimum(np.abs(secants[1:]), np.abs(secants[:-1]))
        slopes[1:-1] = np.clip(slopes[1:-1], -steepest, steepest)
        return cls(family, shape, low, high, nodes, values, slopes)

    def parameters(self, strength: float | FloatArray) -> Parameters:
        """The parameters at strengths inside the range."""
        fixed = tuple(np.asarray(value) for value in self.shape)
        if self.nodes is None or self.values is None or self.slopes is None:
            return (self.family.from_tau(np.tanh(strength), fixed), *fixed)
        left = np.clip(np.searchsorted(self.nodes, strength), 1, self.nodes.size - 1) - 1
        width = self.nodes[left + 1] - self.nodes[left]
        place = (strength - self.nodes[left]) / width
        rise = self.values[left + 1] - self.values[left]
        bend = (self.slopes[left] * width - rise) * (1.0 - place) - (self.slopes[left + 1] * width - rise) * place
        scaled = self.values[left] + place * (rise + (1.0 - place) * bend)
        return (self.family.constrained(np.sinh(scaled)), *fixed)


class Candidate(NamedTuple):
    """A copula with fitted constant parameters."""

    copula: Rotated
    #: how strengths are turned into parameters
    scale: StrengthScale
    #: Fisher-transformed Kendall's tau of the family, before the rotation gives it a sign
    strength: float
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


def select_families(names: Iterable[str] | None) -> tuple[Family, ...]:
    """The families called `names`, or all of them."""
    return FAMILIES if names is None else tuple(find_family(name) for name in names)


def constant_candidates(pairs: Pairs, families: Iterable[Family]) -> tuple[Candidate, ...]:
    """One fitted candidate for each family and rotation whose sign agrees with the data."""
    tau = kendall_tau(pairs.given, pairs.target)
    scales: dict[tuple[str, tuple[float, ...]], StrengthScale] = {}

    def scale_of(family: Family, shape: tuple[float, ...]) -> StrengthScale:
        """The rotations of a family share their scale."""
        key = (family.name, shape)
        if key not in scales:
            scales[key] = StrengthScale.of(family, shape)
        return scales[key]

    return tuple(fit_constant(pairs, copula, tau, COARSE, scale_of) for copula in _plausible(families, tau))


def _plausible(families: Iterable[Family], tau: float) -> Iterator[Rotated]:
    for family in families:
        for rotation in family.rotations:
            copula = Rotated(family, rotation)
            low, high = sorted(copula.sign * end for end in family.tau_range(_first_shape(family)))
            if (high > 0.0 and tau > -_UNSURE_TAU) or (low < 0.0 and tau < _UNSURE_TAU):
                yield copula


def _first_shape(family: Family) -> tuple[FloatArray, ...]:
    return tuple(np.asarray(value) for value in family.shapes[:1])


def fit_constant(
    pairs: Pairs,
    copula: Rotated,
    tau: float,
    finest_step: float = FINE,
    scale_of: Callable[[Family, tuple[float, ...]], StrengthScale] = StrengthScale.of,
) -> Candidate:
    """Maximum-likelihood estimate of one copula, starting from Kendall's tau; of a second parameter from a few values.

    The second parameter is the best of the family's `shapes`, improved by a parabola.
    """
    family = copula.family
    strength = float(np.arctanh(np.clip(copula.sign * tau, -_LARGEST_TAU, _LARGEST_TAU)))
    fits: list[Candidate] = []
    for shape in family.shapes or (None,):
        scale = scale_of(family, () if shape is None else (shape,))
        fits.append(fit_strength(pairs, copula, scale, strength, step=_STEP, finest_step=finest_step))
        strength = fits[-1].strength
    best = int(np.argmax([fit.loglikelihood for fit in fits]))
    if not 0 < best < len(fits) - 1:
        return fits[best]
    around = slice(best - 1, best + 2)
    between = _peak(np.log(family.shapes[around]), [fit.loglikelihood for fit in fits[around]])
    refined = refit(pairs, fits[best]._replace(scale=StrengthScale.of(family, (float(np.exp(between)),))), finest_step)
    return max(fits[best], refined, key=lambda fit: fit.loglikelihood)


def refit(pairs: Pairs, candidate: Candidate, finest_step: float = FINE) -> Candidate:
    """The candidate with its first parameter estimated anew, from where it is, with the finest steps only."""
    return fit_strength(pairs, candidate.copula, candidate.scale, candidate.strength, step=finest_step, finest_step=finest_step)


def fit_strength(
    pairs: Pairs, copula: Rotated, scale: StrengthScale, start: float, *, step: float, finest_step: float
) -> Candidate:
    """The candidate whose strength maximises the likelihood, given the second parameter."""
    if not copula.family.parameter_names:
        return Candidate(copula, scale, start, float(np.sum(pairs.log_likelihoods(copula, ()))), converged=True)

    def loglikelihood(strengths: FloatArray) -> FloatArray:
        first, *rest = scale.parameters(strengths)
        if pairs.any_censored:
            return np.array([np.sum(pairs.log_likelihoods(copula, (value, *rest))) for value in first])
        return np.asarray(pairs.log_likelihoods(copula, (first[:, np.newaxis], *rest)).sum(axis=-1))

    fit = maximise(loglikelihood, start, scale.low, scale.high, step=step, finest_step=finest_step)
    return Candidate(copula, scale, fit.x, fit.value, converged=fit.is_interior and bool(np.isfinite(fit.value)))


def _peak(x: FloatArray, y: list[float]) -> float:
    """Where the parabola through three points, the middle one the highest, has its peak."""
    quadratic, linear, _ = np.polyfit(x - x[1], y, 2)
    return float(x[1] - 0.5 * linear / quadratic) if quadratic < 0.0 else float(x[1])


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

    __repr__ = brief

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
    conditioning, target = np.broadcast_arrays(clip_ranks(u), clip_ranks(v))
    valid = ~(np.isnan(conditioning) | np.isnan(target))
    n_valid = int(np.count_nonzero(valid))
    if n_valid < _MIN_PAIRS:
        raise FitError(f"only {n_valid} pairs have both ranks, but at least {_MIN_PAIRS} are needed.")
    never = np.zeros(n_valid, dtype=np.bool_)
    return Pairs(conditioning[valid], target[valid], np.zeros(n_valid, dtype=np.intp), never, never)


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
    if candidate.scale.shape:
        candidate = _with_best_shape(pairs, candidate)
    if not candidate.converged:
        raise FitError(
            f"the likelihood of {copula.family.name} rotated by {copula.rotation} degrees has no maximum inside its "
            f"bounds for these pairs (Kendall's tau {tau:.3f}); choose another family or rotation."
        )
    parameters = np.array(candidate.scale.parameters(candidate.strength), dtype=np.float64)

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

    def best_at(log_shape: float) -> Candidate:
        scale = StrengthScale.of(copula.family, (float(np.exp(log_shape)),))
        return fit_strength(pairs, copula, scale, candidate.strength, step=_STEP, finest_step=FINE)

    def profile(log_shapes: FloatArray) -> FloatArray:
        return np.array([best_at(log_shape).loglikelihood for log_shape in log_shapes])

    low, high = np.log(copula.family.bounds[1])
    start = float(np.log(candidate.scale.shape[0]))
    best = maximise(profile, start, float(low), float(high), step=_SHAPE_STEP, finest_step=_FINEST_SHAPE_STEP)
    fit = best_at(best.x)
    return fit._replace(converged=fit.converged and best.is_interior)


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
