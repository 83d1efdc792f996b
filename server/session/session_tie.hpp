#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/engine/engine.hpp"
#include "server/session/kept_output.hpp"
#include "server/session/limits.hpp"
#include "server/session/line.hpp"

// What ties a session in the engine to the line on which its client is spoken to, and to its end.
// Mostly both have one life. A session whose client asked for a grace outlives its line: meanwhile
// what it is told is kept, and goes on the next line.

namespace avow::server {

/// What was agreed with a client that may come back.
struct GraceAgreed {
  Bytes token;  ///< Names the session, and proves the right to it.
  Milliseconds grace{0};
  std::string place;  ///< Where the session is; whoever resumes it may say so.
};

class SessionTie {
 public:
  /// Opens a session that speaks to `port`. All that is referred to must outlive the tie, the line
  /// only until `detach`.
  SessionTie(Engine& engine, SessionPort& port, Line& line);
  ~SessionTie();
  SessionTie(const SessionTie&) = delete;
  SessionTie& operator=(const SessionTie&) = delete;

  [[nodiscard]] Engine& engine() { return engine_; }
  [[nodiscard]] const Engine& engine() const { return engine_; }
  [[nodiscard]] SessionId session() const { return session_; }
  [[nodiscard]] const ConversationLimits& limits() const { return limits_; }
  /// Whether the session is over: nothing more is done for it.
  [[nodiscard]] bool is_over() const { return is_over_; }

  /// Tells the client something, which gets the next number. With much waiting already the session
  /// falls behind, if its client can be told of that: it is told no more changes for a while. If
  /// it is behind, or cannot be, and too much waits, it ends instead.
  void push(FrameType type, std::vector<std::vector<Block>> packets);
  void push(FrameType type, Bytes packet);
  /// Likewise one packet, which is copied.
  void push_copy(FrameType type, ByteView packet);
  /// Goes on with a packet that is told in pieces, whatever waits: to a client of which nothing is
  /// kept, and which cannot fall behind.
  void push_on(FrameType type, std::vector<std::vector<Block>> pieces);
  /// The number of what was told last.
  [[nodiscard]] std::uint64_t told() const { return kept_ ? kept_->told() : told_; }

  /// Some of what waited has been written, or a client has come back: if all has, a session that
  /// was behind catches up; if little still waits, snapshots that waited for that go on.
  void settle_room();
  /// Whether so little waits that a snapshot may go on. If not, it does so by `settle_room`.
  [[nodiscard]] bool has_room();
  [[nodiscard]] bool is_behind() const { return is_behind_; }

  /// A message of the client is about to be taken in.
  void note_received();
  /// Of how many bytes messages were that have come.
  void note_bytes(std::size_t bytes) { unacknowledged_.bytes += bytes; }
  /// How many there were.
  [[nodiscard]] std::uint64_t received() const { return received_; }
  /// Whether it is time to tell a client that may come back how many there were, so that it need
  /// not keep them; and then that this has been done.
  [[nodiscard]] bool owes_acknowledgement() const;
  void acknowledged() { unacknowledged_ = {}; }

  /// From now on the session outlives its line. `budget` must outlive it.
  void agree(GraceAgreed agreed, KeptBudget& budget);
  [[nodiscard]] const std::optional<GraceAgreed>& agreed() const { return agreed_; }
  /// The client has taken in everything up to `number`. Errors: `bad-acknowledgement`.
  [[nodiscard]] Result<void> acknowledge(std::uint64_t number);
  /// Whether a client that has taken in everything up to `number` can be told the rest.
  /// Errors: `bad-acknowledgement`, `session-gone`.
  [[nodiscard]] Result<void> check_reach(std::uint64_t number) const;
  /// Ends the session if a client that has taken in everything up to `number` can never be told the
  /// rest, because it was too much to be kept.
  void end_if_lost_after(std::uint64_t number);

  /// The line is gone, or is somebody else's.
  void detach() { line_ = nullptr; }
  /// The client is back, on `line`.
  void attach(Line& line) { line_ = &line; }
  /// Tells everything after `number` again, see `check_reach`.
  void tell_again_after(std::uint64_t number);

  /// Ends the session at once, and its line once all that is queued has been written. The first
  /// call counts.
  void end(CloseCode code, std::string reason, Cause cause);
  /// Likewise, with `farewell` as the last packet: the client has not ended it. The cause is
  /// `server-restart` where the server goes away, and `session-lost` otherwise.
  void fail(FrameType type, Bytes farewell, CloseCode code, std::string reason);
  /// The engine has ended the session by itself.
  void session_ended() { session_is_open_ = false; }
  /// The server ends while the client is away.
  void left_by_server();
  /// Who is spoken to, and what waits for that: to be written or, while the client is away, for
  /// its return.
  [[nodiscard]] PortStatus status(std::string_view protocol) const;
  /// The client is gone for good.
  void departed(Departure how);

 private:
  struct Unacknowledged {
    std::size_t messages = 0;
    std::size_t bytes = 0;
  };

  [[nodiscard]] bool offer(FrameType type, std::vector<std::vector<Block>> packets, bool is_kept);
  [[nodiscard]] bool offer_copy(FrameType type, ByteView packet);
  [[nodiscard]] bool has_room_behind(std::size_t bytes);
  [[nodiscard]] bool is_crowded() const;
  [[nodiscard]] bool has_little_waiting() const;
  void fall_behind();
  void end_as_too_slow();
  void close_session(Cause cause);

  Engine& engine_;
  Line* line_;  // Nothing while the client is away.
  ConversationLimits limits_;
  const bool can_fall_behind_;
  SessionId session_;
  bool session_is_open_ = true;
  bool is_over_ = false;
  bool is_behind_ = false;
  bool awaits_room_ = false;
  std::size_t told_behind_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t received_ = 0;
  Unacknowledged unacknowledged_;
  std::optional<GraceAgreed> agreed_;
  std::optional<KeptOutput> kept_;
};

}  // namespace avow::server
