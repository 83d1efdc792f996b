#pragma once

#include <avow.capnp.h>
#include <capnp/message.h>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "avow/wire/native.hpp"
#include "avow/wire/native_frame.hpp"
#include "avow/wire/native_layout.hpp"

// What writing messages of clients and of the server has in common.

namespace avow::wire::native {

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
  bodies.fill(to.initBodies(static_cast<capnp::uint>(bodies.size())).begin(), place);
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
