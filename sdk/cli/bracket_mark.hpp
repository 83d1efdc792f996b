#pragma once

#include <CLI/CLI.hpp>
#include <string>

// CLI11 takes a word in brackets, like the sequence [1, 2], for a list of words. A mark in front of
// it keeps it whole; `unmarked` takes it off again.

namespace avow::cli {

[[nodiscard]] std::string marked(std::string word);
/// For every option and argument that may be a value.
[[nodiscard]] CLI::Validator unmarked();

}  // namespace avow::cli
