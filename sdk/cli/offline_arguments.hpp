#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/arguments.hpp"
#include "cli/options.hpp"

// The verbs that talk to no server. What is read goes to `to`, which outlives `app`.

namespace avow::cli {

/// `cap mint`, `cap attenuate` and `cap show`. `environment` outlives `app`.
void add_cap_verbs(CLI::App& app, const Environment& environment, std::optional<Invocation>& to);
/// `backup`, `backup verify` and `restore`. What CLI11 cannot see goes to `problem`.
void add_backup_verbs(CLI::App& app, std::optional<Invocation>& to,
                      std::optional<std::string>& problem);

}  // namespace avow::cli
