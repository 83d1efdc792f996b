#pragma once

#include <cstdint>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/wire/native.hpp"

// The two messages that make up nearly all traffic, the turn of a client and the batch of a server,
// read and written by hand in the one layout that they usually have: for a small one Cap'n Proto's
// library takes ten times as long. The library stays the reference. What is read here it would read
// as the same, what looks unusual in any way is left to it, and what is written here are the very
// bytes that it would write (tests/unit/wire/native_usual_test.cpp, tests/fuzz/native_frame.cpp).
//
//   segment table | pointer | union tag, 0, pointer | data of the turn or batch | its pointers
//   | list head | events, 4 words each | bodies, filled up with zeros to a word
//
// A pointer to a struct: 2 bits 0, 30 bits of words between, 16 bits words of data, 16 of pointers;
// to a list: 2 bits 1, 30 bits of words between, 3 bits kind of element, 29 bits size. Source:
// Cap'n Proto, encoding.

namespace avow::wire::native {

/// Reads a message, with its segment table, if it is a turn without conditions in that layout. If
/// not, returns false: it may still be a turn, or wrong. It need not begin at a multiple of 8.
/// `turn.events` borrows from `events`, which is filled anew, and from the message.
[[nodiscard]] bool read_usual(ByteView message, const FrameLimits& limits,
                              std::vector<Event>& events, ClientTurn& turn);

/// Appends a message if it is of that kind, or returns false. `frame` is of whole words.
[[nodiscard]] bool append_usual(Bytes& frame, const ClientTurn& turn);
[[nodiscard]] bool append_usual(Bytes& frame, const Batch& batch);

// The reference.

/// Reads a message as the library does. Errors: those of FrameReader::next.
[[nodiscard]] Result<ClientMessage> read_by_library(ByteView message, const FrameLimits& limits,
                                                    FrameScratch& scratch);
void append_by_library(Bytes& frame, const ClientTurn& turn);
void append_by_library(Bytes& frame, const Batch& batch);

}  // namespace avow::wire::native
