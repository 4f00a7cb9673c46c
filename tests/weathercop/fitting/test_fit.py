"""From observations of many kinds to a model: what stations do not report, and data that are unlike Central Europe's."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

import varwg
import weathercop
from varwg import doy_index
from varwg.errors import FitError
from varwg.marginals import Normal
from varwg.meteo import potential_radiation
from weathercop import Multisite
from weathercop.vines import CVine, DVine, RVine, StationVines


def normal_series(
    names: tuple[Any, ...], n_stations: int, n_days: int, seed: int, *, between: float = 0.8, phi: float = 0.6
) -> np.ndarray:
    """Standard-normal series (station, variable, time), correlated between stations, not between variables."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(np.full((n_stations, n_stations), between) + (1.0 - between) * np.eye(n_stations))
    noise = np.einsum("st,tvd->svd", root, rng.standard_normal((n_stations, len(names), n_days)))
    series: np.ndarray = noise.copy()
    for day in range(1, n_days):
        series[..., day] = phi * series[..., day - 1] + np.sqrt(1 - phi**2) * noise[..., day]
    return series


def dataset(latitude: float = 50.0, **variables: Any) -> xr.Dataset:
    """A Dataset of variables given as (values (station, time), unit)."""
    n_stations, n_days = next(iter(variables.values()))[0].shape
    times = np.datetime64("2001-01-01", "ns") + np.arange(n_days) * np.timedelta64(1, "D")
    data = {name: (("station", "time"), values, {"units": unit}) for name, (values, unit) in variables.items()}
    stations = [f"S{number}" for number in range(n_stations)]
    coords = {"station": stations, "time": times, "latitude": ("station", np.full(n_stations, latitude))}
    return xr.Dataset(data, coords)


def season_of(data: xr.Dataset) -> np.ndarray:
    return np.cos(2 * np.pi * (doy_index(data["time"].values) - 200) / 366)


def between_stations(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.corrcoef(values))[np.triu_indices(len(values), 1)]


def test_a_variable_that_a_station_does_not_report_does_not_disturb_the_others() -> None:
    """Sunshine follows radiation, which the second station lacks; its sunshine is still like that of the first.

    Five members: the mean of their correlations scatters by less than 0.02 about 0.77, so that 0.1 is five times that.
    """
    series = normal_series(("theta", "q", "rest"), 2, 1100, 1)
    radiation = series[:, 1]
    sunshine = 0.95 * radiation + np.sqrt(1 - 0.95**2) * series[:, 2]
    radiation = radiation.copy()
    radiation[1] = np.nan
    data = dataset(theta=(10 + series[:, 0], "degC"), radiation=(radiation, "V"), sunshine=(sunshine, "V"))
    wc = Multisite(data).fit(rng=np.random.default_rng(1))
    members = [wc.simulate(rng=weathercop.realization_rng(i, seed=7)).sim_sea for i in range(5)]
    simulated = np.mean([between_stations(m.sel(variable="sunshine").values) for m in members], axis=0)
    assert simulated == pytest.approx(between_stations(sunshine), abs=0.1)
    assert all(np.isnan(m.sel(variable="radiation", station="S1")).all() for m in members)


def test_variables_that_no_station_reports_together_are_independent(caplog: pytest.LogCaptureFixture) -> None:
    series = normal_series(("theta", "p", "q"), 2, 800, 8)
    series[0, 1], series[1, 2] = np.nan, np.nan
    data = dataset(theta=(series[:, 0], "degC"), p=(series[:, 1], "V"), q=(series[:, 2], "V"))
    wc = Multisite(data).fit(rng=np.random.default_rng(1))
    assert caplog.text.count("p and q are never reported at the same station") == 1
    simulated = wc.simulate(rng=np.random.default_rng(2)).sim_sea
    np.testing.assert_array_equal(simulated.isnull().all("time"), np.isnan(series).all(axis=-1))
    assert not np.isnan(simulated.sel(variable="theta")).any()


def test_the_primary_is_the_air_temperature_whatever_its_name() -> None:
    series = normal_series(("a", "b"), 1, 800, 2)
    data = dataset(sfcWind=(np.exp(series[:, 0]), "m s-1"), tas=(280 + series[:, 1], "K"))
    assert Multisite(data).fit(rng=np.random.default_rng(1)).model.primary_var == "tas"


def polar_night() -> xr.Dataset:
    series = normal_series(("a", "b"), 2, 1100, 3)
    data = dataset(75.0, theta=(series[:, 0] - 10, "degC"))
    bound = potential_radiation(75.0, doy_index(data["time"].values))
    share = 0.1 + 0.6 / (1 + np.exp(-series[:, 1]))
    return data.assign(Qsw=(("station", "time"), bound * share, {"units": "W m-2"}))


def desert() -> xr.Dataset:
    series = normal_series(("a", "b"), 2, 1100, 4)
    return dataset(theta=(series[:, 0] + 25, "degC"), R=(np.where(series[:, 1] > 2.3, 4.0 * series[:, 1], 0.0), "mm"))


def overcast() -> xr.Dataset:
    series = normal_series(("a", "b"), 2, 1100, 5)
    return dataset(theta=(series[:, 0], "degC"), Cloud_Cover=(np.clip(np.round(5 + 3 * series[:, 1]), 0, 8), "okta"))


def snow() -> xr.Dataset:
    series = normal_series(("a", "b"), 2, 1100, 6)
    data = dataset(theta=(series[:, 0], "degC"))
    depth = np.round(np.maximum(-30 * season_of(data) + 15 * series[:, 1], 0.0))
    return data.assign(snow=(("station", "time"), depth, {"units": "cm"}))


def twins() -> xr.Dataset:
    series = normal_series(("a", "b"), 1, 1100, 7)[[0, 0]]
    return dataset(theta=(series[:, 0], "degC"), e=(np.exp(0.5 * series[:, 1]), "hPa"))


@pytest.mark.parametrize("make", [polar_night, desert, overcast, snow, twins])
def test_unusual_climates_work_without_options(make: Callable[..., xr.Dataset]) -> None:
    """No warning, no missing value, none out of bounds; the mean is within 0.1 sd of the record's.

    Of three members of three years its standard error is about 0.03 sd, so that a false alarm has a probability of 0.001.
    """
    data = make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wc = Multisite(data).fit(rng=np.random.default_rng(1))
        members = np.array([wc.simulate(rng=weathercop.realization_rng(i, seed=7)).sim_sea.values for i in range(3)])
    observed = wc.observations.values
    assert np.isfinite(members).all()
    for number, variable in enumerate(wc.observations.variables):
        own = members[:, :, number]
        assert own.min() >= variable.lower and own.max() <= variable.upper
        error = own.mean(axis=(0, 2)) - observed[:, number].mean(axis=-1)
        assert (np.abs(error) < 0.1 * observed[:, number].std(axis=-1)).all()


@pytest.fixture(scope="module")
def rain_gauges() -> tuple[Multisite, Multisite]:
    """Three stations with temperature and rain, of which two then know rain only; rain falls on cold days."""
    series = normal_series(("theta", "R"), 3, 1461, 11)
    theta = series[:, 0]
    wetness = -0.6 * theta + 0.8 * series[:, 1]
    amounts = np.where(wetness > 0.3, 4.0 * np.maximum(wetness - 0.3, 0.0) ** 1.5 + 0.1, 0.0)
    whole = dataset(theta=(12 + 3 * theta, "degC"), R=(amounts, "mm"))
    part = whole["theta"].copy()
    part[1:] = np.nan
    return Multisite(whole).fit(rng=1, progress=False), Multisite(whole.assign(theta=part)).fit(rng=1, progress=False)


def test_gauges_that_know_rain_only_belong_to_the_network(rain_gauges: tuple[Multisite, Multisite]) -> None:
    """Their rain is that of the record, and the temperature stays missing; wet days of 8 members scatter by less than 1 %."""
    _, part = rain_gauges
    ensemble = part.simulate_ensemble(8, seed=3)
    assert part.primary_var == "theta"
    assert np.isnan(ensemble.sel(variable="theta", station=["S1", "S2"])).all()
    assert np.isfinite(ensemble.sel(variable="theta", station="S0")).all()
    rain = ensemble.sel(variable="R").values
    observed = part.observations.values[:, 1]
    assert (rain >= 0.1).mean(axis=(0, 2)) == pytest.approx((observed >= 0.1).mean(axis=1), abs=0.03)
    assert rain.mean(axis=(0, 2)) == pytest.approx(observed.mean(axis=1), rel=0.08)
    assert np.mean([between_stations(member) for member in rain], axis=0) == pytest.approx(between_stations(observed), abs=0.1)


def test_a_scenario_reaches_gauges_by_way_of_the_temperature_of_a_neighbour(rain_gauges: tuple[Multisite, Multisite]) -> None:
    """Rain becomes rarer everywhere, as it does where all stations know the temperature: to a third of the change."""
    changes = []
    for wc in rain_gauges:
        base, warm = (wc.simulate_ensemble(4, seed=3, theta_incr=change) for change in (None, 1.5))
        changes.append(((warm - base).sel(variable="R") / base.sel(variable="R").mean()).mean(("realization", "time")).values)
    assert (changes[0] < -0.1).all()
    assert changes[1] == pytest.approx(changes[0], rel=1 / 3)


def test_who_lends_the_temperature_is_told(rain_gauges: tuple[Multisite, Multisite], caplog: pytest.LogCaptureFixture) -> None:
    data = rain_gauges[0].observations.to_dataset()
    theta = data["theta"].copy()
    theta[2] = np.nan
    Multisite(data.assign(theta=theta)).fit(rng=1, progress=False)
    assert "theta is not reported at S2: it stays missing there, and the other variables depend on that of S" in caplog.text


@pytest.fixture(scope="module")
def three() -> xr.Dataset:
    """Three variables of two stations."""
    return weathercop.example_dataset()[["theta", "rh", "R"]].isel(station=slice(0, 2))


@pytest.mark.parametrize(("kind", "expected"), [("c", CVine), ("d", DVine), ("r", RVine)])
@pytest.mark.parametrize("per_station", [True, False])
def test_every_kind_of_vine_begins_with_the_primary(three: xr.Dataset, kind: Any, expected: type, per_station: bool) -> None:
    wc = weathercop.Multisite(three, primary_var="rh").fit(rng=1, vine=kind, per_station=per_station)
    vines = wc.model.vine.vines if isinstance(wc.model.vine, StationVines) else (wc.model.vine,)
    assert len(vines) == (2 if per_station else 1)
    for vine in vines:
        assert isinstance(vine, expected)
        assert vine.order[0] == 1
    base, moister = (wc.simulate(rng=2, theta_incr=change, primary_var="rh").sim_sea for change in (None, -0.05))
    assert float((moister - base).sel(variable="rh").mean()) == pytest.approx(-0.05, abs=0.005)
    assert float(abs(moister - base).sel(variable="theta").mean()) > 0.0


def test_families_are_those_that_are_named(three: xr.Dataset) -> None:
    wc = weathercop.Multisite(three).fit(rng=1, families=["gaussian", "independence"])
    assert isinstance(wc.model.vine, StationVines)
    names = {edge.family for vine in wc.model.vine.vines for row in vine.edges for edge in row}
    assert names <= {"gaussian", "independence"}


def test_the_model_is_the_same_on_any_number_of_threads(three: xr.Dataset) -> None:
    several = [weathercop.Multisite(three).fit(rng=1, n_workers=n).model.fingerprint() for n in (1, 2, 5)]
    assert len(set(several)) == 1


def test_windows_and_harmonics_reach_the_distributions(three: xr.Dataset) -> None:
    smooth, rough = (weathercop.Multisite(three[["theta"]]).fit(rng=1, harmonics=n).model.marginals[0][0] for n in (1, 6))
    assert isinstance(smooth, Normal)
    assert isinstance(rough, Normal)
    sharp = [np.abs(np.fft.rfft(own.scale)[8:40]).sum() for own in (smooth, rough)]
    assert not np.array_equal(smooth.scale, rough.scale)
    assert sharp[0] != sharp[1]
    site = three[["theta"]].isel(station=[0])
    one, other = (varwg.VarWG(site).fit(rng=1, harmonics=n).model.fingerprint() for n in (1, 6))
    assert one != other


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"vine": "x"}, "'c' \\(canonical\\)"),
        ({"families": ["gauss"]}, "gauss"),
        ({"window": -1}, "window"),
        ({"harmonics": 1.5}, "harmonics"),
        ({"n_workers": 0}, "n_workers"),
    ],
)
def test_options_that_are_none_are_refused(three: xr.Dataset, option: Any, words: str) -> None:
    with pytest.raises(FitError, match=words):
        weathercop.Multisite(three).fit(rng=1, **option)
