"""The one style of all pictures: colours that a colour-blind reader can tell apart, axes, labels with units."""

from __future__ import annotations

import io
import sys
import threading
from typing import Any, Final, NamedTuple

import numpy as np

from varwg._arrays import FloatArray
from varwg.errors import VarwgError

#: Observations, and two things to tell apart besides them (Okabe and Ito's palette).
OBSERVED: Final = "#222222"
SIMULATED: Final = "#0072B2"
SCENARIO: Final = "#D55E00"
#: Further colours, in the order in which they are used.
CYCLE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GRADE_COLOURS: Final = ("#0072B2", "#F0E442", "#D55E00")
GRID: Final = "#D9D9D9"
SOFT: Final = "#707070"
#: Maps of colours: for amounts, and for what has a sign.
SEQUENTIAL: Final = "Blues"
DIVERGING: Final = "RdBu_r"
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SEASONS: Final = ("Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov")
#: Levels of the band in which 90 % of members lie, and of their median.
BAND: Final = (0.05, 0.5, 0.95)
#: Middle of each month as day of a year of 366 days.
MONTH_MIDDLES: Final = (15, 45, 75, 106, 136, 167, 197, 228, 259, 289, 320, 350)
_PRETTY: Final = (("degC", "°C"), ("W m-2", "W m⁻²"), ("m s-1", "m s⁻¹"), ("mm d-1", "mm d⁻¹"))

#: Parts of the names of the backends that show open figures of pyplot by themselves at the end of a notebook's cell.
_NOTEBOOK_BACKENDS: Final = ("inline", "ipympl", "nbagg", "widget")


class Picture(NamedTuple):
    """What every picture returns: unpacks to figure and axes, and is shown by a notebook as the last line of a cell."""

    figure: Any
    axes: Any

    def _repr_png_(self) -> bytes | None:
        """The picture for a notebook, unless its backend shows the figure already."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        number = getattr(self.figure, "number", None)
        if pyplot is not None and number is not None and pyplot.fignum_exists(number):
            backend = pyplot.get_backend().lower()
            return None if any(part in backend for part in _NOTEBOOK_BACKENDS) else png(self.figure)
        return png(self.figure)


def png(figure: Any, *, dpi: float | None = None) -> bytes:
    """A figure as the bytes of a PNG file, the same each time."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None}, **({} if dpi is None else {"dpi": dpi}))
    return buffer.getvalue()


def close(figure: Any) -> None:
    """Let go of a figure that pyplot, where it is in use, would keep."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def new_axes(ax: Any = None, *, size: tuple[float, float] = (6.4, 3.8), rows: int = 1, columns: int = 1, **options: Any) -> Any:
    """Figure and axes to draw on: those of `ax`, or of a new figure.

    Where a program has imported pyplot, the new figure is one of pyplot's, so that `plt.show()` shows it and `plt.close()`
    lets it go; elsewhere, and in threads, it belongs to nobody but the caller.

    Parameters
    ----------
    ax : matplotlib Axes, or array of them, optional
        Where to draw.
    size : (width, height)
        Inches of a new figure.
    rows, columns : int
        Number of panels of a new figure; with more than one the axes come as an array.
    options
        As for `Figure.subplots`, such as `sharex` and `subplot_kw`.

    Returns
    -------
    figure, axes

    Raises
    ------
    VarwgError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise VarwgError("pictures need matplotlib: install it with pip install 'varwg-weathercop[plot]'.") from error
    if ax is not None:
        first = ax.flat[0] if hasattr(ax, "flat") else ax
        return first.figure, ax
    settings: dict[str, Any] = {"figsize": size, "layout": "constrained", "dpi": 160, "facecolor": "white"}
    pyplot = sys.modules.get("matplotlib.pyplot")
    in_use = pyplot is not None and threading.current_thread() is threading.main_thread()
    figure = pyplot.figure(**settings) if pyplot is not None and in_use else Figure(**settings)
    return figure, figure.subplots(rows, columns, **options)


def dress(ax: Any, *, x: str = "", y: str = "", title: str = "", grid: str = "both") -> None:
    """Labels, a light grid behind, and no more lines around than are needed."""
    ax.set_axisbelow(True)
    if grid:
        ax.grid(visible=True, axis=grid, color=GRID, linewidth=0.6)
    for side in ("top", "right"):
        if side in ax.spines:
            ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        if side in ax.spines:
            ax.spines[side].set_color(SOFT)
    ax.tick_params(colors="#404040", labelsize=9)
    if x:
        ax.set_xlabel(x, fontsize=10)
    if y:
        ax.set_ylabel(y, fontsize=10)
    if title:
        ax.set_title(title, fontsize=11, loc="left")


def band_labels(n_members: int) -> tuple[str, str]:
    """What the range and the median of members are called in a legend; a range of one is none."""
    return ("90 % of members", "median of members") if n_members > 1 else ("_one", "simulated")


def axis_from_zero(ax: Any, values: FloatArray) -> None:
    """Begin an axis of amounts at zero, unless the values are all far from it, as those of a pressure are."""
    present = values[np.isfinite(values)]
    if present.size and 0.0 <= present.min() <= 0.5 * present.max():
        ax.set_ylim(bottom=0.0)


def legend(ax: Any, **options: Any) -> None:
    """A legend without a box, if anything has a label: in one row between the title and the axes, or at a `loc`."""
    if options.pop("above", "loc" not in options):
        options = {"ncols": 6, "loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.1, "fontsize": 8,
                   "handlelength": 1.2, "columnspacing": 1.2, **options}  # fmt: skip
        ax.set_title(ax.get_title(loc="left"), fontsize=11, loc="left", pad=20.0)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(**{"frameon": False, "fontsize": 9, **options})


def month_axis(ax: Any, positions: Any = None) -> None:
    """Ticks for the twelve months, at 0 to 11 unless told otherwise; initials where there is little room."""
    ax.set_xticks(range(12) if positions is None else positions)
    ax.set_xticklabels([name[0] for name in MONTHS])


def date_axis(ax: Any) -> None:
    """Few and short labels of dates."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def pretty_units(units: str) -> str:
    """A unit as people write it; nothing for 1."""
    return "" if units == "1" else dict(_PRETTY).get(units, units)


def squared_units(units: str) -> str:
    """The square of a unit, with brackets around one of several parts; (-) marks one without unit."""
    unit = pretty_units(units)
    return f"({unit})²" if " " in unit else f"{unit}²" if unit else "-"


def quantity(name: str, units: str) -> str:
    """Name and unit of a quantity as the label of an axis; (-) marks one without unit."""
    return f"{name} ({pretty_units(units) or '-'})"
