"""How change factors are reached: values of one series are remapped so that each month has the distribution that was asked.

Ranks and the weather of years are kept as far as the changes let them: deviations of days from the running mean of a year
are rescaled, and that mean is moved; what wet days gain or lose is settled within a year. So the variation between years,
relative to their mean, stays that of the simulation without changes.

A remapping is worked out from the distribution of the model. What a member has of its own, by chance, is settled after that:
each calendar month of each member gets the mean, the standard deviation, and the number and mean of wet days that this member
has without changes, changed as asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import N_DOYS, month_of_doy
from varwg._variables import Variable
from varwg.errors import ScenarioError
from varwg.marginals._base import SeasonalMarginal
from varwg.rain import WET_THRESHOLD, is_wet

#: Days of the running mean that stands for a year.
YEAR: Final = 365
#: Largest shift of a score by which others follow.
_MAX_SHIFT: Final = 5.0
#: Rounds in which years and then months are settled.
N_ROUNDS_OF_YEARS: Final = 3
#: The smallest factor of the deviations of days.
_LEAST_OF_DAYS: Final = 0.05
#: The largest power of values that months are settled by.
_LARGEST_POWER: Final = 8.0
#: Wet days of a month from which on their number is rounded to the next whole one, which is within 1 %, and its tail settled.
FEWEST_WET_DAYS: Final = 50
#: Scores of days that are usual.
_USUAL: Final = 3.0
#: How far quantiles may be beyond bounds and how far in the wrong order, in the range of values and of quantiles.
_FAR_BEYOND: Final = 0.1
_MOST_REORDERED: Final = 0.1
#: Days for each of several quantiles.
_DAYS_OF_A_QUANTILE: Final = 3
NEARLY_NOTHING: Final = 1e-12
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
    way : Way
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
    way: Way
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
        limit = self.marginal.to_scores(np.full(N_DOYS, WET_THRESHOLD), np.arange(N_DOYS))
        return np.asarray(special.ndtr((self.centre - limit) / self.spread)[self.doy])


@dataclass(frozen=True)
class Where:
    """Which series it is, for messages."""

    variable: Variable
    station: str

    def unreachable(self, entry: str, month: int) -> ScenarioError:
        return ScenarioError(
            f"{entry} of {self.variable.name} at {self.station} cannot be reached in month {month + 1} together with what else "
            "is asked there: ask for less."
        )


@dataclass(frozen=True, eq=False)
class Months:
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
    def of(cls, marginal: SeasonalMarginal, centre: FloatArray, spread: FloatArray) -> Months:
        nodes = np.linspace(-6.0, 6.0, 241)
        weights = np.diff(special.ndtr(np.concatenate([[-np.inf], (nodes[1:] + nodes[:-1]) / 2, [np.inf]])))
        rows = np.arange(N_DOYS)[:, None]
        table = marginal.from_scores(centre[:, None] + spread[:, None] * nodes, rows)
        values = tuple(table[month_of_doy() == month] for month in range(12))
        means = table @ weights
        deviations = np.sqrt(np.maximum((table - means[:, None]) ** 2 @ weights, NEARLY_NOTHING))
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
class Way:
    """How a kind of change is reached.

    Attributes
    ----------
    remap : callable
        Changed values (..., T) from a `SeriesChange` and values, or standardised scores if `of_scores`.
    solve : callable
        Parameters of the remapping for one month, each a number or one for each of its days, from `Months`, the month, what
        is asked of it and `Where`.
    target : callable
        What `settle` needs of the values before the change.
    settle : callable
        Changed values (..., T) of which months have what is asked, from a `SeriesChange`, changed values and that.
    of_scores : bool
        Whether scores are remapped.
    """

    remap: Callable[[SeriesChange, FloatArray], FloatArray]
    solve: Callable[[Months, int, Mapping[str, Any], Where], list[Any]]
    target: Callable[[SeriesChange, FloatArray], FloatArray]
    settle: Callable[[SeriesChange, FloatArray, FloatArray], FloatArray]
    of_scores: bool = False


def _targets(months: Months, month: int, asked: Mapping[str, Any]) -> tuple[float, float]:
    """Mean and standard deviation that a month is to have."""
    values = months.values[month]
    mean = months.mean(values)
    return mean * asked.get("mean_factor", 1.0) + asked.get("mean", 0.0), months.sd(values) * asked.get("sd_factor", 1.0)


def _solve_linear(months: Months, month: int, asked: Mapping[str, Any], where: Where) -> list[float]:
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
    for _, at in each_month(change):
        chance[..., at] = _middle(days[..., at])
        scale[..., at] = np.sqrt(_middle((days[..., at] - chance[..., at]) ** 2))
    blocks = np.add.reduceat(days / np.maximum(scale, NEARLY_NOTHING), starts, axis=-1) / np.diff([*starts, change.doy.size])
    # Variance of the mean of a month's days in one year, in that of its days.
    memory = _middle(blocks**2)
    days = days - chance
    for month, at in each_month(change):
        daily, level, start = days[..., at], (values - days)[..., at], _middle(values[..., at])
        level = level - start
        steady = _of_days(multiplied, at)
        centre = steady * start + _of_days(added, at)
        ratio = centre / np.maximum(start, NEARLY_NOTHING) if change.bounds[0][0] >= 0.0 else np.ones_like(centre)
        factor = np.where(np.isnan(asked["sd_factor"][at]), ratio, asked["sd_factor"][at])
        within, common, between = _middle(daily**2), _middle(daily * level), _middle(level**2)
        chances = memory * within / (change.months[starts] == month).sum()
        whole = factor**2 * (within + 2.0 * common + between + chances) - steady**2 * (between + chances)
        root = np.sqrt((steady * common) ** 2 + within * np.maximum(whole, _LEAST_OF_DAYS**2 * within))
        moved = steady * level + (root - steady * common) / np.maximum(within, NEARLY_NOTHING) * daily
        result[..., at] = centre + moved - _middle(moved)
        plain[..., at] = centre + ratio * (daily + level)
    for year in change.years:
        share = sds[year] / sds[year].mean()
        result[..., year] += share * (_middle(plain[..., year]) - _middle(result[..., year]))
    return result


def each_month(change: SeriesChange) -> list[tuple[int, IntArray]]:
    """The calendar months that there are, with their days."""
    return [(int(month), np.flatnonzero(change.months == month)) for month in np.unique(change.months)]


def _of_days(series: FloatArray, at: IntArray) -> FloatArray:
    return series if series.size == 1 else series[at]


def _middle(values: FloatArray) -> FloatArray:
    """Mean over days (..., 1), each member by itself, so that it has the same bits alone and beside others."""
    return np.asarray(np.ascontiguousarray(values).mean(axis=-1, keepdims=True))


def _month_by_month(
    settle: Callable[[FloatArray, float, float | None, FloatArray, FloatArray], FloatArray],
    move: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray],
) -> Callable[[SeriesChange, FloatArray, FloatArray], FloatArray]:
    """Settle years of each member by the mean that they should have, and then months by mean and standard deviation."""

    def settled(change: SeriesChange, changed: FloatArray, target: FloatArray) -> FloatArray:
        result, asked = changed.copy(), change.asked.get("sd_factor")
        for _ in range(N_ROUNDS_OF_YEARS if change.years else 1):
            for year in change.years:
                missing = _middle(target[..., year]) - _middle(result[..., year])
                result[..., year] = move(result[..., year], missing, *(bound[year] for bound in change.bounds))
            for _, at in each_month(change):
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
    return values * np.clip(1.0 + missing / np.maximum(_middle(values), NEARLY_NOTHING), 0.5, 2.0)


def _move_odds(values: FloatArray, missing: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """The same of values that stay between bounds."""
    room = np.maximum((values - lower) * (upper - values) / (upper - lower), 0.0)
    return values + np.clip(missing / np.maximum(_middle(room), NEARLY_NOTHING), -1.0, 1.0) * room


def _settle_linear(values: FloatArray, mean: float, sd: float | None, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Values moved and stretched."""
    spread = float(values.std())
    factor = 1.0 if sd is None or spread < NEARLY_NOTHING else sd / spread
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

    if sd is not None and values.std() > NEARLY_NOTHING:
        spread = sd / mean
        scaled = scaled ** settling_power(missed)
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
        tried = moved(*unknown)
        return [(tried.mean() - mean) / spread, (tried.std() - sd) / spread]

    if sd is not None and spread > NEARLY_NOTHING:
        solution = optimize.root(missed, np.zeros(2))
        if solution.success and np.abs(missed(solution.x)).max() < _TOLERANCE:
            return moved(*solution.x)
    shifts = [float(moved(shift, 0.0).mean() - mean) for shift in (-_MAX_SHIFT, _MAX_SHIFT)]
    if shifts[0] < 0.0 < shifts[1]:
        return moved(optimize.brentq(lambda shift: moved(shift, 0.0).mean() - mean, -_MAX_SHIFT, _MAX_SHIFT), 0.0)
    return values


def _solve_positive(months: Months, month: int, asked: Mapping[str, Any], where: Where) -> list[float]:
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

    exponent = exponent_of(lambda b: spread_of(b) - sd / mean, 0.1, 8.0, "sd_factor", month, where)
    return [float(np.log(mean / months.mean(np.maximum(values, 0.0) ** exponent))), exponent]


def _remap_positive(change: SeriesChange, values: FloatArray) -> FloatArray:
    """Values raised to a power and multiplied, the level of the year apart, which is multiplied alone."""
    factor, exponent = change.parameters
    if np.all(exponent == 1.0):
        return np.asarray(np.exp(factor) * values)
    means = np.maximum(change.means[change.doy], 1e-12)
    # Less than a year has no level of its own.
    usual = np.maximum(running_mean(means + np.zeros_like(values)), NEARLY_NOTHING)
    level = np.clip(1.0 + _level(values - means) / usual, 0.2, 5.0)
    return np.asarray(level * np.exp(factor) * (np.maximum(values, 0.0) / level) ** exponent)


def _solve_scores(months: Months, month: int, asked: Mapping[str, Any], where: Where) -> list[Any]:
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
            wider = sd / max(months.sd(changed), NEARLY_NOTHING) if "sd_factor" in asked else 1.0
            if max(np.abs(missing).max() / sd, abs(wider - 1.0)) < _TOLERANCE:
                return [shift[:, 0], factor]
            shift = shift + np.clip(missing / np.maximum(slope, NEARLY_NOTHING), -1.0, 1.0)[:, None]
            factor *= np.clip(wider, 0.5, 2.0)
    if asked:
        raise where.unreachable(" and ".join(asked), month)
    return [0.0, 1.0]


def _remap_scores(change: SeriesChange, standard: FloatArray) -> FloatArray:
    """Values of scores that are shifted, and whose deviations from the mean of the year are multiplied."""
    shift, factor = change.parameters
    years = _level(standard)
    return change.base(shift + years + factor * (standard - years))


def _solve_quantiles(months: Months, month: int, asked: Mapping[str, Any], where: Where) -> list[float]:
    """Values of the month at the probabilities, and what they become."""
    values, weights = pooled_values(months, months.values[month])
    table = quantile_table(values, weights, asked, month, where)
    lower, upper = where.variable.lower, where.variable.upper
    lower, upper = max(lower, where.variable.possible_min), min(upper, where.variable.possible_max)
    after, beyond = np.array(table[len(table) // 2 :]), _FAR_BEYOND * (upper - lower)
    if after.min() < lower - beyond or after.max() > upper + beyond:
        raise where.unreachable("a quantile", month)
    return table


def quantile_table(values: FloatArray, weights: FloatArray, asked: Mapping[str, Any], month: int, where: Where) -> list[float]:
    reached = np.interp(asked["quantiles"], np.cumsum(weights) - 0.5 * weights, values)
    changed = reached + asked["quantile_changes"] if "quantile_changes" in asked else reached * asked["quantile_factors"]
    # A value of a lower rank stays lower.
    rising = np.maximum.accumulate(changed)
    if np.any(rising - changed > _MOST_REORDERED * (reached[-1] - reached[0])):
        raise where.unreachable("a quantile, which would be below that of a smaller probability,", month)
    return [*reached, *rising]


def _remap_quantiles(change: SeriesChange, values: FloatArray) -> FloatArray:
    """Values moved by the changes of the quantiles that they lie between."""
    return between_quantiles(values, change.parameters, relative=bool(change.bounds[0][0] >= 0.0))


def between_quantiles(values: FloatArray, table: FloatArray, *, relative: bool) -> FloatArray:
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


def settling_power(missed: Callable[[float], Any]) -> float:
    """The power up to `_LARGEST_POWER`, or down to its inverse, at which something is missed no more; 1 if there is none."""
    from scipy import optimize

    if missed(1.0 / _LARGEST_POWER) < 0.0 < missed(_LARGEST_POWER):
        return float(optimize.brentq(missed, 1.0 / _LARGEST_POWER, _LARGEST_POWER))
    return 1.0


def pooled_values(months: Months, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Values of all days of a month, rising, with their probabilities."""
    flat = values.ravel()
    order = np.argsort(flat, kind="stable")
    return flat[order], np.tile(months.weights / len(values), len(values))[order]


def exponent_of(function: Callable[[float], float], low: float, high: float, entry: str, month: int, where: Where) -> float:
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


def running_mean(values: FloatArray) -> FloatArray:
    """Means (..., T) over the year around each day; at both ends over the first and the last year; 0 for less than a year."""
    n_days = values.shape[-1]
    if n_days < YEAR:
        return np.zeros_like(values)
    total = np.zeros((*values.shape[:-1], n_days + 1))
    np.cumsum(values, axis=-1, out=total[..., 1:])
    first = np.clip(np.arange(n_days) - YEAR // 2, 0, n_days - YEAR)
    return np.asarray((total[..., first + YEAR] - total[..., first]) / YEAR)


def _level(deviations: FloatArray) -> FloatArray:
    """What deviations (..., T) have in common in a year: their running mean, and twice that of what is left (Tukey's twicing).

    So the mean of a calendar year has next to nothing that is not the level.
    """
    level = running_mean(deviations)
    for _ in range(2):
        level = level + running_mean(deviations - level)
    return level


def as_it_is(change: SeriesChange, values: FloatArray) -> FloatArray:
    return values


def settle_quantiles(change: SeriesChange, changed: FloatArray, before: FloatArray, *, of_wet_days: bool = False) -> FloatArray:
    """Values of which each month of each member has the quantiles that are asked, by those that it has `before`.

    A month of few days stays as it is, as its quantiles are those of its years more than of the climate, and so does one in
    which changes come little by little.
    """
    result, n_quantiles = changed.copy(), change.quantiles.size
    tables = np.split(change.parameters[-2 * n_quantiles :], 2)
    for _, at in each_month(change):
        old, new = (table[:, at[:1]] for table in tables)
        steady = all(np.all(table[:, at] == table[:, at[:1]]) for table in tables)
        for place in np.ndindex(changed.shape[:-1] if steady else (0,)):
            member, start = changed[place][at], before[place][at]
            chosen = np.ones(at.size, dtype=np.bool_)
            if of_wet_days:
                chosen, start = is_wet(member), start[is_wet(start)]
            if min(chosen.sum(), start.size) < max(FEWEST_WET_DAYS, _DAYS_OF_A_QUANTILE * n_quantiles):
                continue
            reached, had = (np.quantile(values, change.quantiles)[:, None] for values in (member[chosen], start))
            goal = np.maximum.accumulate(had * new / old if change.relative else had + new - old)
            wide = np.broadcast_to(np.concatenate([reached, goal]), (2 * n_quantiles, int(chosen.sum())))
            moved = between_quantiles(member[chosen], wide, relative=bool(change.bounds[0][0] >= 0.0))
            result[place][at[chosen]] = np.maximum(moved, WET_THRESHOLD) if of_wet_days else moved
    return result


LINEAR: Final = Way(_ideal, _solve_linear, _ideal, _month_by_month(_settle_linear, _move_linear))
POSITIVE: Final = Way(_remap_positive, _solve_positive, _ideal, _month_by_month(_settle_power, _move_power))
BOUNDED: Final = Way(_remap_scores, _solve_scores, _ideal, _month_by_month(_settle_odds, _move_odds), of_scores=True)
QUANTILES: Final = Way(_remap_quantiles, _solve_quantiles, as_it_is, settle_quantiles)
