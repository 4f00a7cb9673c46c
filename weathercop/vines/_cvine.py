"""The canonical vine: in each tree one variable, the root, is paired with all that are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from weathercop.copulas._seasonal import SeasonalCopula
from weathercop.vines._base import Vine, VineFit


@dataclass(frozen=True, eq=False, repr=False)
class CVine(Vine):
    """A fitted canonical vine (Aas et al. 2009; Joe 2014, sec. 3.9) with seasonal copulas.

    Parameters
    ----------
    variables : tuple of str
        Names of the variables in the order of the first axis of the ranks.
    order : tuple of int
        `order[l]` is the index of the root of tree l.
    edges : tuple of tuple of SeasonalCopula
        `edges[l][j - l - 1]` is the copula of `order[l]` (given) and `order[j]` (target) in tree l.
    """

    variables: tuple[str, ...]
    order: tuple[int, ...]
    edges: tuple[tuple[SeasonalCopula, ...], ...]

    def partner(self, tree: int, position: int) -> int:
        return self.order[tree]


def fit_cvine(
    ranks: ArrayLike,
    doy: ArrayLike,
    *,
    variables: Sequence[str],
    root: int = 0,
    order: Sequence[int] | None = None,
    families: Iterable[str] | None = None,
    window: int = 15,
    fourier_order: int = 4,
    criterion: str = "bic",
    weights: str = "tau",
    truncation: int | None = None,
) -> CVine:
    """Fit a canonical vine, tree by tree.

    The root of the first tree is given; that of each further tree is the variable with the largest sum of weights of
    its pairs with the others left, unless the whole order is given.

    Parameters
    ----------
    ranks : array, shape (K, ..., T)
        Uniform ranks; a pair with NaN is left out where it occurs, stations are pooled.
    doy : array of int, shape (T,)
        Rows of the seasonal tables.
    variables : sequence of str
        K names.
    root : int
        Index of the first root.
    order : sequence of int, optional
        Indices of all roots, instead of `root`.
    families, window, fourier_order, criterion
        As in `weathercop.copulas._seasonal.fit_seasonal_copula`.
    weights : str
        "tau" (absolute Kendall's tau) or "likelihood" (of the best constant copula).
    truncation : int, optional
        Number of trees that are fitted; the pairs of all further trees are taken to be independent.

    Raises
    ------
    FitError
        If names, root and ranks do not fit each other, or the copula of a pair cannot be fitted.
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
    if order is None:
        fit.check_variable(root)
    else:
        fit.check_order(order)
        root = order[0]
    chosen = [root]
    left = [index for index in range(fit.n_variables) if index != root]
    while left:
        tree_root, rest = chosen[-1], frozenset(chosen[:-1])
        for other in left:
            fit.fit_edge(tree_root, other, rest)
        following = order[len(chosen)] if order is not None else _strongest(fit, left, frozenset(chosen))
        left.remove(following)
        chosen.append(following)
    return CVine(fit.variables, tuple(chosen), fit.edges(tuple(chosen), lambda tree, _: chosen[tree]))


def _strongest(fit: VineFit, candidates: list[int], rest: frozenset[int]) -> int:
    """The variable with the largest sum of weights of its pairs with the other candidates; the first of equals."""
    sums = [sum(fit.weight(one, other, rest) for other in candidates if other != one) for one in candidates]
    return candidates[sums.index(max(sums))]
