#pragma once

#include <string>
#include <vector>

#include "avow/base/result.hpp"

namespace avow::cli {

/// The path of `avowd`: beside this program, else wherever PATH has it. Errors: `no-server`.
[[nodiscard]] Result<std::string> path_of_avowd();

/// This process becomes `avowd`, so that signals, output and exit status are its own. Comes back
/// with a status only if there is none.
[[nodiscard]] int become_avowd(std::vector<std::string> words);

}  // namespace avow::cli
