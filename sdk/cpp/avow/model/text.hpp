#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/value.hpp"

// Preserves text, what people type and see: `<temperature "kitchen" 21.5>`. Source: the Preserves
// specification, text syntax (apostrophes quote symbols, a colon ends a bare one).

namespace avow {

/// Reads text that holds exactly one value; comments and annotations are dropped.
/// Errors: `bad-text`, with the line and column and what was expected there; `limit`.
[[nodiscard]] Result<Value> parse_text(std::string_view text, const ValueLimits& limits = {});

/// One value at the front of `text`, and how many bytes it took (with what stood before it).
struct TextPrefix {
  Value value;
  std::size_t consumed;
};
/// The first value of `text`, or nothing if only white space and comments are left.
[[nodiscard]] Result<std::optional<TextPrefix>> parse_text_prefix(std::string_view text,
                                                                  const ValueLimits& limits = {});

/// Finds where values of a stream of text end, without reading anything twice: each byte costs the
/// same however the stream was cut. It tells a boundary, `parse_text_prefix` then reads the value.
class TextScanner {
 public:
  /// Looks at more of the stream. Returns the number of bytes of `more` up to and including the
  /// last one of a whole value, or nothing if none ended (then all of `more` was looked at). A bare
  /// atom at top level ends at the white space, bracket or quote that follows it.
  [[nodiscard]] std::optional<std::size_t> feed(std::string_view more);
  /// Whether nothing but white space and whole values has been seen.
  [[nodiscard]] bool at_boundary() const;

 private:
  enum class In : unsigned char {
    nothing,
    atom,
    string,
    symbol,
    base64,
    comment,
    hash,    // Behind a hash that may begin many things.
    hash_x,  // Behind #x or #xd, where bytes must follow.
  };
  // What one character came to at top level.
  enum class Step : unsigned char { goes_on, token_ended, token_ended_before };

  Step take(char c);
  Step begin_token(char c);
  Step begin_hash_token(char c);
  Step quoted(char c, char quote);
  Step open();
  Step token_end();

  In in_ = In::nothing;
  bool escaped_ = false;
  std::size_t depth_ = 0;
  // Values at top level until a whole one is there: each annotation takes one more.
  std::size_t wanted_ = 1;
  // Whether an annotation or a reference mark has been seen, but not yet the end of its value.
  bool prefix_pending_ = false;
};

/// One good way to print a value; reading it back gives the same value.
[[nodiscard]] std::string to_text(ValueView value);

}  // namespace avow
