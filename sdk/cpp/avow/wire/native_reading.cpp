#include "avow/wire/native_reading.hpp"

#include <capnp/serialize.h>
#include <cstring>
#include <kj/exception.h>

#include "avow/wire/native_usual.hpp"

namespace avow::wire::native {
namespace {

constexpr std::uint16_t event_kind_count = 4;

// A cause of a later release reads as none: it is there for people.
Cause cause_of(schema::Cause cause) {
  const auto number = static_cast<std::uint16_t>(cause);
  return number < cause_count ? static_cast<Cause>(number) : Cause::none;
}

}  // namespace

Result<void> read_events(capnp::List<schema::Event>::Reader from, ByteView bodies,
                         const FrameLimits& limits, FrameScratch& scratch) {
  AVOW_TRY_VOID(check_count(from.size(), limits.events_max));
  scratch.events.clear();
  scratch.events.reserve(from.size());
  for (const schema::Event::Reader event : from) {
    const auto kind = static_cast<std::uint16_t>(event.getKind());
    if (kind >= event_kind_count) return bad_frame("An event is of no known kind.");
    AVOW_TRY(const ByteView body, slice_of(bodies, event.getOffset(), event.getLength()));
    scratch.events.push_back({.target = event.getTarget(),
                              .handle = event.getHandle(),
                              .body = body,
                              .kind = static_cast<EventKind>(kind),
                              .cause = cause_of(event.getCause()),
                              .by = event.getBy()});
  }
  return {};
}

Result<std::string> read_text(capnp::Text::Reader from) {
  std::string text(from.begin(), from.size());
  if (!is_utf8(bytes_of(text))) return bad_frame("A text is not UTF-8.");
  return text;
}

Result<std::vector<std::string>> read_texts(capnp::List<capnp::Text>::Reader from,
                                            const FrameLimits& limits) {
  AVOW_TRY_VOID(check_count(from.size(), limits.list_items_max));
  std::vector<std::string> texts;
  texts.reserve(from.size());
  for (const capnp::Text::Reader text : from) {
    AVOW_TRY(std::string read, read_text(text));
    texts.push_back(std::move(read));
  }
  return texts;
}

Result<std::vector<ByteView>> read_datas(capnp::List<capnp::Data>::Reader from,
                                         const FrameLimits& limits) {
  AVOW_TRY_VOID(check_count(from.size(), limits.list_items_max));
  std::vector<ByteView> datas;
  datas.reserve(from.size());
  for (const capnp::Data::Reader data : from) datas.push_back(view_of(data));
  return datas;
}

Result<Fault> read_fault(schema::Error::Reader from) {
  Fault fault;
  AVOW_TRY(fault.error.code, read_text(from.getCode()));
  AVOW_TRY(fault.error.detail, read_text(from.getMessage()));
  fault.retry_ms = from.getRetryMs();
  fault.detail = copy_of(from.getDetail());
  return fault;
}

Credit read_credit(schema::Credit::Reader from) {
  return {.turns = from.getTurns(), .bytes = from.getBytes(), .observer = from.getObserver()};
}

TurnId read_turn_id(schema::TurnId::Reader from) {
  return {.client = copy_of(from.getClient()), .number = from.getNumber()};
}

// ---- the reader of a frame ----------------------------------------------------------------------

namespace {

template <class Message>
struct SchemaOf;
template <>
struct SchemaOf<ClientMessage> {
  using Root = schema::ClientMessage;
};
template <>
struct SchemaOf<ServerMessage> {
  using Root = schema::ServerMessage;
};

kj::ArrayPtr<const capnp::word> words_of(ByteView bytes) {
  return {reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / 8};
}

bool is_aligned(ByteView bytes) {
  return reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(std::uint64_t) == 0;
}

template <class Message>
Result<Message> read_with(ByteView bytes, const FrameLimits& limits, FrameScratch& scratch) {
  ByteView aligned = bytes;
  if (!is_aligned(bytes)) {
    scratch.aligned.resize(bytes.size() / 8);
    std::memcpy(scratch.aligned.data(), bytes.data(), bytes.size());
    aligned = {reinterpret_cast<const std::uint8_t*>(scratch.aligned.data()), bytes.size()};
  }
  try {
    capnp::FlatArrayMessageReader message(words_of(aligned), reader_options(bytes.size() / 8));
    return read_message(message.getRoot<typename SchemaOf<Message>::Root>(), limits, scratch);
  } catch (const kj::Exception& broken) {
    return bad_frame(std::string("A message cannot be read: ") + broken.getDescription().cStr() +
                     ".");
  }
}

// Into the message that was read before, whose memory is used again.
bool read_usual_into(ClientMessage& message, ByteView bytes, const FrameLimits& limits,
                     FrameScratch& scratch) {
  auto* turn = std::get_if<ClientTurn>(&message);
  if (turn == nullptr) turn = &message.emplace<ClientTurn>();
  return read_usual(bytes, limits, scratch.events, *turn);
}
bool read_usual_into(ServerMessage&, ByteView, const FrameLimits&, FrameScratch&) { return false; }

}  // namespace

Result<ClientMessage> read_by_library(ByteView message, const FrameLimits& limits,
                                      FrameScratch& scratch) {
  return read_with<ClientMessage>(message, limits, scratch);
}

template <class Message>
Result<void> FrameReader<Message>::begin(ByteView frame) {
  if (frame.size() > limits_.bytes_max) {
    return Error{"limit", "A frame has more than " + std::to_string(limits_.bytes_max) + " bytes."};
  }
  if (frame.empty() || frame.size() % 8 != 0) {
    return bad_frame("A frame is one or more messages of whole 8-byte words.");
  }
  rest_ = frame;
  return {};
}

template <class Message>
Result<const Message*> FrameReader<Message>::next() {
  if (rest_.empty()) return nullptr;
  AVOW_TRY(const MessageExtent extent, first_message(rest_, limits_));
  const ByteView bytes = rest_.first(8 * extent.words);
  rest_ = rest_.subspan(bytes.size());
  if (!read_usual_into(message_, bytes, limits_, scratch_)) {
    AVOW_TRY(message_, read_with<Message>(bytes, limits_, scratch_));
  }
  return &message_;
}

template class FrameReader<ClientMessage>;
template class FrameReader<ServerMessage>;

}  // namespace avow::wire::native
