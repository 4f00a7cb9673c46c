"""Pictures of courses: meteograms of days, and hours of the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from varwg._arrays import FloatArray
from varwg._statistics import masked_mean, sorted_quantiles
from varwg.errors import DataError
from varwg.plotting import _style as style
from varwg.plotting._source import Series, reported, series

_LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


@style.picture
def meteogram(
    simulated: Any,
    observed: Any = None,
    *,
    variables: Sequence[str] | None = None,
    station: str | None = None,
    start: object = None,
    n_days: int = 365,
    ax: Any = None,
) -> Any:
    """Courses of several variables, one panel each.

    Parameters
    ----------
    simulated, observed : see `varwg.plotting._source.series`
        An ensemble is drawn as its 5 to 95 % and 25 to 75 % range and one of its members. Observations of other years
        are left out.
    variables : sequence of str, optional
        Which; all that have values by default.
    station : str, optional
        The first by default.
    start, n_days : date and int
        What to show; the first year by default.
    ax : array of Axes, optional
        One for each variable.

    Returns
    -------
    figure, axes
    """
    names = tuple(variables or reported(simulated, station))
    size = (7.2, 0.6 + 1.25 * len(names))
    figure, axes = style.new_axes(ax, size=size, rows=len(names), sharex=True, squeeze=False)
    panels = np.ravel(np.asarray(axes, dtype=object))
    for panel, name in zip(panels, names, strict=True):
        drawn = series(simulated, name, station).between(start, n_days)
        _simulation(panel, drawn)
        record = None if observed is None else series(observed, name, station)
        if record is not None and np.isin(drawn.times, record.times).any():
            shown = record.between(drawn.times[0], n_days)
            _line(panel, shown, shown.values[0], style.OBSERVED, "observed", 0.8)
        style.dress(panel, y=drawn.label, size=8.5)
        panel.set_xlim(drawn.times[0], drawn.times[-1])
        style.axis_from_zero(panel, drawn.values)
    style.dress(panels[0], title=drawn.station)
    style.dress(panels[-1], x="date")
    style.date_axis(panels[-1])
    style.legend(panels[0])
    figure.align_ylabels(list(panels))
    return style.Picture(figure, axes)


def _simulation(panel: Any, drawn: Series) -> None:
    if len(drawn.values) > 2:
        low, lower, _, upper, high = sorted_quantiles(drawn.values.T, _LEVELS).T
        panel.fill_between(drawn.times, low, high, color=style.SIMULATED, alpha=0.2, linewidth=0, label="5 to 95 %")
        panel.fill_between(drawn.times, lower, upper, color=style.SIMULATED, alpha=0.4, linewidth=0, label="25 to 75 %")
        label = "one member"
    else:
        label = "simulated"
    _line(panel, drawn, drawn.values[0], style.SIMULATED, label, 0.9)


def _line(panel: Any, drawn: Series, values: Any, colour: str, label: str, width: float) -> None:
    panel.plot(drawn.times, values, color=colour, linewidth=width, label=label)


@style.picture
def day_courses(simulated: Any, observed: Any, variable: str, *, station: str | None = None, ax: Any = None) -> Any:
    """Mean of each step of the day by season, observed (points) and simulated (lines).

    Parameters
    ----------
    simulated, observed : see `varwg.plotting._source.series`
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
    style.axis_from_zero(axes, obs.values)
    style.dress(axes, x="hour of the day (h)", y=obs.label, title=obs.station)
    style.legend(axes, beside=True)
    return style.Picture(figure, axes)


def _sub_daily(source: Any) -> Any:
    observations = getattr(source, "observations", source)
    hourly = getattr(observations, "hourly", None)
    return source if hourly is None else hourly


def _course(shown: Series, season: int) -> tuple[FloatArray, FloatArray]:
    """Hours and means of the steps of a day in a season (0 is winter)."""
    step = shown.times[1] - shown.times[0]
    if step >= np.timedelta64(1, "D"):
        raise DataError(
            f"{shown.name} at {shown.station} is daily, but the course of a day needs several values a day: see disaggregate."
        )
    hours = (shown.times - shown.times.astype("datetime64[D]")) / np.timedelta64(1, "h")
    inside = (shown.month + 1) // 3 % 4 == season
    steps = np.unique(hours)
    parts = [shown.pooled(inside & (hours == hour)) for hour in steps]
    means = [float(masked_mean(part, np.isfinite(part))) for part in parts]
    return steps + 0.5 * float(step / np.timedelta64(1, "h")), np.array(means)
