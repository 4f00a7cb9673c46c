"""Autoregressive models of normal scores: fitting, order selection, simulation, forecasts, diagnostics."""

from varwg.models.diagnostics import ResidualTest, normality_test, portmanteau_test
from varwg.models.forecast import forecast_covariance, predict, predict_ensemble
from varwg.models.order import select_order
from varwg.models.seasonal_var import SeasonalVARModel, fit_seasonal_var
from varwg.models.simulation import replay, simulate
from varwg.models.var import VARModel, fit_var
from varwg.models.varex import VAREXModel, fit_varex, simulate_varex
from varwg.models.varma import VARMAModel, fit_varma

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
    "simulate_varex",
]
