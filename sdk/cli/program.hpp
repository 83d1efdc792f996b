#pragma once

#include <string>

#include "avow/base/result.hpp"

namespace avow::cli {

/// The path of `avowd`: beside this program, else wherever PATH has it. Errors: `no-server`.
[[nodiscard]] Result<std::string> path_of_avowd();

}  // namespace avow::cli
