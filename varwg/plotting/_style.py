"""The one style of all pictures: colours that a colour-blind reader can tell apart, axes, labels with units."""

from __future__ import annotations

import functools
import io
import re
import sys
import textwrap
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

import numpy as np

from varwg._arrays import FloatArray
from varwg.errors import VarwgError

P = ParamSpec("P")
T = TypeVar("T")
#: Observations, and two things to tell apart besides them (Okabe and Ito's palette).
OBSERVED: Final = "#222222"
SIMULATED: Final = "#0072B2"
SCENARIO: Final = "#D55E00"
#: Further colours, in the order in which they are used.
CYCLE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GRADE_COLOURS: Final = ("#0072B2", "#F0E442", "#D55E00")
GRID: Final = "#D9D9D9"
SOFT: Final = "#707070"
#: Dashes that stay apart where a picture is made small.
DASHES: Final = (0, (4.0, 2.5))
#: Map of colours for what has a sign.
DIVERGING: Final = "RdBu_r"
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SEASONS: Final = ("Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov")
#: Sizes of letters in points.
TITLE_SIZE: Final = 11.0
LABEL_SIZE: Final = 10.0
TICK_SIZE: Final = 9.0
LEGEND_SIZE: Final = 8.0
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


def png(figure: Any, *, dpi: float | None = None, small: bool = False) -> bytes:
    """A figure as the bytes of a PNG file, the same each time; a small one has 256 colours and a third of the bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None}, **({} if dpi is None else {"dpi": dpi}))
    if not small:
        return buffer.getvalue()
    from PIL import Image  # matplotlib needs it too

    drawn, few = Image.open(buffer).convert("RGB"), io.BytesIO()
    drawn.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(few, "PNG", optimize=True)
    return few.getvalue()


def in_words(figure: Any) -> str:
    """What is seen in a figure, for those who cannot see it: axes, the range of each series, and how far two of them agree."""
    return " ".join(_panel_in_words(panel) for panel in figure.axes if panel.axison and panel.get_subplotspec() is not None
                    and (panel.get_ylabel() or panel.images))  # fmt: skip


def _panel_in_words(panel: Any) -> str:
    title, x, y = (" ".join(text.split()) for text in (panel.get_title(loc="left"), panel.get_xlabel(), panel.get_ylabel()))
    lines = [(str(line.get_label()), np.asarray(line.get_xydata(), dtype=np.float64)) for line in panel.lines]
    lines = [(label, xy[np.isfinite(xy).all(axis=1)]) for label, xy in lines if not label.startswith("_")]
    parts = [f"{label} {_range(xy[:, 1])}" for label, xy in lines if len(xy)]
    parts += [f"cells {_range(np.ma.filled(image.get_array(), np.nan))}" for image in panel.images]
    observed = next((xy for label, xy in lines if label.startswith("observed")), None)
    band = next((part for part in [*panel.collections, *panel.containers] if part.get_label() == "90 % of members"), None)
    if observed is not None and band is not None:
        bars = () if hasattr(band, "get_paths") else band
        paths = [bar.get_path().transformed(bar.get_patch_transform()) for bar in bars] or band.get_paths()
        inside = np.any([path.contains_points(observed, radius=1e-9) for path in paths], axis=0)
        parts.append(f"{int(inside.sum())} of {len(observed)} observed points within 90 % of members")
    axes = f"{y} over {x}" if x and y else y
    ticks = [text.get_text() for text in panel.get_yticklabels() if text.get_text()]
    if y and ticks and not parts:
        axes += f", the axis from {ticks[0]} to {ticks[-1]}"
    return "; ".join(filter(None, (title, axes, *parts))) + "."


def _range(values: FloatArray) -> str:
    if not np.isfinite(values).any():
        return "all unknown"
    low, high = (f"{value:.{4 if abs(value) >= 100.0 else 3}g}" for value in (np.nanmin(values), np.nanmax(values)))
    return f"{low} to {high}"


def close(figure: Any) -> None:
    """Let go of a figure that pyplot, where it is in use, would keep."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def picture(draw: Callable[P, T]) -> Callable[P, T]:
    """A function that draws on a new figure, which is let go where it raises: a notebook would show it, empty."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **keywords: P.kwargs) -> T:
        pyplot = sys.modules.get("matplotlib.pyplot")
        before = pyplot.get_fignums() if pyplot is not None else []
        try:
            return draw(*args, **keywords)
        except Exception:
            if pyplot is not None:
                for number in set(pyplot.get_fignums()) - set(before):
                    pyplot.close(number)
            raise

    return drawn


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


def dress(ax: Any, *, x: str = "", y: str = "", title: str = "", grid: str = "both", size: float = LABEL_SIZE) -> None:
    """Labels of no more width than there is, a light grid behind, and no more lines around than are needed."""
    ax.set_axisbelow(True)
    if grid:
        ax.grid(visible=True, axis=grid, color=GRID, linewidth=0.6)
    for side in ("top", "right"):
        if side in ax.spines:
            ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        if side in ax.spines:
            ax.spines[side].set_color(SOFT)
    ax.tick_params(colors="#404040", labelsize=TICK_SIZE)
    width, height = room(ax)
    if x:
        ax.set_xlabel(_wrapped(x, width, size), fontsize=size)
    if y:
        ax.set_ylabel(_wrapped(y, height, size), fontsize=size)
    if title:
        ax.set_title(_wrapped(title, width, TITLE_SIZE), fontsize=TITLE_SIZE, loc="left")


def room(ax: Any) -> tuple[float, float]:
    """Width and height of axes in points, as they are before a layout makes room for labels."""
    place, (width, height) = ax.get_position(), ax.figure.get_figure(root=True).get_size_inches()
    return 72.0 * place.width * width, 72.0 * place.height * height


def text_width(text: str, size: float) -> float:
    """In points."""
    from matplotlib.textpath import TextPath

    return float(np.max(TextPath((0.0, 0.0), text, size=size).vertices[:, 0])) if text.strip() else 0.0


def _wrapped(text: str, space: float, size: float) -> str:
    """A text in lines that are no wider than the space, if words allow it; what is in brackets stays in one."""
    width = text_width(text, size)
    if width <= space:
        return text
    whole = re.sub(r"\([^()]*\)", lambda match: match[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    filled = textwrap.fill(whole, max(int(len(text) * space / width), 8), break_long_words=False, break_on_hyphens=False)
    return filled.replace("\N{NO-BREAK SPACE}", " ")


def band_labels(n_members: int) -> tuple[str, str]:
    """What the range and the median of members are called in a legend; a range of one is none."""
    return ("90 % of members", "median of members") if n_members > 1 else ("_one", "simulated")


def axis_from_zero(ax: Any, values: FloatArray) -> None:
    """Begin an axis of amounts at zero, unless the values are all far from it, as those of a pressure are."""
    present = values[np.isfinite(values)]
    if present.size and 0.0 <= present.min() <= 0.25 * present.max():
        ax.set_ylim(bottom=0.0)


def legend(ax: Any, *, beside: bool = False, across: Any = (), title: str = "") -> None:
    """A legend outside of the axes, where no data can be: between title and axes, in as many rows as it takes, or beside them.

    Parameters
    ----------
    ax : Axes
        Whose labels are told; without any there is no legend.
    beside : bool
        To the right of the axes.
    across : sequence of Axes
        The panels of a row that the legend of the first of them may lie above; their titles stay in line.
    title : str
        Above the legend.
    """
    handles, labels = ax.get_legend_handles_labels()
    if not labels:
        return
    # Bars, which come last, stand for the same as bands, which come first.
    order = sorted(range(len(labels)), key=lambda number: not isinstance(handles[number], tuple))
    handles, labels = [handles[number] for number in order], [labels[number] for number in order]
    common = {"frameon": False, "fontsize": LEGEND_SIZE, "handlelength": 1.2, "handletextpad": 0.5}
    if beside:
        columns = -(-len(labels) // max(int(room(ax)[1] / (1.6 * LEGEND_SIZE)), 1))
        # Beyond the label of the east, which stands outside of a rose.
        side = 1.18 if ax.name == "polar" else 1.02
        ax.legend(handles, labels, **common, loc="center left", bbox_to_anchor=(side, 0.5), title=title or None,
                  title_fontsize=LEGEND_SIZE, ncols=columns)  # fmt: skip
        return
    panels = list(across) or [ax]
    ends = panels[0].get_position(), panels[-1].get_position()
    # At the right edge of a figure a layout leaves more than its first positions do.
    space = room(ax)[0] * (ends[1].x1 - ends[0].x0) / ends[0].width * (1.08 if ends[1].x1 > 0.85 else 1.0)
    widths = [text_width(label, LEGEND_SIZE) + 2.5 * LEGEND_SIZE for label in labels]
    columns = next((n for n in range(len(labels), 1, -1) if sum(map(max, np.array_split(widths, n))) <= space), 1)
    rows = -(-len(labels) // columns)
    drawn = ax.legend(handles, labels, **common, ncols=columns, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.1,
                      columnspacing=0.8, labelspacing=0.35)  # fmt: skip
    # Its room is that between axes and title, so that it needs none in the layout, where it would make its axes narrow.
    drawn.set_in_layout(not ax.get_title(loc="left"))
    for panel in panels:
        panel.set_title(panel.get_title(loc="left"), fontsize=TITLE_SIZE, loc="left", pad=7.0 + 1.6 * LEGEND_SIZE * rows)


def colour_bar(figure: Any, drawn: Any, ax: Any, label: str) -> None:
    """The bar that says what colours mean, in the letters of the axes."""
    bar = figure.colorbar(drawn, ax=ax, fraction=0.05, pad=0.03)
    bar.ax.tick_params(colors="#404040", labelsize=TICK_SIZE)
    bar.set_label(_wrapped(label, room(ax)[1], LABEL_SIZE), fontsize=LABEL_SIZE)
    bar.outline.set_visible(False)


class Box(NamedTuple):
    """A rectangle in points: left, bottom, right, top."""

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def around(cls, centre: Any, width: float, height: float) -> Box:
        """The box of this size around a point."""
        x, y = centre
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    def walls(self) -> list[Box]:
        """Four boxes that leave nothing free but this one."""
        far = 1e6
        return [Box(-far, -far, self.x0, far), Box(self.x1, -far, far, far), Box(-far, -far, far, self.y0),
                Box(-far, self.y1, far, far)]  # fmt: skip

    def shared(self, other: Box) -> float:
        """Area that two boxes share."""
        width, height = min(self.x1, other.x1) - max(self.x0, other.x0), min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(width, 0.0) * max(height, 0.0)


def least_touching(boxes: Sequence[Box], taken: Sequence[Box]) -> int:
    """Number of the first of the boxes that shares least with those that are taken."""
    return int(np.argmin([sum(box.shared(other) for other in taken) for box in boxes]))


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
