#include "server/transport/frame_tracker.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <random>

#include "tests/unit/transport/websocket_bytes.hpp"

namespace avow::server {
namespace {

TEST(FrameTracker, IsAtRestBeforeAndAfterAWholeMessage) {
  FrameTracker tracker;
  EXPECT_TRUE(tracker.at_rest());

  tracker.feed(frame(opcode_text, "hello"));

  EXPECT_TRUE(tracker.at_rest());
  EXPECT_EQ(tracker.begun(), 1U);
}

TEST(FrameTracker, KnowsFromTheFirstByteThatSomethingHasBegun) {
  FrameTracker tracker;
  const Bytes whole = frame(opcode_text, "hello");

  tracker.feed(ByteView(whole).first(1));

  EXPECT_FALSE(tracker.at_rest());
  EXPECT_EQ(tracker.begun(), 1U);
}

TEST(FrameTracker, KnowsWhatIsAnnouncedOnceTheHeadIsThere) {
  for (const std::size_t size : {5U, 125U, 126U, 65'535U, 65'536U, 100'000U}) {
    FrameTracker tracker;
    const Bytes whole = frame(opcode_binary, std::string(size, 'x'));

    tracker.feed(ByteView(whole).first(whole.size() - 1));
    EXPECT_EQ(tracker.message_bytes(), size);
    EXPECT_FALSE(tracker.at_rest());

    tracker.feed(ByteView(whole).last(1));
    EXPECT_TRUE(tracker.at_rest());
  }
}

TEST(FrameTracker, StaysInsideAMessageBetweenItsFragments) {
  FrameTracker tracker;

  tracker.feed(frame(opcode_text, "hel", Fin::no));
  EXPECT_FALSE(tracker.at_rest());
  tracker.feed(frame(opcode_continuation, "lo", Fin::no));
  EXPECT_EQ(tracker.message_frames(), 2U);
  EXPECT_EQ(tracker.message_bytes(), 5U);

  tracker.feed(frame(opcode_continuation, ""));
  EXPECT_TRUE(tracker.at_rest());
  EXPECT_EQ(tracker.begun(), 1U);
}

TEST(FrameTracker, DoesNotCountControlFramesAmongFragments) {
  FrameTracker tracker;

  tracker.feed(frame(opcode_text, "hel", Fin::no));
  tracker.feed(frame(opcode_ping, "are you there"));

  EXPECT_FALSE(tracker.at_rest());
  EXPECT_EQ(tracker.message_frames(), 1U);
  EXPECT_EQ(tracker.message_bytes(), 3U);
  EXPECT_EQ(tracker.begun(), 1U);
}

TEST(FrameTracker, IsAtRestAfterALonePing) {
  FrameTracker tracker;

  tracker.feed(frame(opcode_ping, "are you there"));

  EXPECT_TRUE(tracker.at_rest());
  EXPECT_EQ(tracker.begun(), 1U);
}

TEST(FrameTracker, SeesTheSameHoweverTheBytesAreCut) {
  const char* given = std::getenv("AVOW_TEST_SEED");
  const unsigned long seed = given != nullptr ? std::stoul(given) : std::random_device{}();
  std::cout << "AVOW_TEST_SEED=" << seed << '\n';
  std::mt19937_64 random(seed);
  Bytes stream;
  for (int round = 0; round < 200; ++round) {
    const std::string payload(random() % 300, 'x');
    append(stream, frame(opcode_text, payload, Fin::no));
    if (random() % 2 == 0) append(stream, frame(opcode_ping, "p"));
    append(stream, frame(opcode_continuation, payload));
  }
  append(stream, frame(opcode_binary, "left open", Fin::no));

  FrameTracker whole;
  whole.feed(stream);
  FrameTracker pieces;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t size = std::min<std::size_t>(1 + random() % 50, stream.size() - at);
    pieces.feed(ByteView(stream).subspan(at, size));
    at += size;
  }

  EXPECT_EQ(whole.begun(), 201U);
  EXPECT_EQ(pieces.begun(), whole.begun());
  EXPECT_EQ(pieces.message_frames(), 1U);
  EXPECT_EQ(whole.message_frames(), 1U);
  EXPECT_EQ(pieces.message_bytes(), whole.message_bytes());
  EXPECT_FALSE(pieces.at_rest());
}

}  // namespace
}  // namespace avow::server
