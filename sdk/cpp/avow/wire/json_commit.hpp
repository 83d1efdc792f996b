#pragma once

#include <string_view>
#include <vector>

#include "avow/wire/json_parts.hpp"
#include "avow/wire/json_request.hpp"

// How a commit is written in JSON: one object is one operation.
//
//   {"put": VALUE}  {"drop": VALUE}                      a durable fact comes, or goes
//   {"slot": KEY, "fact": VALUE}  {"slot": KEY}          the one fact under a key; none
//   {"item": VALUE}  {"take": PATTERN}  {"ack": ITEM}    items, to be taken by one
//   {"lease-to": LEASE, "fact": VALUE}                   a fact that lives as long as the lease
//   {"renew": LEASE}  {"end": LEASE}
//   {"send": VALUE}                                      a message
//   {"outcome": ["36b8f84d-df4e-4d49-b662-bcde71a8764f", 7]}
//
// Beside the commit stand its options: "require" and "absent" (lists of patterns), "turn-id" (like
// that of an outcome), "level", "timeout" and "ack". A last turn, {"last-turn": [OPERATION, …]}, is
// written in the same way, and may have a "delay".

namespace avow::wire {

[[nodiscard]] bool is_json_commit_option(std::string_view key);

/// Reads `{"commit": [OPERATION, …]}`, `{"last-turn": [OPERATION, …]}`, or `{"take": PATTERN}`,
/// which is a commit of that alone. A name of `with` stands wherever a pattern has it; one that no
/// pattern has is an error. Errors: `bad-request`, `unknown-name`, and those of values, texts and
/// patterns.
[[nodiscard]] Result<JsonRequest::Commit> read_json_commit(
    const JsonView::Member& verb, const std::vector<JsonView::Member>& options,
    const JsonConstants& with, const JsonRequestLimits& limits);

}  // namespace avow::wire
