#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "avow/wire/json_request.hpp"
#include "server/engine/engine.hpp"
#include "server/session/json_book.hpp"
#include "server/session/json_encoder.hpp"
#include "server/session/resumable_sessions.hpp"
#include "server/session/session_tie.hpp"

// The session of a client that speaks JSON: what its requests come to, and what it is told. Every
// message of the client is a request or a list of them, every message of the server is one turn.
// What goes wrong with a request is told, and the session goes on.

namespace avow::server {

class JsonSession final : public ResumableSession, private SessionPort {
 public:
  using Received = std::vector<wire::ReceivedJsonRequest>;
  /// Makes the session resumable: for how long it was asked to be, and where it is.
  using Agree = std::function<void(Milliseconds asked, std::string place)>;

  /// `engine` must outlive the session; `line`, and what `agree` refers to, until it is resumed.
  JsonSession(Engine& engine, Line& line, Agree agree);
  JsonSession(const JsonSession&) = delete;
  JsonSession& operator=(const JsonSession&) = delete;

  [[nodiscard]] Protocol protocol() const override { return Protocol::json; }
  [[nodiscard]] SessionTie& tie() override { return tie_; }

  /// Does what one message asks for.
  void take_requests(Received received);
  /// Says that nothing of the message is done: what is wrong with some of its requests.
  void refuse(const Received& received, const std::vector<std::optional<Error>>& faults);
  /// Says what is wrong with no request in particular.
  void tell(const Error& why);

  /// What the session says of itself to a client that is back.
  [[nodiscard]] Bytes resumed(JsonId id) const;
  /// What a client is told in the end.
  [[nodiscard]] static Bytes farewell(const Error& why);

 private:
  // From the client: json_session.cpp and json_requests.cpp.
  [[nodiscard]] std::vector<std::optional<Error>> find_faults(const Received& received);
  [[nodiscard]] Result<void> check(const wire::JsonRequest& request);
  [[nodiscard]] Result<void> check_references(const Value& value);
  [[nodiscard]] Result<void> open(const wire::JsonRequest& request);
  [[nodiscard]] Result<void> open_by_default();
  void run(const std::vector<const wire::JsonRequest*>& requests);
  void add_to_turn(const wire::JsonRequest& request, InboundTurn& turn, JsonAwaitedTurn& awaited);
  void add_assertion(const wire::JsonRequest& request, Value body, JsonAwaited awaited,
                     InboundTurn& turn, JsonAwaitedTurn& all);
  void add_observe(const wire::JsonRequest& request, const wire::JsonRequest::Observe& observe,
                   InboundTurn& turn, JsonAwaitedTurn& all);
  void add_retract(const wire::JsonRequest& request, JsonId retracted, InboundTurn& turn,
                   JsonAwaitedTurn& all);
  void add_sync(const wire::JsonRequest& request, InboundTurn& turn);
  void ask(const wire::JsonRequest& request, const NamedPattern& pattern);
  void ask(const wire::JsonRequest& request, std::uint64_t told_through);
  void ask(const wire::JsonRequest& request, Query query, CaptureNames names);
  // Of json_keeper.cpp, both ways.
  [[nodiscard]] Result<void> find_keeper(const wire::JsonRequest& request);
  [[nodiscard]] std::int64_t keeper_for(const wire::JsonRequest& request) const;
  void add_kept(const wire::JsonRequest& request, InboundTurn& turn, JsonAwaitedTurn& all);
  void tell_kept(std::int64_t entity, ValueView answer, JsonMessage& message);
  void tell_commit(std::int64_t entity, ValueView answer, JsonMessage& message);
  void tell_lease(std::int64_t entity, ValueView answer, JsonMessage& message);
  void tell_last_turn(std::int64_t entity, ValueView answer, JsonMessage& message);
  void refuse_kept(std::int64_t entity, const Error& why, ValueView answer, JsonMessage& message);
  void tell_unanswered(std::int64_t entity, JsonMessage& message);
  void forget_kept(std::int64_t entity);
  [[nodiscard]] std::int64_t target_of(const wire::JsonRequest& request) const;
  // Of json_policies.cpp, both ways.
  void grant(const wire::JsonRequest& request);
  [[nodiscard]] Result<void> grant(JsonId id, const DeliveryCredit& credit);
  void tell_closed(const GapNotice& notice, JsonMessage& message);

  // From the engine: json_telling.cpp.
  [[nodiscard]] bool tells_what_went() const override { return true; }
  [[nodiscard]] bool has_room() override { return tie_.has_room(); }
  void turn(const OutboundTurn& turn) override;
  void answer(const QueryAnswer& answer) override;
  void ended(const Error& why) override;
  [[nodiscard]] PortStatus status() const override { return tie_.status("json"); }
  void tell_event(const OutboundTurn& turn, const OutboundEvent& event, JsonMessage& message);
  void tell_observer(JsonObserver& observer, const OutboundTurn& turn, const OutboundEvent& event,
                     JsonMessage& message);
  void tell_sync_answer(std::int64_t peer, std::uint64_t seq, JsonMessage& message);
  [[nodiscard]] JsonObserver* find_observer(const wire::Number& oid);
  void tell_resync(const ResyncNotice& notice, JsonMessage& message);
  void tell_gap(const GapNotice& notice, JsonMessage& message);
  void tell_unsynced(std::int64_t entity, JsonMessage& message) const;
  void tell_caught_up(const CaughtUpNotice& notice, JsonMessage& message);
  void tell_progress(const ProgressNotice& notice, JsonMessage& message);
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

  SessionTie tie_;
  Agree agree_;
  JsonBook book_;
  std::vector<OpenedSpace> opened_;  // The last one is where requests without `to` go.
  bool told_space_ = false;
};

}  // namespace avow::server
