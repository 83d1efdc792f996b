#include "server/session/native_encoder.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <span>
#include <utility>

#include "avow/base/check.hpp"
#include "server/base/hash.hpp"
#include "server/session/native_runs.hpp"
#include "server/session/slow_consumer.hpp"
#include "server/session/wire_kinds.hpp"

namespace avow::server {
namespace {

namespace native = wire::native;

// What a small turn is put together in, again and again.
struct SmallTurn {
  NativeRun run;
  std::vector<native::Event> events;
  Bytes bytes;
};

// The batches that have been built of a turn, by the changes that they hold.
class BatchCache final : public EncodingCache {
 public:
  void clear() override {
    if (!batches_.empty()) batches_.clear();
  }

  [[nodiscard]] SmallTurn& small() { return small_; }

  template <class Build>
  [[nodiscard]] Block get(const NativeRun& run, const Build& build) {
    std::vector<Batch>& same_hash = batches_[hash_of(run.indices)];
    for (const Batch& batch : same_hash) {
      if (batch.changes == run.indices && batch.with_captures == run.with_captures) {
        return batch.bytes;
      }
    }
    same_hash.push_back({run.indices, run.with_captures, build()});
    return same_hash.back().bytes;
  }

 private:
  struct Batch {
    std::vector<std::uint32_t> changes;
    bool with_captures = false;
    Block bytes;
  };

  static std::uint64_t hash_of(const std::vector<std::uint32_t>& changes) {
    std::uint64_t hash = changes.size();
    for (const std::uint32_t change : changes) hash = scatter(hash ^ change);
    return hash;
  }

  boost::unordered_flat_map<std::uint64_t, std::vector<Batch>> batches_;
  SmallTurn small_;
};

wire::EventKind wire_kind(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::appear:
      return wire::EventKind::publish;
    case ChangeKind::message:
      return wire::EventKind::message;
    case ChangeKind::disappear:
      return wire::EventKind::retract;
  }
  AVOW_CHECK(false);
}

// Adds it to `events`.
void add_topic_event(std::vector<native::Event>& events, const TurnContent& content,
                     std::uint32_t index, bool with_captures) {
  const SharedChange& shared = content.changes()[index];
  native::Event& event = events.emplace_back();
  event.target = number_of(shared.change.topic);
  event.handle = number_of(shared.change.capture);
  event.kind = wire_kind(shared.change.kind);
  event.cause = shared.change.cause;
  if (shared.change.kind != ChangeKind::disappear || with_captures) {
    event.body = content.captures(shared).bytes();
  }
}

// Likewise.
Result<void> add_entity_event(std::vector<native::Event>& events, const OutboundTurn& turn,
                              std::uint32_t index) {
  const OutboundEvent& told = turn.events()[index];
  const std::optional<std::int64_t> oid = turn.target(told).small();
  if (!oid || *oid < 0) {
    return Error{"bad-reference",
                 "In native frames the number of an entity is at least 0 and has "
                 "at most 63 bits."};
  }
  native::Event& event = events.emplace_back();
  event.target = static_cast<std::uint64_t>(*oid);
  // Captures have one name in all batches, so that one told by entity can be taken back by topic.
  event.handle = told.change == OutboundEvent::none
                     ? told.handle
                     : number_of(turn.content().changes()[told.change].change.capture);
  event.kind = wire_kind(told.kind);
  event.cause = told.cause;
  if (told.kind != OutboundKind::retract || told.with_captures) {
    event.body = turn.body(told).bytes();
  }
  return {};
}

void append_batch(Bytes& to, const OutboundTurn& turn, const NativeRun& run, std::uint64_t epoch,
                  std::span<const native::Event> events) {
  native::Batch batch;
  batch.seq = turn.content().seq();
  batch.epoch = epoch;
  batch.addressing = run.addressing;
  batch.snapshot = run.is_snapshot;
  batch.events = events;
  if (run.space) {
    const SpaceRevision& at = turn.content().spaces()[*run.space];
    batch.space = number_of(at.space);
    batch.revision = at.revision;
  }
  native::append_batch(to, batch);
}

Block encode_batch(const OutboundTurn& turn, const NativeRun& run, std::uint64_t epoch,
                   std::span<const native::Event> events) {
  Bytes bytes;
  append_batch(bytes, turn, run, epoch, events);
  return std::make_shared<const Bytes>(std::move(bytes));
}

// Whether there is more to say than batches do.
bool has_session_part(const OutboundTurn& turn) {
  return turn.receipt() || !turn.topics().empty() || !turn.gaps().empty() ||
         !turn.caught_up().empty() || !turn.progress().empty();
}

// Into `events`. False if one is shared with others, or cannot be told.
bool own_events(const OutboundTurn& turn, const NativeRun& run,
                std::vector<native::Event>& events) {
  events.clear();
  for (const std::uint32_t index : run.indices) {
    if (run.addressing == native::Addressing::topics) {
      if (turn.content().changes()[index].is_shared) return false;
      add_topic_event(events, turn.content(), index, run.with_captures);
      continue;
    }
    if (!add_entity_event(events, turn, index)) return false;
  }
  return true;
}

Result<Block> encode_run(const OutboundTurn& turn, const NativeRun& run, std::uint64_t epoch) {
  std::vector<native::Event> events;
  events.reserve(run.indices.size());
  if (run.addressing == native::Addressing::entities) {
    for (const std::uint32_t index : run.indices) {
      AVOW_TRY_VOID(add_entity_event(events, turn, index));
    }
    return encode_batch(turn, run, epoch, events);
  }
  const auto build = [&] {
    for (const std::uint32_t index : run.indices) {
      add_topic_event(events, turn.content(), index, run.with_captures);
    }
    return encode_batch(turn, run, epoch, events);
  };
  return turn.content().cache<BatchCache>(Encoding::native).get(run, build);
}

native::Receipt encode_receipt(const Receipt& receipt) {
  native::Receipt encoded;
  encoded.turn = static_cast<std::uint64_t>(receipt.ticket);
  encoded.seq = receipt.seq;
  for (const SpaceRevision& at : receipt.revisions) {
    encoded.revisions.push_back({number_of(at.space), at.revision});
  }
  if (receipt.error) encoded.fault = native::Fault{.error = *receipt.error};
  return encoded;
}

// A number that does not fit has been refused with the events for it.
std::uint64_t observer_in_frame(const wire::Number& oid) {
  return static_cast<std::uint64_t>(oid.small().value_or(0));
}

void add_notice(native::SessionPart& part, const TopicNotice& notice) {
  const std::uint64_t observer = observer_in_frame(notice.observer);
  const std::uint64_t topic = number_of(notice.topic);
  const std::uint32_t space = number_of(notice.space);
  if (!notice.began) return part.unsubscribed.push_back({observer, topic, space});
  part.subscribed.push_back({observer, topic, space});
  if (notice.in_parts) return;
  part.synced.push_back({.observer = observer, .space = space, .revision = notice.revision});
}

// Of a session's observers in one space all have been told the same.
void add_progress(native::SessionPart& part, const ProgressNotice& notice) {
  const native::SpaceRevision told{number_of(notice.space), notice.revision};
  if (std::find(part.progress.begin(), part.progress.end(), told) == part.progress.end()) {
    part.progress.push_back(told);
  }
}

native::Gap encode_gap(const GapNotice& notice) {
  return {.observer = observer_in_frame(notice.observer),
          .space = number_of(notice.space),
          .after = notice.after};
}

native::SubscriptionFault encode_end(const GapNotice& notice) {
  return {.observer = observer_in_frame(notice.observer),
          .space = number_of(notice.space),
          .ended = true,
          .after = notice.after,
          .fault = native::Fault{.error = closed_as_slow()}};
}

void add_gap(native::SessionPart& part, const GapNotice& notice) {
  if (notice.is_end) return part.faults.push_back(encode_end(notice));
  part.gaps.push_back(encode_gap(notice));
}

native::Synced encode_caught_up(const CaughtUpNotice& notice) {
  return {.observer = observer_in_frame(notice.observer),
          .space = number_of(notice.space),
          .revision = notice.revision,
          .missed = notice.messages_missed};
}

native::Gap encode_resync(const ResyncNotice& notice) {
  return {.observer = observer_in_frame(notice.observer),
          .space = number_of(notice.space),
          .after = notice.after,
          .floor = notice.floor,
          .resync = true,
          .reason = notice.reason};
}

Block encode_session_part(const OutboundTurn& turn, const NativeTurnNumbers& numbers,
                          std::size_t batches) {
  native::SessionPart part;
  part.turn = numbers.turn;
  part.batches = static_cast<std::uint32_t>(batches);
  part.seq = turn.content().seq();
  part.applied = numbers.applied;
  if (turn.receipt()) part.receipts.push_back(encode_receipt(*turn.receipt()));
  for (const TopicNotice& notice : turn.topics()) add_notice(part, notice);
  for (const GapNotice& notice : turn.gaps()) add_gap(part, notice);
  for (const ResyncNotice& notice : turn.resyncs()) part.gaps.push_back(encode_resync(notice));
  for (const CaughtUpNotice& notice : turn.caught_up()) {
    part.synced.push_back(encode_caught_up(notice));
  }
  for (const ProgressNotice& notice : turn.progress()) add_progress(part, notice);
  Bytes bytes;
  native::append_session_part(bytes, part);
  return std::make_shared<const Bytes>(std::move(bytes));
}

}  // namespace

native::Hello encode_native_hello(const ServerHello& hello) {
  native::Hello encoded{.server = std::string(hello.server),
                        .version = std::string(hello.version),
                        .epoch = hello.epoch};
  for (const auto& [name, value] : hello.limits) {
    encoded.limits.push_back({std::string(name), value});
  }
  return encoded;
}

Result<NativePackets> encode_native_turn(const OutboundTurn& turn,
                                         const NativeTurnNumbers& numbers) {
  NativePackets packets;
  for (const NativeRun& run : native_runs(turn)) {
    AVOW_TRY(Block batch, encode_run(turn, run, numbers.epoch));
    packets.push_back({std::move(batch)});
  }
  // A batch that no session part announces is a turn of its own, which is what most turns are.
  if (has_session_part(turn) || packets.size() > 1) {
    Block part = encode_session_part(turn, numbers, packets.size());
    if (packets.empty()) packets.emplace_back();
    packets.front().insert(packets.front().begin(), std::move(part));
  }
  return packets;
}

std::optional<ByteView> encode_small_native_turn(const OutboundTurn& turn, std::uint64_t epoch) {
  if (has_session_part(turn)) return std::nullopt;
  SmallTurn& small = turn.content().cache<BatchCache>(Encoding::native).small();
  if (!only_native_run(turn, small.run)) return std::nullopt;
  if (!own_events(turn, small.run, small.events)) return std::nullopt;
  std::size_t body_bytes = 0;
  for (const native::Event& event : small.events) body_bytes += event.body.size();
  if (body_bytes > Outbox::copied_packet_bytes_max) return std::nullopt;
  small.bytes.clear();
  append_batch(small.bytes, turn, small.run, epoch, small.events);
  return small.bytes;
}

NativePackets encode_native_answer(const QueryAnswer& answer) {
  NativePackets packets;
  std::vector<native::Row> rows;
  std::size_t bytes_of_rows = 0;
  const auto flush = [&](bool last) {
    native::Rows message;
    message.id = static_cast<std::uint64_t>(answer.ticket);
    message.rows = rows;
    message.last = last;
    message.space = number_of(answer.at.space);
    message.revision = answer.at.revision;
    message.seq = answer.seq;
    if (answer.error) message.fault = native::Fault{.error = *answer.error};
    Bytes bytes;
    native::append_rows(bytes, message);
    packets.push_back({std::make_shared<const Bytes>(std::move(bytes))});
    rows.clear();
    bytes_of_rows = 0;
  };
  for (const QueryRow& row : answer.rows) {
    if (bytes_of_rows + row.size > native_chunk_bytes && !rows.empty()) flush(false);
    bytes_of_rows += row.size + sizeof(native::Row);
    rows.push_back({.pattern = row.pattern, .captures = answer.captures(row).bytes()});
  }
  flush(true);
  return packets;
}

}  // namespace avow::server
