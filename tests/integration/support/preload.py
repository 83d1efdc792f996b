"""Libraries of ours that are loaded into a program in front of the C library."""

import os

from support.environment import repository

FOLDER = repository() / "build" / "test" / "tests" / "integration"


def preloaded(name, told):
    """The environment of a program into which that library is loaded, with what it is told.

    The environment variable `told` says where the library is, or else it is where it is built.
    """
    library = os.environ.get(told, str(FOLDER / f"lib{name}.so"))
    assert os.path.isfile(library), f"there is no {library}: build {name}"
    return {
        "LD_PRELOAD": library,
        # A sanitizer would come first; here it cannot.
        "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
    }
