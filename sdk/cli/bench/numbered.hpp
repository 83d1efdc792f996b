#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "avow/base/bytes.hpp"
#include "avow/model/value.hpp"

// What a benchmark publishes. Every fact and message has a number, so that what arrives can be
// checked one by one, and all of one run are equally long, so that they are written once and only
// their numbers are put in:
//
//   <bench RUN KEY NUMBER "xxxx…">
//   B4 B3 05 bench B0 06 RUN B0 06 KEY B0 06 NUMBER B1 length text 84
//
// The three integers begin at 10^12: then six bytes hold them, and they are still easy to read.

namespace avow::cli::bench {

class Numbered {
 public:
  /// `text_bytes` of text in each; `slots` of them can be borrowed at a time.
  Numbered(std::uint64_t run, std::size_t text_bytes, std::size_t slots);

  /// Writes one into `slot`; it stays there until the slot is written again.
  [[nodiscard]] ByteView write(std::size_t slot, std::uint64_t key, std::uint64_t number);
  [[nodiscard]] std::size_t size() const { return size_; }

  // Patterns that capture number and text: of all keys, or of one.
  [[nodiscard]] Value any() const;
  [[nodiscard]] Value of_key(std::uint64_t key) const;
  /// As a person types it, to find what a run has left.
  [[nodiscard]] std::string pattern_text() const;
  /// The captures `[number text]`, as a server tells them.
  [[nodiscard]] Bytes captures(std::uint64_t number) const;
  /// The number in such captures; nothing if they are not what was published. Reads what came from
  /// outside, and checks all of it but the text's letters.
  [[nodiscard]] std::optional<std::uint64_t> number_in(ByteView captures) const;

 private:
  std::uint64_t run_;
  std::size_t size_ = 0;
  std::size_t captures_size_ = 0;
  std::size_t text_bytes_;
  Bytes slots_;
};

}  // namespace avow::cli::bench
