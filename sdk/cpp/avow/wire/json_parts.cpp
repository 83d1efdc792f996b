#include "avow/wire/json_parts.hpp"

#include <utility>
#include <vector>

#include "avow/model/text.hpp"
#include "avow/wire/json.hpp"

namespace avow::wire {
namespace {

using JsonKind = JsonView::Kind;

constexpr std::int64_t id_max = std::int64_t{1} << 53;

}  // namespace

Error bad_request(std::string detail) { return {"bad-request", std::move(detail)}; }

std::string quoted(std::string_view key) {
  std::string text;
  append_json_string(text, key.substr(0, 64));
  return text;
}

Result<JsonId> read_json_id(JsonView json) {
  const std::optional<std::int64_t> id = json.as_int64();
  if (id && *id >= 0 && *id <= id_max) return static_cast<JsonId>(*id);
  return bad_request("An id is a whole number from 0 to 2^53.");
}

Result<std::uint64_t> read_json_count(JsonView json, std::string_view what) {
  const std::optional<std::int64_t> count = json.as_int64();
  if (count && *count >= 0) return static_cast<std::uint64_t>(*count);
  return bad_request(std::string(what) + " a whole number of milliseconds, from 0 on.");
}

Result<Value> read_json_value(JsonView json, const JsonRequestLimits& limits) {
  if (json.is(JsonKind::string)) return parse_text(json.text(), limits.value);
  return value_from_json(json, JsonAuthor::client, limits.value);
}

Result<PatternConstants> JsonConstants::read(const ValueLimits& limits) const {
  PatternConstants constants;
  if (!object_) return constants;
  for (const JsonView::Member& member : object_->members()) {
    AVOW_TRY(Value value, value_from_json(member.value, JsonAuthor::client, limits));
    constants.insert_or_assign(std::string(member.key), std::move(value));
  }
  return constants;
}

Result<NamedPattern> read_json_pattern(JsonView json, const JsonConstants& with,
                                       const JsonRequestLimits& limits) {
  if (json.is(JsonKind::string)) {
    AVOW_TRY(const PatternConstants constants, with.read(limits.value));
    return parse_pattern_text(json.text(), constants, limits.pattern);
  }
  if (with.given()) return bad_request("Only a pattern that is text has names for \"with\".");
  return read_json_wire_pattern(json, limits);
}

Result<NamedPattern> read_json_wire_pattern(JsonView json, const JsonRequestLimits& limits) {
  AVOW_TRY(const Value wire, value_from_json(json, JsonAuthor::client, limits.value));
  AVOW_TRY(Pattern pattern, Pattern::parse(wire, limits.pattern));
  std::vector<std::string> names(pattern.capture_count());
  return NamedPattern{std::move(pattern), std::move(names), {}};
}

}  // namespace avow::wire
