"""Write the outlines of land and countries for maps of stations: python tools/make_outlines.py COUNTRIES.shp.

The file is the shapefile of the countries of Natural Earth at 1:110 million (ne_110m_admin_0_countries, public domain). Its
polygons go to weathercop/data/outlines.npz in hundredths of a degree: `points` (N, 2) longitude and latitude, `starts` the first
row of each.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parents[1] / "weathercop" / "data" / "outlines.npz"
#: Of a shapefile: bytes of its header, and the code of a polygon (ESRI Shapefile Technical Description, 1998).
_HEADER, _POLYGON = 100, 5


def main(arguments: list[str]) -> int:
    """Write the file; returns the exit code."""
    rings = [np.round(100.0 * ring).astype(np.int16) for ring in polygons(Path(arguments[0]).read_bytes())]
    starts = np.cumsum([0, *map(len, rings)])[:-1].astype(np.int32)
    np.savez_compressed(TARGET, points=np.concatenate(rings), starts=starts)
    print(f"{len(rings)} outlines of {sum(map(len, rings))} points, {TARGET.stat().st_size} bytes")
    return 0


def polygons(content: bytes) -> Iterator[np.ndarray]:
    """Rings (N, 2) of longitude and latitude of all polygons of a shapefile."""
    at = _HEADER
    while at < len(content):
        (words,) = struct.unpack_from(">i", content, at + 4)
        record = content[at + 8 : at + 8 + 2 * words]
        at += 8 + 2 * words
        if struct.unpack_from("<i", record)[0] != _POLYGON:
            continue
        n_parts, n_points = struct.unpack_from("<2i", record, 36)
        starts = [*struct.unpack_from(f"<{n_parts}i", record, 44), n_points]
        points = np.frombuffer(record, dtype="<f8", count=2 * n_points, offset=44 + 4 * n_parts).reshape(-1, 2)
        for start, end in pairwise(starts):
            yield points[start:end]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
