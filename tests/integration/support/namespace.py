"""A network of its own for some clients of a test, whose cable can be pulled (needs root)."""

import os
import shutil
import subprocess

import pytest


class Namespace:
    """A network namespace, joined to ours by a pair of virtual Ethernet devices.

    We are `address` there. What runs `within` reaches us through the cable alone.
    """

    def __init__(self):
        self.name = f"avow-{os.getpid()}"
        self._ours, self._theirs = f"avh{os.getpid()}", f"avn{os.getpid()}"
        subnet = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"
        self.address = f"{subnet}.1"
        self.within = ["ip", "netns", "exec", self.name]
        self._need("netns", "add", self.name)
        try:
            self._need("link", "add", self._ours, "type", "veth", "peer", "name", self._theirs)
            self._need("link", "set", self._theirs, "netns", self.name)
            self._need("addr", "add", f"{self.address}/24", "dev", self._ours)
            self._need("link", "set", self._ours, "up")
            self._need("-n", self.name, "addr", "add", f"{subnet}.2/24", "dev", self._theirs)
            self._need("-n", self.name, "link", "set", self._theirs, "up")
        except BaseException:
            self.close()
            raise

    def pull_cable(self):
        """From now on nothing passes, and nobody is told."""
        self._need("-n", self.name, "link", "set", self._theirs, "down")

    def plug_in(self):
        self._need("-n", self.name, "link", "set", self._theirs, "up")

    def close(self):
        for command in (["link", "del", self._ours], ["netns", "del", self.name]):
            subprocess.run(["ip", *command], capture_output=True, timeout=20)

    def _need(self, *words):
        if os.geteuid() != 0 or shutil.which("ip") is None:
            pytest.skip("a network namespace needs root and the program ip")
        done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=20)
        if done.returncode != 0:
            pytest.skip(f"there is no network namespace here: {done.stderr.strip()}")
