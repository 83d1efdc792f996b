"""A wall clock that can be stepped while a program runs; its monotonic clock goes on as ever."""

import os
import subprocess

from support.preload import preloaded

YEARS = 365 * 24 * 3600


class WallClock:
    """The environment of a program whose wall clock is off by what `step` said last."""

    def __init__(self, folder):
        self._file = folder / "clock"
        self._file.write_bytes(bytes(8))
        self.environment = {**preloaded("avow_wall_clock", told="AVOW_WALL_CLOCK"),
                            "AVOW_WALL_CLOCK_FILE": str(self._file)}

    def step(self, seconds):
        """The clock shows so many seconds more than it should (or less), from now on."""
        with open(self._file, "r+b") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))

    def shown(self):
        """What a program sees: seconds since 1970."""
        said = subprocess.run(["date", "+%s"], env={**os.environ, **self.environment},
                              capture_output=True, text=True, timeout=20, check=True)
        return int(said.stdout)
