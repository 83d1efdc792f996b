#include "server/secrets.hpp"

#include <gtest/gtest.h>

#include "tests/unit/settings/temporary_folder.hpp"

namespace avow::server {
namespace {

const std::string raw_key = "0123456789abcdef0123456789ABCDE\xFF";
const std::string hex_key =
    "30313233343536373839616263646566"
    "303132333435363738394142434445fF";

TEST(KeyFile, HoldsThirtyTwoBytesOrTheirHexDigits) {
  TemporaryFolder folder;

  const Result<Bytes> raw = read_key(folder.write("raw", raw_key));
  const Result<Bytes> hex = read_key(folder.write("hex", hex_key));
  const Result<Bytes> hex_line = read_key(folder.write("line", hex_key + "\n"));

  EXPECT_EQ(*raw, Bytes(raw_key.begin(), raw_key.end()));
  EXPECT_EQ(*hex, *raw);
  EXPECT_EQ(*hex_line, *raw);
}

TEST(KeyFile, OfAnotherLengthIsRefusedByNamingIt) {
  TemporaryFolder folder;
  for (const std::string& content :
       {std::string(), raw_key + "0", raw_key.substr(1), hex_key.substr(2),
        "zz" + hex_key.substr(2), hex_key + hex_key}) {
    const std::filesystem::path file = folder.write("key", content);
    const Result<Bytes> key = read_key(file);
    ASSERT_FALSE(key) << content;
    EXPECT_NE(key.error().detail.find(file.string()), std::string::npos);
    if (!content.empty()) {
      EXPECT_EQ(key.error().detail.find(content), std::string::npos);
    }
  }
}

TEST(KeyFile, ThatOthersCanReadIsRefused) {
  TemporaryFolder folder;
  const std::filesystem::path file = folder.write("key", hex_key);
  for (const unsigned mode : {0640U, 0604U, 0620U, 0666U}) {
    std::filesystem::permissions(file, std::filesystem::perms(mode));

    const Result<Bytes> key = read_key(file);

    ASSERT_FALSE(key);
    EXPECT_NE(key.error().detail.find("0600"), std::string::npos);
  }
}

TEST(KeyFile, ThatIsNoFileIsRefused) {
  TemporaryFolder folder;
  const std::filesystem::path inside = folder.write("key", hex_key);

  EXPECT_FALSE(read_key(inside.parent_path()));
  EXPECT_FALSE(read_key(inside.parent_path() / "missing"));
}

TEST(RandomBits, DifferFromOneDrawToTheNext) { EXPECT_NE(random_bits(), random_bits()); }

}  // namespace
}  // namespace avow::server
