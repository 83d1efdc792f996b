#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/session/conversation.hpp"
#include "server/transport/counters.hpp"
#include "server/transport/http.hpp"

// Decides what becomes of a request on the WebSocket port, from its head alone: a conversation, a
// page, or a refusal that names the way out. A browser lets any page that it shows open a WebSocket
// to any server, and a name that an attacker controls can be made to point at this machine; so both
// `Origin` and `Host` are checked before anything else happens.

namespace avow::server {

/// The head of a request, as far as it matters. The views last as long as the request.
struct RequestHead {
  std::string_view method;
  std::string_view target;
  std::optional<std::string_view> host;
  std::size_t hosts = 1;  ///< How often there is a Host; with several, who knows which one counts?
  std::optional<std::string_view> origin;
  std::optional<std::string_view> upgrade;
  std::string_view connection;
  std::optional<std::string_view> websocket_key;
  std::optional<std::string_view> websocket_version;
  std::optional<std::string_view> subprotocols;
  std::string_view if_none_match;
  bool has_body = false;  ///< A Content-Length or a Transfer-Encoding, whatever it says.
};

/// Which names and pages are let in.
struct RequestPolicy {
  /// Names of this server beside its own address, such as `facts.example` (`--host-name`).
  std::vector<std::string> host_names;
  /// Pages beside the server's own, such as `http://localhost:5173` (`--origin`).
  std::vector<std::string> origins;
};

/// The address that the client has reached, such as `127.0.0.1` or `::1`.
struct ReachedAddress {
  std::string text;
  bool loopback = false;
};

/// The request becomes a conversation.
struct Upgrade {
  Protocol protocol;
  std::string_view subprotocol;  ///< The name to answer, or empty for none.
};

/// The request is turned away.
struct RefusedRequest {
  Refusal reason;
  HttpResponse response;
};

/// The request is for a page.
struct PageRequest {
  HttpRequest request;
  bool head_only = false;
};

using Verdict = std::variant<Upgrade, PageRequest, RefusedRequest>;

[[nodiscard]] Verdict judge(const RequestHead& head, const RequestPolicy& policy,
                            const ReachedAddress& reached);

/// `sentence` as the plain text body of a response.
[[nodiscard]] HttpResponse plain_response(unsigned status, std::string sentence);

}  // namespace avow::server
