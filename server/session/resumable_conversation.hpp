#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "avow/base/bytes.hpp"
#include "server/session/conversation.hpp"
#include "server/session/line.hpp"
#include "server/session/resumable_sessions.hpp"

// What the conversations of both Avow subprotocols have in common: a line, and a session that may
// have been there before the line and may be there after it. A conversation begins with a new
// session; if the first that it hears is a resume token, it lets that go and takes over another.

namespace avow::server {

/// What a client says when it comes back.
struct ResumeRequest {
  ByteView token;
  std::uint64_t received = 0;          ///< The number of the last that it has taken in.
  std::optional<std::string> place;    ///< Where it believes its session to be, if it says so.
  std::optional<std::uint64_t> epoch;  ///< Likewise.
};

class ResumableConversation : public Conversation, private SessionHolder {
 public:
  ResumableConversation(const ResumableConversation&) = delete;
  ResumableConversation& operator=(const ResumableConversation&) = delete;

  void on_time(Moment now) override;
  [[nodiscard]] std::optional<Moment> deadline() const override { return line_.deadline(); }
  void departed(Departure how) override;
  void shut_down() override;
  void written() override;
  [[nodiscard]] Outbox& outbox() override { return line_.outbox(); }
  [[nodiscard]] const std::optional<Ending>& ending() const override { return line_.ending(); }
  [[nodiscard]] bool wants_input() const override { return line_.wants_input(); }

 protected:
  /// All that is referred to must outlive the conversation. `begin` is called before anything else.
  ResumableConversation(Engine& engine, ResumableSessions& sessions, Outbox::Framing framing,
                        const Peer& peer, Shell& shell, Moment now,
                        const ConversationLimits& limits);

  /// The session that it begins with.
  void begin(std::unique_ptr<ResumableSession> session) { session_ = std::move(session); }
  [[nodiscard]] Line& line() { return line_; }
  [[nodiscard]] Engine& engine() { return engine_; }
  [[nodiscard]] const ResumableSessions& sessions() const { return sessions_; }
  [[nodiscard]] ResumableSession& session() { return *session_; }
  [[nodiscard]] SessionTie& tie() { return session_->tie(); }

  /// Makes the session resumable, within limits.
  void agree(Milliseconds asked, std::string place);
  /// Takes over the session that `asked` names. On this line everything else is refused after an
  /// error, until something is opened: nobody shall take a new session for the old one. Then
  /// `tie().tell_again_after` is due.
  /// Errors: `session-gone`, `wrong-session`, `bad-acknowledgement`, `bad-request` if this is not
  /// the first that was said.
  [[nodiscard]] Result<void> resume(const ResumeRequest& asked);
  /// Why nothing but an open may be done, if so.
  [[nodiscard]] const std::optional<Error>& not_resumed() const { return not_resumed_; }
  void begin_anew() { not_resumed_.reset(); }
  /// Ends the session and the line, which says why.
  void fail(CloseCode code, const Error& why);

 private:
  [[nodiscard]] std::unique_ptr<ResumableSession> hand_over() override;
  [[nodiscard]] Result<ResumableSession*> find(const ResumeRequest& asked);

  /// The last packet on a line.
  [[nodiscard]] virtual Bytes farewell(const Error& why) const = 0;
  [[nodiscard]] virtual FrameType frame_type() const = 0;

  Engine& engine_;
  ResumableSessions& sessions_;
  Line line_;
  std::unique_ptr<ResumableSession> session_;  // Nothing once it was handed over.
  std::optional<Error> not_resumed_;
};

}  // namespace avow::server
