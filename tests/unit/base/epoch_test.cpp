#include "avow/base/epoch.hpp"

#include <gtest/gtest.h>

namespace avow {
namespace {

TEST(Epoch, IsReadAsItIsTold) {
  for (const std::uint64_t epoch :
       {std::uint64_t{0}, std::uint64_t{0x5c1f0e62b7a94d38}, ~std::uint64_t{0}}) {
    EXPECT_EQ(epoch_text(epoch).size(), 16U);
    EXPECT_EQ(epoch_in(epoch_text(epoch)), epoch);
  }
}

TEST(Epoch, IsNothingButSixteenHexadecimalDigits) {
  EXPECT_EQ(epoch_in(""), std::nullopt);
  EXPECT_EQ(epoch_in("5c1f0e62b7a94d3"), std::nullopt);
  EXPECT_EQ(epoch_in("5c1f0e62b7a94d380"), std::nullopt);
  EXPECT_EQ(epoch_in("-c1f0e62b7a94d38"), std::nullopt);
  EXPECT_EQ(epoch_in("0x1f0e62b7a94d38"), std::nullopt);
  EXPECT_EQ(epoch_in("5c1f0e62b7a94d3g"), std::nullopt);
}

}  // namespace
}  // namespace avow
