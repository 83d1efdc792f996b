#include "server/session/syndicate_conversation.hpp"

#include <utility>

#include "avow/base/check.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/packet_reading.hpp"

namespace avow::server {
namespace {

// The shell looks at the clock, which takes as long as a tenth of a small packet.
constexpr std::size_t bytes_between_askings = 512;

PacketForm form_of(FrameType type) {
  return type == FrameType::binary ? PacketForm::binary : PacketForm::text;
}

PacketForm form_of(wire::PacketStream::Encoding encoding) {
  return encoding == wire::PacketStream::Encoding::binary ? PacketForm::binary : PacketForm::text;
}

// People try JSON where they have not asked for it: tell them how to.
bool looks_like_json(ByteView data) {
  std::string_view text = text_of(data);
  const auto skip_space = [&] {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  };
  skip_space();
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    skip_space();
  }
  return text.starts_with("{\"");
}

Error with_hint(Error why, ByteView data) {
  if (looks_like_json(data)) {
    why.detail =
        "This looks like JSON: open a WebSocket with the subprotocol avow.json.v1 to speak it. " +
        why.detail;
  }
  return why;
}

CloseCode close_code(const Error& why) {
  return why.code == "limit" ? CloseCode::message_too_big : CloseCode::protocol_error;
}

}  // namespace

SyndicateConversation::SyndicateConversation(Engine& engine, Wire wire, const Peer& peer,
                                             Shell& shell, Moment now,
                                             const ConversationLimits& limits)
    : shell_(shell),
      wire_(wire),
      line_(wire == Wire::stream ? Outbox::Framing::merged : Outbox::Framing::packet_per_frame,
            peer, shell, now, limits),
      tie_(engine, *this, line_),
      stream_(limits.packet) {}

std::size_t SyndicateConversation::receive(Moment now, FrameType type, ByteView data) {
  if (tie_.is_over()) return data.size();
  ByteView rest = data;
  if (wire_ == Wire::stream) {
    receive_piece(now, rest);
  } else {
    receive_message(type, std::exchange(rest, {}));
  }
  if (tie_.is_over()) return data.size();
  if (const std::optional<Value> credit = credit_.settle()) say(wire::Extension{*credit});
  return data.size() - rest.size();
}

void SyndicateConversation::receive_piece(Moment now, ByteView& rest) {
  const ByteView data = rest;
  std::size_t asked_at = rest.size();
  bool packet_ended = false;
  while (!tie_.is_over()) {
    const std::size_t unread = rest.size();
    Result<std::optional<wire::Packet>> packet = stream_.next(rest);
    if (!form_ && stream_.encoding()) form_ = form_of(*stream_.encoding());
    if (!packet) return fail(close_code(packet.error()), with_hint(packet.error(), data));
    if (!packet->has_value()) return note_progress(now, unread, packet_ended);
    packet_ended = true;
    handle(std::move(**packet));
    if (asked_at - rest.size() < bytes_between_askings) continue;
    if (!shell_.goes_on()) return begun_.reset();
    asked_at = rest.size();
  }
}

// A packet must be whole in its time, or somebody could hold memory here for ever.
void SyndicateConversation::note_progress(Moment now, std::size_t unread, bool packet_ended) {
  if (packet_ended || !stream_.in_packet()) begun_.reset();
  if (!stream_.in_packet()) return;
  if (!begun_) begun_ = Begun{.at = now};
  begun_->bytes += unread;
}

void SyndicateConversation::receive_message(FrameType type, ByteView data) {
  if (!form_) form_ = form_of(type);
  Result<wire::Packet> packet = type == FrameType::binary
                                    ? wire::decode_packet(data, tie_.limits().packet)
                                    : decode_message(data);
  if (!packet) return fail(close_code(packet.error()), with_hint(packet.error(), data));
  handle(std::move(*packet));
}

Result<wire::Packet> SyndicateConversation::decode_message(ByteView text) const {
  AVOW_TRY(const Value value,
           parse_text(text_of(text), wire::whole_packet_limits(tie_.limits().packet)));
  return wire::packet_from_value(value, tie_.limits().packet);
}

void SyndicateConversation::handle(wire::Packet packet) {
  line_.heard();
  if (auto* turn = std::get_if<wire::Turn>(&packet)) {
    tie_.engine().submit(tie_.session(), {.events = std::move(turn->events)});
    credit_.note_turn();
  } else if (const auto* extension = std::get_if<wire::Extension>(&packet)) {
    handle_extension(extension->value);
  } else if (std::holds_alternative<wire::ErrorPacket>(packet)) {
    tie_.end(CloseCode::normal, "The client said that the session is over.", Cause::closed);
  }
}

void SyndicateConversation::handle_extension(const Value& extension) {
  if (const std::optional<Value> answer = credit_.answer(extension)) {
    say(wire::Extension{*answer});
  }
}

void SyndicateConversation::on_time(Moment now) {
  const std::optional<Moment> due = deadline();
  if (!due || now < *due) return;
  const char* const what =
      begun_ ? "A packet was begun and did not end in time." : "No packet came in time.";
  fail(CloseCode::policy_violation, {"too-slow", what});
}

std::optional<Moment> SyndicateConversation::deadline() const {
  if (!begun_ || line_.is_over()) return line_.deadline();
  const auto seconds = begun_->bytes / tie_.limits().packet_bytes_per_second_min;
  return begun_->at + tie_.limits().packet_time_max +
         std::chrono::seconds(static_cast<std::chrono::seconds::rep>(seconds));
}

void SyndicateConversation::shut_down() {
  tie_.end(CloseCode::going_away, "The server is shutting down.", Cause::server_restart);
}

void SyndicateConversation::turn(const OutboundTurn& turn) {
  if (tie_.is_over()) return;
  if (held_ || turn.parts_follow()) {
    hold(turn);
  } else {
    tell(turn);
  }
  // A plain client cannot be told of a refused turn in any other way.
  const std::optional<Receipt>& receipt = turn.receipt();
  if (receipt && receipt->error) fail(CloseCode::policy_violation, *receipt->error);
}

void SyndicateConversation::tell(const OutboundTurn& turn) {
  if (const TurnPacket packet = turn_packet(form(), turn); packet.shared) {
    tie_.push(frame_type(), packets_of(packet.shared));
  } else if (!packet.bytes.empty()) {
    tie_.push_copy(frame_type(), packet.bytes);
  }
}

void SyndicateConversation::hold(const OutboundTurn& turn) {
  if (!held_) held_ = std::make_unique<HeldTurn>(form());
  const bool is_part = held_->add(turn);
  if (!turn.parts_follow()) {
    const bool is_open = is_inside_of_packet();
    std::vector<std::vector<Block>> packets = held_->finish();
    held_.reset();
    if (is_open) return tie_.push_on(frame_type(), std::move(packets));
    if (!packets.empty()) tie_.push(frame_type(), std::move(packets));
  } else if (held_->bytes_beside_parts() > tie_.limits().outbox_bytes_max) {
    fail(CloseCode::slow_consumer,
         {"slow-consumer", "While a snapshot was made ready for the client, more than " +
                               std::to_string(tie_.limits().outbox_bytes_max) +
                               " bytes of other things came up for it; observe less at a time."});
  } else if (is_part && !gathers_parts()) {
    tell_more();
  }
}

// Before any part but the first it has been asked whether there is room.
void SyndicateConversation::tell_more() {
  std::vector<Block> more = held_->take_appearances();
  if (!more.empty()) tie_.push_on(frame_type(), {std::move(more)});
}

void SyndicateConversation::written() {
  line_.outbox().written();
  tie_.settle_room();
}

PortStatus SyndicateConversation::status() const {
  PortStatus status = tie_.status("syndicate");
  if (held_) status.waiting_bytes += held_->bytes();
  return status;
}

void SyndicateConversation::answer(const QueryAnswer&) {
  AVOW_CHECK(false);  // This conversation never asks.
}

void SyndicateConversation::ended(const Error& why) {
  tie_.session_ended();
  fail(close_code(why), why);
}

FrameType SyndicateConversation::frame_type() const {
  return form() == PacketForm::text ? FrameType::text : FrameType::binary;
}

void SyndicateConversation::say(const wire::Packet& packet) {
  Bytes bytes;
  append_packet(bytes, form(), packet);
  if (is_inside_of_packet()) return held_->add_packet(std::move(bytes));
  tie_.push(frame_type(), std::move(bytes));
}

void SyndicateConversation::fail(CloseCode code, const Error& why) {
  // Inside of a packet it cannot be said why.
  if (is_inside_of_packet()) return tie_.end(code, why.detail, Cause::session_lost);
  Bytes farewell;
  append_packet(farewell, form(), wire::ErrorPacket{why.detail, Value::symbol(why.code)});
  tie_.fail(frame_type(), std::move(farewell), code, why.detail);
}

}  // namespace avow::server
