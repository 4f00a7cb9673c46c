"""The bundled sample met file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: Path to ten SYNTHETIC years of daily weather at one place (theta, R, rh, Qsw, U), tab-separated: the first station of
#: `weathercop.example_dataset()`, written by `tools/make_sample_met.py`. Nothing in it was observed.
sample_met: Final = Path(__file__).resolve().parent / "data" / "sample.met"
