"""What a scenario does to the scores of its primary variable, and by how much the scores of others follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.random import SeedSequence
from scipy import special

from varwg._arrays import BoolArray, FloatArray, IntArray, TimeArray, matrix_product, readonly, readonly_floats, solved
from varwg._calendar import N_DOYS, doy_index
from varwg._ranks import ranks_from_scores, scores_from_ranks
from varwg.errors import ScenarioError
from varwg.marginals._base import SeasonalMarginal
from varwg.marginals._normal import Normal
from varwg.scenarios import Scenario, daily_score_shift, score_shift
from varwg.scenarios._responses import regression_weights
from varwg.scenarios._score_shift import added_by_value, moved_scores
from varwg.streams import Streams
from weathercop._model import MultisiteModel

#: Every how many rows of the year covariances are computed (they are interpolated between), and from how many points.
_ROW_STEP: Final = 6
_N_POINTS: Final = 512


def score_covariances(model: MultisiteModel) -> FloatArray:
    """Covariances of the scores of all variables of a station on the same day, without the noise of rain amounts.

    Independent ranks go through the vine and the rank tables as in a simulation, but are taken from an evenly spread
    sequence of points instead of a random one, so that the result is deterministic.

    Parameters
    ----------
    model : MultisiteModel
        A fitted model.

    Returns
    -------
    array, shape (S, 366, K, K)
    """
    n_stations, n_variables = len(model.sites), len(model.variables)
    rows = np.arange(0, N_DOYS, _ROW_STEP)
    independent = ranks_from_scores(np.tile(standard_points(_N_POINTS, n_variables), rows.size))
    ranks = np.broadcast_to(independent[:, None, :], (n_variables, n_stations, independent.shape[1]))
    dependent = scores_from_ranks(model.vine.inverse_rosenblatt(ranks, np.repeat(rows, _N_POINTS)))
    scores = np.moveaxis(dependent, 1, 0).copy()
    for station, variable in np.ndindex(n_stations, n_variables):
        if variable != model.primary:
            scores[station, variable] = model.rank_tables.apply(scores[station, variable], station, variable)
    by_row = np.moveaxis(scores.reshape(n_stations, n_variables, rows.size, _N_POINTS), 2, 1)
    centred = by_row - by_row.mean(axis=-1, keepdims=True)
    return _all_rows(centred @ np.swapaxes(centred, -1, -2) / _N_POINTS)


def seasonal_weights(covariances: FloatArray, predictors: Sequence[int]) -> FloatArray:
    """Weights of the linear regression of all scores on those of some variables, by station and day of the year.

    Parameters
    ----------
    covariances : array, shape (S, 366, K, K)
        As `score_covariances` returns them.
    predictors : sequence of int
        The P variables that are regressed on.

    Returns
    -------
    array, shape (S, K, P, 366)
    """
    return np.stack([np.moveaxis(regression_weights(covariance, predictors), 0, -1) for covariance in covariances])


def standard_points(n: int, n_dims: int) -> FloatArray:
    """n points that represent the standard normal distribution, shape (n_dims, n), with its means and covariances exactly.

    They are evenly spread ranks, multiples modulo 1 of powers of the root of g^(d+1) = g + 1 (Roberts 2018, The
    unreasonable effectiveness of quasirandom sequences), as scores, made uncorrelated.
    """
    root = 2.0
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (n_dims + 1))
    steps = root ** -np.arange(1.0, n_dims + 1)
    scores = scores_from_ranks((0.5 + steps[:, None] * np.arange(1.0, n + 1)) % 1.0)
    scores -= scores.mean(axis=1, keepdims=True)
    return np.asarray(solved(np.linalg.cholesky(matrix_product(scores, scores.T) / n), scores))


def _all_rows(covariances: FloatArray) -> FloatArray:
    """Matrices (S, rows, K, K) of every `_ROW_STEP`th row, interpolated around the year to all 366."""
    position = np.arange(N_DOYS) / _ROW_STEP
    before = position.astype(np.intp)
    share = (position - before)[:, None, None]
    after = (before + 1) % covariances.shape[1]
    return np.asarray((1.0 - share) * covariances[:, before] + share * covariances[:, after])


#: Name of the streams that a scenario draws from; those of a primary variable are told apart by its name.
SCENARIO: Final = "scenario"
#: Largest shift that episodes can bring about, and the number of shifts at which means are tabulated.
_MAX_SHIFT: Final = 5.0
_N_SHIFTS: Final = 101
#: Peaks of episodes that have to be within reach, in units of their size: twice (a triangle) two standard deviations.
_PEAKS: Final = 4.0


@dataclass(frozen=True, eq=False)
class ShiftTable:
    """Means of a variable at a station for shifts of its scores.

    Attributes
    ----------
    shifts : array, shape (n,)
        The shifts.
    changes : array, shape (366, n)
        Change of the mean that each brings on each day of the year; rising.
    """

    shifts: FloatArray
    changes: FloatArray

    @classmethod
    def of(cls, marginal: SeasonalMarginal, factor: float) -> ShiftTable:
        """The table of a variable whose deviations are multiplied by a factor."""
        nodes = np.linspace(-6.0, 6.0, 241)
        weights = np.diff(special.ndtr(np.concatenate([[-np.inf], (nodes[1:] + nodes[:-1]) / 2, [np.inf]])))
        rows = np.arange(N_DOYS)[:, None]
        shifts = np.linspace(-_MAX_SHIFT, _MAX_SHIFT, _N_SHIFTS)
        means = np.stack([marginal.from_scores(factor * nodes + shift, rows) @ weights for shift in shifts], axis=1)
        before = marginal.from_scores(nodes[None, :], rows) @ weights
        return cls(readonly_floats(shifts), readonly_floats(np.maximum.accumulate(means, axis=1) - before[:, None]))

    def shift(self, increments: FloatArray, doy: IntArray) -> FloatArray:
        """Shifts (T,) that change the means of days by increments (T,), or as far as the largest shift does."""
        result = np.empty(doy.size)
        for row in np.unique(doy):
            days = doy == row
            result[days] = np.interp(increments[days], self.changes[row], self.shifts)
        return result

    def reach(self, doy: IntArray) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest change of the mean of each day."""
        return self.changes[doy, 0], self.changes[doy, -1]


@dataclass(frozen=True, eq=False)
class NormalShift:
    """The same for a normal variable, whose mean changes by its standard deviation for a shift of 1.

    Attributes
    ----------
    scale : array, shape (366,)
        Standard deviations.
    """

    scale: FloatArray

    def shift(self, increments: FloatArray, doy: IntArray) -> FloatArray:
        """Shifts (T,) that change the means of days by increments (T,)."""
        return np.asarray(increments / self.scale[doy])

    def reach(self, doy: IntArray) -> tuple[FloatArray, FloatArray]:
        """No bounds."""
        return np.full(doy.size, -np.inf), np.full(doy.size, np.inf)


@dataclass(frozen=True, eq=False)
class ValueShift:
    """The same for a variable to whose values changes are added: the shift is the change, in the unit of the variable."""

    def shift(self, increments: FloatArray, doy: IntArray) -> FloatArray:
        """The increments (T,)."""
        return increments

    def reach(self, doy: IntArray) -> tuple[FloatArray, FloatArray]:
        """No bounds."""
        return np.full(doy.size, -np.inf), np.full(doy.size, np.inf)


@dataclass(frozen=True, eq=False)
class PrimaryShift:
    """One scenario, worked out for one variable.

    Attributes
    ----------
    scenario : Scenario
        What is asked.
    variable : int
        Index of the primary.
    name : str
        Its name.
    times : array of datetime64, shape (T,)
        The days.
    unreported : array of bool, shape (S,)
        Stations that do not report the primary.
    increments : array, shape (S, T)
        Change of the mean that all members share.
    shift : array, shape (S, T)
        Shift of the scores for that; of the values at stations in `by_value`.
    by_value : tuple of SeasonalMarginal or None
        Distributions of the stations whose values are shifted, None for the others.
    tables : tuple of ShiftTable, NormalShift, ValueShift or None
        For changes that members have of their own, by station, None for unreported ones; empty if there are no such changes.
    """

    scenario: Scenario
    variable: int
    name: str
    times: TimeArray
    unreported: BoolArray
    increments: FloatArray
    shift: FloatArray
    by_value: tuple[SeasonalMarginal | None, ...]
    tables: tuple[ShiftTable | NormalShift | ValueShift | None, ...]

    @classmethod
    def of(
        cls,
        model: MultisiteModel,
        scenario: Scenario,
        variable: int,
        times: TimeArray,
        *,
        signal: bool = False,
        by_score: bool = False,
    ) -> PrimaryShift:
        """Work out `scenario` for a variable of the model.

        Parameters
        ----------
        model : MultisiteModel
            The model.
        scenario : Scenario
            What is asked.
        variable : int
            Index of the primary.
        times : array of datetime64, shape (T,)
            Consecutive days.
        signal : bool
            Whether members bring a signal of their own.
        by_score : bool
            Whether scores are shifted whatever the distribution, as the signal comes on top of what is there.

        Raises
        ------
        ScenarioError
            If a change is beyond what the distribution of the primary allows, or stations that do not report it are asked
            to change otherwise than the others.
        """
        name, stations = model.variable_names[variable], model.stations
        marginals = tuple(row[variable] for row in model.marginals)
        unreported = np.array([marginal is None for marginal in marginals])
        _check_unreported(scenario, unreported, name, stations)
        # Without episodes nothing is drawn, so that it does not matter which streams there are.
        shared = _without_episodes(scenario).increments_on(times, streams=Streams(SeedSequence(0)))
        doy = doy_index(times)
        by_value = tuple(marginal if added_by_value(marginal) and not by_score else None for marginal in marginals)
        rows = np.zeros((len(stations), times.size))
        for row, marginal in enumerate(marginals):
            if by_value[row] is not None:
                rows[row] = shared[row]
            elif marginal is not None and scenario.moves_scores:
                rows[row] = _shared_shift(scenario, row, marginal, shared[row], doy, name, stations[row])
        tables: tuple[ShiftTable | NormalShift | ValueShift | None, ...] = ()
        if signal or scenario.disturbance_std:
            tables = tuple(
                _table(marginal, scenario.var_factor) if value_marginal is None else ValueShift()
                for marginal, value_marginal in zip(marginals, by_value, strict=True)
            )
            _check_episodes(scenario, shared, tables, doy, name, stations)
        return cls(
            scenario=scenario,
            variable=variable,
            name=name,
            times=readonly(times),
            unreported=readonly(unreported),
            increments=readonly_floats(shared),
            shift=readonly_floats(rows),
            by_value=by_value,
            tables=tables,
        )._with_unreported()

    def draw(self, streams: Streams, signal: FloatArray | None = None) -> FloatArray:
        """Shift (S, T) of the scores for one member, with a further change (S, T) of the mean that is its own.

        Episodes come from streams named after the variable, so that those of one primary do not depend on what else is
        asked; all stations have the same. An episode beyond what the distribution allows goes to its bound.
        """
        if not self.scenario.disturbance_std and signal is None:
            return self.shift
        increments = self.scenario.increments_on(self.times, streams=Streams(streams.seed(SCENARIO, self.name)))
        if signal is not None:
            increments = increments + signal
        doy = doy_index(self.times)
        further = np.zeros(increments.shape)
        for row, table in enumerate(self.tables):
            if table is not None:
                # A difference, so that days without a change of their own keep the bits that all members share.
                further[row] = table.shift(increments[row], doy) - table.shift(self.increments[row], doy)
        return self.shift + self._as_neighbours(further)

    def moved(self, scores: FloatArray, shift: FloatArray) -> FloatArray:
        """Scores (..., S, T) of the primary, their deviations multiplied, after a shift (..., S, T) that `draw` gave."""
        return self._moved(scores, shift, self.scenario.var_factor)

    def shifted(self, scores: FloatArray, shift: FloatArray) -> FloatArray:
        """Scores (..., S, T) after a shift alone."""
        return self._moved(scores, shift, 1.0)

    def _moved(self, scores: FloatArray, shift: FloatArray, factor: float) -> FloatArray:
        result = factor * scores + shift
        doy = doy_index(self.times)
        for row, marginal in enumerate(self.by_value):
            if marginal is not None:
                result[..., row, :] = moved_scores(marginal, scores[..., row, :], shift[..., row, :], doy, factor)
        return result

    def _with_unreported(self) -> PrimaryShift:
        return replace(self, shift=readonly_floats(self._as_neighbours(self.shift)))

    def _as_neighbours(self, rows: FloatArray) -> FloatArray:
        """Shifts (S, T) in which stations that do not report the variable have the mean of the others' scores'."""
        if not self.unreported.any():
            return rows
        doy, inner = doy_index(self.times), rows.copy()
        for row, marginal in enumerate(self.by_value):
            if marginal is not None:
                inner[row] = moved_scores(marginal, np.zeros(doy.size), rows[row], doy)
        return np.where(self.unreported[:, None], inner[~self.unreported].mean(axis=0), rows)


def _shared_shift(
    scenario: Scenario,
    row: int,
    marginal: SeasonalMarginal,
    increments: FloatArray,
    doy: IntArray,
    variable: str,
    station: str,
) -> FloatArray:
    """Shift of the scores at one station by what is the same for all members; the same every year where it can be."""
    if _without_episodes(scenario).seasonal and scenario.var_factor == 1.0:
        own = scenario.daily_increments()[row]
        return score_shift(marginal, own, variable=variable, station=station)[doy]
    return daily_score_shift(marginal, increments, doy, variable=variable, station=station, factor=scenario.var_factor)


def _without_episodes(scenario: Scenario) -> Scenario:
    return replace(scenario, mean_arrival=0.0, disturbance_std=0.0)


def _table(marginal: SeasonalMarginal | None, factor: float) -> ShiftTable | NormalShift | None:
    if marginal is None:
        return None
    return NormalShift(marginal.scale) if type(marginal) is Normal else ShiftTable.of(marginal, factor)


def _check_unreported(scenario: Scenario, unreported: BoolArray, variable: str, stations: tuple[str, ...]) -> None:
    """Refuse changes of its own at a station without the variable; the same everywhere is a change of the region."""
    if not unreported.any():
        return
    terms = (scenario.theta_incr, scenario.theta_grad[:, None], scenario.climate_signal)
    where = stations[int(np.argmax(unreported))]
    if unreported.all():
        raise ScenarioError(f"{variable} is not reported at any station, so that a scenario cannot change it.")
    if any(np.any(term != term[:1]) for term in terms):
        raise ScenarioError(
            f"{variable} is not reported at {where}, so that it cannot have a change of its own there: ask for the same change "
            "at all stations, or leave the station out of the model."
        )


def _check_episodes(
    scenario: Scenario,
    shared: FloatArray,
    tables: tuple[ShiftTable | NormalShift | ValueShift | None, ...],
    doy: IntArray,
    variable: str,
    stations: tuple[str, ...],
) -> None:
    """Refuse episodes whose usual peaks are beyond the bounds of the variable."""
    peak = _PEAKS * scenario.disturbance_std
    for station, increments, table in zip(stations, shared, tables, strict=True):
        if table is None or not peak:
            continue
        lowest, highest = table.reach(doy)
        outside = (increments - peak < lowest) | (increments + peak > highest)
        if outside.any():
            day = int(np.argmax(outside))
            raise ScenarioError(
                f"episodes of disturbance_std {scenario.disturbance_std:g} would often change the mean of {variable} at "
                f"{station} by {peak:g} (on day {doy[day] + 1} of the year it can change by {lowest[day]:.3g} to "
                f"{highest[day]:.3g}): ask for smaller ones."
            )
