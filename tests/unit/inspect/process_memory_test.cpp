#include "server/inspect/process_memory.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace avow::server {
namespace {

TEST(ProcessMemory, IsTheSecondNumberInPages) {
  EXPECT_EQ(resident_bytes_in("5312 1021 772 9 0 404 0\n", 4'096), 1'021U * 4'096U);
}

TEST(ProcessMemory, IsNothingWhereTheTextIsNoSuchFile) {
  EXPECT_EQ(resident_bytes_in("", 4'096), std::nullopt);
  EXPECT_EQ(resident_bytes_in("5312", 4'096), std::nullopt);
  EXPECT_EQ(resident_bytes_in("5312 ", 4'096), std::nullopt);
  EXPECT_EQ(resident_bytes_in("VmRSS: kB", 4'096), std::nullopt);
  EXPECT_EQ(resident_bytes_in("1 99999999999999999999999 1", 4'096), std::nullopt);
}

TEST(ProcessMemory, GrowsByWhatIsWrittenTo) {
  constexpr std::size_t much = 64 << 20;
  const auto before = resident_bytes();
  const std::vector<char> written(much, 'x');
  const auto after = resident_bytes();

  ASSERT_TRUE(before && after);
  EXPECT_EQ(written.back(), 'x');
  EXPECT_GE(*after, *before + much / 2);
}

}  // namespace
}  // namespace avow::server
