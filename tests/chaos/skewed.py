"""A process of the console whose clock is wrong. `python -m tests.chaos.skewed SECONDS MODULE`"""

import runpy
import sys
from datetime import timedelta

from console.core import clock


def main() -> None:
    wrong_by, module = timedelta(seconds=float(sys.argv[1])), sys.argv[2]
    right = clock.now
    clock.now = lambda: right() + wrong_by
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()
