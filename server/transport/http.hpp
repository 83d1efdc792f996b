#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What the WebSocket listener asks of, and answers to, those who speak plain HTTP to it. Only GET
// and HEAD without a body come this far.

namespace avow::server {

struct HttpRequest {
  std::string_view path;           ///< Without the query: `/metrics`.
  std::string_view if_none_match;  ///< The entity tags that the client has, or empty.
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  /// Further fields of the head. The transport adds what every response has.
  std::vector<std::pair<std::string, std::string>> fields;
};

/// Answers one request. It is called on the transport's thread and must not block.
using AnswerHttp = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace avow::server
