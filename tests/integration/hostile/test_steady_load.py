"""The measure of V-B1 and V-B2 sees a server that keeps its clients waiting."""

import os
import signal
import threading

from support.steady_load import SideBySide

HELD_SECONDS, FREE_SECONDS = 0.1, 0.1


def hold_up(pid, is_over):
    """Stops the process again and again."""
    while not is_over.wait(FREE_SECONDS):
        os.kill(pid, signal.SIGSTOP)
        is_over.wait(HELD_SECONDS)
        os.kill(pid, signal.SIGCONT)


def test_a_server_that_is_held_up_is_told_from_one_that_is_not(avow, avowd, server):
    load = SideBySide(avow, avowd, server, 10, 100)
    is_over = threading.Event()
    holding = threading.Thread(target=hold_up, args=(server.pid, is_over))
    holding.start()
    try:
        for _ in range(3):
            load.go_through()
        delays = load.slow_delays()
    finally:
        is_over.set()
        holding.join()
        load.close()
    print(f"p99 of the one that is held up, and of the other in brackets: {delays}")
    assert delays.ratio() > 2
