#include "tests/unit/client/fake_server.hpp"

#include <gtest/gtest.h>
#include <utility>

namespace avow::test {

namespace native = wire::native;

namespace {

HeardTurn heard(const native::ClientTurn& turn) {
  HeardTurn own{turn.number, turn.wants_receipt, {}};
  for (const native::Event& event : turn.events) {
    own.events.push_back({event.target, event.handle, event.kind,
                          event.body.empty() ? Value() : Value::from_canonical(event.body)});
  }
  return own;
}

native::Batch batch_of(const std::vector<Telling>& tellings, std::vector<native::Event>& events,
                       native::Addressing addressing, std::uint64_t revision) {
  for (const Telling& telling : tellings) {
    native::Event& event = events.emplace_back();
    event.target = telling.target;
    event.handle = telling.handle;
    event.kind = telling.kind;
    event.cause = telling.cause;
    // What a retract names, if anything, are captures.
    const bool has_body =
        telling.kind != wire::EventKind::retract || telling.body.view().kind() == Kind::sequence;
    if (has_body) event.body = telling.body.bytes();
  }
  native::Batch batch;
  batch.space = space_number;
  batch.revision = revision;
  batch.addressing = addressing;
  batch.events = events;
  return batch;
}

}  // namespace

void Heard::frame(ByteView bytes) {
  ++frames;
  auto reader = native::ClientFrameReader::open(bytes);
  ASSERT_TRUE(reader.has_value()) << reader.error().detail;
  while (true) {
    const auto message = reader->next();
    ASSERT_TRUE(message.has_value()) << message.error().detail;
    if (*message == nullptr) return;
    if (const auto* open = std::get_if<native::Open>(&**message)) {
      opens.push_back(Value::from_canonical(open->reference));
      openings.push_back({open->resume_token, open->received, open->grace_ms});
    } else if (const auto* taken = std::get_if<native::Acknowledge>(&**message)) {
      acknowledgements.push_back(taken->number);
    } else if (const auto* turn = std::get_if<native::ClientTurn>(&**message)) {
      turns.push_back(heard(*turn));
    } else if (const auto* query = std::get_if<native::Query>(&**message)) {
      queries.push_back({query->id, Value::from_canonical(query->patterns.at(0)),
                         Value::from_canonical(query->options)});
    } else if (const auto* cancel = std::get_if<native::Cancel>(&**message)) {
      cancels.push_back(cancel->id);
    } else if (const auto* pong = std::get_if<native::Pong>(&**message)) {
      pongs.push_back(pong->number);
    }
  }
}

std::vector<std::uint64_t> Heard::published(std::string_view label) const {
  std::vector<std::uint64_t> handles;
  for (const HeardTurn& turn : turns) {
    for (const HeardEvent& event : turn.events) {
      if (event.kind == wire::EventKind::publish && event.body.view().is_record(label)) {
        handles.push_back(event.handle);
      }
    }
  }
  return handles;
}

Bytes frame_of(const std::vector<native::ServerMessage>& messages) {
  Bytes frame;
  for (const native::ServerMessage& message : messages) native::append_message(frame, message);
  return frame;
}

native::Hello hello() {
  native::Hello message;
  message.server = "avowd";
  message.version = "1.2.3";
  message.limits = {
      {"message-bytes", 1 << 20}, {"turn-events", 65'536}, {"restart-grace-ms", 10'000}};
  return message;
}

native::Opened opened(std::uint64_t revision) {
  native::Opened message;
  message.id = 1;
  message.reference = space_oid;
  message.space = space_number;
  message.name = "main";
  message.epoch = 0xAB;
  message.revision = revision;
  return message;
}

native::Opened opened_with_grace(std::uint32_t grace_ms) {
  native::Opened message = opened();
  message.resume_token = {1, 2, 3};
  message.grace_ms = grace_ms;
  return message;
}

native::Opened resumed(std::uint64_t received) {
  native::Opened message = opened_with_grace(1'000);
  message.resumed = true;
  message.received = received;
  return message;
}

native::Opened not_opened(std::string code, std::uint32_t retry_ms) {
  native::Opened message;
  message.id = 1;
  message.fault =
      native::Fault{.error = {std::move(code), "No."}, .retry_ms = retry_ms, .detail = {}};
  return message;
}

Telling appears(std::uint64_t target, std::uint64_t handle, Value captures) {
  return {target, handle, wire::EventKind::publish, std::move(captures)};
}
Telling disappears(std::uint64_t target, std::uint64_t handle, Cause cause) {
  return {target, handle, wire::EventKind::retract, {}, cause};
}
Telling says(std::uint64_t target, Value captures) {
  return {target, 0, wire::EventKind::message, std::move(captures)};
}

Bytes turn_frame(const TurnOf& turn) {
  native::SessionPart part = turn.part;
  part.batches = (turn.by_topic.empty() ? 0U : 1U) + (turn.by_entity.empty() ? 0U : 1U);
  Bytes frame;
  native::append_session_part(frame, part);
  if (!turn.by_topic.empty()) {
    std::vector<native::Event> events;
    native::append_batch(
        frame, batch_of(turn.by_topic, events, native::Addressing::topics, turn.revision));
  }
  if (!turn.by_entity.empty()) {
    std::vector<native::Event> events;
    native::append_batch(
        frame, batch_of(turn.by_entity, events, native::Addressing::entities, turn.revision));
  }
  return frame;
}

Bytes receipt_frame(std::uint64_t number, std::uint64_t revision) {
  native::SessionPart part;
  native::Receipt receipt;
  receipt.turn = number;
  receipt.seq = 100 + number;
  receipt.revisions = {{space_number, revision}};
  part.receipts.push_back(receipt);
  return frame_of({part});
}

Bytes refusal_frame(std::uint64_t number, std::string code) {
  native::SessionPart part;
  native::Receipt receipt;
  receipt.turn = number;
  receipt.fault = native::Fault{.error = {std::move(code), "No."}, .retry_ms = 0, .detail = {}};
  part.receipts.push_back(receipt);
  return frame_of({part});
}

namespace {

Bytes snapshot(TurnOf turn, std::uint64_t observer, std::uint64_t topic,
               const std::vector<Value>& captures, std::uint64_t revision) {
  turn.part.subscribed = {{observer, topic, space_number}};
  turn.part.synced = {{observer, space_number, revision}};
  turn.revision = revision;
  std::uint64_t handle = 0;
  for (const Value& one : captures) turn.by_entity.push_back(appears(observer, ++handle, one));
  return turn_frame(turn);
}

}  // namespace

Bytes snapshot_frame(std::uint64_t observer, std::uint64_t topic,
                     const std::vector<Value>& captures, std::uint64_t revision) {
  return snapshot({}, observer, topic, captures, revision);
}

Bytes resync_frame(std::uint64_t observer, std::uint64_t topic, const std::vector<Value>& captures,
                   std::uint64_t revision, ResyncReason reason) {
  TurnOf turn;
  turn.part.gaps = {{.observer = observer,
                     .space = space_number,
                     .after = 12,
                     .floor = 20,
                     .resync = true,
                     .reason = reason}};
  return snapshot(std::move(turn), observer, topic, captures, revision);
}

}  // namespace avow::test
