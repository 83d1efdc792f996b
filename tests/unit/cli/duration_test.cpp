#include "cli/duration.hpp"

#include <gtest/gtest.h>

namespace avow::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(Duration, IsANumberAndAUnit) {
  EXPECT_EQ(parse_duration("300ms").value(), Milliseconds(300));
  EXPECT_EQ(parse_duration("5s").value(), Milliseconds(5'000));
  EXPECT_EQ(parse_duration("2m").value(), minutes(2));
  EXPECT_EQ(parse_duration("1h").value(), hours(1));
  EXPECT_EQ(parse_duration("0s").value(), Milliseconds(0));
}

TEST(Duration, MayHaveAFractionAndIsRoundedUp) {
  EXPECT_EQ(parse_duration("1.5s").value(), Milliseconds(1'500));
  EXPECT_EQ(parse_duration("0.2ms").value(), Milliseconds(1));
}

TEST(Duration, IsRefusedInEveryOtherForm) {
  for (const char* text :
       {"", "5", "s", "5x", "5 s", "-5s", "5s5s", "infs", "nans", "1e3s", "5S"}) {
    const Result<Milliseconds> parsed = parse_duration(text);

    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, "usage");
    EXPECT_NE(parsed.error().detail.find("300ms"), std::string::npos);
  }
}

TEST(Duration, HasALongestThatIsNamed) {
  EXPECT_EQ(parse_duration("10000h").value(), hours(10'000));
  EXPECT_NE(parse_duration("10001h").error().detail.find("10000h"), std::string::npos);
}

}  // namespace
}  // namespace avow::cli
