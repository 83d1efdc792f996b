#pragma once

#include <string>
#include <vector>

#include "avow/client/change.hpp"

namespace avow::cli {

/// A change as an event of the JSON protocol, on one line. `captures_only`: without the fact.
/// `names` are those of the captures.
[[nodiscard]] std::string event_json(const Change& change, bool captures_only,
                                     const std::vector<std::string>& names);

}  // namespace avow::cli
