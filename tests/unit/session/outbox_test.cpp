#include "server/session/outbox.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace avow::server {
namespace {

std::vector<Block> packet_of(std::size_t size) {
  std::vector<Block> blocks;
  blocks.push_back(std::make_shared<const Bytes>(size));
  return blocks;
}

TEST(Outbox, PacketsOfAMergedStreamTravelTogetherUpToTheSizeAsked) {
  Outbox outbox(Outbox::Framing::merged, 10'000);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(2'000)));

  const auto first = outbox.take(5'000);
  const auto second = outbox.take(5'000);

  EXPECT_EQ(first->size, 4'000U);
  EXPECT_EQ(second->size, 2'000U);
  EXPECT_FALSE(outbox.take(5'000));
}

TEST(Outbox, PacketsWithFramesOfTheirOwnTravelAlone) {
  Outbox outbox(Outbox::Framing::packet_per_frame, 1'000);
  ASSERT_TRUE(outbox.push(FrameType::text, packet_of(100)));
  ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(100)));

  EXPECT_EQ(outbox.take(1'000)->type, FrameType::text);
  EXPECT_EQ(outbox.take(1'000)->type, FrameType::binary);
}

TEST(Outbox, APacketOfAnySizeMayWaitAlone) {
  Outbox outbox(Outbox::Framing::merged, 100);

  EXPECT_TRUE(outbox.push(FrameType::binary, packet_of(10'000)));
  EXPECT_EQ(outbox.take(50)->size, 10'000U);
}

TEST(Outbox, WhatWouldWaitBehindTheLimitIsRefused) {
  Outbox outbox(Outbox::Framing::merged, 100);
  ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(10'000)));

  EXPECT_TRUE(outbox.push(FrameType::binary, packet_of(100)));
  EXPECT_FALSE(outbox.push(FrameType::binary, packet_of(1)));
  EXPECT_EQ(outbox.waiting_bytes(), 10'100U) << "nothing of the refused one is kept";
}

TEST(Outbox, IsCrowdedByWhatWaitsBehindTheFirstGroup) {
  Outbox outbox(Outbox::Framing::packet_per_frame, 1'000);
  outbox.push_again(FrameType::binary, {packet_of(10'000), packet_of(10'000)});
  EXPECT_FALSE(outbox.is_crowded(100)) << "a turn of any size may wait";
  ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(100)));
  EXPECT_FALSE(outbox.is_crowded(100));

  ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(1)));

  EXPECT_TRUE(outbox.is_crowded(100));
  (void)outbox.take(1);
  EXPECT_TRUE(outbox.is_crowded(100)) << "the second half of the first is still there";
  (void)outbox.take(1);
  (void)outbox.take(1);
  EXPECT_FALSE(outbox.is_crowded(100));
}

TEST(Outbox, MayHaveAsMuchAsAllOfThemHaveLeft) {
  OutboxBudget budget{.bytes_max = 1 << 20};
  const std::size_t part = 300 << 10;
  Outbox full(Outbox::Framing::merged, 8 << 20, &budget);
  Outbox other(Outbox::Framing::merged, 8 << 20, &budget);
  full.push_again(FrameType::binary, {packet_of(1)});
  full.push_again(FrameType::binary, {packet_of(part)});
  EXPECT_FALSE(full.is_crowded(8 << 20));

  other.push_again(FrameType::binary, {packet_of(part), packet_of(part)});

  EXPECT_TRUE(full.is_crowded(8 << 20)) << "it has more than what is left for each";
  EXPECT_FALSE(full.push(FrameType::binary, packet_of(1)));
  EXPECT_FALSE(other.is_crowded(8 << 20)) << "what waits alone is for a client that reads";
}

TEST(Outbox, MayAlwaysHaveALittleBehindTheFirst) {
  OutboxBudget budget{.bytes_max = 1'000};
  Outbox outbox(Outbox::Framing::merged, 8 << 20, &budget);
  ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(5'000)));

  EXPECT_TRUE(outbox.push(FrameType::binary, packet_of(OutboxBudget::assured_bytes)));
  EXPECT_FALSE(outbox.push(FrameType::binary, packet_of(1)));
}

TEST(Outbox, GivesBackWhatIsWrittenOrDropped) {
  OutboxBudget budget;
  {
    Outbox outbox(Outbox::Framing::packet_per_frame, 1'000, &budget);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(100)));
    EXPECT_EQ(budget.bytes, 400U);
    (void)outbox.take(1);
    EXPECT_EQ(budget.bytes, 400U) << "it is being written";
    outbox.written();
    EXPECT_EQ(budget.bytes, 300U);
    outbox.drop_waiting();
    EXPECT_EQ(budget.bytes, 0U);
    ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(100)));
    (void)outbox.take(1);
  }

  EXPECT_EQ(budget.bytes, 0U);
}

TEST(Outbox, TheFarewellIsTakenWhateverWaits) {
  Outbox outbox(Outbox::Framing::merged, 100);
  ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(150)));

  outbox.push_again(FrameType::binary, {packet_of(50)});

  EXPECT_EQ(outbox.take(1'000)->size, 200U);
}

std::string text_of_frame(const OutgoingFrame& frame) {
  return std::string(text_of(frame.bytes()));
}

std::vector<Block> packet_of_text(const std::string& text) {
  return {std::make_shared<const Bytes>(text.begin(), text.end())};
}

TEST(Outbox, SmallPacketsOfAMergedStreamTravelInOneRun) {
  Outbox outbox(Outbox::Framing::merged, 100'000);
  ASSERT_TRUE(outbox.push(FrameType::binary, packet_of_text("one ")));
  ASSERT_TRUE(outbox.push_copy(FrameType::binary, bytes_of("two ")));
  ASSERT_TRUE(outbox.push(FrameType::binary, packet_of_text("three")));

  const auto frame = outbox.take(1'000);

  EXPECT_EQ(text_of(frame->run), "one two three");
  EXPECT_TRUE(frame->blocks.empty());
  EXPECT_EQ(frame->size, 13U);
}

TEST(Outbox, ALargeBlockIsSharedAndKeepsItsPlaceAmongSmallPackets) {
  Outbox outbox(Outbox::Framing::merged, 100'000);
  const std::string large(Outbox::copied_packet_bytes_max + 1, 'L');
  const std::vector<Block> shared = packet_of_text(large);
  ASSERT_TRUE(outbox.push_copy(FrameType::binary, bytes_of("before")));
  ASSERT_TRUE(outbox.push(FrameType::binary, shared));
  ASSERT_TRUE(outbox.push_copy(FrameType::binary, bytes_of("behind")));

  const auto frame = outbox.take(100'000);

  EXPECT_EQ(text_of_frame(*frame), "before" + large + "behind");
  EXPECT_EQ(frame->blocks[0], shared.front());
}

TEST(Outbox, SmallPacketsAreTakenInPiecesOfAnySize) {
  Outbox outbox(Outbox::Framing::merged, 1'000'000);
  std::string all;
  for (int i = 0; i < 5'000; ++i) {
    const std::string packet = "<" + std::to_string(i) + std::string(i % 30, '.') + ">";
    ASSERT_TRUE(outbox.push_copy(FrameType::binary, bytes_of(packet)));
    all += packet;
  }

  std::string taken;
  std::size_t bytes_max = 1;
  while (const auto frame = outbox.take(bytes_max)) {
    EXPECT_EQ(text_of_frame(*frame).size(), frame->size);
    taken += text_of_frame(*frame);
    bytes_max = bytes_max * 3 % 50'000 + 1;
  }

  EXPECT_EQ(taken, all);
  EXPECT_EQ(outbox.waiting_bytes(), 0U);
}

TEST(Outbox, WhatIsDroppedIsNotTakenLater) {
  Outbox outbox(Outbox::Framing::merged, 1'000);
  ASSERT_TRUE(outbox.push_copy(FrameType::binary, bytes_of("dropped")));
  outbox.drop_waiting();
  ASSERT_TRUE(outbox.push_copy(FrameType::binary, bytes_of("kept")));

  EXPECT_EQ(text_of_frame(*outbox.take(1'000)), "kept");
}

TEST(Outbox, ACopyThatWouldWaitBehindTheLimitIsRefused) {
  Outbox outbox(Outbox::Framing::merged, 10);
  ASSERT_TRUE(outbox.push_copy(FrameType::binary, bytes_of("as large as it wants")));

  EXPECT_TRUE(outbox.push_copy(FrameType::binary, bytes_of("0123456789")));
  EXPECT_FALSE(outbox.push_copy(FrameType::binary, bytes_of("!")));
}

TEST(Outbox, WhatTravelsInOneRunIsStillBehindTheFirst) {
  Outbox outbox(Outbox::Framing::merged, 10);
  outbox.push_again(FrameType::binary, {packet_of(8), packet_of(8)});

  EXPECT_TRUE(outbox.push_copy(FrameType::binary, bytes_of("0123456789")));
  EXPECT_FALSE(outbox.push_copy(FrameType::binary, bytes_of("!")));

  EXPECT_EQ(outbox.waiting_packets(), 3U);
  EXPECT_EQ(outbox.take(1)->run.size(), 26U);
  EXPECT_EQ(outbox.waiting_packets(), 0U);
}

TEST(Outbox, ARunOfSmallPacketsEnds) {
  Outbox outbox(Outbox::Framing::merged, 100'000);
  const Bytes packet(1'000);
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(outbox.push_copy(FrameType::binary, packet));

  EXPECT_EQ(outbox.take(1)->size, 16'000U);
  EXPECT_EQ(outbox.take(32'000)->size, 24'000U);
}

TEST(Outbox, ACopyIsQueuedWhateverTheLimitSaysForWhomItIsNoLimit) {
  Outbox outbox(Outbox::Framing::merged, 10);
  for (const char* const packet : {"as large as it wants, ", "0123456789", "!"}) {
    outbox.push_copy_again(FrameType::binary, bytes_of(packet));
  }

  EXPECT_EQ(text_of_frame(*outbox.take(1'000)), "as large as it wants, 0123456789!");
}

TEST(Outbox, ACopyWithAFrameOfItsOwnTravelsAlone) {
  Outbox outbox(Outbox::Framing::packet_per_frame, 1'000);
  ASSERT_TRUE(outbox.push_copy(FrameType::text, bytes_of("one")));
  ASSERT_TRUE(outbox.push_copy(FrameType::text, bytes_of("two")));

  EXPECT_EQ(text_of_frame(*outbox.take(1'000)), "one");
  EXPECT_EQ(text_of_frame(*outbox.take(1'000)), "two");
}

}  // namespace
}  // namespace avow::server
