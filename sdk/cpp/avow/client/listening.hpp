#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "avow/client/change.hpp"
#include "avow/client/relay_types.hpp"

namespace avow {

class Core;

/// What stands behind a Subscription: callbacks, and the gate that closes before they are gone.
class Listening {
 public:
  using OnSynced = std::function<void(const Result<std::uint64_t>&)>;

  Listening(std::weak_ptr<Core> core, ClientId id, OnChange on_change, OnLink on_link = {});

  [[nodiscard]] ClientId id() const { return id_; }
  [[nodiscard]] bool is_synced() const { return is_synced_; }
  void tell(const Change& change);
  void tell(const LinkState& state);
  /// No callback runs after this, and none is running (but for one that calls this).
  void stop() noexcept;
  /// `then` is called once, at the latest with `closed` when the subscription ends.
  void synced(OnSynced then);
  /// The link has ended for good: who still waits for `synced` waits in vain.
  void fail(const Error& why);

 private:
  struct Callbacks {
    OnChange on_change;
    OnLink on_link;
  };
  void settle(const Result<std::uint64_t>& outcome);

  const std::weak_ptr<Core> core_;
  const ClientId id_;
  std::atomic<bool> is_synced_ = false;
  // Held while a callback runs, so that `stop` on another thread waits for it. Recursive: callbacks
  // stop their own subscriptions.
  std::recursive_mutex gate_;
  // Shared with the call in progress, which may be the one that stops.
  std::shared_ptr<Callbacks> callbacks_;
  std::optional<Result<std::uint64_t>> outcome_;
  std::vector<OnSynced> waiting_;
};

}  // namespace avow
