#include "avow/wire/native_reading.hpp"

namespace avow::wire::native {
namespace {

Result<std::vector<SpaceRevision>> read_revisions(capnp::List<schema::SpaceRevision>::Reader from,
                                                  const FrameLimits& limits) {
  AVOW_TRY_VOID(check_count(from.size(), limits.events_max));
  std::vector<SpaceRevision> revisions;
  revisions.reserve(from.size());
  for (const auto revision : from) {
    revisions.push_back({.space = revision.getSpace(), .revision = revision.getRevision()});
  }
  return revisions;
}

Result<Hello> read_hello(schema::Hello::Reader from, const FrameLimits& limits) {
  Hello hello;
  AVOW_TRY(hello.server, read_text(from.getServer()));
  AVOW_TRY(hello.version, read_text(from.getVersion()));
  hello.epoch = from.getEpoch();
  AVOW_TRY(hello.features, read_texts(from.getFeatures(), limits));
  AVOW_TRY_VOID(check_count(from.getLimits().size(), limits.list_items_max));
  for (const auto limit : from.getLimits()) {
    AVOW_TRY(std::string name, read_text(limit.getName()));
    hello.limits.push_back({.name = std::move(name), .value = limit.getValue()});
  }
  return hello;
}

Result<Opened> read_opened(schema::Opened::Reader from) {
  Opened opened;
  opened.id = from.getId();
  opened.reference = from.getReference();
  opened.space = from.getSpace();
  AVOW_TRY(opened.name, read_text(from.getName()));
  opened.epoch = from.getEpoch();
  opened.revision = from.getRevision();
  opened.seq = from.getSeq();
  if (from.hasError()) {
    AVOW_TRY(opened.fault, read_fault(from.getError()));
  }
  opened.resume_token = copy_of(from.getResumeToken());
  opened.resumed = from.getResumed();
  opened.applied = from.getApplied();
  opened.grace_ms = from.getGraceMs();
  opened.received = from.getReceived();
  return opened;
}

Result<Receipt> read_receipt(schema::Receipt::Reader from, const FrameLimits& limits) {
  Receipt receipt;
  receipt.turn = from.getTurn();
  receipt.seq = from.getSeq();
  AVOW_TRY(receipt.revisions, read_revisions(from.getRevisions(), limits));
  // A stronger level of a later release is at least durable.
  receipt.level = from.getLevel() == schema::Level::ACCEPTED ? Level::accepted : Level::durable;
  if (from.hasError()) {
    AVOW_TRY(receipt.fault, read_fault(from.getError()));
  }
  receipt.results = copy_of(from.getResults());
  receipt.replayed = from.getReplayed();
  return receipt;
}

Result<std::vector<Subscription>> read_subscriptions(capnp::List<schema::Subscription>::Reader from,
                                                     const FrameLimits& limits) {
  AVOW_TRY_VOID(check_count(from.size(), limits.events_max));
  std::vector<Subscription> subscriptions;
  subscriptions.reserve(from.size());
  for (const auto subscription : from) {
    subscriptions.push_back({.observer = subscription.getObserver(),
                             .topic = subscription.getTopic(),
                             .space = subscription.getSpace()});
  }
  return subscriptions;
}

Result<void> read_synced_and_gaps(schema::SessionPart::Reader from, const FrameLimits& limits,
                                  SessionPart& part) {
  AVOW_TRY_VOID(check_count(from.getSynced().size(), limits.events_max));
  for (const auto synced : from.getSynced()) {
    part.synced.push_back({.observer = synced.getObserver(),
                           .space = synced.getSpace(),
                           .revision = synced.getRevision(),
                           .missed = synced.getMissed()});
  }
  AVOW_TRY_VOID(check_count(from.getGaps().size(), limits.events_max));
  for (const auto gap : from.getGaps()) {
    // One that a later server has named is as good as none.
    const auto reason = static_cast<std::uint16_t>(gap.getReason());
    part.gaps.push_back({.observer = gap.getObserver(),
                         .space = gap.getSpace(),
                         .after = gap.getAfter(),
                         .floor = gap.getFloor(),
                         .resync = gap.getResync(),
                         .reason = reason < resync_reason_count ? static_cast<ResyncReason>(reason)
                                                                : ResyncReason::none});
  }
  return {};
}

Result<void> read_faults(schema::SessionPart::Reader from, const FrameLimits& limits,
                         SessionPart& part) {
  AVOW_TRY_VOID(check_count(from.getFaults().size(), limits.events_max));
  for (const auto fault : from.getFaults()) {
    SubscriptionFault read{.observer = fault.getObserver(),
                           .space = fault.getSpace(),
                           .ended = fault.getEnded(),
                           .after = fault.getAfter()};
    AVOW_TRY(read.fault, read_fault(fault.getError()));
    part.faults.push_back(std::move(read));
  }
  return {};
}

Result<SessionPart> read_session_part(schema::SessionPart::Reader from, const FrameLimits& limits) {
  SessionPart part;
  part.turn = from.getTurn();
  part.batches = from.getBatches();
  part.seq = from.getSeq();
  part.applied = from.getApplied();
  AVOW_TRY_VOID(check_count(from.getReceipts().size(), limits.events_max));
  for (const auto receipt : from.getReceipts()) {
    AVOW_TRY(Receipt read, read_receipt(receipt, limits));
    part.receipts.push_back(std::move(read));
  }
  AVOW_TRY(part.subscribed, read_subscriptions(from.getSubscribed(), limits));
  AVOW_TRY(part.unsubscribed, read_subscriptions(from.getUnsubscribed(), limits));
  AVOW_TRY_VOID(read_synced_and_gaps(from, limits, part));
  if (from.hasCredit()) part.credit = read_credit(from.getCredit());
  AVOW_TRY(part.progress, read_revisions(from.getProgress(), limits));
  part.resume_token = copy_of(from.getResumeToken());
  AVOW_TRY(part.traceparent, read_text(from.getTraceparent()));
  AVOW_TRY_VOID(read_faults(from, limits, part));
  return part;
}

Result<Batch> read_batch(schema::Batch::Reader from, const FrameLimits& limits,
                         FrameScratch& scratch) {
  Batch batch;
  batch.seq = from.getSeq();
  batch.epoch = from.getEpoch();
  batch.revision = from.getRevision();
  batch.after = from.getAfter();
  batch.space = from.getSpace();
  const auto addressing = static_cast<std::uint16_t>(from.getAddressing());
  if (addressing > static_cast<std::uint16_t>(Addressing::entities)) {
    return bad_frame("A batch is addressed in no known way.");
  }
  batch.addressing = static_cast<Addressing>(addressing);
  batch.snapshot = from.getSnapshot();
  AVOW_TRY_VOID(read_events(from.getEvents(), view_of(from.getBodies()), limits, scratch));
  batch.events = scratch.events;
  AVOW_TRY(batch.actors, read_datas(from.getActors(), limits));
  return batch;
}

Result<Rows> read_rows(schema::Rows::Reader from, const FrameLimits& limits,
                       FrameScratch& scratch) {
  AVOW_TRY_VOID(check_count(from.getRows().size(), limits.events_max));
  Rows rows;
  rows.id = from.getId();
  const ByteView bodies = view_of(from.getBodies());
  scratch.rows.clear();
  scratch.rows.reserve(from.getRows().size());
  for (const auto row : from.getRows()) {
    AVOW_TRY(const ByteView captures, slice_of(bodies, row.getOffset(), row.getLength()));
    scratch.rows.push_back(
        {.pattern = row.getPattern(), .item = row.getItem(), .captures = captures});
  }
  rows.rows = scratch.rows;
  rows.last = from.getLast();
  rows.space = from.getSpace();
  rows.revision = from.getRevision();
  rows.seq = from.getSeq();
  if (from.hasError()) {
    AVOW_TRY(rows.fault, read_fault(from.getError()));
  }
  return rows;
}

Result<OutcomeAnswer> read_outcome(schema::OutcomeAnswer::Reader from, const FrameLimits& limits) {
  OutcomeAnswer answer;
  answer.id = from.getId();
  AVOW_TRY(answer.receipt, read_receipt(from.getReceipt(), limits));
  answer.known = from.getKnown();
  return answer;
}

template <class Part>
Result<ServerMessage> as_server_message(Result<Part> part) {
  if (!part) return std::move(part).error();
  return ServerMessage(*std::move(part));
}

}  // namespace

Result<ServerMessage> read_message(schema::ServerMessage::Reader from, const FrameLimits& limits,
                                   FrameScratch& scratch) {
  switch (from.which()) {
    case schema::ServerMessage::HELLO:
      return as_server_message(read_hello(from.getHello(), limits));
    case schema::ServerMessage::OPENED:
      return as_server_message(read_opened(from.getOpened()));
    case schema::ServerMessage::SESSION:
      return as_server_message(read_session_part(from.getSession(), limits));
    case schema::ServerMessage::BATCH:
      return as_server_message(read_batch(from.getBatch(), limits, scratch));
    case schema::ServerMessage::ROWS:
      return as_server_message(read_rows(from.getRows(), limits, scratch));
    case schema::ServerMessage::PING:
      return ServerMessage(Ping{from.getPing()});
    case schema::ServerMessage::PONG:
      return ServerMessage(Pong{from.getPong()});
    case schema::ServerMessage::CLOSE: {
      AVOW_TRY(Fault fault, read_fault(from.getClose()));
      return ServerMessage(Close{std::move(fault)});
    }
    case schema::ServerMessage::OUTCOME:
      return as_server_message(read_outcome(from.getOutcome(), limits));
    case schema::ServerMessage::ACKNOWLEDGE:
      return ServerMessage(Acknowledge{from.getAcknowledge()});
  }
  return ServerMessage(Unknown{});
}

}  // namespace avow::wire::native
