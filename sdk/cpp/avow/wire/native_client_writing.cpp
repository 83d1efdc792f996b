#include "avow/wire/native.hpp"
#include "avow/wire/native_usual.hpp"
#include "avow/wire/native_writing.hpp"

// Messages from a client into Cap'n Proto.

namespace avow::wire::native {
namespace {

void write_conditions(schema::ClientTurn::Builder to, const Conditions& conditions) {
  to.setLevel(static_cast<schema::Level>(conditions.level));
  if (conditions.turn_id) write_turn_id(to.initTurnId(), *conditions.turn_id);
  write_datas(to.initRequire(static_cast<capnp::uint>(conditions.require.size())),
              conditions.require);
  write_datas(to.initAbsent(static_cast<capnp::uint>(conditions.absent.size())), conditions.absent);
  to.setGuardTarget(conditions.guard_target);
  to.setTimeoutMs(conditions.timeout_ms);
  if (!conditions.options.empty()) to.setOptions(data_of(conditions.options));
}

void write_turn(schema::ClientTurn::Builder to, const ClientTurn& turn, EventBodies& bodies) {
  to.setNumber(turn.number);
  write_events(to, turn.events, bodies);
  to.setReceipt(turn.wants_receipt);
  if (turn.conditions) write_conditions(to, *turn.conditions);
  if (!turn.traceparent.empty()) to.setTraceparent(text_of_string(turn.traceparent));
}

std::size_t words_of_turn(const ClientTurn& turn, const EventBodies& bodies) {
  std::size_t words = fixed_words + 4 * turn.events.size() + words_of(bodies.size());
  if (turn.conditions) {
    words += words_of_datas(turn.conditions->require) + words_of_datas(turn.conditions->absent);
  }
  return words;
}

struct ClientMessageWriter {
  Bytes& frame;

  template <class Fill>
  void write(std::size_t more_words, Fill&& fill) const {
    write_message<schema::ClientMessage>(frame, fixed_words + more_words, fill);
  }
  void operator()(const Open& open) const {
    write(words_of(open.reference.size()), [&](schema::ClientMessage::Builder message) {
      auto to = message.initOpen();
      to.setId(open.id);
      if (!open.reference.empty()) to.setReference(data_of(open.reference));
      if (!open.resume_token.empty()) to.setResumeToken(data_of(open.resume_token));
      to.setReceived(open.received);
      to.setGraceMs(open.grace_ms);
      write_texts(to.initFeatures(static_cast<capnp::uint>(open.features.size())), open.features);
      if (!open.client.empty()) to.setClient(text_of_string(open.client));
      to.setEpoch(open.epoch);
    });
  }
  void operator()(const ClientTurn& turn) const { append_turn(frame, turn); }
  void operator()(const Query& query) const {
    write(words_of_datas(query.patterns) + words_of(query.options.size()),
          [&](schema::ClientMessage::Builder message) {
            auto to = message.initQuery();
            to.setId(query.id);
            to.setTarget(query.target);
            write_datas(to.initPatterns(static_cast<capnp::uint>(query.patterns.size())),
                        query.patterns);
            if (!query.options.empty()) to.setOptions(data_of(query.options));
            if (!query.traceparent.empty()) to.setTraceparent(text_of_string(query.traceparent));
          });
  }
  void operator()(const Cancel& cancel) const {
    write(0, [&](schema::ClientMessage::Builder message) { message.setCancel(cancel.id); });
  }
  void operator()(const Acknowledge& acknowledge) const {
    write(0, [&](schema::ClientMessage::Builder message) {
      message.setAcknowledge(acknowledge.number);
    });
  }
  void operator()(const Credit& credit) const {
    write(0, [&](schema::ClientMessage::Builder message) {
      write_credit(message.initCredit(), credit);
    });
  }
  void operator()(const Ping& ping) const {
    write(0, [&](schema::ClientMessage::Builder message) { message.setPing(ping.number); });
  }
  void operator()(const Pong& pong) const {
    write(0, [&](schema::ClientMessage::Builder message) { message.setPong(pong.number); });
  }
  void operator()(const LastTurn& last) const {
    EventBodies bodies(last.turn.events);
    write(words_of_turn(last.turn, bodies), [&](schema::ClientMessage::Builder message) {
      auto to = message.initLastTurn();
      write_turn(to.initTurn(), last.turn, bodies);
      to.setDelayMs(last.delay_ms);
    });
  }
  void operator()(const OutcomeQuestion& question) const {
    write(0, [&](schema::ClientMessage::Builder message) {
      auto to = message.initOutcome();
      to.setId(question.id);
      write_turn_id(to.initTurnId(), question.turn_id);
    });
  }
  void operator()(const Close& close) const {
    write(0, [&](schema::ClientMessage::Builder message) {
      write_fault(message.initClose(), close.fault);
    });
  }
  void operator()(const Unknown&) const {
    AVOW_CHECK(false && "an unknown message cannot be written");
  }
};

}  // namespace

void append_message(Bytes& frame, const ClientMessage& message) {
  std::visit(ClientMessageWriter{frame}, message);
}

void append_turn(Bytes& frame, const ClientTurn& turn) {
  if (!append_usual(frame, turn)) append_by_library(frame, turn);
}

void append_by_library(Bytes& frame, const ClientTurn& turn) {
  EventBodies bodies(turn.events);
  write_message<schema::ClientMessage>(frame, words_of_turn(turn, bodies),
                                       [&](schema::ClientMessage::Builder message) {
                                         write_turn(message.initTurn(), turn, bodies);
                                       });
}

}  // namespace avow::wire::native
