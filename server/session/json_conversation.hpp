#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "avow/wire/json_request.hpp"
#include "server/engine/engine.hpp"
#include "server/session/conversation.hpp"
#include "server/session/json_book.hpp"
#include "server/session/json_encoder.hpp"
#include "server/session/limits.hpp"
#include "server/session/session_tie.hpp"

// The JSON subprotocol, `avow.json.v1`, on one WebSocket. Says hello first; then every message of
// the client is a request or a list of them, and every message of the server is one turn. What goes
// wrong with a request is told, and the conversation goes on.

namespace avow::server {

class JsonConversation final : public Conversation, private SessionPort {
 public:
  /// `engine` and `shell` must outlive the conversation.
  JsonConversation(Engine& engine, const Peer& peer, Shell& shell, Moment now,
                   const ConversationLimits& limits);
  JsonConversation(const JsonConversation&) = delete;
  JsonConversation& operator=(const JsonConversation&) = delete;

  void receive(Moment now, FrameType type, ByteView data) override;
  void on_time(Moment now) override;
  [[nodiscard]] std::optional<Moment> deadline() const override;
  void departed(Departure how) override { tie_.departed(how); }
  void shut_down() override;
  [[nodiscard]] Outbox& outbox() override { return tie_.outbox(); }
  [[nodiscard]] const std::optional<Ending>& ending() const override { return tie_.ending(); }
  [[nodiscard]] bool wants_input() const override { return tie_.wants_input(); }

 private:
  using Received = std::vector<wire::ReceivedJsonRequest>;

  // From the client: json_conversation.cpp and json_requests.cpp.
  void take_requests(Received received);
  [[nodiscard]] std::vector<std::optional<Error>> find_faults(const Received& received);
  [[nodiscard]] Result<void> check(const wire::JsonRequest& request);
  [[nodiscard]] Result<void> check_references(const Value& value);
  void refuse(const Received& received, const std::vector<std::optional<Error>>& faults);
  [[nodiscard]] Result<void> open(const wire::JsonRequest& request);
  [[nodiscard]] Result<void> open_by_default();
  void run(const std::vector<const wire::JsonRequest*>& requests);
  void add_to_turn(const wire::JsonRequest& request, InboundTurn& turn, JsonAwaitedTurn& awaited);
  void add_assertion(const wire::JsonRequest& request, Value body, JsonAwaited awaited,
                     InboundTurn& turn, JsonAwaitedTurn& all);
  void add_observe(const wire::JsonRequest& request, const NamedPattern& pattern, InboundTurn& turn,
                   JsonAwaitedTurn& all);
  void add_retract(const wire::JsonRequest& request, JsonId retracted, InboundTurn& turn,
                   JsonAwaitedTurn& all);
  void add_sync(const wire::JsonRequest& request, InboundTurn& turn);
  void ask(const wire::JsonRequest& request, const NamedPattern& pattern);
  // Of json_keeper.cpp, both ways.
  [[nodiscard]] Result<void> find_keeper(const wire::JsonRequest& request);
  [[nodiscard]] std::int64_t keeper_for(const wire::JsonRequest& request) const;
  void add_kept(const wire::JsonRequest& request, InboundTurn& turn, JsonAwaitedTurn& all);
  void tell_kept(std::int64_t entity, ValueView answer, JsonMessage& message);
  void tell_unanswered(std::int64_t entity, JsonMessage& message);
  void forget_kept(std::int64_t entity);
  [[nodiscard]] std::int64_t target_of(const wire::JsonRequest& request) const;

  // From the engine: json_telling.cpp.
  void turn(const OutboundTurn& turn) override;
  void answer(const QueryAnswer& answer) override;
  void ended(const Error& why) override;
  void tell_event(const OutboundTurn& turn, const OutboundEvent& event, JsonMessage& message);
  void tell_observer(JsonObserver& observer, const OutboundTurn& turn, const OutboundEvent& event,
                     JsonMessage& message);
  void tell_sync_answer(std::int64_t peer, std::uint64_t seq, JsonMessage& message);
  void tell_topic(const TopicNotice& notice, JsonMessage& message);
  void tell_receipt(const Receipt& receipt, JsonMessage& message);
  void tell_applied(const JsonAwaited& awaited, const Receipt& receipt, JsonMessage& message);
  void tell_begun(const JsonAwaited& awaited, JsonMessage& message);
  void withdraw(JsonId id);
  void tell_refused(const JsonAwaitedTurn& turn, const Error& why, JsonMessage& message);
  void undo(const JsonAwaited& awaited);
  [[nodiscard]] std::optional<JsonSpaceInfo> space_once();
  [[nodiscard]] JsonOk ok(JsonId id);
  [[nodiscard]] std::optional<std::uint64_t> revision_for(const JsonAwaited& awaited,
                                                          const Receipt& receipt) const;

  void say(JsonMessage message);
  void fail(CloseCode code, const Error& why);

  SessionTie tie_;
  JsonBook book_;
  std::vector<OpenedSpace> opened_;  // The last one is where requests without `to` go.
  bool told_space_ = false;
};

}  // namespace avow::server
