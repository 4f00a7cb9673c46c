"""What scenarios do to the scores of a member: before the vine, after it, and after the noise of rain amounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from varwg._arrays import FloatArray, IntArray, TimeArray, readonly, readonly_floats
from varwg._calendar import doy_index, months_of
from varwg.errors import ScenarioError
from varwg.scenarios import Scenario, as_json, combined, without_default
from varwg.scenarios._factor_response import FactorResponse
from varwg.scenarios._responses import changes_in, rain_index
from varwg.streams import Streams
from weathercop._model import MultisiteModel
from weathercop._primary_shift import PrimaryShift, score_covariances, seasonal_weights

__all__ = ["MemberShift", "RegionalScenario"]

#: From series (..., S, K, T) to others of the same shape.
Transform: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class MemberShift:
    """What scenarios do to the scores of one member, or of several members stacked.

    Attributes
    ----------
    regional : RegionalScenario
        The scenarios.
    shifts : array, shape (P, ..., S, T)
        Shifts of the scores of the moved primaries.
    signal : array, shape (..., S, T)
        Shift of the score of the variable that takes the signal; empty without one.
    """

    regional: RegionalScenario
    shifts: FloatArray
    signal: FloatArray

    @staticmethod
    def stack(members: Sequence[MemberShift]) -> MemberShift:
        """One for arrays with a leading axis of members; all must have the same scenarios."""
        shifts = np.stack([member.shifts for member in members], axis=1)
        signals = np.stack([member.signal for member in members])
        return MemberShift(members[0].regional, readonly_floats(shifts), readonly_floats(signals))

    def scores(self, latent: FloatArray, dependent: Transform, noisy: Transform) -> FloatArray:
        """Scores of a realisation.

        Parameters
        ----------
        latent : array, shape (..., S, K, T)
            Independent latent series; the root's are its scores.
        dependent : callable
            From independent series to dependent scores without noise (vine and rank tables), in their place where it likes.
        noisy : callable
            Adds the noise of amounts, to its argument itself where it likes.

        Returns
        -------
        array, shape (..., S, K, T)
        """
        regional = self.regional
        if not regional.moved:
            return noisy(dependent(latent))
        changes = {primary.variable: n for n, primary in enumerate(regional.moved)}
        root = regional.root
        start = self._moved(latent, root) if root in changes else latent
        after = dependent(start)
        base = after
        if start is not latent:
            # The vine is run again only where somebody needs to know what it gives without the shift.
            base = dependent(latent) if regional.controlled else latent
        scores = self._with_signal(self._followed(after, base))
        for variable in changes:
            if variable in regional.after_noise:
                scores[..., variable, :] = base[..., variable, :]
        result = noisy(scores)
        for variable in regional.after_noise:
            result = self._moved(result, variable)
        return result

    def around(self, scores: FloatArray, changed: Transform) -> FloatArray:
        """Scores (S, K, T) of one member in another climate, `changed`, that has moved as this one has."""
        return self._shifted(changed(self._shifted(scores, -1.0)), 1.0)

    def _shifted(self, scores: FloatArray, sign: float) -> FloatArray:
        """Scores (S, K, T) with the shifts of the primaries, or without them."""
        result = scores.copy()
        for primary, shift in zip(self.regional.moved, self.shifts, strict=True):
            result[:, primary.variable] = primary.shifted(scores[:, primary.variable], sign * shift)
        return result

    def _followed(self, after: FloatArray, base: FloatArray) -> FloatArray:
        """Scores in which controlled variables are where they should be and the others have followed.

        `after` is what the vine has made of the shifted root, `base` what it makes without shift.
        """
        regional, controlled = self.regional, self.regional.controlled
        if not controlled:
            return after
        result, wanted = after.copy(), base
        for primary in regional.moved:
            wanted = self._moved(wanted, primary.variable)
        changed = list(controlled)
        rest = wanted[..., changed, :] - after[..., changed, :]
        # The weights of a moved root are zero. One variable after the other is added, because sums inside one call may
        # depend on the number of stacked members.
        for number in range(len(controlled)):
            result += regional.weights[:, :, number][..., regional.doy] * rest[..., number : number + 1, :]
        result[..., changed, :] = wanted[..., changed, :]
        return result

    def _with_signal(self, scores: FloatArray) -> FloatArray:
        """Scores with the member's own signal on top: its variable moves, others follow, moved and fixed ones do not."""
        regional = self.regional
        if regional.signalled_shift is None or not self.signal.size:
            return scores
        return np.asarray(scores + regional.signal_weights[..., regional.doy] * self.signal[..., None, :])

    def _moved(self, scores: FloatArray, variable: int) -> FloatArray:
        """A copy of scores in which those of one primary are moved."""
        number = [primary.variable for primary in self.regional.moved].index(variable)
        result = scores.copy()
        result[..., variable, :] = self.regional.moved[number].moved(scores[..., variable, :], self.shifts[number])
        return result


@dataclass(frozen=True, eq=False)
class RegionalScenario:
    """Scenarios, checked against a model and worked out for the days of a simulation.

    Attributes
    ----------
    scenarios : tuple of Scenario
        One for each primary variable; that of the model is not named where it moves.
    stations : tuple of str
        The S stations.
    root : int
        Index of the variable that is the root of the vine.
    moved : tuple of PrimaryShift
        The P primaries that are moved, and how.
    fixed : tuple of int
        Indices of the variables that keep their scores.
    after_noise : tuple of int
        Indices of moved primaries with noise of amounts, which are moved after it is added.
    weights : array, shape (S, K, C, 366)
        Regression weights of all scores on those of the C controlled variables (see `controlled`); empty if C is 0.
    signalled_shift : PrimaryShift or None
        The variable that members bring a signal for, if it is no primary and follows others: the signal comes on top.
    signal_weights : array, shape (S, K, 366)
        Regression weights of all scores on its score, given those of moved and fixed variables; empty without one.
    doy : array of int, shape (T,)
        Day of the year of each day.
    rain : int
        Index of precipitation; -1 where it is not multiplied.
    rain_factor : array, shape (T,)
        Its factor day by day; empty where it is not multiplied.
    signal_for : int
        Index of the primary that members bring a signal for; -1 for none.
    factors : FactorResponse
        What change factors do to the distributions of variables.
    factor_weights : array, shape (S, K, F, 366)
        Regression weights of all scores on those of the F variables with changed distributions; empty where none follows.
    """

    scenarios: tuple[Scenario, ...]
    stations: tuple[str, ...]
    root: int
    moved: tuple[PrimaryShift, ...]
    fixed: tuple[int, ...]
    after_noise: tuple[int, ...]
    weights: FloatArray
    signalled_shift: PrimaryShift | None
    signal_weights: FloatArray
    doy: IntArray
    rain: int
    rain_factor: FloatArray
    signal_for: int
    factors: FactorResponse
    factor_weights: FloatArray

    @classmethod
    def of(
        cls,
        model: MultisiteModel,
        scenarios: Scenario | Sequence[Scenario] | None,
        times: TimeArray,
        *,
        signal_for: str = "",
    ) -> RegionalScenario:
        """Check scenarios and work out all that does not differ between members.

        Parameters
        ----------
        model : MultisiteModel
            The model.
        scenarios : Scenario, several with different primaries, or None
            What is asked. Several for one primary are added; one that names no primary is for that of the model.
        times : array of datetime64, shape (T,)
            The consecutive days of the simulation.
        signal_for : str
            Variable for which members bring a signal of their own (see `draw`).

        Raises
        ------
        ScenarioError
            If a scenario is for other stations, a variable is unknown or both moved and fixed, a change cannot be reached,
            there is no precipitation to be multiplied, or the climate signal does not cover the days.
        """
        asked = (scenarios,) if isinstance(scenarios, Scenario) else tuple(scenarios or ())
        active = _in_order(model, asked)
        fixed = _fixed(model, active)
        factors = FactorResponse.of(changes_in(active), model.marginals, model.variables, model.stations, times)
        moving = {_position(model, s.primary_var, "primary_var"): s for s in active if s.moves_scores}
        signalled = _position(model, signal_for, "signal_for") if signal_for else -1
        if signal_for and not moving:
            moving[signalled] = Scenario.of(model.stations)
        _check_roles(model, {*moving, signalled}, fixed)
        factor_weights = _factor_weights(model, factors, (*moving, *fixed))
        fixed = tuple(dict.fromkeys((*fixed, *(index for index in factors.variables if index not in moving))))
        moved = tuple(
            PrimaryShift.of(model, scenario, index, times, signal=index == signalled) for index, scenario in moving.items()
        )
        signalled_shift, signal_weights = None, np.empty((0, 0, 0))
        if signal_for and signalled not in moving:
            signalled_shift = PrimaryShift.of(model, Scenario.of(model.stations), signalled, times, signal=True, by_score=True)
            signal_weights = seasonal_weights(score_covariances(model), [signalled, *moving, *fixed])[:, :, 0]
        noisy = {amounts.series % len(model.variables) for amounts in model.noisy}
        rain, factor = _rain(model, active, times)
        return cls(
            scenarios=tuple(without_default(scenario, model.primary_var) for scenario in active),
            stations=model.stations,
            root=model.primary,
            moved=moved,
            fixed=fixed if moved else (),
            after_noise=tuple(primary.variable for primary in moved if primary.variable in noisy),
            weights=_weights(model, tuple(moving), fixed),
            signalled_shift=signalled_shift,
            signal_weights=readonly_floats(signal_weights),
            doy=readonly(doy_index(times)),
            rain=rain,
            rain_factor=readonly_floats(factor),
            signal_for=signalled,
            factors=factors,
            factor_weights=factor_weights,
        )

    @property
    def neutral(self) -> bool:
        """Whether it changes nothing, so that results are those without any scenario, bit for bit."""
        return not self.moved and not self.rain_factor.size and not self.factors.series

    @property
    def controlled(self) -> tuple[int, ...]:
        """Indices of the variables that others follow by regression: moved ones but for the root, and fixed ones."""
        return _controlled(self.root, tuple(primary.variable for primary in self.moved), self.fixed)

    def to_json(self) -> str:
        """Canonical text, equal for equal scenarios: that of `Scenario.to_json`, or a list of such where there are several."""
        return as_json([] if self.neutral else self.scenarios, self.stations)

    def draw(self, streams: Streams, signal: FloatArray | None = None) -> MemberShift:
        """What happens to one member.

        Parameters
        ----------
        streams : Streams
            Streams of the member; episodes come from those called "scenario", by the name of the primary.
        signal : array, shape (S, T), optional
            Change of the mean that is this member's own, of the variable `signal_for` was given for.

        Raises
        ------
        ScenarioError
            If there is a signal and no variable for it.
        """
        if signal is not None and self.signal_for < 0:
            raise ScenarioError("a member brings a signal, but none was expected: name its variable (signal_for) beforehand.")
        rows = [primary.draw(streams, signal if primary.variable == self.signal_for else None) for primary in self.moved]
        shifts = readonly_floats(np.array(rows).reshape(len(rows), len(self.stations), self.doy.size))
        signal_shift = (
            np.empty(0) if self.signalled_shift is None or signal is None else self.signalled_shift.draw(streams, signal)
        )
        return MemberShift(self, shifts, readonly_floats(signal_shift))

    def followed(self, scores: FloatArray) -> FloatArray:
        """Scores (..., S, K, T) that have followed the changes of distributions, as far as any variable does."""
        return self.factors.followed(scores, self.factor_weights, self.doy) if self.factor_weights.size else scores

    def scale_rain(self, values: FloatArray) -> None:
        """Multiply the amounts of precipitation in physical values (..., S, K, T), in place."""
        if self.rain_factor.size:
            values[..., self.rain, :] *= self.rain_factor


def _factor_weights(model: MultisiteModel, factors: FactorResponse, others: tuple[int, ...]) -> FloatArray:
    """Weights (S, K, F, 366) of the changed variables, given those that are moved or fixed; empty where none is left."""
    predictors = list(dict.fromkeys((*factors.variables, *others)))
    if not factors.series or len(predictors) == len(model.variables):
        return readonly_floats(np.empty((0, 0, 0, 0)))
    weights = seasonal_weights(score_covariances(model), predictors)[:, :, : len(factors.variables)].copy()
    weights[:, list(others)] = 0.0
    return readonly_floats(weights)


def _controlled(root: int, moved: tuple[int, ...], fixed: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(index for index in moved if index != root) + (fixed if moved else ())


def _weights(model: MultisiteModel, moved: tuple[int, ...], fixed: tuple[int, ...]) -> FloatArray:
    """Weights (S, K, C, 366) for the controlled variables; the root is among the predictors if it is moved."""
    controlled = _controlled(model.primary, moved, fixed)
    if not controlled:
        return readonly_floats(np.empty((0, 0, 0, 0)))
    roots = [index for index in moved if index == model.primary]
    weights = seasonal_weights(score_covariances(model), [*controlled, *roots])
    return readonly_floats(weights[:, :, : len(controlled)])


def _in_order(model: MultisiteModel, scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """Scenarios that say anything, in the order of their primaries, those without one last."""
    for scenario in scenarios:
        _check_stations(scenario, model)
        if scenario.primary_var:
            _position(model, scenario.primary_var, "primary_var")
    said = [s for s in combined(scenarios, model.primary_var) if s.terms or s.primary_var or s.fixed_variables]
    names = (*model.variable_names, "")
    return tuple(sorted(said, key=lambda s: names.index(s.primary_var)))


def _fixed(model: MultisiteModel, scenarios: Sequence[Scenario]) -> tuple[int, ...]:
    """Indices of variables that are named as fixed, or as a primary without anything that moves it."""
    named = [_position(model, name, "fixed_variables") for s in scenarios for name in s.fixed_variables]
    quiet = [_position(model, s.primary_var, "primary_var") for s in scenarios if s.primary_var and not s.moves_scores]
    return tuple(dict.fromkeys(named + quiet))


def _rain(model: MultisiteModel, scenarios: Sequence[Scenario], times: TimeArray) -> tuple[int, FloatArray]:
    """Index of precipitation and its factor day by day; -1 and nothing where no scenario has a factor."""
    factors = [scenario.rain_factor for scenario in scenarios if np.any(scenario.rain_factor != 1.0)]
    if not factors:
        return -1, np.empty(0)
    months = months_of(times)
    return rain_index(model.variables), np.prod(factors, axis=0)[months]


def _check_stations(scenario: Scenario, model: MultisiteModel) -> None:
    if scenario.n_stations != len(model.stations):
        raise ScenarioError(
            f"the scenario is made for {scenario.n_stations} stations, but the model has {len(model.stations)} "
            f"({', '.join(model.stations)}): make it with Scenario.of(model.stations, ...)."
        )


def _check_roles(model: MultisiteModel, moved: set[int], fixed: tuple[int, ...]) -> None:
    for index in fixed:
        if index in moved:
            name = model.variable_names[index]
            raise ScenarioError(f"{name} is the primary variable and fixed too: leave it out of fixed_variables.")


def _position(model: MultisiteModel, name: str, keyword: str) -> int:
    if name not in model.variable_names:
        raise ScenarioError(
            f"{keyword} names {name!r}, but the variables are {', '.join(model.variable_names)}: name one of these."
        )
    return model.variable_names.index(name)
