"""A fixture for tests that start servers again and again."""

import pytest

from support.server import Server


@pytest.fixture
def serve(avowd):
    """`serve(file, …)` is a server on that file; whatever a test leaves running is ended."""
    started = []

    def start(file, program=avowd, **options):
        started.append(Server(program, data=file, **options))
        return started[-1]

    yield start
    for server in started:
        server.kill()
