"""Programs that are built when they are needed: what is said where that cannot be done."""

import tempfile
import unittest
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

from comparing import building
from comparing.building import NotInstalled, syndicate_server


class SyndicateServer(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        elsewhere = mock.patch.object(building, "ROOT", self.root)
        elsewhere.start()
        self.addCleanup(elsewhere.stop)

    def cargo(self, script):
        """A cargo that does what the script says."""
        program = self.root / "cargo"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return mock.patch.object(building.shutil, "which", return_value=str(program))

    def test_without_cargo_is_not_there(self):
        with mock.patch.object(building.shutil, "which", return_value=None):
            with self.assertRaisesRegex(NotInstalled, "cargo"):
                syndicate_server()

    def test_that_cannot_be_built_is_not_there(self):
        with self.cargo("echo one; echo 'error: no network' >&2; exit 101"):
            with redirect_stdout(StringIO()), self.assertRaisesRegex(NotInstalled, "no network"):
                syndicate_server()

    def test_is_built_once(self):
        script = ('while [ $# -gt 1 ]; do shift; done; mkdir -p "$1/bin"; '
                  'echo x >>"$1/bin/syndicate-server"')
        with self.cargo(script), redirect_stdout(StringIO()):
            first = syndicate_server()
            again = syndicate_server()

        self.assertEqual(first, again)
        self.assertEqual(first.read_text(), "x\n")


if __name__ == "__main__":
    unittest.main()
