#include "server/transport/frame_writer.hpp"

#include <gtest/gtest.h>
#include <string>

namespace avow::server {
namespace {

Bytes head_of(FrameType type, std::uint64_t size) {
  const MessageHead head(type, size);
  return {head.bytes().begin(), head.bytes().end()};
}

TEST(FrameWriter, WritesLengthsAsShortAsTheyCanBe) {
  EXPECT_EQ(head_of(FrameType::text, 0), (Bytes{0x81, 0}));
  EXPECT_EQ(head_of(FrameType::binary, 125), (Bytes{0x82, 125}));
  EXPECT_EQ(head_of(FrameType::binary, 126), (Bytes{0x82, 126, 0, 126}));
  EXPECT_EQ(head_of(FrameType::binary, 65'535), (Bytes{0x82, 126, 0xFF, 0xFF}));
  EXPECT_EQ(head_of(FrameType::binary, 65'536), (Bytes{0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(FrameWriter, WritesControlFramesOneBehindTheOther) {
  Bytes frames;
  append_control_frame(frames, ControlFrame::pong, bytes_of("you"));
  append_control_frame(frames, ControlFrame::ping, {});

  EXPECT_EQ(frames, (Bytes{0x8A, 3, 'y', 'o', 'u', 0x89, 0}));
}

TEST(FrameWriter, ClosesWithACodeAndAReason) {
  EXPECT_EQ(close_frame(1000, "bye"), (Bytes{0x88, 5, 0x03, 0xE8, 'b', 'y', 'e'}));
  EXPECT_EQ(close_frame(std::nullopt, "bye"), (Bytes{0x88, 0}));
}

TEST(FrameWriter, CutsALongReasonBetweenTwoLetters) {
  const std::string letter = "\xE2\x82\xAC";  // A euro sign, three bytes.
  std::string reason = "x";
  for (int i = 0; i < 50; ++i) reason += letter;

  const Bytes frame = close_frame(1000, reason);

  EXPECT_EQ(frame.size(), 2 + 2 + 1 + 40 * letter.size());
  EXPECT_EQ(text_of(ByteView(frame).subspan(4)), reason.substr(0, 121));
}

}  // namespace
}  // namespace avow::server
