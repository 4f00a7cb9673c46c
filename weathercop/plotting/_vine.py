"""Pictures of the dependence: densities of copulas, trees of the vine, and tau over the year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import BoolArray, FloatArray, IntArray
from varwg._calendar import N_DOYS, months_of
from varwg._observations import Observations
from varwg._ranks import ranks_from_scores
from varwg.errors import DataError
from varwg.plotting import _style as style
from weathercop._model import MultisiteModel
from weathercop.copulas._seasonal import SeasonalCopula
from weathercop.vines._base import ConditionalRanks, Edge, Vine, tau_text
from weathercop.vines._per_station import StationVines

#: Densities are drawn on so many points along each side.
_GRID: Final = 60
#: Middle day of the year of the seasons.
_MIDDLES: Final = (15, 105, 197, 289)
#: Classes of the density, symmetric in its logarithm around independence.
_LEVELS: Final = (0.0, 0.125, 0.25, 0.5, 0.8, 1.25, 2.0, 4.0, 8.0)


@style.picture
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
    return style.Picture(figure, axes)


@style.picture
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
    edges = [edge for edge in _pairs(vine) if trees is None or edge.tree < trees]
    ranks, censored, doy = _observed_ranks(fitted, obs.select([name], vine.variables), name)
    conditional = _conditional(list(tree_edges(vine)), ranks, doy)
    season = (months_of(obs.times) + 1) // 3 % 4
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
    return style.Picture(figure, axes)


def _observed_ranks(model: MultisiteModel, record: Observations, station: str) -> tuple[FloatArray, BoolArray, IntArray]:
    """Ranks (K, T), where they are censored, and days of the year."""
    marginals = model.marginals[model.stations.index(station)]
    ranks, censored = np.full(record.values[0].shape, np.nan), np.zeros(record.values[0].shape, dtype=np.bool_)
    for number, name in enumerate(record.names):
        marginal = marginals[model.variable_names.index(name)]
        if marginal is not None:
            ranks[number] = ranks_from_scores(marginal.to_scores(record.values[0, number], record.doy))
            censored[number] = marginal.is_censored(record.values[0, number], record.doy)
    return ranks, censored, record.doy


def _conditional(edges: list[TreeEdge], ranks: FloatArray, doy: IntArray) -> ConditionalRanks:
    table = {frozenset({e.given, e.target}) | e.conditional: Edge(e.given, e.target, e.copula) for e in edges}
    conditional = ConditionalRanks(table, doy)
    for number, row in enumerate(ranks):
        conditional.set(number, frozenset(), row)
    return conditional


def _colours() -> list[str]:
    """Blue below independence, white at it, red above: one colour for each class of density."""
    return ["#2166AC", "#67A9CF", "#A6CBE3", "#DCEAF3", "#F7F7F7", "#FBE0D0", "#F4A582", "#D6604D", "#B2182B"]


class TreeEdge(NamedTuple):
    """An edge: indices of its variables, of those it is conditional on, the number of its tree (from 0), and its copula."""

    given: int
    target: int
    conditional: frozenset[int]
    tree: int
    copula: SeasonalCopula

    def text(self, names: tuple[str, ...]) -> str:
        """The edge as in "sun, R | theta"."""
        condition = ", ".join(names[index] for index in sorted(self.conditional))
        return f"{names[self.given]}, {names[self.target]}" + (f" | {condition}" if condition else "")


def vine_of(model: Any, station: str | None = None) -> Vine:
    """The vine of a station (the first by default) of a model, a generator, or the vine itself.

    Raises
    ------
    DataError
        If there is no such station.
    """
    vine = getattr(getattr(model, "model", model), "vine", model)
    if not isinstance(vine, StationVines):
        return vine  # type: ignore[no-any-return]
    name = vine.stations[0] if station is None else station
    if name not in vine.stations:
        raise DataError(f"there is no vine of {name!r}, only of {', '.join(vine.stations)}: name one of these.")
    return vine.vines[vine.stations.index(name)]


def tree_edges(vine: Vine) -> Iterator[TreeEdge]:
    """All edges, tree by tree."""
    for tree, row in enumerate(vine.edges):
        for position, copula in enumerate(row, start=tree + 1):
            conditional = frozenset(vine.partner(level, position) for level in range(tree))
            yield TreeEdge(vine.partner(tree, position), vine.order[position], conditional, tree, copula)


def _pairs(vine: Vine) -> list[TreeEdge]:
    """All edges of a vine that has any.

    Raises
    ------
    DataError
        If it has one variable.
    """
    if len(vine.variables) < 2:
        raise DataError(
            f"the vine has one variable, {vine.variables[0]}, so that there are no pairs to draw: fit more variables."
        )
    return list(tree_edges(vine))


@style.picture
def vine_trees(model: Any, *, station: str | None = None, ax: Any = None) -> Any:
    """The trees of a vine side by side, with family and range of Kendall's tau of each edge.

    Parameters
    ----------
    model : Vine, MultisiteModel or Multisite
        What the vine is taken from.
    station : str, optional
        Whose, where each station has its own; the first by default.
    ax : array of Axes, at least one for each tree, optional

    Returns
    -------
    figure, axes
        An array with one for each tree.
    """
    vine = vine_of(model, station)
    pairs = _pairs(vine)
    n_trees = len(vine.variables) - 1
    columns = min(n_trees, 2)
    n_rows = -(-n_trees // columns)
    many = len(vine.variables) > _FEW
    side = 5.2 * max(1.0, len(vine.variables) / 10) if many else 3.6
    size = (side * columns, 0.87 * side * n_rows)
    figure, axes = style.new_axes(ax, size=size, rows=n_rows, columns=columns, squeeze=False)
    panels = np.ravel(np.asarray(axes, dtype=object))
    if many:
        numbered = ", ".join(f"{number} {name}" for number, name in enumerate(vine.variables, 1))
        figure.supxlabel(f"nodes of later trees: {numbered}", fontsize=9)
    for unused in panels[n_trees:]:
        unused.set_axis_off()
    for tree, panel in enumerate(panels[:n_trees]):
        edges = [edge for edge in pairs if edge.tree == tree]
        _tree(panel, edges, vine)
        name = _title(station, model) if tree == 0 else ""
        panel.set_title(f"{name}, tree {tree + 1}" if name else f"tree {tree + 1}", fontsize=11, loc="left")
    return style.Picture(figure, panels[:n_trees])


@style.picture
def seasonal_tau(model: Any, *, station: str | None = None, parameter: bool = False, ax: Any = None) -> Any:
    """Kendall's tau of each edge in the course of the year, or its first parameter theta(d); figure and axes.

    Of vines with more than five variables only the first tree has colours; the pairs of later trees are grey.

    Parameters
    ----------
    model, station
        As for `vine_trees`.
    parameter : bool
        Draw the parameter of the family, in its own unit, instead; edges without one are left out.
    ax : Axes, optional

    Raises
    ------
    DataError
        If the vine has one variable.
    """
    vine = vine_of(model, station)
    edges = _pairs(vine)
    few = len(vine.variables) <= _FEW
    figure, axes = style.new_axes(ax, size=(7.2, 3.8 if few else 4.6))
    days = np.arange(N_DOYS)
    drawn = []
    for number, edge in enumerate(edges):
        if parameter and edge.copula.parameters.shape[1] == 0:
            continue
        drawn.append(edge.copula.parameters[:, 0] if parameter else edge.copula.tau())
        position = number - sum(other.tree < edge.tree for other in edges)
        if few or edge.tree == 0:
            dashes = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1, 1, 1)))[(edge.tree + position // len(style.CYCLE)) % 4]
            label = f"{edge.text(vine.variables)}: {family_name(edge.copula)}"
            colour = style.CYCLE[(number if few else position) % len(style.CYCLE)]
            axes.plot(days, drawn[-1], color=colour, linestyle=dashes, linewidth=1.7, label=label)
        else:
            label = "pairs of later trees" if "pairs of later trees" not in axes.get_legend_handles_labels()[1] else ""
            axes.plot(days, drawn[-1], color=style.SOFT, linewidth=0.8, alpha=0.45, zorder=1.5, label=label)
    if not parameter:
        axes.axhline(0.0, color=style.SOFT, linewidth=0.8)
    elif drawn and np.max(np.abs(drawn)) > _WIDE:
        axes.set_yscale("symlog", linthresh=1.0)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    style.month_axis(axes, style.MONTH_MIDDLES)
    axes.set_xlim(0, N_DOYS - 1)
    style.dress(axes, x="month", y="parameter θ (-)" if parameter else "Kendall's τ (-)", title=_title(station, model))
    style.legend(axes, beside=True)
    return style.Picture(figure, axes)


def family_name(copula: SeasonalCopula) -> str:
    """Family and rotation, as in "clayton 90°"."""
    name = copula.family.replace("_", "-")
    return f"{name} {copula.rotation}°" if copula.rotation else name


def _title(station: str | None, model: Any) -> str:
    vine = getattr(getattr(model, "model", model), "vine", model)
    return station or (vine.stations[0] if isinstance(vine, StationVines) else "")


#: Trees of more variables have room for numbers only.
_FEW: Final = 5
#: Parameters of families beyond this would flatten all others on a linear axis.
_WIDE: Final = 20.0
#: Shares of the way along an edge where its text may be, the best first.
_ALONG: Final = (0.54, 0.6, 0.48, 0.66, 0.72, 0.42)
_TEXT_SIZE: Final = 7.5
_NODE_SIZE: Final = 10.0
#: Half of the width and of the height of a tree in its own unit.
_HALF: Final = (1.36, 1.26)


def _tree(panel: Any, edges: list[TreeEdge], vine: Vine) -> None:
    """A tree: its nodes are the edges of the tree before, on a circle around the one with most edges."""
    numbered = len(vine.variables) > _FEW and edges and edges[0].tree > 0
    shown = tuple(str(number) for number in range(1, len(vine.variables) + 1)) if numbered else vine.variables
    pairs = [_nodes(edge, shown) for edge in edges]
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    degree = {name: sum(name in pair for pair in pairs) for name in names}
    places = _places(names, degree)
    scale = np.array([space / (2.0 * half) for space, half in zip(style.room(panel), _HALF, strict=True)])
    taken = [style.Box.around(scale * place, style.text_width(name, _NODE_SIZE) + 9.0, 20.0) for name, place in places.items()]
    for edge, (one, other) in zip(edges, pairs, strict=True):
        start, end = np.array(places[one]), np.array(places[other])
        if other == _centre(degree):
            start, end = end, start
        tau = edge.copula.tau()
        colour = style.SIMULATED if tau.mean() < 0.0 else style.SCENARIO
        panel.plot(*np.stack([start, end], axis=1), color=colour, linewidth=1.0 + 7.0 * float(np.abs(tau).mean()), alpha=0.6,
                   zorder=1, solid_capstyle="round")  # fmt: skip
        span = f"τ {tau_text(edge.copula)}"
        width = max(style.text_width(line, _TEXT_SIZE) for line in (family_name(edge.copula), span)) + 3.0
        at = [start + share * (end - start) for share in _ALONG]
        boxes = [style.Box.around(scale * place, width, 2.7 * _TEXT_SIZE) for place in at]
        chosen = style.least_touching(boxes, taken)
        taken.append(boxes[chosen])
        panel.text(*at[chosen], f"{family_name(edge.copula)}\n{span}", fontsize=_TEXT_SIZE, ha="center", va="center",
                   bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.0}, zorder=2)  # fmt: skip
    for name, (x, y) in places.items():
        box = {"boxstyle": "round,pad=0.35", "facecolor": "#F2F2F2", "edgecolor": style.SOFT}
        panel.text(x, y, name, fontsize=_NODE_SIZE, ha="center", va="center", bbox=box, zorder=3)
    panel.set_xlim(-_HALF[0], _HALF[0])
    panel.set_ylim(-_HALF[1], _HALF[1])
    panel.set_axis_off()


def _nodes(edge: TreeEdge, names: tuple[str, ...]) -> tuple[str, str]:
    """The two nodes of an edge: each of its variables with what it is conditional on."""
    inside = [names[index] for index in sorted(edge.conditional)]
    return tuple(", ".join([*inside, names[index]]) for index in (edge.given, edge.target))  # type: ignore[return-value]


def _centre(degree: dict[str, int]) -> str:
    """The node with most edges."""
    return max(degree, key=lambda name: degree[name])


def _places(names: list[str], degree: dict[str, int]) -> dict[str, tuple[float, float]]:
    if len(names) == 2:
        return {names[0]: (0.0, 0.85), names[1]: (0.0, -0.85)}
    centre = _centre(degree)
    others = [name for name in names if name != centre]
    # Between the axes where that leaves room for the texts of edges that would lie side by side.
    first = np.pi / len(others) if len(others) in (4, 8) else np.pi / 2
    angles = first + 2 * np.pi * np.arange(len(others)) / len(others)
    if len(others) == 2:
        return {others[0]: (0.0, 1.05), centre: (0.0, 0.0), others[1]: (0.0, -1.05)}
    places = zip(others, 1.1 * np.cos(angles), 1.1 * np.sin(angles), strict=True)
    return {centre: (0.0, 0.0)} | {name: (float(x), float(y)) for name, x, y in places}
