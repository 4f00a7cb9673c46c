"""The commands `varwg` and `python -m varwg`, begun so that Ctrl-C ends them without a traceback while modules are imported."""

import signal
import sys
from importlib import import_module


def main(module: str = "varwg._cli") -> int:
    """Run the command of a module; what is interrupted before it has been imported ends there and then."""
    inherited = signal.getsignal(signal.SIGINT)
    interruptible = inherited is signal.default_int_handler
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    command = import_module(module).main
    if interruptible:
        signal.signal(signal.SIGINT, inherited)
    try:
        return int(command())
    except KeyboardInterrupt:
        # Of what has begun the command itself tells.
        sys.stderr.write(f"{module.partition('.')[0]}: interrupted before anything was begun.\n")
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
