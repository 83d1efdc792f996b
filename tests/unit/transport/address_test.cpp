#include "server/transport/address.hpp"

#include <gtest/gtest.h>

namespace avow::server {
namespace {

TEST(Address, IsReadAsHostAndPort) {
  EXPECT_EQ(*parse_address("127.0.0.1:7370"), (Address{"127.0.0.1", 7370}));
  EXPECT_EQ(*parse_address("[::1]:0"), (Address{"::1", 0}));
  EXPECT_EQ(*parse_address("0.0.0.0:65535"), (Address{"0.0.0.0", 65535}));
}

TEST(Address, OfLocalhostIsTheLoopbackAddress) {
  EXPECT_EQ(*parse_address("localhost:80"), (Address{"127.0.0.1", 80}));
}

TEST(Address, ThatIsNotWrittenAsOneIsRefusedByNamingIt) {
  for (const char* text : {"", ":", "7370", "127.0.0.1", "127.0.0.1:", ":7370", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:80x", "::1:80", "[::1]",
                           "[127.0.0.1]:80", "[::1:80", "example:80"}) {
    const Result<Address> address = parse_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, "bad-address");
    EXPECT_NE(address.error().detail.find("'" + std::string(text) + "'"), std::string::npos);
  }
}

TEST(Address, IsWrittenAsItIsRead) {
  for (const char* text : {"127.0.0.1:7370", "[::1]:7370", "0.0.0.0:0"}) {
    EXPECT_EQ(host_and_port(*parse_address(text)), text);
  }
}

TEST(Address, IsLoopbackOnlyIfNoOtherHostReachesIt) {
  EXPECT_TRUE(is_loopback({"127.0.0.1", 1}));
  EXPECT_TRUE(is_loopback({"127.8.9.1", 1}));
  EXPECT_TRUE(is_loopback({"::1", 1}));
  EXPECT_FALSE(is_loopback({"0.0.0.0", 1}));
  EXPECT_FALSE(is_loopback({"::", 1}));
  EXPECT_FALSE(is_loopback({"10.0.0.1", 1}));
}

}  // namespace
}  // namespace avow::server
