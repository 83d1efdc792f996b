#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/wire/keeper.hpp"
#include "server/engine/outbound_turn.hpp"
#include "server/engine/session_port.hpp"
#include "server/session/hello.hpp"
#include "server/session/json_book.hpp"
#include "server/session/session_tie.hpp"

// Events of the JSON subprotocol as text.

namespace avow::server {

/// What the first answer of a conversation says of its space, and every answer to `open`.
struct JsonSpaceInfo {
  std::string_view name;
  std::uint64_t epoch = 0;
  std::optional<std::int64_t> reference{};  ///< Told to `open` only.
};

struct JsonOk {
  JsonId id = 0;
  std::optional<JsonSpaceInfo> space{};
  std::optional<std::uint64_t> revision{};
  std::uint64_t seq = 0;
  std::optional<std::uint64_t> reached{};  ///< Observers that messages of the turn came to.
  /// Where a grace was asked for: what was agreed, perhaps nothing.
  const std::optional<GraceAgreed>* agreed = nullptr;
};

/// One WebSocket message: a list of events, told one after another.
class JsonMessage {
 public:
  [[nodiscard]] bool empty() const { return text_.empty(); }
  /// The message; only where it is not empty.
  [[nodiscard]] Bytes finish() &&;

  void ok(const JsonOk& ok);
  /// `floor` says from which revision on a subscription can go on, where it could not.
  void error(const std::optional<JsonId>& id, const Error& error,
             const std::optional<std::uint64_t>& floor = std::nullopt);
  /// The number of this message, for a client that may come back, and how many of its own the
  /// server has taken in.
  void number(std::uint64_t number, std::uint64_t received);
  /// The latter alone, in a message without a number.
  void acknowledge(std::uint64_t received);
  /// The answer to a client that is back.
  void resumed(JsonId id, const JsonSpaceInfo& space, std::uint64_t received,
               const GraceAgreed& agreed);
  void synced(JsonId id, const std::optional<JsonSpaceInfo>& space, std::uint64_t revision,
              std::uint64_t messages_missed = 0);
  /// The subscription was told everything up to that revision, and is told nothing more for now.
  void gap(JsonId id, std::uint64_t after);
  /// The subscription has ended by its policy: it was told everything up to that revision.
  void closed(JsonId id, const Error& why, std::uint64_t after);
  /// It has been told what it had missed, but for messages.
  /// All that the subscription was told is void, and follows anew.
  void resync(JsonId id, const ResyncNotice& notice);
  /// The subscription has been told everything up to that revision.
  void progress(JsonId id, std::uint64_t revision);
  /// A row of a query's answer.
  void row(JsonId id, ValueView whole_and_captures, const std::vector<std::string>& names,
           std::uint64_t revision);
  /// A change of a topic, for a subscription. Bytes that other sessions are told too are built
  /// once for the turn.
  void change(JsonObserver& observer, const OutboundTurn& turn, const OutboundEvent& event);
  /// What the keeper answered to a commit. `takes` are the patterns of what it takes, in order.
  void committed(JsonId id, const std::optional<JsonSpaceInfo>& space,
                 const wire::keeper::Committed& answer, const std::vector<NamedPattern>& takes);
  void leased(JsonId id, const std::optional<JsonSpaceInfo>& space,
              const wire::keeper::Leased& lease);
  /// The answer to a last turn; and what is told when it is taken over, or made impossible.
  void kept(JsonId id, const std::optional<JsonSpaceInfo>& space, const wire::keeper::Done& answer);
  void withdrawn(JsonId id, std::uint64_t revision);
  void lease_ended(JsonId id, const wire::keeper::LeaseEnd& end);
  /// A refusal that may say when to try again.
  void refused(JsonId id, const Error& why, std::optional<std::uint64_t> retry_ms);
  /// What is told to an entity of the client's own.
  void at_entity(const OutboundTurn& turn, const OutboundEvent& event);

 private:
  void begin(std::string_view op);
  void begin(std::string_view op, JsonId id);
  void space(const std::optional<JsonSpaceInfo>& space);
  void grace(const std::optional<GraceAgreed>& agreed);
  void result(ValueView result, const NamedPattern* take);
  void done_at(std::uint64_t revision, std::uint64_t seq, std::uint64_t epoch, avow::Level level);
  void member(std::string_view key, std::uint64_t number);
  void member(std::string_view key, std::string_view text);
  void end() { text_ += '}'; }

  std::string text_;
};

/// The first message of a conversation: an object, not a list.
[[nodiscard]] Bytes encode_json_hello(const ServerHello& hello);

}  // namespace avow::server
