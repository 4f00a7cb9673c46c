"""Pictures of a scenario beside the unperturbed simulation it belongs to."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from varwg.arrays import FloatArray
from varwg.plotting import style
from varwg.plotting.source import Series, series
from varwg.statistics import masked_mean, sorted_quantiles

_BAND: Final = (0.05, 0.5, 0.95)


def scenario_change(
    base: Any, scenario: Any, variable: str, *, station: str | None = None, label: str = "scenario", ax: Any = None
) -> Any:
    """Monthly means of both, and the distributions of their daily values.

    Parameters
    ----------
    base, scenario : see `varwg.plotting.source.series`
        Simulations without and with the scenario.
    variable, station : str
        What to show.
    label : str
        What to call the scenario.
    ax : array of two Axes, optional

    Returns
    -------
    figure, axes
    """
    parts = ((series(base, variable, station), style.SIMULATED, "unperturbed"),
             (series(scenario, variable, station), style.SCENARIO, label))  # fmt: skip
    figure, axes = style.new_axes(ax, size=(7.0, 3.2), columns=2)
    left, right = np.ravel(axes)
    span = [min(p[0].pooled().min() for p in parts), max(p[0].pooled().max() for p in parts)]
    for (own, colour, name), dashes in zip(parts, ("-", (0, (4, 1.5))), strict=True):
        low, median, high = sorted_quantiles(_monthly(own).T, _BAND).T
        left.fill_between(range(12), low, high, color=colour, alpha=0.25, linewidth=0)
        left.plot(range(12), median, "o", linestyle=dashes, color=colour, markersize=3.5, linewidth=1.5, label=name)
        shares, edges = np.histogram(own.pooled(), bins=50, range=(span[0], span[1]))
        right.stairs(100.0 * shares / max(shares.sum(), 1), edges, color=colour, linestyle=dashes, linewidth=1.5, label=name)
    style.month_axis(left)
    style.dress(left, x="month", y=f"mean {parts[0][0].label}", title=f"{parts[0][0].station}, means (90 % of members)")
    style.dress(right, x=parts[0][0].label, y="share of days in a class (%)", title="daily values")
    style.legend(left)
    if parts[0][0].is_rain:
        right.set_yscale("log")
        right.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return figure, axes


def _monthly(own: Series) -> FloatArray:
    parts = [own.values[:, own.month == month] for month in range(12)]
    return np.stack([masked_mean(part, np.isfinite(part)) for part in parts], axis=1)
