#include "tests/bench/sockets/native_session.hpp"

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "tests/bench/sockets/server.hpp"

namespace avow::bench {

namespace native = wire::native;

Value own_reference(std::uint64_t oid) {
  return wire::wire_reference_to_value({.owner = wire::WireReference::Owner::sender,
                                        .oid = wire::Number(static_cast<std::int64_t>(oid)),
                                        .caveats = {}});
}

Value observe_value(std::string_view pattern, std::uint64_t observer) {
  return record("Observe", parse_pattern_text(pattern).value().pattern.to_value(),
                own_reference(observer));
}

std::optional<ByteView> NativeMessages::next_frame() {
  constexpr std::uint8_t opcode_bits = 0x0F;
  constexpr std::uint8_t close_opcode = 8;
  while (true) {
    const ByteView left = ByteView(bytes_).subspan(read_);
    if (left.size() < 2) return std::nullopt;
    const std::size_t extra = left[1] < 126 ? 0 : (left[1] == 126 ? 2 : 8);
    if (left.size() < 2 + extra) return std::nullopt;
    std::size_t size = extra == 0 ? left[1] : 0;
    for (std::size_t i = 0; i < extra; ++i) size = size << 8 | left[2 + i];
    if (left.size() < 2 + extra + size) return std::nullopt;
    read_ += 2 + extra + size;
    const std::uint8_t opcode = left[0] & opcode_bits;
    if (opcode == close_opcode) fail("the server closes the session");
    if (opcode < close_opcode) return left.subspan(2 + extra, size);
  }
}

NativeSession::NativeSession(std::uint16_t port, std::string_view space_name)
    : socket(open_websocket(port, "/", native::subprotocol)) {
  Bytes frame;
  native::Open open{.id = 1};
  const Value reference = SturdyReference::mint({}, record("space", space_name)).to_value();
  if (!space_name.empty()) open.reference = reference.bytes();
  native::append_message(frame, native::ClientMessage(open));
  send(frame);
  messages.until(socket, [&](const native::ServerMessage& message) {
    const auto* const opened = std::get_if<native::Opened>(&message);
    if (opened != nullptr) space = opened->reference;
    return opened != nullptr;
  });
}

void NativeSession::send(ByteView frame) {
  Bytes framed;
  append_websocket_frame(framed, frame);
  socket.send(framed);
}

void NativeSession::begin_turn(std::span<const native::Event> events, bool wants_receipt) {
  Bytes frame;
  native::append_turn(frame, {.number = ++turns, .events = events, .wants_receipt = wants_receipt});
  send(frame);
}

void NativeSession::turn(const std::vector<native::Event>& events) {
  begin_turn(events, true);
  messages.until(socket, [&](const native::ServerMessage& message) {
    const auto* const part = std::get_if<native::SessionPart>(&message);
    if (part == nullptr || part->receipts.empty()) return false;
    if (part->receipts.front().fault) fail("a turn was refused");
    return true;
  });
}

void NativeSession::observe(std::uint64_t observer, std::string_view pattern) {
  const Value interest = observe_value(pattern, observer);
  turn({{.target = space,
         .handle = observer,
         .body = interest.bytes(),
         .kind = wire::EventKind::publish}});
}

}  // namespace avow::bench
