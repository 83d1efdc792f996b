#pragma once

#include "avow/client/space.hpp"

// How a query is said to the server, and how what it answers is read.

namespace avow {

/// `{}`, or `{same: [[0 2]] whole: #t}`. Always a dictionary, so that the server answers errors.
/// Where whole facts are wanted, the whole is the first capture.
[[nodiscard]] Value interest_options(const Query& query, const DeliveryOptions& delivery = {});
/// `<Observe pattern #:observer options>`, `observer` in wire form.
[[nodiscard]] Value observe_assertion(const Query& query, const Value& observer,
                                      const DeliveryOptions& delivery = {});

/// The captures that the server told, as the program wants them.
struct Matched {
  Value fact;  ///< Where whole facts are wanted.
  Value captures;
  std::uint64_t count = 0;  ///< Where facts are counted.
};
[[nodiscard]] Matched matched(const Query& query, const Value& told);
/// The change that the server told with these captures; what else there is to it is left to fill
/// in.
[[nodiscard]] Change change_of(const Query& query, Change::Kind kind, const Value& told);

}  // namespace avow
