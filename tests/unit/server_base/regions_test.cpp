#include "server/base/regions.hpp"

#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

#include "server/base/memory.hpp"
#include "tests/support/random.hpp"

namespace avow::server {
namespace {

TEST(Regions, PiecesAreAlignedAndDoNotOverlap) {
  test::Random random(test::test_seed());
  Regions regions;
  std::vector<std::pair<std::uint8_t*, std::size_t>> pieces;
  for (std::size_t i = 0; i < 500; ++i) {
    const std::size_t size = 1 + random.below(random.chance(1, 10) ? 70'000 : 500);
    auto* const piece = static_cast<std::uint8_t*>(regions.take(size));
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(piece) % 64, 0U);
    std::memset(piece, static_cast<int>(i % 251), size);
    pieces.emplace_back(piece, size);
  }

  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto [piece, size] = pieces[i];
    for (std::size_t at = 0; at < size; ++at) ASSERT_EQ(piece[at], i % 251);
  }
}

TEST(Regions, APieceMayBeLargerThanALargePage) {
  Regions regions;
  (void)regions.take(100);

  auto* const piece = static_cast<std::uint8_t*>(regions.take(5 << 20));

  std::memset(piece, 1, 5 << 20);
  EXPECT_EQ(piece[(5 << 20) - 1], 1);
}

TEST(Regions, WhatALargePieceLeavesOfARegionIsTakenBySmallerOnes) {
  Regions regions;
  for (int i = 0; i < 100; ++i) (void)regions.take(10'000);
  auto* const before = static_cast<std::uint8_t*>(regions.take(10'000));
  (void)regions.take(1'000'000);

  auto* const after = static_cast<std::uint8_t*>(regions.take(10'000));

  EXPECT_EQ(after, before + 10'048);
}

class CountedPages final : public ReadyPages {
 public:
  CountedPages() { use_ready_pages(this); }
  ~CountedPages() { use_ready_pages(nullptr); }
  CountedPages(const CountedPages&) = delete;
  CountedPages& operator=(const CountedPages&) = delete;

  void* take() override {
    ++count;
    return nullptr;
  }

  int count = 0;
};

TEST(Regions, AreLargePagesAtOnceWhereMuchIsExpected) {
  const CountedPages pages;
  Regions small;
  Regions large(16 << 20);

  (void)small.take(64 << 10);
  EXPECT_EQ(pages.count, 0);
  (void)large.take(64 << 10);
  EXPECT_EQ(pages.count, 1);
}

TEST(Regions, OfManyAreLargePages) {
  const CountedPages pages;
  Regions regions;

  for (int i = 0; i < 40 << 4; ++i) (void)regions.take(64 << 10);

  EXPECT_GT(pages.count, 8);
}

}  // namespace
}  // namespace avow::server
