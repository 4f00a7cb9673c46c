"""The regular vine: in each tree the strongest pairs that a vine allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from varwg.errors import FitError
from weathercop.copulas._seasonal import SeasonalCopula
from weathercop.vines._base import VariableSet, Vine, VineFit


@dataclass(frozen=True, eq=False, repr=False)
class RVine(Vine):
    """A fitted regular vine with seasonal copulas.

    Parameters
    ----------
    variables : tuple of str
        Names of the variables in the order of the first axis of the ranks.
    order : tuple of int
        Indices of the variables such that each is conditional on those before it.
    partners : tuple of tuple of int
        `partners[l][j - l - 1]` is the index of the variable paired with `order[j]` in tree l, conditional on the
        partners of `order[j]` in the trees before: a vine array without its diagonal (Joe 2014, sec. 3.9).
    edges : tuple of tuple of SeasonalCopula
        Their copulas, the partner being given and `order[j]` the target.
    """

    variables: tuple[str, ...]
    order: tuple[int, ...]
    partners: tuple[tuple[int, ...], ...]
    edges: tuple[tuple[SeasonalCopula, ...], ...]

    def partner(self, tree: int, position: int) -> int:
        return self.partners[tree][position - tree - 1]


def fit_rvine(
    ranks: ArrayLike,
    doy: ArrayLike,
    *,
    variables: Sequence[str],
    root: int = 0,
    structure: tuple[Sequence[int], Sequence[Sequence[int]]] | None = None,
    families: Iterable[str] | None = None,
    window: int = 15,
    fourier_order: int = 4,
    criterion: str = "bic",
    weights: str = "tau",
    truncation: int | None = None,
) -> RVine:
    """Fit a regular vine whose trees are maximum spanning trees (Dissmann et al. 2013), or one of a given structure.

    Parameters
    ----------
    root : int
        Index of the variable that comes first in the order of the vine.
    structure : (order, partners), optional
        As the fields of `RVine`; instead of `root`.
    ranks, doy, variables, families, window, fourier_order, criterion, weights, truncation
        As in `weathercop.vines._cvine.fit_cvine`.

    Raises
    ------
    FitError
        If names, structure and ranks do not fit each other, or the copula of a pair cannot be fitted.
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
    if structure is None:
        fit.check_variable(root)
        _fit_strongest_trees(fit)
        order, partners = _vine_array(fit, root)
    else:
        order, partners = tuple(structure[0]), tuple(tuple(row) for row in structure[1])
        _fit_structure(fit, order, partners)
    return RVine(fit.variables, order, partners, fit.edges(order, lambda tree, position: partners[tree][position - tree - 1]))


def _fit_strongest_trees(fit: VineFit) -> None:
    """Each tree spans the edges of the tree before; two of them may be joined if they have all but one in common."""
    nodes = [frozenset({index}) for index in range(fit.n_variables)]
    while len(nodes) > 1:
        joints = {}
        for number, one in enumerate(nodes):
            for other in nodes[number + 1 :]:
                if len(one | other) == len(one) + 1:
                    (given,), (target,) = one - other, other - one
                    joints[one, other] = (fit.weight(given, target, one & other), given, target)
        tree = _maximum_spanning_tree(nodes, {pair: weight for pair, (weight, _, _) in joints.items()})
        for one, other in tree:
            fit.fit_edge(*joints[one, other][1:], one & other)
        nodes = [one | other for one, other in tree]


def _maximum_spanning_tree(
    nodes: list[VariableSet], weights: dict[tuple[VariableSet, VariableSet], float]
) -> list[tuple[VariableSet, VariableSet]]:
    """Prim's algorithm; the first of equal weights."""
    reached = {nodes[0]}
    tree = []
    while len(reached) < len(nodes):
        crossing = [pair for pair in weights if (pair[0] in reached) != (pair[1] in reached)]
        best = max(crossing, key=lambda pair: weights[pair])
        tree.append(best)
        reached |= set(best)
    return tree


def _vine_array(fit: VineFit, root: int) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Order and partners: from the last tree on, take out one of its two variables, never the root."""
    left = frozenset(range(fit.n_variables))
    order: list[int] = []
    columns: list[list[int]] = []
    while len(left) > 1:
        edge = fit.table[left]
        last = edge.target if edge.target != root else edge.given
        column: list[int] = []
        members = left
        while len(members) > 1:
            partner = fit.table[members].partner(last)
            column.insert(0, partner)
            members -= {partner}
        order.insert(0, last)
        columns.insert(0, column)
        left -= {last}
    partners = tuple(tuple(column[tree] for column in columns[tree:]) for tree in range(fit.n_variables - 1))
    return (*left, *order), partners


def _fit_structure(fit: VineFit, order: tuple[int, ...], partners: tuple[tuple[int, ...], ...]) -> None:
    fit.check_order(order)
    if [len(row) for row in partners] != list(range(fit.n_variables - 1, 0, -1)):
        raise FitError(
            f"partners has rows of {[len(row) for row in partners]} variables, but {fit.n_variables} variables need "
            f"{list(range(fit.n_variables - 1, 0, -1))}."
        )
    for tree, row in enumerate(partners):
        for position, partner in enumerate(row, start=tree + 1):
            before = frozenset(partners[level][position - level - 1] for level in range(tree))
            fit.fit_edge(partner, order[position], before)
