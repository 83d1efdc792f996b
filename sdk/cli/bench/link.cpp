#include "cli/bench/link.hpp"

#include <algorithm>
#include <utility>

#include "avow/model/builder.hpp"

namespace avow::cli::bench {
namespace {

namespace native = wire::native;

// A frame of the server is as large as the server makes it.
constexpr native::FrameLimits frame_limits{
    .bytes_max = 256 << 20, .events_max = 16'000'000, .segments_max = 16, .list_items_max = 65'536};

}  // namespace

Value own_reference(std::uint64_t oid) {
  return wire::wire_reference_to_value({.owner = wire::WireReference::Owner::sender,
                                        .oid = wire::Number(static_cast<std::int64_t>(oid)),
                                        .caveats = {}});
}

Link::Link(Lane& lane, const Place& place)
    : lane_(lane), place_(place), transport_(lane.host().connect(place.url, *this)) {}

void Link::received(ByteView frame) {
  lane_.heard();
  auto reader = native::ServerFrameReader::open(frame, frame_limits);
  if (!reader) return lane_.fail(reader.error());
  while (true) {
    const auto message = reader->next();
    if (!message) return lane_.fail(message.error());
    if (*message == nullptr) return;
    take(**message);
  }
}

void Link::take(const native::ServerMessage& message) {
  if (const auto* const batch = std::get_if<native::Batch>(&message)) {
    take(*batch);
  } else if (const auto* const part = std::get_if<native::SessionPart>(&message)) {
    take(*part);
  } else if (const auto* const hello = std::get_if<native::Hello>(&message)) {
    take(*hello);
  } else if (const auto* const opened = std::get_if<native::Opened>(&message)) {
    take(*opened);
  } else if (const auto* const close = std::get_if<native::Close>(&message)) {
    lane_.fail(close->fault.error);
  }
}

void Link::take(const native::Hello& hello) {
  for (const native::Limit& limit : hello.limits) {
    if (limit.name == "message-bytes") message_bytes_max_ = limit.value;
  }
  native::Open open;
  open.id = 1;
  open.reference = place_.reference.bytes();
  open.client = "avow bench";
  native::append_message(frame_, native::ClientMessage(open));
  send_frame();
}

void Link::take(const native::Opened& opened) {
  if (opened.fault) return lane_.fail(opened.fault->error);
  space_ = opened.reference;
}

void Link::take(const native::SessionPart& part) {
  for (const native::Receipt& receipt : part.receipts) {
    if (receipt.fault) return lane_.fail(receipt.fault->error);
  }
  for (const native::Subscription& one : part.subscribed) observers_[one.topic] = one.observer;
  announced_ = {
      .receipts = part.receipts.size(), .synced = part.synced.size(), .batches = part.batches};
  if (announced_.batches == 0) settle();
}

void Link::take(const Batch& batch) {
  if (on_batch_) on_batch_(batch);
  if (announced_.batches > 0 && --announced_.batches == 0) settle();
}

void Link::settle() {
  unanswered_ -= std::min(unanswered_, announced_.receipts);
  synced_ += announced_.synced;
  announced_ = {};
}

void Link::add_turn(std::span<const Event> events, bool wants_receipt) {
  if (wants_receipt) ++unanswered_;
  native::append_turn(frame_,
                      {.number = ++turns_, .events = events, .wants_receipt = wants_receipt});
}

void Link::send_frame() {
  const std::size_t size = frame_.size();
  waiting_.push_back(std::exchange(frame_, {}));
  frame_.reserve(size);
  if (!is_sending_) writable();
}

void Link::writable() {
  is_sending_ = !waiting_.empty();
  if (!is_sending_) return;
  Bytes frame = std::move(waiting_.front());
  waiting_.pop_front();
  transport_->send(std::move(frame));
}

void Link::observe(std::uint64_t observer, const Value& pattern) {
  const Value interest = record("Observe", pattern, own_reference(observer));
  const Event event{.target = space(),
                    .handle = observer,
                    .body = interest.bytes(),
                    .kind = wire::EventKind::publish};
  add_turn({&event, 1});
}

std::uint64_t Link::observer_of(std::uint64_t topic) const {
  const auto found = observers_.find(topic);
  return found == observers_.end() ? 0 : found->second;
}

}  // namespace avow::cli::bench
