"""Each rule of layers.py catches the breach that it is for, and lets its neighbour pass."""

import tempfile
import unittest
from pathlib import Path

import layers


class Tree(unittest.TestCase):
    """A source tree of a test's own, with planted files."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.root = Path(self._folder.name)

    def plant(self, file, text=""):
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def sentences(self):
        return [breach.sentence for breach in layers.breaches(self.root)]

    def assert_holds(self):
        self.assertEqual(self.sentences(), [])

    def assert_breach(self, part):
        found = self.sentences()
        self.assertEqual(len(found), 1, found)
        self.assertIn(part, found[0])


class Layers(Tree):
    def test_a_lower_layer_may_be_included(self):
        self.plant("sdk/cpp/avow/model/value.hpp")
        self.plant("server/dataspace/index.cpp", '#include "avow/model/value.hpp"\n')
        self.assert_holds()

    def test_a_higher_layer_may_not_be_included(self):
        self.plant("server/engine/engine.hpp")
        self.plant("server/dataspace/index.cpp", '#include "server/engine/engine.hpp"\n')
        self.assert_breach("server/dataspace may not include server/engine/engine.hpp")

    def test_angle_brackets_do_not_hide_an_include(self):
        self.plant("sdk/cpp/avow/wire/packet.hpp")
        self.plant("sdk/cpp/avow/model/value.cpp", "#include <avow/wire/packet.hpp>\n")
        self.assert_breach("may not include")

    def test_an_include_beside_the_file_is_seen_too(self):
        self.plant("server/session/outbox.hpp")
        self.plant("server/engine/gate.cpp", '#include "../session/outbox.hpp"\n')
        self.assert_breach("may not include")

    def test_the_sdk_never_includes_the_server(self):
        self.plant("server/base/ids.hpp")
        self.plant("sdk/cli/main.cpp", '#include "server/base/ids.hpp"\n')
        self.assert_breach("sdk/cli may not include server/base/ids.hpp")

    def test_the_server_never_includes_the_client(self):
        self.plant("sdk/cpp/avow/client/link.hpp")
        self.plant("server/main.cpp", '#include "avow/client/link.hpp"\n')
        self.assert_breach("server may not include")

    def test_an_include_in_a_comment_is_none(self):
        self.plant("server/engine/engine.hpp")
        self.plant("server/dataspace/index.cpp", '// #include "server/engine/engine.hpp"\n')
        self.assert_holds()

    def test_a_source_includes_its_own_header_first(self):
        self.plant("server/base/ids.hpp")
        self.plant("server/base/cause.hpp")
        self.plant("server/base/ids.cpp",
                   '#include "server/base/cause.hpp"\n#include "server/base/ids.hpp"\n')
        self.assert_breach("server/base/ids.hpp is to be included first")


class SoleNames(Tree):
    def test_each_is_refused_in_the_dataspace_and_allowed_at_home(self):
        named = {"SQLite": "#include <sqlite3.h>\n",
                 "Cap'n Proto": "#include <capnp/message.h>\n",
                 "Beast": "#include <boost/beast/core.hpp>\n",
                 "Asio": "#include <boost/asio/post.hpp>\n",
                 "threads and locks": "#include <mutex>\n",
                 "a clock": "auto now = std::chrono::steady_clock::now();\n",
                 "a random device": "std::random_device seed;\n",
                 "throw": "void f() { throw 1; }\n"}
        self.assertEqual(set(named), {sole.what for sole in layers.SOLE})
        for sole in layers.SOLE:
            with self.subTest(sole.what):
                self.plant("server/dataspace/index.cpp", named[sole.what])
                self.assert_breach(f"server/dataspace may not name {sole.what}")
                self.plant("server/dataspace/index.cpp")
                for folder in sole.folders:
                    self.plant(f"{folder}/at_home.cpp", named[sole.what])
                self.assert_holds()
                for folder in sole.folders:
                    self.plant(f"{folder}/at_home.cpp")

    def test_a_name_in_a_comment_or_a_string_is_none(self):
        self.plant("server/dataspace/index.cpp",
                   '// No std::mutex is needed.\nauto text = "boost::beast::x";\n')
        self.assert_holds()


class EveryFile(Tree):
    def test_a_long_file_is_refused(self):
        self.plant("server/base/ids.cpp", "int i;\n" * 500)
        self.assert_holds()
        self.plant("server/base/ids.cpp", "int i;\n" * 501)
        self.assert_breach("longer than 500 lines")

    def test_a_long_line_is_refused(self):
        self.plant("server/base/ids.cpp", "//" + "x" * 98 + "\n")
        self.assert_holds()
        self.plant("server/base/ids.cpp", "//" + "x" * 99 + "\n")
        self.assert_breach("longer than 100 columns")

    def test_sleeping_is_refused_in_every_language(self):
        for file, line in [("tests/unit/base/a.cpp", "std::this_thread::sleep_for(1s);\n"),
                           ("tests/a.py", "time.sleep(1)\n"), (".ci/run", "sleep 5\n")]:
            with self.subTest(file):
                self.plant(file, line)
                self.assert_breach("it sleeps")
                self.plant(file)

    def test_what_belongs_to_one_machine_is_refused(self):
        for text, part in [("see ../shared/DESIGN.md", "beside the repository"),
                           ("cd /work/main", "one machine"), ("/home/ann/avow", "one machine"),
                           ("https://pypi.org/simple", "package registry")]:
            with self.subTest(text):
                self.plant("docs/README.md", text + "\n")
                self.assert_breach(part)

    def test_builds_are_not_looked_at(self):
        self.plant("build/test/generated.hpp", "x" * 200 + "\n")
        self.assert_holds()


if __name__ == "__main__":
    unittest.main()
