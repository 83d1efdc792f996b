"""Random tests print their seed when they fail, and take it back from the environment."""

import os
import random


def random_seed():
    """The seed of `AVOW_TEST_SEED`, or one that nobody has chosen."""
    given = os.environ.get("AVOW_TEST_SEED")
    return int(given) if given else random.SystemRandom().randrange(1 << 32)


def count_of(name, default):
    """How many times something is done: environment variable `name`, or a size for every day."""
    return int(os.environ.get(name, default))


def identity_from(rng):
    """The 16 bytes of a client that names its turns, as JSON has them."""
    digits = rng.randbytes(16).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
