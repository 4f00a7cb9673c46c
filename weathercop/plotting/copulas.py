"""Pictures of copulas: the fitted density of each edge of a vine in each season, with the observed ranks."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from varwg.arrays import BoolArray, FloatArray, IntArray
from varwg.observations import Observations
from varwg.plotting import style
from varwg.ranks import ranks_from_scores
from varwg.statistics import months
from weathercop.model import MultisiteModel
from weathercop.plotting.vine import TreeEdge, family_name, tree_edges, vine_of
from weathercop.seasonal_copula import SeasonalCopula
from weathercop.vines.base import ConditionalRanks, Edge

#: Densities are drawn on so many points along each side.
_GRID: Final = 60
#: Middle day of the year of the seasons.
_MIDDLES: Final = (15, 105, 197, 289)
#: Classes of the density, symmetric in its logarithm around independence.
_LEVELS: Final = (0.0, 0.125, 0.25, 0.5, 0.8, 1.25, 2.0, 4.0, 8.0)


def copula_density(
    copula: SeasonalCopula, day: int, *, given: ArrayLike = (), target: ArrayLike = (), names: tuple[str, str] = ("u", "v"),
    ax: Any = None,
) -> Any:  # fmt: skip
    """Density of a copula on one day of the year, with pairs of ranks as dots; figure and axes.

    Parameters
    ----------
    copula : SeasonalCopula
        Whose density.
    day : int
        Row 0 to 365 of the seasonal table.
    given, target : array, shape (T,)
        Ranks of the two variables.
    names : (str, str)
        What the two are called.
    ax : Axes, optional
    """
    figure, axes = style.new_axes(ax, size=(3.6, 3.4))
    points = (np.arange(_GRID) + 0.5) / _GRID
    u, v = np.meshgrid(points, points)
    density = np.exp(copula.log_density(u.ravel(), v.ravel(), np.full(u.size, day))).reshape(u.shape)
    colours = _colours()
    axes.contourf(points, points, density, levels=[*_LEVELS, 1e9], colors=colours)
    axes.plot(np.asarray(given), np.asarray(target), ".", color=style.OBSERVED, markersize=2.2, alpha=0.55)
    axes.set_aspect("equal")
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_xticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    axes.set_yticks([0.0, 0.5, 1.0], ["0", "0.5", "1"])
    style.dress(axes, x=f"rank of {names[0]} (-)", y=f"rank of {names[1]} (-)", grid="")
    return figure, axes


def copula_densities(
    model: Any, obs: Observations, *, station: str | None = None, trees: int | None = None, ax: Any = None
) -> Any:
    """Densities of all edges of a vine (rows) in the four seasons (columns), with the observed ranks.

    Days on which a variable of the edge is only known to be dry (or sunless) have no exact rank and are left out, so that a
    part of the square stays empty where a copula of dry days has mass.

    Parameters
    ----------
    model : MultisiteModel or Multisite
        The fitted model.
    obs : Observations
        What it was fitted to.
    station : str, optional
        The first by default.
    trees : int, optional
        Draw the first so many trees only.
    ax : array of Axes (edges, 4), optional

    Returns
    -------
    figure, axes
    """
    fitted: MultisiteModel = getattr(model, "model", model)
    name = station or fitted.stations[0]
    vine = vine_of(fitted, name)
    edges = [edge for edge in tree_edges(vine) if trees is None or edge.tree < trees]
    ranks, censored, doy = _observed_ranks(fitted, obs.select([name], vine.variables), name)
    conditional = _conditional(list(tree_edges(vine)), ranks, doy)
    season = (months(obs.times) + 1) // 3 % 4
    figure, axes = style.new_axes(ax, size=(7.2, 0.7 + 1.7 * len(edges)), rows=len(edges), columns=4, squeeze=False,
                                  sharex=True, sharey=True)  # fmt: skip
    grid = np.reshape(np.asarray(axes, dtype=object), (len(edges), 4))
    for row, edge in enumerate(edges):
        exact = ~censored[[edge.given, edge.target, *edge.conditional]].any(axis=0)
        pair = [conditional.of(index, edge.conditional) for index in (edge.given, edge.target)]
        for column, panel in enumerate(grid[row]):
            days = exact & (season == column)
            copula_density(edge.copula, _MIDDLES[column], given=pair[0][days], target=pair[1][days], ax=panel)
            panel.set(xlabel="", ylabel="")
            style.dress(panel, title=style.SEASONS[column] if row == 0 else "", grid="")
        short = [vine.variables[index] for index in (edge.given, edge.target)]
        condition = edge.text(vine.variables).partition(" | ")[2]
        given_text = f"\n| {condition}" if condition else ""
        grid[row, 0].set_ylabel(f"{short[1]} over {short[0]}{given_text}\n{family_name(edge.copula)}", fontsize=8.5)
    figure.supxlabel("rank of the first variable (-)", fontsize=10)
    figure.suptitle(f"{name}: fitted density (blue low, red high) and observed ranks", fontsize=11, x=0.02, ha="left")
    return figure, axes


def _observed_ranks(model: MultisiteModel, own: Observations, station: str) -> tuple[FloatArray, BoolArray, IntArray]:
    """Ranks (K, T), where they are censored, and days of the year."""
    marginals = model.marginals[model.stations.index(station)]
    ranks, censored = np.full(own.values[0].shape, np.nan), np.zeros(own.values[0].shape, dtype=np.bool_)
    for number, name in enumerate(own.names):
        marginal = marginals[model.variable_names.index(name)]
        if marginal is not None:
            ranks[number] = ranks_from_scores(marginal.to_scores(own.values[0, number], own.doy))
            censored[number] = marginal.is_censored(own.values[0, number], own.doy)
    return ranks, censored, own.doy


def _conditional(edges: list[TreeEdge], ranks: FloatArray, doy: IntArray) -> ConditionalRanks:
    table = {frozenset({e.given, e.target}) | e.conditional: Edge(e.given, e.target, e.copula) for e in edges}
    found = ConditionalRanks(table, doy)
    for number, row in enumerate(ranks):
        found.set(number, frozenset(), row)
    return found


def _colours() -> list[str]:
    """Blue below independence, white at it, red above: one colour for each class of density."""
    return ["#2166AC", "#67A9CF", "#A6CBE3", "#DCEAF3", "#F7F7F7", "#FBE0D0", "#F4A582", "#D6604D", "#B2182B"]
