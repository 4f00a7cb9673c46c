"""Small data sets that several tests of the formats share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

UNITS = {
    "theta": "degC", "theta_min": "degC", "theta_max": "degC", "R": "mm", "rh": "1", "Qsw": "W m-2", "sun": "h",
    "ILWR": "W m-2", "e": "hPa", "U": "m s-1", "u": "m s-1", "v": "m s-1", "pressure": "hPa", "Cloud_Cover": "1",
}  # fmt: skip


@pytest.fixture
def make(rng: np.random.Generator) -> Callable[..., xr.Dataset]:
    """A maker of clean tidy data of the named variables."""

    def build(
        *names: str, stations: tuple[str, ...] = ("KA",), start: str = "2001-06-01", steps: int = 30, step: str = "D"
    ) -> xr.Dataset:
        shape = (len(stations), steps)
        columns = {
            "theta": rng.normal(15, 4, shape),
            "theta_min": rng.normal(9, 1, shape),
            "theta_max": rng.normal(20, 1, shape),
            "R": np.where(rng.random(shape) < 0.5, rng.gamma(0.8, 4.0, shape), 0.0),
            "rh": rng.uniform(0.4, 1.0, shape),
            "Qsw": rng.uniform(50, 300, shape),
            "sun": rng.uniform(0, 15, shape),
            "ILWR": rng.uniform(280, 360, shape),
            "e": rng.uniform(5, 15, shape),
            "U": rng.gamma(4, 0.6, shape),
            "u": rng.normal(1, 2, shape),
            "v": rng.normal(0, 2, shape),
            "pressure": rng.normal(1000, 5, shape),
            "Cloud_Cover": rng.uniform(0, 1, shape),
        }
        times = (np.datetime64(start).astype(f"datetime64[{step}]") + np.arange(steps)).astype("datetime64[ns]")
        coords = {
            "station": list(stations),
            "time": times,
            "latitude": ("station", np.linspace(49.0, 50.0, len(stations))),
            "longitude": ("station", np.linspace(8.4, 9.0, len(stations))),
            "elevation": ("station", np.linspace(112.0, 400.0, len(stations))),
        }
        return xr.Dataset({name: (("station", "time"), columns[name], {"units": UNITS[name]}) for name in names}, coords)

    return build
