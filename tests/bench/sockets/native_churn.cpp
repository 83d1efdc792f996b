#include <numeric>
#include <vector>

#include "avow/model/builder.hpp"
#include "tests/bench/sockets/churn.hpp"
#include "tests/bench/sockets/native_session.hpp"
#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

namespace native = wire::native;

class NativeChurn final : public Churn {
 public:
  explicit NativeChurn(std::uint16_t port) : port_(port), publisher_(port) {}

  void hold(std::uint32_t count) override {
    constexpr std::uint32_t at_a_time = 1'000;
    handles_.resize(count);
    for (std::uint32_t key = 0; key < count;) {
      Changes changes;
      for (const std::uint32_t end = std::min(count, key + at_a_time); key < end; ++key) {
        publish(changes, key);
      }
      publisher_.turn(changes.events);
    }
  }

  // The snapshot is no change: it is read before the watcher is handed out.
  Socket watcher() override {
    NativeSession session(port_);
    const Value interest = observe_value("<f $ $>", 1);
    const native::Event event{.target = session.space,
                              .handle = 1,
                              .body = interest.bytes(),
                              .kind = wire::EventKind::publish};
    session.begin_turn({&event, 1});
    std::size_t told = 0;
    session.messages.until(session.socket, [&](const native::ServerMessage& message) {
      const auto* const batch = std::get_if<native::Batch>(&message);
      if (batch != nullptr) told += batch->events.size();
      return told == handles_.size();
    });
    return std::move(session.socket);
  }
  Counting counting() const override { return Counting::native_events; }
  std::uint64_t counted_of_change() const override { return 1; }

  void replace(std::span<const std::uint32_t> keys) override {
    Changes changes;
    for (const std::uint32_t key : keys) {
      changes.events.push_back(
          {.target = publisher_.space, .handle = handles_[key], .kind = wire::EventKind::retract});
      publish(changes, key);
    }
    publisher_.begin_turn(changes.events, true);
    changes_of_turn_ = changes.events.size();
  }
  Socket& publisher() override { return publisher_.socket; }
  std::uint64_t acknowledged(ByteView bytes) override {
    std::uint64_t turns = 0;
    publisher_.messages.take(bytes, [&](const native::ServerMessage& message) {
      const auto* const part = std::get_if<native::SessionPart>(&message);
      if (part == nullptr) return;
      for (const native::Receipt& receipt : part->receipts) {
        if (receipt.fault) fail("a turn was refused");
        ++turns;
      }
    });
    return turns * changes_of_turn_;
  }

 private:
  struct Changes {
    std::vector<native::Event> events;
    std::vector<Value> facts;  // Whose bytes the events borrow, which moving does not change.
  };

  void publish(Changes& changes, std::uint32_t key) {
    handles_[key] = ++last_handle_;
    changes.facts.push_back(record("f", topic_text(key), numbered_text(last_handle_)));
    changes.events.push_back({.target = publisher_.space,
                              .handle = last_handle_,
                              .body = changes.facts.back().bytes(),
                              .kind = wire::EventKind::publish});
  }

  std::uint16_t port_;
  NativeSession publisher_;
  std::vector<std::uint64_t> handles_;  // By key.
  std::uint64_t last_handle_ = 0;
  std::uint64_t changes_of_turn_ = 0;
};

}  // namespace

std::unique_ptr<Churn> native_churn(std::uint16_t port) {
  return std::make_unique<NativeChurn>(port);
}

}  // namespace avow::bench
