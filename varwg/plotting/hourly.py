"""Pictures of sub-daily values: the mean course of a day in the four seasons."""

from __future__ import annotations

from typing import Any

import numpy as np

from varwg.arrays import FloatArray
from varwg.errors import DataError
from varwg.plotting import style
from varwg.plotting.source import Series, series
from varwg.statistics import masked_mean


def day_courses(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Mean of each step of the day by season, observed (points) and simulated (lines).

    Parameters
    ----------
    simulated, observed : see `varwg.plotting.source.series`
        Values at several regular times a day; of daily observations their sub-daily source.
    variable, station : str
        What to show.
    ax : Axes, optional

    Raises
    ------
    DataError
        If values are daily.
    """
    figure, axes = style.new_axes(ax, size=(5.8, 3.3))
    obs = series(_sub_daily(observed), variable, station)
    sim = series(_sub_daily(simulated), variable, station)
    for number, season in enumerate(style.SEASONS):
        colour = style.CYCLE[number]
        hours, means = _course(sim, number)
        axes.plot(hours, means, color=colour, linewidth=1.6, label=season)
        hours, means = _course(obs, number)
        axes.plot(hours, means, "o", color=colour, markersize=3.5)
    axes.plot([], [], color=style.SOFT, linewidth=1.6, label="simulated")
    axes.plot([], [], "o", color=style.SOFT, markersize=3.5, label="observed")
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 3))
    if not np.any(obs.values < 0.0):
        axes.set_ylim(bottom=0.0)
    style.dress(axes, x="hour of the day (h)", y=obs.label, title=obs.station)
    style.legend(axes, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure, axes


def _sub_daily(source: Any) -> Any:
    observations = getattr(source, "observations", source)
    hourly = getattr(observations, "hourly", None)
    return source if hourly is None else hourly


def _course(own: Series, season: int) -> tuple[FloatArray, FloatArray]:
    """Hours and means of the steps of a day in a season (0 is winter)."""
    step = own.times[1] - own.times[0]
    if step >= np.timedelta64(1, "D"):
        raise DataError(
            f"{own.name} at {own.station} is daily, but the course of a day needs several values a day: see disaggregate."
        )
    hours = (own.times - own.times.astype("datetime64[D]")) / np.timedelta64(1, "h")
    inside = (own.month + 1) // 3 % 4 == season
    steps = np.unique(hours)
    parts = [own.pooled(inside & (hours == hour)) for hour in steps]
    means = [float(masked_mean(part, np.isfinite(part))) for part in parts]
    return steps + 0.5 * float(step / np.timedelta64(1, "h")), np.array(means)
