#include "avow/base/bytes.hpp"

#include <gmock/gmock.h>

namespace avow {
namespace {

TEST(Bytes, AreOrderedAsUnsignedNumbersWithAPrefixFirst) {
  const Bytes empty;
  const Bytes low{0x01};
  const Bytes longer{0x01, 0x00};
  const Bytes high{0xFF};

  EXPECT_LT(compare(empty, low), 0);
  EXPECT_LT(compare(low, longer), 0);
  EXPECT_LT(compare(longer, high), 0);
  EXPECT_GT(compare(high, low), 0);
  EXPECT_EQ(compare(longer, longer), 0);
  EXPECT_EQ(compare(empty, empty), 0);
}

TEST(Bytes, AreEqualOnlyInLengthAndContent) {
  EXPECT_TRUE(equal(Bytes{}, Bytes{}));
  EXPECT_TRUE(equal(Bytes{1, 2}, Bytes{1, 2}));
  EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1, 3}));
  EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1}));
}

TEST(Bytes, AreSeenAsTextAndBackWithoutACopy) {
  const std::string_view text = "a\xff";

  const ByteView bytes = bytes_of(text);

  EXPECT_EQ(bytes[1], 0xFF);
  EXPECT_EQ(text_of(bytes).data(), text.data());
}

}  // namespace
}  // namespace avow
