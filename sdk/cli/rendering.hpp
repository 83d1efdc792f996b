#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "avow/client/change.hpp"
#include "avow/client/commit.hpp"
#include "avow/model/value.hpp"
#include "cli/options.hpp"

// How what a server tells is shown: `+ <present "ann">` to people, the events of the JSON protocol
// to programs.

namespace avow::cli {

class Rendering {
 public:
  /// `names` are those of the pattern's captures; "" for one without a name.
  Rendering(Showing showing, std::vector<std::string> names)
      : showing_(showing), names_(std::move(names)) {}

  /// `+ fact`, `- fact`, `! message` or `= synced rev N`, or the event as JSON.
  [[nodiscard]] std::string change(const Change& change) const;
  /// A bare fact (or its captures), or an `add` event as JSON.
  [[nodiscard]] std::string row(const Value& fact, const Value& captures,
                                std::uint64_t revision) const;

 private:
  [[nodiscard]] std::string what(const Value& fact, const Value& captures) const;
  [[nodiscard]] std::string captures_text(ValueView captures) const;

  Showing showing_;
  std::vector<std::string> names_;
};

/// `= published rev 7`, or `{"op":"ok","rev":7}`.
[[nodiscard]] std::string receipt_line(const char* what, std::uint64_t revision, bool json);

/// `= durable rev 7`, or `= accepted rev 7 (in memory)`; as JSON, the `ok` of the protocol.
[[nodiscard]] std::string committed_line(const Committed& committed, bool json);
/// The `ok` of the protocol to a take of one item.
[[nodiscard]] std::string taken_json(const Committed& committed, const NamedPattern& pattern);

/// The time of day, UTC, to the millisecond: `2026-01-31T12:00:00.123Z`.
[[nodiscard]] std::string utc_now();

/// The sign that a change is shown with.
[[nodiscard]] char sign_of(Change::Kind kind);

}  // namespace avow::cli
