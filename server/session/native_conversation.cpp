#include "server/session/native_conversation.hpp"

#include <utility>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/wire/preserves.hpp"
#include "server/session/native_encoder.hpp"

namespace avow::server {
namespace {

namespace native = wire::native;

wire::Number number_from(std::uint64_t number) {
  return wire::Number(Value::integer(number).view());
}

Error not_kept() {
  return {"unsupported",
          "This server keeps state in memory only: turns take no turn id, no "
          "condition and no level but `accepted`."};
}

}  // namespace

NativeConversation::NativeConversation(Engine& engine, const Peer& peer, Shell& shell, Moment now,
                                       const ConversationLimits& limits)
    : tie_(engine, *this, shell, Outbox::Framing::merged, peer, now, limits) {
  say(encode_native_hello(server_hello(engine, limits)));
}

void NativeConversation::receive(Moment, FrameType type, ByteView data) {
  if (tie_.is_over()) return;
  if (type == FrameType::text) {
    return fail(CloseCode::unsupported_data,
                {"bad-frame", "The subprotocol avow.capnp.v1 has binary frames only."});
  }
  read_frame(data);
}

void NativeConversation::read_frame(ByteView frame) {
  const native::FrameLimits limits{.bytes_max = tie_.limits().packet.bytes_max,
                                   .events_max = tie_.limits().packet.events_max};
  Result<native::ClientFrameReader> reader = native::ClientFrameReader::open(frame, limits);
  if (!reader) return fail(CloseCode::protocol_error, reader.error());
  while (!tie_.is_over()) {
    const Result<std::optional<native::ClientMessage>> message = reader->next();
    if (!message) return fail(CloseCode::protocol_error, message.error());
    if (!message->has_value()) return;
    tie_.heard();
    const Result<void> handled = handle(**message);
    if (!handled) return fail(CloseCode::protocol_error, handled.error());
  }
}

Result<void> NativeConversation::handle(const native::ClientMessage& message) {
  return std::visit([this](const auto& each) { return handle(each); }, message);
}

Result<void> NativeConversation::handle(const native::Open& open) {
  native::Opened answer;
  answer.id = open.id;
  const Result<OpenedSpace> opened = open_space(open);
  if (opened) {
    answer.reference = static_cast<std::uint64_t>(opened->oid);
    answer.space = number_of(opened->space);
    answer.name = opened->name;
    answer.epoch = opened->epoch;
    answer.revision = opened->revision;
    answer.seq = opened->seq;
  } else {
    answer.fault = native::Fault{.error = opened.error()};
  }
  say(answer);
  return {};
}

Result<OpenedSpace> NativeConversation::open_space(const native::Open& open) {
  if (!open.resume_token.empty()) {
    return Error{"session-gone", "No session waits under this resume token."};
  }
  Value reference = development_reference().to_value();
  if (!open.reference.empty()) {
    AVOW_TRY(reference, wire::decode_value(open.reference, tie_.limits().packet.value));
  }
  return tie_.engine().open_space(tie_.session(), reference);
}

Result<void> NativeConversation::handle(const native::ClientTurn& turn) {
  if (turn.number != turns_handled_ + 1) {
    return Error{"bad-turn-number",
                 "The turns of a session are numbered from 1, each one more "
                 "than the one before."};
  }
  turns_handled_ = turn.number;
  if (turn.conditions) {
    refuse_turn(turn.number, not_kept());
    return {};
  }
  AVOW_TRY(InboundTurn decoded, decode_turn(turn));
  tie_.engine().submit(tie_.session(), std::move(decoded));
  return {};
}

Result<InboundTurn> NativeConversation::decode_turn(const native::ClientTurn& turn) const {
  InboundTurn decoded;
  decoded.ticket = Ticket{turn.number};
  decoded.wants_receipt = turn.wants_receipt;
  decoded.events.reserve(turn.events.size());
  for (const native::Event& event : turn.events) {
    AVOW_TRY(wire::Event one, decode_event(event));
    decoded.events.push_back(std::move(one));
  }
  return decoded;
}

Result<wire::Event> NativeConversation::decode_event(const native::Event& event) const {
  wire::Event decoded;
  decoded.target = number_from(event.target);
  decoded.kind = event.kind;
  decoded.handle = number_from(event.handle);
  if (event.kind == wire::EventKind::retract) return decoded;
  AVOW_TRY(decoded.body, wire::decode_value(event.body, tie_.limits().packet.value));
  return decoded;
}

Result<void> NativeConversation::handle(const native::Query& query) {
  Query asked;
  asked.ticket = Ticket{query.id};
  asked.target = number_from(query.target);
  std::optional<Value> options;
  if (!query.options.empty()) {
    AVOW_TRY(options, wire::decode_value(query.options, tie_.limits().packet.value));
  }
  for (const ByteView pattern : query.patterns) {
    AVOW_TRY(Value wire_pattern, wire::decode_value(pattern, tie_.limits().packet.value));
    asked.patterns.push_back(std::move(wire_pattern));
    asked.options.push_back(options);
  }
  tie_.engine().query(tie_.session(), std::move(asked));
  return {};
}

Result<void> NativeConversation::handle(const native::Cancel& cancel) {
  tie_.engine().release_rows(tie_.session(), Ticket{cancel.id});
  return {};
}

Result<void> NativeConversation::handle(const native::Ping& ping) {
  say(native::Pong{ping.number});
  return {};
}

Result<void> NativeConversation::handle(const native::Close&) {
  tie_.end(CloseCode::normal, "The client said that the session is over.", Cause::closed);
  return {};
}

Result<void> NativeConversation::handle(const native::LastTurn&) { return not_kept(); }

Result<void> NativeConversation::handle(const native::OutcomeQuestion&) { return not_kept(); }

void NativeConversation::on_time(Moment now) {
  const std::optional<Moment> due = deadline();
  if (due && now >= *due) {
    fail(CloseCode::policy_violation, {"too-slow", "No message came in time."});
  }
}

std::optional<Moment> NativeConversation::deadline() const {
  if (tie_.is_over()) return std::nullopt;
  return tie_.first_packet_due();
}

void NativeConversation::shut_down() {
  fail(CloseCode::going_away, {"shutting-down", "The server is shutting down."});
}

void NativeConversation::turn(const OutboundTurn& turn) {
  if (tie_.is_over()) return;
  Result<NativePackets> packets = encode_native_turn(
      turn, {.epoch = tie_.engine().epoch(), .turn = turns_told_ + 1, .applied = turns_handled_});
  if (!packets) return fail(CloseCode::policy_violation, packets.error());
  if (packets->empty()) return;
  ++turns_told_;
  tie_.push_group(FrameType::binary, std::move(*packets));
}

void NativeConversation::answer(const QueryAnswer& answer) {
  tie_.push_group(FrameType::binary, encode_native_answer(answer));
}

void NativeConversation::ended(const Error& why) {
  tie_.session_ended();
  fail(CloseCode::protocol_error, why);
}

void NativeConversation::refuse_turn(std::uint64_t number, const Error& why) {
  native::SessionPart part;
  part.turn = ++turns_told_;
  part.applied = number;
  part.receipts.push_back({.turn = number, .fault = native::Fault{.error = why}});
  say(part);
}

void NativeConversation::say(const native::ServerMessage& message) {
  Bytes frame;
  native::append_message(frame, message);
  tie_.push(FrameType::binary, std::move(frame));
}

void NativeConversation::fail(CloseCode code, const Error& why) {
  Bytes frame;
  native::append_message(frame, native::ServerMessage(native::Close{native::Fault{.error = why}}));
  tie_.push_farewell(FrameType::binary, std::move(frame));
  tie_.end(code, why.detail, Cause::closed);
}

}  // namespace avow::server
