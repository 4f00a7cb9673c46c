"""How changes of precipitation are reached: of the number of its wet days, what these have, their spread, tail and quantiles."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray
from varwg.errors import ScenarioError
from varwg.rain import WET_THRESHOLD, is_wet
from varwg.scenarios._factors import BY_QUANTILE
from varwg.scenarios._series_change import (
    FEWEST_WET_DAYS,
    N_ROUNDS_OF_YEARS,
    NEARLY_NOTHING,
    YEAR,
    Months,
    SeriesChange,
    Way,
    Where,
    as_it_is,
    between_quantiles,
    each_month,
    exponent_of,
    pooled_values,
    quantile_table,
    running_mean,
    settle_quantiles,
    settling_power,
)

_LOG: Final = logging.getLogger("varwg.scenarios")
#: What a day has that is just not wet.
_BELOW_WET: Final = 0.99 * WET_THRESHOLD
#: The smallest mean of wet days, in mm, by which a month is remapped before it is settled.
_LEAST_WET_MEAN: Final = 1.01 * WET_THRESHOLD
#: Steps of the search for the exceedances that give each year its wet days.
_N_ROUNDS: Final = 8
_TAIL: Final = 0.99
#: Parameters of rain; those of quantiles come after them.
_N_OF_RAIN: Final = 4
#: Wet days of a month that members need for an entry, where that is not reached with any number.
_FEW_WET_DAYS: Final[Mapping[str, float]] = MappingProxyType(
    dict.fromkeys(("wet_day_factor", "sd_factor", "tail_factor", "tail_index_factor", *BY_QUANTILE), FEWEST_WET_DAYS)
)
#: Probability of a wet day below which these are rare, and months of a station that are told.
_RARELY_WET: Final = 0.05
_N_TOLD: Final = 3
#: Probability of a wet day below which a month has none, which is one in three hundred such months.
_HARDLY_WET: Final = 1e-4
#: Probability of a wet day where there is none, which a division outlives.
_NO_CHANCE: Final = 1e-300
#: The smallest and the largest exponent of what wet days have above 1 mm.
_EXPONENTS: Final = (0.2, 4.0)


def _solve_rain(months: Months, month: int, asked: Mapping[str, Any], where: Where) -> list[float]:
    """Factor of exceedances, factor and exponent of what is above a wet day, the factor of the mean, then quantiles."""
    values, thinned = months.values[month], float(asked.get("wet_day_factor", 1.0))
    shares = (values > 0.0) @ months.weights
    if thinned * shares.max() > 1.0:
        raise ScenarioError(
            f"wet_day_factor of {where.variable.name} at {where.station} is {thinned:g} in month {month + 1}, where up to "
            f"{shares.max():.0%} of days have rain: ask for at most {1.0 / shares.max():.3g}."
        )
    pooled, weights = pooled_values(months, values)
    wet = is_wet(pooled)
    if weights[wet].sum() < _HARDLY_WET:
        # Where there is no wet day there is nothing to be multiplied but what days have below one.
        if asked.get("mean", 0.0):
            raise ScenarioError(
                f"mean of {where.variable.name} at {where.station} cannot be reached in month {month + 1}, which has no day of "
                f"{WET_THRESHOLD:g} mm or more: ask for 0 there, or for a mean_factor."
            )
        table = [1.0] * (2 * len(asked.get("quantiles", ())))
        return [1.0, 1.0, 1.0, asked.get("mean_factor", 1.0), *table]
    amounts, chances = pooled[wet], weights[wet] / weights[wet].sum()
    before = float(pooled @ weights)
    if any(name in asked for name in BY_QUANTILE):
        table = quantile_table(amounts, chances, asked, month, where)
        if min(table) < 0.0:
            raise where.unreachable("a quantile of wet days, which would be negative,", month)
        table[len(table) // 2 :] = list(np.maximum(table[len(table) // 2 :], WET_THRESHOLD))
        column = np.array(table)[:, None]
        changed = np.where(
            wet, between_quantiles(pooled, np.broadcast_to(column, (len(table), pooled.size)), relative=True), pooled
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
    if mean <= WET_THRESHOLD:
        raise where.unreachable("the mean of wet days", month)
    excess = np.maximum(amounts - WET_THRESHOLD, 0.0)

    def factor_of(exponent: float) -> float:
        return float((mean - WET_THRESHOLD) / float(excess**exponent @ chances))

    exponent = float(asked.get("tail_index_factor", 1.0))
    if not _EXPONENTS[0] <= exponent <= _EXPONENTS[1]:
        raise where.unreachable("tail_index_factor", month)
    if "tail_factor" in asked:
        high = float(np.interp(_TAIL, np.cumsum(chances) - 0.5 * chances, amounts))
        wanted = asked["tail_factor"] * high
        exponent = exponent_of(
            lambda b: WET_THRESHOLD + factor_of(b) * (high - WET_THRESHOLD) ** b - wanted,
            *_EXPONENTS,
            "tail_factor",
            month,
            where,
        )
    elif "sd_factor" in asked:
        wanted = asked["sd_factor"] * months.sd(values)

        def spread_of(b: float) -> float:
            changed = np.concatenate([pooled[~wet], WET_THRESHOLD + factor_of(b) * excess**b])
            chance = thinned * np.concatenate([weights[~wet], weights[wet]])
            return float(float(np.sqrt(changed**2 @ chance - (changed @ chance) ** 2)) - wanted)

        exponent = exponent_of(spread_of, *_EXPONENTS, "sd_factor", month, where)
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
        excess = np.where(wet, between_quantiles(amounts, quantiles, relative=True) - WET_THRESHOLD, 0.0)
    else:
        excess = np.where(wet, factor * np.maximum(amounts - WET_THRESHOLD, 0.0) ** exponent, 0.0)
    excess = np.maximum(excess, 0.0)
    little = np.minimum(amounts, WET_THRESHOLD)
    if amounts.shape[-1] < YEAR:
        return little + excess
    rest = running_mean(total * before - little)
    have = running_mean(excess)
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
    if standard.shape[-1] >= YEAR:
        wanted = running_mean(thinned * (exceedance < wet))
        settled = np.ones_like(exceedance)
        for _ in range(_N_ROUNDS):
            have = running_mean((distance < settled).astype(np.float64))
            # A year of few wet days is not settled by less than a day, for which others would become dry and wet.
            missing = np.sign(wanted - have) * np.maximum(np.abs(wanted - have) - 1.0 / YEAR, 0.0)
            ratio = np.where(have > 0.0, 1.0 + missing / np.maximum(have, 1e-12), 1.0)
            settled = np.clip(settled * np.clip(ratio, 0.5, 2.0) ** 0.7, 0.2, 5.0)
        distance = distance / settled
    for _, at in each_month(change):
        for place in np.ndindex(standard.shape[:-1]):
            distances = distance[place][at]
            rainy = exceedance[place][at] < wet[at]
            target = float((thinned[at] * rainy).sum())
            # Whether few days are rounded up or down is left to chance that knows nothing of amounts, that of the first dry
            # day, as rounding alone would keep each one day, and the chance of amounts would keep large ones.
            first = at[rainy.argmin()]
            chance = max((exceedance[place][first] - wet[first]) / max(1.0 - wet[first], NEARLY_NOTHING), NEARLY_NOTHING)
            n_days = int(np.floor(target + (1.0 - chance if target < FEWEST_WET_DAYS else 0.5)))
            ends = np.concatenate([[0.0], np.sort(distances), [np.inf]])[n_days : n_days + 2]
            if not ends[0] < 1.0 <= ends[1]:
                distance[place][at] = distances / (np.mean(ends) if np.isfinite(ends[1]) else 2.0 * ends[0])
    return change.base(-special.ndtri(np.minimum(distance * wet, 1.0 - 1e-15)))


def _settle_rain(change: SeriesChange, changed: FloatArray, before: FloatArray) -> FloatArray:
    """Precipitation of which each month of each member has what is asked, and each year its share, unless quantiles are."""
    if change.quantiles.size:
        return settle_quantiles(change, changed, before, of_wet_days=True)
    result = changed.copy()
    for place in np.ndindex(changed.shape[:-1]):
        member, start = result[place], before[place]
        for round_ in range(N_ROUNDS_OF_YEARS if change.years else 1):
            if round_:
                for year, total in zip(change.years, _sums_of_years(change, member, start), strict=True):
                    excess = np.maximum(member[year] - WET_THRESHOLD, 0.0)
                    missing = (total - member[year].sum()) / max(excess.sum(), NEARLY_NOTHING)
                    member[year] += np.clip(missing, -0.7, 2.0) * excess
            for _, at in each_month(change):
                member[at] = _month_of_rain(member[at], start[at], {entry: series[at] for entry, series in change.asked.items()})
    return result


def _sums_of_years(change: SeriesChange, changed: FloatArray, before: FloatArray) -> FloatArray:
    """Sums of the complete years (Y,), of which each is as much of its expectation as it was, with the variation of `before`.

    Months that change by other factors have other shares in a year, which alone would change how years vary.
    """
    asked, means = change.asked, change.means[change.doy]
    factor = asked.get("mean_factor", 1.0) * asked.get("wet_day_factor", 1.0) * asked.get("wet_mean_factor", 1.0)
    if "mean_factor" in asked or "mean" in asked:
        factor = asked.get("mean_factor", 1.0) + asked.get("mean", 0.0) / np.maximum(means, NEARLY_NOTHING)
    factor = factor * np.ones(means.size)
    for _, at in each_month(change):
        factor[at] *= changed[at].sum() / max((factor[at] * before[at]).sum(), NEARLY_NOTHING)
    usual, base, sums = (
        np.array([series[year].sum() for year in change.years]) for series in (factor * means, before, factor * before)
    )
    base, share = base / np.array([means[year].sum() for year in change.years]), sums / usual
    if not (base.any() and share.any()):
        return np.asarray(sums)
    spread = base.std() / base.mean() * share.mean() / max(share.std(), NEARLY_NOTHING)
    wanted = usual * np.maximum(share.mean() + np.clip(spread, 0.5, 2.0) * (share - share.mean()), 0.0)
    return np.asarray(wanted * (sums.sum() / wanted.sum()))


def _month_of_rain(values: FloatArray, before: FloatArray, asked: Mapping[str, FloatArray]) -> FloatArray:
    """Values (n,) of which wet days have the mean, and all days or the wet ones the spread, that is asked."""
    wet, wet_before = is_wet(values), is_wet(before)
    of_all = "mean" in asked or "mean_factor" in asked
    total = float(np.sum(asked.get("mean_factor", 1.0) * before + asked.get("mean", 0.0)) - values[~wet].sum())
    if of_all and (not wet.any() or total <= WET_THRESHOLD * wet.sum()):
        # A month without a wet day, or whose wet days would have less than 1 mm, is multiplied as a whole; where the number
        # of these days is asked too, as far as it stays what it is.
        changed = values * max(1.0 + (total - values[wet].sum()) / max(values.sum(), NEARLY_NOTHING), 0.0)
        if "wet_day_factor" in asked:
            changed = np.where(wet, np.maximum(changed, WET_THRESHOLD), np.minimum(changed, np.maximum(values, _BELOW_WET)))
        return np.asarray(changed)
    if not wet.any() or not (of_all or wet_before.any()):
        return values
    if not of_all:
        weights = asked.get("wet_day_factor", 1.0) * wet_before
        total = float(wet.sum() * np.sum(weights * asked.get("wet_mean_factor", 1.0) * before) / np.sum(weights))
    elif "wet_day_factor" in asked:
        # A day that is left of less than one in all members has what those have that are lost.
        total /= min(float(np.sum(asked["wet_day_factor"] * wet_before)), 1.0)
    excess, total = np.maximum(values[wet] - WET_THRESHOLD, 0.0), total - WET_THRESHOLD * wet.sum()
    if total <= 0.0 or excess.max() <= 0.0:
        return values
    excess = excess / excess.mean()

    def amounts(power: float) -> FloatArray:
        powers = excess**power
        return np.asarray(WET_THRESHOLD + total / powers.sum() * powers)

    power = 1.0
    if "sd_factor" in asked:
        sd = float((asked["sd_factor"] * (before - before.mean())).std())
        power = settling_power(lambda exponent: np.concatenate([values[~wet], amounts(exponent)]).std() - sd)
    elif "tail_factor" in asked and min(wet.sum(), wet_before.sum()) >= FEWEST_WET_DAYS:
        tail = np.quantile((asked["tail_factor"] * before)[wet_before], _TAIL)
        power = settling_power(lambda exponent: np.quantile(amounts(exponent), _TAIL) - tail)
    result = values.copy()
    result[wet] = amounts(power)
    return result


def tell_of_few_wet_days(name: str, entries: Mapping[str, FloatArray], changes: Mapping[str, SeriesChange]) -> None:
    """Log months, by station, in which wet days are so rare that members have too few for what is asked."""
    fewest = max(_FEW_WET_DAYS.get(entry, 0.0) for entry in entries)
    rare = []
    for station, change in changes.items():
        chance, said = change.wet_chance, []
        for month, at in each_month(change):
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


RAIN: Final = Way(_remap_rain, _solve_rain, as_it_is, _settle_rain, of_scores=True)
