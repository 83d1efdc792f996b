#pragma once

#include <string_view>
#include <vector>

#include "avow/wire/json_parts.hpp"
#include "avow/wire/json_request.hpp"

// How a subscription is told less than everything, and how it is granted more:
//
//   {"observe": PATTERN, "policy": "pause", "credit": {"turns": 10, "bytes": 65536}, "id": 17}
//   {"observe": PATTERN, "conflate": {"key": ["item"], "every": 250}, "id": 18}
//   {"grant": 17, "turns": 10, "id": 19}
//
// Errors: `bad-request`.

namespace avow::wire {

[[nodiscard]] bool is_json_delivery_option(std::string_view key);
/// Takes one of these options of an observation. Captures of `pattern` go by their names, those
/// without one by their place.
[[nodiscard]] Result<void> read_json_delivery(const JsonView::Member& option,
                                              const NamedPattern& pattern,
                                              DeliveryOptions& delivery);

[[nodiscard]] Result<JsonRequest::Grant> read_json_grant(
    JsonView id, const std::vector<JsonView::Member>& options);

}  // namespace avow::wire
