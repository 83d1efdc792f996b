"""As many connections as the machine allows: each is an open file."""

import contextlib
import resource


@contextlib.contextmanager
def many_open_files():
    """Within it, this process and those that it starts may have as many files as can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
