#pragma once

#include <capnp/message.h>
#include <optional>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/wire/native.hpp"

// Where the messages of a frame begin and end. A Cap'n Proto message on the wire:
//
//   u32 segments - 1 | u32 words of segment 0 | … | padding to 8 | segment 0 | segment 1 | …
//
// all numbers little-endian, a word is 8 bytes. Source: Cap'n Proto, encoding, "Serialization over
// a stream".

namespace avow::wire::native {

/// One message at the front of a frame.
struct MessageExtent {
  std::size_t words = 0;  ///< With its segment table.
};

/// Checks the segment table at the front of `frame` before anything else looks at it.
/// Errors: `bad-frame`, `limit`.
[[nodiscard]] Result<MessageExtent> first_message(ByteView frame, const FrameLimits& limits);

/// What a reader may spend on a message of so many words: everything in it may be looked at four
/// times.
[[nodiscard]] capnp::ReaderOptions reader_options(std::size_t words);

/// Appends a finished message with its segment table.
void append_segments(Bytes& frame, capnp::MessageBuilder& message);

[[nodiscard]] inline Error bad_frame(std::string detail) {
  return {"bad-frame", std::move(detail)};
}

}  // namespace avow::wire::native
