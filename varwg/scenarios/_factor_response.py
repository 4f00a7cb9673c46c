"""Change factors, worked out for the series of a model and the days of a simulation, and what follows them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg._calendar import N_DOYS, doy_index, month_of_doy, months_of
from varwg._variables import ORDERED, Variable, make_way, roles_of
from varwg.errors import ScenarioError
from varwg.marginals._base import SeasonalMarginal
from varwg.scenarios._factors import BY_QUANTILE, OF_RAIN, ChangeFactors
from varwg.scenarios._rain_change import RAIN, tell_of_few_wet_days
from varwg.scenarios._series_change import BOUNDED, LINEAR, POSITIVE, QUANTILES, YEAR, Months, SeriesChange, Way, Where

if TYPE_CHECKING:
    from varwg._trend import TrendOnDays

__all__ = ["FactorResponse"]

_LOG: Final = logging.getLogger("varwg.scenarios")
#: Shares of the changes at which parameters are worked out, where a course has more different ones.
_N_SHARES: Final = 17
#: Rounds in which variables that are asked and in each other's way are put in order and settled again.
_N_ROUNDS_OF_ORDER: Final = 40
#: A score whose value is the upper bound.
_AT_THE_BOUND: Final = 40.0


@dataclass(frozen=True, eq=False)
class FactorResponse:
    """Change factors, worked out for the series of a model and the days of a simulation.

    Attributes
    ----------
    series : mapping of (int, int) to SeriesChange
        By station and variable, what changes.
    variables : tuple of int
        Indices of the variables that change.
    described : tuple of Variable
        All variables of the model.
    """

    series: Mapping[tuple[int, int], SeriesChange]
    variables: tuple[int, ...]
    described: tuple[Variable, ...]

    @classmethod
    def of(
        cls,
        factors: ChangeFactors | None,
        marginals: Sequence[Sequence[SeasonalMarginal | None]],
        variables: Sequence[Variable],
        stations: tuple[str, ...],
        times: TimeArray,
        moments: tuple[FloatArray, FloatArray] | None = None,
    ) -> FactorResponse:
        """Work out factors.

        Parameters
        ----------
        factors : ChangeFactors or None
            What is asked.
        marginals : sequence of sequence of SeasonalMarginal or None
            Distributions by station and variable.
        variables : sequence of Variable
            The variables.
        stations : tuple of str
            Names of the stations.
        times : array of datetime64, shape (T,)
            The days.
        moments : tuple of arrays, shape (366, K), optional
            Means and standard deviations of the scores, by default 0 and 1.

        Raises
        ------
        ScenarioError
            If a change is beyond what a distribution allows.
        """
        if factors is None:
            return cls({}, (), tuple(variables))
        factors.require_fits(variables)
        names = [variable.name for variable in variables]
        shares = factors.shares(times)
        series = {}
        for name, entries in factors.changes.items():
            column = names.index(name)
            for station, row in enumerate(marginals):
                marginal = row[column]
                if marginal is None:
                    continue
                centre, spread = (np.zeros(N_DOYS), np.ones(N_DOYS)) if moments is None else (m[:, column] for m in moments)
                months = Months.of(marginal, centre, spread)
                where = Where(variables[column], stations[station])
                at_station = {entry: values if entry == "quantiles" else values[station] for entry, values in entries.items()}
                series[station, column] = _change_of(months, at_station, shares, times, where)
            if variables[column].is_precipitation:
                tell_of_few_wet_days(name, entries, {stations[s]: change for (s, k), change in series.items() if k == column})
        return cls(series, tuple(names.index(name) for name in factors.variables), tuple(variables))

    def change(self, values: FloatArray, scores: FloatArray, trend: TrendOnDays | None, moved: Sequence[int]) -> None:
        """Give values (..., S, K, T), which are in order, what is asked, in place; `scores` are theirs.

        Others have been `moved` already. Where that would put a minimum above a mean or a wind above its speed, variables that
        nothing is asked of make way; where something is asked of both, each goes half the way, and their months are settled
        again.
        """
        base = {at: values[..., at[0], at[1], :].copy() for at in self.series}
        for (station, column), change in self.series.items():
            of_series, put_back = scores[..., station, column, :], None
            if trend is not None:
                of_series = trend.scores_of_record(of_series, station, column)
                put_back = partial(trend.on_days, station=station, variable=column)
            values[..., station, column, :] = change.values(base[station, column], of_series, put_back)
        roles = roles_of(self.described)
        ordered = [column for column in self.variables if roles[column] in ORDERED]
        asked = (*self.variables, *moved)
        for place in np.ndindex(values.shape[:-2]):
            *member, station = place
            changes = {column: self.series[station, column] for column in ordered if (station, column) in self.series}
            targets = {column: one.way.target(one, base[station, column][tuple(member)]) for column, one in changes.items()}
            for _ in range(_N_ROUNDS_OF_ORDER):
                if not make_way(values[place], self.described, asked):
                    break
                for column, one in changes.items():
                    values[place][column] = one.settled(values[place][column], targets[column])
            else:
                make_way(values[place], self.described, asked)

    def followed(self, scores: FloatArray, weights: FloatArray, doy: IntArray) -> FloatArray:
        """Scores (..., S, K, T) of which others than the changed ones have followed these.

        `weights` (S, K, P, 366) are those of the regression on the scores of the P changed variables; 0 for what is fixed.
        """
        result = scores.copy()
        for (station, column), change in self.series.items():
            shift = change.shift(scores[..., station, column, :])
            responses = weights[station, :, self.variables.index(column)][:, doy]
            for other in range(scores.shape[-2]):
                if other not in self.variables:
                    result[..., station, other, :] += responses[other] * shift
        return result


def with_steps(values: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
    """Values as `after`; where they were put in order, by as much more as `after` is more than `before`."""
    return np.where(values == before, after, values + (after - before))


def _change_of(
    months: Months, entries: Mapping[str, FloatArray], shares: FloatArray, times: TimeArray, where: Where
) -> SeriesChange:
    """The change of one series, from entries (12,) or (12, Q)."""
    way, by_month, doy = _way(where.variable, entries), months_of(times), doy_index(times)
    wanted, table, nodes = _worked_out(months, entries, shares, where, way)
    asked = {
        name: (shares * values[by_month] if name == "mean" else 1.0 + shares * (values[by_month] - 1.0))
        for name, values in wanted.items()
        if name not in ("quantiles", *BY_QUANTILE)
    }
    variable, upper = where.variable, np.full(N_DOYS, where.variable.possible_max)
    if variable.upper_bound != "none":
        upper = np.minimum(upper, months.marginal.from_scores(np.full(N_DOYS, _AT_THE_BOUND), np.arange(N_DOYS)))
    return SeriesChange(
        marginal=months.marginal,
        doy=doy,
        months=by_month,
        years=_complete_years(times),
        centre=months.centre,
        spread=months.spread,
        means=months.daily_means,
        deviations=months.daily_deviations,
        asked=asked,
        quantiles=entries.get("quantiles", np.empty(0)),
        relative="quantile_factors" in entries,
        parameters=_by_day(table, nodes, shares, doy),
        way=way,
        bounds=(np.full(times.size, max(variable.lower, variable.possible_min)), np.minimum(variable.upper, upper)[doy]),
    )


def _worked_out(
    months: Months, entries: Mapping[str, FloatArray], shares: FloatArray, where: Where, way: Way
) -> tuple[dict[str, FloatArray], FloatArray, FloatArray]:
    """What is wanted, the parameters (N, P, 366) of the remapping for N shares of the changes, and these shares."""
    distinct = np.unique(shares)
    nodes = distinct if distinct.size <= _N_SHARES else np.linspace(distinct[0], distinct[-1], _N_SHARES)
    wanted = _with_held(way, entries)

    def solved(month: int) -> FloatArray:
        days = np.ones(int((month_of_doy() == month).sum()))
        of_shares = [way.solve(months, month, _of_month(wanted, month, share), where) for share in nodes]
        return np.stack([np.reshape([one * days for one in parameters], (-1, days.size)) for parameters in of_shares])

    columns = []
    for month in range(12):
        try:
            columns.append(solved(month))
        except ScenarioError:
            if len(wanted) == len(entries):
                raise
            wanted["sd_factor"][month] = np.nan
            columns.append(solved(month))
    if len(wanted) > len(entries) and np.isnan(wanted["sd_factor"]).any():
        _LOG.warning(
            "The mean of %s at %s goes so near to its bounds that its standard deviation cannot stay, in month %s.",
            where.variable.name,
            where.station,
            ", ".join(str(month + 1) for month in np.flatnonzero(np.isnan(wanted["sd_factor"]))),
        )
    return wanted, np.concatenate(columns, axis=-1), nodes


def _with_held(way: Way, entries: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Entries with the standard deviation that values within bounds are to have where only their mean is asked."""
    if "sd_factor" in entries or way not in (POSITIVE, BOUNDED):
        return dict(entries)
    if "mean" in entries:
        return {**entries, "sd_factor": np.ones(12)}
    return {**entries, "sd_factor": np.array(entries["mean_factor"])} if way is BOUNDED else dict(entries)


def _of_month(entries: Mapping[str, FloatArray], month: int, share: float) -> dict[str, Any]:
    """Entries of one month, as far as the share of the changes goes."""
    asked: dict[str, Any] = {}
    for name, values in entries.items():
        if name == "quantiles":
            asked[name] = values
        elif name in ("mean", "quantile_changes"):
            asked[name] = share * values[month]
        elif np.isfinite(values[month]).all():
            asked[name] = 1.0 + share * (values[month] - 1.0)
    return asked


def _way(variable: Variable, entries: Mapping[str, FloatArray]) -> Way:
    """The way that suits a variable and what is asked of it."""
    if any(name in entries for name in OF_RAIN) or (variable.is_precipitation and any(name in entries for name in BY_QUANTILE)):
        return RAIN
    if any(name in entries for name in BY_QUANTILE):
        return QUANTILES
    if variable.is_precipitation:
        return RAIN
    if np.isfinite(variable.upper) or variable.upper_bound != "none":
        return BOUNDED
    return POSITIVE if variable.lower >= 0.0 or variable.possible_min >= 0.0 else LINEAR


def _by_day(table: FloatArray, nodes: FloatArray, shares: FloatArray, doy: IntArray) -> FloatArray:
    """Parameters (P, T) of days, linear between the shares of `table` (N, P, 366)."""
    if nodes.size == 1:
        return np.asarray(table[0][:, doy])
    after = np.clip(np.searchsorted(nodes, shares, side="left"), 1, nodes.size - 1)
    part = ((shares - nodes[after - 1]) / (nodes[after] - nodes[after - 1]))[:, None]
    return np.moveaxis((1.0 - part) * table[after - 1, :, doy] + part * table[after, :, doy], -1, 0)


def _complete_years(times: TimeArray) -> tuple[slice, ...]:
    """Days of each calendar year that is complete, if there are several."""
    years = times.astype("datetime64[Y]").astype(np.intp)
    starts = np.flatnonzero(np.diff(years, prepend=years[0] - 1))
    spans = [slice(int(first), int(end)) for first, end in pairwise([*starts, times.size]) if end - first >= YEAR]
    return tuple(spans) if len(spans) > 1 else ()
