"""External variables at one site: what a fit learns of their effect, what simulations do with it, how they are handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import varwg
from varwg import VarWG, load_site_model
from varwg.errors import DataError, FitError, ScenarioError
from varwg.models import VARModel, select_order
from varwg.models._moments import Linear
from varwg.models._varex import external_series

N_DAYS = 3653
NAMES = ("theta", "rh")
#: Effect of the index on theta (K) and rh, a day, of which both remember 0.6 and 0.5.
EFFECT = (2.0, -0.05)
MEMORY = (0.6, 0.5)


def index_series(seed: int = 0, n_days: int = N_DAYS) -> np.ndarray:
    """A slow index with mean 0 and standard deviation 1."""
    rng = np.random.default_rng(seed)
    series = np.zeros(n_days + 500)
    for day in range(1, series.size):
        series[day] = 0.97 * series[day - 1] + np.sqrt(1 - 0.97**2) * rng.standard_normal()
    return series[500:]


@pytest.fixture(scope="module")
def index() -> Any:
    times = pd.date_range("2001-01-01", periods=N_DAYS)
    return pd.Series(index_series(), times, name="nao")


@pytest.fixture(scope="module")
def wg(index: Any) -> varwg.VarWG:
    """Ten years of a temperature and a humidity that follow the index."""
    rng = np.random.default_rng(1)
    deviations = np.zeros((2, N_DAYS))
    for day in range(1, N_DAYS):
        shock = np.array([1.5, 0.05]) * rng.standard_normal(2)
        deviations[:, day] = MEMORY * deviations[:, day - 1] + np.array(EFFECT) * index.iloc[day] + shock
    year = -np.cos(2 * np.pi * np.arange(N_DAYS) / 365.25)
    data = pd.DataFrame(
        {"theta": 10 + 8 * year + deviations[0], "rh": np.clip(0.6 - 0.1 * year + 0.3 * deviations[1], 0.02, 0.99)}
    )
    data = data.set_index(index.index)
    units = {"theta": "degC", "rh": "1"}
    return varwg.VarWG(NAMES, data, units=units, station="HERE").fit(ex=index, rng=1)


def steady(value: float, n_days: int) -> np.ndarray:
    return np.full(n_days, value)


def test_the_effect_is_that_of_the_data(wg: varwg.VarWG) -> None:
    """A lasting index of 1 moves the temperature by 2 / (1 - 0.6) = 5 K; ten years know this to 4 % (one sigma)."""
    n_days = 20 * 365
    high, low = (wg.simulate(T=n_days, ex=steady(value, n_days), rng=2) for value in (0.5, -0.5))
    assert (high.data[0] - low.data[0])[100:].mean() == pytest.approx(5.0, rel=0.15)
    assert (high.data[1] - low.data[1])[100:].mean() == pytest.approx(-0.3 * 0.1, rel=0.25)


def constant(autoregression: Linear) -> VARModel:
    """That of a model whose coefficients are the same all year."""
    assert isinstance(autoregression, VARModel)
    return autoregression


def test_the_mean_response_is_that_of_a_steady_state(wg: varwg.VarWG) -> None:
    """(I - A_1 - ... - A_p)^-1 B (x - mean), by algebra."""
    model = wg.model
    values = np.full((1, 600), 0.7)
    assert model.exogenous is not None
    lags = constant(model.autoregression).coefficients.sum(axis=0)
    expected = np.linalg.solve(np.eye(2) - lags, model.exogenous.coefficients @ (values[:, 0] - model.exogenous.mean))
    response = model.response(values, np.zeros(600, dtype=np.intp))
    np.testing.assert_allclose(response[:, -1], expected, atol=1e-9)
    assert np.allclose(model.response(np.tile(model.exogenous.mean[:, None], 50), np.zeros(50, dtype=np.intp)), 0.0)


def test_residuals_and_the_index_give_the_record_back(wg: varwg.VarWG, index: Any) -> None:
    again = wg.simulate(residuals=wg.model.residuals, ex=index, rng=1)
    observed = wg.observations.values[0]
    np.testing.assert_allclose(again.data, observed, atol=1e-6)


def test_simulations_follow_the_index_day_by_day(wg: varwg.VarWG, index: Any) -> None:
    """Correlation of temperature anomalies with the index: as in the record within 0.1, with innovations and with phases."""
    observed = np.corrcoef(wg.model.scores()[0], index)[0, 1]
    assert observed > 0.7
    for phase_randomize in (False, True):
        made = wg.simulate(ex=index, rng=3, phase_randomize=phase_randomize)
        assert np.corrcoef(made.scores[0], index)[0, 1] == pytest.approx(observed, abs=0.1)
        np.testing.assert_allclose(made.scores.std(axis=1), 1.0, atol=0.1)


def test_a_scenario_comes_on_top_of_the_index(wg: varwg.VarWG, index: Any) -> None:
    base, warm = (wg.simulate(ex=index, rng=3, theta_incr=change) for change in (None, 2.0))
    assert (warm.data[0] - base.data[0]).mean() == pytest.approx(2.0, abs=0.05)


def test_given_values_are_kept_and_others_follow_both(wg: varwg.VarWG, index: Any) -> None:
    theta = wg.observations.values[0, 0]
    made = wg.simulate(fixed_variables={"theta": theta}, ex=index, rng=3)
    assert np.array_equal(made.data[0], theta)
    expected = np.corrcoef(wg.model.scores()[1], index)[0, 1]
    assert np.corrcoef(made.scores[1], index)[0, 1] == pytest.approx(expected, abs=0.08)


def test_forecasts_go_to_where_the_index_leads(wg: varwg.VarWG) -> None:
    high, low = (wg.predict(60, ex=steady(value, 60)).data[0, -1] for value in (1.0, -1.0))
    members = wg.predict_ensemble(60, 400, ex=steady(1.0, 60), rng=1).data[:, 0, -1]
    assert high - low > 5.0
    assert members.mean() == pytest.approx(high, abs=5 * members.std() / 20)


def test_a_gap_is_filled_by_what_the_index_says(wg: varwg.VarWG, index: Any) -> None:
    """The mean error of infilled temperatures is smaller than that of a model that does not know the index, by a third."""
    gap = np.arange(N_DAYS) % 400 > 340
    data = wg.observations.to_dataset()[["theta"]]
    truth = data["theta"].values[0].copy()
    data["theta"][0, gap] = np.nan
    errors = []
    for ex in (index, None):
        filled = varwg.VarWG(data).fit(p=1, ex=ex, rng=1).infill(rng=2)
        errors.append(np.abs(filled.data[0] - truth)[gap].mean())
        assert np.array_equal(filled.data[0][~gap], truth[~gap])
    assert errors[0] < 0.67 * errors[1]


def test_the_file_keeps_the_index(wg: varwg.VarWG, index: Any, tmp_path: Path) -> None:
    wg.model.save(tmp_path / "model.nc")
    loaded = load_site_model(tmp_path / "model.nc")
    assert loaded.fingerprint() == wg.model.fingerprint()
    assert loaded.exogenous is not None and loaded.exogenous.names == ("nao",)
    times = wg.observations.times
    same = varwg.simulate(loaded, times, ex=index, rng=np.random.default_rng(3))
    assert np.array_equal(same.data, wg.simulate(ex=index, rng=3).data)


def test_the_order_is_chosen_without_what_the_index_explains(wg: varwg.VarWG, index: Any) -> None:
    """The index remembers longer than the weather: without it more lags are needed than with it."""
    assert wg.model.autoregression.order < select_order(wg.model.scores(), 5)


def test_all_ways_to_hand_series_in_are_one(index: Any) -> None:
    times = index.index.to_numpy()[100:200]
    expected = index.to_numpy()[100:200]
    other = -2.0 * index.rename("other")
    frame = pd.DataFrame({"nao": index, "other": other})
    array = xr.DataArray(frame.to_numpy(), dims=("time", "driver"), coords={"time": frame.index, "driver": ["nao", "other"]})
    both = np.array([expected, -2.0 * expected])
    for one in (index, index[::-1], expected, list(expected), {"nao": index}, index.to_xarray().rename(index="time")):
        names, values = external_series(one, times)
        assert len(names) == 1 and np.array_equal(values, expected[None])
    for two in (frame, array, both, {"nao": index, "other": -2.0 * expected}):
        names, values = external_series(two, times)
        assert len(names) == 2 and np.array_equal(values, both)


def test_named_variables_may_come_in_another_order(index: Any) -> None:
    data = pd.DataFrame({"theta": index_series(5) + index.to_numpy() + 10.0}, index.index)
    frame = pd.DataFrame({"nao": index, "other": index_series(3)}, index.index)
    model = varwg.VarWG(("theta",), data, units={"theta": "degC"}).fit(p=1, ex=frame, rng=1).model
    times = data.index.to_numpy().astype("datetime64[ns]")
    assert model.exogenous is not None
    assert np.array_equal(model.exogenous.values_on(times, frame[["other", "nao"]]), model.exogenous.record)
    with pytest.raises(DataError, match="ex has nao, third, but the model was fitted with nao, other"):
        model.exogenous.values_on(times, frame.rename(columns={"other": "third"}))


@pytest.mark.parametrize(
    ("ex", "message"),
    [
        (None, "fitted with the external variables nao, but ex is not given"),
        (np.zeros(9), r"ex has shape \(1, 9\), but 10 days"),
        (np.zeros((2, 10)), "ex has ex0, ex1, but the model was fitted with nao"),
        (np.full(10, np.nan), "no finite value on 2001-01-01"),
        (lambda past: past[:2, -1], r"the exogenous function gave .* but 1 finite"),
        (pd.Series(np.zeros(5), pd.date_range("2001-01-01", periods=5)), r"no value on 2001-01-06 \(5 of 10"),
        (pd.Series(np.zeros(20), pd.date_range("2001-01-01", periods=20, freq="12h")), "several values for one day"),
        ("nao", "a series of daily numbers is expected"),
        ({}, "ex has shape"),
    ],
)
def test_what_cannot_be_used_is_refused(ex: Any, message: str, wg: varwg.VarWG) -> None:
    with pytest.raises(DataError, match=message):
        wg.simulate(T=10, ex=ex, rng=1)


def two_days_before(past: np.ndarray) -> np.ndarray:
    return past[:, -2] if past.shape[1] > 1 else np.zeros(len(past))


@pytest.fixture(scope="module")
def wg_of_past(wg: varwg.VarWG) -> varwg.VarWG:
    return varwg.VarWG(NAMES, wg.to_dataset()).fit(p=1, ex=two_days_before, rng=1)


def test_a_function_of_the_past_gives_the_record_back(wg_of_past: varwg.VarWG) -> None:
    again = wg_of_past.simulate(residuals=wg_of_past.model.residuals, ex=two_days_before, rng=1)
    np.testing.assert_allclose(again.data, wg_of_past.observations.values[0], atol=1e-6)


def test_with_the_values_of_two_days_before_it_is_an_autoregression_of_two_lags(wg: varwg.VarWG, wg_of_past: varwg.VarWG) -> None:
    """Coefficients within 1e-3, as the one is fitted to the record from its third day on and the other from its second."""
    two_lags = constant(varwg.VarWG(NAMES, wg.to_dataset()).fit(p=2, rng=1).model.autoregression)
    model = wg_of_past.model
    assert model.exogenous is not None
    np.testing.assert_allclose(constant(model.autoregression).coefficients[0], two_lags.coefficients[0], atol=2e-3)
    np.testing.assert_allclose(model.exogenous.coefficients, two_lags.coefficients[1], atol=2e-3)
    made = wg_of_past.simulate(T=20 * 365, ex=two_days_before, rng=2).scores
    np.testing.assert_allclose(made.std(axis=1), 1.0, atol=0.1)


def test_a_forecast_with_a_function_is_the_equation(wg_of_past: varwg.VarWG) -> None:
    model, ahead = wg_of_past.model, wg_of_past.predict(1, ex=two_days_before)
    scores = model.scores()
    assert model.exogenous is not None
    expected = constant(model.autoregression).coefficients[0] @ scores[:, -1]
    expected += model.exogenous.coefficients @ (scores[:, -2] - model.exogenous.mean)
    doy = varwg._calendar.doy_index(ahead.times)
    values = [marginal.from_scores(z, doy)[0] for marginal, z in zip(model.marginals, expected[:, None], strict=True)]
    np.testing.assert_allclose(ahead.data[:, 0], values, atol=1e-9)
    members = wg_of_past.predict_ensemble(2, 400, ex=two_days_before, rng=1).data[:, 0, 0]
    assert members.mean() == pytest.approx(ahead.data[0, 0], abs=5 * members.std() / 20)


def test_a_function_and_given_values_exclude_each_other(wg_of_past: varwg.VarWG) -> None:
    theta = np.full(20, 10.0)
    with pytest.raises(ScenarioError, match="a function for ex exclude each other"):
        wg_of_past.simulate(T=20, fixed_variables={"theta": theta}, ex=two_days_before, rng=1)


def test_what_cannot_be_fitted_is_refused(wg: varwg.VarWG, bern_wg: VarWG, index: Any) -> None:
    with pytest.raises(DataError, match="fitted without external variables"):
        bern_wg.simulate(T=10, ex=np.zeros(10), rng=1)
    theta = varwg.VarWG(("theta",), wg.to_dataset())
    with pytest.raises(FitError, match="external variables has no season"):
        theta.fit(ex=index, seasonal=True, rng=1)
    with pytest.raises(FitError, match="nao in ex is constant"):
        theta.fit(ex=0.0 * index, rng=1)
