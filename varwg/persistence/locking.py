"""A lock on a directory that the operating system releases when its holder dies, however it dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from varwg.errors import StoreError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path`, which is created if needed and stays behind, empty.

    Raises
    ------
    StoreError
        If another process (or another call in this one) holds it, or the file cannot be created.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"{path.parent} cannot be written ({error.strerror}): choose another directory.") from error
    try:
        try:
            _acquire(descriptor)
        except OSError as error:
            raise StoreError(
                f"{path.parent} is being written by another process: wait for it to end, or use another directory."
            ) from error
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
