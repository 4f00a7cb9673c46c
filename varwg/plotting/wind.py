"""Pictures of wind: the rose of directions and speeds."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from varwg.errors import DataError
from varwg.plotting import style

_SECTORS: Final = 16
_CLASSES: Final = (0.0, 2.0, 4.0, 6.0, 8.0, 12.0, 500.0)
#: Directions are taken as unknown below this speed, m/s.
_CALM: Final = 0.2


def wind_rose(speed: ArrayLike, direction: ArrayLike, *, title: str = "", ax: Any = None) -> Any:
    """Frequency of the directions the wind blows from, by class of speed.

    Parameters
    ----------
    speed : array, shape (T,)
        m/s; see `varwg.meteo.wind.wind_polar` for components.
    direction : array, shape (T,)
        Degrees clockwise from north that the wind comes from.
    title : str
        Above the picture.
    ax : Axes with the polar projection, optional

    Raises
    ------
    DataError
        If no speed has a direction.
    """
    figure, axes = style.new_axes(ax, size=(4.8, 3.9), subplot_kw={"projection": "polar"})
    amounts, angles = np.broadcast_arrays(np.asarray(speed, dtype=np.float64), np.asarray(direction, dtype=np.float64))
    known = np.isfinite(amounts)
    blowing = known & np.isfinite(angles) & (amounts >= _CALM)
    if not blowing.any():
        raise DataError("no wind speed above 0.2 m/s has a direction, so there is no rose: check units and directions.")
    sector = np.round(angles[blowing] / (360.0 / _SECTORS)).astype(np.intp) % _SECTORS
    classes = np.digitize(amounts[blowing], _CLASSES) - 1
    shares = 100.0 * np.bincount(sector * 6 + np.clip(classes, 0, 5), minlength=6 * _SECTORS).reshape(_SECTORS, 6) / known.sum()
    bottoms = np.zeros(_SECTORS)
    for number, colour in enumerate(_colours()):
        axes.bar(np.arange(_SECTORS) * 2.0 * np.pi / _SECTORS, shares[:, number], width=0.34, bottom=bottoms, color=colour,
                 edgecolor="white", linewidth=0.4, label=_class_name(number))  # fmt: skip
        bottoms += shares[:, number]
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_xticks(np.arange(8) * np.pi / 4, ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
    # Between the two neighbouring sectors that leave the most room for the numbers.
    emptiest = int(np.argmin(bottoms + np.roll(bottoms, -1)))
    axes.set_rlabel_position((emptiest + 0.5) * 360.0 / _SECTORS)
    from matplotlib.ticker import MaxNLocator

    axes.set_rticks([tick for tick in MaxNLocator(4).tick_values(0.0, bottoms.max()) if 0.0 < tick <= 1.1 * bottoms.max()])
    axes.spines["polar"].set_color(style.GRID)
    calm = 100.0 * (1.0 - blowing.sum() / known.sum())
    style.dress(axes, title=title or f"calm or variable: {calm:.0f} %")
    axes.legend(title="speed (m s⁻¹)", frameon=False, fontsize=8, title_fontsize=9, loc="center left", bbox_to_anchor=(1.1, 0.5))
    return figure, axes


def _colours() -> list[str]:
    """Light to dark, in steps that a grey print keeps."""
    return ["#C6DBEF", "#9ECAE1", "#6BAED6", "#3182BD", "#08519C", "#031E3E"]


def _class_name(number: int) -> str:
    low, high = _CLASSES[number], _CLASSES[number + 1]
    return f"above {low:g}" if number == 5 else f"{low:g} to {high:g}"
