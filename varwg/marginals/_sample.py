"""What a marginal is fitted to: values with their days of the year, and how finely they were recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray, matrix_product
from varwg.errors import FitError
from varwg.marginals._seasonal import row_sums

#: Points by which a rounded value is represented.
N_POINTS: Final = 5
_NEARLY_ALL: Final = 0.95


def resolution(values: FloatArray) -> float:
    """Step in which values were recorded, 0 for less than three distinct values.

    0.1 for most rain gauges, 1 for radiation in whole W m-2, close to zero for values that were not rounded: the median
    distance of neighbouring distinct values in the lower half, or the largest multiple of it that nearly all values
    share (a 0.2 mm gauge with a few entries of 0.1).
    """
    distinct = np.unique(np.round(values, 6))
    if distinct.size < 3:
        return 0.0
    common = distinct[distinct <= np.median(values)]
    step = float(np.median(np.diff(common if common.size > 2 else distinct)))
    multiples = (factor * step for factor in (10, 5, 4, 2))
    return next((multiple for multiple in multiples if _share_of_multiples(values, multiple) > _NEARLY_ALL), step)


def _share_of_multiples(values: FloatArray, step: float) -> float:
    position = values / step
    return float(np.mean(np.abs(position - np.rint(position)) < 1e-3))


def spread(values: FloatArray, cell: float, lower: float = -np.inf, upper: float = np.inf) -> FloatArray:
    """Each recorded value as points that fill the cell [x - cell/2, x + cell/2], shape (5, T), inside the bounds.

    Ties would otherwise make every density estimate a comb.
    """
    offsets = (np.arange(N_POINTS) + 0.5) / N_POINTS - 0.5
    return np.asarray(np.clip(values + cell * offsets[:, None], lower, upper), dtype=np.float64)


def share_at(on_bound: BoolArray, doy: IntArray, weights: FloatArray) -> FloatArray:
    """Seasonal frequency of values on a bound (True where a value is on it), shape (366,)."""
    counts = matrix_product(weights, row_sums(doy))
    return np.asarray(matrix_product(weights, row_sums(doy[on_bound])) / counts, dtype=np.float64)


#: Misfit of the moments that a fit may leave, relative to the standard deviation.
_LARGEST_MISFIT: Final = 0.1


@dataclass(frozen=True)
class TailShape:
    """Shape of a generalised Pareto tail and its standard error."""

    shape: float
    error: float


@dataclass(frozen=True, eq=False)
class SeasonalSample:
    """The observations of one variable at one station, ready for estimation.

    Attributes
    ----------
    values : array, shape (T,)
        Values without NaN.
    doy : array of int, shape (T,)
        Their rows, 0 to 365.
    lower, upper : array, shape (366,)
        Bounds of each row, infinite where there is none.
    threshold : float
        Smallest wet value, for zero-inflated families.
    window : int
        Half-width of seasonal windows in days.
    order : int
        Number of harmonics of smoothed parameters.
    where : str
        Variable and station, for messages.
    known : tuple of (str, array)
        Parameters that are given instead of estimated, shape (366,) each.
    tail : TailShape or None
        Shape of the tail of rain, where other stations have their share in it; None for that of these values alone.
    """

    values: FloatArray
    doy: IntArray
    lower: FloatArray
    upper: FloatArray
    threshold: float
    window: int
    order: int
    where: str
    known: tuple[tuple[str, FloatArray], ...] = ()
    tail: TailShape | None = None

    def given(self, name: str) -> FloatArray | None:
        """The known values of a parameter, shape (366,), or None if it is to be estimated."""
        return dict(self.known).get(name)

    def dry(self) -> BoolArray:
        """True where a value is below the threshold, or not above zero, shape (T,)."""
        return np.asarray((self.values < self.threshold) | (self.values <= 0.0))

    def part(self, chosen: BoolArray) -> SeasonalSample:
        """The same with only some of the values, a mask of shape (T,)."""
        return replace(self, values=self.values[chosen], doy=self.doy[chosen])

    def require_positive(self, family: str) -> None:
        """Refuse values below zero.

        Raises
        ------
        FitError
            If there are any.
        """
        if (self.values < 0.0).any():
            raise FitError(
                f"{self.where}: the smallest value is {self.values.min():g}, but the marginal {family!r} is for values "
                "from 0 on; repair the data or choose the marginal 'kde'."
            )

    def require_solution(self, family: str, misfit: float) -> None:
        """Refuse parameters that leave the moments of the sample unmet by more than a tenth on average.

        Raises
        ------
        FitError
            If they do.
        """
        if not misfit < _LARGEST_MISFIT:
            raise FitError(
                f"{self.where}: no distribution of the family {family!r} has the mean and standard deviation of these "
                f"values between these bounds (relative misfit {misfit:.2g}); choose another marginal, like 'kde'."
            )

    def require_bounds(self, family: str) -> None:
        """Refuse rows without two finite bounds apart from each other.

        Raises
        ------
        FitError
            If there are any.
        """
        if not (np.isfinite(self.lower).all() and np.isfinite(self.upper).all() and (self.upper > self.lower).all()):
            raise FitError(
                f"{self.where}: the bounds are {self.lower.min():g} and, at least, {self.upper.min():g}, but the "
                f"marginal {family!r} needs finite ones, apart from each other on every day; set them or choose the "
                "marginal 'kde'."
            )
