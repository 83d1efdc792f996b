#include "avow/model/text.hpp"
#include "avow/model/text_lexer.hpp"

// A stream of text must be cut into values before these are read. Brackets are only counted: text
// in which they do not match is cut somewhere, and the reader then says what is wrong with it.

namespace avow {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_line_end(char c) { return c == '\r' || c == '\n'; }
bool is_bare(char c) { return static_cast<unsigned char>(c) >= 0x80 || is_bare_ascii(c); }

}  // namespace

std::optional<std::size_t> TextScanner::feed(std::string_view more) {
  for (std::size_t at = 0; at < more.size();) {
    const Step step = take(more[at]);
    if (step != Step::token_ended_before) ++at;
    if (step == Step::goes_on || depth_ != 0 || --wanted_ != 0) continue;
    wanted_ = 1;
    prefix_pending_ = false;
    return at;
  }
  return std::nullopt;
}

bool TextScanner::at_boundary() const {
  return in_ == In::nothing && depth_ == 0 && !prefix_pending_;
}

TextScanner::Step TextScanner::take(char c) {
  switch (in_) {
    case In::nothing:
      return begin_token(c);
    case In::atom:
      if (is_bare(c)) return Step::goes_on;
      in_ = In::nothing;
      return Step::token_ended_before;
    case In::string:
      return quoted(c, '"');
    case In::symbol:
      return quoted(c, '\'');
    case In::base64:
      return c == ']' ? token_end() : Step::goes_on;
    case In::comment:
      if (is_line_end(c)) in_ = In::nothing;
      return Step::goes_on;
    case In::hash:
      return begin_hash_token(c);
    case In::hash_x:
      if (c == 'd') return Step::goes_on;
      if (c != '"') return token_end();
      in_ = In::string;
      return Step::goes_on;
  }
  return Step::goes_on;
}

TextScanner::Step TextScanner::begin_token(char c) {
  if (is_space(c)) return Step::goes_on;
  switch (c) {
    case ',':
    case ':':
      // At top level they are mistakes, which the reader is shown.
      return depth_ == 0 ? token_end() : Step::goes_on;
    case '"':
      in_ = In::string;
      return Step::goes_on;
    case '\'':
      in_ = In::symbol;
      return Step::goes_on;
    case '#':
      in_ = In::hash;
      return Step::goes_on;
    case '@':
      if (depth_ == 0) ++wanted_;
      prefix_pending_ = true;
      return Step::goes_on;
    case '<':
    case '[':
    case '{':
      return open();
    case '>':
    case ']':
    case '}':
      if (depth_ != 0) --depth_;
      return token_end();
    default:
      break;
  }
  if (!is_bare(c)) return token_end();
  in_ = In::atom;
  return Step::goes_on;
}

TextScanner::Step TextScanner::begin_hash_token(char c) {
  if (c == '{') return open();
  if (c == ':') {
    in_ = In::nothing;
    prefix_pending_ = true;
  } else if (is_line_end(c)) {
    in_ = In::nothing;
  } else if (is_space(c) || c == '!') {
    in_ = In::comment;
  } else if (c == '"') {
    in_ = In::string;
  } else if (c == '[') {
    in_ = In::base64;
  } else if (c == 'x') {
    in_ = In::hash_x;
  } else if (c == 't' || c == 'f') {
    in_ = In::atom;
  } else {
    return token_end();
  }
  return Step::goes_on;
}

TextScanner::Step TextScanner::quoted(char c, char quote) {
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == quote) {
    return token_end();
  }
  return Step::goes_on;
}

TextScanner::Step TextScanner::open() {
  in_ = In::nothing;
  ++depth_;
  return Step::goes_on;
}

TextScanner::Step TextScanner::token_end() {
  in_ = In::nothing;
  return Step::token_ended;
}

}  // namespace avow
