"""Pictures of distributions: quantile against quantile, months as violins, probability of exceedance."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from varwg.arrays import FloatArray
from varwg.plotting import style
from varwg.plotting.source import Series, series
from varwg.rain import WET_THRESHOLD, exceedance
from varwg.statistics import sorted_quantiles

_BAND: Final = (0.05, 0.5, 0.95)
#: Values per violin are thinned to this many.
_MAX_PER_VIOLIN: Final = 4000


def qq(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Quantiles of the members (median and 90 % range) against those of the observations; returns figure and axes."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    values = np.sort(obs.pooled())
    levels = np.linspace(0.0, 1.0, values.size)
    low, median, high = sorted_quantiles(sorted_quantiles(sim.values, levels).T, _BAND).T
    figure, axes = style.new_axes(ax, size=(3.8, 3.7))
    ends = [min(values[0], low.min()), max(values[-1], high.max())]
    axes.plot(ends, ends, color=style.OBSERVED, linewidth=1.0, label="equal")
    axes.fill_between(values, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label="90 % of members")
    axes.plot(values, median, ".", color=style.SIMULATED, markersize=3.5, label="median of members")
    style.dress(axes, x=f"observed {obs.label}", y=f"simulated {sim.label}", title=obs.station)
    axes.set_aspect("equal", adjustable="datalim")
    style.legend(axes, loc="upper left")
    return figure, axes


def monthly_violins(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Distributions of each month, observed to the left and simulated to the right; wet days only for precipitation."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(5.2, 3.1))
    for own, side, colour, label in ((obs, "low", style.OBSERVED, "observed"), (sim, "high", style.SIMULATED, "simulated")):
        parts = [(month, _thinned(_month_values(own, month))) for month in range(12)]
        usable = [(month, np.log10(part) if own.is_rain else part) for month, part in parts if part.size > 2 and np.ptp(part) > 0]
        if not usable:
            continue
        places, samples = zip(*usable, strict=True)
        violins = axes.violinplot(list(samples), list(places), widths=0.86, showextrema=False, points=80)
        for body, place in zip(violins["bodies"], places, strict=True):
            edge = body.get_paths()[0].vertices[:, 0]
            edge[:] = np.minimum(edge, place) if side == "low" else np.maximum(edge, place)
            body.set(facecolor=colour, edgecolor="none", alpha=0.55)
        axes.plot([], [], color=colour, linewidth=6, alpha=0.55, label=label)
        medians = [np.median(part) for part in samples]
        shift = -0.13 if side == "low" else 0.13
        axes.plot(np.asarray(places) + shift, medians, "_", color=colour, markersize=8, markeredgewidth=2.0)
    if obs.is_rain:
        _decades(axes)
    style.month_axis(axes)
    style.dress(axes, x="month", y=obs.label, title=f"{obs.station}{', wet days' if obs.is_rain else ''}", grid="y")
    style.legend(axes, above=True)
    return figure, axes


def exceedance_curve(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Probability that a daily value is reached or exceeded, on a logarithmic axis (Weibull's plotting positions)."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(4.6, 3.3))
    probabilities = np.geomspace(0.5, 0.5 / sim.times.size, 160)
    low, median, high = sorted_quantiles(sorted_quantiles(sim.values, 1.0 - probabilities).T, _BAND).T
    axes.fill_between(100 * probabilities, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label="90 % of members")
    axes.plot(100 * probabilities, median, color=style.SIMULATED, linewidth=1.4, label="median of members")
    values, chances = exceedance(obs.values)
    rare = chances <= 0.5
    axes.plot(100 * chances[rare], values[rare], ".", color=style.OBSERVED, markersize=3.5, label="observed")
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.xaxis.set_major_formatter(_plain)
    style.dress(axes, x="probability of exceedance on a day (%)", y=obs.label, title=obs.station)
    style.legend(axes, loc="upper left")
    return figure, axes


def _month_values(own: Series, month: int) -> FloatArray:
    values = own.pooled(own.month == month)
    return values[values >= WET_THRESHOLD] if own.is_rain else values


def _thinned(values: FloatArray) -> FloatArray:
    return values[:: max(values.size // _MAX_PER_VIOLIN, 1)]


def _decades(axes: Any) -> None:
    """Ticks 1, 2, 5, 10, ... on an axis of logarithms."""
    low, high = axes.get_ylim()
    ticks = [factor * 10.0**power for power in range(-1, 4) for factor in (1, 2, 5)]
    inside = [tick for tick in ticks if low <= np.log10(tick) <= high]
    axes.set_yticks(np.log10(inside))
    axes.set_yticklabels([f"{tick:g}" for tick in inside])


def _plain(value: float, _: Any = None) -> str:
    return f"{value:g}"
