"""How change factors are reached: values of one series are remapped so that each month has the distribution that was asked.

Ranks and the weather of years are kept as far as the changes let them: deviations of days from the running mean of a year
are rescaled, and that mean is moved; what wet days gain or lose is settled within a year. So the variation between years,
relative to their mean, stays that of the simulation without changes.

A remapping is worked out from the distribution of the model. What a member has of its own, by chance, is settled after that:
each calendar month of each member gets the mean, the standard deviation, and the number and mean of wet days that this member
has without changes, changed as asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg._calendar import N_DOYS, doy_index, month_of_doy, months_of
from varwg._variables import ORDERED, Variable, make_way, roles_of
from varwg.errors import ScenarioError
from varwg.marginals._base import SeasonalMarginal
from varwg.rain import WET_THRESHOLD, is_wet
from varwg.scenarios._factors import BY_QUANTILE, OF_RAIN, ChangeFactors

if TYPE_CHECKING:
    from varwg._trend import TrendOnDays

__all__ = ["FactorResponse", "SeriesChange"]

_LOG: Final = logging.getLogger("varwg.scenarios")

#: A wet day has at least so much precipitation in mm, as `varwg.rain.is_wet` says.
_WET: Final = WET_THRESHOLD
#: What a day has that is just not wet.
_BELOW_WET: Final = 0.99 * _WET
#: The smallest mean of wet days, in mm, by which a month is remapped before it is settled.
_LEAST_WET_MEAN: Final = 1.01 * _WET
#: Days of the running mean that stands for a year.
_YEAR: Final = 365
#: Shares of the changes at which parameters are worked out, where a course has more different ones.
_N_SHARES: Final = 17
#: Steps of the search for the exceedances that give each year its wet days.
_N_ROUNDS: Final = 8
#: Largest shift of a score by which others follow.
_MAX_SHIFT: Final = 5.0
_TAIL: Final = 0.99

#: Rounds in which variables that are asked and in each other's way are put in order and settled again.
_N_ROUNDS_OF_ORDER: Final = 40
#: Rounds in which years and then months are settled.
_N_ROUNDS_OF_YEARS: Final = 3
#: The smallest factor of the deviations of days.
_LEAST_OF_DAYS: Final = 0.05
#: The largest power of values that months are settled by.
_LARGEST_POWER: Final = 8.0
#: Parameters of rain; those of quantiles come after them.
_N_OF_RAIN: Final = 4
#: Wet days of a month from which on their number is rounded to the next whole one.
_FEWEST_ROUNDED: Final = 20
#: Wet days of a month from which on its tail is settled.
_FEWEST_OF_TAIL: Final = 50
#: Wet days of a month that members need for an entry, where that is not reached with any number.
_FEW_WET_DAYS: Final[Mapping[str, float]] = MappingProxyType(
    {"wet_day_factor": _FEWEST_ROUNDED, "sd_factor": _FEWEST_ROUNDED}
    | dict.fromkeys(("tail_factor", "tail_index_factor", *BY_QUANTILE), _FEWEST_OF_TAIL)
)
#: Probability of a wet day below which these are rare, and months of a station that are told.
_RARELY_WET: Final = 0.05
_N_TOLD: Final = 3
#: Scores of days that are usual.
_USUAL: Final = 3.0
#: How far quantiles may be beyond bounds and how far in the wrong order, in the range of values and of quantiles.
_FAR_BEYOND: Final = 0.1
_MOST_REORDERED: Final = 0.1
#: Days for each of several quantiles.
_DAYS_OF_A_QUANTILE: Final = 3
#: A score whose value is the upper bound.
_AT_THE_BOUND: Final = 40.0
_NEARLY_NOTHING: Final = 1e-12
#: Probability of a wet day below which a month has none, which is one in three hundred such months.
_HARDLY_WET: Final = 1e-4
#: Probability of a wet day where there is none, which a division outlives.
_NO_CHANCE: Final = 1e-300

#: The smallest and the largest exponent of what wet days have above 1 mm.
_EXPONENTS: Final = (0.2, 4.0)
#: Exponents below and above 1 that are tried before a zero is looked for.
_N_TRIALS: Final = 12
#: Largest error of what has been solved for, in standard deviations; steps in which it is, and the step of a derivative.
_TOLERANCE: Final = 1e-3
_N_STEPS: Final = 40
_STEP: Final = 0.01


@dataclass(frozen=True, eq=False)
class SeriesChange:
    """What happens to one variable at one station.

    Attributes
    ----------
    marginal : SeasonalMarginal
        Its distribution.
    doy : array of int, shape (T,)
        Day of the year of each simulated day.
    months : array of int, shape (T,)
        Its calendar month, 0 to 11.
    years : tuple of slice
        Days of the calendar years that are complete.
    centre, spread : array, shape (366,)
        Mean and standard deviation of its scores.
    means, deviations : array, shape (366,)
        Its mean and standard deviation by day of the year.
    asked : mapping of str to array, shape (T,)
        What is asked, day by day, by entry; a standard deviation of NaN is what becomes of it.
    quantiles : array, shape (Q,)
        Probabilities at which changes are asked, if any.
    relative : bool
        Whether these are factors.
    parameters : array, shape (P, T)
        Those of the remapping, day by day; those of quantiles are their values before and after.
    way : _Way
        The remapping.
    bounds : tuple of arrays, shape (T,)
        Values stay within.
    """

    marginal: SeasonalMarginal
    doy: IntArray
    months: IntArray
    years: tuple[slice, ...]
    centre: FloatArray
    spread: FloatArray
    means: FloatArray
    deviations: FloatArray
    asked: Mapping[str, FloatArray]
    quantiles: FloatArray
    relative: bool
    parameters: FloatArray
    way: _Way
    bounds: tuple[FloatArray, FloatArray]

    def values(
        self, before: FloatArray, scores: FloatArray, put_back: Callable[[FloatArray], FloatArray] | None = None
    ) -> FloatArray:
        """Changed values (..., T) of those `before` and their scores; `put_back` gives the trend to values of the record."""
        if self.way.of_scores:
            changed = self.way.remap(self, (scores - self.centre[self.doy]) / self.spread[self.doy])
            changed = changed if put_back is None else put_back(changed)
        else:
            changed = self.way.remap(self, before)
        return self.settled(np.clip(changed, *self.bounds), self.way.target(self, before))

    def settled(self, changed: FloatArray, target: FloatArray) -> FloatArray:
        """Changed values (..., T) of which each month of each member has what is asked."""
        return np.clip(self.way.settle(self, changed, target), *self.bounds)

    def shift(self, scores: FloatArray) -> FloatArray:
        """Shifts (..., T) of the scores that amount to the same, by which other variables follow."""
        before = self.base((scores - self.centre[self.doy]) / self.spread[self.doy])
        values = self.values(before, scores)
        changed = self.marginal.to_scores(values, self.doy)
        dry = self.marginal.is_censored(values, self.doy) & self.marginal.is_censored(before, self.doy)
        # A day that is dry before and after has not changed; one that becomes dry goes down to the threshold.
        return np.clip(np.where(dry, 0.0, changed - scores), -_MAX_SHIFT, _MAX_SHIFT)

    def base(self, standard: FloatArray) -> FloatArray:
        """Values without the change, of standardised scores."""
        return self.marginal.from_scores(self.centre[self.doy] + self.spread[self.doy] * standard, self.doy)

    @property
    def wet_chance(self) -> FloatArray:
        """Probability (T,) that a day is wet without the change."""
        limit = self.marginal.to_scores(np.full(N_DOYS, _WET), np.arange(N_DOYS))
        return np.asarray(special.ndtr((self.centre - limit) / self.spread)[self.doy])


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
                months = _Months.of(marginal, centre, spread)
                where = _Where(variables[column], stations[station])
                at_station = {entry: values if entry == "quantiles" else values[station] for entry, values in entries.items()}
                series[station, column] = _series_change(months, at_station, shares, times, where)
            if variables[column].is_precipitation:
                _tell_of_few_wet_days(name, entries, {stations[s]: change for (s, k), change in series.items() if k == column})
        return cls(series, tuple(names.index(name) for name in factors.variables), tuple(variables))

    def change(self, values: FloatArray, scores: FloatArray, trend: TrendOnDays | None, moved: Sequence[int]) -> None:
        """Give values (..., S, K, T), which are in order, what is asked, in place; `scores` are theirs.

        Others have been `moved` already. Where that would put a minimum above a mean or a wind above its speed, variables that
        nothing is asked of make way; where something is asked of both, each goes half the way, and their months are settled
        again.
        """
        base = {at: values[..., at[0], at[1], :].copy() for at in self.series}
        for (station, column), change in self.series.items():
            own, put_back = scores[..., station, column, :], None
            if trend is not None:
                own = trend.scores_of_record(own, station, column)
                put_back = partial(trend.on_days, station=station, variable=column)
            values[..., station, column, :] = change.values(base[station, column], own, put_back)
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


@dataclass(frozen=True)
class _Where:
    """Which series it is, for messages."""

    variable: Variable
    station: str

    def unreachable(self, entry: str, month: int) -> ScenarioError:
        return ScenarioError(
            f"{entry} of {self.variable.name} at {self.station} cannot be reached in month {month + 1} together with what else "
            "is asked there: ask for less."
        )


@dataclass(frozen=True, eq=False)
class _Months:
    """Distribution of a series in each calendar month, as values with probabilities.

    Attributes
    ----------
    values : sequence of 12 arrays, shape (D, n)
        Values on the days of the month at standard-normal nodes.
    weights : array, shape (n,)
        Probabilities of the nodes.
    daily_means, daily_deviations : array, shape (366,)
        Means and standard deviations by day of the year.
    """

    marginal: SeasonalMarginal
    centre: FloatArray
    spread: FloatArray
    nodes: FloatArray
    weights: FloatArray
    values: tuple[FloatArray, ...]
    daily_means: FloatArray
    daily_deviations: FloatArray

    @classmethod
    def of(cls, marginal: SeasonalMarginal, centre: FloatArray, spread: FloatArray) -> _Months:
        nodes = np.linspace(-6.0, 6.0, 241)
        weights = np.diff(special.ndtr(np.concatenate([[-np.inf], (nodes[1:] + nodes[:-1]) / 2, [np.inf]])))
        rows = np.arange(N_DOYS)[:, None]
        table = marginal.from_scores(centre[:, None] + spread[:, None] * nodes, rows)
        values = tuple(table[month_of_doy() == month] for month in range(12))
        means = table @ weights
        deviations = np.sqrt(np.maximum((table - means[:, None]) ** 2 @ weights, _NEARLY_NOTHING))
        return cls(marginal, centre, spread, nodes, weights, values, means, deviations)

    def mean(self, values: FloatArray) -> float:
        """Mean over the month of values (D, n) at the nodes."""
        return float((values @ self.weights).mean())

    def sd(self, values: FloatArray) -> float:
        """Standard deviation over all days of the month."""
        return float(np.sqrt(max(self.mean(values**2) - self.mean(values) ** 2, 0.0)))

    def at(self, month: int, scores: FloatArray) -> FloatArray:
        """Values of the month at standardised scores (D, n) or (n,)."""
        rows = np.flatnonzero(month_of_doy() == month)[:, None]
        return self.marginal.from_scores(self.centre[rows] + self.spread[rows] * scores, rows)


@dataclass(frozen=True)
class _Way:
    """How a kind of change is reached.

    Attributes
    ----------
    remap : callable
        Changed values (..., T) from a `SeriesChange` and values, or standardised scores if `of_scores`.
    solve : callable
        Parameters of the remapping for one month, each a number or one for each of its days, from `_Months`, the month, what
        is asked of it and `_Where`.
    target : callable
        What `settle` needs of the values before the change.
    settle : callable
        Changed values (..., T) of which months have what is asked, from a `SeriesChange`, changed values and that.
    of_scores : bool
        Whether scores are remapped.
    """

    remap: Callable[[SeriesChange, FloatArray], FloatArray]
    solve: Callable[[_Months, int, Mapping[str, Any], _Where], list[Any]]
    target: Callable[[SeriesChange, FloatArray], FloatArray]
    settle: Callable[[SeriesChange, FloatArray, FloatArray], FloatArray]
    of_scores: bool = False


def _series_change(
    months: _Months, entries: Mapping[str, FloatArray], shares: FloatArray, times: TimeArray, where: _Where
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
    months: _Months, entries: Mapping[str, FloatArray], shares: FloatArray, where: _Where, way: _Way
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


def _with_held(way: _Way, entries: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Entries with the standard deviation that values within bounds are to have where only their mean is asked."""
    if "sd_factor" in entries or way not in (_POSITIVE, _BOUNDED):
        return dict(entries)
    if "mean" in entries:
        return {**entries, "sd_factor": np.ones(12)}
    return {**entries, "sd_factor": np.array(entries["mean_factor"])} if way is _BOUNDED else dict(entries)


def _tell_of_few_wet_days(name: str, entries: Mapping[str, FloatArray], changes: Mapping[str, SeriesChange]) -> None:
    """Log months, by station, in which wet days are so rare that members have too few for what is asked."""
    fewest = max(_FEW_WET_DAYS.get(entry, 0.0) for entry in entries)
    rare = []
    for station, change in changes.items():
        chance, said = change.wet_chance, []
        for month, at in _each_month(change):
            often, n_days = float(chance[at].mean()), float(chance[at].sum())
            if often < _HARDLY_WET or (often < _RARELY_WET and n_days < fewest):
                said.append((n_days, f"{'none' if often < _HARDLY_WET else f'{n_days:.2g}'} in month {month + 1}"))
        more = f" and few in {len(said) - _N_TOLD} more" if len(said) > _N_TOLD else ""
        rare += [f"at {station} {', '.join(text for _, text in sorted(said)[:_N_TOLD])}{more}"] if said else []
    if rare:
        _LOG.warning(
            "%s of %s: the days that are simulated have few wet days, %s. Without any, factors of wet days change nothing; of "
            "few, their number is whole in each member, so that a factor of it holds on average, as do others that need many "
            "days; weathercop.validation.reached, or weathercop validate --base, compares what is asked with what members have.",
            " and ".join(entry for entry in entries if entry != "quantiles"),
            name,
            "; ".join(rare),
        )


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


def _way(variable: Variable, entries: Mapping[str, FloatArray]) -> _Way:
    """The way that suits a variable and what is asked of it."""
    if any(name in entries for name in OF_RAIN) or (variable.is_precipitation and any(name in entries for name in BY_QUANTILE)):
        return _RAIN
    if any(name in entries for name in BY_QUANTILE):
        return _QUANTILES
    if variable.is_precipitation:
        return _RAIN
    if np.isfinite(variable.upper) or variable.upper_bound != "none":
        return _BOUNDED
    return _POSITIVE if variable.lower >= 0.0 or variable.possible_min >= 0.0 else _LINEAR


def _by_day(table: FloatArray, nodes: FloatArray, shares: FloatArray, doy: IntArray) -> FloatArray:
    """Parameters (P, T) of days, linear between the shares of `table` (N, P, 366)."""
    if nodes.size == 1:
        return np.asarray(table[0][:, doy])
    after = np.clip(np.searchsorted(nodes, shares, side="left"), 1, nodes.size - 1)
    part = ((shares - nodes[after - 1]) / (nodes[after] - nodes[after - 1]))[:, None]
    return np.moveaxis((1.0 - part) * table[after - 1, :, doy] + part * table[after, :, doy], -1, 0)


def _targets(months: _Months, month: int, asked: Mapping[str, Any]) -> tuple[float, float]:
    """Mean and standard deviation that a month is to have."""
    values = months.values[month]
    mean = months.mean(values)
    return mean * asked.get("mean_factor", 1.0) + asked.get("mean", 0.0), months.sd(values) * asked.get("sd_factor", 1.0)


def _solve_linear(months: _Months, month: int, asked: Mapping[str, Any], where: _Where) -> list[float]:
    """Nothing: what is asked says it all, unless days would be beyond what is possible."""
    values, variable = months.values[month], where.variable
    mean, sd = _targets(months, month, asked)
    deviations = (values - months.mean(values)) / months.sd(values)
    usual = mean + sd * deviations[:, np.abs(months.nodes) < _USUAL]
    if usual.min() < variable.possible_min or usual.max() > variable.possible_max:
        raise where.unreachable(" and ".join(asked), month)
    return []


def _ideal(change: SeriesChange, values: FloatArray) -> FloatArray:
    """Values (..., T) whose mean is moved and whose deviations are multiplied, whatever bounds there are.

    The mean of each month of a member, which chance has put off, is moved by what is asked and not multiplied, nor is the
    mean of a year, unless with the mean of what cannot be negative; so that all members together have the standard deviation,
    days are multiplied by as much more.
    """
    asked = change.asked
    added, multiplied = asked.get("mean", np.zeros(1)), asked.get("mean_factor", np.ones(1))
    if "sd_factor" not in asked:
        return np.asarray(multiplied * values + added)
    means, sds = change.means[change.doy], change.deviations[change.doy]
    days = values - means
    days = days - sds * _level(days / sds)
    starts = np.flatnonzero(np.diff(change.months, prepend=-1))
    result, plain, chance, scale = (np.empty_like(values) for _ in range(4))
    for _, at in _each_month(change):
        chance[..., at] = _middle(days[..., at])
        scale[..., at] = np.sqrt(_middle((days[..., at] - chance[..., at]) ** 2))
    blocks = np.add.reduceat(days / np.maximum(scale, _NEARLY_NOTHING), starts, axis=-1) / np.diff([*starts, change.doy.size])
    # Variance of the mean of a month's days in one year, in that of its days.
    memory = _middle(blocks**2)
    days = days - chance
    for month, at in _each_month(change):
        own, level, start = days[..., at], (values - days)[..., at], _middle(values[..., at])
        level = level - start
        steady = _of_days(multiplied, at)
        centre = steady * start + _of_days(added, at)
        ratio = centre / np.maximum(start, _NEARLY_NOTHING) if change.bounds[0][0] >= 0.0 else np.ones_like(centre)
        factor = np.where(np.isnan(asked["sd_factor"][at]), ratio, asked["sd_factor"][at])
        within, common, between = _middle(own**2), _middle(own * level), _middle(level**2)
        chances = memory * within / (change.months[starts] == month).sum()
        whole = factor**2 * (within + 2.0 * common + between + chances) - steady**2 * (between + chances)
        root = np.sqrt((steady * common) ** 2 + within * np.maximum(whole, _LEAST_OF_DAYS**2 * within))
        moved = steady * level + (root - steady * common) / np.maximum(within, _NEARLY_NOTHING) * own
        result[..., at] = centre + moved - _middle(moved)
        plain[..., at] = centre + ratio * (own + level)
    for year in change.years:
        share = sds[year] / sds[year].mean()
        result[..., year] += share * (_middle(plain[..., year]) - _middle(result[..., year]))
    return result


def _each_month(change: SeriesChange) -> list[tuple[int, IntArray]]:
    """The calendar months that there are, with their days."""
    return [(int(month), np.flatnonzero(change.months == month)) for month in np.unique(change.months)]


def _of_days(series: FloatArray, at: IntArray) -> FloatArray:
    return series if series.size == 1 else series[at]


def _middle(values: FloatArray) -> FloatArray:
    """Mean over days (..., 1), each member by itself, so that it has the same bits alone and beside others."""
    return np.asarray(np.ascontiguousarray(values).mean(axis=-1, keepdims=True))


def _complete_years(times: TimeArray) -> tuple[slice, ...]:
    """Days of each calendar year that is complete, if there are several."""
    years = times.astype("datetime64[Y]").astype(np.intp)
    starts = np.flatnonzero(np.diff(years, prepend=years[0] - 1))
    spans = [slice(int(first), int(end)) for first, end in pairwise([*starts, times.size]) if end - first >= _YEAR]
    return tuple(spans) if len(spans) > 1 else ()


def _month_by_month(
    settle: Callable[[FloatArray, float, float | None, FloatArray, FloatArray], FloatArray],
    move: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray],
) -> Callable[[SeriesChange, FloatArray, FloatArray], FloatArray]:
    """Settle years of each member by the mean that they should have, and then months by mean and standard deviation."""

    def settled(change: SeriesChange, changed: FloatArray, target: FloatArray) -> FloatArray:
        result, asked = changed.copy(), change.asked.get("sd_factor")
        for _ in range(_N_ROUNDS_OF_YEARS if change.years else 1):
            for year in change.years:
                missing = _middle(target[..., year]) - _middle(result[..., year])
                result[..., year] = move(result[..., year], missing, *(bound[year] for bound in change.bounds))
            for _, at in _each_month(change):
                lower, upper = (bound[at] for bound in change.bounds)
                for place in np.ndindex(changed.shape[:-1]):
                    goal = target[place][at]
                    sd = float(goal.std()) if asked is None or np.isfinite(asked[at[0]]) else None
                    result[place][at] = settle(result[place][at], float(goal.mean()), sd, lower, upper)
        return result

    return settled


def _move_linear(values: FloatArray, missing: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Values (..., n) whose mean is by `missing` (..., 1) more."""
    return values + missing


def _move_power(values: FloatArray, missing: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """The same of values that stay above 0."""
    return values * np.clip(1.0 + missing / np.maximum(_middle(values), _NEARLY_NOTHING), 0.5, 2.0)


def _move_odds(values: FloatArray, missing: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """The same of values that stay between bounds."""
    room = np.maximum((values - lower) * (upper - values) / (upper - lower), 0.0)
    return values + np.clip(missing / np.maximum(_middle(room), _NEARLY_NOTHING), -1.0, 1.0) * room


def _settle_linear(values: FloatArray, mean: float, sd: float | None, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Values moved and stretched."""
    spread = float(values.std())
    factor = 1.0 if sd is None or spread < _NEARLY_NOTHING else sd / spread
    return np.asarray(mean + factor * (values - values.mean()))


def _settle_power(values: FloatArray, mean: float, sd: float | None, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Values that stay above 0, raised to a power and multiplied."""
    start = float(values.mean())
    if start <= 0.0 or mean <= 0.0:
        return values
    scaled = values / start

    def missed(power: float) -> float:
        powers = scaled**power
        return float(powers.std() / powers.mean() - spread)

    if sd is not None and values.std() > _NEARLY_NOTHING:
        spread = sd / mean
        scaled = scaled ** _power(missed)
    return np.asarray(mean / scaled.mean() * scaled)


def _settle_odds(values: FloatArray, mean: float, sd: float | None, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Values between bounds, whose odds are raised to a power and multiplied."""
    from scipy import optimize

    logits, spread = special.logit(np.clip((values - lower) / (upper - lower), 0.0, 1.0)), float(values.std())
    if not np.isfinite(logits).any():
        return values

    def moved(shift: float, power: float) -> FloatArray:
        return np.asarray(lower + (upper - lower) * special.expit(shift + np.exp(power) * logits))

    def missed(unknown: FloatArray) -> list[float]:
        own = moved(*unknown)
        return [(own.mean() - mean) / spread, (own.std() - sd) / spread]

    if sd is not None and spread > _NEARLY_NOTHING:
        solution = optimize.root(missed, np.zeros(2))
        if solution.success and np.abs(missed(solution.x)).max() < _TOLERANCE:
            return moved(*solution.x)
    shifts = [float(moved(shift, 0.0).mean() - mean) for shift in (-_MAX_SHIFT, _MAX_SHIFT)]
    if shifts[0] < 0.0 < shifts[1]:
        return moved(optimize.brentq(lambda shift: moved(shift, 0.0).mean() - mean, -_MAX_SHIFT, _MAX_SHIFT), 0.0)
    return values


def _solve_positive(months: _Months, month: int, asked: Mapping[str, Any], where: _Where) -> list[float]:
    """Logarithm of the factor and exponent of values, so that none becomes negative."""
    values = months.values[month]
    mean, sd = _targets(months, month, asked)
    if mean <= 0.0:
        raise where.unreachable("mean", month)
    if "sd_factor" not in asked:
        return [np.log(mean / months.mean(values)) if asked else 0.0, 1.0]

    def spread_of(exponent: float) -> float:
        powers = np.maximum(values, 0.0) ** exponent
        return months.sd(powers) / months.mean(powers)

    exponent = _root(lambda b: spread_of(b) - sd / mean, 0.1, 8.0, "sd_factor", month, where)
    return [float(np.log(mean / months.mean(np.maximum(values, 0.0) ** exponent))), exponent]


def _remap_positive(change: SeriesChange, values: FloatArray) -> FloatArray:
    """Values raised to a power and multiplied, the level of the year apart, which is multiplied alone."""
    factor, exponent = change.parameters
    if np.all(exponent == 1.0):
        return np.asarray(np.exp(factor) * values)
    means = np.maximum(change.means[change.doy], 1e-12)
    level = np.clip(1.0 + _level(values - means) / _running_mean(means + np.zeros_like(values)), 0.2, 5.0)
    return np.asarray(level * np.exp(factor) * (np.maximum(values, 0.0) / level) ** exponent)


def _solve_scores(months: _Months, month: int, asked: Mapping[str, Any], where: _Where) -> list[Any]:
    """Shifts of the scores of days (D,) and their factor, so that values stay within their bounds.

    The mean of each day of the year changes as that of the month, so that a day is to those beside it what it was, or, where
    bounds do not allow that, only the mean of the month.
    """
    _, sd = _targets(months, month, asked)
    wanted = months.daily_means[month_of_doy() == month] * asked.get("mean_factor", 1.0) + asked.get("mean", 0.0)
    for by_day in (True, False) if asked else ():
        shift, factor = np.zeros((wanted.size, 1)), 1.0
        for _ in range(_N_STEPS):
            changed, further = (months.at(month, shift + step + factor * months.nodes) for step in (0.0, _STEP))
            missing, slope = wanted - changed @ months.weights, (further - changed) @ months.weights / _STEP
            if not by_day:
                missing, slope = (np.full(wanted.size, part.mean()) for part in (missing, slope))
            wider = sd / max(months.sd(changed), _NEARLY_NOTHING) if "sd_factor" in asked else 1.0
            if max(np.abs(missing).max() / sd, abs(wider - 1.0)) < _TOLERANCE:
                return [shift[:, 0], factor]
            shift = shift + np.clip(missing / np.maximum(slope, _NEARLY_NOTHING), -1.0, 1.0)[:, None]
            factor *= np.clip(wider, 0.5, 2.0)
    if asked:
        raise where.unreachable(" and ".join(asked), month)
    return [0.0, 1.0]


def _remap_scores(change: SeriesChange, standard: FloatArray) -> FloatArray:
    """Values of scores that are shifted, and whose deviations from the mean of the year are multiplied."""
    shift, factor = change.parameters
    years = _level(standard)
    return change.base(shift + years + factor * (standard - years))


def _solve_quantiles(months: _Months, month: int, asked: Mapping[str, Any], where: _Where) -> list[float]:
    """Values of the month at the probabilities, and what they become."""
    values, weights = _pooled(months, months.values[month])
    table = _quantile_table(values, weights, asked, month, where)
    lower, upper = where.variable.lower, where.variable.upper
    lower, upper = max(lower, where.variable.possible_min), min(upper, where.variable.possible_max)
    after, beyond = np.array(table[len(table) // 2 :]), _FAR_BEYOND * (upper - lower)
    if after.min() < lower - beyond or after.max() > upper + beyond:
        raise where.unreachable("a quantile", month)
    return table


def _quantile_table(values: FloatArray, weights: FloatArray, asked: Mapping[str, Any], month: int, where: _Where) -> list[float]:
    reached = np.interp(asked["quantiles"], np.cumsum(weights) - 0.5 * weights, values)
    changed = reached + asked["quantile_changes"] if "quantile_changes" in asked else reached * asked["quantile_factors"]
    # A value of a lower rank stays lower.
    rising = np.maximum.accumulate(changed)
    if np.any(rising - changed > _MOST_REORDERED * (reached[-1] - reached[0])):
        raise where.unreachable("a quantile, which would be below that of a smaller probability,", month)
    return [*reached, *rising]


def _remap_quantiles(change: SeriesChange, values: FloatArray) -> FloatArray:
    """Values moved by the changes of the quantiles that they lie between."""
    return _between_quantiles(values, change.parameters, relative=bool(change.bounds[0][0] >= 0.0))


def _between_quantiles(values: FloatArray, table: FloatArray, *, relative: bool) -> FloatArray:
    """Values (..., T) remapped by positions and what they become, both halves of `table` (2 Q, T).

    Beyond the outermost the factor (of what cannot be negative) or the change of that quantile goes on.
    """
    before, after = np.split(table, 2)
    n = len(before)
    at = np.zeros(np.shape(values), dtype=np.intp)
    for row in before[1:-1]:
        at += values > row
    days = np.arange(values.shape[-1])
    low, high, new_low, new_high = before[at, days], before[at + 1, days], after[at, days], after[at + 1, days]
    part = np.clip((values - low) / np.maximum(high - low, 1e-12), 0.0, 1.0)
    result = new_low + part * (new_high - new_low)
    for outside, row in ((values < before[0], 0), (values > before[n - 1], n - 1)):
        beyond = values * (after[row] / np.maximum(before[row], 1e-12)) if relative else values + (after[row] - before[row])
        result = np.where(outside, beyond, result)
    return np.asarray(result)


def _solve_rain(months: _Months, month: int, asked: Mapping[str, Any], where: _Where) -> list[float]:
    """Factor of exceedances, factor and exponent of what is above a wet day, the factor of the mean, then quantiles."""
    values, thinned = months.values[month], float(asked.get("wet_day_factor", 1.0))
    shares = (values > 0.0) @ months.weights
    if thinned * shares.max() > 1.0:
        raise ScenarioError(
            f"wet_day_factor of {where.variable.name} at {where.station} is {thinned:g} in month {month + 1}, where up to "
            f"{shares.max():.0%} of days have rain: ask for at most {1.0 / shares.max():.3g}."
        )
    pooled, weights = _pooled(months, values)
    wet = is_wet(pooled)
    if weights[wet].sum() < _HARDLY_WET:
        # Where there is no wet day there is nothing to be multiplied but what days have below one.
        if asked.get("mean", 0.0):
            raise ScenarioError(
                f"mean of {where.variable.name} at {where.station} cannot be reached in month {month + 1}, which has no day of "
                f"{_WET:g} mm or more: ask for 0 there, or for a mean_factor."
            )
        table = [1.0] * (2 * len(asked.get("quantiles", ())))
        return [1.0, 1.0, 1.0, asked.get("mean_factor", 1.0), *table]
    amounts, chances = pooled[wet], weights[wet] / weights[wet].sum()
    before = float(pooled @ weights)
    if any(name in asked for name in BY_QUANTILE):
        table = _quantile_table(amounts, chances, asked, month, where)
        if min(table) < 0.0:
            raise where.unreachable("a quantile of wet days, which would be negative,", month)
        table[len(table) // 2 :] = list(np.maximum(table[len(table) // 2 :], _WET))
        column = np.array(table)[:, None]
        changed = np.where(
            wet, _between_quantiles(pooled, np.broadcast_to(column, (len(table), pooled.size)), relative=True), pooled
        )
        return [thinned, 1.0, 1.0, thinned * float(np.maximum(changed, 0.0) @ weights) / before, *table]
    little = float(pooled[~wet] @ weights[~wet])
    mean = float(amounts @ chances) * asked.get("wet_mean_factor", 1.0)
    if "mean_factor" in asked or "mean" in asked:
        total = before * asked.get("mean_factor", 1.0) + asked.get("mean", 0.0)
        mean = (total / thinned - little) / weights[wet].sum()
        if total > 0.0 and set(asked) <= {"mean_factor", "mean"}:
            # Where nothing else is asked, days that would have less than a wet day are no longer wet.
            mean = max(mean, _LEAST_WET_MEAN)
    if mean <= _WET:
        raise where.unreachable("the mean of wet days", month)
    excess = np.maximum(amounts - _WET, 0.0)

    def factor_of(exponent: float) -> float:
        return float((mean - _WET) / float(excess**exponent @ chances))

    exponent = float(asked.get("tail_index_factor", 1.0))
    if not _EXPONENTS[0] <= exponent <= _EXPONENTS[1]:
        raise where.unreachable("tail_index_factor", month)
    if "tail_factor" in asked:
        high = float(np.interp(_TAIL, np.cumsum(chances) - 0.5 * chances, amounts))
        wanted = asked["tail_factor"] * high
        exponent = _root(lambda b: _WET + factor_of(b) * (high - _WET) ** b - wanted, *_EXPONENTS, "tail_factor", month, where)
    elif "sd_factor" in asked:
        wanted = asked["sd_factor"] * months.sd(values)

        def spread_of(b: float) -> float:
            changed = np.concatenate([pooled[~wet], _WET + factor_of(b) * excess**b])
            chance = thinned * np.concatenate([weights[~wet], weights[wet]])
            return float(float(np.sqrt(changed**2 @ chance - (changed @ chance) ** 2)) - wanted)

        exponent = _root(spread_of, *_EXPONENTS, "sd_factor", month, where)
    after = thinned * (little + mean * weights[wet].sum())
    return [thinned, factor_of(exponent), exponent, after / before]


def _remap_rain(change: SeriesChange, standard: FloatArray) -> FloatArray:
    """Precipitation with another share of wet days and another distribution of their amounts.

    Exceedances are divided by the factor of wet days, which multiplies the frequency of every amount; each year has its
    share of wet days changed by as much, and its sum by as much as the mean.
    """
    thinned, factor, exponent, total = change.parameters[:_N_OF_RAIN]
    before = change.base(standard)
    amounts = before if np.all(thinned == 1.0) else _with_wet_days(change, standard, thinned)
    quantiles = change.parameters[_N_OF_RAIN:]
    wet = is_wet(amounts)
    if len(quantiles):
        excess = np.where(wet, _between_quantiles(amounts, quantiles, relative=True) - _WET, 0.0)
    else:
        excess = np.where(wet, factor * np.maximum(amounts - _WET, 0.0) ** exponent, 0.0)
    excess = np.maximum(excess, 0.0)
    little = np.minimum(amounts, _WET)
    if amounts.shape[-1] < _YEAR:
        return little + excess
    rest = _running_mean(total * before - little)
    have = _running_mean(excess)
    settled = np.where(have > 0.0, np.clip(rest / np.maximum(have, 1e-12), 0.5, 2.0), 1.0)
    return np.asarray(little + settled * excess)


def _with_wet_days(change: SeriesChange, standard: FloatArray, thinned: FloatArray) -> FloatArray:
    """Values whose exceedances are those of before, multiplied by a factor, in each year as far as its wet days go.

    Each month of a member gets as many wet days as it had, multiplied; what is left of a day is settled by the exceedances.
    """
    # Where no day is wet, as in a season without rain, none becomes so.
    wet = np.maximum(change.wet_chance, _NO_CHANCE)
    exceedance = special.ndtr(-standard)
    # A day is wet afterwards where this is below 1.
    distance = exceedance / (thinned * wet)
    if standard.shape[-1] >= _YEAR:
        wanted = _running_mean(thinned * (exceedance < wet))
        settled = np.ones_like(exceedance)
        for _ in range(_N_ROUNDS):
            have = _running_mean((distance < settled).astype(np.float64))
            ratio = np.where(have > 0.0, wanted / np.maximum(have, 1e-12), 1.0)
            settled = np.clip(settled * np.clip(ratio, 0.5, 2.0) ** 0.7, 0.2, 5.0)
        distance = distance / settled
    for _, at in _each_month(change):
        for place in np.ndindex(standard.shape[:-1]):
            own = distance[place][at]
            rainy = exceedance[place][at] < wet[at]
            target = float((thinned[at] * rainy).sum())
            # Whether few days are rounded up or down is left to chance that knows nothing of amounts, that of the first dry
            # day, as rounding alone would keep each one day, and the chance of amounts would keep large ones.
            first = at[rainy.argmin()]
            chance = max((exceedance[place][first] - wet[first]) / max(1.0 - wet[first], _NEARLY_NOTHING), _NEARLY_NOTHING)
            n_days = int(np.floor(target + (1.0 - chance if target < _FEWEST_ROUNDED else 0.5)))
            ends = np.concatenate([[0.0], np.sort(own), [np.inf]])[n_days : n_days + 2]
            if not ends[0] < 1.0 <= ends[1]:
                distance[place][at] = own / (np.mean(ends) if np.isfinite(ends[1]) else 2.0 * ends[0])
    return change.base(-special.ndtri(np.minimum(distance * wet, 1.0 - 1e-15)))


def _settle_rain(change: SeriesChange, changed: FloatArray, before: FloatArray) -> FloatArray:
    """Precipitation of which each month of each member has what is asked, and each year its share, unless quantiles are."""
    if change.quantiles.size:
        return _settle_quantiles(change, changed, before)
    result = changed.copy()
    for place in np.ndindex(changed.shape[:-1]):
        own, start = result[place], before[place]
        for round_ in range(_N_ROUNDS_OF_YEARS if change.years else 1):
            if round_:
                for year, total in zip(change.years, _sums_of_years(change, own, start), strict=True):
                    excess = np.maximum(own[year] - _WET, 0.0)
                    missing = (total - own[year].sum()) / max(excess.sum(), _NEARLY_NOTHING)
                    own[year] += np.clip(missing, -0.7, 2.0) * excess
            for _, at in _each_month(change):
                own[at] = _month_of_rain(own[at], start[at], {entry: series[at] for entry, series in change.asked.items()})
    return result


def _sums_of_years(change: SeriesChange, changed: FloatArray, before: FloatArray) -> FloatArray:
    """Sums of the complete years (Y,), of which each is as much of its expectation as it was, with the variation of `before`.

    Months that change by other factors have other shares in a year, which alone would change how years vary.
    """
    asked, means = change.asked, change.means[change.doy]
    factor = asked.get("mean_factor", 1.0) * asked.get("wet_day_factor", 1.0) * asked.get("wet_mean_factor", 1.0)
    if "mean_factor" in asked or "mean" in asked:
        factor = asked.get("mean_factor", 1.0) + asked.get("mean", 0.0) / np.maximum(means, _NEARLY_NOTHING)
    factor = factor * np.ones(means.size)
    for _, at in _each_month(change):
        factor[at] *= changed[at].sum() / max((factor[at] * before[at]).sum(), _NEARLY_NOTHING)
    usual, base, sums = (
        np.array([series[year].sum() for year in change.years]) for series in (factor * means, before, factor * before)
    )
    base, share = base / np.array([means[year].sum() for year in change.years]), sums / usual
    if not (base.any() and share.any()):
        return np.asarray(sums)
    spread = base.std() / base.mean() * share.mean() / max(share.std(), _NEARLY_NOTHING)
    wanted = usual * np.maximum(share.mean() + np.clip(spread, 0.5, 2.0) * (share - share.mean()), 0.0)
    return np.asarray(wanted * (sums.sum() / wanted.sum()))


def _month_of_rain(values: FloatArray, before: FloatArray, asked: Mapping[str, FloatArray]) -> FloatArray:
    """Values (n,) of which wet days have the mean, and all days or the wet ones the spread, that is asked."""
    wet, wet_before = is_wet(values), is_wet(before)
    of_all = "mean" in asked or "mean_factor" in asked
    total = float(np.sum(asked.get("mean_factor", 1.0) * before + asked.get("mean", 0.0)) - values[~wet].sum())
    if of_all and (not wet.any() or total <= _WET * wet.sum()):
        # A month without a wet day, or whose wet days would have less than 1 mm, is multiplied as a whole; where the number
        # of these days is asked too, as far as it stays what it is.
        changed = values * max(1.0 + (total - values[wet].sum()) / max(values.sum(), _NEARLY_NOTHING), 0.0)
        if "wet_day_factor" in asked:
            changed = np.where(wet, np.maximum(changed, _WET), np.minimum(changed, np.maximum(values, _BELOW_WET)))
        return np.asarray(changed)
    if not wet.any() or not (of_all or wet_before.any()):
        return values
    if not of_all:
        weights = asked.get("wet_day_factor", 1.0) * wet_before
        total = float(wet.sum() * np.sum(weights * asked.get("wet_mean_factor", 1.0) * before) / np.sum(weights))
    elif "wet_day_factor" in asked:
        # A day that is left of less than one in all members has what those have that are lost.
        total /= min(float(np.sum(asked["wet_day_factor"] * wet_before)), 1.0)
    excess, total = np.maximum(values[wet] - _WET, 0.0), total - _WET * wet.sum()
    if total <= 0.0 or excess.max() <= 0.0:
        return values
    excess = excess / excess.mean()

    def amounts(power: float) -> FloatArray:
        powers = excess**power
        return np.asarray(_WET + total / powers.sum() * powers)

    power = 1.0
    if "sd_factor" in asked:
        sd = float((asked["sd_factor"] * (before - before.mean())).std())
        power = _power(lambda own: np.concatenate([values[~wet], amounts(own)]).std() - sd)
    elif "tail_factor" in asked and min(wet.sum(), wet_before.sum()) >= _FEWEST_OF_TAIL:
        tail = np.quantile((asked["tail_factor"] * before)[wet_before], _TAIL)
        power = _power(lambda own: np.quantile(amounts(own), _TAIL) - tail)
    result = values.copy()
    result[wet] = amounts(power)
    return result


def _power(missed: Callable[[float], Any]) -> float:
    """The power up to `_LARGEST_POWER`, or down to its inverse, at which something is missed no more; 1 if there is none."""
    from scipy import optimize

    if missed(1.0 / _LARGEST_POWER) < 0.0 < missed(_LARGEST_POWER):
        return float(optimize.brentq(missed, 1.0 / _LARGEST_POWER, _LARGEST_POWER))
    return 1.0


def _pooled(months: _Months, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Values of all days of a month, rising, with their probabilities."""
    flat = values.ravel()
    order = np.argsort(flat, kind="stable")
    return flat[order], np.tile(months.weights / len(values), len(values))[order]


def _root(function: Callable[[float], float], low: float, high: float, entry: str, month: int, where: _Where) -> float:
    """Where a function of an exponent is zero, as near to 1 as possible: heavy tails make it rise and fall again.

    Raises
    ------
    ScenarioError
        If it has no zero between the bounds.
    """
    from scipy import optimize

    grid = np.unique(np.concatenate([np.geomspace(low, 1.0, _N_TRIALS), np.geomspace(1.0, high, _N_TRIALS)]))
    values = np.array([function(float(exponent)) for exponent in grid])
    changes = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) <= 0.0)
    if not changes.size:
        raise where.unreachable(entry, month)
    nearest = changes[np.abs(np.log(grid[changes] * grid[changes + 1])).argmin()]
    return float(optimize.brentq(function, grid[nearest], grid[nearest + 1]))


def _running_mean(values: FloatArray) -> FloatArray:
    """Means (..., T) over the year around each day; at both ends over the first and the last year; 0 for less than a year."""
    n_days = values.shape[-1]
    if n_days < _YEAR:
        return np.zeros_like(values)
    total = np.zeros((*values.shape[:-1], n_days + 1))
    np.cumsum(values, axis=-1, out=total[..., 1:])
    first = np.clip(np.arange(n_days) - _YEAR // 2, 0, n_days - _YEAR)
    return np.asarray((total[..., first + _YEAR] - total[..., first]) / _YEAR)


def _level(deviations: FloatArray) -> FloatArray:
    """What deviations (..., T) have in common in a year: their running mean, and twice that of what is left (Tukey's twicing).

    So the mean of a calendar year has next to nothing that is not the level.
    """
    level = _running_mean(deviations)
    for _ in range(2):
        level = level + _running_mean(deviations - level)
    return level


def _as_it_is(change: SeriesChange, values: FloatArray) -> FloatArray:
    return values


def _settle_quantiles(change: SeriesChange, changed: FloatArray, before: FloatArray) -> FloatArray:
    """Values of which each month of each member has the quantiles that are asked, by those that it has `before`.

    A month of few days stays as it is, as its quantiles are those of its years more than of the climate, and so does one in
    which changes come little by little.
    """
    result, n_quantiles = changed.copy(), change.quantiles.size
    tables = np.split(change.parameters[-2 * n_quantiles :], 2)
    for _, at in _each_month(change):
        old, new = (table[:, at[:1]] for table in tables)
        steady = all(np.all(table[:, at] == table[:, at[:1]]) for table in tables)
        for place in np.ndindex(changed.shape[:-1] if steady else (0,)):
            own, start = changed[place][at], before[place][at]
            chosen = np.ones(at.size, dtype=np.bool_)
            if change.way is _RAIN:
                chosen, start = is_wet(own), start[is_wet(start)]
            if min(chosen.sum(), start.size) < max(_FEWEST_OF_TAIL, _DAYS_OF_A_QUANTILE * n_quantiles):
                continue
            reached, had = (np.quantile(values, change.quantiles)[:, None] for values in (own[chosen], start))
            goal = np.maximum.accumulate(had * new / old if change.relative else had + new - old)
            wide = np.broadcast_to(np.concatenate([reached, goal]), (2 * n_quantiles, int(chosen.sum())))
            moved = _between_quantiles(own[chosen], wide, relative=bool(change.bounds[0][0] >= 0.0))
            result[place][at[chosen]] = np.maximum(moved, _WET) if change.way is _RAIN else moved
    return result


_LINEAR: Final = _Way(_ideal, _solve_linear, _ideal, _month_by_month(_settle_linear, _move_linear))
_POSITIVE: Final = _Way(_remap_positive, _solve_positive, _ideal, _month_by_month(_settle_power, _move_power))
_BOUNDED: Final = _Way(_remap_scores, _solve_scores, _ideal, _month_by_month(_settle_odds, _move_odds), of_scores=True)
_QUANTILES: Final = _Way(_remap_quantiles, _solve_quantiles, _as_it_is, _settle_quantiles)
_RAIN: Final = _Way(_remap_rain, _solve_rain, _as_it_is, _settle_rain, of_scores=True)
