#include "avow/wire/json_request.hpp"

#include "avow/base/check.hpp"

// Requests from anybody: whatever is accepted keeps what the conversation relies on.

namespace avow::wire {
namespace {

void check(const JsonRequest::Commit& commit) {
  for (const NamedPattern& take : commit.takes) {
    AVOW_CHECK(take.names.size() == take.pattern.capture_count() && take.same.empty());
  }
  std::size_t takes = 0;
  for (const ValueView operation : commit.operations.view().elements()) {
    AVOW_CHECK(operation.kind() == Kind::record && operation.label().kind() == Kind::symbol);
    if (operation.is_record("take")) ++takes;
  }
  AVOW_CHECK(takes == commit.takes.size());
  AVOW_CHECK(commit.options.view().kind() == Kind::dictionary);
}

void check(const ReceivedJsonRequest& received) {
  if (!received.request.has_value()) {
    AVOW_CHECK(!received.request.error().code.empty() && !received.request.error().detail.empty());
    return;
  }
  const JsonRequest& request = *received.request;
  AVOW_CHECK(request.id == received.id);
  if (const auto* commit = std::get_if<JsonRequest::Commit>(&request.what)) {
    AVOW_CHECK(request.id.has_value());
    return check(*commit);
  }
  const auto* observe = std::get_if<JsonRequest::Observe>(&request.what);
  const auto* query = std::get_if<JsonRequest::Query>(&request.what);
  if (observe == nullptr && query == nullptr) return;
  const NamedPattern& pattern = observe != nullptr ? observe->pattern : query->pattern;
  AVOW_CHECK(request.id.has_value());
  AVOW_CHECK(pattern.names.size() == pattern.pattern.capture_count());
  AVOW_CHECK(Pattern::parse(pattern.pattern.to_value()).value() == pattern.pattern);
}

void run(std::string_view text) {
  const auto received = read_json_requests(text);
  if (!received.has_value()) return;
  for (const ReceivedJsonRequest& each : *received) check(each);
}

}  // namespace
}  // namespace avow::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avow::wire::run(avow::text_of({data, size}));
  return 0;
}
