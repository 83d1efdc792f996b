#include "avow/client/url.hpp"

#include <algorithm>

namespace avow {
namespace {

Error bad(std::string_view text, std::string_view why) {
  return {"bad-options", "The URL " + std::string(text) + " " + std::string(why) +
                             "; one looks like ws://127.0.0.1:7370."};
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoul(std::string(text)) <= 65'535;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  constexpr std::string_view scheme = "ws://";
  if (!text.starts_with(scheme)) return bad(text, "does not begin with ws://");
  std::string_view rest = text.substr(scheme.size());
  Url url;
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    url.path = rest.substr(slash);
    rest = rest.substr(0, slash);
  }
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t bracket = rest.find(']');
    if (bracket == std::string_view::npos) return bad(text, "lacks a closing bracket");
    url.host = rest.substr(1, bracket - 1);
    port = rest.substr(bracket + 1);
  } else {
    const std::size_t colon = rest.find(':');
    url.host = rest.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : rest.substr(colon);
  }
  if (url.host.empty()) return bad(text, "names no host");
  if (port.empty()) return url;
  if (!port.starts_with(':') || !is_port(port.substr(1))) return bad(text, "has no good port");
  url.port = port.substr(1);
  return url;
}

std::string Url::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + port;
}

}  // namespace avow
