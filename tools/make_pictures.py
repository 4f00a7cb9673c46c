"""Draw the pictures of the README and the tutorial from the bundled example data: python tools/make_pictures.py.

With the path of a file of observations, `python tools/make_pictures.py europe_daily.nc`, the README's picture of real weather is
drawn in their place, and its grades are printed; the file is not distributed with the project.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

import weathercop
from varwg.plotting import _style as style
from weathercop import plotting, validation

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "img"
MEMBERS = 50


def main() -> int:
    """Fit, simulate and draw; writes to docs/img."""
    if sys.argv[1:]:
        return real_weather(sys.argv[1])
    wc = weathercop.Multisite(weathercop.example_dataset()).fit(rng=np.random.default_rng(1))
    base = wc.simulate_ensemble(MEMBERS, seed=1)
    warm = wc.simulate_ensemble(MEMBERS, phases_from=base, theta_incr=2.0)
    pictures = plotting.Pictures(base, wc.observations, station="BERN", model=wc.model)
    checked = weathercop.validate(base, wc.observations)
    save("summary", plotting.summary_picture(base, wc.observations, checked))
    save("meteogram", plotting.meteogram(base, wc.observations, variables=["theta", "R", "rh"], station="BERN", n_days=240))
    save("scenario", pictures.scenario_change(warm, "R", label="two degrees warmer"))
    return 0


def real_weather(path: str) -> int:
    """The picture of real weather, and the grades that stand in the README."""
    wc = weathercop.Multisite(path).fit(rng=np.random.default_rng(1))
    ensemble = wc.simulate_ensemble(MEMBERS, seed=1)
    checked = weathercop.validate(ensemble, wc.observations)
    save("europe", plotting.summary_picture(ensemble, wc.observations, checked))
    print(validation.summary_table(checked))
    return 0


def save(name: str, drawn: tuple[Any, Any]) -> None:
    """Write a figure, small enough for a repository."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.png").write_bytes(style.png(drawn[0], dpi=120, small=True))


if __name__ == "__main__":
    sys.exit(main())
