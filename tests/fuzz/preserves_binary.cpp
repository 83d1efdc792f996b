#include "avow/model/text.hpp"
#include "avow/wire/preserves.hpp"
#include "avow/wire/preserves_scanner.hpp"

// Preserves binary from anybody (V-F1), and the codecs against each other (V-F2).

namespace avow::wire {
namespace {

// What one way of reading accepted, every other way must read as the same value.
void check_value(const Value& value) {
  const CanonicalExtent extent = canonical_extent(value.bytes());
  AVOW_CHECK(extent.end == value.bytes().data() + value.bytes().size());
  AVOW_CHECK(extent.holds_references == value.holds_references());
  const Result<Value> text = parse_text(to_text(value));
  AVOW_CHECK(text.has_value() && *text == value);
}

void check_scanner(ByteView binary, const Result<std::optional<ValuePrefix>>& prefix) {
  PreservesScanner scanner({}, binary.size());
  const Result<std::optional<std::size_t>> end = scanner.feed(binary);
  if (prefix.has_value() && prefix->has_value()) {
    AVOW_CHECK(end.has_value() && end.value() == (**prefix).consumed);
  } else if (prefix.has_value()) {
    // More bytes are needed. (The scanner may know already that a length leads beyond its limit.)
    AVOW_CHECK(!end.has_value() ? end.error().code == "limit" : !end->has_value());
  }
}

void run(ByteView binary) {
  const Result<std::optional<ValuePrefix>> prefix = decode_value_prefix(binary);
  check_scanner(binary, prefix);
  if (!prefix.has_value() || !prefix->has_value()) return;
  check_value((**prefix).value);
  const ByteView whole = binary.first((**prefix).consumed);
  AVOW_CHECK(decode_value(whole).value() == (**prefix).value);
  const bool is_canonical = canonical_extent(whole).end != nullptr;
  AVOW_CHECK(is_canonical == equal(whole, (**prefix).value.bytes()));
}

}  // namespace
}  // namespace avow::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avow::wire::run({data, size});
  return 0;
}
