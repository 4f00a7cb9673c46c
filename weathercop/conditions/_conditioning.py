"""Realisations that meet conditions: how phases of long periods are searched for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from varwg._arguments import whole_number
from varwg._arrays import BoolArray, FloatArray, IntArray, brief, readonly_floats
from varwg.errors import ConditionError
from varwg.streams import require_generator
from weathercop.conditions._kinds import Condition, DrawnCondition, Quantities, Weather, all_quantities

#: Change of an angle, in radians, from which the response of the quantities is estimated.
_PROBE: Final = 0.2
#: Largest change of an angle in one step, at first, and that below which steps are given up.
_FIRST_STEP: Final = 1.0
_LAST_STEP: Final = 0.1
#: Share of the misfit that a step has to leave behind to count as one.
_LEAST_GAIN: Final = 0.02
#: How far inside its bounds a quantity is aimed: share of their distance, at most of its response to a radian.
_MARGIN: Final = 0.2
#: Rounds of adding bounds that a step would violate.
_MAX_ROUNDS: Final = 10
#: Share of the budget that goes to plain members, before phases are searched for.
_PLAIN_SHARE: Final = 0.25
#: Shares of the phases that are redrawn in a step.
_BLOCKS: Final = (0.05, 0.2, 0.5)
#: Share of the budget that goes to plain members and to tighter and tighter bounds, before steps downhill.
_NESTED_SHARE: Final = 0.75
#: Steps within the same bounds, after which those are drawn together to the middle of the misfits met there.
_RUNG: Final = 10
#: Directions with less than this share of the strongest response are not used.
_WEAKEST: Final = 0.01


class Trials:
    """The function, called within a budget: how often, and what came nearest to the bounds.

    Attributes
    ----------
    angles : array, shape (m,)
        Where it came nearest.
    before, nearest : Quantities
        At the start, and there.
    n_calls : int
        Number of calls.
    """

    def __init__(self, evaluate: Callable[[FloatArray], Quantities], start: FloatArray, budget: int) -> None:
        self._evaluate, self._budget = evaluate, budget
        self.before = self.nearest = evaluate(start)
        self.angles, self.n_calls = start, 1
        self._scale: FloatArray | None = None

    @property
    def finished(self) -> bool:
        """Whether all quantities are inside their bounds, or the budget is spent."""
        return not outside(self.nearest).any() or self.n_calls >= self._budget

    def __call__(self, angles: FloatArray) -> Quantities:
        """The quantities at these angles."""
        reached = self._evaluate(angles)
        self.n_calls += 1
        if self._scale is not None and self.misfit(reached) < self.misfit(self.nearest):
            self.angles, self.nearest = angles, reached
        return reached

    def response(self, angles: FloatArray, here: Quantities) -> FloatArray:
        """Change of the quantities per radian of each angle, shape (n, m), from finite differences."""
        response = np.zeros((here.values.size, angles.size))
        for column in range(angles.size):
            if self.finished:
                break
            moved = angles.copy()
            moved[column] += _PROBE
            response[:, column] = (self(moved).values - here.values) / _PROBE
        if self._scale is None:
            strength = np.sqrt((response**2).sum(axis=1))
            self._scale = np.where(strength > 0.0, strength, 1.0)
        return response

    def misfit(self, quantities: Quantities) -> float:
        """Squared distances from the bounds, in units of the response to a radian."""
        return misfit(quantities, self.scale)

    @property
    def scale(self) -> FloatArray:
        """Response to a radian, shape (n,)."""
        return np.ones(self.before.values.size) if self._scale is None else self._scale


def meet_bounds(
    evaluate: Callable[[FloatArray], Quantities],
    start: FloatArray,
    *,
    budget: int,
    redraw: Callable[[], FloatArray],
) -> Trials:
    """Look for angles at which all quantities are inside their bounds.

    The response to each angle is estimated by finite differences and then kept up to date by Broyden's rank-one formula
    (1965, doi:10.1090/S0025-5718-1965-0198670-6). Each step is the smallest that would do if the response were linear,
    cut to a radius in which it nearly is. Where steps lead no further the search begins anew.

    Parameters
    ----------
    evaluate : callable
        Quantities (n) of angles (m); a pure function.
    start : array, shape (m,)
        Angles in radians to begin with; returned as they are if they will do.
    budget : int
        Largest number of calls of `evaluate`.
    redraw : callable
        Angles for each new beginning.

    Returns
    -------
    Trials
        What was found; `nearest` is outside the bounds if the budget was spent in vain.
    """
    trials = Trials(evaluate, start, budget)
    angles, here = start, trials.before
    while not trials.finished:
        _descend(trials, angles, here)
        if not trials.finished:
            angles = redraw()
            here = trials(angles)
    return trials


def misfit(quantities: Quantities, scale: FloatArray) -> float:
    """Sum of the squared distances from the bounds, in units of a scale (n,)."""
    inside = np.clip(quantities.values, quantities.lower, quantities.upper)
    return float(np.sum(((quantities.values - inside) / scale) ** 2))


def outside(quantities: Quantities) -> BoolArray:
    """Which quantities are outside their bounds, shape (n,)."""
    return np.asarray((quantities.values < quantities.lower) | (quantities.values > quantities.upper))


def _descend(trials: Trials, angles: FloatArray, here: Quantities) -> None:
    """Step by step towards the bounds, until they are met, the budget is spent, or steps gain nothing."""
    response, fresh, radius = trials.response(angles, here), True, _FIRST_STEP
    while not trials.finished:
        step = smallest_step(response, here, trials.scale)
        longest = float(np.abs(step).max())
        if longest == 0.0:
            return
        step = step * min(1.0, radius / longest)
        there = trials(angles + step)
        surprise = there.values - here.values - response @ step
        response = response + np.outer(surprise, step) / (step @ step)
        if trials.misfit(there) < (1.0 - _LEAST_GAIN) * trials.misfit(here):
            angles, here, fresh = angles + step, there, False
            continue
        radius /= 2.0
        if radius < _LAST_STEP:
            if fresh:
                return
            response, fresh, radius = trials.response(angles, here), True, _FIRST_STEP / 2.0


def smallest_step(response: FloatArray, here: Quantities, scale: FloatArray) -> FloatArray:
    """The smallest change of angles (m,) that brings all quantities inside their bounds, were the response linear.

    Bounds that it would violate are added one round after the other, until it violates none.
    """
    margin = _MARGIN * np.minimum(here.upper - here.lower, scale)
    low, high = here.lower + margin, here.upper - margin
    active = outside(here)
    step: FloatArray = np.zeros(response.shape[1])
    for _ in range(_MAX_ROUNDS):
        gap = np.clip(here.values + response @ step, low, high) - here.values
        weight = 1.0 / scale[active]
        step = np.asarray(np.linalg.lstsq(response[active] * weight[:, None], gap[active] * weight, rcond=_WEAKEST)[0])
        now = active | outside(here._replace(values=here.values + response @ step))
        if np.array_equal(now, active):
            break
        active = now
    return step


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

    __repr__ = brief

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
    mixing : int
        Steps by which a member that had to be searched for is led away from where the search ended, so that members are those
        that plain ones would be if only those that meet the conditions were kept; 0 leaves them just inside the bounds.
    """

    conditions: tuple[Condition, ...]
    shortest_period: float = 180.0
    budget: int = 500
    mixing: int = 40

    def __post_init__(self) -> None:
        if not self.conditions:
            raise ConditionError("there are no conditions to be met: give at least one.")
        if not self.shortest_period >= 2.0:
            raise ConditionError(f"shortest_period is {self.shortest_period}, but a period of at least 2 days is expected.")
        if isinstance(self.budget, bool) or not isinstance(self.budget, (int, np.integer)) or self.budget < 1:
            raise ConditionError(f"budget is {self.budget!r}, but a whole number of at least 1 is expected.")
        whole_number(self.mixing, "mixing", 0, error=ConditionError)

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
        return json.dumps(
            {"conditions": texts, "shortest_period": self.shortest_period, "budget": self.budget, "mixing": self.mixing},
            sort_keys=True,
        )

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
        """Phases with which the simulation meets the conditions, as if those of plain members were kept that do.

        The given ones are left as they are if they will do; else so are the first that will do of some that are drawn. Else
        bounds are tightened from those that the nearest of these meet, phases being redrawn within them; where that leads no
        further, slow phases are searched for in steps as small as will do. From there members are led away by redrawing some
        phases after others.

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

        weather = simulate(phases)
        conditions = [
            condition.drawn(weather, rng=rng) if isinstance(condition, DrawnCondition) else condition
            for condition in self.conditions
        ]

        def quantities(condition: FloatArray) -> Quantities:
            return all_quantities(conditions, simulate(condition))

        # Zero phases are those of the mean and, of an even number of days, of the fastest frequency.
        loose = np.flatnonzero((phases != 0.0) & (frequencies > 0.0) & (True if held is None else ~held))
        here, first = np.array(phases), all_quantities(conditions, weather)
        plain = [(here, first)]
        while outside(plain[-1][1]).any() and len(plain) <= _PLAIN_SHARE * self.budget:
            here = _redrawn(phases, loose, rng)
            plain.append((here, quantities(here)))
        if not outside(plain[-1][1]).any():
            return Conditioned(plain[-1][0], _report(first, plain[-1][1], len(plain), free.size))
        nearest, n_calls = self._nested(quantities, plain, loose, rng=rng)
        if not outside(nearest[1]).any():
            return self._mixed(quantities, nearest[0], loose, _report(first, nearest[1], n_calls, free.size), rng=rng)

        def with_angles(angles: FloatArray) -> FloatArray:
            adjusted = np.array(nearest[0])
            adjusted[free] = angles
            return adjusted

        trials = meet_bounds(
            lambda angles: quantities(with_angles(angles)),
            nearest[0][free],
            budget=max(self.budget - n_calls, 1),
            redraw=lambda: rng.uniform(0.0, 2.0 * np.pi, free.size),
        )
        report = _report(first, trials.nearest, n_calls + trials.n_calls, free.size)
        if not report.met:
            raise ConditionError(_failure(report, self))
        return self._mixed(quantities, with_angles(trials.angles), loose, report, rng=rng)

    def _nested(
        self,
        quantities: Callable[[FloatArray], Quantities],
        plain: Sequence[tuple[FloatArray, Quantities]],
        loose: IntArray,
        *,
        rng: np.random.Generator,
    ) -> tuple[tuple[FloatArray, Quantities], int]:
        """The phases that come nearest to the bounds, by Metropolis steps within looser ones, and the number of simulations.

        A rare climate is sampled as the last of a sequence of ever rarer ones, each of which is likely within the one before
        (subset simulation, Au and Beck 2001, doi:10.1016/S0266-8920(01)00019-4): from the nearest of the plain members on, steps
        are kept that come no farther from the bounds than a level, which falls to the middle of the distances found.
        """
        values = np.array([candidate.values for _, candidate in plain])
        spread = values.std(axis=0)
        scale = np.where(spread > 0.0, spread, 1.0)
        misfits = [misfit(candidate, scale) for _, candidate in plain]
        here, level, n_calls = plain[int(np.argmin(misfits))], min(misfits), len(plain)
        reached, share = level, 0.2
        while reached > 0.0 and n_calls + _RUNG <= _NESTED_SHARE * self.budget:
            met, n_kept = [], 0
            for _ in range(_RUNG):
                proposed = _partly_redrawn(here[0], loose, share, rng)
                candidate, n_calls = quantities(proposed), n_calls + 1
                if (there := misfit(candidate, scale)) <= level:
                    here, reached, n_kept = (proposed, candidate), there, n_kept + 1
                met.append(reached)
                if reached == 0.0:
                    break
            level = float(np.median(met))
            # Steps of which about a third are kept lead farthest.
            share = float(np.clip(share * np.exp(n_kept / _RUNG - 0.35), 1.0 / loose.size, 0.5))
        return here, n_calls

    def _mixed(
        self,
        quantities: Callable[[FloatArray], Quantities],
        start: FloatArray,
        loose: IntArray,
        report: ConditionReport,
        *,
        rng: np.random.Generator,
    ) -> Conditioned:
        """Phases far from where a search has ended, which is always just inside the bounds.

        Phases are uniform and independent, so that redrawing some of them and keeping what still meets the conditions is a
        Metropolis sampler whose stationary distribution is that of plain members among which those that meet them are kept
        (Metropolis and others 1953; the blocks are redrawn from their own distribution, hence every such proposal counts).
        """
        here, reached = start, report.reached
        for step in range(self.mixing):
            proposed = _partly_redrawn(here, loose, _BLOCKS[step % len(_BLOCKS)], rng)
            candidate = quantities(proposed)
            if not outside(candidate).any():
                here, reached = proposed, readonly_floats(candidate.values)
        return Conditioned(here, replace(report, reached=reached, n_simulations=report.n_simulations + self.mixing))


def _redrawn(phases: FloatArray, which: IntArray, rng: np.random.Generator) -> FloatArray:
    """A copy of phases with some of them drawn anew."""
    drawn = np.array(phases)
    drawn[which] = rng.uniform(0.0, 2.0 * np.pi, which.size)
    return drawn


def _partly_redrawn(phases: FloatArray, loose: IntArray, share: float, rng: np.random.Generator) -> FloatArray:
    """A copy of phases with a share of the loose ones drawn anew."""
    return _redrawn(phases, rng.choice(loose, max(1, round(share * loose.size)), replace=False), rng)


def _report(before: Quantities, reached: Quantities, n_simulations: int, n_adjusted: int) -> ConditionReport:
    return ConditionReport(
        labels=before.labels,
        lower=readonly_floats(before.lower),
        upper=readonly_floats(before.upper),
        before=readonly_floats(before.values),
        reached=readonly_floats(reached.values),
        n_simulations=n_simulations,
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
