#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/client/relay.hpp"
#include "server/engine/engine.hpp"
#include "server/session/native_conversation.hpp"

// The SDK's relay at one end of a connection and the server's conversation at the other, and a cut
// at any place that a test wants: between two messages, in either direction. (A message of which a
// part has come is one that has not come.)

namespace avow::test {

/// The one subscription on the link.
inline constexpr ClientId subscription = 1;

/// How many messages still pass before the connection is cut. Nothing: as many as come.
using Budget = std::optional<int>;

class SdkLink final : private server::Shell {
 public:
  /// `grace` is how long the session is to outlive a lost connection. Connected at once.
  SdkLink(server::Engine& engine, server::ResumableSessions& sessions, Milliseconds grace)
      : engine_(engine), sessions_(sessions), relay_("test", grace) {
    connect();
  }
  SdkLink(const SdkLink&) = delete;
  SdkLink& operator=(const SdkLink&) = delete;
  ~SdkLink() {
    if (conversation_ != nullptr) conversation_->departed(server::Departure::closed);
  }

  [[nodiscard]] Relay& relay() { return relay_; }
  [[nodiscard]] const std::vector<Notice>& notices() const { return notices_; }
  void note(Notices notices) {
    for (Notice& notice : notices) notices_.push_back(std::move(notice));
  }

  /// Lets everything through, or what may pass before the connection is cut.
  void connect(Budget down = std::nullopt) {
    Shell& shell = *this;
    conversation_ = std::make_unique<server::NativeConversation>(
        engine_, sessions_, server::Peer{.description = "test"}, shell, Moment{},
        one_packet_a_frame());
    relay_.connected(development_reference().to_value());
    down_ = down;
    up_.reset();
    move();
  }
  void cut_after(Budget down, Budget up) {
    down_ = down;
    up_ = up;
  }
  /// Lets everything through, or what may pass before the cut.
  void move() {
    bool moved = true;
    while (moved && conversation_ != nullptr)
      moved = move_up() || move_down() || let_engine_go_on();
  }
  [[nodiscard]] bool is_lost() const { return conversation_ == nullptr; }
  void lose() {
    note(relay_.disconnected());
    std::exchange(conversation_, nullptr)->departed(server::Departure::lost);
  }

 private:
  static server::ConversationLimits one_packet_a_frame() {
    server::ConversationLimits limits;
    limits.outbox_run_bytes_max = 1;
    return limits;
  }

  void output_ready() override {}

  bool move_up() {
    const std::optional<Bytes> frame = relay_.next_frame();
    if (!frame) return false;
    if (is_cut(up_)) return true;
    conversation_->receive(Moment{}, server::FrameType::binary, *frame);
    return true;
  }
  bool move_down() {
    const std::optional<server::OutgoingFrame> frame = conversation_->outbox().take(1);
    if (!frame) return false;
    conversation_->written();
    if (is_cut(down_)) return true;
    std::vector<Notices> turns = relay_.receive(frame->bytes()).value();
    for (Notices& turn : turns) note(std::move(turn));
    return true;
  }
  // Whoever has room is told more of a snapshot.
  bool let_engine_go_on() {
    if (engine_.next_deadline() != Moment{}) return false;
    engine_.tick(Moment{});
    return true;
  }
  bool is_cut(Budget& budget) {
    if (!budget) return false;
    if ((*budget)-- > 0) return false;
    lose();
    return true;
  }

  server::Engine& engine_;
  server::ResumableSessions& sessions_;
  Relay relay_;
  std::unique_ptr<server::NativeConversation> conversation_;
  std::vector<Notice> notices_;
  Budget down_;
  Budget up_;
};

}  // namespace avow::test
