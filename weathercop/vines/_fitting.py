"""Fitting the edges of a vine one after the other, whatever its structure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import FloatArray
from varwg._calendar import N_DOYS
from varwg._ranks import clip_ranks
from varwg.errors import FitError
from weathercop.copulas._dependence import kendall_tau
from weathercop.copulas._seasonal import SeasonalCopula, constant_loglikelihood, fit_seasonal_copula
from weathercop.vines._base import ConditionalRanks, Edge, VariableSet

_WEIGHTS: Final = ("tau", "likelihood")


def _ever_together(first: FloatArray, second: FloatArray) -> bool:
    return bool((np.isfinite(first) & np.isfinite(second)).any())


class VineFit:
    """A vine while it is being fitted: the edges so far, and the conditional ranks that follow from them."""

    def __init__(
        self,
        ranks: ArrayLike,
        doy: ArrayLike,
        variables: Sequence[str],
        *,
        families: Iterable[str] | None,
        window: int,
        fourier_order: int,
        criterion: str,
        weights: str,
        truncation: int | None,
    ) -> None:
        unconditional = clip_ranks(ranks)
        if unconditional.shape[0] != len(variables):
            raise FitError(
                f"ranks hold {unconditional.shape[0]} variables, but {len(variables)} names were given; there has to "
                "be one name for each element of the first axis."
            )
        if weights not in _WEIGHTS:
            raise FitError(f"weights is {weights!r}; choose from {', '.join(_WEIGHTS)}.")
        if truncation is not None and truncation < 0:
            raise FitError(f"truncation is {truncation}, but it is a number of trees: choose 0 or more.")
        self.variables = tuple(variables)
        self.table: dict[VariableSet, Edge] = {}
        self._families = None if families is None else tuple(families)
        self._fit_pair = partial(
            fit_seasonal_copula,
            doy=doy,
            families=self._families,
            window=window,
            fourier_order=fourier_order,
            criterion=criterion,
        )
        self._by_likelihood = weights == "likelihood"
        self._n_trees = self.n_variables - 1 if truncation is None else truncation
        self._conditional = ConditionalRanks(self.table, doy)
        for variable, own_ranks in enumerate(unconditional):
            self._conditional.set(variable, frozenset(), own_ranks)

    @property
    def n_variables(self) -> int:
        """Number of variables."""
        return len(self.variables)

    def check_variable(self, index: int) -> None:
        """Refuse an index that is none."""
        if not 0 <= index < self.n_variables:
            raise FitError(f"root is {index}, but the {self.n_variables} variables have the indices from 0.")

    def check_order(self, order: Sequence[int]) -> None:
        """Refuse an order that does not hold every variable once."""
        if sorted(order) != list(range(self.n_variables)):
            raise FitError(f"order is {tuple(order)}, but it has to hold each index from 0 to {self.n_variables - 1} once.")

    def weight(self, one: int, other: int, rest: VariableSet) -> float:
        """Strength of the dependence of two variables conditional on others; 0 beyond the truncation."""
        if len(rest) >= self._n_trees:
            return 0.0
        first, second = self._conditional.of(one, rest), self._conditional.of(other, rest)
        if not _ever_together(first, second):
            return 0.0
        if self._by_likelihood:
            return constant_loglikelihood(first, second, families=self._families)
        return abs(kendall_tau(first, second))

    def fit_edge(self, given: int, target: int, rest: VariableSet) -> None:
        """Fit the copula of two variables conditional on others, for which all smaller edges have been fitted.

        Variables that no station reports together are taken to be independent.
        """
        first, second = self._conditional_pair(given, target, rest)
        reported = all(np.isfinite(self._conditional.of(index, frozenset())).any() for index in (given, target))
        together = _ever_together(first, second) or not reported
        if len(rest) >= self._n_trees or not together:
            copula = SeasonalCopula("independence", 0, np.empty((N_DOYS, 0)))
        else:
            try:
                copula = self._fit_pair(first, second)
            except FitError as error:
                raise FitError(f"{self.variables[given]} and {self.variables[target]}: {error}") from error
        self.table[rest | {given, target}] = Edge(given, target, copula)

    def edges(self, order: tuple[int, ...], partner: Callable[[int, int], int]) -> tuple[tuple[SeasonalCopula, ...], ...]:
        """The copulas in the layout of `Vine.edges`, turned so that the later variable is the target."""
        rows = []
        for tree in range(self.n_variables - 1):
            row = []
            for position in range(tree + 1, self.n_variables):
                members = frozenset({order[position], *(partner(level, position) for level in range(tree + 1))})
                row.append(self.table[members].towards(order[position]))
            rows.append(tuple(row))
        return tuple(rows)

    def _conditional_pair(self, given: int, target: int, rest: VariableSet) -> tuple[FloatArray, FloatArray]:
        try:
            return self._conditional.of(given, rest), self._conditional.of(target, rest)
        except KeyError:
            names = ", ".join(self.variables[index] for index in sorted(rest))
            raise FitError(
                f"{self.variables[given]} and {self.variables[target]} cannot be paired given {names}, because the "
                "earlier trees do not hold the edges for that; the structure is not a regular vine."
            ) from None
