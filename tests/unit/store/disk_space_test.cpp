#include "server/store/disk_space.hpp"

#include <filesystem>
#include <gtest/gtest.h>

#include "tests/support/store/temporary_folder.hpp"

namespace avow::server {
namespace {

constexpr std::uint64_t mib = 1 << 20;

class DiskSpaceTest : public testing::Test {
 protected:
  DiskSpaceTest()
      : space_(folder_.file("avow.db"), {.low_mark_bytes = 64 * mib,
                                         .ballast_bytes = 2 * mib,
                                         .free_bytes = [this] { return free_; }}) {}

  [[nodiscard]] bool has_ballast() const {
    return std::filesystem::exists(folder_.file("avow.db-ballast"));
  }

  test::TemporaryFolder folder_;
  std::uint64_t free_ = 1000 * mib;
  DiskSpace space_;
};

TEST_F(DiskSpaceTest, TheBallastIsMadeWhenThereIsRoom) {
  EXPECT_TRUE(space_.check());

  EXPECT_EQ(std::filesystem::file_size(folder_.file("avow.db-ballast")), 2 * mib);
}

TEST_F(DiskSpaceTest, BelowTheMarkThereIsNoRoom) {
  free_ = 64 * mib;
  EXPECT_TRUE(space_.check());
  free_ = 64 * mib - 1;
  EXPECT_FALSE(space_.check());
}

TEST_F(DiskSpaceTest, RoomComesBackWhenItIsClearlyMore) {
  space_.check();
  free_ = 10 * mib;
  space_.check();

  free_ = 70 * mib;
  EXPECT_FALSE(space_.check());
  free_ = 80 * mib;
  EXPECT_TRUE(space_.check());
}

TEST_F(DiskSpaceTest, AReleasedBallastIsMadeAgainBeforeThereIsRoom) {
  space_.check();
  space_.release_ballast();
  EXPECT_FALSE(has_ballast());
  EXPECT_FALSE(space_.has_room());

  free_ = 66 * mib;
  EXPECT_FALSE(space_.check());
  EXPECT_FALSE(has_ballast());
  free_ = 90 * mib;
  EXPECT_TRUE(space_.check());
  EXPECT_TRUE(has_ballast());
}

TEST_F(DiskSpaceTest, TheSystemIsAskedForTheFolderOfTheFile) {
  EXPECT_GT(free_bytes_for(folder_.file("avow.db")), 0u);
}

}  // namespace
}  // namespace avow::server
