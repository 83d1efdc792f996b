#pragma once

#include <string_view>
#include <vector>

#include "avow/wire/json_parts.hpp"
#include "avow/wire/json_request.hpp"

// Requests about the session itself, and where subscriptions go on after its loss:
//
//   {"open": "<ref …>", "grace": 30000}       how long it may outlive a lost connection
//   {"resume": "TOKEN", "received": 7}        goes on with it; "space" and "epoch" say which
//   {"acknowledge": 7}                        everything up to number 7 has been taken in
//   {"observe": "<lamp _>", "from": 41, "epoch": "5c1f0e62b7a94d38", "else": "resync"}

namespace avow::wire {

/// Whether `key` may stand beside one of these requests, and beside no other.
[[nodiscard]] bool is_json_session_option(std::string_view key);
/// Whether it may stand beside `verb`.
[[nodiscard]] bool goes_with_json_session(std::string_view key, std::string_view verb);

[[nodiscard]] Result<JsonRequest::Open> read_json_open(JsonView reference,
                                                       const std::vector<JsonView::Member>& options,
                                                       const JsonRequestLimits& limits);
[[nodiscard]] Result<JsonRequest::Resume> read_json_resume(
    JsonView token, const std::vector<JsonView::Member>& options);
[[nodiscard]] Result<JsonRequest::Observe> read_json_observe(
    NamedPattern pattern, const std::vector<JsonView::Member>& options);
[[nodiscard]] Result<JsonRequest::Acknowledge> read_json_acknowledge(JsonView number);

}  // namespace avow::wire
