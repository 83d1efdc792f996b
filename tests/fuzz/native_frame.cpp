#include <algorithm>

#include "avow/base/check.hpp"
#include "avow/wire/native.hpp"
#include "avow/wire/native_usual.hpp"

// Native frames from anybody, read as either side would: every view lies where it may, and what was
// read can be written and read again.

namespace avow::wire::native {
namespace {

std::size_t touch(ByteView bytes) {
  std::size_t sum = bytes.size();
  if (!bytes.empty()) sum += bytes.front() + std::size_t{bytes.back()};
  return sum;
}

std::size_t touch(std::span<const Event> events) {
  std::size_t sum = 0;
  for (const Event& event : events) {
    AVOW_CHECK(static_cast<std::uint8_t>(event.kind) < 4);
    AVOW_CHECK(static_cast<std::uint8_t>(event.cause) < cause_count);
    sum += touch(event.body);
  }
  return sum;
}

std::size_t look(const ClientTurn& turn) { return touch(turn.events); }
std::size_t look(const LastTurn& last) { return touch(last.turn.events); }
std::size_t look(const Batch& batch) { return touch(batch.events); }
std::size_t look(const Open& open) { return touch(open.reference); }
std::size_t look(const Query& query) {
  std::size_t sum = touch(query.options);
  for (const ByteView pattern : query.patterns) sum += touch(pattern);
  return sum;
}
std::size_t look(const Rows& rows) {
  std::size_t sum = 0;
  for (const Row& row : rows.rows) sum += touch(row.captures);
  return sum;
}
template <class Other>
std::size_t look(const Other&) {
  return 0;
}

template <class Message>
void run(ByteView frame) {
  auto reader = FrameReader<Message>::open(frame);
  if (!reader.has_value()) return;
  while (true) {
    const auto message = reader->next();
    if (!message.has_value() || *message == nullptr) return;
    const std::size_t sum = std::visit([](const auto& part) { return look(part); }, **message);
    if (std::holds_alternative<Unknown>(**message)) continue;
    Bytes again;
    append_message(again, **message);
    // Bodies that overlapped in what came stand apart in what is written: it may be over a limit.
    FrameLimits limits;
    limits.bytes_max = std::size_t{1} << 30;
    auto second = FrameReader<Message>::open(again, limits);
    AVOW_CHECK(second.has_value());
    const auto copy = second->next();
    AVOW_CHECK(copy.has_value() && *copy != nullptr);
    AVOW_CHECK((*copy)->index() == (*message)->index());
    AVOW_CHECK(std::visit([](const auto& part) { return look(part); }, **copy) == sum);
  }
}

bool same(const Event& one, const Event& other) {
  return one.target == other.target && one.handle == other.handle && one.kind == other.kind &&
         one.cause == other.cause && one.by == other.by && equal(one.body, other.body);
}

// What is read by hand the library reads as the same, and writes as the same.
void hold_against_library(ByteView message) {
  std::vector<Event> events;
  ClientTurn turn;
  if (!read_usual(message, {}, events, turn)) return;
  FrameScratch scratch;
  const Result<ClientMessage> read = read_by_library(message, {}, scratch);
  AVOW_CHECK(read.has_value() && std::holds_alternative<ClientTurn>(*read));
  const auto& other = std::get<ClientTurn>(*read);
  AVOW_CHECK(turn.number == other.number && turn.wants_receipt == other.wants_receipt);
  AVOW_CHECK(!other.conditions.has_value() && other.traceparent.empty());
  AVOW_CHECK(std::equal(turn.events.begin(), turn.events.end(), other.events.begin(),
                        other.events.end(), &same));
  Bytes usual;
  Bytes reference;
  AVOW_CHECK(append_usual(usual, turn));
  append_by_library(reference, turn);
  AVOW_CHECK(usual == reference);
}

}  // namespace
}  // namespace avow::wire::native

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avow::wire::native::run<avow::wire::native::ClientMessage>({data, size});
  avow::wire::native::run<avow::wire::native::ServerMessage>({data, size});
  avow::wire::native::hold_against_library({data, size});
  return 0;
}
