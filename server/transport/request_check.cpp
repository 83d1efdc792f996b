#include "server/transport/request_check.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace avow::server {

namespace {

struct Subprotocol {
  std::string_view name;
  Protocol protocol;
};

constexpr std::array known_subprotocols = {
    Subprotocol{"syndicate", Protocol::syndicate_websocket},
    Subprotocol{"avow.capnp.v1", Protocol::native},
    Subprotocol{"avow.json.v1", Protocol::json},
};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char left, unsigned char right) {
    return std::tolower(left) == std::tolower(right);
  });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The elements of a list such as `chat, avow.json.v1`; empty ones are left out (RFC 9110, 5.6.1).
std::vector<std::string_view> elements_of(std::string_view list) {
  std::vector<std::string_view> elements;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view element = trimmed(list.substr(0, comma));
    if (!element.empty()) elements.push_back(element);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return elements;
}

bool names(std::string_view list, std::string_view wanted) {
  return std::ranges::any_of(elements_of(list), [&](std::string_view element) {
    return equal_ignoring_case(element, wanted);
  });
}

/// A Host without its port: `[::1]:7370` is `::1`. Empty if it is none.
std::string_view host_without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end == std::string_view::npos ? std::string_view{} : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

bool is_own_host(std::string_view host, const RequestPolicy& policy,
                 const ReachedAddress& reached) {
  const std::string_view name = host_without_port(host);
  if (name.empty()) return false;
  if (name == reached.text) return true;
  if (reached.loopback) {
    for (const std::string_view loopback : {"localhost", "127.0.0.1", "::1"}) {
      if (equal_ignoring_case(name, loopback)) return true;
    }
  }
  return std::ranges::any_of(policy.host_names, [&](const std::string& allowed) {
    return equal_ignoring_case(name, allowed);
  });
}

/// A page is our own if it came from where the request goes to: `Host` has been checked before.
bool is_own_origin(std::string_view origin, std::string_view host, const RequestPolicy& policy) {
  constexpr std::string_view scheme = "http://";
  if (origin.starts_with(scheme) && equal_ignoring_case(origin.substr(scheme.size()), host)) {
    return true;
  }
  return std::ranges::any_of(policy.origins, [&](const std::string& allowed) {
    return equal_ignoring_case(origin, allowed);
  });
}

RefusedRequest refused(Refusal reason, unsigned status, std::string sentence) {
  return {reason, plain_response(status, std::move(sentence))};
}

std::optional<RefusedRequest> refusal_of_sender(const RequestHead& head,
                                                const RequestPolicy& policy,
                                                const ReachedAddress& reached) {
  if (!head.host || head.host->empty()) {
    return refused(Refusal::bad_request, 400, "The request has no Host field.");
  }
  if (head.hosts > 1) {
    return refused(Refusal::bad_request, 400, "The request has more than one Host field.");
  }
  if (!is_own_host(*head.host, policy, reached)) {
    return refused(Refusal::foreign_host, 421,
                   "This server does not go by the name in the Host field. If it should, start it "
                   "with --host-name NAME.");
  }
  if (head.origin && !is_own_origin(*head.origin, *head.host, policy)) {
    return refused(Refusal::foreign_origin, 403,
                   "Pages from this origin may not use the server. If they should, start it with "
                   "--origin URL, such as --origin http://localhost:5173.");
  }
  return std::nullopt;
}

std::optional<RefusedRequest> refusal_of_form(const RequestHead& head) {
  if (head.method != "GET" && head.method != "HEAD") {
    RefusedRequest answer =
        refused(Refusal::bad_request, 405, "Only GET and HEAD are answered here.");
    answer.response.fields.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  if (head.has_body) {
    return refused(Refusal::bad_request, 400, "A request must not have a body here.");
  }
  if (!head.target.starts_with('/')) {
    return refused(Refusal::bad_request, 400, "The target of a request must begin with a slash.");
  }
  return std::nullopt;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string list_of_known_subprotocols() {
  std::string list;
  for (const Subprotocol& known : known_subprotocols) {
    if (!list.empty()) list += ", ";
    list += known.name;
  }
  return list;
}

Verdict subprotocol_verdict(std::string_view offered) {
  const std::vector<std::string_view> names = elements_of(offered);
  if (names.empty()) return Upgrade{Protocol::syndicate_websocket, {}};
  for (const std::string_view name : names) {
    for (const Subprotocol& known : known_subprotocols) {
      if (name == known.name) return Upgrade{known.protocol, known.name};
    }
  }
  return refused(Refusal::unknown_subprotocol, 400,
                 "None of the subprotocols offered is known here. Known are " +
                     list_of_known_subprotocols() + ", and none at all for syndicate.");
}

Verdict upgrade_verdict(const RequestHead& head) {
  const std::string_view path = path_of(head.target);
  if (path != "/" && path != "/ws") {
    return refused(Refusal::bad_request, 404, "WebSockets are served at / and at /ws.");
  }
  if (head.method != "GET" || !names(head.connection, "upgrade") || !head.websocket_key) {
    return refused(Refusal::bad_request, 400,
                   "This is no whole WebSocket upgrade: it takes a GET with the fields Upgrade, "
                   "Connection, Sec-WebSocket-Key and Sec-WebSocket-Version.");
  }
  if (!head.websocket_version || trimmed(*head.websocket_version) != "13") {
    RefusedRequest answer =
        refused(Refusal::bad_request, 426, "Only version 13 of WebSocket is spoken here.");
    answer.response.fields.emplace_back("Sec-WebSocket-Version", "13");
    return answer;
  }
  return subprotocol_verdict(head.subprotocols.value_or(std::string_view{}));
}

}  // namespace

HttpResponse plain_response(unsigned status, std::string sentence) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(sentence) + "\n";
  return response;
}

Verdict judge(const RequestHead& head, const RequestPolicy& policy, const ReachedAddress& reached) {
  if (auto refusal = refusal_of_sender(head, policy, reached)) return std::move(*refusal);
  if (auto refusal = refusal_of_form(head)) return std::move(*refusal);
  if (head.upgrade && names(*head.upgrade, "websocket")) return upgrade_verdict(head);
  return PageRequest{{path_of(head.target), head.if_none_match}, head.method == "HEAD"};
}

}  // namespace avow::server
