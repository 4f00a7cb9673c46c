"""How change factors are reached: values of one series are remapped so that each month has the distribution that was asked.

Ranks and the weather of years are kept as far as the changes let them: deviations of days from the running mean of a year
are rescaled, and that mean is moved; what wet days gain or lose is settled within a year. So the variation between years,
relative to their mean, stays that of the simulation without changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray, TimeArray
from varwg._calendar import N_DOYS, doy_index, month_of_doy, months_of
from varwg._variables import Variable
from varwg.errors import ScenarioError
from varwg.marginals._base import SeasonalMarginal
from varwg.rain import WET_THRESHOLD, is_wet
from varwg.scenarios._factors import BY_QUANTILE, OF_RAIN, ChangeFactors

__all__ = ["FactorResponse", "SeriesChange"]

#: A wet day has at least so much precipitation in mm, as `varwg.rain.is_wet` says.
_WET: Final = WET_THRESHOLD
#: Days of the running mean that stands for a year.
_YEAR: Final = 365
#: Shares of the changes at which parameters are worked out, where a course has more different ones.
_N_SHARES: Final = 17
#: Steps of the search for the exceedances that give each year its wet days.
_N_ROUNDS: Final = 8
#: Largest shift of a score by which others follow.
_MAX_SHIFT: Final = 5.0
_TAIL: Final = 0.99

#: Exponents below and above 1 that are tried before a zero is looked for.
_N_TRIALS: Final = 12
#: Largest error of what has been solved for, in standard deviations.
_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, eq=False)
class SeriesChange:
    """What happens to one variable at one station.

    Attributes
    ----------
    marginal : SeasonalMarginal
        Its distribution.
    doy : array of int, shape (T,)
        Day of the year of each simulated day.
    centre, spread : array, shape (366,)
        Mean and standard deviation of its scores.
    means : array, shape (366,)
        Its mean by day of the year.
    parameters : array, shape (P, T)
        Those of the remapping, day by day.
    remap : callable
        The remapping: values (..., T) from this and standardised scores (..., T).
    bounds : tuple of float
        Values stay within.
    """

    marginal: SeasonalMarginal
    doy: IntArray
    centre: FloatArray
    spread: FloatArray
    means: FloatArray
    parameters: FloatArray
    remap: Callable[[SeriesChange, FloatArray], FloatArray]
    bounds: tuple[float, float]

    def values(self, scores: FloatArray) -> FloatArray:
        """Changed values (..., T) of scores (..., T)."""
        standard = (scores - self.centre[self.doy]) / self.spread[self.doy]
        return np.clip(self.remap(self, standard), *self.bounds)

    def shift(self, scores: FloatArray) -> FloatArray:
        """Shifts (..., T) of the scores that amount to the same, by which other variables follow."""
        values = self.values(scores)
        changed = self.marginal.to_scores(values, self.doy)
        dry = self.marginal.is_censored(values, self.doy)
        before = self.marginal.is_censored(self.base((scores - self.centre[self.doy]) / self.spread[self.doy]), self.doy)
        # A day that is dry before and after has not changed; one that becomes dry goes down to the threshold.
        return np.clip(np.where(dry & before, 0.0, changed - scores), -_MAX_SHIFT, _MAX_SHIFT)

    def base(self, standard: FloatArray) -> FloatArray:
        """Values without the change, of standardised scores."""
        return self.marginal.from_scores(self.centre[self.doy] + self.spread[self.doy] * standard, self.doy)


@dataclass(frozen=True, eq=False)
class FactorResponse:
    """Change factors, worked out for the series of a model and the days of a simulation.

    Attributes
    ----------
    series : mapping of (int, int) to SeriesChange
        By station and variable, what changes.
    variables : tuple of int
        Indices of the variables that change.
    """

    series: Mapping[tuple[int, int], SeriesChange]
    variables: tuple[int, ...]

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
            return cls({}, ())
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
                own = {entry: values if entry == "quantiles" else values[station] for entry, values in entries.items()}
                remap, table, nodes = _worked_out(months, own, shares, where)
                series[station, column] = SeriesChange(
                    marginal,
                    doy_index(times),
                    centre,
                    spread,
                    months.daily_means,
                    _by_day(table, nodes, shares, months_of(times)),
                    remap,
                    _bounds(variables[column]),
                )
        return cls(series, tuple(names.index(name) for name in factors.variables))

    def followed(self, scores: FloatArray, weights: FloatArray, doy: IntArray) -> FloatArray:
        """Scores (..., S, K, T) of which others than the changed ones have followed these.

        `weights` (S, K, P, 366) are those of the regression on the scores of the P changed variables; 0 for what is fixed.
        """
        result = scores.copy()
        for (station, column), change in self.series.items():
            shift = change.shift(scores[..., station, column, :])
            own = weights[station, :, self.variables.index(column)][:, doy]
            for other in range(scores.shape[-2]):
                if other not in self.variables:
                    result[..., station, other, :] += own[other] * shift
        return result


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
    daily_means : array, shape (366,)
        Means by day of the year.
    """

    marginal: SeasonalMarginal
    centre: FloatArray
    spread: FloatArray
    nodes: FloatArray
    weights: FloatArray
    values: tuple[FloatArray, ...]
    daily_means: FloatArray

    @classmethod
    def of(cls, marginal: SeasonalMarginal, centre: FloatArray, spread: FloatArray) -> _Months:
        nodes = np.linspace(-6.0, 6.0, 241)
        weights = np.diff(special.ndtr(np.concatenate([[-np.inf], (nodes[1:] + nodes[:-1]) / 2, [np.inf]])))
        rows = np.arange(N_DOYS)[:, None]
        table = marginal.from_scores(centre[:, None] + spread[:, None] * nodes, rows)
        values = tuple(table[month_of_doy() == month] for month in range(12))
        return cls(marginal, centre, spread, nodes, weights, values, table @ weights)

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


def _bounds(variable: Variable) -> tuple[float, float]:
    return max(variable.lower, variable.possible_min), min(variable.upper, variable.possible_max)


def _worked_out(
    months: _Months, entries: Mapping[str, FloatArray], shares: FloatArray, where: _Where
) -> tuple[Callable[[SeriesChange, FloatArray], FloatArray], FloatArray, FloatArray]:
    """The remapping of a series, its parameters (N, 12, P) for N shares of the changes, and these shares."""
    distinct = np.unique(shares)
    nodes = distinct if distinct.size <= _N_SHARES else np.linspace(distinct[0], distinct[-1], _N_SHARES)
    remap, solve = _way(where.variable, entries)
    table = np.array([[solve(months, month, _of_month(entries, month, share), where) for month in range(12)] for share in nodes])
    return remap, table, nodes


def _of_month(entries: Mapping[str, FloatArray], month: int, share: float) -> dict[str, Any]:
    """Entries of one month, as far as the share of the changes goes."""
    asked: dict[str, Any] = {}
    for name, values in entries.items():
        if name == "quantiles":
            asked[name] = values
        elif name in ("mean", "quantile_changes"):
            asked[name] = share * values[month]
        else:
            asked[name] = 1.0 + share * (values[month] - 1.0)
    return asked


def _way(variable: Variable, entries: Mapping[str, FloatArray]) -> tuple[Any, Any]:
    """The remapping that suits a variable and what is asked of it, and what finds its parameters."""
    if any(name in entries for name in OF_RAIN) or (variable.is_precipitation and any(name in entries for name in BY_QUANTILE)):
        return _remap_rain, _solve_rain
    if any(name in entries for name in BY_QUANTILE):
        return _remap_quantiles, _solve_quantiles
    if np.isfinite(variable.upper) or variable.upper_bound != "none":
        return _remap_scores, _solve_scores
    if variable.lower >= 0.0 or variable.possible_min >= 0.0:
        return _remap_positive, _solve_positive
    return _remap_linear, _solve_linear


def _by_day(table: FloatArray, nodes: FloatArray, shares: FloatArray, months: IntArray) -> FloatArray:
    """Parameters (P, T) of days, linear between the shares of `table` (N, 12, P)."""
    if nodes.size == 1:
        return np.moveaxis(table[0, months], -1, 0)
    after = np.clip(np.searchsorted(nodes, shares, side="left"), 1, nodes.size - 1)
    part = ((shares - nodes[after - 1]) / (nodes[after] - nodes[after - 1]))[:, None]
    return np.moveaxis((1.0 - part) * table[after - 1, months] + part * table[after, months], -1, 0)


def _targets(months: _Months, month: int, asked: Mapping[str, Any]) -> tuple[float, float]:
    """Mean and standard deviation that a month is to have."""
    values = months.values[month]
    mean = months.mean(values)
    return mean * asked.get("mean_factor", 1.0) + asked.get("mean", 0.0), months.sd(values) * asked.get("sd_factor", 1.0)


def _solve_linear(months: _Months, month: int, asked: Mapping[str, Any], where: _Where) -> list[float]:
    """Change of the mean, factor of the standard deviation, its square before, and that part which is the season's."""
    values = months.values[month]
    season = float(np.var(months.daily_means[month_of_doy() == month]))
    return [asked.get("mean", 0.0), asked.get("sd_factor", 1.0), months.sd(values) ** 2, season]


def _remap_linear(change: SeriesChange, standard: FloatArray) -> FloatArray:
    """Values of which the mean is moved and deviations from the mean of the year are multiplied."""
    values = change.base(standard)
    added, factor, variance, season = change.parameters
    if np.all(factor == 1.0):
        return np.asarray(values + added)
    means = change.means[change.doy]
    years = _level(values - means)
    days = values - means - years
    return np.asarray(
        means + added + years + _factor_of_days(years, days, variance - season, factor**2 * variance - season) * days
    )


def _solve_positive(months: _Months, month: int, asked: Mapping[str, Any], where: _Where) -> list[float]:
    """Logarithm of the factor and exponent of values, so that none becomes negative.

    Then the changes of that and of the coefficient of variation with the exponent, and the latter as wanted and before.
    """
    values = months.values[month]
    mean, sd = _targets(months, month, asked)
    if mean <= 0.0:
        raise where.unreachable("mean", month)
    if "sd_factor" not in asked:
        return [np.log(mean / months.mean(values)) if asked else 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]

    def spread_of(exponent: float) -> float:
        powers = np.maximum(values, 0.0) ** exponent
        return months.sd(powers) / months.mean(powers)

    def factor_of(exponent: float) -> float:
        return float(np.log(mean / months.mean(np.maximum(values, 0.0) ** exponent)))

    wanted, step = sd / mean, 0.02
    exponent = _root(lambda b: spread_of(b) - wanted, 0.1, 8.0, "sd_factor", month, where)
    slopes = (factor_of(exponent + step) - factor_of(exponent)) / step, (spread_of(exponent + step) - wanted) / step
    return [factor_of(exponent), exponent, *slopes, wanted, spread_of(1.0)]


def _remap_positive(change: SeriesChange, standard: FloatArray) -> FloatArray:
    """Values raised to a power and multiplied, the level of the year apart, which is multiplied alone."""
    values = change.base(standard)
    factor, exponent, factor_slope, spread_slope, wanted, spread = change.parameters
    if np.all(factor_slope == 0.0):
        return np.asarray(np.exp(factor) * values)
    means = np.maximum(change.means[change.doy], 1e-12)
    level = np.clip(1.0 + _level(values - means) / _running_mean(means + np.zeros_like(values)), 0.2, 5.0)
    # What the years have is not changed, so that the days' part is, by as much more.
    between = np.minimum(_mean((level - 1.0) ** 2), 0.5 * spread**2)
    within = spread * np.sqrt(np.maximum(wanted**2 - between, 0.0) / (spread**2 - between))
    more = (within - wanted) / spread_slope
    return np.asarray(level * np.exp(factor + factor_slope * more) * (np.maximum(values, 0.0) / level) ** (exponent + more))


def _solve_scores(months: _Months, month: int, asked: Mapping[str, Any], where: _Where) -> list[float]:
    """Shift and factor of the scores, so that values stay within their bounds."""
    mean, sd = _targets(months, month, asked)

    def missed(unknown: FloatArray) -> FloatArray:
        changed = months.at(month, unknown[0] + unknown[1] * months.nodes)
        return np.array([months.mean(changed) - mean, months.sd(changed) - sd if "sd_factor" in asked else unknown[1] - 1.0])

    if not asked:
        return [0.0, 1.0]
    from scipy import optimize

    found = optimize.root(missed, np.array([0.0, 1.0]), tol=1e-8)
    if not found.success or np.abs(found.fun).max() > _TOLERANCE * sd or found.x[1] <= 0.0:
        raise where.unreachable(" and ".join(asked), month)
    return [float(found.x[0]), float(found.x[1])]


def _remap_scores(change: SeriesChange, standard: FloatArray) -> FloatArray:
    """Values of scores that are shifted, and whose deviations from the mean of the year are multiplied."""
    shift, factor = change.parameters
    if np.all(factor == 1.0):
        return change.base(standard + shift)
    years = _level(standard)
    days = standard - years
    return change.base(shift + years + _factor_of_days(years, days, np.ones_like(factor), factor**2) * days)


def _solve_quantiles(months: _Months, month: int, asked: Mapping[str, Any], where: _Where) -> list[float]:
    """Values of the month at the probabilities, and what they become."""
    values, weights = _pooled(months, months.values[month])
    return _quantile_table(values, weights, asked)


def _quantile_table(values: FloatArray, weights: FloatArray, asked: Mapping[str, Any]) -> list[float]:
    reached = np.interp(asked["quantiles"], np.cumsum(weights) - 0.5 * weights, values)
    changed = reached + asked["quantile_changes"] if "quantile_changes" in asked else reached * asked["quantile_factors"]
    # A value of a lower rank stays lower.
    return [*reached, *np.maximum.accumulate(changed)]


def _remap_quantiles(change: SeriesChange, standard: FloatArray) -> FloatArray:
    """Values moved by the changes of the quantiles that they lie between."""
    return _between_quantiles(change.base(standard), change.parameters, relative=change.bounds[0] >= 0.0)


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
    amounts, chances = pooled[wet], weights[wet] / weights[wet].sum()
    before = float(pooled @ weights)
    if any(name in asked for name in BY_QUANTILE):
        table = _quantile_table(amounts, chances, asked)
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
    if mean <= _WET:
        raise where.unreachable("the mean of wet days", month)
    excess = np.maximum(amounts - _WET, 0.0)

    def factor_of(exponent: float) -> float:
        return float((mean - _WET) / float(excess**exponent @ chances))

    exponent = float(asked.get("tail_index_factor", 1.0))
    if "tail_factor" in asked:
        high = float(np.interp(_TAIL, np.cumsum(chances) - 0.5 * chances, amounts))
        wanted = asked["tail_factor"] * high
        exponent = _root(lambda b: _WET + factor_of(b) * (high - _WET) ** b - wanted, 0.2, 4.0, "tail_factor", month, where)
    elif "sd_factor" in asked:
        wanted = asked["sd_factor"] * months.sd(values)

        def spread_of(b: float) -> float:
            changed = np.concatenate([pooled[~wet], _WET + factor_of(b) * excess**b])
            chance = thinned * np.concatenate([weights[~wet], weights[wet]])
            return float(float(np.sqrt(changed**2 @ chance - (changed @ chance) ** 2)) - wanted)

        exponent = _root(spread_of, 0.2, 4.0, "sd_factor", month, where)
    after = thinned * (little + mean * weights[wet].sum())
    return [thinned, factor_of(exponent), exponent, after / before]


def _remap_rain(change: SeriesChange, standard: FloatArray) -> FloatArray:
    """Precipitation with another share of wet days and another distribution of their amounts.

    Exceedances are divided by the factor of wet days, which multiplies the frequency of every amount; each year has its
    share of wet days changed by as much, and its sum by as much as the mean.
    """
    thinned, factor, exponent, total = change.parameters[:4]
    before = change.base(standard)
    amounts = before if np.all(thinned == 1.0) else _with_wet_days(change, standard, thinned)
    quantiles = change.parameters[4:]
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
    """Values whose exceedances are those of before, multiplied by a factor, in each year as far as its wet days go."""
    exceedance = special.ndtr(-standard)
    if standard.shape[-1] >= _YEAR:
        rows = np.arange(N_DOYS)
        limit = (change.marginal.to_scores(np.full(N_DOYS, _WET), rows) - change.centre) / change.spread
        wet = special.ndtr(-limit)[change.doy]
        wanted = _running_mean(thinned * (exceedance < wet))
        settled = np.ones_like(exceedance)
        for _ in range(_N_ROUNDS):
            have = _running_mean((exceedance < settled * thinned * wet).astype(np.float64))
            ratio = np.where(have > 0.0, wanted / np.maximum(have, 1e-12), 1.0)
            settled = np.clip(settled * np.clip(ratio, 0.5, 2.0) ** 0.7, 0.2, 5.0)
        thinned = thinned * settled
    return change.base(-special.ndtri(np.minimum(exceedance / thinned, 1.0 - 1e-15)))


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


def _factor_of_days(years: FloatArray, days: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
    """Factor (..., T) of the deviations of days that takes the variance of years + days from `before` to `after` (T,).

    What the years have is not multiplied, so that days are by as much more.
    """
    between, common = _mean(years**2), _mean(years * days)
    within = np.maximum(before - between - 2.0 * common, 0.05 * before)
    return np.asarray((np.sqrt(np.maximum(common**2 + within * (after - between), 0.0)) - common) / within)


def _mean(values: FloatArray) -> FloatArray:
    """Mean over days (..., 1), summed one after the other, so that it is the same for one member and for several."""
    return np.asarray(np.cumsum(values, axis=-1)[..., -1:] / values.shape[-1])
