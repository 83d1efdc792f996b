#include "avow/base/check.hpp"
#include "avow/wire/native.hpp"

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
    if (!message.has_value() || !message->has_value()) return;
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
    AVOW_CHECK(copy.has_value() && copy->has_value());
    AVOW_CHECK((*copy)->index() == (*message)->index());
    AVOW_CHECK(std::visit([](const auto& part) { return look(part); }, **copy) == sum);
  }
}

}  // namespace
}  // namespace avow::wire::native

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avow::wire::native::run<avow::wire::native::ClientMessage>({data, size});
  avow::wire::native::run<avow::wire::native::ServerMessage>({data, size});
  return 0;
}
