"""Pictures of what is rare or lasts: return levels and lengths of spells."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from varwg._arrays import FloatArray, IntArray
from varwg._statistics import annual, gev_from_l_moments, gev_quantiles, running_mean, sorted_quantiles
from varwg.errors import DataError
from varwg.plotting import _style as style
from varwg.plotting._source import Series, series
from varwg.rain import spell_lengths as lengths_of

_MIN_MAXIMA: Final = 5


def return_levels(
    simulated: Any, observed: Any, variable: str, *, days: int = 1, station: str | None = None, ax: Any = None
) -> Any:
    """What is exceeded once in so many years.

    The annual maxima of the observations (Gringorten's plotting positions), and the generalised extreme value distributions
    fitted to those of each member by L-moments, as their median and 90 % range.

    Parameters
    ----------
    simulated, observed, variable, station
        See `varwg.plotting._source.series`.
    days : int
        Duration; sums of precipitation, means of other variables.
    ax : Axes, optional

    Raises
    ------
    DataError
        If there are fewer than five whole years.
    """
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(4.6, 3.3))
    periods = np.geomspace(1.1, 100.0, 60)
    curves = np.stack([_fitted(row, periods) for row in _maxima(sim, days)])
    low, median, high = sorted_quantiles(curves.T, style.BAND).T
    axes.fill_between(periods, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label="90 % of members")
    axes.plot(periods, median, color=style.SIMULATED, linewidth=1.5, label="median of members")
    maxima = np.sort(_maxima(obs, days)[0])
    maxima = maxima[np.isfinite(maxima)]
    chances = (np.arange(1, maxima.size + 1) - 0.44) / (maxima.size + 0.12)
    axes.plot(1.0 / (1.0 - chances), maxima, "o", color=style.OBSERVED, markersize=4, label="observed annual maxima")
    axes.set_xscale("log")
    axes.set_xticks([2, 5, 10, 20, 50, 100])
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlim(1.1, 100.0)
    what = f"{days}-day {'sum' if obs.is_rain else 'mean'} of " if days > 1 else ""
    style.dress(axes, x="return period (years)", y=f"{what}{obs.label}", title=obs.station)
    style.legend(axes, loc="best")
    return style.Picture(figure, axes)


def _maxima(own: Series, days: int) -> FloatArray:
    values = np.full(own.values.shape, np.nan)
    values[:, days - 1 :] = running_mean(own.values, days) * (days if own.is_rain else 1)
    maxima = annual(values, own.times, largest=True)
    n_years = int(np.isfinite(maxima).sum(axis=1).min())
    if n_years < _MIN_MAXIMA:
        raise DataError(
            f"{own.name} at {own.station} has {n_years} whole years, but return levels need at least {_MIN_MAXIMA}: use more "
            "years, or draw the exceedance_curve."
        )
    return maxima


def _fitted(maxima: FloatArray, periods: FloatArray) -> FloatArray:
    return gev_quantiles(gev_from_l_moments(maxima[np.isfinite(maxima)]), 1.0 - 1.0 / periods)


def spell_lengths(simulated: Any, observed: Any, *, variable: str = "R", station: str | None = None, ax: Any = None) -> Any:
    """Share of dry and of wet spells that last at least so many days, on a logarithmic axis; figure and two axes."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(6.6, 3.1), columns=2, sharey=True)
    for panel, kind, name in zip(np.ravel(axes), (0, 1), ("dry", "wet"), strict=True):
        observed_lengths = lengths_of(obs.values[0])[kind]
        days = np.arange(1, max(observed_lengths.max(initial=1), 2) + 1)
        low, median, high = sorted_quantiles(_survival(sim, kind, days).T, style.BAND).T
        panel.fill_between(days, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label="90 % of members")
        panel.plot(days, median, color=style.SIMULATED, linewidth=1.5, label="median of members")
        panel.plot(days, 100.0 * _at_least(observed_lengths, days), "o", color=style.OBSERVED, markersize=3.5, label="observed")
        panel.set_yscale("log")
        panel.set_ylim(100.0 * 0.5 / max(observed_lengths.size, 1), 130.0)
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        style.dress(panel, x=f"length of {name} spells (d)", title=obs.station if kind == 0 else "")
    style.dress(np.ravel(axes)[0], y="spells at least as long (%)")
    style.legend(np.ravel(axes)[0])
    return style.Picture(figure, axes)


def _survival(own: Series, kind: int, days: IntArray) -> FloatArray:
    return 100.0 * np.stack([_at_least(lengths_of(row)[kind], days) for row in own.values])


def _at_least(lengths: IntArray, days: IntArray) -> FloatArray:
    shares = (lengths[:, None] >= days).mean(axis=0) if lengths.size else np.full(days.size, np.nan)
    return np.where(shares > 0.0, shares, np.nan)
