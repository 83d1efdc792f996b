#include <string>

#include "server/session/json_session.hpp"
#include "server/session/slow_consumer.hpp"

// Subscriptions that are told less than everything: what is granted to them, and their ends.

namespace avow::server {

void JsonSession::grant(const wire::JsonRequest& request) {
  const auto& [id, credit] = std::get<wire::JsonRequest::Grant>(request.what);
  const Result<void> granted = grant(id, credit);
  JsonMessage message;
  if (!granted) {
    message.error(request.id, granted.error());
  } else if (request.id) {
    JsonOk answer = ok(*request.id);
    answer.seq = tie_.engine().seq();
    message.ok(answer);
  }
  say(std::move(message));
}

Result<void> JsonSession::grant(JsonId id, const DeliveryCredit& credit) {
  const auto live = book_.live.find(id);
  if (live == book_.live.end() || live->second.kind != JsonLive::Kind::subscription) {
    return Error{"unknown-subscription",
                 "The id " + std::to_string(id) + " is that of no subscription."};
  }
  return tie_.engine().grant(tie_.session(), live->second.observer, credit);
}

// The engine has taken its Observe back. The id is free again.
void JsonSession::tell_closed(const GapNotice& notice, JsonMessage& message) {
  const JsonObserver* const observer = find_observer(notice.observer);
  if (observer == nullptr || observer->leaving) return;
  message.closed(observer->id, closed_as_slow(), notice.after);
  book_.live.erase(observer->id);
  book_.observers.erase(notice.observer.small().value_or(0));
}

}  // namespace avow::server
