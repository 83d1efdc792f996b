#include "avow/model/text_lexer.hpp"

#include <algorithm>
#include <utility>

#include "avow/model/encoding.hpp"
#include "avow/model/text_digits.hpp"

namespace avow {
namespace {

using Kind = TextToken::Kind;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_bare(char c) { return static_cast<unsigned char>(c) >= 0x80 || is_bare_ascii(c); }

// Hash, then one of these, is a comment up to the end of the line.
bool begins_comment(char after_hash) { return is_space(after_hash) || after_hash == '!'; }

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

// A mark of one character, or `end` if `c` is none.
Kind mark_kind(char c) {
  switch (c) {
    case '<':
      return Kind::begin_record;
    case '>':
      return Kind::end_record;
    case '[':
      return Kind::begin_sequence;
    case ']':
      return Kind::end_sequence;
    case '{':
      return Kind::begin_dictionary;
    case '}':
      return Kind::end_braces;
    case ':':
      return Kind::colon;
    case ',':
      return Kind::comma;
    case '@':
      return Kind::annotation;
    default:
      return Kind::end;
  }
}

std::string place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  // Columns count characters, not bytes: those that continue a character are left out.
  const std::size_t line_begin = before.rfind('\n') + 1;
  const auto column = std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_begin),
                                    before.end(), [](char c) { return (c & 0xC0) != 0x80; }) +
                      1;
  return "Line " + std::to_string(line) + ", column " + std::to_string(column) + ": ";
}

}  // namespace

Error TextLexer::error_at(std::size_t offset, std::string_view what) const {
  return {"bad-text", place(text_, offset).append(what)};
}
Error TextLexer::limit_at(std::size_t offset, std::string_view what) const {
  return {"limit", place(text_, offset).append(what)};
}

Result<TextToken> TextLexer::next() {
  skip_space_and_comments();
  if (at_end()) return TextToken{.kind = Kind::end, .begin = at_};
  const std::size_t begin = at_;
  const char c = text_[at_];
  if (is_bare(c)) return bare();
  ++at_;
  if (c == '#') return hash();
  if (c == '"') return quoted(Kind::string, begin, '"');
  if (c == '\'') return quoted(Kind::symbol, begin, '\'');
  const Kind mark = mark_kind(c);
  if (mark != Kind::end) return TextToken{.kind = mark, .begin = begin};
  return error_at(begin, "this character begins nothing; symbols with it are quoted: 'a b'");
}

void TextLexer::skip_space_and_comments() {
  while (!at_end()) {
    if (is_space(text_[at_])) {
      ++at_;
    } else if (text_[at_] == '#' && (at_ + 1 == text_.size() || begins_comment(text_[at_ + 1]))) {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
    } else {
      return;
    }
  }
}

// What begins with a hash, which has been taken; comments have been passed over.
Result<TextToken> TextLexer::hash() {
  const std::size_t begin = at_ - 1;
  const std::string_view rest = text_.substr(at_);
  const auto take = [&](std::string_view what) {
    if (!rest.starts_with(what)) return false;
    at_ += what.size();
    return true;
  };
  if (take("{")) return TextToken{.kind = Kind::begin_set, .begin = begin};
  if (take(":")) return TextToken{.kind = Kind::embedded, .begin = begin};
  if (take("\"")) return quoted(Kind::bytes, begin, '"');
  if (take("[")) return base64(begin);
  if (take("x\"")) return hex_bytes(Kind::bytes, begin);
  if (take("xd\"")) return hex_bytes(Kind::double_bits, begin);
  if (take("t") || take("f")) return boolean(begin);
  return error_at(begin, "after a hash comes one of t f { [ : \" x\" xd\" or a space");
}

Result<TextToken> TextLexer::boolean(std::size_t begin) {
  if (!at_end() && is_bare(text_[at_])) {
    return error_at(at_, "something follows #t or #f directly");
  }
  return TextToken{.kind = Kind::boolean, .begin = begin, .content = text_.substr(at_ - 1, 1)};
}

Result<TextToken> TextLexer::bare() {
  const std::size_t begin = at_;
  while (!at_end() && is_bare(text_[at_])) ++at_;
  return with_content(
      {.kind = Kind::bare, .begin = begin, .content = text_.substr(begin, at_ - begin)});
}

// A string, symbol or byte string whose opening quote has been taken.
Result<TextToken> TextLexer::quoted(Kind kind, std::size_t begin, char quote) {
  const char ends[] = {quote, '\\', '\0'};
  decoded_.clear();
  for (;;) {
    const std::size_t end = text_.find_first_of(ends, at_);
    if (end == std::string_view::npos) {
      at_ = text_.size();
      return error_at(begin, "what is quoted here has no end");
    }
    const std::string_view plain = text_.substr(at_, end - at_);
    if (kind == Kind::bytes && !is_ascii(plain)) {
      return error_at(at_, "a byte that is not ASCII is written as \\x and two hex digits");
    }
    at_ = end + 1;
    const bool is_last = text_[end] == quote;
    if (is_last && decoded_.empty()) {
      return with_content({.kind = kind, .begin = begin, .content = plain});
    }
    decoded_ += plain;
    if (is_last) return with_content({.kind = kind, .begin = begin, .content = decoded_});
    AVOW_TRY_VOID(escape(kind, quote));
  }
}

// Decodes what follows a backslash.
Result<void> TextLexer::escape(Kind kind, char quote) {
  constexpr std::string_view names = "bfnrt\\/";
  constexpr std::string_view meanings = "\b\f\n\r\t\\/";
  const std::size_t begin = at_ - 1;
  if (at_end()) return error_at(begin, "what is quoted here has no end");
  const char name = text_[at_++];
  const std::size_t simple = names.find(name);
  if (simple != std::string_view::npos) {
    decoded_ += meanings[simple];
  } else if (name == quote) {
    decoded_ += quote;
  } else if (name == 'u' && kind != Kind::bytes) {
    return unicode_escape(begin);
  } else if (name == 'x' && kind == Kind::bytes) {
    AVOW_TRY(const std::uint32_t byte, hex_digits(2));
    decoded_ += static_cast<char>(byte);
  } else {
    return error_at(begin, "there is no such escape");
  }
  return {};
}

// Decodes the digits of one \uXXXX, or of a pair of them that stands for one character.
Result<void> TextLexer::unicode_escape(std::size_t begin) {
  AVOW_TRY(std::uint32_t code, hex_digits(4));
  const bool is_high_surrogate = code >= 0xD800 && code < 0xDC00;
  if (is_high_surrogate && text_.substr(at_).starts_with("\\u")) {
    at_ += 2;
    AVOW_TRY(const std::uint32_t low, hex_digits(4));
    if (low < 0xDC00 || low > 0xDFFF) {
      return error_at(begin, "a high surrogate is not followed by a low one");
    }
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  } else if (code >= 0xD800 && code <= 0xDFFF) {
    return error_at(begin, "half of a surrogate pair is no character");
  }
  append_utf8(decoded_, code);
  return {};
}

Result<std::uint32_t> TextLexer::hex_digits(std::size_t count) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < count; ++i, ++at_) {
    const int digit = at_end() ? -1 : hex_digit(text_[at_]);
    if (digit < 0) return error_at(at_, "a hex digit is missing here");
    number = number << 4 | static_cast<std::uint32_t>(digit);
  }
  return number;
}

// Pairs of hex digits up to a quote, with white space between the pairs.
Result<TextToken> TextLexer::hex_bytes(Kind kind, std::size_t begin) {
  decoded_.clear();
  for (;;) {
    while (!at_end() && is_space(text_[at_])) ++at_;
    if (at_end()) return error_at(begin, "these bytes have no closing quote");
    if (text_[at_] == '"') break;
    AVOW_TRY(const std::uint32_t byte, hex_digits(2));
    decoded_ += static_cast<char>(byte);
  }
  ++at_;
  if (kind == Kind::double_bits && decoded_.size() != 8) {
    return error_at(begin, "a double has exactly 8 bytes");
  }
  return with_content({.kind = kind, .begin = begin, .content = decoded_});
}

// Base64 (RFC 4648, both alphabets) up to a closing bracket; padding may be left out.
Result<TextToken> TextLexer::base64(std::size_t begin) {
  decoded_.clear();
  std::uint32_t group = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (;; ++at_) {
    if (at_end()) return error_at(begin, "these bytes have no closing bracket");
    const char c = text_[at_];
    if (c == ']') break;
    if (is_space(c)) continue;
    if (c == '=' && padding < 2) {
      ++padding;
      continue;
    }
    const int digit = base64_digit(c);
    if (digit < 0 || padding > 0) return error_at(at_, "this is no base64 digit");
    group = group << 6 | static_cast<std::uint32_t>(digit);
    // Each digit but the first of four completes a byte.
    if (digits++ % 4 != 0) {
      decoded_ += static_cast<char>(group >> (6 - 2 * ((digits - 1) % 4)));
    }
  }
  if (digits % 4 == 1 || (padding > 0 && (digits + padding) % 4 != 0)) {
    return error_at(at_, "base64 ends in the middle of a byte");
  }
  ++at_;
  return with_content({.kind = Kind::bytes, .begin = begin, .content = decoded_});
}

Result<TextToken> TextLexer::with_content(TextToken token) {
  if (token.content.size() > limits_.string_bytes_max) {
    return limit_at(token.begin, "this is longer than " + std::to_string(limits_.string_bytes_max) +
                                     " bytes, which is the limit");
  }
  const bool is_text =
      token.kind == Kind::bare || token.kind == Kind::string || token.kind == Kind::symbol;
  if (is_text && !is_utf8(bytes_of(token.content))) {
    return error_at(token.begin, "this is not UTF-8");
  }
  return token;
}

}  // namespace avow
