#!/usr/bin/env python3
"""Print a digest of what a dozen configurations compute, to compare before and after a change that is to move no bit.

usage: python tools/member_bits.py > before.txt        ... change ...        python tools/member_bits.py | diff before.txt -

The digests are those of one machine and one set of versions; only that they stay the same there says anything.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr

import varwg
import weathercop
from weathercop.conditions import YearlyBounds
from weathercop.heatwaves import HeatThresholds, HeatWaveDefinition, HotterHeatWaves

VARIABLES = ("theta", "R", "rh", "U")
ONE_TEMPERATURE = HeatWaveDefinition(90.0, nights=False)
DAYS: Mapping[str, Any] = MappingProxyType({"start": "2003-02-27", "n_days": 800})


def digest(*arrays: Any) -> str:
    """SHA-256 of the bits of arrays, shortened."""
    state = hashlib.sha256()
    for array in arrays:
        state.update(np.ascontiguousarray(np.asarray(array, dtype=np.float64)).tobytes())
    return state.hexdigest()[:16]


def hourly_site() -> xr.Dataset:
    """Three years of made-up hours at one place."""
    rng = np.random.default_rng(5)
    hours = np.arange("2001-01-01", "2004-01-01", dtype="datetime64[h]")
    season = np.cos(2 * np.pi * np.arange(hours.size) / 8766)
    course = np.cos(2 * np.pi * (np.arange(hours.size) % 24 - 15) / 24)
    slow = np.repeat(rng.standard_normal(hours.size // 24), 24)
    theta = 9 - 9 * season + 4 * course + 3 * slow + 0.5 * rng.standard_normal(hours.size)
    rain = np.where(
        (np.repeat(rng.random(hours.size // 24), 24) < 0.4) & (rng.random(hours.size) < 0.3), rng.exponential(1.0, hours.size), 0
    )
    return xr.Dataset(
        {
            "theta": (("station", "time"), theta[None], {"units": "degC"}),
            "R": (("station", "time"), rain[None], {"units": "mm"}),
        },
        {"station": ["X"], "time": hours.astype("datetime64[ns]"), "latitude": ("station", [47.0])},
    )


def one_station() -> Iterator[tuple[str, str]]:
    """Configurations of `VarWG`."""
    data = weathercop.example_dataset().isel(station=[0])
    theta = data["theta"].copy()
    theta[0, 200:230] = np.nan
    gappy = data.assign(theta=theta)
    wg = varwg.VarWG(VARIABLES, gappy).fit(rng=np.random.default_rng(1))
    yield "site model", wg.model.fingerprint()[:16]
    rng = np.random.default_rng
    yield "site plain", digest(wg.simulate(rng=rng(2)).data)
    yield (
        "site several primaries",
        digest(
            wg.simulate(
                T=800, start="2003-02-27", rng=rng(2), primary_var=["theta", "R"], theta_incr=[2.0, 0.3], rain_factor=1.1
            ).data
        ),
    )
    yield (
        "site episodes",
        digest(wg.simulate(T=800, rng=rng(2), theta_grad=1.0, mean_arrival=7, disturbance_std=1.5, var_factor=1.2).data),
    )
    yield "site phases", digest(wg.simulate(rng=rng(2), phase_randomize=True, keep_periods=[(300, 400)]).data)
    yield "site fixed values", digest(wg.simulate(T=800, rng=rng(2), fixed_variables={"theta": np.linspace(-5, 20, 800)}).data)
    yield "site infilled", digest(wg.infill(rng=rng(3)).data)
    yield (
        "site resampled",
        digest(wg.resample(T=800, rng=rng(3), scenario=varwg.Scenario.of(wg.observations.stations, theta_incr=1.0)).data),
    )
    yield "site predicted", digest(wg.predict_ensemble(10, 20, rng=rng(3)).data)
    seasonal = varwg.VarWG(VARIABLES, data).fit(2, seasonal=True, rng=rng(1))
    yield "site seasonal", digest(seasonal.simulate(T=800, rng=rng(2), theta_incr=1.0).data)
    ex = np.sin(np.arange(data.sizes["time"]) / 50.0)
    driven = varwg.VarWG(VARIABLES, data).fit(2, ex=ex, rng=rng(1))
    yield "site VAREX", digest(driven.simulate(ex=ex, rng=rng(2)).data)
    hourly = varwg.VarWG(hourly_site()).fit(rng=rng(1))
    yield "site hours", digest(hourly.disaggregate(hourly.simulate(T=400, rng=rng(2)), rng=rng(3)).data)


def many_stations() -> Iterator[tuple[str, str]]:
    """Configurations of `Multisite`."""
    rng = np.random.default_rng
    wc = weathercop.Multisite(weathercop.example_dataset(), variables=VARIABLES).fit(rng=rng(1))
    yield "model", wc.model.fingerprint()[:16]
    base = wc.simulate(rng=rng(2))
    yield "plain", digest(base.sim_sea, base.sim_trans, base.rphases)
    yield "phases kept", digest(wc.simulate(rng=rng(2), keep_periods=[(300, 400)], **DAYS).sim_sea)
    yield "phases given", digest(wc.simulate(rng=rng(5), rphases=base.rphases, theta_incr=2.0).sim_sea)
    yield "resampled amplitudes", digest(wc.simulate(rng=rng(2), amplitude_width=5, stretch=2, **DAYS).sim_sea)
    several: dict[str, Any] = {
        "primary_var": ["theta", "R"],
        "theta_incr": [2.0, 0.3],
        "rain_factor": 1.1,
        "var_factor": [1.2, 1.0],
    }
    yield "several primaries", digest(wc.simulate(rng=rng(2), **several, **DAYS).sim_sea)
    yield (
        "episodes",
        digest(
            wc.simulate(rng=rng(2), theta_grad=1.0, mean_arrival=7, disturbance_std=1.5, fixed_variables=["R"], **DAYS).sim_sea
        ),
    )
    yearly = base.sim_sea.sel(variable="R", station="BERN").groupby("time.year").sum()
    condition = YearlyBounds("R", statistic="sum", stations="BERN", upper=float(yearly.quantile(0.9)), years=(2004,))
    yield "conditions", digest(wc.simulate(rng=rng(2), conditions=condition, **DAYS).sim_sea)
    hot = HotterHeatWaves(HeatThresholds.of(wc.observations.to_dataset(), ONE_TEMPERATURE), increment=1.5)
    yield "heat waves", digest(wc.simulate(rng=rng(2), heat_waves=hot, **DAYS).sim_sea)
    yield "ensemble", digest(wc.simulate_ensemble(3, seed=7, progress=False, theta_incr=1.0, **DAYS))
    flow = xr.Dataset({"flow": wc.observations.to_dataset()["R"].isel(station=[0]).rolling(time=20, min_periods=1).mean()})
    flow["flow"].attrs["units"] = "m3 s-1"
    external = wc.fit_external(flow, rng=rng(4))
    yield "external", digest(external.simulate(base))
    hourly = weathercop.Multisite(hourly_site()).fit(rng=rng(1))
    with tempfile.TemporaryDirectory() as folder:
        hourly.simulate_ensemble(2, seed=3, out_dir=folder, n_days=400, disaggregate=True, progress=False)
        with weathercop.open_ensemble(folder, step="hourly") as hours:
            yield "hours", digest(hours)


def main() -> None:
    """Print a line for each configuration."""
    for name, value in (*one_station(), *many_stations()):
        print(f"{name:24s} {value}")


if __name__ == "__main__":
    main()
