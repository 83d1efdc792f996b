#include "avow/base/check.hpp"
#include "avow/wire/json.hpp"
#include "avow/wire/preserves.hpp"

// JSON from anybody: what reads as a value must be one, and come back from JSON exactly.

namespace avow::wire {
namespace {

void run(std::string_view text) {
  const Result<Value> value = value_from_json_text(text, JsonAuthor::client);
  if (!value.has_value()) {
    AVOW_CHECK(!value.error().code.empty() && !value.error().detail.empty());
    return;
  }
  const Result<Value> binary = decode_value(value->bytes());
  AVOW_CHECK(binary.has_value() && *binary == *value);
  AVOW_CHECK(value->holds_references() == contains_embedded(value->bytes()));
  // The form that we write may be longer than what came, but is as deep.
  JsonLimits limits;
  limits.bytes_max = 64 << 20;
  const std::string written = to_json(*value, JsonAuthor::client);
  const Result<JsonDocument> document = JsonDocument::parse(written, limits);
  AVOW_CHECK(document.has_value());
  const Result<Value> again = value_from_json(document->root(), JsonAuthor::client);
  AVOW_CHECK(again.has_value() && *again == *value);
}

}  // namespace
}  // namespace avow::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avow::wire::run(avow::text_of({data, size}));
  return 0;
}
