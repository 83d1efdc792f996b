#pragma once

#include <string>
#include <string_view>

#include "cli/bench/workload.hpp"

// How the outcome of a workload is told: in words, as one line of a table, as JSON.

namespace avow::cli::bench {

struct Outcome {
  std::string_view name;
  Settings settings;
  Report report;
  Ceiling ceiling;
  bool is_complete = true;  ///< False: something went wrong, and this is what came before.
};

[[nodiscard]] std::string in_words(const Outcome& outcome);
[[nodiscard]] std::string table_head();
[[nodiscard]] std::string as_row(const Outcome& outcome);
[[nodiscard]] std::string as_json(const Outcome& outcome);

}  // namespace avow::cli::bench
