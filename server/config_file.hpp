#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "avow/base/result.hpp"

namespace avow::server {

/// What a configuration file says: by the name of the flag (without dashes) its values, each as one
/// would write it behind the flag. A flag without a value has "true" or "false".
using ConfigValues = std::map<std::string, std::vector<std::string>>;

/// What a setting may be.
enum class SettingKind : std::uint8_t {
  text,    ///< A string, or a list of strings.
  number,  ///< A whole number.
  flag,    ///< true or false.
};

/// Reads a TOML file whose keys are the names of the flags:
///
///     listen = ["127.0.0.1:7370", "[::1]:7370"]
///     key-file = "/etc/avow/key"
///
/// Errors: `bad-config`, naming the file and the line: unreadable, no TOML, a key that is not in
/// `known`, a value of the wrong type.
[[nodiscard]] Result<ConfigValues> read_config(const std::filesystem::path& file,
                                               const std::map<std::string, SettingKind>& known);

}  // namespace avow::server
