"""Conditional simulation: the phases of slow harmonics, adjusted until a realisation meets its conditions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from varwg.arrays import BoolArray, FloatArray, readonly_floats
from varwg.streams import require_generator
from weathercop.conditions.kinds import Condition, ConditionError, Weather, all_quantities
from weathercop.conditions.phase_search import Trials, meet_bounds


class Conditioned(NamedTuple):
    """Phases that meet the conditions, and the report."""

    phases: FloatArray
    report: ConditionReport


@dataclass(frozen=True, eq=False)
class ConditionReport:
    """What conditions asked for and what was reached.

    Attributes
    ----------
    labels : tuple of str
        The n quantities.
    lower, upper : array, shape (n,)
        Their bounds.
    before, reached : array, shape (n,)
        Their values with the phases as they were drawn, and as they were adjusted.
    n_simulations : int
        Realisations that the search took.
    n_adjusted : int
        Phases it was free to adjust.
    """

    labels: tuple[str, ...]
    lower: FloatArray
    upper: FloatArray
    before: FloatArray
    reached: FloatArray
    n_simulations: int
    n_adjusted: int

    @property
    def violated(self) -> BoolArray:
        """Which quantities are outside their bounds, shape (n,)."""
        return (self.reached < self.lower) | (self.reached > self.upper)

    @property
    def met(self) -> bool:
        """Whether all are inside."""
        return not self.violated.any()

    def to_json(self) -> str:
        """The report for attributes of results."""
        names = ("lower", "upper", "before", "reached")
        rows = {name: [float(f"{number:.6g}") for number in getattr(self, name)] for name in names}
        return json.dumps({"labels": self.labels, **rows, "n_simulations": self.n_simulations, "n_adjusted": self.n_adjusted})

    def __str__(self) -> str:
        width = max(map(len, self.labels))
        head = f"{'quantity':{width}} {'lower':>10} {'upper':>10} {'before':>10} {'reached':>10}"
        numbers = zip(self.lower, self.upper, self.before, self.reached, strict=True)
        rows = [
            f"{label:{width}} {low:10.4g} {high:10.4g} {before:10.4g} {reached:10.4g}{' violated' if bad else ''}"
            for label, (low, high, before, reached), bad in zip(self.labels, numbers, self.violated, strict=True)
        ]
        return "\n".join([head, *rows, f"{self.n_simulations} simulations, {self.n_adjusted} phases free"])


@dataclass(frozen=True)
class Conditioning:
    """Conditions of a simulation and how hard to try.

    Attributes
    ----------
    conditions : tuple of Condition
        All have to be met.
    shortest_period : float
        Phases of this period in days and of all longer ones are adjusted. Fewer keep more of the randomness and make
        the search shorter; more reach more.
    budget : int
        Realisations that the search may take, for each member.
    """

    conditions: tuple[Condition, ...]
    shortest_period: float = 180.0
    budget: int = 500

    def __post_init__(self) -> None:
        if not self.conditions:
            raise ConditionError("there are no conditions to be met: give at least one.")
        if not self.shortest_period >= 2.0:
            raise ConditionError(f"shortest_period is {self.shortest_period}, but a period of at least 2 days is expected.")
        if isinstance(self.budget, bool) or not isinstance(self.budget, (int, np.integer)) or self.budget < 1:
            raise ConditionError(f"budget is {self.budget!r}, but a whole number of at least 1 is expected.")

    @classmethod
    def of(
        cls, conditions: Condition | Sequence[Condition], *, shortest_period: float = 180.0, budget: int = 500
    ) -> Conditioning:
        """Conditioning on one condition or several."""
        several = tuple(conditions) if isinstance(conditions, Sequence) else (conditions,)
        return cls(several, shortest_period, budget)

    def to_json(self) -> str:
        """Canonical text for manifests and attributes, equal for equal conditions."""
        texts = [repr(condition) for condition in self.conditions]
        return json.dumps({"conditions": texts, "shortest_period": self.shortest_period, "budget": self.budget}, sort_keys=True)

    def free(self, frequencies: FloatArray, held: BoolArray | None = None) -> BoolArray:
        """Which phases are adjusted: slow ones that are not held, and not that of the mean."""
        slow = (frequencies > 0.0) & (frequencies * self.shortest_period <= 1.0)
        return slow if held is None else slow & ~held

    def adjust(
        self,
        simulate: Callable[[FloatArray], Weather],
        phases: FloatArray,
        frequencies: FloatArray,
        *,
        rng: np.random.Generator,
        held: BoolArray | None = None,
    ) -> Conditioned:
        """Phases near the given ones with which the simulation meets the conditions.

        Steps are as small as will do (see `phase_search`), so that members differ as their first phases do, and
        those that meet the conditions from the start are left as they are.

        Parameters
        ----------
        simulate : callable
            Realisation with given phases; a pure function.
        phases : array, shape (n_frequencies,)
            Phases to start from.
        frequencies : array, shape (n_frequencies,)
            Their frequencies in cycles per day.
        rng : numpy.random.Generator
            Source of new phases.
        held : array of bool, shape (n_frequencies,), optional
            Phases that must stay.

        Raises
        ------
        ConditionError
            If no phase is free, or the conditions are not met within the budget; the message says what was reached.
        """
        require_generator(rng)
        free = np.flatnonzero(self.free(frequencies, held))
        if not free.size:
            raise ConditionError(
                f"no phase has a period of {self.shortest_period:g} days or longer and is free to be adjusted: choose a "
                "smaller shortest_period, or a longer simulation."
            )

        def with_angles(angles: FloatArray) -> FloatArray:
            adjusted = np.array(phases)
            adjusted[free] = angles
            return adjusted

        trials = meet_bounds(
            lambda angles: all_quantities(self.conditions, simulate(with_angles(angles))),
            phases[free],
            budget=self.budget,
            redraw=lambda: rng.uniform(0.0, 2.0 * np.pi, free.size),
        )
        report = _report(trials, free.size)
        if not report.met:
            raise ConditionError(_failure(report, self))
        return Conditioned(with_angles(trials.angles), report)


def _report(trials: Trials, n_adjusted: int) -> ConditionReport:
    labels, before, lower, upper = trials.before
    return ConditionReport(
        labels=labels,
        lower=readonly_floats(lower),
        upper=readonly_floats(upper),
        before=readonly_floats(before),
        reached=readonly_floats(trials.nearest.values),
        n_simulations=trials.n_calls,
        n_adjusted=n_adjusted,
    )


def _failure(report: ConditionReport, conditioning: Conditioning) -> str:
    worst = np.flatnonzero(report.violated)
    first = int(worst[0])
    return (
        f"{worst.size} of {len(report.labels)} conditions are not met after {report.n_simulations} simulations, the first "
        f"being the {report.labels[first]}, which is {report.reached[first]:.6g} and not between {report.lower[first]:.6g} and "
        f"{report.upper[first]:.6g}: widen the bounds, raise the budget above {conditioning.budget}, or make shortest_period "
        f"smaller than {conditioning.shortest_period:g} days."
    )
