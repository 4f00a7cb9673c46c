"""Seasonal copulas: parameters that change over the year, from windowed likelihoods on a grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray, IntArray, brief, readonly_floats
from varwg._calendar import N_DOYS
from varwg._ranks import clip_ranks
from varwg.errors import FitError
from weathercop.copulas._base import Parameters, Unit
from weathercop.copulas._families import find_family
from weathercop.copulas._fitting import (
    Candidate,
    constant_candidates,
    criterion_value,
    fit_constant,
    refit,
    select_families,
)
from weathercop.copulas._likelihood import Pairs
from weathercop.copulas._rotation import Rotated

#: Families with a narrow range of strengths get at least this many steps.
_FEWEST_STEPS: Final = 4


class _Season(NamedTuple):
    """Pairs, and how courses over the year are fitted to what the pairs of each day say."""

    pairs: Pairs
    #: half-width of the windows
    window: int
    #: numbers of pairs in the window around each day, shape (366,)
    counts: FloatArray
    #: a Fourier series of 1, 2, ... harmonics each
    smoothers: tuple[_Smoother, ...]

    @classmethod
    def of(cls, pairs: Pairs, window: int, highest_order: int) -> _Season:
        counts = circular_window_sum(np.bincount(pairs.doy, minlength=N_DOYS).astype(np.float64), window)
        return cls(pairs, window, counts, fourier_smoothers(counts, highest_order))

    def thinned(self, n_wanted: int) -> _Season:
        """With about so many of the pairs."""
        some = self.pairs.thinned(n_wanted)
        return self if some is self.pairs else _Season.of(some, self.window, len(self.smoothers))


class LikelihoodGrid(NamedTuple):
    """Log-likelihood of the pairs of each day of the year at equally spaced strengths of one copula.

    A strength is Fisher-transformed Kendall's tau: in it a log-likelihood is nearly a parabola, equally wide
    everywhere.
    """

    #: shape (G,)
    grid: FloatArray
    #: shape (366, G)
    daily: FloatArray
    #: strength that maximises the likelihood of the window around each day, shape (366,)
    peaks: FloatArray

    @classmethod
    def of(cls, season: _Season, candidate: Candidate, step: float) -> LikelihoodGrid:
        """The grid grows from the constant estimate to both sides until no window has its maximum at an end.

        Its points divide the whole range of strengths evenly, so that it can reach both bounds.
        """
        copula, scale, pairs = candidate.copula, candidate.scale, season.pairs
        points = np.linspace(scale.low, scale.high, max(int(np.ceil((scale.high - scale.low) / step)), _FEWEST_STEPS) + 1)
        filled = season.counts > 0.0

        def columns(first: int, last: int) -> tuple[FloatArray, FloatArray]:
            """Log-likelihoods at some points of the grid, of the pairs of each day and of each window, (366, n) both."""
            parameters = scale.parameters(points[first : last + 1])
            if pairs.any_censored:
                rows = [pairs.log_likelihoods(copula, (value, *parameters[1:])) for value in parameters[0]]
            else:
                rows = list(pairs.log_likelihoods(copula, (parameters[0][:, np.newaxis], *parameters[1:])))
            daily = np.column_stack([np.bincount(pairs.doy, weights=row, minlength=N_DOYS).astype(np.float64) for row in rows])
            return daily, circular_window_sum(daily, season.window)

        centre = int(np.clip(np.searchsorted(points, candidate.strength), 1, points.size - 2))
        first, last = centre - 1, centre + 1
        daily, table = columns(first, last)
        while last < points.size - 1 and np.any(np.argmax(table[filled], axis=1) == last - first):
            last += 1
            daily, table = (np.hstack(parts) for parts in zip((daily, table), columns(last, last), strict=True))
        while first > 0 and np.any(np.argmax(table[filled], axis=1) == 0):
            first -= 1
            daily, table = (np.hstack(parts) for parts in zip(columns(first, first), (daily, table), strict=True))
        return cls(points[first : last + 1], daily, _peaks(points[first : last + 1], table))

    def loglikelihood(self, strengths: FloatArray) -> float:
        """Sum over the days of the log-likelihood at the strength of each, by parabolas through the grid."""
        position = (np.clip(strengths, self.grid[0], self.grid[-1]) - self.grid[0]) / (self.grid[1] - self.grid[0])
        middle = np.clip(np.rint(position).astype(np.intp), 1, self.grid.size - 2)
        left, centre, right = _neighbours(self.daily, middle)
        shift = position - middle
        return float(np.sum(centre + 0.5 * shift * (right - left + shift * (left + right - 2.0 * centre))))


def _peaks(grid: FloatArray, table: FloatArray) -> FloatArray:
    """Where each row of a table (366, G) is largest: the peak of the parabola through the best point and its neighbours."""
    best = np.argmax(table, axis=1)
    middle = np.clip(best, 1, grid.size - 2)
    left, centre, right = _neighbours(table, middle)
    bend = 2.0 * centre - left - right
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(bend > 0.0, 0.5 * (right - left) / bend, best - middle)
    # a parabola whose peak is beyond its outer points says only that the best of these is the bound
    return np.asarray(grid[middle] + np.clip(shift, -1.0, 1.0) * (grid[1] - grid[0]))


def _neighbours(table: FloatArray, middle: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The elements of each row left of, at and right of a column."""
    rows = np.arange(table.shape[0])
    return table[rows, middle - 1], table[rows, middle], table[rows, middle + 1]


def circular_window_sum(daily: FloatArray, window: int) -> FloatArray:
    """Sum over the days within `window` days of each day of the year (first axis), around the turn of the year."""
    padded = np.concatenate([np.zeros_like(daily[:1]), daily[-window:], daily, daily[:window]])
    sums = np.cumsum(padded, axis=0)
    return np.asarray(sums[2 * window + 1 :] - sums[: -2 * window - 1])


class _Smoother(NamedTuple):
    """Weighted least-squares fit of a Fourier series to 366 values.

    Attributes
    ----------
    basis : array, shape (366, P)
        The waves.
    projection : array, shape (P, 366)
        Turns values into coefficients of the waves.
    """

    basis: FloatArray
    projection: FloatArray

    def smooth(self, values: FloatArray) -> FloatArray:
        """The series at each day."""
        return np.asarray(self.basis @ (self.projection @ values))


def fourier_smoothers(weights: FloatArray, highest_order: int) -> tuple[_Smoother, ...]:
    """Fourier series of 1, 2, ... harmonics for values of the given weights (366,), from one decomposition."""
    angle = 2.0 * np.pi * np.arange(N_DOYS)[:, np.newaxis] * np.arange(1, highest_order + 1) / N_DOYS
    waves = np.stack([np.cos(angle), np.sin(angle)], axis=-1).reshape(N_DOYS, -1)
    basis, root = np.hstack([np.ones((N_DOYS, 1)), waves]), np.sqrt(weights)[:, np.newaxis]
    orthogonal, triangle = np.linalg.qr(basis * root)
    orthogonal *= root
    negligible = N_DOYS * np.finfo(np.float64).eps
    return tuple(
        _Smoother(basis[:, :n], np.linalg.pinv(triangle[:n, :n], rcond=negligible) @ orthogonal[:, :n].T)
        for n in range(3, 2 * highest_order + 2, 2)
    )


#: Fewer pairs than this say too little about dependence.
_MIN_PAIRS: Final = 50
#: Families are compared on about this many pairs ...
_N_FILTER: Final = 5000
#: ... and up to so many of them fitted with a season, on all pairs.
_N_FINALISTS: Final = 5
#: A criterion so much larger on that part is no accident of the sample.
_CLEARLY_WORSE: Final = 45.0
#: Grids of the windowed likelihood, in Fisher-transformed Kendall's tau: for comparing families and for fitting.
_COARSE_STEP: Final = 0.2
_FINE_STEP: Final = 0.1


@dataclass(frozen=True, eq=False)
class SeasonalCopula:
    """A copula C(u, v) of a given rank u and a target rank v, with parameters for each day of the year.

    Parameters
    ----------
    family : str
        Name of one of `weathercop.copulas.FAMILIES`.
    rotation : int
        0, 90, 180 or 270 degrees, see `weathercop.copulas.Rotated`.
    parameters : array, shape (366, n_parameters)
        Parameters by day of year; read-only. Independence has shape (366, 0).
    loglikelihood : float
        Log-likelihood of the pairs it was fitted to.
    n_pairs : int
        How many pairs that were.
    n_free : int
        Number of fitted parameters.
    seasonal : bool
        Whether the parameters change during the year.
    """

    family: str
    rotation: int
    parameters: FloatArray
    loglikelihood: float = 0.0
    n_pairs: int = 0
    n_free: int = 0
    seasonal: bool = False

    __repr__ = brief

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", readonly_floats(self.parameters))
        expected = (N_DOYS, len(self.copula.family.parameter_names))
        if self.parameters.shape != expected:
            raise FitError(f"parameters of {self.family} have shape {self.parameters.shape}, but {expected} was expected.")
        if not self.seasonal and np.any(self.parameters != self.parameters[0]):
            raise FitError(f"parameters of {self.family} change during the year: declare the copula seasonal.")

    @property
    def copula(self) -> Rotated:
        """The family, rotated."""
        return Rotated(find_family(self.family), self.rotation)

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return criterion_value("aic", self.loglikelihood, self.n_free, self.n_pairs)

    @property
    def bic(self) -> float:
        """Bayes' (Schwarz') information criterion."""
        return criterion_value("bic", self.loglikelihood, self.n_free, self.n_pairs)

    def h(self, target: ArrayLike, given: ArrayLike, doy: ArrayLike) -> FloatArray:
        """Conditional ranks of `target` given `given`: dC/du at u = given, v = target.

        Parameters
        ----------
        target, given : array, shape (..., T)
            Uniform ranks.
        doy : array of int, shape (T,)
            Rows of the seasonal table.
        """
        return self.copula.h(given, target, self._at(doy))

    def h_inverse(self, ranks: ArrayLike, given: ArrayLike, doy: ArrayLike) -> FloatArray:
        """The target whose conditional rank given `given` is `ranks`; arguments as in `h`."""
        return self.copula.h_inverse(given, ranks, self._at(doy))

    def log_density(self, given: ArrayLike, target: ArrayLike, doy: ArrayLike) -> FloatArray:
        """ln c(given, target); arguments as in `h`."""
        return self.copula.log_density(given, target, self._at(doy))

    def exchanged(self) -> SeasonalCopula:
        """The same dependence with given and target exchanged."""
        return replace(self, rotation=self.copula.exchanged().rotation)

    def tau(self) -> FloatArray:
        """Kendall's tau for each day of the year, shape (366,)."""
        return np.array(np.broadcast_to(self.copula.tau(tuple(self.parameters.T)), N_DOYS))

    def sample(self, doy: ArrayLike, *, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """One pair (given, target) for each element of `doy`."""
        given, ranks = rng.random((2, *np.shape(doy)))
        return clip_ranks(given), self.h_inverse(ranks, given, doy)

    def _at(self, doy: ArrayLike) -> Parameters:
        if not self.seasonal:
            return tuple(self.parameters[0])
        rows = np.asarray(doy)
        return tuple(column[rows] for column in self.parameters.T)


def conditionals_together(
    copulas: Sequence[SeasonalCopula], targets: Sequence[Unit], given: Sequence[Unit], doy: ArrayLike, *, inverse: bool
) -> list[Unit]:
    """`SeasonalCopula.h` of several copulas of one family, each with numbers of its own, or `h_inverse`, in one go.

    Parameters
    ----------
    copulas : sequence of SeasonalCopula
        Of one family, whatever their rotations and parameters.
    targets, given : sequence of Unit, shape (..., T) each
        The arguments of each, already clipped; what comes back is.
    doy : array of int, shape (T,)
        Rows of the seasonal tables.
    inverse : bool
        Whether it is `h_inverse` that is wanted.
    """
    family = copulas[0].copula.family
    if not family.parameter_names:
        return list(targets)
    rotated = [copula.copula for copula in copulas]
    turned = [rotation.turns_target for rotation in rotated]
    u = Unit.stacked(given, [rotation.turns_given for rotation in rotated], as_scores=family.in_scores)
    v = Unit.stacked(targets, turned, as_scores=family.in_scores)
    if len(copulas) == 1:
        parameters = copulas[0]._at(doy)
    else:
        rows = np.stack([copula.parameters[np.asarray(doy)] for copula in copulas])
        beside = (1,) * (np.ndim(targets[0].known) - 1)
        parameters = tuple(np.ascontiguousarray(rows[..., p]).reshape(len(copulas), *beside, -1) for p in range(rows.shape[-1]))
    return (family.h_inverse if inverse else family.h)(u, v, parameters).rows(turned)


def fit_seasonal_copula(
    given: ArrayLike,
    target: ArrayLike,
    doy: ArrayLike,
    *,
    families: Iterable[str] | None = None,
    window: int = 15,
    fourier_order: int = 4,
    criterion: str = "bic",
    given_censored: ArrayLike | None = None,
    target_censored: ArrayLike | None = None,
) -> SeasonalCopula:
    """Choose and fit the copula of a pair of variables.

    All families and rotations are fitted to a part of the pairs. For the best of them the likelihood of all pairs within
    `window` days of each day of the year is maximised for all days at once, and the course of these maxima smoothed by
    Fourier series; the best of all constant and seasonal candidates wins. Independence always takes part; a candidate
    whose likelihood has no maximum inside its bounds does not.

    Parameters
    ----------
    given, target : array, shape (..., T)
        Uniform ranks; pairs with NaN are left out, all stations are pooled.
    doy : array of int, shape (T,)
        Rows of the seasonal table, see `varwg._calendar.doy_index`.
    families : iterable of str, optional
        Names of the families to choose from; all by default.
    window : int
        Half-width of the circular window, days.
    fourier_order : int
        Highest number of harmonics of the seasonal parameter; as many are used as the criterion favours. 0 allows constant
        parameters only.
    criterion : str
        "bic" or "aic".
    given_censored, target_censored : array of bool, shape (..., T), optional
        Where a rank is only known not to exceed the value passed, as on dry days.

    Raises
    ------
    FitError
        If there are too few pairs, an argument is impossible, or the two variables determine each other.
    """
    _check_options(window, fourier_order, criterion)
    pairs = _valid_pairs(given, target, doy, given_censored, target_censored)
    season = _Season.of(pairs, window, fourier_order)
    finalists = _finalists(season.thinned(_N_FILTER), families, criterion)
    fits = [_constant(pairs, candidate) for candidate in finalists]
    if fourier_order > 0:
        fits += [_seasonal(season, candidate, criterion) for candidate in finalists if candidate.n_free > 0]
    return min(fits, key=lambda fit: criterion_value(criterion, fit.loglikelihood, fit.n_free, fit.n_pairs))


def constant_loglikelihood(first: ArrayLike, second: ArrayLike, *, families: Iterable[str] | None = None) -> float:
    """Log-likelihood, per pair, of the best copula with constant parameters, on a part of the pairs.

    Raises
    ------
    FitError
        If there are too few pairs.
    """
    some = _valid_pairs(first, second, 0, None, None).thinned(_N_FILTER)
    candidates = constant_candidates(some, select_families(families))
    return max((c.loglikelihood for c in candidates if c.converged), default=0.0) / some.size


def _check_options(window: int, fourier_order: int, criterion: str) -> None:
    if criterion not in ("aic", "bic"):
        raise FitError(f"criterion is {criterion!r}; choose 'bic' or 'aic'.")
    if not 1 <= window <= N_DOYS // 2:
        raise FitError(f"window is {window} days; choose a half-width from 1 to {N_DOYS // 2}.")
    if not 0 <= fourier_order <= window:
        raise FitError(f"fourier_order is {fourier_order}; choose 0 (no season) to {window}, the window's half-width.")


def _valid_pairs(
    given: ArrayLike,
    target: ArrayLike,
    doy: ArrayLike,
    given_censored: ArrayLike | None,
    target_censored: ArrayLike | None,
) -> Pairs:
    u, v, days, *censored = np.broadcast_arrays(
        np.asarray(given, dtype=np.float64),
        target,
        doy,
        False if given_censored is None else given_censored,
        False if target_censored is None else target_censored,
    )
    valid = ~(np.isnan(u) | np.isnan(v))
    n_valid = int(np.count_nonzero(valid))
    if n_valid < _MIN_PAIRS:
        raise FitError(
            f"only {n_valid} pairs of ranks have both values, but a copula needs at least {_MIN_PAIRS}: "
            "use a longer record or leave one of the two variables out."
        )
    u_mask, v_mask = (np.asarray(mask[valid], dtype=np.bool_) for mask in censored)
    return Pairs(clip_ranks(u[valid]), clip_ranks(v[valid]), days[valid].astype(np.intp), u_mask, v_mask)


def _finalists(season: _Season, families: Iterable[str] | None, criterion: str) -> list[Candidate]:
    """Independence, and the families and rotations that are the best, constant or seasonal."""
    some = season.pairs
    independence = fit_constant(some, Rotated(find_family("independence")), 0.0)
    dependent = [c for c in constant_candidates(some, select_families(families)) if c.n_free > 0]
    converged = [candidate for candidate in dependent if candidate.converged]
    largest = max((candidate.loglikelihood for candidate in dependent), default=-np.inf)
    if not converged and largest > independence.loglikelihood + some.size:
        raise FitError("no copula fits because one of the two nearly determines the other: leave one of them out.")

    def score(candidate: Candidate) -> float:
        constant = criterion_value(criterion, candidate.loglikelihood, candidate.n_free, some.size)
        if not season.smoothers:
            return constant
        grid = LikelihoodGrid.of(season, candidate, _COARSE_STEP)
        return min(constant, _best_course(grid, season, candidate, criterion)[0])

    scores = [score(candidate) for candidate in converged]
    best_first = sorted(zip(scores, range(len(scores)), strict=True))[:_N_FINALISTS]
    near = [converged[number] for value, number in best_first if value - best_first[0][0] < _CLEARLY_WORSE]
    return [independence, *near]


def _constant(pairs: Pairs, candidate: Candidate) -> SeasonalCopula:
    """The candidate with its parameters fitted to all pairs."""
    fit = refit(pairs, candidate)
    family = fit.copula.family
    parameters = fit.scale.parameters(fit.strength) if fit.n_free else ()
    loglikelihood = fit.loglikelihood if fit.converged else -np.inf
    table = np.tile(np.asarray(parameters, dtype=np.float64), (N_DOYS, 1))
    return SeasonalCopula(family.name, fit.copula.rotation, table, loglikelihood, pairs.size, fit.n_free, False)


def _seasonal(season: _Season, candidate: Candidate, criterion: str) -> SeasonalCopula:
    """The candidate with its first parameter following the season."""
    pairs, copula, scale = season.pairs, candidate.copula, candidate.scale
    grid = LikelihoodGrid.of(season, candidate, _FINE_STEP)
    _, order, strengths = _best_course(grid, season, candidate, criterion)
    first, *rest = scale.parameters(np.clip(strengths, scale.low, scale.high))
    table = np.column_stack([first, *(np.full(N_DOYS, value) for value in rest)])
    loglikelihood = float(np.sum(pairs.log_likelihoods(copula, tuple(table[pairs.doy].T))))
    if not np.isfinite(loglikelihood):
        loglikelihood = -np.inf
    n_free = 2 * order + candidate.n_free
    return SeasonalCopula(copula.family.name, copula.rotation, table, loglikelihood, pairs.size, n_free, True)


def _best_course(grid: LikelihoodGrid, season: _Season, candidate: Candidate, criterion: str) -> tuple[float, int, FloatArray]:
    """Criterion, number of harmonics and strengths of the best seasonal course."""
    courses = []
    for order, smoother in enumerate(season.smoothers, start=1):
        strengths = smoother.smooth(grid.peaks)
        value = criterion_value(criterion, grid.loglikelihood(strengths), candidate.n_free + 2 * order, season.pairs.size)
        courses.append((value, order, strengths))
    return min(courses, key=lambda course: course[0])
