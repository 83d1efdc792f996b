#include "server/session/native_session.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/wire/preserves.hpp"
#include "server/session/native_encoder.hpp"

namespace avow::server {
namespace {

namespace native = wire::native;

wire::Number number_from(std::uint64_t number) {
  if (const auto small = static_cast<std::int64_t>(number); small >= 0) return small;
  return wire::Number(Value::integer(number).view());
}

Result<void> decode_events(std::span<const native::Event> events, const ValueLimits& limits,
                           std::vector<wire::Event>& into) {
  into.reserve(events.size());
  for (const native::Event& event : events) {
    wire::Event& decoded = into.emplace_back();
    decoded.target = number_from(event.target);
    decoded.kind = event.kind;
    decoded.handle = number_from(event.handle);
    if (event.kind == wire::EventKind::retract) continue;
    AVOW_TRY_VOID(wire::decode_value_into(decoded.body, event.body, limits));
  }
  return {};
}

Error not_kept() {
  return {"unsupported",
          "This server keeps state in memory only: turns take no turn id, no "
          "condition and no level but `accepted`."};
}

}  // namespace

NativeSession::NativeSession(Engine& engine, Line& line, Agree agree)
    : tie_(engine, *this, line), agree_(std::move(agree)) {}

Result<void> NativeSession::handle(const native::Open& open) {
  const Result<OpenedSpace> opened = open_space(open);
  if (!opened) {
    native::Opened answer;
    answer.id = open.id;
    answer.fault = native::Fault{.error = opened.error()};
    say(answer);
    return {};
  }
  if (open.grace_ms > 0 && !tie_.agreed()) {
    agree_(Milliseconds(open.grace_ms), place_of(open.reference));
    first_ = *opened;
  }
  say(opened_as(*opened, open.id));
  return {};
}

native::Opened NativeSession::opened_as(const OpenedSpace& space, std::uint64_t id) const {
  native::Opened answer;
  answer.id = id;
  answer.reference = static_cast<std::uint64_t>(space.oid);
  answer.space = number_of(space.space);
  answer.name = space.name;
  answer.epoch = space.epoch;
  answer.revision = space.revision;
  answer.seq = space.seq;
  if (tie_.agreed()) {
    answer.resume_token = tie_.agreed()->token;
    answer.grace_ms = static_cast<std::uint32_t>(tie_.agreed()->grace.count());
  }
  return answer;
}

native::Opened NativeSession::resumed(std::uint64_t id) const {
  native::Opened answer = opened_as(*first_, id);
  answer.resumed = true;
  answer.applied = turns_handled_;
  answer.received = tie_.received();
  return answer;
}

std::string NativeSession::place_of(ByteView reference) {
  if (reference.empty()) return std::string(text_of(development_reference().to_value().bytes()));
  const Result<Value> value = wire::decode_value(reference);
  return std::string(value ? text_of(value->bytes()) : std::string_view());
}

Result<OpenedSpace> NativeSession::open_space(const native::Open& open) {
  Value reference = development_reference().to_value();
  if (!open.reference.empty()) {
    AVOW_TRY(reference, wire::decode_value(open.reference, tie_.limits().packet.value));
  }
  return tie_.engine().open_space(tie_.session(), reference);
}

Result<void> NativeSession::handle(const native::ClientTurn& turn) {
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
  InboundTurn decoded{
      .events = {}, .ticket = Ticket{turn.number}, .wants_receipt = turn.wants_receipt};
  AVOW_TRY_VOID(decode_events(turn.events, tie_.limits().packet.value, decoded.events));
  tie_.engine().submit(tie_.session(), std::move(decoded));
  return {};
}

Result<void> NativeSession::handle(const native::Query& query) {
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

Result<void> NativeSession::handle(const native::Cancel& cancel) {
  tie_.engine().release_rows(tie_.session(), Ticket{cancel.id});
  return {};
}

Result<void> NativeSession::handle(const native::Credit& credit) {
  const Result<void> granted = grant(credit);
  if (granted) return {};
  native::SessionPart part;
  part.turn = tie_.told() + 1;
  part.applied = turns_handled_;
  part.faults.push_back(
      {.observer = credit.observer, .fault = native::Fault{.error = granted.error()}});
  say(part);
  return {};
}

Result<void> NativeSession::grant(const native::Credit& credit) {
  if (credit.observer == 0) {
    return Error{"unsupported", "Credit is granted to a subscription, not to a whole session."};
  }
  if (credit.observer > credit_max || credit.bytes > credit_max ||
      (credit.turns == 0 && credit.bytes == 0)) {
    return Error{"bad-credit",
                 "A credit is of turns, bytes or both: at least 1 of one, and at "
                 "most 2^63 - 1."};
  }
  DeliveryCredit more;
  if (credit.turns > 0) more.turns = credit.turns;
  if (credit.bytes > 0) more.bytes = credit.bytes;
  return tie_.engine().grant(tie_.session(), static_cast<std::int64_t>(credit.observer), more);
}

void NativeSession::turn(const OutboundTurn& turn) {
  if (tie_.is_over()) return;
  if (const auto small = encode_small_native_turn(turn, tie_.engine().epoch())) {
    return tie_.push_copy(FrameType::binary, *small);
  }
  Result<NativePackets> packets = encode_native_turn(
      turn, {.epoch = tie_.engine().epoch(), .turn = tie_.told() + 1, .applied = turns_handled_});
  if (!packets) {
    return tie_.fail(FrameType::binary, farewell(packets.error()), CloseCode::policy_violation,
                     packets.error().detail);
  }
  if (!packets->empty()) tie_.push(FrameType::binary, std::move(*packets));
}

void NativeSession::answer(const QueryAnswer& answer) {
  if (!tie_.is_over()) tie_.push(FrameType::binary, encode_native_answer(answer));
}

void NativeSession::ended(const Error& why) {
  tie_.session_ended();
  tie_.fail(FrameType::binary, farewell(why), CloseCode::protocol_error, why.detail);
}

void NativeSession::refuse_turn(std::uint64_t number, const Error& why) {
  native::SessionPart part;
  part.turn = tie_.told() + 1;
  part.applied = number;
  part.receipts.push_back({.turn = number, .fault = native::Fault{.error = why}});
  say(part);
}

void NativeSession::say(const native::ServerMessage& message) {
  tie_.push(FrameType::binary, native_packet(message));
}

Bytes NativeSession::farewell(const Error& why) {
  return native_packet(native::Close{native::Fault{.error = why}});
}

Bytes native_packet(const native::ServerMessage& message) {
  Bytes packet;
  native::append_message(packet, message);
  return packet;
}

}  // namespace avow::server
