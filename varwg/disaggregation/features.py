"""What is compared between simulated and observed days, and between the end of one day and the beginning of the next."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray
from varwg.calendar import N_DOYS
from varwg.disaggregation.archive import WINDOW, HourlyArchive
from varwg.disaggregation.patterns import kind_of
from varwg.variables import Variable

# Weights of differences of one standard deviation within the season, or of one station that is wet on the day before or
# after in one case and dry in the other. Chosen on hourly data of Beijing, where a year gets the hours of the others; the
# results depend little on them.
_VALUE: Final = 1.0
_TREND: Final = 0.5
_AMOUNT: Final = 6.0
_WET_NEIGHBOUR: Final = 4.0
_AMOUNT_AT_MIDNIGHT: Final = 2.0

#: Days which are wet (or dry) at midnight with probability p find one that goes with them with this probability too, so
#: that they would be taken too seldom where it is small. They weigh p to the power of minus this number more.
_RARITY: Final = 1.0

#: Wet days look for observed days with so many times their rain: scaled down they lose their weakest steps (see
#: `varwg.disaggregation.rain`), while days with less rain, scaled up, gain none.
_MORE_RAIN: Final = 1.5


class Features(NamedTuple):
    """What is compared between days.

    Attributes
    ----------
    doy : array of int, shape (days,)
    wet : array of float, shape (days, F)
        0 or 1 for each series with dry days.
    state : array of float, shape (days, G)
        Daily values, how they change from midnight to midnight, and wet neighbours, in comparable units.
    """

    doy: IntArray
    wet: FloatArray
    state: FloatArray


def features(archive: HourlyArchive, daily: FloatArray, doy: IntArray) -> tuple[Features, Features]:
    """Features of the simulated days (values of shape (S, K, T)) and of those of the archive."""
    ours, theirs = _Days.empty(doy, _MORE_RAIN), _Days.empty(archive.doy, 1.0)
    joined = np.ones(doy.size - 1, dtype=bool)
    weights: list[float] = []
    for station, column in np.argwhere(np.isfinite(daily).any(axis=2)):
        observed = archive.daily[station, column].astype(np.float64)
        if np.isfinite(observed).any():
            variable = archive.variables[column]
            ours.add(variable, daily[station, column], joined)
            theirs.add(variable, observed, archive.consecutive)
            weights += [_AMOUNT if kind_of(variable) == "amount" else _VALUE, _TREND]
    mine, others = _in_seasonal_deviations(
        _columns(ours.series, doy.size), _columns(theirs.series, archive.days.size), archive.doy
    )
    share = 1.0 / np.sqrt(len(archive.stations))
    factors = share * np.asarray(weights)
    return ours.features(factors * mine, share), theirs.features(factors * others, share)


def seams(archive: HourlyArchive, midnights: FloatArray, reported: BoolArray) -> FloatArray:
    """What has to go together at midnight, shape (D, F): patterns in standard deviations, and rain.

    Parameters
    ----------
    archive : HourlyArchive
    midnights : array, shape (S, K, D)
        Patterns at midnight.
    reported : array of bool, shape (S, K)
        The series that count.
    """
    columns = []
    for station, column in np.argwhere(reported):
        variable, series = archive.variables[column], midnights[station, column]
        kind = kind_of(variable)
        if kind == "amount":
            columns.append(_AMOUNT_AT_MIDNIGHT * _in_deviations(_log_amount(variable, series)))
        elif kind != "sunlit":
            columns.append(_in_deviations(series))
    return _columns(columns, archive.days.size)


def rarity(archive: HourlyArchive, begins: FloatArray, ends: FloatArray, reported: BoolArray) -> FloatArray:
    """Logarithms of the weights of observed days by whether they are wet at midnight, the mean of all stations; (D,).

    Parameters
    ----------
    archive : HourlyArchive
    begins, ends : array, shape (S, K, D)
        Patterns at the first and second midnight.
    reported : array of bool, shape (S, K)
        The series that count.
    """
    amounts = np.array([kind_of(variable) == "amount" for variable in archive.variables])
    weights = np.zeros(archive.days.size)
    counted = reported & amounts
    for midnight in (begins[counted], ends[counted]):
        wet = midnight > 0.0
        share = np.where(wet, wet.mean(axis=1, keepdims=True), 1.0 - wet.mean(axis=1, keepdims=True))
        weights -= _RARITY * np.log(share).sum(axis=0) / max(len(wet), 1)
    return weights


def midnights(archive: HourlyArchive) -> tuple[FloatArray, FloatArray]:
    """Patterns of the last step before every observed day, and of its last step, both (S, K, D).

    A day whose predecessor in the record was not kept begins with its first step.
    """
    begins, ends = archive.patterns[..., 0].astype(np.float64), archive.patterns[..., -1].astype(np.float64)
    begins[..., 1:] = np.where(archive.consecutive, ends[..., :-1], begins[..., 1:])
    return begins, ends


class _Days(NamedTuple):
    """What has been collected of simulated or observed days, one column after the other."""

    doy: IntArray
    rain_factor: float
    wet: list[FloatArray]
    neighbours: list[FloatArray]
    series: list[FloatArray]

    @classmethod
    def empty(cls, doy: IntArray, rain_factor: float) -> _Days:
        return cls(doy, rain_factor, [], [], [])

    def add(self, variable: Variable, series: FloatArray, joined: BoolArray) -> None:
        """Add the columns of one series; `joined` says which days are followed by the next."""
        values = series
        if kind_of(variable) == "amount":
            flags = _wet(variable, series)
            self.wet.append(flags)
            self.neighbours.extend(_neighbours(flags, joined))
            values = _log_amount(variable, self.rain_factor * series)
        self.series.extend([values, _trend(values, joined)])

    def features(self, series: FloatArray, share: float) -> Features:
        """Features with these series, wet neighbours being weighted with the share of a station."""
        n_days = self.doy.size
        around = share * _WET_NEIGHBOUR * _columns(self.neighbours, n_days)
        return Features(self.doy, _columns(self.wet, n_days), np.concatenate([series, around], axis=1))


def _in_seasonal_deviations(ours: FloatArray, theirs: FloatArray, doy: IntArray) -> tuple[FloatArray, FloatArray]:
    """Columns in standard deviations of the observed ones about their seasonal means; what is missing is average."""
    centre = np.nanmean(theirs, axis=0)
    filled = np.where(np.isnan(theirs), centre, theirs)
    columns = (np.ones(doy.size), *filled.T)
    sums = np.stack([np.bincount(doy, column, N_DOYS).astype(np.float64) for column in columns], axis=1)
    around = _season_sums(sums)[doy]
    spread = np.std(filled - around[:, 1:] / around[:, :1], axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    return (np.where(np.isnan(ours), centre, ours) - centre) / spread, (filled - centre) / spread


def _season_sums(table: FloatArray) -> FloatArray:
    """Sums of the rows within the window around each row of a seasonal table."""
    turned = np.cumsum(np.concatenate([np.zeros_like(table[:1]), table[-WINDOW:], table, table[:WINDOW]]), axis=0)
    return np.asarray(turned[2 * WINDOW + 1 :] - turned[: -2 * WINDOW - 1])


def _in_deviations(series: FloatArray) -> FloatArray:
    return np.asarray(series / (float(np.std(series)) or 1.0))


def _trend(daily: FloatArray, joined: BoolArray) -> FloatArray:
    """Change from midnight to midnight, as far as the neighbouring days are known."""
    steps = np.nan_to_num(np.where(joined, np.diff(daily), 0.0))
    return np.asarray(0.5 * (np.append(steps, 0.0) + np.append(0.0, steps)))


def _neighbours(flags: FloatArray, joined: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Flags of the day before and of the day after; their mean where these days are not known."""
    usual = float(flags.mean())
    before = np.append(usual, np.where(joined, flags[:-1], usual))
    after = np.append(np.where(joined, flags[1:], usual), usual)
    return before, after


def _wet(variable: Variable, amounts: FloatArray) -> FloatArray:
    wet: BoolArray = (amounts >= variable.threshold) & (amounts > 0.0)
    return wet.astype(np.float64)


def _log_amount(variable: Variable, amounts: FloatArray) -> FloatArray:
    """Amounts on a scale on which a drizzle and a shower differ as much as a shower and a downpour."""
    return np.asarray(np.log1p(np.maximum(amounts, 0.0) / (variable.threshold or 1.0)))


def _columns(parts: list[FloatArray], n_days: int) -> FloatArray:
    return np.stack(parts, axis=1) if parts else np.zeros((n_days, 0))
