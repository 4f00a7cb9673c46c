"""Pictures of a whole validation: grades, agreement, and the summary of an ensemble."""

from __future__ import annotations

import textwrap
from typing import Any, Final

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

#: Letters in a line of a label beside bars.
_LETTERS: Final = 52


@style.picture
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
    bars: list[tuple[str, tuple[str, ...]]] = [(words_for(report, name), (name,)) for name in statistic_names(report)]
    if grouped:
        bars = [(name, tuple(statistic.name for statistic in group)) for name, group in GROUPS]
    bars = [(name, members) for name, members in bars if grade_shares(report, *members).n_values]
    names = [name for name, _ in bars]
    lines = [textwrap.fill(name, _LETTERS if not grouped else _LETTERS // 4) for name in names]
    figure, axes = style.new_axes(ax, size=(5.4 if grouped else 7.2, 1.1 + (0.34 if grouped else 0.27) * len(names)))
    shares = np.array([grade_shares(report, *members)[1:] for _, members in bars])
    left = np.zeros(len(names))
    for number, (grade, colour) in enumerate(zip(GRADES[1:], style.GRADE_COLOURS, strict=True)):
        axes.barh(range(len(names)), 100.0 * shares[:, number], left=left, color=colour, height=0.78, label=grade)
        left += 100.0 * shares[:, number]
    total = grade_shares(report)
    axes.set_yticks(range(len(names)), lines)
    axes.invert_yaxis()
    axes.set_xlim(0.0, 100.0)
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    title = f"{total.n_values} values"
    style.dress(axes, x="share of values (%)", title=title, grid="x")
    axes.tick_params(axis="y", length=0, labelsize=8, pad=2.0)
    style.legend(axes)
    return style.Picture(figure, axes)


def words_for(report: xr.Dataset, statistic: str) -> str:
    """What a statistic is, in words and without its definition."""
    return str(report[statistic].attrs["long_name"]).split(" (")[0].removesuffix(", E")


@style.picture
def agreement(report: xr.Dataset, statistic: str, variable: str | None = None, *, ax: Any = None) -> Any:
    """Median and 90 % range of the members against the observed value, one dot for each station, period and the like.

    Parameters
    ----------
    report : xarray.Dataset
        From `weathercop.validate`.
    statistic : str
        Name of one of its statistics.
    variable : str, optional
        Of which variable, where the statistic has several; all by default, those with units of their own in standard
        deviations of the observed values from their mean.
    ax : Axes, optional

    Returns
    -------
    figure, axes
    """
    grades, codes = report[statistic], report[f"{statistic}_grade"]
    if variable is not None:
        grades, codes = grades.sel(variable=variable), codes.sel(variable=variable)
    units = str(grades.attrs.get("units", ""))
    if not units and grades.sizes.get("variable", 1) > 1:
        units, others = "standardised", [dim for dim in codes.dims if dim != "variable"]
        seen = grades.isel(result=0).where(codes > 0)
        grades = (grades - seen.mean(others)) / seen.std(others).where(lambda sd: sd > 0.0)
        codes = codes.where(grades.isel(result=0).notnull(), 0)
    elif not units:
        units = str(grades["units"].values.ravel()[0])
    results = grades.transpose("result", ...).values.reshape(grades.sizes["result"], -1)
    flat = codes.transpose(*(dim for dim in grades.transpose("result", ...).dims if dim != "result")).values.ravel()
    figure, axes = style.new_axes(ax, size=(4.0, 3.8))
    for code, (grade, colour) in enumerate(zip(GRADES[1:], ("#0072B2", "#B8A000", "#D55E00"), strict=True), start=1):
        observed, median, low, high = results[:4, flat == code]
        axes.vlines(observed, low, high, color=colour, linewidth=1.0, alpha=0.5)
        axes.plot(observed, median, "os^"[code - 1], color=colour, markersize=4, label=f"{grade} ({observed.size})")
    shown = results[:2, flat > 0]
    ends = [float(shown.min(initial=np.inf)), float(shown.max(initial=-np.inf))] if shown.size else [0.0, 1.0]
    axes.plot(ends, ends, color=style.OBSERVED, linewidth=1.0, zorder=1)
    name = words_for(report, statistic)
    style.dress(axes, x=style.quantity("observed", units), y=style.quantity("simulated", units),
                title=name if variable is None else f"{variable}: {name}")  # fmt: skip
    style.legend(axes)
    return style.Picture(figure, axes)


@style.picture
def summary_picture(
    ensemble: xr.DataArray, obs: Observations, report: xr.Dataset, *, station: str | None = None, ax: Any = None
) -> Any:
    """Six panels: annual cycle, memory and grades above; months, extremes (of rain) and correlations below.

    Parameters
    ----------
    ensemble : xarray.DataArray, dimensions (realization, station, variable, time)
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
    figure, axes = style.new_axes(ax, size=(9.4, 5.4), rows=2, columns=3)
    panels = np.ravel(np.asarray(axes, dtype=object))
    site = str(ensemble["station"].values[0]) if station is None else station
    annual_cycle(ensemble, obs, first, station=site, ax=panels[0])
    autocorrelation(ensemble, obs, first, station=site, ax=panels[1])
    grade_bars(report, grouped=True, ax=panels[2])
    monthly_means(ensemble, obs, second, station=site, ax=panels[3])
    return_levels(ensemble, obs, second, station=site, ax=panels[4])
    correlation_dots(ensemble, obs, ax=panels[5])
    titles = ("annual cycle", "memory", "grades", "months", "extremes", "dependence")
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(title, fontsize=style.TITLE_SIZE, loc="left", pad=5.0)
        if panel.get_legend() is not None:
            panel.get_legend().remove()
    panels[2].set_xlabel(f"share of {grade_shares(report).n_values} values (%)")
    # What colours mean in one panel alone stands beside its title, what they mean in all of them above.
    common = {"frameon": False, "fontsize": style.LEGEND_SIZE}
    for panel in (panels[2], panels[5]):
        handles, labels = panel.get_legend_handles_labels()
        if labels:
            words = [label.split(" (")[0] for label in labels]
            panel.legend(handles, words, **common, loc="lower right", bbox_to_anchor=(1.03, 1.01), ncols=3, handlelength=0.8,
                         handletextpad=0.3, columnspacing=0.8, borderaxespad=0.0)  # fmt: skip
    shared = _meanings(site, ensemble.sizes.get("realization", 1))
    figure.legend(*shared, **common, loc="outside upper left", ncols=5, handlelength=1.6, columnspacing=1.6)
    return style.Picture(figure, axes)


def _meanings(site: str, n_members: int) -> tuple[list[Any], list[str]]:
    """Signs that all panels of a summary share, and what they mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    members = "90 % of members (annual cycle: of days)" if n_members > 1 else "90 % of days"
    return [
        Patch(color=style.SIMULATED, alpha=0.3),
        Line2D([], [], color=style.SIMULATED),
        Line2D([], [], color=style.OBSERVED, linestyle="none", marker="o", markersize=4),
        Line2D([], [], color=style.OBSERVED),
        Line2D([], [], color=style.OBSERVED, linewidth=1.0, linestyle=style.DASHES),
    ], [f"simulated: {members}", "median", f"observed at {site}", "median", "90 % of days"]


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
