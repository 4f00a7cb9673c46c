"""What all vines have in common: edges, Rosenblatt transforms in both directions, and the fit of an edge."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from varwg._arrays import LONG_CALL, FloatArray, IntArray
from varwg._calendar import N_DOYS
from varwg._ranks import LAST_SCORE, clip_ranks
from varwg.errors import FitError, ScenarioError
from weathercop.copulas._base import Unit
from weathercop.copulas._likelihood import kendall_tau
from weathercop.copulas._seasonal import SeasonalCopula, conditionals_together, constant_loglikelihood, fit_seasonal_copula

VariableSet: TypeAlias = frozenset[int]


class Edge(NamedTuple):
    """The copula of two variables, conditional on the rest of the constraint set."""

    given: int
    target: int
    copula: SeasonalCopula

    def partner(self, variable: int) -> int:
        """The other variable."""
        return self.target if variable == self.given else self.given

    def towards(self, variable: int) -> SeasonalCopula:
        """The copula with `variable` as its target."""
        return self.copula if variable == self.target else self.copula.exchanged()


class ConditionalRanks:
    """Ranks of variables conditional on sets of others, each computed once."""

    def __init__(self, edges: Mapping[VariableSet, Edge], doy: ArrayLike) -> None:
        self._edges = edges
        self._doy = doy
        self._known: dict[tuple[int, VariableSet], FloatArray] = {}

    def set(self, variable: int, others: VariableSet, ranks: FloatArray) -> None:
        """Enter what is known."""
        self._known[variable, others] = ranks

    def of(self, variable: int, others: VariableSet) -> FloatArray:
        """Ranks of `variable` conditional on `others`; together they have to be the constraint set of an edge."""
        key = (variable, others)
        if key not in self._known:
            edge = self._edges[others | {variable}]
            partner = edge.partner(variable)
            rest = others - {partner}
            self._known[key] = edge.towards(variable).h(self.of(variable, rest), self.of(partner, rest), self._doy)
        return self._known[key]


#: A variable and those that its ranks are conditional on.
Node: TypeAlias = tuple[int, VariableSet]


class Step(NamedTuple):
    """Conditional ranks that follow from others: `SeasonalCopula.h_inverse` of two nodes, or `h` of them."""

    result: Node
    target: Node
    given: Node
    copula: SeasonalCopula
    inverse: bool


class Level(NamedTuple):
    """Steps none of which needs another, and the nodes that nobody needs after them."""

    steps: tuple[Step, ...]
    spent: tuple[Node, ...]


def inverse_levels(edges: Mapping[VariableSet, Edge], conditioning: VariableSet, order: tuple[int, ...]) -> tuple[Level, ...]:
    """The steps from independent ranks of the variables of `order`, each conditional on those before it, to dependent ones.

    In the beginning there are the unconditional ranks of the known variables, and the ranks of each other variable
    conditional on all before it.
    """
    numbers: dict[Node, int] = {(variable, frozenset()): 0 for variable in conditioning}
    steps: dict[int, list[Step]] = {}

    def add(result: Node, target: Node, given: Node, copula: SeasonalCopula, *, inverse: bool) -> Node:
        numbers[result] = 1 + max(numbers[target], numbers[given])
        steps.setdefault(numbers[result], []).append(Step(result, target, given, copula, inverse))
        return result

    def conditional(variable: int, others: VariableSet) -> Node:
        if (variable, others) not in numbers:
            edge = edges[others | {variable}]
            partner = edge.partner(variable)
            target, given = conditional(variable, others - {partner}), conditional(partner, others - {partner})
            add((variable, others), target, given, edge.towards(variable), inverse=False)
        return variable, others

    for variable in order:
        others = conditioning
        node: Node = (variable, others)
        numbers[node] = 0
        while others:
            edge = edges[others | {variable}]
            partner = edge.partner(variable)
            others -= {partner}
            node = add((variable, others), node, conditional(partner, others), edge.towards(variable), inverse=True)
        conditioning |= {variable}
    needed: set[Node] = {(variable, frozenset()) for variable in conditioning}
    levels = []
    for number in sorted(steps, reverse=True):
        used = {node for step in steps[number] for node in (step.target, step.given)}
        levels.append(Level(tuple(steps[number]), tuple(used - needed)))
        needed |= used
    return tuple(reversed(levels))


def long_calls(size: int) -> int:
    """How many arrays of a size are to go together, so that NumPy calls are long."""
    return max(1, round(LONG_CALL / size))


def follow(levels: Sequence[tuple[Level, ...]], nodes: Sequence[dict[Node, Unit]], doy: ArrayLike) -> None:
    """Take the steps of several vines, or of one for several sets of ranks, level by level.

    Steps of one level whose copulas are of one family go together, as many as make long calls.

    Parameters
    ----------
    levels : sequence of tuple of Level
        The steps of each vine.
    nodes : sequence of dict
        What is known of each in the beginning, clipped; in the end what no further step needs.
    doy : array of int, shape (T,)
        Rows of the seasonal tables.
    """
    for number in range(max(map(len, levels))):
        alike: dict[tuple[bool, str], list[tuple[Step, dict[Node, Unit]]]] = {}
        for own_levels, of_station in zip(levels, nodes, strict=True):
            for step in own_levels[number].steps if number < len(own_levels) else ():
                alike.setdefault((step.inverse, step.copula.family), []).append((step, of_station))
        for (inverse, _), rows in alike.items():
            together = long_calls(rows[0][1][rows[0][0].target].known.size)
            for start in range(0, len(rows), together):
                part = rows[start : start + together]
                targets, given = (
                    [of_station[step.target] for step, of_station in part],
                    [of_station[step.given] for step, of_station in part],
                )
                results = conditionals_together([step.copula for step, _ in part], targets, given, doy, inverse=inverse)
                for (step, of_station), result in zip(part, results, strict=True):
                    of_station[step.result] = result
        for own_levels, of_station in zip(levels, nodes, strict=True):
            for node in own_levels[number].spent if number < len(own_levels) else ():
                del of_station[node]


#: Bytes of the scores of stations that go through their vines together; about three times as much is there meanwhile.
_STATION_BYTES: Final = 2**22
#: Edges that the text of a vine in a notebook shows; nine variables have 36.
_MOST_EDGES: Final = 37


def dependent_scores(
    vines: Sequence[Vine],
    independent: FloatArray,
    doy: ArrayLike,
    *,
    finish: Callable[[FloatArray, IntArray, IntArray], FloatArray] | None = None,
    out: FloatArray | None = None,
) -> FloatArray:
    """Scores that depend on each other as the vine of each station says, of independent ones.

    The same as `Vine.inverse_rosenblatt` of their ranks; but many of them never pass through Phi, and stations go together.

    Parameters
    ----------
    vines : sequence of Vine
        One for each of S stations, with the same K variables.
    independent : array, shape (..., S, K, T)
        Independent scores.
    doy : array of int, shape (T,)
        Rows of the seasonal tables.
    finish : callable, optional
        What is done besides to scores (n, ..., T) of n stations and variables, whose numbers (n,) come after them.
    out : array, shape (..., S, K, T), optional
        Where the result is put, `independent` itself for example.

    Returns
    -------
    array, shape (..., S, K, T)
    """
    scores = np.empty_like(independent) if out is None else out
    n_stations = max(1, _STATION_BYTES // max(1, independent[..., 0, :, :].nbytes))
    for first in range(0, len(vines), n_stations):
        some = range(first, min(first + n_stations, len(vines)))
        nodes = [
            {
                (variable, frozenset(vines[station].order[:place])): Unit(score=independent[..., station, variable, :])
                for place, variable in enumerate(vines[station].order)
            }
            for station in some
        ]
        follow([vines[station].inverse_levels for station in some], nodes, doy)
        nodes_left = [(station, node, unit) for station, row in zip(some, nodes, strict=True) for node, unit in row.items()]
        together = long_calls(nodes_left[0][2].known.size)
        for start in range(0, len(nodes_left), together):
            stations, variables, units = zip(
                *((s, k, unit) for s, (k, _), unit in nodes_left[start : start + together]), strict=True
            )
            joint = Unit.stacked(units, [False] * len(units), as_scores=True).score()
            joint = np.clip(joint, -LAST_SCORE, LAST_SCORE)
            if finish is not None:
                joint = finish(joint, np.array(stations), np.array(variables))
            for station, variable, row in zip(stations, variables, joint, strict=True):
                scores[..., station, variable, :] = row
    return scores


class Vine(ABC):
    """A fitted vine of seasonal copulas.

    Subclasses are frozen dataclasses with at least these fields.

    Attributes
    ----------
    variables : tuple of str
        Names of the variables in the order of the first axis of the ranks.
    order : tuple of int
        Indices of the variables in the order of the vine: each is conditional on those before it.
    edges : tuple of tuple of SeasonalCopula
        `edges[l][j - l - 1]` is the copula in tree l of variable `order[j]` (target) and its partner (given).
    """

    variables: tuple[str, ...]
    order: tuple[int, ...]
    edges: tuple[tuple[SeasonalCopula, ...], ...]

    @abstractmethod
    def partner(self, tree: int, position: int) -> int:
        """Index of the variable with which `order[position]` is paired in a tree."""

    def rosenblatt(self, ranks: ArrayLike, doy: ArrayLike) -> FloatArray:
        """Ranks turned into independent ones: each conditional on the variables before it in the vine's order.

        Parameters
        ----------
        ranks : array, shape (K, ..., T)
            Uniform ranks in the order of `variables`. NaN makes the conditional ranks that need it NaN.
        doy : array of int, shape (T,)
            Rows of the seasonal tables.

        Returns
        -------
        array, shape (K, ..., T)
            Independent uniform ranks in the order of `variables` (Joe 2014, sec. 6.9).
        """
        dependent = clip_ranks(ranks)
        conditional = self._conditional_ranks(dependent, doy)
        independent = np.empty_like(dependent)
        for position, variable in enumerate(self.order):
            independent[variable] = conditional.of(variable, frozenset(self.order[:position]))
        return clip_ranks(independent)

    def inverse_rosenblatt(self, ranks: ArrayLike, doy: ArrayLike) -> FloatArray:
        """Independent ranks turned into dependent ones; arguments as in `rosenblatt`, which this undoes."""
        return self._complete(clip_ranks(ranks), doy, frozenset(), self.order)

    def conditional_inverse_rosenblatt(self, ranks: ArrayLike, doy: ArrayLike, known: Iterable[str]) -> FloatArray:
        """Independent ranks turned into dependent ones while some variables are known.

        Parameters
        ----------
        ranks : array, shape (K, ..., T)
            For known variables their (dependent) ranks, for others independent uniform ranks.
        doy : array of int, shape (T,)
            Rows of the seasonal tables.
        known : iterable of str
            Names of the known variables.

        Returns
        -------
        array, shape (K, ..., T)
            Dependent ranks; those of known variables are as they came.

        Raises
        ------
        ScenarioError
            If a name is unknown, or this vine cannot be simulated conditional on just these variables; the message
            names the sets for which it can.
        """
        names = tuple(known)
        strange = [name for name in names if name not in self.variables]
        if strange:
            raise ScenarioError(f"{strange[0]!r} is not a variable of the vine; it has {', '.join(self.variables)}.")
        given = frozenset(self.variables.index(name) for name in names)
        order = self._order_after(given)
        if order is None:
            raise ScenarioError(
                f"this vine cannot be simulated conditional on {', '.join(sorted(names))}; it can for "
                + "; ".join(", ".join(names) for names in self.admissible_known_sets())
                + "."
            )
        return self._complete(clip_ranks(ranks), doy, given, order)

    def admissible_known_sets(self) -> tuple[tuple[str, ...], ...]:
        """The sets of variables on which the vine can be conditioned: single variables and all constraint sets."""
        singles = [frozenset({index}) for index in range(len(self.variables))]
        chosen = [*singles, *(edge_set for edge_set in self._edges() if len(edge_set) < len(self.variables))]
        named = (tuple(self.variables[index] for index in sorted(indices)) for indices in chosen)
        return tuple(sorted(named, key=lambda names: (len(names), names)))

    def log_density(self, ranks: ArrayLike, doy: ArrayLike) -> FloatArray:
        """Logarithm of the joint density of the ranks, shape (..., T); arguments as in `rosenblatt`."""
        dependent = clip_ranks(ranks)
        conditional = self._conditional_ranks(dependent, doy)
        total = 0.0 * np.sum(dependent, axis=0)
        for constraint_set, (given, target, copula) in self._edges().items():
            rest = constraint_set - {given, target}
            total += copula.log_density(conditional.of(given, rest), conditional.of(target, rest), doy)
        return np.asarray(total)

    @cached_property
    def inverse_levels(self) -> tuple[Level, ...]:
        """The steps of `inverse_rosenblatt`."""
        return inverse_levels(self._edges(), frozenset(), self.order)

    @property
    def loglikelihood(self) -> float:
        """Log-likelihood of the ranks it was fitted to: the sum over the edges."""
        return sum(edge.loglikelihood for row in self.edges for edge in row)

    @property
    def n_free(self) -> int:
        """Number of fitted parameters."""
        return sum(edge.n_free for row in self.edges for edge in row)

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return sum(edge.aic for row in self.edges for edge in row)

    @property
    def bic(self) -> float:
        """Bayes' (Schwarz') information criterion; each edge counts the pairs it was fitted to."""
        return sum(edge.bic for row in self.edges for edge in row)

    def __repr__(self) -> str:
        edges = str(self).splitlines()
        more = [f"... and {len(edges) - _MOST_EDGES} more edges; print() shows them all"] * (len(edges) > _MOST_EDGES)
        return "\n".join([f"{type(self).__name__} of {', '.join(self.variables)}", *edges[:_MOST_EDGES], *more])

    def __str__(self) -> str:
        header = ("tree", "edge", "family", "rotation", "tau")
        rows = [
            header,
            *(
                (
                    str(len(constraint_set) - 1),
                    self._label(constraint_set, edge),
                    edge.copula.family,
                    str(edge.copula.rotation),
                    tau_text(edge.copula),
                )
                for constraint_set, edge in self._edges().items()
            ),
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def _label(self, constraint_set: VariableSet, edge: Edge) -> str:
        rest = ", ".join(self.variables[index] for index in sorted(constraint_set - {edge.given, edge.target}))
        pair = f"{self.variables[edge.given]}, {self.variables[edge.target]}"
        return f"{pair} | {rest}" if rest else pair

    def _edges(self) -> dict[VariableSet, Edge]:
        """The edges by constraint set, tree by tree."""
        result = {}
        for tree, row in enumerate(self.edges):
            for position, copula in enumerate(row, start=tree + 1):
                members = [self.order[position], *(self.partner(level, position) for level in range(tree + 1))]
                result[frozenset(members)] = Edge(members[-1], members[0], copula)
        return result

    def _conditional_ranks(self, dependent: FloatArray, doy: ArrayLike) -> ConditionalRanks:
        conditional = ConditionalRanks(self._edges(), doy)
        for variable, ranks in enumerate(dependent):
            conditional.set(variable, frozenset(), ranks)
        return conditional

    def _complete(self, ranks: FloatArray, doy: ArrayLike, conditioning: VariableSet, order: tuple[int, ...]) -> FloatArray:
        """Ranks with the variables of `order` made dependent on the known ones and on those before them."""
        nodes = {(variable, frozenset[int]()): Unit.of(ranks[variable]) for variable in conditioning}
        before = conditioning
        for variable in order:
            nodes[variable, before] = Unit.of(ranks[variable])
            before |= {variable}
        levels = inverse_levels(self._edges(), conditioning, order) if conditioning else self.inverse_levels
        follow([levels], [nodes], doy)
        return clip_ranks(np.stack([nodes[variable, frozenset()].value for variable in range(len(ranks))]))

    def _order_after(self, conditioning: VariableSet) -> tuple[int, ...] | None:
        """An order in which the other variables can be simulated; None if there is none.

        Going backwards, the last variable has to be one of the two of the edge whose constraint set are all variables
        left.
        """
        edges = self._edges()

        def backwards(left: VariableSet) -> tuple[int, ...] | None:
            if left == conditioning:
                return ()
            if len(left) == 1:
                return tuple(left) if not conditioning else None
            for last in (edges[left].target, edges[left].given):
                if last not in conditioning:
                    order = backwards(left - {last})
                    if order is not None:
                        return (*order, last)
            return None

        return backwards(frozenset(self.order))


def tau_text(copula: SeasonalCopula) -> str:
    """Kendall's tau as text: one number, or the least and the greatest of the year."""
    ends = {f"{round(float(end), 2) + 0.0:+.2f}": None for end in (copula.tau().min(), copula.tau().max())}
    return " to ".join(ends)


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
