#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/options.hpp"

// The command line, read. CLI11 is in arguments.cpp and offline_arguments.cpp alone.

namespace avow::cli {

/// There is nothing to do but to say `text`: help and version on stdout with status 0, wrong usage
/// on stderr with status 2.
struct Answer {
  int status = 0;
  std::string text;
};

/// An environment variable, or nothing where it is not set or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// Reads `words`, the arguments without the program's name. A flag is stronger than the
/// environment (AVOW_URL, AVOW_CAP, AVOW_SPACE), and that is stronger than the default.
[[nodiscard]] std::variant<Invocation, Answer> parse_arguments(
    const std::vector<std::string>& words, const Environment& environment);

}  // namespace avow::cli
