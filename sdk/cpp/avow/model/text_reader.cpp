#include "avow/model/text_reader.hpp"

#include <bit>
#include <utility>

#include "avow/model/integer.hpp"

namespace avow {
namespace {

using Mark = TextToken::Kind;

double double_from_bits(std::string_view eight_bytes) {
  std::uint64_t bits = 0;
  for (const std::uint8_t byte : bytes_of(eight_bytes)) bits = bits << 8 | byte;
  return std::bit_cast<double>(bits);
}

}  // namespace

Result<TextToken> next_but_commas(TextLexer& lexer) {
  for (;;) {
    AVOW_TRY(TextToken token, lexer.next());
    if (token.kind != Mark::comma) return token;
  }
}

Result<void> take_colon(TextLexer& lexer) {
  AVOW_TRY(const TextToken colon, lexer.next());
  if (colon.kind == Mark::colon) return {};
  return lexer.error_at(colon.begin, "a colon and the key's value are missing here");
}

Result<Value> TextReader::read(TextToken first) {
  Builder builder;
  AVOW_TRY_VOID(append(builder, first, 0));
  return builder.finish();
}

Result<void> TextReader::append(Builder& to, TextToken token, std::size_t open) {
  AVOW_TRY(token, skip_annotations(token, open));
  if (++nodes_ > limits_.nodes_max) {
    return lexer_.limit_at(token.begin, "the value holds more than " +
                                            std::to_string(limits_.nodes_max) +
                                            " values, which is the limit");
  }
  switch (token.kind) {
    case Mark::boolean:
      to.boolean(token.content == "t");
      return {};
    case Mark::symbol:
      to.symbol(token.content);
      return {};
    case Mark::string:
      to.string(token.content);
      return {};
    case Mark::bytes:
      to.bytes(bytes_of(token.content));
      return {};
    case Mark::double_bits:
      to.number(double_from_bits(token.content));
      return {};
    case Mark::bare:
      return append_bare(to, token);
    case Mark::embedded:
      AVOW_TRY_VOID(check_depth(token, open));
      to.begin_embedded();
      return append_next(to, open + 1);
    case Mark::begin_record:
    case Mark::begin_sequence:
    case Mark::begin_set:
    case Mark::begin_dictionary:
      return append_compound(to, token, open);
    default:
      return unexpected(token);
  }
}

Result<void> TextReader::append_next(Builder& to, std::size_t open) {
  AVOW_TRY(const TextToken token, lexer_.next());
  return append(to, token, open);
}

Result<void> TextReader::append_bare(Builder& to, const TextToken& token) {
  switch (bare_kind(token.content)) {
    case BareKind::integer: {
      const Result<Bytes> number = integer_from_decimal(token.content, limits_);
      if (!number) return lexer_.limit_at(token.begin, number.error().detail);
      to.integer_bytes(*number);
      return {};
    }
    case BareKind::number:
      to.number(read_double(token.content));
      return {};
    case BareKind::symbol:
      break;
  }
  if (substitute_) {
    AVOW_TRY(const std::optional<Value> other, substitute_(token));
    if (other) {
      to.value(*other);
      return {};
    }
  }
  to.symbol(token.content);
  return {};
}

Result<void> TextReader::append_compound(Builder& to, const TextToken& begin, std::size_t open) {
  AVOW_TRY_VOID(check_depth(begin, open));
  switch (begin.kind) {
    case Mark::begin_record:
      to.begin_record();
      AVOW_TRY_VOID(append_record(to, open + 1));
      break;
    case Mark::begin_sequence:
      to.begin_sequence();
      AVOW_TRY_VOID(append_elements(to, Mark::end_sequence, open + 1));
      break;
    case Mark::begin_set:
      to.begin_set();
      AVOW_TRY_VOID(append_elements(to, Mark::end_braces, open + 1));
      break;
    default:
      to.begin_dictionary();
      AVOW_TRY_VOID(append_entries(to, open + 1));
      break;
  }
  to.end();
  if (to.has_duplicate()) {
    return lexer_.error_at(begin.begin,
                           "an element of this set, or a key of this dictionary, "
                           "stands in it twice");
  }
  return {};
}

Result<void> TextReader::append_record(Builder& to, std::size_t open) {
  AVOW_TRY(TextToken token, lexer_.next());
  if (token.kind == Mark::end_record) {
    return lexer_.error_at(token.begin, "a record begins with a label");
  }
  do {
    AVOW_TRY_VOID(append(to, token, open));
    AVOW_TRY(token, lexer_.next());
  } while (token.kind != Mark::end_record);
  return {};
}

Result<void> TextReader::append_elements(Builder& to, Mark end, std::size_t open) {
  for (;;) {
    AVOW_TRY(const TextToken token, next_but_commas(lexer_));
    if (token.kind == end) return {};
    AVOW_TRY_VOID(append(to, token, open));
  }
}

Result<void> TextReader::append_entries(Builder& to, std::size_t open) {
  for (;;) {
    AVOW_TRY(const TextToken key, next_but_commas(lexer_));
    if (key.kind == Mark::end_braces) return {};
    AVOW_TRY_VOID(append(to, key, open));
    AVOW_TRY_VOID(take_colon(lexer_));
    AVOW_TRY_VOID(append_next(to, open));
  }
}

Result<TextToken> TextReader::skip_annotations(TextToken token, std::size_t open) {
  while (token.kind == Mark::annotation) {
    AVOW_TRY_VOID(check_depth(token, open));
    // Dropped, but it must be a value all the same.
    Builder dropped;
    AVOW_TRY_VOID(append_next(dropped, open + 1));
    AVOW_TRY(token, lexer_.next());
  }
  return token;
}

Result<void> TextReader::check_depth(const TextToken& token, std::size_t open) const {
  if (open < limits_.depth_max) return {};
  return lexer_.limit_at(token.begin, "the value is nested deeper than " +
                                          std::to_string(limits_.depth_max) +
                                          ", which is the limit");
}

Error TextReader::unexpected(const TextToken& token) const {
  switch (token.kind) {
    case Mark::end:
      return lexer_.error_at(token.begin, "the text ends where a value is due");
    case Mark::comma:
      return lexer_.error_at(token.begin,
                             "a comma stands where a value is due; commas are for sequences, sets "
                             "and dictionaries");
    case Mark::colon:
      return lexer_.error_at(token.begin,
                             "a colon stands where a value is due; symbols with one are quoted: "
                             "'a:b'");
    default:
      return lexer_.error_at(token.begin, "a closing bracket stands where a value is due");
  }
}

}  // namespace avow
