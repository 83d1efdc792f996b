#include "server/inspect/pages.hpp"

#include <array>
#include <string>
#include <utility>

#include "inspector/files.hpp"
#include "server/base/hash.hpp"
#include "server/inspect/metrics.hpp"

namespace avow::server {

namespace {

struct Check {
  std::string_view good_state;
  bool holds;
};

std::string sentence_of(const RecoveryProgress& progress) {
  return "recovering: " + std::to_string(progress.rows) + " of " + std::to_string(progress.of) +
         " rows";
}

/// Names the content, so that a browser fetches what has changed and nothing else.
std::string entity_tag_of(std::string_view content) {
  static const KeyedHash unkeyed{HashKey{}};  // The content is ours: nobody can choose it.
  return "\"" + std::to_string(unkeyed(bytes_of(content))) + "\"";
}

/// Nothing but the files of this server runs on the page, and nobody else's page may frame it.
constexpr std::string_view content_security_policy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

HttpResponse file_response(const inspector::File& file, const HttpRequest& request) {
  HttpResponse response;
  const std::string tag = entity_tag_of(file.content);
  response.content_type = file.content_type;
  response.fields = {{"ETag", tag},
                     {"Cache-Control", "no-cache"},  // Ask each time; mostly the answer is 304.
                     {"Content-Security-Policy", std::string(content_security_policy)},
                     {"Referrer-Policy", "no-referrer"}};
  if (request.if_none_match.find(tag) != std::string_view::npos) {
    response.status = 304;
  } else {
    response.body = file.content;
  }
  return response;
}

}  // namespace

HttpResponse Pages::answer(const HttpRequest& request) const {
  if (request.path == "/livez") return plain_response(200, "ok event-loop-answers");
  if (request.path == "/readyz") return readiness();
  if (request.path == "/metrics") {
    if (progress_ != nullptr) return plain_response(503, sentence_of(*progress_));
    HttpResponse response = plain_response(200, {});
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics_text(engine_, transport_);
    return response;
  }
  for (const inspector::File& file : inspector::files()) {
    if (request.path == file.path) return file_response(file, request);
  }
  return plain_response(
      404,
      "There is nothing here. The page is at /, the health at /livez and /readyz, "
      "the numbers at /metrics.");
}

HttpResponse Pages::readiness() const {
  const bool recovered = progress_ == nullptr;
  const std::array checks = {
      Check{"state-is-recovered", recovered},
      Check{"engine-has-an-epoch", recovered && engine_.epoch() != 0},
      Check{"accepts-connections", transport_ != nullptr && !transport_->shutting_down()},
  };
  std::string lines;
  unsigned status = 200;
  for (const Check& check : checks) {
    if (!check.holds) status = 503;
    lines += std::string(check.holds ? "ok " : "failed ") + std::string(check.good_state) + "\n";
  }
  if (!recovered) lines += sentence_of(*progress_) + "\n";
  return plain_response(status, lines + (status == 200 ? "ready" : "not ready"));
}

}  // namespace avow::server
