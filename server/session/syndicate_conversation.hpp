#pragma once

#include <memory>
#include <optional>

#include "avow/wire/packet_stream.hpp"
#include "server/engine/engine.hpp"
#include "server/session/conversation.hpp"
#include "server/session/credit.hpp"
#include "server/session/held_turn.hpp"
#include "server/session/limits.hpp"
#include "server/session/session_tie.hpp"
#include "server/session/syndicate_encoder.hpp"

// The Syndicate protocol on one connection. Packets come in binary or as text, and are answered in
// the form of the first; on a byte stream they stand one after another, a WebSocket message holds
// one. The session of the engine ends with the conversation: a plain client cannot resume one.

namespace avow::server {

class SyndicateConversation final : public Conversation, private SessionPort {
 public:
  enum class Wire : std::uint8_t { stream, websocket };

  /// `engine` and `shell` must outlive the conversation.
  SyndicateConversation(Engine& engine, Wire wire, const Peer& peer, Shell& shell, Moment now,
                        const ConversationLimits& limits);
  SyndicateConversation(const SyndicateConversation&) = delete;
  SyndicateConversation& operator=(const SyndicateConversation&) = delete;

  std::size_t receive(Moment now, FrameType type, ByteView data) override;
  void on_time(Moment now) override;
  [[nodiscard]] std::optional<Moment> deadline() const override;
  void departed(Departure how) override { tie_.departed(how); }
  void shut_down() override;
  [[nodiscard]] Outbox& outbox() override { return line_.outbox(); }
  void written() override;
  [[nodiscard]] const std::optional<Ending>& ending() const override { return line_.ending(); }
  [[nodiscard]] bool wants_input() const override { return line_.wants_input(); }

 private:
  [[nodiscard]] bool takes_parts() const override { return true; }
  [[nodiscard]] bool gathers_parts() const override { return wire_ != Wire::stream; }
  [[nodiscard]] bool has_room() override { return gathers_parts() || tie_.has_room(); }
  void turn(const OutboundTurn& turn) override;
  void answer(const QueryAnswer& answer) override;
  void ended(const Error& why) override;
  [[nodiscard]] PortStatus status() const override;

  void receive_piece(Moment now, ByteView& rest);
  void receive_message(FrameType type, ByteView data);
  void note_progress(Moment now, std::size_t unread, bool packet_ended);
  [[nodiscard]] Result<wire::Packet> decode_message(ByteView data) const;
  void handle(wire::Packet packet);
  void handle_extension(const Value& extension);
  void tell(const OutboundTurn& turn);
  /// Until snapshots are whole.
  void hold(const OutboundTurn& turn);
  /// What of it can be told already.
  void tell_more();
  /// Whether a packet has begun that is not whole: no other can be told before it is.
  [[nodiscard]] bool is_inside_of_packet() const { return held_ && held_->is_open(); }

  [[nodiscard]] PacketForm form() const { return form_.value_or(PacketForm::binary); }
  [[nodiscard]] FrameType frame_type() const;
  void say(const wire::Packet& packet);
  /// Says why, and ends.
  void fail(CloseCode code, const Error& why);

  /// A packet of which only the beginning has come.
  struct Begun {
    Moment at;
    std::size_t bytes = 0;
  };

  Shell& shell_;
  Wire wire_;
  Line line_;
  SessionTie tie_;
  wire::PacketStream stream_;
  std::optional<PacketForm> form_;  ///< Of the first packet, and so of the answers.
  std::optional<Begun> begun_;
  CreditAccount credit_;
  std::unique_ptr<HeldTurn> held_;  ///< While a snapshot is told in parts, or made ready.
};

}  // namespace avow::server
