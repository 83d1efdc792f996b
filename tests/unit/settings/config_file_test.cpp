#include "server/config_file.hpp"

#include <gtest/gtest.h>

#include "tests/unit/settings/mentions.hpp"
#include "tests/unit/settings/temporary_folder.hpp"

namespace avow::server {
namespace {

const std::map<std::string, SettingKind> known = {{"listen", SettingKind::text},
                                                  {"key-file", SettingKind::text},
                                                  {"open", SettingKind::flag},
                                                  {"grace-max", SettingKind::number}};

Result<ConfigValues> read_content(std::string_view content) {
  TemporaryFolder folder;
  return read_config(folder.write("avow.toml", content), known);
}

std::string complaint(std::string_view content) {
  const Result<ConfigValues> values = read_content(content);
  return values ? "none" : values.error().detail;
}

TEST(ConfigFile, HoldsOneValueOrAListOfThem) {
  const auto values = read_content("key-file = '/etc/key'\nlisten = ['127.0.0.1:1', '[::1]:1']\n");

  ASSERT_TRUE(values);
  EXPECT_EQ(values->at("key-file"), std::vector<std::string>{"/etc/key"});
  EXPECT_EQ(values->at("listen"), (std::vector<std::string>{"127.0.0.1:1", "[::1]:1"}));
}

TEST(ConfigFile, HoldsFlagsAsTrueOrFalse) {
  EXPECT_EQ(read_content("open = true")->at("open"), std::vector<std::string>{"true"});
  EXPECT_EQ(read_content("open = false")->at("open"), std::vector<std::string>{"false"});
}

TEST(ConfigFile, HoldsNumbers) {
  EXPECT_EQ(read_content("grace-max = 30")->at("grace-max"), std::vector<std::string>{"30"});
}

TEST(ConfigFile, MayBeEmpty) { EXPECT_TRUE(read_content("# Nothing yet.\n")->empty()); }

TEST(ConfigFile, RefusesAnUnknownSettingByNamingItsLineAndTheKnownOnes) {
  const std::string said = complaint("open = true\nlisten-on = '127.0.0.1:1'\n");

  EXPECT_TRUE(mentions(said, "avow.toml, line 2: ")) << said;
  EXPECT_TRUE(mentions(said, "listen-on")) << said;
  EXPECT_TRUE(mentions(said, "key-file, listen, open")) << said;
}

TEST(ConfigFile, RefusesAValueOfTheWrongTypeByNamingItsLine) {
  for (const char* content :
       {"\nlisten = 7370", "\nlisten = true", "\nlisten = ['a', 1]", "\nlisten = {a = 'b'}"}) {
    const std::string said = complaint(content);
    EXPECT_TRUE(mentions(said, "line 2: listen is a string")) << said;
  }
  EXPECT_TRUE(mentions(complaint("open = 'true'"), "open is true or false"));
}

TEST(ConfigFile, RefusesWhatIsNoTomlByNamingTheLine) {
  EXPECT_TRUE(mentions(complaint("open = true\nlisten = ["), "line 2: "));
}

TEST(ConfigFile, ThatCannotBeReadIsNamed) {
  const auto values = read_config("/nowhere/avow.toml", known);

  ASSERT_FALSE(values);
  EXPECT_TRUE(mentions(values.error().detail, "/nowhere/avow.toml"));
}

}  // namespace
}  // namespace avow::server
