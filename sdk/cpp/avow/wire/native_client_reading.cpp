#include "avow/wire/native_reading.hpp"

namespace avow::wire::native {
namespace {

bool has_conditions(schema::ClientTurn::Reader from) {
  return from.getLevel() != schema::Level::ACCEPTED || from.hasTurnId() || from.hasOptions() ||
         from.getRequire().size() != 0 || from.getAbsent().size() != 0 || from.getTimeoutMs() != 0;
}

Result<Conditions> read_conditions(schema::ClientTurn::Reader from, const FrameLimits& limits) {
  Conditions conditions;
  const auto level = static_cast<std::uint16_t>(from.getLevel());
  if (level > static_cast<std::uint16_t>(Level::durable)) {
    return bad_frame("A turn asks for no known level.");
  }
  conditions.level = static_cast<Level>(level);
  if (from.hasTurnId()) conditions.turn_id = read_turn_id(from.getTurnId());
  AVOW_TRY(conditions.require, read_datas(from.getRequire(), limits));
  AVOW_TRY(conditions.absent, read_datas(from.getAbsent(), limits));
  conditions.guard_target = from.getGuardTarget();
  conditions.timeout_ms = from.getTimeoutMs();
  conditions.options = view_of(from.getOptions());
  return conditions;
}

Result<ClientTurn> read_turn(schema::ClientTurn::Reader from, const FrameLimits& limits,
                             FrameScratch& scratch) {
  ClientTurn turn;
  turn.number = from.getNumber();
  AVOW_TRY_VOID(read_events(from.getEvents(), view_of(from.getBodies()), limits, scratch));
  turn.events = scratch.events;
  turn.wants_receipt = from.getReceipt();
  if (has_conditions(from)) {
    AVOW_TRY(turn.conditions, read_conditions(from, limits));
  }
  AVOW_TRY(turn.traceparent, read_text(from.getTraceparent()));
  return turn;
}

Result<Open> read_open(schema::Open::Reader from, const FrameLimits& limits) {
  Open open;
  open.id = from.getId();
  open.reference = view_of(from.getReference());
  open.resume_token = copy_of(from.getResumeToken());
  open.received = from.getReceived();
  open.grace_ms = from.getGraceMs();
  AVOW_TRY(open.features, read_texts(from.getFeatures(), limits));
  AVOW_TRY(open.client, read_text(from.getClient()));
  open.epoch = from.getEpoch();
  return open;
}

Result<Query> read_query(schema::Query::Reader from, const FrameLimits& limits) {
  Query query;
  query.id = from.getId();
  query.target = from.getTarget();
  AVOW_TRY(query.patterns, read_datas(from.getPatterns(), limits));
  query.options = view_of(from.getOptions());
  AVOW_TRY(query.traceparent, read_text(from.getTraceparent()));
  return query;
}

Result<LastTurn> read_last_turn(schema::LastTurn::Reader from, const FrameLimits& limits,
                                FrameScratch& scratch) {
  LastTurn last;
  AVOW_TRY(last.turn, read_turn(from.getTurn(), limits, scratch));
  last.delay_ms = from.getDelayMs();
  return last;
}

// The alternatives of a variant come out of functions that may fail.
template <class Part>
Result<ClientMessage> as_message(Result<Part> part) {
  if (!part) return std::move(part).error();
  return ClientMessage(*std::move(part));
}

}  // namespace

Result<ClientMessage> read_message(schema::ClientMessage::Reader from, const FrameLimits& limits,
                                   FrameScratch& scratch) {
  switch (from.which()) {
    case schema::ClientMessage::OPEN:
      return as_message(read_open(from.getOpen(), limits));
    case schema::ClientMessage::TURN:
      return as_message(read_turn(from.getTurn(), limits, scratch));
    case schema::ClientMessage::QUERY:
      return as_message(read_query(from.getQuery(), limits));
    case schema::ClientMessage::CANCEL:
      return ClientMessage(Cancel{from.getCancel()});
    case schema::ClientMessage::ACKNOWLEDGE:
      return ClientMessage(Acknowledge{from.getAcknowledge()});
    case schema::ClientMessage::CREDIT:
      return ClientMessage(read_credit(from.getCredit()));
    case schema::ClientMessage::PING:
      return ClientMessage(Ping{from.getPing()});
    case schema::ClientMessage::PONG:
      return ClientMessage(Pong{from.getPong()});
    case schema::ClientMessage::LAST_TURN:
      return as_message(read_last_turn(from.getLastTurn(), limits, scratch));
    case schema::ClientMessage::OUTCOME: {
      const auto question = from.getOutcome();
      return ClientMessage(
          OutcomeQuestion{.id = question.getId(), .turn_id = read_turn_id(question.getTurnId())});
    }
    case schema::ClientMessage::CLOSE: {
      AVOW_TRY(Fault fault, read_fault(from.getClose()));
      return ClientMessage(Close{std::move(fault)});
    }
  }
  return ClientMessage(Unknown{});
}

}  // namespace avow::wire::native
