#include <gtest/gtest.h>

#include "cli/bench/place.hpp"

namespace avow::cli::bench {
namespace {

BenchOptions at(const std::string& url) {
  BenchOptions options;
  options.target.url = url;
  return options;
}

TEST(BenchPlace, IsThisMachineOnlyWhereAllAddressesLoopBack) {
  for (const char* host : {"127.0.0.1", "127.9.8.7", "::1", "localhost"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"128.0.0.1", "10.127.0.1", "0.0.0.0", "::", "::2", "fe80::1",
                           "::ffff:10.0.0.1", "no such host"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(BenchPlace, ElsewhereIsRefusedUnlessItIsMeant) {
  BenchOptions options = at("ws://192.0.2.1:7370");

  const auto refused = place_of(options);
  options.may_load_others = true;
  const auto meant = place_of(options);

  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "usage");
  EXPECT_NE(refused.error().detail.find("--yes-load-that-server"), std::string::npos);
  EXPECT_TRUE(meant.has_value());
}

TEST(BenchPlace, OnThisMachineNeedsNoFlag) {
  EXPECT_TRUE(place_of(at("ws://[::1]:7370")).has_value());
}

}  // namespace
}  // namespace avow::cli::bench
