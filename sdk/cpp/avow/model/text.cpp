#include "avow/model/text.hpp"

#include "avow/model/text_reader.hpp"

namespace avow {

Result<Value> parse_text(std::string_view text, const ValueLimits& limits) {
  TextLexer lexer(text, limits);
  AVOW_TRY(const TextToken first, lexer.next());
  AVOW_TRY(Value value, TextReader(lexer, limits).read(first));
  AVOW_TRY(const TextToken rest, lexer.next());
  if (rest.kind != TextToken::Kind::end) {
    return lexer.error_at(rest.begin, "the value has ended, but the text goes on");
  }
  return value;
}

Result<std::optional<TextPrefix>> parse_text_prefix(std::string_view text,
                                                    const ValueLimits& limits) {
  TextLexer lexer(text, limits);
  AVOW_TRY(const TextToken first, lexer.next());
  if (first.kind == TextToken::Kind::end) return std::optional<TextPrefix>();
  AVOW_TRY(Value value, TextReader(lexer, limits).read(first));
  return std::optional<TextPrefix>({.value = std::move(value), .consumed = lexer.position()});
}

}  // namespace avow
