"""How a scenario reaches the scores of all variables at one site: the primaries by what is asked, the others by regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from varwg._arrays import FloatArray, TimeArray, solved
from varwg._calendar import N_DOYS, doy_index, months_of
from varwg._site_model import SiteModel, physical_values
from varwg._trend import TrendOnDays
from varwg._variables import Variable, in_order, with_unit
from varwg.errors import ScenarioError
from varwg.io._plausible import possible
from varwg.scenarios._factor_response import FactorResponse, with_steps
from varwg.scenarios._factors import ChangeFactors
from varwg.scenarios._scenario import Scenario, daily_score_shift, without_default
from varwg.scenarios._score_shift import added_by_value, moved_scores
from varwg.streams import Streams


@dataclass(frozen=True, eq=False)
class Response:
    """Scenarios, checked against a model.

    Attributes
    ----------
    scenarios : tuple of Scenario
        The scenarios that are not neutral.
    moving : tuple of (Scenario, int)
        Those of them that move scores, with the index of their primary variable.
    fixed : tuple of int
        Indices of the variables that keep their scores.
    factors : FactorResponse
        What change factors do to the distributions of variables.
    """

    scenarios: tuple[Scenario, ...]
    moving: tuple[tuple[Scenario, int], ...]
    fixed: tuple[int, ...]
    factors: FactorResponse

    @classmethod
    def of(cls, model: SiteModel, scenarios: Sequence[Scenario], times: TimeArray, given: Sequence[str] = ()) -> Response:
        """Check scenarios against the model and against the variables whose values are given.

        Raises
        ------
        ScenarioError
            If a scenario is for several stations, a variable is unknown or not to be moved, or precipitation is to be
            multiplied and there is none.
        """
        names = model.variable_names
        for scenario in scenarios:
            if scenario.n_stations != 1:
                raise ScenarioError(f"the scenario is made for {scenario.n_stations} stations, but this model has one.")
        moving = tuple((s, primary_index(model, s)) for s in scenarios if s.moves_scores)
        moved = [primary for _, primary in moving]
        quiet = [_position(names, s.primary_var, "primary_var") for s in scenarios if s.primary_var and not s.moves_scores]
        held = [_position(names, name, "fixed_variables") for s in scenarios for name in s.fixed_variables]
        held += [names.index(name) for name in given]
        for index in moved:
            if index in held:
                raise ScenarioError(f"{names[index]} is the primary variable and fixed too: leave it out of fixed_variables.")
        active = tuple(without_default(scenario, model.primary_var) for scenario in scenarios if not scenario.neutral)
        fixed = tuple(dict.fromkeys(held + quiet))
        if any(np.any(scenario.rain_factor != 1.0) for scenario in active) and names[rain_index(model.variables)] in given:
            raise ScenarioError("fixed_variables has values of precipitation, which rain_factor would change: leave one out.")
        changes = changes_in(active)
        for name in () if changes is None else changes.variables:
            if name in given:
                raise ScenarioError(f"fixed_variables has values of {name}, which changes would change: leave one out.")
        factors = FactorResponse.of(changes, [model.marginals], model.variables, model.stations, times, _moments(model, changes))
        return cls(active, moving, tuple(dict.fromkeys((*fixed, *factors.variables))), factors)

    @property
    def moved(self) -> list[int]:
        """Indices of the primary variables that are moved."""
        return [primary for _, primary in self.moving]

    def split(self, n_variables: int) -> tuple[list[int], list[int]]:
        """Indices of the primaries that are moved, and of all other variables."""
        return self.moved, [index for index in range(n_variables) if index not in self.moved]

    def shift(self, model: SiteModel, scores: FloatArray, noisy: FloatArray, times: TimeArray, *, streams: Streams) -> FloatArray:
        """What has to be added to simulated scores.

        A shift of the mean scores that is added after the autoregression has run is the same as letting it drive the
        autoregression by (I - A_1 B - ... - A_p B^p) of it, as that is linear; it needs no time to settle.

        Parameters
        ----------
        model : SiteModel
            The model.
        scores : array, shape (K, T)
            Scores without the noise of amounts; the deviations of the primaries that others follow.
        noisy : array, shape (K, T)
            Scores with that noise; the deviations of the primaries themselves.
        times : array of datetime64, shape (T,)
            The days.
        streams : Streams
            Streams of the call.

        Returns
        -------
        array, shape (K, T)
        """
        doy = doy_index(times)
        means, covariances = model.moments()
        sds = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
        shifts, felt = np.zeros((2, len(self.moving), times.size))
        for number, (scenario, primary) in enumerate(self.moving):
            mean, marginal = _by_doy(means[:, primary]), model.marginals[primary]
            increments = scenario.increments_on(times, streams=streams)[0]
            if added_by_value(marginal):
                for moved, series in ((shifts, noisy[primary]), (felt, scores[primary])):
                    moved[number] = moved_scores(marginal, series, increments, doy, scenario.var_factor) - series
                continue
            change = daily_score_shift(
                marginal,
                increments,
                doy,
                variable=model.variable_names[primary],
                station=model.station,
                mean=mean,
                sd=_by_doy(sds[:, primary]),
                factor=scenario.var_factor,
            )
            for moved, series in ((shifts, noisy), (felt, scores)):
                moved[number] = change + (scenario.var_factor - 1.0) * (series[primary] - mean[doy])
        weights = regression_weights(covariances, [*self.moved, *self.fixed])[:, :, : len(felt)]
        shift = weights[0] @ felt if len(weights) == 1 else np.einsum("tkp,pt->kt", weights[doy], felt)
        shift[self.moved] = shifts
        return np.asarray(shift, dtype=np.float64)

    def values(
        self,
        model: SiteModel,
        scores: FloatArray,
        before: FloatArray,
        times: TimeArray,
        trend: TrendOnDays | None = None,
        known: Mapping[int, FloatArray] = MappingProxyType({}),
    ) -> FloatArray:
        """Physical values (K, T) of scores (K, T): of changed distributions, to which other variables answer if they follow.

        Those that are `known` (T,) are as they are. What is out of order is put in order by the scores `before` primaries have
        been moved, as a change is measured from there.

        Raises
        ------
        ScenarioError
            If what it makes of them cannot be weather.
        """
        doy, months, factors = doy_index(times), months_of(times), self.factors
        values = physical_values(model, before, times, trend)
        plain = values.copy()
        for row, series in known.items():
            values[row] = series
        in_order(values, model.variables, months, known)
        after = scores
        if factors.variables and len(self.fixed) < len(scores):
            predictors = [*factors.variables, *self.moved, *(index for index in self.fixed if index not in factors.variables)]
            weights = regression_weights(model.moments()[1], list(dict.fromkeys(predictors)))[..., : len(factors.variables)]
            by_day = np.broadcast_to(np.moveaxis(weights, 0, -1)[None], (1, *weights.shape[1:], N_DOYS))
            after = factors.followed(scores[None], by_day, doy)[0]
        if after is not before:
            rows = [row for row in range(len(values)) if row not in known]
            values[rows] = with_steps(values[rows], plain[rows], physical_values(model, after, times, trend)[rows])
        if after is not before or factors.variables:
            factors.change(values[None], scores[None], trend, self.moved)
        if known:
            for row, series in known.items():
                values[row] = series
            in_order(values, model.variables, months, known)
        self._scale_rain(model, values, times)
        if self.scenarios:
            require_possible(model.variables, model.station, values)
        return values

    def _scale_rain(self, model: SiteModel, values: FloatArray, times: TimeArray) -> None:
        """Multiply the amounts of precipitation in `values` (K, T), in place."""
        months = months_of(times)
        for scenario in self.scenarios:
            if np.any(scenario.rain_factor != 1.0):
                values[rain_index(model.variables)] *= scenario.rain_factor[months]


def changes_in(scenarios: Sequence[Scenario]) -> ChangeFactors | None:
    """The change factors of scenarios together.

    Raises
    ------
    ScenarioError
        If two change one variable.
    """
    together = None
    for scenario in scenarios:
        if scenario.changes is not None:
            together = scenario.changes if together is None else together + scenario.changes
    return together


def primary_index(model: SiteModel, scenario: Scenario) -> int:
    """Index of the primary variable of a scenario: that which it names, or the default."""
    names = model.variable_names
    if scenario.primary_var:
        return _position(names, scenario.primary_var, "primary_var")
    return model.primary


def rain_index(variables: Sequence[Variable]) -> int:
    """Index of precipitation among the variables of a model.

    Raises
    ------
    ScenarioError
        If there is none.
    """
    for index, variable in enumerate(variables):
        if variable.is_precipitation:
            return index
    names = ", ".join(variable.name for variable in variables)
    raise ScenarioError(f"the model has no precipitation R, only {names}: fit it with R for this.")


def regression_weights(covariances: FloatArray, predictors: Sequence[int]) -> FloatArray:
    """Weights of a linear regression of all scores on some, for every row: cov(z_k, z_P) cov(z_P, z_P)^-1.

    Parameters
    ----------
    covariances : array, shape (R, K, K)
        Covariances of the scores.
    predictors : sequence of int
        The P scores that are regressed on; their own rows are those of the identity, exactly.

    Returns
    -------
    array, shape (R, K, P)
    """
    chosen = np.asarray(predictors, dtype=np.intp)
    within = covariances[:, chosen[:, None], chosen[None, :]]
    across = covariances[:, chosen, :]
    weights = solved(within, across).transpose(0, 2, 1).copy()
    weights[:, chosen] = np.eye(chosen.size)
    return np.asarray(weights, dtype=np.float64)


def _position(names: tuple[str, ...], name: object, keyword: str) -> int:
    if name not in names:
        raise ScenarioError(f"{keyword} names {name!r}, but the variables are {', '.join(names)}: name one of these.")
    return names.index(str(name))


def _moments(model: SiteModel, changes: ChangeFactors | None) -> tuple[FloatArray, FloatArray] | None:
    """Means and standard deviations (366, K) of the scores, where they are needed."""
    if changes is None:
        return None
    means, covariances = model.moments()
    tables = means, np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    first, second = (np.broadcast_to(table, (N_DOYS, table.shape[1])) if len(table) == 1 else table for table in tables)
    return first, second


def _by_doy(column: FloatArray) -> FloatArray:
    return np.broadcast_to(column, (N_DOYS,)) if column.size == 1 else column


def require_possible(variables: Sequence[Variable], station: str, values: FloatArray) -> None:
    """Refuse values (K, ..., T) that a scenario has made of the weather of a station, if they cannot be weather.

    Raises
    ------
    ScenarioError
        If a value is none, or is not possible.
    """
    for variable, row in zip(variables, values, strict=True):
        beyond = row[~possible(row, variable)]
        if beyond.size:
            worst = beyond[np.abs(beyond).argmax()]
            raise ScenarioError(
                f"the scenario takes {variable.name} at {station} to {with_unit(worst, variable)}, "
                f"but {variable.possible_min:g} to {variable.possible_max:g} are possible: ask for less, or fit with a "
                "varwg.Variable that allows it."
            )
