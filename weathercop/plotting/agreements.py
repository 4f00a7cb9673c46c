"""Pictures of a validation: grades of all statistics, and simulated against observed values of one of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from varwg.plotting import style
from weathercop.validation import GRADES, GROUPS, grade_shares, statistic_names


def grade_bars(report: xr.Dataset, *, grouped: bool = False, ax: Any = None) -> Any:
    """Shares of good, fair and poor values of each statistic of `weathercop.validate`, or of each group of them.

    Parameters
    ----------
    report : xarray.Dataset
        From `weathercop.validate`.
    grouped : bool
        Whether to draw one bar for each of `weathercop.validation.GROUPS`.
    ax : Axes, optional

    Returns
    -------
    figure, axes
    """
    bars: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in statistic_names(report)]
    if grouped:
        bars = [(name, tuple(statistic.name for statistic in own)) for name, own in GROUPS]
    bars = [(name, members) for name, members in bars if grade_shares(report, *members).n_values]
    names = [name for name, _ in bars]
    figure, axes = style.new_axes(ax, size=(5.4, 1.0 + 0.2 * len(names)))
    shares = np.array([grade_shares(report, *members)[1:] for _, members in bars])
    left = np.zeros(len(names))
    for number, (grade, colour) in enumerate(zip(GRADES[1:], style.GRADE_COLOURS, strict=True)):
        axes.barh(range(len(names)), 100.0 * shares[:, number], left=left, color=colour, height=0.78, label=grade)
        left += 100.0 * shares[:, number]
    total = grade_shares(report)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.invert_yaxis()
    axes.set_xlim(0.0, 100.0)
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    title = f"{total.n_values} values"
    style.dress(axes, x="share of values (%)", title=title, grid="x")
    axes.tick_params(axis="y", length=0, labelsize=8)
    style.legend(axes, above=True)
    return figure, axes


def agreement(report: xr.Dataset, statistic: str, variable: str | None = None, *, ax: Any = None) -> Any:
    """Median and 90 % range of the members against the observed value, one dot for each station, period and the like.

    Parameters
    ----------
    report : xarray.Dataset
        From `weathercop.validate`.
    statistic : str
        Name of one of its statistics.
    variable : str, optional
        Of which variable, where the statistic has several.
    ax : Axes, optional

    Returns
    -------
    figure, axes
    """
    own, codes = report[statistic], report[f"{statistic}_grade"]
    if variable is not None:
        own, codes = own.sel(variable=variable), codes.sel(variable=variable)
    results = own.values.reshape(own.sizes["result"], -1)
    flat = codes.values.ravel()
    figure, axes = style.new_axes(ax, size=(4.0, 3.8))
    for code, (grade, colour) in enumerate(zip(GRADES[1:], ("#0072B2", "#B8A000", "#D55E00"), strict=True), start=1):
        observed, median, low, high = results[:4, flat == code]
        axes.vlines(observed, low, high, color=colour, linewidth=1.0, alpha=0.5)
        axes.plot(observed, median, "os^"[code - 1], color=colour, markersize=4, label=f"{grade} ({observed.size})")
    shown = results[:2, flat > 0]
    ends = [float(shown.min(initial=np.inf)), float(shown.max(initial=-np.inf))] if shown.size else [0.0, 1.0]
    axes.plot(ends, ends, color=style.OBSERVED, linewidth=1.0, zorder=1)
    units = str(own.attrs.get("units", "")) or (str(own["units"].item()) if variable is not None else "own units")
    name = str(own.attrs["long_name"]).split(" (")[0]
    style.dress(axes, x=style.quantity("observed", units), y=style.quantity("simulated", units),
                title=name if variable is None else f"{variable}: {name}")  # fmt: skip
    style.legend(axes, loc="upper left")
    return figure, axes
