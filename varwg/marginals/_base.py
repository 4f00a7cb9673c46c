"""The contract of a seasonal marginal distribution."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg._calendar import N_DOYS


@runtime_checkable
class SeasonalMarginal(Protocol):
    """Distribution of one variable at one station, one row of parameters for each of the 366 days of the year.

    Implementations are frozen dataclasses. `doy` is always an integer array of rows 0..365 that broadcasts against the
    first argument; NaN goes through every method unchanged.
    """

    @property
    def family(self) -> str:
        """Name of the family."""

    def cdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """F(x): uniform ranks of physical values."""

    def pdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Density at physical values (of the continuous part, where there is a mass at dry)."""

    def ppf(self, ranks: FloatArray, doy: IntArray) -> FloatArray:
        """Physical values of uniform ranks."""

    def to_scores(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Standard-normal scores of physical values; a censored value gets the score of its threshold."""

    def from_scores(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """Physical values of standard-normal scores."""

    def mean(self) -> FloatArray:
        """Mean of each row, shape (366,)."""

    def is_censored(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """True where a value only says "at or below the threshold" (a dry or sunless day)."""

    def threshold_scores(self) -> FloatArray:
        """Score below which a row is censored, shape (366,); -inf where nothing is."""

    def is_capped(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """True where a value only says "at or above the upper bound" (overcast, saturated)."""

    def cap_scores(self) -> FloatArray:
        """Score above which a row is capped, shape (366,); inf where nothing is."""


class Uncapped:
    """What a marginal without a mass on an upper bound says of it."""

    def is_capped(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """Nothing is capped."""
        return np.zeros(np.broadcast_shapes(np.shape(values), np.shape(doy)), dtype=np.bool_)

    def cap_scores(self) -> FloatArray:
        """inf: nothing is capped."""
        return np.full(N_DOYS, np.inf)
