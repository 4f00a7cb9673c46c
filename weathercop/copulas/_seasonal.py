"""Seasonal copulas: parameters that change over the year, from windowed likelihoods on a grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import BoolArray, FloatArray, IntArray, readonly_floats
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
    parameters_at,
    refit,
    select_families,
    strength_range,
)
from weathercop.copulas._likelihood import Pairs
from weathercop.copulas._rotation import Rotated

#: Families with a narrow range of strengths get at least this many steps.
_FEWEST_STEPS: Final = 4


class LikelihoodGrid(NamedTuple):
    """Log-likelihood of the pairs of each day of the year at equally spaced strengths of one copula.

    A strength is Fisher-transformed Kendall's tau: in it a log-likelihood is nearly a parabola, equally wide
    everywhere.
    """

    #: shape (G,)
    grid: FloatArray
    #: shape (366, G)
    daily: FloatArray
    #: number of pairs on each day, shape (366,)
    counts: FloatArray

    @classmethod
    def of(cls, pairs: Pairs, candidate: Candidate, window: int, step: float) -> LikelihoodGrid:
        """The grid grows from the constant estimate to both sides until no window has its maximum at an end.

        Its points divide the whole range of strengths evenly, so that it can reach both bounds.
        """
        copula, shape = candidate.copula, candidate.shape
        low, high = strength_range(copula.family, shape)
        points = np.linspace(low, high, max(int(np.ceil((high - low) / step)), _FEWEST_STEPS) + 1)
        first_parameter, *rest = parameters_at(copula.family, points, shape)
        counts = np.bincount(pairs.doy, minlength=N_DOYS).astype(np.float64)
        filled = circular_window_sum(counts, window) > 0.0

        def column(number: int) -> FloatArray:
            terms = pairs.log_likelihoods(copula, (first_parameter[number], *rest))
            return np.asarray(np.bincount(pairs.doy, weights=terms, minlength=N_DOYS), dtype=np.float64)

        centre = int(np.clip(np.searchsorted(points, candidate.strength), 1, points.size - 2))
        first, last = centre - 1, centre + 1
        columns = [column(number) for number in (first, centre, last)]
        while last < points.size - 1 and _peaks_in_column(columns, -1, filled, window):
            last += 1
            columns.append(column(last))
        while first > 0 and _peaks_in_column(columns, 0, filled, window):
            first -= 1
            columns.insert(0, column(first))
        return cls(points[first : last + 1], np.column_stack(columns), counts)

    def strengths(self, window: int, fourier_order: int) -> FloatArray:
        """Strength that maximises the likelihood of the window around each day, smoothed over the year; shape (366,).

        The maximum is that of the parabola through the best point of the grid and its neighbours.
        """
        table = circular_window_sum(self.daily, window)
        best = np.argmax(table, axis=1)
        middle = np.clip(best, 1, self.grid.size - 2)
        left, centre, right = _neighbours(table, middle)
        bend = 2.0 * centre - left - right
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = np.where(bend > 0.0, 0.5 * (right - left) / bend, best - middle)
        # a parabola whose peak is beyond its outer points says only that the best of these is the bound
        peaks = self.grid[middle] + np.clip(shift, -1.0, 1.0) * (self.grid[1] - self.grid[0])
        return fourier_smooth(peaks, circular_window_sum(self.counts, window), fourier_order)

    def loglikelihood(self, strengths: FloatArray) -> float:
        """Sum over the days of the log-likelihood at the strength of each, by parabolas through the grid."""
        position = (np.clip(strengths, self.grid[0], self.grid[-1]) - self.grid[0]) / (self.grid[1] - self.grid[0])
        middle = np.clip(np.rint(position).astype(np.intp), 1, self.grid.size - 2)
        left, centre, right = _neighbours(self.daily, middle)
        shift = position - middle
        return float(np.sum(centre + 0.5 * shift * (right - left + shift * (left + right - 2.0 * centre))))


def _neighbours(table: FloatArray, middle: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The elements of each row left of, at and right of a column."""
    rows = np.arange(table.shape[0])
    return table[rows, middle - 1], table[rows, middle], table[rows, middle + 1]


def _peaks_in_column(columns: list[FloatArray], end: int, filled: BoolArray, window: int) -> bool:
    """Whether the window around some day of the year is most likely in the first (0) or last (-1) column."""
    windowed = circular_window_sum(np.column_stack(columns), window)[filled]
    return bool(np.any(np.argmax(windowed, axis=1) == end % len(columns)))


def circular_window_sum(daily: FloatArray, window: int) -> FloatArray:
    """Sum over the days within `window` days of each day of the year (first axis), around the turn of the year."""
    padded = np.concatenate([np.zeros_like(daily[:1]), daily[-window:], daily, daily[:window]])
    sums = np.cumsum(padded, axis=0)
    return np.asarray(sums[2 * window + 1 :] - sums[: -2 * window - 1])


def fourier_smooth(values: FloatArray, weights: FloatArray, order: int) -> FloatArray:
    """Weighted least-squares fit of a Fourier series of `order` harmonics to 366 values."""
    angle = 2.0 * np.pi * np.arange(N_DOYS)[:, np.newaxis] * np.arange(order + 1) / N_DOYS
    basis = np.concatenate([np.cos(angle), np.sin(angle[:, 1:])], axis=1)
    root = np.sqrt(weights)
    coefficients, *_ = np.linalg.lstsq(basis * root[:, np.newaxis], values * root, rcond=None)
    return np.asarray(basis @ coefficients)


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
    turned = [own.turns_target for own in rotated]
    u = Unit.stacked(given, [own.turns_given for own in rotated], as_scores=family.in_scores)
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
    finalists = _finalists(pairs, families, criterion, window, fourier_order)
    fits = [_constant(pairs, candidate) for candidate in finalists]
    if fourier_order > 0:
        fits += [_seasonal(pairs, candidate, window, fourier_order, criterion) for candidate in finalists if candidate.n_free > 0]
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


def _finalists(pairs: Pairs, families: Iterable[str] | None, criterion: str, window: int, fourier_order: int) -> list[Candidate]:
    """Independence, and the families and rotations that are the best on a part of the pairs, constant or seasonal."""
    some = pairs.thinned(_N_FILTER)
    independence = fit_constant(some, Rotated(find_family("independence")), 0.0)
    dependent = [c for c in constant_candidates(some, select_families(families)) if c.n_free > 0]
    converged = [candidate for candidate in dependent if candidate.converged]
    largest = max((candidate.loglikelihood for candidate in dependent), default=-np.inf)
    if not converged and largest > independence.loglikelihood + some.size:
        raise FitError("no copula fits because one of the two nearly determines the other: leave one of them out.")

    def score(candidate: Candidate) -> float:
        constant = criterion_value(criterion, candidate.loglikelihood, candidate.n_free, some.size)
        if fourier_order == 0:
            return constant
        grid = LikelihoodGrid.of(some, candidate, window, _COARSE_STEP)
        return min(constant, _best_course(grid, some, candidate, window, fourier_order, criterion)[0])

    scores = [score(candidate) for candidate in converged]
    best_first = sorted(zip(scores, range(len(scores)), strict=True))[:_N_FINALISTS]
    near = [converged[number] for value, number in best_first if value - best_first[0][0] < _CLEARLY_WORSE]
    return [independence, *near]


def _constant(pairs: Pairs, candidate: Candidate) -> SeasonalCopula:
    """The candidate with its parameters fitted to all pairs."""
    fit = refit(pairs, candidate)
    family = fit.copula.family
    parameters = parameters_at(family, fit.strength, fit.shape) if fit.n_free else ()
    loglikelihood = fit.loglikelihood if fit.converged else -np.inf
    table = np.tile(np.asarray(parameters, dtype=np.float64), (N_DOYS, 1))
    return SeasonalCopula(family.name, fit.copula.rotation, table, loglikelihood, pairs.size, fit.n_free, False)


def _seasonal(pairs: Pairs, candidate: Candidate, window: int, fourier_order: int, criterion: str) -> SeasonalCopula:
    """The candidate with its first parameter following the season."""
    copula, shape = candidate.copula, candidate.shape
    grid = LikelihoodGrid.of(pairs, candidate, window, _FINE_STEP)
    _, order, strengths = _best_course(grid, pairs, candidate, window, fourier_order, criterion)
    first, *rest = parameters_at(copula.family, np.clip(strengths, *strength_range(copula.family, shape)), shape)
    table = np.column_stack([first, *(np.full(N_DOYS, value) for value in rest)])
    loglikelihood = float(np.sum(pairs.log_likelihoods(copula, tuple(table[pairs.doy].T))))
    if not np.isfinite(loglikelihood):
        loglikelihood = -np.inf
    n_free = 2 * order + candidate.n_free
    return SeasonalCopula(copula.family.name, copula.rotation, table, loglikelihood, pairs.size, n_free, True)


def _best_course(
    grid: LikelihoodGrid, pairs: Pairs, candidate: Candidate, window: int, highest_order: int, criterion: str
) -> tuple[float, int, FloatArray]:
    """Criterion, number of harmonics and strengths of the best seasonal course with at most so many harmonics."""
    courses = []
    for order in range(1, highest_order + 1):
        strengths = grid.strengths(window, order)
        n_free = candidate.n_free + 2 * order
        courses.append((criterion_value(criterion, grid.loglikelihood(strengths), n_free, pairs.size), order, strengths))
    return min(courses, key=lambda course: course[0])
