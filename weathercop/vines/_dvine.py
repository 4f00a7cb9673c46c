"""The drawable vine: the variables along a path, each paired with its neighbours, then with their neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from numpy.typing import ArrayLike

from weathercop.copulas._seasonal import SeasonalCopula
from weathercop.vines._base import Vine, VineFit


@dataclass(frozen=True, eq=False, repr=False)
class DVine(Vine):
    """A fitted D-vine (Aas et al. 2009) with seasonal copulas.

    Parameters
    ----------
    variables : tuple of str
        Names of the variables in the order of the first axis of the ranks.
    order : tuple of int
        Indices of the variables along the path.
    edges : tuple of tuple of SeasonalCopula
        `edges[l][j - l - 1]` is the copula of `order[j - l - 1]` (given) and `order[j]` (target) in tree l,
        conditional on the variables between them.
    """

    variables: tuple[str, ...]
    order: tuple[int, ...]
    edges: tuple[tuple[SeasonalCopula, ...], ...]

    def partner(self, tree: int, position: int) -> int:
        return self.order[position - tree - 1]


def fit_dvine(
    ranks: ArrayLike,
    doy: ArrayLike,
    *,
    variables: Sequence[str],
    root: int | None = None,
    order: Sequence[int] | None = None,
    families: Iterable[str] | None = None,
    window: int = 15,
    fourier_order: int = 4,
    criterion: str = "bic",
    weights: str = "tau",
    truncation: int | None = None,
) -> DVine:
    """Fit a D-vine along a given path, or along one that joins strongly dependent variables.

    The path starts from the strongest pair and grows at the end, and to the variable, with the largest weight.

    Parameters
    ----------
    root : int, optional
        Index of the variable that the path begins with; it then grows at its other end alone.
    order : sequence of int, optional
        Indices of the variables along the path.
    ranks, doy, variables, families, window, fourier_order, criterion, weights, truncation
        As in `weathercop.vines._cvine.fit_cvine`.

    Raises
    ------
    FitError
        If names, order and ranks do not fit each other, or the copula of a pair cannot be fitted.
    """
    fit = VineFit(
        ranks,
        doy,
        variables,
        families=families,
        window=window,
        fourier_order=fourier_order,
        criterion=criterion,
        weights=weights,
        truncation=truncation,
    )
    if order is not None:
        fit.check_order(order)
    if root is not None:
        fit.check_variable(root)
    path = tuple(order) if order is not None else _strong_path(fit, root)
    for tree in range(fit.n_variables - 1):
        for begin in range(fit.n_variables - tree - 1):
            end = begin + tree + 1
            fit.fit_edge(path[begin], path[end], frozenset(path[begin + 1 : end]))
    return DVine(fit.variables, path, fit.edges(path, lambda tree, position: path[position - tree - 1]))


def _strong_path(fit: VineFit, root: int | None) -> tuple[int, ...]:
    if fit.n_variables == 1:
        return (0,)
    pairs = combinations(range(fit.n_variables), 2)
    weights = {frozenset(pair): fit.weight(pair[0], pair[1], frozenset()) for pair in pairs}

    def weight(pair: Iterable[int]) -> float:
        return weights[frozenset(pair)]

    path = sorted(max(weights, key=weight)) if root is None else [root]
    left = sorted(set(range(fit.n_variables)) - set(path))
    while left:
        ends = (path[0], path[-1]) if root is None else (path[-1],)
        end, following = max(((end, other) for end in ends for other in left), key=weight)
        path.insert(0 if root is None and end == path[0] else len(path), following)
        left.remove(following)
    return tuple(path)
