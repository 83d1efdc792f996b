#pragma once

#include <avow.capnp.h>
#include <capnp/message.h>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "avow/base/check.hpp"
#include "avow/wire/native.hpp"
#include "avow/wire/native_frame.hpp"

// What writing messages of clients and of the server has in common.

namespace avow::wire::native {

inline constexpr std::size_t bodies_bytes_max = 256 << 20;
// The fixed parts of any message, generously: what varies in size is added to it.
inline constexpr std::size_t fixed_words = 64;
inline constexpr std::size_t stack_words = 128;

constexpr std::size_t words_of(std::size_t bytes) { return bytes / 8 + 1; }

// Builds one message in a segment that is nearly always large enough, on the stack if it is small.
template <class Root, class Fill>
void write_message(Bytes& frame, std::size_t expected_words, Fill&& fill) {
  const auto build = [&](capnp::MallocMessageBuilder&& message) {
    fill(message.initRoot<Root>());
    append_segments(frame, message);
  };
  if (expected_words <= stack_words) {
    capnp::word scratch[stack_words] = {};
    build(capnp::MallocMessageBuilder(kj::ArrayPtr<capnp::word>(scratch, stack_words)));
  } else {
    build(capnp::MallocMessageBuilder(static_cast<capnp::uint>(expected_words)));
  }
}

inline capnp::Data::Reader data_of(ByteView bytes) { return {bytes.data(), bytes.size()}; }
inline capnp::Text::Reader text_of_string(const std::string& text) {
  return {text.c_str(), text.size()};
}

// Views that follow each other and are the same bytes stand in the message once: the same captures
// often go to several topics.
template <class Items, class BodyOf>
class BodyLayout {
 public:
  BodyLayout(Items items, BodyOf body_of) : items_(items), body_of_(body_of) {
    visit([&](std::size_t, std::size_t, ByteView, bool) {});
    AVOW_CHECK(size_ <= bodies_bytes_max);
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  // Calls back with the index of each item and the offset of its body in `bodies`, filled here.
  template <class Place>
  void fill(capnp::Data::Builder bodies, Place&& place) {
    visit([&](std::size_t index, std::size_t offset, ByteView body, bool is_new) {
      if (is_new) std::memcpy(bodies.begin() + offset, body.data(), body.size());
      place(index, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(body.size()));
    });
  }

 private:
  template <class Each>
  void visit(Each&& each) {
    size_ = 0;
    ByteView last;
    std::size_t last_offset = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const ByteView body = body_of_(items_[i]);
      const bool is_same = body.data() == last.data() && body.size() == last.size();
      const bool is_new = !body.empty() && !is_same;
      if (is_new) {
        last = body;
        last_offset = size_;
        size_ += body.size();
      }
      each(i, body.empty() ? 0 : last_offset, body, is_new);
    }
  }

  Items items_;
  BodyOf body_of_;
  std::size_t size_ = 0;
};

inline ByteView body_of_event(const Event& event) { return event.body; }
inline ByteView body_of_row(const Row& row) { return row.captures; }
using EventBodies = BodyLayout<std::span<const Event>, decltype(&body_of_event)>;
using RowBodies = BodyLayout<std::span<const Row>, decltype(&body_of_row)>;

template <class Builder>
void write_events(Builder to, std::span<const Event> events, EventBodies& bodies) {
  auto list = to.initEvents(static_cast<capnp::uint>(events.size()));
  const auto place = [&](std::size_t index, std::uint32_t offset, std::uint32_t length) {
    const Event& event = events[index];
    auto written = list[static_cast<capnp::uint>(index)];
    written.setTarget(event.target);
    written.setHandle(event.handle);
    written.setOffset(offset);
    written.setLength(length);
    written.setKind(static_cast<schema::EventKind>(event.kind));
    written.setCause(static_cast<schema::Cause>(event.cause));
    written.setBy(event.by);
  };
  bodies.fill(to.initBodies(static_cast<capnp::uint>(bodies.size())), place);
}

template <class List>
void write_datas(List list, const std::vector<ByteView>& datas) {
  capnp::uint i = 0;
  for (const ByteView data : datas) list.set(i++, data_of(data));
}
inline std::size_t words_of_datas(const std::vector<ByteView>& datas) {
  std::size_t words = 2;
  for (const ByteView data : datas) words += 1 + words_of(data.size());
  return words;
}

template <class List>
void write_texts(List list, const std::vector<std::string>& texts) {
  capnp::uint i = 0;
  for (const std::string& text : texts) list.set(i++, text_of_string(text));
}

template <class List>
void write_revisions(List list, const std::vector<SpaceRevision>& revisions) {
  capnp::uint i = 0;
  for (const SpaceRevision& from : revisions) {
    auto to = list[i++];
    to.setSpace(from.space);
    to.setRevision(from.revision);
  }
}

inline void write_fault(schema::Error::Builder to, const Fault& fault) {
  if (!fault.error.code.empty()) to.setCode(text_of_string(fault.error.code));
  if (!fault.error.detail.empty()) to.setMessage(text_of_string(fault.error.detail));
  to.setRetryMs(fault.retry_ms);
  if (!fault.detail.empty()) to.setDetail(data_of(fault.detail));
}
inline void write_credit(schema::Credit::Builder to, const Credit& credit) {
  to.setTurns(credit.turns);
  to.setBytes(credit.bytes);
  to.setObserver(credit.observer);
}
inline void write_turn_id(schema::TurnId::Builder to, const TurnId& id) {
  to.setClient(data_of(id.client));
  to.setNumber(id.number);
}

}  // namespace avow::wire::native
