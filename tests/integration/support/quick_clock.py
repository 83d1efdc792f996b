"""A server whose own deadlines come sooner: its monotonic clock runs several times as fast."""

import os

from support.environment import repository

LIBRARY = repository() / "build" / "test" / "tests" / "integration" / "libavow_quick_clock.so"


def quick_clock(times):
    """The environment of a program whose clock runs so many times as fast."""
    if times == 1:
        return {}
    library = os.environ.get("AVOW_QUICK_CLOCK_LIBRARY", str(LIBRARY))
    assert os.path.isfile(library), f"there is no {library}: build avow_quick_clock"
    return {
        "LD_PRELOAD": library, "AVOW_QUICK_CLOCK": str(times),
        # A sanitizer would come first; here it cannot.
        "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
    }
