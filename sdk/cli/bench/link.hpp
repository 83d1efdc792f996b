#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "avow/client/host.hpp"
#include "avow/model/value.hpp"
#include "avow/wire/native.hpp"
#include "cli/bench/lane.hpp"

// One connection of a benchmark and its session, in native frames. It keeps nothing and repeats
// nothing: what goes wrong ends the whole benchmark.

namespace avow::cli::bench {

/// Where to connect, and with which right (a `<ref …>` value).
struct Place {
  Url url;
  Value reference;
};

class Link final : private TransportEvents {
 public:
  using Batch = wire::native::Batch;
  using Event = wire::native::Event;

  /// Begins to connect. `lane` must outlive the link; so must `place`.
  Link(Lane& lane, const Place& place);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// The space is open.
  [[nodiscard]] bool is_open() const { return space_.has_value(); }
  [[nodiscard]] std::uint64_t space() const { return space_.value_or(0); }
  /// How much one message to the server may have.
  [[nodiscard]] std::uint64_t message_bytes_max() const { return message_bytes_max_; }

  /// Called with each batch; what is in it does not outlive the call.
  void on_batch(std::function<void(const Batch&)> then) { on_batch_ = std::move(then); }

  /// Appends a turn to the frame that is being made.
  void add_turn(std::span<const Event> events, bool wants_receipt = false);
  /// Sends that frame.
  void send_frame();
  /// Both at once, with a receipt.
  void ask(std::span<const Event> events) {
    add_turn(events, true);
    send_frame();
  }
  /// Everything has been handed to the network.
  [[nodiscard]] bool is_idle() const { return !is_sending_; }
  /// All turns that wanted a receipt have theirs, and what the server told before is in.
  [[nodiscard]] bool is_answered() const { return unanswered_ == 0; }

  /// Subscribes to `pattern` for the entity `observer` (1 or more), as part of the next frame.
  void observe(std::uint64_t observer, const Value& pattern);
  /// How many snapshots are complete.
  [[nodiscard]] std::uint64_t synced() const { return synced_; }
  /// Which observer a topic of a batch is for; 0: none.
  [[nodiscard]] std::uint64_t observer_of(std::uint64_t topic) const;

 private:
  void connected() override {}
  void received(ByteView frame) override;
  void writable() override;
  void gone(Error why) override { lane_.fail(std::move(why)); }

  void take(const wire::native::ServerMessage& message);
  void take(const wire::native::Hello& hello);
  void take(const wire::native::Opened& opened);
  void take(const wire::native::SessionPart& part);
  void take(const Batch& batch);
  void settle();

  Lane& lane_;
  const Place& place_;
  std::unique_ptr<Transport> transport_;
  std::function<void(const Batch&)> on_batch_;
  std::optional<std::uint64_t> space_;
  std::uint64_t message_bytes_max_ = 1 << 20;
  std::uint64_t turns_ = 0;
  std::uint64_t unanswered_ = 0;
  std::uint64_t synced_ = 0;
  // What holds once as many batches as the last session part announced have been taken in.
  struct Announced {
    std::uint64_t receipts = 0;
    std::uint64_t synced = 0;
    std::uint32_t batches = 0;
  };
  Announced announced_;
  std::unordered_map<std::uint64_t, std::uint64_t> observers_;  // By topic.
  Bytes frame_;
  std::deque<Bytes> waiting_;  // Few: whoever sends much asks `is_idle` before.
  bool is_sending_ = false;
};

/// An embedded reference to the entity `oid` of this client.
[[nodiscard]] Value own_reference(std::uint64_t oid);

}  // namespace avow::cli::bench
