#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "avow/wire/native.hpp"
#include "server/engine/engine.hpp"
#include "server/session/resumable_sessions.hpp"
#include "server/session/session_tie.hpp"

// The session of a client that speaks native frames: hands turns and queries to the engine, and
// tells what that says.

namespace avow::server {

class NativeSession final : public ResumableSession, private SessionPort {
 public:
  /// Makes the session resumable: for how long it was asked to be, and where it is.
  using Agree = std::function<void(Milliseconds asked, std::string place)>;

  /// `engine` must outlive the session; `line`, and what `agree` refers to, until it is resumed.
  NativeSession(Engine& engine, Line& line, Agree agree);
  NativeSession(const NativeSession&) = delete;
  NativeSession& operator=(const NativeSession&) = delete;

  [[nodiscard]] Protocol protocol() const override { return Protocol::native; }
  [[nodiscard]] SessionTie& tie() override { return tie_; }

  // Each does one kind of message; an error ends the session.
  Result<void> handle(const wire::native::Open& open);
  Result<void> handle(const wire::native::ClientTurn& turn);
  Result<void> handle(const wire::native::Query& query);
  Result<void> handle(const wire::native::Cancel& cancel);
  Result<void> handle(const wire::native::Credit& credit);

  /// What the session says of itself to a client that is back.
  [[nodiscard]] wire::native::Opened resumed(std::uint64_t id) const;
  /// Where a session is that was opened by that reference; empty stands for the development one.
  [[nodiscard]] static std::string place_of(ByteView reference);
  /// What a client is told in the end.
  [[nodiscard]] static Bytes farewell(const Error& why);

 private:
  [[nodiscard]] bool tells_what_went() const override { return true; }
  [[nodiscard]] bool always_tells_what_went() const override { return false; }
  [[nodiscard]] bool has_room() override { return tie_.has_room(); }
  void turn(const OutboundTurn& turn) override;
  void answer(const QueryAnswer& answer) override;
  void ended(const Error& why) override;
  [[nodiscard]] PortStatus status() const override { return tie_.status("native"); }

  [[nodiscard]] wire::native::Opened opened_as(const OpenedSpace& space, std::uint64_t id) const;
  [[nodiscard]] Result<OpenedSpace> open_space(const wire::native::Open& open);
  [[nodiscard]] Result<void> grant(const wire::native::Credit& credit);
  void refuse_turn(std::uint64_t number, const Error& why);
  void say(const wire::native::ServerMessage& message);

  SessionTie tie_;
  Agree agree_;
  std::uint64_t turns_handled_ = 0;   ///< Turns of the client, so far.
  std::optional<OpenedSpace> first_;  ///< What was opened when the grace was agreed.
};

/// One message as a packet.
[[nodiscard]] Bytes native_packet(const wire::native::ServerMessage& message);

}  // namespace avow::server
