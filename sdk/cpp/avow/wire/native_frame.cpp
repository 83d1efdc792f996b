#include "avow/wire/native_frame.hpp"

#include <bit>
#include <cstring>

namespace avow::wire::native {
namespace {

static_assert(std::endian::native == std::endian::little, "segment tables are read in place");

std::uint32_t u32_at(ByteView bytes, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

void append_u32(Bytes& to, std::size_t number) {
  const auto narrow = static_cast<std::uint32_t>(number);
  std::uint8_t bytes[sizeof narrow];
  std::memcpy(bytes, &narrow, sizeof narrow);
  append(to, bytes);
}

}  // namespace

Result<MessageExtent> first_message(ByteView frame, const FrameLimits& limits) {
  if (frame.size() < 8) return bad_frame("A message is cut off in its segment table.");
  const std::uint64_t segments = std::uint64_t{u32_at(frame, 0)} + 1;
  if (segments > limits.segments_max) {
    return Error{"limit",
                 "A message has more than " + std::to_string(limits.segments_max) + " segments."};
  }
  const std::size_t table_words = static_cast<std::size_t>(segments) / 2 + 1;
  if (frame.size() / 8 < table_words) {
    return bad_frame("A message is cut off in its segment table.");
  }
  std::uint64_t words = table_words;
  for (std::size_t i = 0; i < segments; ++i) words += u32_at(frame, 4 + 4 * i);
  if (words > frame.size() / 8) return bad_frame("A message is longer than its frame.");
  return MessageExtent{static_cast<std::size_t>(words)};
}

capnp::ReaderOptions reader_options(std::size_t words) {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = 4 * words;
  options.nestingLimit = 64;
  return options;
}

void append_segments(Bytes& frame, capnp::MessageBuilder& message) {
  AVOW_CHECK(frame.size() % 8 == 0);
  const auto segments = message.getSegmentsForOutput();
  append_u32(frame, segments.size() - 1);
  for (const auto& segment : segments) append_u32(frame, segment.size());
  if (segments.size() % 2 == 0) append_u32(frame, 0);
  for (const auto& segment : segments) {
    const auto bytes = segment.asBytes();
    append(frame, ByteView(bytes.begin(), bytes.size()));
  }
}

}  // namespace avow::wire::native
