#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "avow/base/check.hpp"
#include "server/engine/engine.hpp"
#include "server/session/json_conversation.hpp"

// The client's side of a JSON conversation: requests are JSON text, what comes back is one string a
// message, without the hello.

namespace avow::server::test {

class JsonPeer final : private Shell {
 public:
  explicit JsonPeer(Engine& engine, const ConversationLimits& limits = {})
      : own_sessions_(std::in_place, Bytes{}),
        conversation_(begin(engine, *own_sessions_, limits)) {
    hello_ = take().front();
  }
  /// One that may come back: `sessions` must outlive it.
  JsonPeer(Engine& engine, ResumableSessions& sessions, const ConversationLimits& limits = {})
      : conversation_(begin(engine, sessions, limits)) {
    hello_ = take().front();
  }
  ~JsonPeer() {
    if (!departed_) leave(Departure::closed);
  }

  [[nodiscard]] const std::string& hello() const { return hello_; }
  [[nodiscard]] JsonConversation& conversation() { return conversation_; }

  /// Sends one message and returns what came by then.
  std::vector<std::string> say(std::string_view text) {
    conversation_.receive(Moment{}, FrameType::text, bytes_of(text));
    return take();
  }
  /// What has come since.
  std::vector<std::string> take() {
    std::vector<std::string> messages;
    while (std::optional<OutgoingFrame> frame = conversation_.outbox().take(1 << 20)) {
      AVOW_CHECK(frame->type == FrameType::text);
      messages.emplace_back(text_of(frame->bytes()));
      conversation_.written();
    }
    return messages;
  }
  /// The events of all messages that have come since, as text without `rev`, `seq` and `epoch`,
  /// which depend on what happened before.
  std::vector<std::string> events() { return events_of(take()); }
  std::vector<std::string> events_after(std::string_view text) { return events_of(say(text)); }

  void leave(Departure how) {
    departed_ = true;
    conversation_.departed(how);
  }

 private:
  void output_ready() override {}
  JsonConversation begin(Engine& engine, ResumableSessions& sessions,
                         const ConversationLimits& limits) {
    return JsonConversation(engine, sessions, {.description = "test"}, *this, Moment{}, limits);
  }

  static std::vector<std::string> events_of(const std::vector<std::string>& messages) {
    std::vector<std::string> events;
    for (const std::string& message : messages) {
      const boost::json::value parsed = boost::json::parse(message);
      for (const auto& event : parsed.as_array()) {
        boost::json::object fields = event.as_object();
        for (const char* varies : {"rev", "seq", "epoch"}) fields.erase(varies);
        events.push_back(boost::json::serialize(fields));
      }
    }
    return events;
  }

  std::optional<ResumableSessions> own_sessions_;
  JsonConversation conversation_;
  std::string hello_;
  bool departed_ = false;
};

}  // namespace avow::server::test
