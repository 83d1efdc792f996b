import unittest

from profiled import breaches, profile_name

COMPILE = ("/usr/bin/c++ -O3 -fprofile-use=/b/profile/1f -fprofile-prefix-path=/b "
           "-o server/engine/CMakeFiles/avow_engine.dir/units/engine_0.cpp.o -c /b/u.cpp")


class Profile(unittest.TestCase):
    def test_a_unit_is_named_as_the_compiler_names_it(self):
        self.assertEqual(profile_name(COMPILE),
                         "server#engine#CMakeFiles#avow_engine.dir#units#engine_0.cpp.gcda")

    def test_a_unit_without_the_flag_uses_none(self):
        self.assertIsNone(profile_name("/usr/bin/c++ -O3 -o sdk/cli/main.cpp.o -c main.cpp"))

    def test_the_tables_of_a_schema_have_no_part(self):
        self.assertIsNone(profile_name(COMPILE.replace("engine_0.cpp.o", "avow.capnp.c++.o")))

    def test_a_unit_that_is_in_no_profile_is_told(self):
        self.assertEqual([each.split(":")[0] for each in breaches({"a", "b"}, {"a"})], ["b"])

    def test_a_part_of_no_unit_is_told(self):
        self.assertEqual([each.split(":")[0] for each in breaches({"a"}, {"a", "c"})], ["c"])


if __name__ == "__main__":
    unittest.main()
