#include "tests/bench/limits/routing_limit.hpp"

#include <bit>
#include <cstring>

#include "avow/model/encoding.hpp"
#include "tests/bench/limits/quick_hash.hpp"
#include "tests/bench/routing/workload.hpp"

namespace avow::bench {
namespace {

// Of the parts of `<t key payload>`.
constexpr std::size_t key_part = 1;
constexpr std::size_t captured_part = 2;
constexpr std::size_t parts_min = 3;
// Handed over when full, so that it stays in the cache.
constexpr std::size_t output_bytes = 16 << 10;

std::uint64_t filter_bits(std::uint64_t hash) {
  return std::uint64_t{1} << (hash >> 58) | std::uint64_t{1} << ((hash >> 52) & 63U);
}

std::uint8_t* write_number(std::uint8_t* to, std::uint64_t number) {
  const auto size = static_cast<std::uint8_t>(number == 0 ? 0 : std::bit_width(number) / 8 + 1);
  *to++ = tag::integer;
  *to++ = size;
  if (size == 0) return to;
  const std::uint64_t big_endian = __builtin_bswap64(number << (64 - 8 * size));
  std::memcpy(to, &big_endian, sizeof big_endian);
  return to + size;
}

}  // namespace

RoutingLimit::RoutingLimit(std::size_t subscriptions) : out_(2 * output_bytes) {
  filter_.resize(std::bit_ceil(subscriptions / 4 + 64));
  filter_mask_ = filter_.size() - 1;
  for (std::size_t i = 0; i < subscriptions; ++i) {
    Bytes key;
    append_atom(key, tag::string, bytes_of(RoutingWorkload::key(i)));
    auto* const topic = static_cast<Topic*>(pool_.get(sizeof(Topic)));
    const std::array<Part, parts_min> parts{{{}, {0, 0, hash_bytes(key.data(), key.size())}, {}}};
    *topic = {.hash = key_hash(parts.data()),
              .captures = nullptr,
              .oid = static_cast<std::uint32_t>(i + 1),
              .key_size = static_cast<std::uint32_t>(key.size()),
              .key = {}};
    std::memcpy(topic->key.data(), key.data(), key.size());
    topics_.insert(topic->hash, topic);
    filter_[(topic->hash >> 20) & filter_mask_] |= filter_bits(topic->hash);
  }
}

std::uint64_t RoutingLimit::key_hash(const Part* parts) {
  return fold(parts[key_part].hash ^ hash_k1, hash_k2 + 2 * key_part * hash_k0);
}

bool RoutingLimit::may_be_asked_for(std::uint64_t hash) const {
  const std::uint64_t bits = filter_bits(hash);
  return (filter_[(hash >> 20) & filter_mask_] & bits) == bits;
}

void RoutingLimit::turn(ByteView packet) {
  slicer_.slice(packet);
  prefetch_turn();
  *room(1) = tag::sequence;
  ++out_size_;
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const SlicedEvent& event = slicer_.events()[i];
    if (event.is_assert) {
      apply_assert(event, plans_[i]);
    } else {
      apply_retract(event);
    }
  }
  *room(1) = tag::end;
  ++out_size_;
}

// Each pass loads what the next one reads.
void RoutingLimit::prefetch_turn() {
  const std::vector<SlicedEvent>& events = slicer_.events();
  plans_.assign(events.size(), {});
  for (const SlicedEvent& event : events) {
    handles_.prefetch(hash_number(event.handle));
    if (!event.is_assert) continue;
    facts_.prefetch(event.hash);
    const std::uint64_t hash = key_hash(slicer_.parts(event));
    if (event.parts >= parts_min && may_be_asked_for(hash)) topics_.prefetch(hash);
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].is_assert) {
      plans_[i].topic = topics_.find_any(key_hash(slicer_.parts(events[i])));
      __builtin_prefetch(plans_[i].topic);
    } else {
      plans_[i].fact = handles_.find_any(hash_number(events[i].handle));
      __builtin_prefetch(plans_[i].fact);
    }
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (plans_[i].topic != nullptr) {
      const Part& captured = slicer_.parts(events[i])[captured_part];
      captures_.prefetch(mix(plans_[i].topic->hash, captured.hash));
      __builtin_prefetch(plans_[i].topic->captures);
    } else if (plans_[i].fact != nullptr) {
      facts_.prefetch(plans_[i].fact->hash);
      __builtin_prefetch(plans_[i].fact->match);
    }
  }
  for (const Plan& plan : plans_) {
    if (plan.fact == nullptr || plan.fact->match == nullptr) continue;
    const Capture& capture = *plan.fact->match;
    captures_.prefetch(capture.hash);
    __builtin_prefetch(capture.topic);
    __builtin_prefetch(capture.next);
    __builtin_prefetch(capture.previous);
  }
}

void RoutingLimit::apply_assert(const SlicedEvent& event, const Plan& plan) {
  Fact* fact = facts_.find(event.hash, [&](Fact* candidate) {
    return candidate->size == event.size &&
           std::memcmp(candidate->bytes(), event.value, event.size) == 0;
  });
  const bool is_new = fact == nullptr;
  if (is_new) {
    fact = static_cast<Fact*>(pool_.get(sizeof(Fact) + event.size));
    *fact = {.hash = event.hash, .match = nullptr, .size = event.size, .supports = 0, .uses = 1};
    std::memcpy(fact->bytes(), event.value, event.size);
    facts_.insert(event.hash, fact);
  }
  ++fact->supports;
  handles_.insert(hash_number(event.handle), fact);
  if (!is_new || plan.topic == nullptr) return;
  const Part* const parts = slicer_.parts(event);
  const Part& key = parts[key_part];
  if (plan.topic->key_size != key.size ||
      std::memcmp(plan.topic->key.data(), event.value + key.offset, key.size) != 0) {
    return;
  }
  fact->match = add_capture(*plan.topic, *fact, parts[captured_part]);
}

RoutingLimit::Capture* RoutingLimit::add_capture(Topic& topic, Fact& fact, const Part& captured) {
  const std::uint64_t hash = mix(topic.hash, captured.hash);
  const std::uint8_t* const bytes = fact.bytes() + captured.offset;
  Capture* capture = captures_.find(hash, [&](Capture* candidate) {
    return candidate->topic == &topic && candidate->size == captured.size &&
           std::memcmp(candidate->fact->bytes() + candidate->offset, bytes, captured.size) == 0;
  });
  if (capture != nullptr) {
    ++capture->count;
    return capture;
  }
  capture = static_cast<Capture*>(pool_.get(sizeof(Capture)));
  *capture = {.hash = hash,
              .handle = ++last_handle_,
              .topic = &topic,
              .next = topic.captures,
              .previous = nullptr,
              .fact = &fact,
              .offset = captured.offset,
              .size = captured.size,
              .count = 1};
  if (topic.captures != nullptr) topic.captures->previous = capture;
  topic.captures = capture;
  ++fact.uses;
  captures_.insert(hash, capture);
  tell_assert(topic, *capture);
  return capture;
}

void RoutingLimit::apply_retract(const SlicedEvent& event) {
  const std::uint64_t hash = hash_number(event.handle);
  Fact* const fact = handles_.find_any(hash);
  if (fact == nullptr) return;
  handles_.erase(hash, fact);
  if (--fact->supports != 0) return;
  facts_.erase(fact->hash, fact);
  if (fact->match != nullptr) drop_capture(*fact->match);
  drop_use(*fact);
}

void RoutingLimit::drop_capture(Capture& capture) {
  if (--capture.count != 0) return;
  captures_.erase(capture.hash, &capture);
  (capture.previous != nullptr ? capture.previous->next : capture.topic->captures) = capture.next;
  if (capture.next != nullptr) capture.next->previous = capture.previous;
  tell_retract(*capture.topic, capture);
  drop_use(*capture.fact);
  pool_.put(&capture, sizeof(Capture));
}

void RoutingLimit::drop_use(Fact& fact) {
  if (--fact.uses == 0) pool_.put(&fact, sizeof(Fact) + fact.size);
}

std::uint8_t* RoutingLimit::room(std::size_t size) {
  if (out_size_ + size > output_bytes) out_size_ = 0;
  if (out_.size() < size + output_bytes) out_.resize(size + 2 * output_bytes);
  return out_.data() + out_size_;
}

void RoutingLimit::tell_assert(const Topic& topic, const Capture& capture) {
  std::uint8_t* const begin = room(capture.size + 48);
  std::uint8_t* to = begin;
  *to++ = tag::sequence;
  to = write_number(to, topic.oid);
  std::memcpy(to, "\xB4\xB3\x01\x41\xB5", 5);
  to += 5;
  std::memcpy(to, capture.fact->bytes() + capture.offset, capture.size);
  to += capture.size;
  *to++ = tag::end;
  to = write_number(to, capture.handle);
  *to++ = tag::end;
  *to++ = tag::end;
  out_size_ += static_cast<std::size_t>(to - begin);
  ++deliveries_;
}

void RoutingLimit::tell_retract(const Topic& topic, const Capture& capture) {
  std::uint8_t* const begin = room(48);
  std::uint8_t* to = begin;
  *to++ = tag::sequence;
  to = write_number(to, topic.oid);
  std::memcpy(to, "\xB4\xB3\x01\x52", 4);
  to = write_number(to + 4, capture.handle);
  *to++ = tag::end;
  *to++ = tag::end;
  out_size_ += static_cast<std::size_t>(to - begin);
  ++deliveries_;
}

}  // namespace avow::bench
