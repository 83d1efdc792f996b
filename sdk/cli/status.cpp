#include <string>
#include <string_view>

#include "avow/wire/json.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {
namespace {

void append_member(std::string& to, const char* key, std::string_view text) {
  to += to.size() == 1 ? "\"" : ",\"";
  to += key;
  to += "\":";
  wire::append_json_string(to, text);
}

std::string as_json(const ServerInfo& info, const Target& target) {
  std::string object = "{";
  append_member(object, "server", info.server);
  append_member(object, "version", info.version);
  append_member(object, "url", target.url);
  append_member(object, "space", info.space);
  append_member(object, "epoch", info.epoch);
  object += ",\"rev\":" + std::to_string(info.revision) + ",\"features\":[";
  for (const std::string& feature : info.features) {
    if (!object.ends_with('[')) object += ',';
    wire::append_json_string(object, feature);
  }
  object += "],\"limits\":{";
  for (const auto& [name, limit] : info.limits) {
    if (!object.ends_with('{')) object += ',';
    wire::append_json_string(object, name);
    object += ":" + std::to_string(limit);
  }
  return object + "}}";
}

std::string in_words(const ServerInfo& info, const Target& target) {
  std::string text = info.server + " " + info.version + " at " + target.url + "\n";
  text += "space     " + info.space + ", revision " + std::to_string(info.revision) + "\n";
  text += "epoch     " + info.epoch;
  if (!info.features.empty()) {
    text += "\nfeatures ";
    for (const std::string& feature : info.features) text += " " + feature;
  }
  return text;
}

}  // namespace

int run(StatusOptions options) {
  return with_session(options.target, WhenLost::give_up, [&](Session& session) {
    const ServerInfo info = session.client().server();
    session.print(options.json ? as_json(info, options.target) : in_words(info, options.target));
    session.finish(status_done);
  });
}

}  // namespace avow::cli
