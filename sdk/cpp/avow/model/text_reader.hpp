#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "avow/base/result.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/text_lexer.hpp"
#include "avow/model/value.hpp"

// Values out of tokens. A detail of this folder: include text.hpp instead.

namespace avow {

class TextReader {
 public:
  /// What stands for a bare symbol, or nothing if it stands for itself.
  using Substitute = std::function<Result<std::optional<Value>>(const TextToken& bare_symbol)>;

  /// `lexer` and `limits` must outlive the reader.
  TextReader(TextLexer& lexer, const ValueLimits& limits, Substitute substitute = {})
      : lexer_(lexer), limits_(limits), substitute_(std::move(substitute)) {}

  /// Takes tokens up to the end of one value, which begins with `first` or with annotations before
  /// it. Errors: `bad-text`, `limit`, what the substitute says.
  [[nodiscard]] Result<Value> read(TextToken first);
  /// The first token behind `token` that is not of an annotation, if `token` begins one.
  [[nodiscard]] Result<TextToken> skip_annotations(TextToken token) {
    return skip_annotations(token, 0);
  }

 private:
  // `open`: how many compounds, embedded values and annotations are open around it.
  Result<void> append(Builder& to, TextToken token, std::size_t open);
  Result<void> append_next(Builder& to, std::size_t open);
  Result<void> append_bare(Builder& to, const TextToken& token);
  Result<void> append_compound(Builder& to, const TextToken& begin, std::size_t open);
  Result<void> append_record(Builder& to, std::size_t open);
  Result<void> append_elements(Builder& to, TextToken::Kind end, std::size_t open);
  Result<void> append_entries(Builder& to, std::size_t open);
  Result<TextToken> skip_annotations(TextToken token, std::size_t open);
  Result<void> check_depth(const TextToken& token, std::size_t open) const;
  [[nodiscard]] Error unexpected(const TextToken& token) const;

  TextLexer& lexer_;
  const ValueLimits& limits_;
  Substitute substitute_;
  std::size_t nodes_ = 0;
};

/// Takes the next token that is no comma: between elements, commas are white space.
[[nodiscard]] Result<TextToken> next_but_commas(TextLexer& lexer);
/// Takes the colon between a key and its value.
[[nodiscard]] Result<void> take_colon(TextLexer& lexer);

}  // namespace avow
