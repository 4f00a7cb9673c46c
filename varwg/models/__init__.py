"""Autoregressive models of normal scores: fitting, order selection, simulation, forecasts, diagnostics."""

from varwg.models._moments import forecast_covariance, predict, predict_ensemble
from varwg.models._simulation import replay, simulate, simulate_gaussian
from varwg.models._var import (
    ResidualTest,
    SeasonalVARModel,
    VARModel,
    fit_seasonal_var,
    fit_var,
    normality_test,
    portmanteau_test,
    select_order,
)
from varwg.models._varex import VAREXModel, fit_varex, simulate_varex
from varwg.models._varma import VARMAModel, fit_varma

__all__ = [
    "ResidualTest",
    "SeasonalVARModel",
    "VAREXModel",
    "VARMAModel",
    "VARModel",
    "fit_seasonal_var",
    "fit_var",
    "fit_varex",
    "fit_varma",
    "forecast_covariance",
    "normality_test",
    "portmanteau_test",
    "predict",
    "predict_ensemble",
    "replay",
    "select_order",
    "simulate",
    "simulate_gaussian",
    "simulate_varex",
]


def __dir__() -> list[str]:
    return sorted(__all__)
