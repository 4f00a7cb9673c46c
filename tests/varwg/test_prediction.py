"""Forecasts: medians, ensembles, and what they tend to."""

from __future__ import annotations

import numpy as np
import pytest

from varwg import SiteModel, VarWG, doy_index
from varwg._prediction import predict, predict_ensemble
from varwg.errors import DataError
from varwg.marginals import Normal, ZeroInflated
from varwg.models import VARModel, forecast_covariance


def test_the_days_are_those_after_the_record(bern_model: SiteModel) -> None:
    times, data = predict(bern_model, 5)
    assert times[0] == bern_model.times[-1] + np.timedelta64(1, "D") and times.size == 5
    assert data.shape == (3, 5)


def test_the_first_day_follows_the_last_ones(bern_model: SiteModel) -> None:
    """Scores of tomorrow are A_1 z_t + ... + A_p z_{t-p+1}, here put together by hand."""
    assert isinstance(bern_model.autoregression, VARModel)
    scores, coefficients = bern_model.scores(), bern_model.autoregression.coefficients
    expected = sum(matrix @ scores[:, -lag] for lag, matrix in enumerate(coefficients, start=1))
    doy = doy_index(predict(bern_model, 1).times)
    values = [marginal.from_scores(z, doy)[0] for marginal, z in zip(bern_model.marginals, expected[:, None], strict=True)]
    assert np.allclose(predict(bern_model, 1).data[:, 0], values, atol=1e-9)


def test_a_long_forecast_is_the_climate(bern_model: SiteModel) -> None:
    data = predict(bern_model, 800).data[:, -1]
    doy = doy_index(predict(bern_model, 800).times[-1:])
    climate = [marginal.from_scores(np.zeros(1), doy)[0] for marginal in bern_model.marginals]
    assert np.allclose(data, climate, atol=1e-6)


def test_an_ensemble_scatters_about_the_median_as_it_should(bern_model: SiteModel) -> None:
    """2000 members: theta's median within 5 standard errors of the forecast, its sd within 8 % of the theoretical one."""
    forecast = predict_ensemble(bern_model, 4, 2000, rng=np.random.default_rng(3))
    median, members = predict(bern_model, 4).data[0], forecast.data[:, 0]
    error = np.sqrt(forecast_covariance(bern_model.autoregression, 4)[:, 0, 0])
    assert isinstance(bern_model.marginals[0], Normal)
    sd = error * bern_model.marginals[0].scale[doy_index(forecast.times)]
    assert np.all(np.abs(np.median(members, axis=0) - median) < 5 * 1.2533 * sd / np.sqrt(2000))
    assert np.allclose(members.std(axis=0) / sd, 1.0, atol=0.08)


def test_an_ensemble_is_a_function_of_its_seed(bern_wg: VarWG) -> None:
    one, again, other = (bern_wg.predict_ensemble(3, 5, rng=seed).data for seed in (1, 1, 2))
    assert one.shape == (5, 3, 3) and np.array_equal(one, again) and not np.array_equal(one, other)


def test_amounts_of_an_ensemble_are_those_of_the_climate_after_a_year(bern_model: SiteModel) -> None:
    """Wet fraction of 4000 members on one day: within 0.04, 5 standard errors."""
    forecast = predict_ensemble(bern_model, 366, 4000, rng=np.random.default_rng(3))
    assert isinstance(bern_model.marginals[1], ZeroInflated)
    probability = 1.0 - bern_model.marginals[1].dry_probability[doy_index(forecast.times[-1:])][0]
    assert abs(np.mean(forecast.data[:, 1, -1] >= 0.1) - probability) < 0.04


def test_forecasts_convert(bern_wg: VarWG) -> None:
    assert bern_wg.predict(3).to_dataset()["theta"].dims == ("station", "time")
    dataset = bern_wg.predict_ensemble(3, 5, rng=1).to_dataset()
    assert dataset["R"].dims == ("realization", "station", "time") and dataset["R"].attrs["units"] == "mm"
    table = bern_wg.predict(3).to_df()
    assert list(table.columns) == ["theta", "R", "rh"] and len(table) == 3
    assert len(bern_wg.predict_ensemble(3, 5, rng=1).to_df()) == 15


def test_the_seed_of_an_ensemble_is_recorded(bern_wg: VarWG) -> None:
    forecast = bern_wg.predict_ensemble(3, 5)
    assert forecast.provenance is not None
    again = bern_wg.predict_ensemble(3, 5, rng=forecast.provenance.generator())
    assert np.array_equal(again.data, forecast.data)
    assert forecast.to_dataset().attrs["entropy"] == forecast.provenance.entropy
    assert bern_wg.predict(3).provenance is None


def test_numbers_that_are_none(bern_wg: VarWG) -> None:
    with pytest.raises(DataError, match="n_days is 0"):
        bern_wg.predict(0)
    with pytest.raises(DataError, match="n_members is 0"):
        bern_wg.predict_ensemble(3, 0, rng=1)
