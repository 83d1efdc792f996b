#include "server/engine/outbound_turn_writer.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {
namespace {

// Places in the content are 32-bit numbers. A turn that comes to more (many new observers of very
// many facts) cannot be told, and ends the sessions that it would be told to.
constexpr std::size_t content_bytes_max = std::size_t{2} << 30;

// Memory that a large turn took is given back, not kept for the next one.
constexpr std::size_t kept_bytes_max = 4 << 20;
constexpr std::size_t kept_events_max = 16'384;

OutboundKind kind_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::appear:
      return OutboundKind::publish;
    case ChangeKind::message:
      return OutboundKind::message;
    case ChangeKind::disappear:
      break;
  }
  return OutboundKind::retract;
}

OutboundEvent& describe(OutboundEvent& event, const Change& change, std::uint32_t index,
                        std::uint64_t handle, bool by_topic) {
  event.change = index;
  event.cause = change.cause;
  event.handle = handle;
  event.by_topic = by_topic;
  return event;
}

}  // namespace

void TurnContentWriter::begin(std::uint64_t seq) {
  const bool in_use = content_ != nullptr && shared_.use_count() > 2;
  if (content_ == nullptr || in_use || content_->bytes_.capacity() > kept_bytes_max) {
    content_ = std::make_shared<TurnContent>();
    shared_ = content_;
  }
  content_->seq_ = seq;
  content_->spaces_.clear();
  content_->changes_.clear();
  content_->bytes_.clear();
  for (const auto& cache : content_->caches_) {
    if (cache != nullptr) cache->clear();
  }
  full_ = false;
}

std::uint32_t TurnContentWriter::add_space(const SpaceRevision& space) {
  content_->spaces_.push_back(space);
  return static_cast<std::uint32_t>(content_->spaces_.size() - 1);
}

std::uint32_t TurnContentWriter::add_change(const Change& change, std::uint32_t space,
                                            ByteView captures, std::size_t observers) {
  Bytes& bytes = content_->bytes_;
  if (bytes.size() + captures.size() > content_bytes_max) {
    full_ = true;
    captures = captures.first(0);
  }
  SharedChange& shared = content_->changes_.emplace_back();
  shared.change = change;
  shared.space = space;
  shared.offset = static_cast<std::uint32_t>(bytes.size());
  shared.size = static_cast<std::uint32_t>(captures.size());
  shared.is_shared = observers > 1;
  append(bytes, captures);
  return static_cast<std::uint32_t>(content_->changes_.size() - 1);
}

OutboundEvent& OutboundTurnWriter::add(std::int64_t target, OutboundKind kind) {
  if (kind < last_kind_) out_of_order_ = true;
  last_kind_ = kind;
  OutboundEvent& event = turn_.events_.emplace_back();
  event.kind = kind;
  event.target = target;
  return event;
}

OutboundEvent& OutboundTurnWriter::add(const wire::Number& target, OutboundKind kind) {
  if (const auto small = target.small()) return add(*small, kind);
  OutboundEvent& event = add(static_cast<std::int64_t>(turn_.big_targets_.size()), kind);
  event.big_target = true;
  turn_.big_targets_.push_back(target.to_value());
  return event;
}

std::uint32_t OutboundTurnWriter::add_body(Value body) {
  turn_.bodies_.push_back(std::move(body));
  return static_cast<std::uint32_t>(turn_.bodies_.size() - 1);
}

OutboundEvent& OutboundTurnWriter::add_change(std::int64_t observer, const Change& change,
                                              std::uint32_t index, std::uint64_t handle,
                                              bool by_topic) {
  return describe(add(observer, kind_of(change.kind)), change, index, handle, by_topic);
}

OutboundEvent& OutboundTurnWriter::add_change(const wire::Number& observer, const Change& change,
                                              std::uint32_t index, std::uint64_t handle,
                                              bool by_topic) {
  return describe(add(observer, kind_of(change.kind)), change, index, handle, by_topic);
}

void OutboundTurnWriter::add_publish(const wire::Number& target, std::uint64_t handle, Value body) {
  OutboundEvent& event = add(target, OutboundKind::publish);
  event.handle = handle;
  event.body = add_body(std::move(body));
}

void OutboundTurnWriter::add_message(const wire::Number& target, Value body) {
  add(target, OutboundKind::message).body = add_body(std::move(body));
}

void OutboundTurnWriter::add_retract(const wire::Number& target, std::uint64_t handle,
                                     Cause cause) {
  OutboundEvent& event = add(target, OutboundKind::retract);
  event.handle = handle;
  event.cause = cause;
}

void OutboundTurnWriter::add_sync(const wire::Number& target, Value peer) {
  add(target, OutboundKind::sync).body = add_body(std::move(peer));
}

void OutboundTurnWriter::add_synced(const wire::Number& target, Value answer) {
  add(target, OutboundKind::synced).body = add_body(std::move(answer));
}

void OutboundTurnWriter::note_parts() {
  for (TopicNotice& notice : turn_.topics_) notice.in_parts = notice.began;
}

bool OutboundTurnWriter::empty() const {
  return turn_.events_.empty() && turn_.topics_.empty() && turn_.gaps_.empty() &&
         turn_.caught_up_.empty() && turn_.progress_.empty() && !turn_.receipt_;
}

const OutboundTurn& OutboundTurnWriter::finish(std::shared_ptr<const TurnContent> content,
                                               bool step_by_step) {
  turn_.content_ = std::move(content);
  if (out_of_order_) {
    // Told step by step, only the answers to syncs move to the end.
    const auto place = [&](const OutboundEvent& event) {
      return step_by_step ? std::max(event.kind, OutboundKind::sync) : event.kind;
    };
    std::stable_sort(
        turn_.events_.begin(), turn_.events_.end(),
        [&](const OutboundEvent& a, const OutboundEvent& b) { return place(a) < place(b); });
  }
  return turn_;
}

void OutboundTurnWriter::clear() {
  if (turn_.events_.capacity() > kept_events_max) {
    *this = OutboundTurnWriter();
    return;
  }
  turn_.content_.reset();
  turn_.events_.clear();
  turn_.bodies_.clear();
  turn_.big_targets_.clear();
  turn_.topics_.clear();
  turn_.resyncs_.clear();
  turn_.gaps_.clear();
  turn_.caught_up_.clear();
  turn_.progress_.clear();
  turn_.receipt_.reset();
  turn_.is_part_ = false;
  turn_.parts_follow_ = false;
  last_kind_ = OutboundKind{};
  out_of_order_ = false;
}

}  // namespace avow::server
