"""A wall clock that can be stepped while a program runs; its monotonic clock goes on as ever."""

import os
import subprocess

from support.environment import repository

YEARS = 365 * 24 * 3600
LIBRARY = repository() / "build" / "test" / "tests" / "integration" / "libavow_wall_clock.so"


class WallClock:
    """The environment of a program whose wall clock is off by what `step` said last."""

    def __init__(self, folder):
        library = os.environ.get("AVOW_WALL_CLOCK", str(LIBRARY))
        assert os.path.isfile(library), f"there is no {library}: build avow_wall_clock"
        self._file = folder / "clock"
        self._file.write_bytes(bytes(8))
        self.environment = {
            "LD_PRELOAD": library, "AVOW_WALL_CLOCK_FILE": str(self._file),
            # A sanitizer would come first; here it cannot.
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
        }

    def step(self, seconds):
        """The clock shows so many seconds more than it should (or less), from now on."""
        with open(self._file, "r+b") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))

    def shown(self):
        """What a program sees: seconds since 1970."""
        said = subprocess.run(["date", "+%s"], env={**os.environ, **self.environment},
                              capture_output=True, text=True, timeout=20, check=True)
        return int(said.stdout)
