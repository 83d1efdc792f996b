"""The load of W11: how slow the slowest messages are while the server does something else as well.

    tails.py BUILD port=N folder=FOLDER [facts=200000] [milliseconds=2000]

The peak of a stream of messages is measured, then the same stream at half of it: alone, and
through each of the disturbances. A message is timed from when it was due (`avow bench --rate`). The
stream has a space of its own, since in that of durable writes a message waits for them (W12
measures that).
Prints one line of JSON: of each disturbance the slowest thousandth, of the undisturbed one.
"""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

SPACE = "tails"
DATA = "avow.db"
DISTURBED_AFTER_SECONDS = 0.2  # The stream is under way by then.


class Tails:
    def __init__(self, build, port, folder, facts, milliseconds):
        self._build = build
        self._port = port
        self._folder = folder
        self._facts = facts
        self._time = f"{milliseconds}ms"

    def measure(self):
        peak = self._finish(self._stream())["per_second"]
        half = ("--rate", str(int(peak / 2)))
        calm = self._slowest(self._stream(*half))
        found = {"peak_per_second": peak, "calm_us": calm}
        with self._held_facts() as hold:
            for name, disturb in (("checkpoint", self._write_durably), ("backup", self._back_up),
                                  ("growth", hold), ("snapshot", self._join)):
                stream = self._stream(*half)
                try:
                    stream.wait(DISTURBED_AFTER_SECONDS)
                except subprocess.TimeoutExpired:
                    disturb()
                found[name] = self._slowest(stream) / calm
        return found

    def _stream(self, *words):
        return subprocess.Popen(
            [self._build / "avow", "bench", "stream", "--for", self._time, "--json", "--space",
             SPACE, "--url", f"ws://127.0.0.1:{self._port}/", *words], stdout=subprocess.PIPE,
            text=True)

    @staticmethod
    def _finish(stream):
        said, _ = stream.communicate()
        if stream.returncode != 0:
            sys.exit("The stream of messages ended early.")
        return json.loads(said)

    def _slowest(self, stream):
        return self._finish(stream)["delay_us"]["p99.9"]

    def _sockets(self, workload, *words):
        return [self._build / "bench" / "sockets", "server=native", f"port={self._port}",
                f"workload={workload}", *words]

    def _write_durably(self):
        """So much that what is written is moved into the database several times."""
        subprocess.run(self._sockets("fill", f"count={self._facts}"), check=True,
                       stdout=subprocess.DEVNULL)

    def _back_up(self):
        subprocess.run([self._build / "avow", "backup", self._folder / "backup.db", "--data",
                        self._folder / DATA], check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def _held_facts(self):
        """A function that has facts held until the end."""
        holders = []

        def hold():
            # Others than were written.
            words = (f"first={self._facts}", f"facts={self._facts}")
            holder = subprocess.Popen(self._sockets("hold", *words), stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
            holders.append(holder)
            if holder.stdout.readline() != "held\n":
                sys.exit("The facts are not held.")

        try:
            yield hold
        finally:
            for holder in holders:
                holder.communicate()

    def _join(self):
        """Is told of what was written and of what is held."""
        subprocess.run(self._sockets("join", f"facts={2 * self._facts}"), check=True,
                       stdout=subprocess.DEVNULL)


def main():
    build, *words = sys.argv[1:]
    given = dict(word.split("=", 1) for word in words)
    tails = Tails(Path(build), int(given["port"]), Path(given["folder"]),
                  int(given.get("facts", 200_000)), int(given.get("milliseconds", 2_000)))
    print(json.dumps(tails.measure()))


if __name__ == "__main__":
    main()
