#include <optional>

#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/wire/native.hpp"
#include "tests/bench/sockets/server.hpp"
#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {
namespace {

namespace native = wire::native;

Value observe(std::string_view pattern) {
  return record(
      "Observe", parse_pattern_text(pattern).value().pattern.to_value(),
      wire::wire_reference_to_value(
          {.owner = wire::WireReference::Owner::sender, .oid = wire::Number(2), .caveats = {}}));
}

/// The messages of the server, out of WebSocket frames.
class Messages {
 public:
  /// Calls `visit` with each message until it returns true.
  template <class Visit>
  void until(Socket& socket, const Visit& visit) {
    for (bool found = false; !found;) {
      append(bytes_, socket.receive());
      while (std::optional<Bytes> frame = next_frame()) {
        native::ServerFrameReader reader =
            native::ServerFrameReader::open(*frame, {.bytes_max = 256 << 20}).value();
        while (const auto message = reader.next().value()) found = visit(*message) || found;
      }
    }
  }

 private:
  std::optional<Bytes> next_frame() {
    if (bytes_.size() < 2) return std::nullopt;
    const std::size_t extra = bytes_[1] < 126 ? 0 : (bytes_[1] == 126 ? 2 : 8);
    if (bytes_.size() < 2 + extra) return std::nullopt;
    std::size_t size = extra == 0 ? bytes_[1] : 0;
    for (std::size_t i = 0; i < extra; ++i) size = size << 8 | bytes_[2 + i];
    if (bytes_.size() < 2 + extra + size) return std::nullopt;
    const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(2 + extra);
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    Bytes frame(begin, end);
    bytes_.erase(bytes_.begin(), end);
    return frame;
  }

  Bytes bytes_;
};

class Session {
 public:
  explicit Session(std::uint16_t port) : socket(open_websocket(port, "/", native::subprotocol)) {
    Bytes frame;
    native::append_message(frame, native::ClientMessage(native::Open{.id = 1}));
    send(frame);
    messages.until(socket, [&](const native::ServerMessage& message) {
      const auto* const opened = std::get_if<native::Opened>(&message);
      if (opened != nullptr) space = opened->reference;
      return opened != nullptr;
    });
  }

  void send(ByteView frame) {
    Bytes framed;
    append_websocket_frame(framed, frame);
    socket.send(framed);
  }
  /// Sends a turn; waits until it has been applied.
  void turn(const std::vector<native::Event>& events) {
    Bytes frame;
    native::append_turn(frame, {.number = ++turns, .events = events, .wants_receipt = true});
    send(frame);
    messages.until(socket, [&](const native::ServerMessage& message) {
      const auto* const part = std::get_if<native::SessionPart>(&message);
      if (part == nullptr || part->receipts.empty()) return false;
      if (part->receipts.front().fault) fail("a turn was refused");
      return true;
    });
  }

  Socket socket;
  Messages messages;
  std::uint64_t space = 0;
  std::uint64_t turns = 0;
};

class NativeServer final : public Server {
 public:
  explicit NativeServer(std::uint16_t port) : port_(port) {}

  Counting counting() const override { return Counting::websocket_payloads; }
  Socket subscriber() override {
    Session session(port_);
    const Value interest = observe("<t \"" + std::string(topic) + "\" $>");
    session.turn({{.target = session.space,
                   .handle = 1,
                   .body = interest.bytes(),
                   .kind = wire::EventKind::publish}});
    return std::move(session.socket);
  }
  Socket publisher() override {
    Session session(port_);
    space_ = session.space;
    turns_ = session.turns;
    return std::move(session.socket);
  }
  void append_burst(Bytes& to, std::size_t count) override {
    const std::vector<native::Event> events(
        count, {.target = space_, .body = message_.bytes(), .kind = wire::EventKind::message});
    Bytes frame;
    native::append_turn(frame, {.number = ++turns_, .events = events});
    append_websocket_frame(to, frame);
  }

  void hold_facts(std::size_t count) override {
    std::vector<Value> facts;
    for (std::size_t i = 0; i < count; ++i) {
      facts.push_back(record("f", "k." + std::to_string(1'000'000 + i), payload_text()));
      if (facts.size() < 1'000 && i + 1 != count) continue;
      if (i / facts_of_session >= holders_.size()) holders_.emplace_back(port_);
      Session& holder = holders_.back();
      std::vector<native::Event> events;
      for (const Value& fact : facts) {
        events.push_back({.target = holder.space,
                          .handle = ++last_handle_,
                          .body = fact.bytes(),
                          .kind = wire::EventKind::publish});
      }
      holder.turn(events);
      facts.clear();
    }
  }
  Snapshot snapshot(std::size_t count) override {
    Session session(port_);
    const Value interest = observe("<f $ $>");
    const std::vector<native::Event> events{{.target = session.space,
                                             .handle = 1,
                                             .body = interest.bytes(),
                                             .kind = wire::EventKind::publish}};
    Bytes frame;
    native::append_turn(frame, {.number = ++session.turns, .events = events});
    const double begin = wall_seconds();
    session.send(frame);
    Snapshot result;
    std::size_t told = 0;
    session.messages.until(session.socket, [&](const native::ServerMessage& message) {
      if (result.first_byte == 0) result.first_byte = wall_seconds() - begin;
      if (const auto* const batch = std::get_if<native::Batch>(&message)) {
        told += batch->events.size();
      }
      return told >= count;
    });
    result.last_byte = wall_seconds() - begin;
    return result;
  }

 private:
  std::uint16_t port_;
  std::vector<Session> holders_;
  Value message_ = record("t", topic, payload_text());
  std::uint64_t space_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t last_handle_ = 0;
};

}  // namespace

std::unique_ptr<Server> native_server(std::uint16_t port) {
  return std::make_unique<NativeServer>(port);
}

}  // namespace avow::bench
