"""Pictures of wet and dry spells."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from varwg.arrays import FloatArray, IntArray
from varwg.plotting import style
from varwg.plotting.source import Series, series
from varwg.rain import spell_lengths as lengths_of
from varwg.statistics import sorted_quantiles

_BAND: Final = (0.05, 0.5, 0.95)


def spell_lengths(simulated: Any, observed: Any, *, variable: str = "R", station: str | None = None, ax: Any = None) -> Any:
    """Share of dry and of wet spells that last at least so many days, on a logarithmic axis; figure and two axes."""
    sim, obs = series(simulated, variable, station), series(observed, variable, station)
    figure, axes = style.new_axes(ax, size=(6.6, 3.1), columns=2, sharey=True)
    for panel, kind, name in zip(np.ravel(axes), (0, 1), ("dry", "wet"), strict=True):
        observed_lengths = lengths_of(obs.values[0])[kind]
        days = np.arange(1, max(observed_lengths.max(initial=1), 2) + 1)
        low, median, high = sorted_quantiles(_survival(sim, kind, days).T, _BAND).T
        panel.fill_between(days, low, high, color=style.SIMULATED, alpha=0.3, linewidth=0, label="90 % of members")
        panel.plot(days, median, color=style.SIMULATED, linewidth=1.5, label="median of members")
        panel.plot(days, 100.0 * _at_least(observed_lengths, days), "o", color=style.OBSERVED, markersize=3.5, label="observed")
        panel.set_yscale("log")
        panel.set_ylim(100.0 * 0.5 / max(observed_lengths.size, 1), 130.0)
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        style.dress(panel, x=f"length of {name} spells (d)", title=obs.station if kind == 0 else "")
    style.dress(np.ravel(axes)[0], y="spells at least as long (%)")
    style.legend(np.ravel(axes)[0])
    return figure, axes


def _survival(own: Series, kind: int, days: IntArray) -> FloatArray:
    return 100.0 * np.stack([_at_least(lengths_of(row)[kind], days) for row in own.values])


def _at_least(lengths: IntArray, days: IntArray) -> FloatArray:
    shares = (lengths[:, None] >= days).mean(axis=0) if lengths.size else np.full(days.size, np.nan)
    return np.where(shares > 0.0, shares, np.nan)
