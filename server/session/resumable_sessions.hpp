#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/clock.hpp"
#include "server/session/conversation.hpp"
#include "server/session/session_tie.hpp"

// The sessions of a server whose clients may come back. Such a session has a token, which only its
// client knows. As long as the connection stands, the session belongs to its conversation; when it
// is lost, the session waits here for its grace, and then ends. Who comes with the token gets the
// session, from here or from the conversation that still has it: so it makes no difference whether
// the server or the client notices first that a connection is lost.
//
// Like everything in this folder it reads no clock. A grace begins to count at the tick after the
// loss, so none ends too early; `next_deadline` says when a tick is needed.

namespace avow::server {

/// A session that may outlive its connection: a JSON or a native one.
class ResumableSession {
 public:
  virtual ~ResumableSession() = default;
  [[nodiscard]] virtual Protocol protocol() const = 0;
  [[nodiscard]] virtual SessionTie& tie() = 0;
};

/// The conversation that has a session.
class SessionHolder {
 public:
  /// The client is elsewhere by now. Says so on its own line, and ends without the session.
  [[nodiscard]] virtual std::unique_ptr<ResumableSession> hand_over() = 0;

 protected:
  ~SessionHolder() = default;
};

struct ResumeLimits {
  Milliseconds grace_max{60'000};
  /// How long observers who come back after a restart of the server are to wait for the owners of
  /// what is missing; never longer than any session may wait for its client.
  Milliseconds restart_grace{10'000};
  /// Sessions that wait at a time. Beyond that a lost connection ends its session at once.
  std::size_t waiting_max = 10'000;
  /// What is kept for all sessions that may be resumed, beside the newest of each.
  std::size_t kept_bytes_max = 256 << 20;
};

class ResumableSessions {
 public:
  static constexpr std::size_t token_bytes = 24;

  /// Tokens are made of `key`, which nobody may know: random, 32 bytes.
  explicit ResumableSessions(Bytes key, const ResumeLimits& limits = {});
  /// Ends what waits.
  ~ResumableSessions() { end_all(); }
  ResumableSessions(const ResumableSessions&) = delete;
  ResumableSessions& operator=(const ResumableSessions&) = delete;

  [[nodiscard]] const ResumeLimits& limits() const { return limits_; }

  /// `session`, which `holder` has, may be resumed from now on: as long as `asked`, or as this
  /// server allows. Nothing if that is no time at all.
  void agree(ResumableSession& session, SessionHolder& holder, Milliseconds asked,
             std::string place);
  /// The living session that `token` is of, or nothing.
  [[nodiscard]] ResumableSession* find(ByteView token) const;
  /// The session that `find` has found goes to `to`. Whoever has it hands it over.
  [[nodiscard]] std::unique_ptr<ResumableSession> take(ByteView token, SessionHolder& to);
  /// The connection of `session` is gone. It waits, if it may and did not end on purpose.
  void leave(std::unique_ptr<ResumableSession> session, Departure how);

  /// It is `now`: graces that are over end.
  void tick(Moment now);
  /// When a tick is needed, if at all. The beginning of time: as soon as can be.
  [[nodiscard]] std::optional<Moment> next_deadline() const;
  /// Ends all that wait: the server goes away.
  void end_all();
  [[nodiscard]] std::size_t waiting() const { return starting_.size() + due_.size(); }

 private:
  /// The beginning of a token, by which it is looked up, is no secret; what follows is.
  using Name = std::array<std::uint8_t, 8>;
  struct Entry {
    Bytes token;
    ResumableSession* session = nullptr;
    SessionHolder* holder = nullptr;            // While its connection stands.
    std::unique_ptr<ResumableSession> waiting;  // While it does not.
    std::optional<Moment> ends_at;              // Of its grace, once that counts.
  };

  [[nodiscard]] Bytes next_token();
  [[nodiscard]] static Name name_of(ByteView token);
  void stop_waiting(const Name& name, Entry& entry);

  const Bytes key_;
  const ResumeLimits limits_;
  KeptBudget budget_;
  std::uint64_t last_number_ = 0;
  std::map<Name, Entry> entries_;
  std::set<Name> starting_;  // Wait for a tick to begin to count.
  std::set<std::pair<Moment, Name>> due_;
};

}  // namespace avow::server
