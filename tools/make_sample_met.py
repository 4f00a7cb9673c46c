"""Make the bundled sample met file: the first station of the bundled synthetic example, tab-separated.

With this project installed:

    python tools/make_sample_met.py [-o FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import xarray as xr

from varwg.io import write_met
from weathercop import example_dataset

DEFAULT_FILE: Final = Path(__file__).resolve().parents[1] / "varwg" / "data" / "sample.met"
_DECIMALS: Final = 3


def sample_dataset() -> xr.Dataset:
    """Ten synthetic years of one station, rounded so that the text is short."""
    dataset = example_dataset().isel(station=[0])
    return dataset.map(lambda array: array.astype("float64").round(_DECIMALS), keep_attrs=True)


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_FILE, help="file to write")
    write_met(sample_dataset(), parser.parse_args().output)


if __name__ == "__main__":
    main()
