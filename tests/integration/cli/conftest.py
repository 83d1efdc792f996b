"""A fixture for the tests of the command."""

import pytest

from support.cli import Avow


@pytest.fixture
def command(avow, server):
    """The `avow` command, pointed at a server of the test's own."""
    one = Avow(avow, server)
    yield one
    one.close()
