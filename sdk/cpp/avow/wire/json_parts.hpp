#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "avow/wire/json_request.hpp"

// What the readers of JSON requests have in common.

namespace avow::wire {

[[nodiscard]] Error bad_request(std::string detail);
/// The key as it is shown in a sentence: quoted, and not too long.
[[nodiscard]] std::string quoted(std::string_view key);

[[nodiscard]] Result<JsonId> read_json_id(JsonView json);
/// A whole number from 0 on. `what` begins the sentence of the error.
[[nodiscard]] Result<std::uint64_t> read_json_count(JsonView json, std::string_view what);
/// Text if it is a string, else the JSON form.
[[nodiscard]] Result<Value> read_json_value(JsonView json, const JsonRequestLimits& limits);

/// The constants that stand beside patterns: `"with": {"room": "kitchen"}`.
class JsonConstants {
 public:
  JsonConstants() = default;
  explicit JsonConstants(JsonView object) : object_(object) {}

  [[nodiscard]] bool given() const { return object_.has_value(); }
  [[nodiscard]] Result<PatternConstants> read(const ValueLimits& limits) const;

 private:
  std::optional<JsonView> object_;
};

/// A pattern of text in which every constant stands, or one in wire form beside which there are
/// none.
[[nodiscard]] Result<NamedPattern> read_json_pattern(JsonView json, const JsonConstants& with,
                                                     const JsonRequestLimits& limits);
[[nodiscard]] Result<NamedPattern> read_json_wire_pattern(JsonView json,
                                                          const JsonRequestLimits& limits);

}  // namespace avow::wire
