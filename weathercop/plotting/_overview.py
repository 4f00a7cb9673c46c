"""Pictures of a whole validation: grades, agreement, and the summary of an ensemble."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from varwg._observations import Observations
from varwg.plotting import _style as style
from varwg.plotting._distribution import return_levels
from varwg.plotting._memory import autocorrelation
from varwg.plotting._pictures import Pictures as StationPictures
from varwg.plotting._seasons import annual_cycle, monthly_means
from weathercop.plotting import _stations as maps
from weathercop.plotting import _stations as matrices
from weathercop.plotting import _vine as copulas
from weathercop.plotting import _vine as vine
from weathercop.plotting._stations import correlation_dots
from weathercop.validation import GRADES, GROUPS, grade_shares, statistic_names
from weathercop.validation._sample import is_rain


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
    return style.Picture(figure, axes)


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
    return style.Picture(figure, axes)


def summary_picture(
    ensemble: xr.DataArray, obs: Observations, report: xr.Dataset, *, station: str | None = None, ax: Any = None
) -> Any:
    """Six panels: annual cycle, memory and grades above; months, extremes (of rain) and correlations below.

    Parameters
    ----------
    ensemble : xarray.DataArray, dims (realization, station, variable, time)
        The members.
    obs : Observations
        With its stations and variables, of at least five whole years.
    report : xarray.Dataset
        From `weathercop.validate`.
    station : str, optional
        The first by default.
    ax : array of six Axes, optional

    Returns
    -------
    figure, axes
    """
    names = [str(name) for name in ensemble["variable"].values]
    variables = obs.select(None, names).variables
    first = names[0]
    second = next((variable.name for variable in variables if is_rain(variable)), names[-1])
    figure, axes = style.new_axes(ax, size=(9.4, 5.6), rows=2, columns=3)
    panels = np.ravel(np.asarray(axes, dtype=object))
    site = str(ensemble["station"].values[0]) if station is None else station
    annual_cycle(ensemble, obs, first, station=site, ax=panels[0])
    autocorrelation(ensemble, obs, first, station=site, ax=panels[1])
    grade_bars(report, grouped=True, ax=panels[2])
    monthly_means(ensemble, obs, second, station=site, ax=panels[3])
    return_levels(ensemble, obs, second, station=site, ax=panels[4])
    correlation_dots(ensemble, obs, ax=panels[5])
    n_values = grade_shares(report).n_values
    titles = ("annual cycle", "memory", f"{n_values} statistics", "months", "extremes", "dependence")
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(title, fontsize=11, loc="left", pad=4.0)
    for panel in (panels[0], panels[3]):
        panel.get_legend().remove()
    for number, place in ((1, "upper right"), (4, "lower right"), (5, "upper left")):
        style.legend(panels[number], fontsize=7.5, handlelength=1.2, loc=place)
    style.legend(panels[2], fontsize=7.5, ncols=3, loc="lower right", bbox_to_anchor=(1.02, -0.42), handlelength=1.0)
    return style.Picture(figure, axes)


class Pictures(StationPictures):
    """As `varwg.plotting.Pictures`, for the results of `Multisite` and ensembles (realization, station, variable, time)."""

    def station_correlations(self, variable: str, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.station_correlations`."""
        return matrices.station_correlations(self.simulated, self.observed, variable, ax=ax)

    def variable_correlations(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.variable_correlations`."""
        return matrices.variable_correlations(self.simulated, self.observed, self.station, ax=ax)

    def correlation_scatter(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.correlation_scatter`."""
        return matrices.correlation_scatter(self.simulated, self.observed, ax=ax)

    def copula_densities(self, *, trees: int | None = None, ax: Any = None) -> Any:
        """See `weathercop.plotting.copula_densities`."""
        return copulas.copula_densities(self.model, self.observed, station=self.station, trees=trees, ax=ax)

    def vine_trees(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.vine_trees`."""
        return vine.vine_trees(self.model, station=self.station, ax=ax)

    def seasonal_tau(self, *, parameter: bool = False, ax: Any = None) -> Any:
        """See `weathercop.plotting.seasonal_tau`."""
        return vine.seasonal_tau(self.model, station=self.station, parameter=parameter, ax=ax)

    def station_map(self, *, ax: Any = None) -> Any:
        """See `weathercop.plotting.station_map`."""
        return maps.station_map(self.observed, ax=ax)
