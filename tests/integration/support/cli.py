"""The `avow` command as a person or a script runs it."""

import os
import signal
import subprocess

from support.lines import LineReader


class Running:
    """A command that is still running; both of its outputs are read line by line."""

    def __init__(self, process):
        self._process = process
        self.stdin = process.stdin
        self.out = LineReader(process.stdout)
        self.err = LineReader(process.stderr)

    def interrupt(self):
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def signal(self, number):
        self._process.send_signal(number)

    def status(self):
        """Waits for its end and returns the exit status."""
        return self._process.wait(timeout=20)

    def close(self):
        self._process.kill()
        self._process.wait()
        for end in (self.stdin, self.out, self.err):
            end.close()


class Avow:
    """Runs the command against one server; ends what a test leaves running."""

    def __init__(self, program, server):
        self._program = program
        self._environment = {**os.environ, "AVOW_URL": server.url, "NO_COLOR": "1"}
        self._running = []

    def run(self, *arguments, stdin="", under=(), **environment):
        """Runs a command to its end; `under` is a command that runs it."""
        return subprocess.run(
            [*under, self._program, *arguments], input=stdin, text=True, capture_output=True,
            timeout=30, env={**self._environment, **environment})

    def start(self, *arguments, **environment):
        """Starts a command."""
        process = subprocess.Popen(
            [self._program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**self._environment, **environment})
        self._running.append(Running(process))
        return self._running[-1]

    def watch(self, *arguments):
        """Starts a watch, and waits until its snapshot is complete; returns it."""
        watching = self.start("watch", *arguments)
        watching.out.until(lambda line: line.startswith("= synced"))
        return watching

    def close(self):
        for running in self._running:
            running.close()
