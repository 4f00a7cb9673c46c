"""The meteogram: the course of all variables, an ensemble as bands, the observations as lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from varwg.plotting import style
from varwg.plotting.source import Series, reported, series
from varwg.statistics import sorted_quantiles

_LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


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
    simulated, observed : see `varwg.plotting.source.series`
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
        own = None if observed is None else series(observed, name, station)
        if own is not None and np.isin(drawn.times, own.times).any():
            shown = own.between(drawn.times[0], n_days)
            _line(panel, shown, shown.values[0], style.OBSERVED, "observed", 0.8)
        style.dress(panel, y=_two_lines(drawn))
        panel.yaxis.label.set_fontsize(8.5)
        panel.set_xlim(drawn.times[0], drawn.times[-1])
        if not np.any(drawn.values < 0.0):
            panel.set_ylim(bottom=0.0)
    style.dress(panels[0], title=drawn.station)
    style.dress(panels[-1], x="date")
    style.date_axis(panels[-1])
    style.legend(panels[0], above=True)
    figure.align_ylabels(list(panels))
    return figure, axes


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


def _two_lines(drawn: Series) -> str:
    """A label that fits beside a low panel."""
    name, unit = drawn.label.rsplit(" (", 1)
    return f"{name}\n({unit}"
