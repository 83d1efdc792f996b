"""The search for equal names finds what it is for."""

import tempfile
import unittest
from pathlib import Path

import names


class Names(unittest.TestCase):
    def breaches(self, **files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder) / "server" / f"{name}.hpp"
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            return list(names.breaches(Path(folder)))

    def test_the_same_name_in_the_same_namespace_is_found(self):
        found = self.breaches(a="namespace avow::server {\nstruct Tally {\n};\n}  // namespace\n",
                              b="namespace avow::server {\nclass Tally final : Base {\n};\n")
        self.assertEqual(found, ["avow::server::Tally is defined in server/a.hpp and in "
                                 "server/b.hpp; give one another name."])

    def test_other_namespaces_and_unnamed_ones_are_apart(self):
        self.assertEqual([], self.breaches(
            a="namespace avow {\nstruct Tally {\n};\n}  // namespace avow\n",
            b="namespace avow::server {\nstruct Tally {\n};\n}  // namespace avow::server\n",
            c="namespace avow {\nnamespace {\nstruct Tally {\n};\n}  // namespace\n"))

    def test_declarations_and_members_are_no_definitions(self):
        self.assertEqual([], self.breaches(
            a="namespace avow {\nclass Core;\nstruct Core::State {\n};\n  struct Core {\n",
            b="namespace avow {\nclass Core {\n};\n"))

    def test_what_one_file_may_use_is_found_elsewhere(self):
        self.assertEqual(self.breaches(a="__builtin_prefetch(at);\n", load="load_ahead(at);\n"), [
            "server/a.hpp uses __builtin_prefetch; use what server/base/load_ahead.hpp has "
            "instead."])


if __name__ == "__main__":
    unittest.main()
