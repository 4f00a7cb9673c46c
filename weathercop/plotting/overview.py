"""One picture that sums up an ensemble: season, distribution, extremes, memory, space and the grades of all statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from varwg.observations import Observations
from varwg.plotting import style
from varwg.plotting.distribution import qq
from varwg.plotting.extremes import return_levels
from varwg.plotting.memory import autocorrelation
from varwg.plotting.seasons import annual_cycle, monthly_means
from weathercop.plotting.agreements import grade_bars
from weathercop.validation.sample import is_rain


def summary_picture(
    ensemble: xr.DataArray, obs: Observations, report: xr.Dataset, *, station: str | None = None, ax: Any = None
) -> Any:
    """Six panels: annual cycle, memory and months of a first variable, quantiles and extremes of rain, and grades.

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
    figure, axes = style.new_axes(ax, size=(13.0, 7.4), rows=2, columns=3)
    panels = np.ravel(np.asarray(axes, dtype=object))
    place = str(ensemble["station"].values[0]) if station is None else station
    annual_cycle(ensemble, obs, first, station=place, ax=panels[0])
    autocorrelation(ensemble, obs, first, station=place, ax=panels[1])
    grade_bars(report, ax=panels[2])
    monthly_means(ensemble, obs, second, station=place, ax=panels[3])
    qq(ensemble, obs, second, station=place, ax=panels[4])
    return_levels(ensemble, obs, second, station=place, ax=panels[5])
    titles = ("annual cycle", "memory", "all statistics", "months", "distribution", "extremes")
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(title, fontsize=11, loc="left")
    for panel in panels[3:]:
        panel.legend().remove()
    panels[0].legend(frameon=False, fontsize=8, loc="lower center")
    panels[2].tick_params(axis="y", labelsize=6.5)
    return figure, axes
