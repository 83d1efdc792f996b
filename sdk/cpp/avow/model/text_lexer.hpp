#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"

// Preserves text cut into tokens: atoms with their content decoded, brackets and marks. Values and
// typed patterns are both read from these. A detail of this folder: include text.hpp instead.

namespace avow {

struct TextToken {
  enum class Kind : std::uint8_t {
    end,  // Of the text.
    boolean,
    bare,  // A number or a bare symbol: `bare_kind` tells which.
    symbol,
    string,
    bytes,
    double_bits,
    begin_record,
    end_record,
    begin_sequence,
    end_sequence,
    begin_set,
    begin_dictionary,
    end_braces,
    colon,
    comma,
    annotation,
    embedded,
  };

  Kind kind = Kind::end;
  std::size_t begin = 0;  ///< Where it stands in the text.
  /// An atom's content, decoded; of a boolean `t` or `f`. Valid until the next token is taken.
  std::string_view content{};
};

/// What a run of bare characters is.
enum class BareKind : std::uint8_t { integer, number, symbol };
[[nodiscard]] BareKind bare_kind(std::string_view run);
/// Whether `c` may stand in a bare symbol. (So may everything that is not ASCII.)
[[nodiscard]] bool is_bare_ascii(char c);
/// Reads what is a `BareKind::number`. What is too large is an infinity, what is too small a zero.
[[nodiscard]] double read_double(std::string_view number);

class TextLexer {
 public:
  /// `text` must outlive the lexer.
  TextLexer(std::string_view text, const ValueLimits& limits) : text_(text), limits_(limits) {}

  /// Takes the next token; behind the last one, `end` for ever. Errors: `bad-text`, `limit`.
  [[nodiscard]] Result<TextToken> next();
  /// How much of the text has been taken.
  [[nodiscard]] std::size_t position() const { return at_; }

  /// An error that names the line and column of `offset`.
  [[nodiscard]] Error error_at(std::size_t offset, std::string_view what) const;
  [[nodiscard]] Error limit_at(std::size_t offset, std::string_view what) const;

 private:
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  void skip_space_and_comments();
  Result<TextToken> hash();
  Result<TextToken> boolean(std::size_t begin);
  Result<TextToken> bare();
  Result<TextToken> quoted(TextToken::Kind kind, std::size_t begin, char quote);
  Result<void> escape(TextToken::Kind kind, char quote);
  Result<void> unicode_escape(std::size_t begin);
  Result<std::uint32_t> hex_digits(std::size_t count);
  Result<TextToken> hex_bytes(TextToken::Kind kind, std::size_t begin);
  Result<TextToken> base64(std::size_t begin);
  Result<TextToken> with_content(TextToken token);

  std::string_view text_;
  const ValueLimits& limits_;
  std::size_t at_ = 0;
  std::string decoded_;  // The content of the last token, where it differs from the text.
};

}  // namespace avow
