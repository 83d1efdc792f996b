#include "server/config_file.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <toml++/toml.h>

namespace avow::server {
namespace {

Error bad_config(const std::filesystem::path& file, const toml::source_region& at,
                 const std::string& what) {
  return {"bad-config", file.string() + ", line " + std::to_string(at.begin.line) + ": " + what};
}

using Values = std::optional<std::vector<std::string>>;

Values texts_in(const toml::node& node) {
  if (const auto* const text = node.as_string()) return std::vector{text->get()};
  const toml::array* const list = node.as_array();
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> values;
  for (const toml::node& element : *list) {
    const auto* const text = element.as_string();
    if (text == nullptr) return std::nullopt;
    values.push_back(text->get());
  }
  return values;
}

Values flag_in(const toml::node& node) {
  const auto* const flag = node.as_boolean();
  if (flag == nullptr) return std::nullopt;
  return std::vector<std::string>{flag->get() ? "true" : "false"};
}

Values number_in(const toml::node& node) {
  const auto* const number = node.as_integer();
  if (number == nullptr) return std::nullopt;
  return std::vector<std::string>{std::to_string(number->get())};
}

Values values_in(const toml::node& node, SettingKind kind) {
  if (kind == SettingKind::flag) return flag_in(node);
  return kind == SettingKind::number ? number_in(node) : texts_in(node);
}

std::string_view what_is(SettingKind kind) {
  if (kind == SettingKind::flag) return " is true or false.";
  return kind == SettingKind::number ? " is a number." : " is a string or a list of them.";
}

std::string names_in(const std::map<std::string, SettingKind>& known) {
  std::string list;
  for (const auto& [name, kind] : known) list += (list.empty() ? "" : ", ") + name;
  return list;
}

Result<toml::table> parse(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::ostringstream content;
  if (!stream || !(content << stream.rdbuf())) {
    return Error{"bad-config", "The configuration file " + file.string() + " cannot be read."};
  }
  try {
    return toml::parse(content.str());
  } catch (const toml::parse_error& error) {
    return bad_config(file, error.source(), std::string(error.description()));
  }
}

}  // namespace

Result<ConfigValues> read_config(const std::filesystem::path& file,
                                 const std::map<std::string, SettingKind>& known) {
  AVOW_TRY(const toml::table table, parse(file));
  ConfigValues values;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto found = known.find(name);
    if (found == known.end()) {
      return bad_config(
          file, key.source(),
          "there is no setting " + name + "; the settings are " + names_in(known) + ".");
    }
    Values read = values_in(node, found->second);
    if (!read) return bad_config(file, node.source(), name + std::string(what_is(found->second)));
    values[name] = std::move(*read);
  }
  return values;
}

}  // namespace avow::server
