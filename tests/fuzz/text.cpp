#include "avow/model/text.hpp"

#include "avow/base/check.hpp"

// Any bytes as text: nothing may crash, what reads prints and reads back as the same value, and the
// scanner finds the end of a stream's first value in the same place however the stream is cut.

namespace {

using namespace avow;

std::optional<std::size_t> first_end(std::string_view stream, std::size_t piece) {
  TextScanner scanner;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    const std::optional<std::size_t> end = scanner.feed(stream.substr(at, piece));
    if (end) return at + *end;
  }
  return std::nullopt;
}

void check_value(const Value& value) {
  const Result<Value> again = parse_text(to_text(value));
  AVOW_CHECK(again.has_value() && *again == value);
}

void check_scanner(std::string_view stream) {
  const std::optional<std::size_t> end = first_end(stream, stream.size());
  AVOW_CHECK(first_end(stream, 1) == end && first_end(stream, 3) == end);
  const Result<std::optional<TextPrefix>> prefix = parse_text_prefix(stream);
  // A bare atom at the very end may go on in a piece that is still to come.
  if (!prefix || !*prefix || (*prefix)->consumed == stream.size()) return;
  AVOW_CHECK(end == (*prefix)->consumed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of({data, size});
  const Result<Value> value = parse_text(text);
  if (value) check_value(*value);
  if (size > 0) check_scanner(text);
  return 0;
}
