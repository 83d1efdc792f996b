#include "avow/wire/native.hpp"
#include "avow/wire/native_usual.hpp"
#include "avow/wire/native_writing.hpp"

// Messages from the server into Cap'n Proto.

namespace avow::wire::native {
namespace {

void write_receipt(schema::Receipt::Builder to, const Receipt& receipt) {
  to.setTurn(receipt.turn);
  to.setSeq(receipt.seq);
  write_revisions(to.initRevisions(static_cast<capnp::uint>(receipt.revisions.size())),
                  receipt.revisions);
  to.setLevel(static_cast<schema::Level>(receipt.level));
  if (receipt.fault) write_fault(to.initError(), *receipt.fault);
  if (!receipt.results.empty()) to.setResults(data_of(receipt.results));
  to.setReplayed(receipt.replayed);
}

template <class List>
void write_subscriptions(List list, const std::vector<Subscription>& subscriptions) {
  capnp::uint i = 0;
  for (const Subscription& from : subscriptions) {
    auto to = list[i++];
    to.setObserver(from.observer);
    to.setTopic(from.topic);
    to.setSpace(from.space);
  }
}

void write_synced(schema::SessionPart::Builder to, const std::vector<Synced>& synced) {
  auto list = to.initSynced(static_cast<capnp::uint>(synced.size()));
  capnp::uint i = 0;
  for (const Synced& from : synced) {
    auto written = list[i++];
    written.setObserver(from.observer);
    written.setSpace(from.space);
    written.setRevision(from.revision);
    written.setMissed(from.missed);
  }
}

void write_gaps(schema::SessionPart::Builder to, const std::vector<Gap>& gaps) {
  auto list = to.initGaps(static_cast<capnp::uint>(gaps.size()));
  capnp::uint i = 0;
  for (const Gap& from : gaps) {
    auto written = list[i++];
    written.setObserver(from.observer);
    written.setSpace(from.space);
    written.setAfter(from.after);
    written.setFloor(from.floor);
    written.setResync(from.resync);
    written.setReason(static_cast<schema::ResyncReason>(from.reason));
  }
}

void write_faults(schema::SessionPart::Builder to, const std::vector<SubscriptionFault>& faults) {
  auto list = to.initFaults(static_cast<capnp::uint>(faults.size()));
  capnp::uint i = 0;
  for (const SubscriptionFault& from : faults) {
    auto written = list[i++];
    written.setObserver(from.observer);
    written.setSpace(from.space);
    written.setEnded(from.ended);
    written.setAfter(from.after);
    write_fault(written.initError(), from.fault);
  }
}

// Lists that are empty stay away: most session parts hold one thing only.
void write_session_part(schema::SessionPart::Builder to, const SessionPart& part) {
  to.setTurn(part.turn);
  to.setBatches(part.batches);
  to.setSeq(part.seq);
  to.setApplied(part.applied);
  if (!part.receipts.empty()) {
    auto receipts = to.initReceipts(static_cast<capnp::uint>(part.receipts.size()));
    capnp::uint i = 0;
    for (const Receipt& receipt : part.receipts) write_receipt(receipts[i++], receipt);
  }
  if (!part.subscribed.empty()) {
    write_subscriptions(to.initSubscribed(static_cast<capnp::uint>(part.subscribed.size())),
                        part.subscribed);
  }
  if (!part.unsubscribed.empty()) {
    write_subscriptions(to.initUnsubscribed(static_cast<capnp::uint>(part.unsubscribed.size())),
                        part.unsubscribed);
  }
  if (!part.synced.empty()) write_synced(to, part.synced);
  if (part.credit) write_credit(to.initCredit(), *part.credit);
  if (!part.progress.empty()) {
    write_revisions(to.initProgress(static_cast<capnp::uint>(part.progress.size())), part.progress);
  }
  if (!part.gaps.empty()) write_gaps(to, part.gaps);
  if (!part.resume_token.empty()) to.setResumeToken(data_of(part.resume_token));
  if (!part.traceparent.empty()) to.setTraceparent(text_of_string(part.traceparent));
  if (!part.faults.empty()) write_faults(to, part.faults);
}

std::size_t words_of_session_part(const SessionPart& part) {
  std::size_t words = fixed_words;
  for (const Receipt& receipt : part.receipts) words += 16 + 2 * receipt.revisions.size();
  words += 3 * (part.subscribed.size() + part.unsubscribed.size()) + 4 * part.synced.size();
  return words + 2 * part.progress.size() + 4 * part.gaps.size() + 32 * part.faults.size();
}

struct ServerMessageWriter {
  Bytes& frame;

  template <class Fill>
  void write(Fill&& fill) const {
    write_message<schema::ServerMessage>(frame, fixed_words, fill);
  }
  void operator()(const Hello& hello) const {
    write([&](schema::ServerMessage::Builder message) {
      auto to = message.initHello();
      to.setServer(text_of_string(hello.server));
      to.setVersion(text_of_string(hello.version));
      to.setEpoch(hello.epoch);
      write_texts(to.initFeatures(static_cast<capnp::uint>(hello.features.size())), hello.features);
      auto limits = to.initLimits(static_cast<capnp::uint>(hello.limits.size()));
      capnp::uint i = 0;
      for (const Limit& limit : hello.limits) {
        auto written = limits[i++];
        written.setName(text_of_string(limit.name));
        written.setValue(limit.value);
      }
    });
  }
  void operator()(const Opened& opened) const {
    write([&](schema::ServerMessage::Builder message) {
      auto to = message.initOpened();
      to.setId(opened.id);
      to.setReference(opened.reference);
      to.setSpace(opened.space);
      to.setName(text_of_string(opened.name));
      to.setEpoch(opened.epoch);
      to.setRevision(opened.revision);
      to.setSeq(opened.seq);
      if (opened.fault) write_fault(to.initError(), *opened.fault);
      if (!opened.resume_token.empty()) to.setResumeToken(data_of(opened.resume_token));
      to.setResumed(opened.resumed);
      to.setApplied(opened.applied);
      to.setGraceMs(opened.grace_ms);
      to.setReceived(opened.received);
    });
  }
  void operator()(const SessionPart& part) const { append_session_part(frame, part); }
  void operator()(const Batch& batch) const { append_batch(frame, batch); }
  void operator()(const Rows& rows) const { append_rows(frame, rows); }
  void operator()(const Ping& ping) const {
    write([&](schema::ServerMessage::Builder message) { message.setPing(ping.number); });
  }
  void operator()(const Pong& pong) const {
    write([&](schema::ServerMessage::Builder message) { message.setPong(pong.number); });
  }
  void operator()(const Close& close) const {
    write([&](schema::ServerMessage::Builder message) {
      write_fault(message.initClose(), close.fault);
    });
  }
  void operator()(const Acknowledge& acknowledge) const {
    write([&](schema::ServerMessage::Builder message) {
      message.setAcknowledge(acknowledge.number);
    });
  }
  void operator()(const OutcomeAnswer& answer) const {
    write([&](schema::ServerMessage::Builder message) {
      auto to = message.initOutcome();
      to.setId(answer.id);
      write_receipt(to.initReceipt(), answer.receipt);
      to.setKnown(answer.known);
    });
  }
  void operator()(const Unknown&) const {
    AVOW_CHECK(false && "an unknown message cannot be written");
  }
};

}  // namespace

void append_message(Bytes& frame, const ServerMessage& message) {
  std::visit(ServerMessageWriter{frame}, message);
}

void append_session_part(Bytes& frame, const SessionPart& part) {
  write_message<schema::ServerMessage>(frame, words_of_session_part(part),
                                       [&](schema::ServerMessage::Builder message) {
                                         write_session_part(message.initSession(), part);
                                       });
}

void append_batch(Bytes& frame, const Batch& batch) {
  if (!append_usual(frame, batch)) append_by_library(frame, batch);
}

void append_by_library(Bytes& frame, const Batch& batch) {
  EventBodies bodies(batch.events);
  const std::size_t words = fixed_words + 4 * batch.events.size() + words_of(bodies.size()) +
                            words_of_datas(batch.actors);
  write_message<schema::ServerMessage>(frame, words, [&](schema::ServerMessage::Builder message) {
    auto to = message.initBatch();
    to.setSeq(batch.seq);
    to.setEpoch(batch.epoch);
    to.setRevision(batch.revision);
    to.setAfter(batch.after);
    to.setSpace(batch.space);
    to.setAddressing(static_cast<schema::Addressing>(batch.addressing));
    to.setSnapshot(batch.snapshot);
    write_events(to, batch.events, bodies);
    if (!batch.actors.empty()) {
      write_datas(to.initActors(static_cast<capnp::uint>(batch.actors.size())), batch.actors);
    }
  });
}

void append_rows(Bytes& frame, const Rows& rows) {
  RowBodies bodies(rows.rows);
  const std::size_t words = fixed_words + 3 * rows.rows.size() + words_of(bodies.size());
  write_message<schema::ServerMessage>(frame, words, [&](schema::ServerMessage::Builder message) {
    auto to = message.initRows();
    to.setId(rows.id);
    auto list = to.initRows(static_cast<capnp::uint>(rows.rows.size()));
    const auto place = [&](std::size_t index, std::uint32_t offset, std::uint32_t length) {
      const Row& row = rows.rows[index];
      auto written = list[static_cast<capnp::uint>(index)];
      written.setPattern(row.pattern);
      written.setOffset(offset);
      written.setLength(length);
      written.setItem(row.item);
    };
    bodies.fill(to.initBodies(static_cast<capnp::uint>(bodies.size())).begin(), place);
    to.setLast(rows.last);
    to.setSpace(rows.space);
    to.setRevision(rows.revision);
    to.setSeq(rows.seq);
    if (rows.fault) write_fault(to.initError(), *rows.fault);
  });
}

}  // namespace avow::wire::native
