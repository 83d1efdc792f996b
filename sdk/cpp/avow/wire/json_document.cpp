#include "avow/wire/json_document.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <limits>
#include <utility>

namespace avow::wire {

// What Boost.JSON's parser calls while it reads. It checks syntax, UTF-8 and depth.
class JsonHandler {
 public:
  using Kind = JsonDocument::Kind;
  using ErrorCode = boost::json::error_code;
  static constexpr std::size_t max_object_size = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  [[nodiscard]] JsonDocument take() { return std::move(document_); }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_array_begin(ErrorCode&) { return begin(Kind::array); }
  bool on_array_end(std::size_t size, ErrorCode&) { return end(size); }
  bool on_object_begin(ErrorCode&) { return begin(Kind::object); }
  bool on_object_end(std::size_t size, ErrorCode&) { return end(size); }
  bool on_string_part(std::string_view part, std::size_t, ErrorCode&) { return gather(part); }
  bool on_string(std::string_view last, std::size_t, ErrorCode&) {
    return text(Kind::string, last);
  }
  bool on_key_part(std::string_view part, std::size_t, ErrorCode&) { return gather(part); }
  bool on_key(std::string_view last, std::size_t, ErrorCode&) { return text(Kind::string, last); }
  // What the parser makes of a number is not exact: only its text is kept.
  bool on_number_part(std::string_view part, ErrorCode&) { return gather(part); }
  bool on_int64(std::int64_t, std::string_view last, ErrorCode&) {
    return text(Kind::number, last);
  }
  bool on_uint64(std::uint64_t, std::string_view last, ErrorCode&) {
    return text(Kind::number, last);
  }
  bool on_double(double, std::string_view last, ErrorCode&) { return text(Kind::number, last); }
  bool on_bool(bool value, ErrorCode&) {
    add({.kind = Kind::boolean, .boolean = value});
    return true;
  }
  bool on_null(ErrorCode&) {
    add({.kind = Kind::null});
    return true;
  }
  bool on_comment_part(std::string_view, ErrorCode&) { return true; }
  bool on_comment(std::string_view, ErrorCode&) { return true; }

 private:
  void add(JsonDocument::Token token) {
    token.end = static_cast<std::uint32_t>(document_.tokens_.size() + 1);
    document_.tokens_.push_back(token);
  }
  bool begin(Kind kind) {
    open_.push_back(static_cast<std::uint32_t>(document_.tokens_.size()));
    add({.kind = kind});
    return true;
  }
  bool end(std::size_t size) {
    JsonDocument::Token& token = document_.tokens_[open_.back()];
    open_.pop_back();
    token.size = static_cast<std::uint32_t>(size);
    token.end = static_cast<std::uint32_t>(document_.tokens_.size());
    return true;
  }
  bool gather(std::string_view part) {
    document_.text_.append(part);
    return true;
  }
  bool text(Kind kind, std::string_view last) {
    document_.text_.append(last);
    const auto offset = static_cast<std::uint32_t>(text_end_);
    text_end_ = document_.text_.size();
    add({.kind = kind, .size = static_cast<std::uint32_t>(text_end_ - offset), .offset = offset});
    return true;
  }

  JsonDocument document_;
  std::size_t text_end_ = 0;
  std::vector<std::uint32_t> open_;
};

namespace {

Error refusal(const boost::json::error_code& code, std::size_t at, const JsonLimits& limits) {
  if (code == boost::json::error::too_deep) {
    return {"limit", "JSON is nested deeper than " + std::to_string(limits.depth_max) + "."};
  }
  return {"bad-json",
          "The text is not JSON: " + code.message() + " at byte " + std::to_string(at) + "."};
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

Result<JsonDocument> JsonDocument::parse(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return Error{"limit",
                 "JSON text has more than " + std::to_string(limits.bytes_max) + " bytes."};
  }
  boost::json::parse_options options;
  options.max_depth = limits.depth_max;
  boost::json::basic_parser<JsonHandler> parser(options);
  boost::json::error_code error;
  const std::size_t taken = parser.write_some(false, text.data(), text.size(), error);
  if (error) return refusal(error, taken, limits);
  if (!is_blank(text.substr(taken))) {
    return Error{"bad-json", "The text holds more than one JSON value; the second begins at byte " +
                                 std::to_string(taken) + "."};
  }
  return parser.handler().take();
}

JsonView JsonDocument::root() const { return {*this, 0}; }

bool JsonView::is_integer() const {
  return is(Kind::number) && text().find_first_of(".eE") == std::string_view::npos;
}

std::optional<std::int64_t> JsonView::as_int64() const {
  if (!is_integer()) return std::nullopt;
  const std::string_view digits = text();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

JsonView::Iterator JsonView::begin() const { return {*document_, at_ + 1}; }
JsonView::Iterator JsonView::end() const { return {*document_, token().end}; }

std::vector<JsonView::Member> JsonView::members() const {
  std::vector<Member> members;
  members.reserve(size());
  for (Iterator at = begin(); at != end(); ++at) {
    const std::string_view key = (*at).text();
    ++at;
    members.push_back({key, *at});
  }
  return members;
}

}  // namespace avow::wire
