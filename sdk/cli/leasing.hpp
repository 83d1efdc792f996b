#pragma once

#include <vector>

#include "avow/model/value.hpp"
#include "cli/options.hpp"

namespace avow::cli {

/// `avow publish --lease`: the facts are attached to a lease, which is renewed while this runs and
/// ended when it ends in good order. If the link is lost, they stay until the ttl is over.
[[nodiscard]] int publish_under_lease(const PublishOptions& options, std::vector<Value> facts);

}  // namespace avow::cli
