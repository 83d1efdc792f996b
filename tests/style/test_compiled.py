"""Sources are found that are compiled alone, and those that are part of a larger unit."""

import json
import tempfile
import unittest
from pathlib import Path

import compiled


class Compiled(unittest.TestCase):
    def test_a_unit_stands_as_its_sources(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = Path(folder) / "Unity" / "unity_0_cxx.cxx"
            unit.parent.mkdir()
            unit.write_text('/* made by CMake */\n\n#include "/s/a.cpp"\n\n#include "/s/b.cpp"\n')
            (Path(folder) / "compile_commands.json").write_text(json.dumps([
                {"directory": "/b", "file": "/s/alone.cpp", "command": "g++ -c /s/alone.cpp"},
                {"directory": "/b", "file": str(unit),
                 "command": f"g++ -Wno-subobject-linkage -o u.o -c {unit}"}]))

            found = compiled.commands(folder)

        self.assertEqual([(entry["file"], entry["command"]) for entry in found], [
            ("/s/alone.cpp", "g++ -c /s/alone.cpp"),
            ("/s/a.cpp", "g++ -Wshadow -o u.o -c /s/a.cpp"),
            ("/s/b.cpp", "g++ -Wshadow -o u.o -c /s/b.cpp")])


if __name__ == "__main__":
    unittest.main()
