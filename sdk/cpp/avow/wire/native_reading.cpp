#include "avow/wire/native_reading.hpp"

#include <capnp/serialize.h>
#include <cstring>
#include <kj/exception.h>

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
                         const FrameLimits& limits, Scratch& scratch) {
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

}  // namespace

template <class Message>
struct FrameReader<Message>::State {
  ByteView rest;
  FrameLimits limits;
  std::vector<std::uint64_t> aligned;  // The frame, where it had to be copied.
  Scratch scratch;
};

template <class Message>
FrameReader<Message>::FrameReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
template <class Message>
FrameReader<Message>::FrameReader(FrameReader&&) noexcept = default;
template <class Message>
FrameReader<Message>& FrameReader<Message>::operator=(FrameReader&&) noexcept = default;
template <class Message>
FrameReader<Message>::~FrameReader() = default;

template <class Message>
Result<FrameReader<Message>> FrameReader<Message>::open(ByteView frame, const FrameLimits& limits) {
  if (frame.size() > limits.bytes_max) {
    return Error{"limit", "A frame has more than " + std::to_string(limits.bytes_max) + " bytes."};
  }
  if (frame.empty() || frame.size() % 8 != 0) {
    return bad_frame("A frame is one or more messages of whole 8-byte words.");
  }
  auto state = std::make_unique<State>();
  state->limits = limits;
  state->rest = frame;
  if (!is_aligned(frame)) {
    state->aligned.resize(frame.size() / 8);
    std::memcpy(state->aligned.data(), frame.data(), frame.size());
    state->rest = {reinterpret_cast<const std::uint8_t*>(state->aligned.data()), frame.size()};
  }
  return FrameReader(std::move(state));
}

template <class Message>
Result<std::optional<Message>> FrameReader<Message>::next() {
  if (state_->rest.empty()) return std::optional<Message>();
  AVOW_TRY(const MessageExtent extent, first_message(state_->rest, state_->limits));
  const ByteView bytes = state_->rest.first(8 * extent.words);
  state_->rest = state_->rest.subspan(bytes.size());
  try {
    capnp::FlatArrayMessageReader message(words_of(bytes), reader_options(extent));
    auto root = message.getRoot<typename SchemaOf<Message>::Root>();
    AVOW_TRY(Message read, read_message(root, state_->limits, state_->scratch));
    return std::optional<Message>(std::move(read));
  } catch (const kj::Exception& broken) {
    return bad_frame(std::string("A message cannot be read: ") + broken.getDescription().cStr() +
                     ".");
  }
}

template class FrameReader<ClientMessage>;
template class FrameReader<ServerMessage>;

}  // namespace avow::wire::native
