#include "server/session/outbox.hpp"

#include <gtest/gtest.h>
#include <utility>

namespace avow::server {
namespace {

std::vector<Block> packet_of(std::size_t size) {
  std::vector<Block> blocks;
  blocks.push_back(std::make_shared<const Bytes>(size));
  return blocks;
}

TEST(Outbox, PacketsOfAMergedStreamTravelTogetherUpToTheSizeAsked) {
  Outbox outbox(Outbox::Framing::merged, 1'000);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(100)));

  const auto first = outbox.take(250);
  const auto second = outbox.take(250);

  EXPECT_EQ(first->size, 200U);
  EXPECT_EQ(second->size, 100U);
  EXPECT_FALSE(outbox.take(250));
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

TEST(Outbox, TheFarewellIsTakenWhateverWaits) {
  Outbox outbox(Outbox::Framing::merged, 100);
  ASSERT_TRUE(outbox.push(FrameType::binary, packet_of(150)));

  outbox.push_again(FrameType::binary, {packet_of(50)});

  EXPECT_EQ(outbox.take(1'000)->size, 200U);
}

}  // namespace
}  // namespace avow::server
