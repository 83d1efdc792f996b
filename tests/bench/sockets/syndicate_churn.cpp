#include <utility>
#include <vector>

#include "avow/model/builder.hpp"
#include "tests/bench/sockets/churn.hpp"
#include "tests/bench/sockets/packet_session.hpp"
#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

// Each turn ends with a question whose answer acknowledges it.
class SyndicateChurn final : public Churn {
 public:
  explicit SyndicateChurn(std::uint16_t port) : port_(port), publisher_(port) {}

  void hold(std::uint32_t count) override {
    constexpr std::size_t at_a_time = 1'000;
    handles_.resize(count);
    std::vector<wire::Event> events;
    for (std::uint32_t key = 0; key < count; ++key) {
      events.push_back(publish(key));
      if (events.size() < at_a_time && key + 1 != count) continue;
      publisher_.send(std::exchange(events, {}));
      publisher_.sync();
    }
  }

  // The snapshot is no change: it is told before the answer to the question that comes after it.
  Socket watcher() override {
    PacketSession session(port_);
    session.observe("<f $ $>");
    return std::move(session.socket);
  }
  Counting counting() const override { return Counting::packet_events; }
  std::uint64_t counted_of_change() const override { return 1; }

  void replace(std::span<const std::uint32_t> keys) override {
    std::vector<wire::Event> events;
    for (const std::uint32_t key : keys) {
      events.push_back(publisher_.retract(handles_[key]));
      events.push_back(publish(key));
    }
    changes_of_turn_ = events.size();
    events.push_back(publisher_.question());
    publisher_.send(std::move(events));
  }
  Socket& publisher() override { return publisher_.socket; }
  std::uint64_t acknowledged(ByteView bytes) override {
    return answers_.take(bytes) * changes_of_turn_;
  }

 private:
  wire::Event publish(std::uint32_t key) {
    handles_[key] = ++last_handle_;
    return publisher_.publish(
        last_handle_,
        record("f", topic_text(key), numbered_text(static_cast<std::uint64_t>(last_handle_))));
  }

  std::uint16_t port_;
  PacketSession publisher_;
  ByteCount answers_{Counting::packet_events};
  std::vector<std::int64_t> handles_;  // By key.
  std::int64_t last_handle_ = 10;
  std::uint64_t changes_of_turn_ = 0;
};

}  // namespace

std::unique_ptr<Churn> syndicate_churn(std::uint16_t port) {
  return std::make_unique<SyndicateChurn>(port);
}

}  // namespace avow::bench
