#!/usr/bin/env python3
"""How far the day of 100 years is from a known truth, by the length of the record and the kind of its tail.

usage: python tools/benchmarks/rain_tail.py [--years 10 30 60] [--records 30] [--seed 0] [--told SHAPE]

Bias and root mean square error of the fitted return level, each with its standard error, for one station with seasons of rain.
A fit that is told the shape of the tail shows how much of the error is that of the shape.
"""

from __future__ import annotations

import argparse
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from scipy import optimize, special, stats

from varwg._arrays import FloatArray, IntArray
from varwg._calendar import N_DOYS, doy_index
from varwg._variables import VARIABLES
from varwg.marginals import fit_marginal, return_level
from varwg.marginals._sample import TailShape

RAIN: Final = next(variable for variable in VARIABLES if variable.name == "R")
WET: Final = 0.42 + 0.08 * np.cos(2.0 * np.pi * np.arange(N_DOYS) / N_DOYS)
SCALE: Final = 6.0 * np.exp(0.5 * np.cos(2.0 * np.pi * (np.arange(N_DOYS) - 200) / N_DOYS))
TRUTHS: Final = MappingProxyType(
    {
        "exponential": stats.expon(),
        "gamma 0.7": stats.gamma(0.7),
        "Pareto 0.12": stats.genpareto(0.12),
        "Pareto 0.25": stats.genpareto(0.25),
        "lognormal 1.25": stats.lognorm(1.25),
    }
)


def record(truth: Any, years: int, stations: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Rain (S, T) at stations whose latent scores have a correlation of 0.6, in tenths of a millimetre, and days of the year."""
    doy = doy_index(np.datetime64("1961-01-01") + np.arange(int(365.25 * years)))
    scores = np.sqrt(0.6) * rng.standard_normal(doy.size) + np.sqrt(0.4) * rng.standard_normal((stations, doy.size))
    rarer = special.ndtr(-scores) / WET[doy]
    return np.where(rarer < 1.0, truth.isf(np.minimum(rarer, 1.0)) * SCALE[doy], 0.0).round(1), doy


def level(truth: Any, years: float = 100.0) -> float:
    """The true return level, in millimetres."""
    days = np.where(np.arange(N_DOYS) == 59, 0.25, 1.0)
    return float(optimize.brentq(lambda x: days @ (WET * truth.sf(x / SCALE)) - 1.0 / years, 10.0, 5000.0))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, nargs="+", default=[10, 30, 60])
    parser.add_argument("--records", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--told", type=float, metavar="SHAPE", help="shape of the tail, in place of what the record says of it")
    options = parser.parse_args()
    tail = None if options.told is None else TailShape(options.told, 0.0)
    for years in options.years:
        for name, truth in TRUTHS.items():
            rng, errors = np.random.default_rng((options.seed, years)), []
            for _ in range(options.records):
                values, doy = record(truth, years, 1, rng)
                errors.append(return_level(fit_marginal(values[0], doy, RAIN, tail=tail), 100.0)[0] / level(truth) - 1.0)
            bias, error = np.mean(errors), np.sqrt(np.mean(np.square(errors)))
            se = np.std(errors) / np.sqrt(options.records), error / np.sqrt(2 * options.records)
            print(
                f"{years:3d} years  {name:15s} bias {bias:+6.1%} ± {se[0]:.1%}, root mean square error {error:5.1%} ± {se[1]:.1%}"
            )


if __name__ == "__main__":
    main()
