"""A map of the stations, drawn from their coordinates alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from varwg.errors import DataError
from varwg.plotting import style


def station_map(source: Any, *, ax: Any = None) -> Any:
    """Stations at their longitude and latitude, coloured by elevation; figure and axes.

    Parameters
    ----------
    source : Observations, MultisiteModel, Multisite, or xarray object with the coordinates latitude and longitude
        Where the stations are taken from.
    ax : Axes, optional

    Raises
    ------
    DataError
        If no station has a place.
    """
    names, longitude, latitude, elevation = _places(getattr(source, "observations", source))
    known = np.isfinite(longitude) & np.isfinite(latitude)
    if not known.any():
        raise DataError("no station has a latitude and a longitude, so there is no map: give coordinates with the observations.")
    centre = float(np.mean(latitude[known]))
    narrowing = max(np.cos(np.radians(centre)), 0.05)
    spans = np.ptp(longitude[known]) * narrowing + 0.1, np.ptp(latitude[known]) + 0.1
    figure, axes = style.new_axes(ax, size=(5.6, float(np.clip(1.1 + 3.9 * spans[1] / spans[0], 2.6, 5.6))))
    heights = np.where(np.isfinite(elevation), elevation, 0.0)[known]
    dots = axes.scatter(longitude[known], latitude[known], c=heights, cmap="viridis", s=70, edgecolor="white", zorder=3)
    for name, x, y in zip(np.array(names)[known], longitude[known], latitude[known], strict=True):
        axes.annotate(name, (x, y), xytext=(7, 5), textcoords="offset points", fontsize=9)
    axes.set_aspect(1.0 / narrowing, adjustable="datalim")
    axes.margins(0.25)
    if np.isfinite(elevation[known]).any():
        bar = figure.colorbar(dots, ax=axes, fraction=0.05, pad=0.03)
        bar.ax.tick_params(labelsize=8)
        bar.set_label("elevation (m)", fontsize=9)
        bar.outline.set_visible(False)
    style.dress(axes, x="longitude (°E)", y="latitude (°N)", title=f"{int(known.sum())} stations")
    return figure, axes


def _places(source: Any) -> tuple[list[str], Any, Any, Any]:
    wanted = ("longitude", "latitude", "elevation")
    if hasattr(source, "site_values"):
        longitude, latitude, elevation = (source.site_values(what) for what in wanted)
        return list(source.stations), longitude, latitude, elevation
    if hasattr(source, "stations"):
        return list(source.stations), source.longitude, source.latitude, source.elevation
    names = [str(name) for name in source["station"].values]
    missing = np.full(len(names), np.nan)
    longitude, latitude, elevation = (source[what].values if what in source.coords else missing for what in wanted)
    return names, longitude, latitude, elevation
