#include "server/dataspace/capture.hpp"

#include <cstring>

#include "avow/model/encoding.hpp"
#include "server/base/load_ahead.hpp"

namespace avow::server {
namespace {

// Where the hash of a sequence of captures of the topic begins.
std::uint64_t hash_of_none(std::uint32_t topic) { return scatter(std::uint64_t{topic} + 1); }

}  // namespace

// There is room for all of the value, so that nothing needs to be asked for what is written.
ByteView CaptureWriter::write_apart(const CaptureForm& form, ValueView value) {
  const std::size_t most = value.bytes().size() + 2;
  if (room_.size() < most) room_.resize(most);
  std::uint8_t* to = room_.data();
  *to++ = tag::sequence;
  form.visit(value, scratch_, [&](ByteView capture) {
    std::memcpy(to, capture.data(), capture.size());
    to += capture.size();
  });
  *to++ = tag::end;
  return {room_.data(), to};
}

ByteView CaptureWriter::write_any(const CaptureForm& form, ValueView value) {
  room_.clear();
  room_.push_back(tag::sequence);
  form.visit(value, scratch_, [&](ByteView capture) { append(room_, capture); });
  room_.push_back(tag::end);
  return room_;
}

ByteView Captures::sequence_of(const Capture& capture) {
  if (capture.is_own) return capture.stored->view();
  return sequence_of(topics_[capture.topic], capture.stored->value());
}

void Captures::prefetch_end(const Capture& capture) const {
  if (capture.stored == nullptr) return;  // Its topic ended, and it with it.
  if (capture.is_in_table) table_.prefetch(capture.hash);
  topics_.prefetch(topics_[capture.topic]);
  capture.stored->prefetch();
  if (capture.next != 0) load_ahead(&captures_[capture.next]);
  if (capture.previous != 0) load_ahead(&captures_[capture.previous]);
}

std::uint64_t Captures::hash_of(std::uint32_t topic, ValueView value, std::uint64_t value_hash) {
  const CaptureForm& form = topics_.form_of(topics_[topic]);
  std::uint64_t hash = hash_of_none(topic);
  if (form.is_whole()) return scatter(hash + value_hash);
  form.visit(value, scratch_, [&](ByteView capture) { hash = scatter(hash + keyed_(capture)); });
  return hash;
}

void Captures::enter(std::uint32_t number, std::uint64_t hash) {
  Capture& capture = captures_[number];
  capture.hash = hash;
  capture.is_in_table = true;
  table_.insert(hash, number);
}

void Captures::enter_only_one(const Topic& topic) {
  const std::uint32_t number = topic.first_capture;
  const Capture& capture = captures_[number];
  if (capture.is_in_table) return;
  std::uint64_t hash = hash_of_none(capture.topic);
  for (const ValueView each : ValueView(sequence_of(capture)).elements()) {
    hash = scatter(hash + keyed_(each.bytes()));
  }
  enter(number, hash);
}

std::uint32_t Captures::find(std::uint32_t topic, ValueView value, std::uint64_t hash) {
  if (topics_[topic].first_capture == 0) return 0;
  enter_only_one(topics_[topic]);
  return table_.find(hash, [&](std::uint32_t candidate) {
    const Capture& capture = captures_[candidate];
    if (capture.hash != hash || capture.topic != topic) return false;
    return equal(sequence_of(capture),
                 other_sequence_.write(topics_.form_of(topics_[topic]), value));
  });
}

std::uint32_t Captures::add(std::uint32_t topic_number, StoredBytes* fact, std::uint64_t hash,
                            CaptureId id) {
  const std::uint32_t number = captures_.add();
  Topic& topic = topics_[topic_number];
  Capture& capture = captures_[number];
  capture.id = id;
  capture.topic = topic_number;
  capture.stored = fact;
  ByteStore::retain(fact);
  capture.holds_references =
      fact->holds_references() && contains_embedded(sequence_of(topic, fact->value()));
  if (capture.holds_references) count_with_references(topic_number, true);
  if (topic.first_capture != 0) enter(number, hash);
  capture.previous = topic.last_capture;
  (topic.last_capture != 0 ? captures_[topic.last_capture].next : topic.first_capture) = number;
  topic.last_capture = number;
  return number;
}

void Captures::count_with_references(std::uint32_t topic, bool is_more) {
  std::uint32_t& count = with_references_.find_or_add(topic);
  count = is_more ? count + 1 : count - 1;
  if (count == 0) with_references_.erase(topic);
}

void Captures::remove(std::uint32_t number) {
  Capture& capture = captures_[number];
  Topic& topic = topics_[capture.topic];
  if (capture.holds_references) count_with_references(capture.topic, false);
  (capture.previous != 0 ? captures_[capture.previous].next : topic.first_capture) = capture.next;
  (capture.next != 0 ? captures_[capture.next].previous : topic.last_capture) = capture.previous;
  if (capture.is_in_table) table_.erase(capture.hash, number);
  bytes_.release(capture.stored);
  captures_.remove(number);
}

void Captures::detach(std::uint32_t number, const StoredBytes* fact) {
  Capture& capture = captures_[number];
  if (capture.stored != fact) return;
  const ByteView sequence = sequence_of(capture);
  StoredBytes* const own = bytes_.add(sequence, capture.holds_references);
  bytes_.release(capture.stored);
  capture.stored = own;
  capture.is_own = true;
}

void Captures::attach(std::uint32_t number, StoredBytes* fact) {
  Capture& capture = captures_[number];
  ByteStore::retain(fact);
  bytes_.release(capture.stored);
  capture.stored = fact;
  capture.is_own = false;
}

}  // namespace avow::server
