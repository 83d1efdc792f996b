#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "avow/base/clock.hpp"
#include "avow/model/delivery_policy.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/model/value.hpp"

namespace avow {

/// What a subscription or a query wants to be told about every match.
enum class Want : std::uint8_t {
  captures,     ///< Only what the pattern captures: equal captures are told once.
  whole_facts,  ///< The fact too: every distinct fact is told.
};

/// What to look for: `Pattern`s are made by hand, `NamedPattern`s of text (`parse_pattern_text`).
struct Query {
  NamedPattern pattern;
  Want want = Want::whole_facts;
  /// Turns captures into one form, so that what differs only by form is told as one; nothing if
  /// these captures are not wanted at all. (A struct's double field reads 21 and 21.0 alike.)
  std::function<std::optional<Value>(ValueView captures)> normalise;
  // Of subscriptions only; `counted`, `of_others`, `when_slow` and `latest_per` make such queries.
  bool counts = false;
  bool others = false;
  std::optional<SlowPolicy> policy{};
  Conflation conflation{};

  Query(NamedPattern named, Want wanted = Want::whole_facts)  // NOLINT: a query is its pattern
      : pattern(std::move(named)), want(wanted) {}
  Query(Pattern plain, Want wanted = Want::whole_facts)  // NOLINT
      : pattern{std::move(plain), {}, {}}, want(wanted) {}
};

/// The number of facts with the same captures is told (`Change::count`), rather than the facts: a
/// new number is added, then the one before goes with the cause `superseded`.
[[nodiscard]] inline Query counted(Query query) {
  query.counts = true;
  query.want = Want::captures;
  query.normalise = {};
  return query;
}
/// What this client itself observes is left out. For patterns of interests, `<Observe …>`: so a
/// provider learns what others ask for.
[[nodiscard]] inline Query of_others(Query query) {
  query.others = true;
  return query;
}

/// What becomes of the subscription while this program takes less than it is told. `resync` (which
/// is what there is without) and `pause`: it goes on with the difference. `close`: it ends, with a
/// change of the kind `refused` and the error `slow-consumer`.
[[nodiscard]] inline Query when_slow(Query query, SlowPolicy policy) {
  query.policy = policy;
  return query;
}
/// Only the latest match is told of those that agree in the captures with these numbers (from 0, in
/// pattern order), and no more often than `every`: from 10 ms to an hour. When it has changed, the
/// new one is added, then the one before is removed. Not together with `counted` and `of_others`.
[[nodiscard]] inline Query latest_per(Query query, std::vector<std::uint32_t> key,
                                      Milliseconds every) {
  query.conflation.key = std::move(key);
  query.conflation.every_ms = static_cast<std::uint64_t>(std::max(every, Milliseconds(0)).count());
  return query;
}

}  // namespace avow
