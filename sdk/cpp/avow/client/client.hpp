#pragma once

#include "avow/client/space.hpp"

namespace avow {

/// A space, and the link to it: when the client ends, the link is closed and all that it published
/// is retracted, in one turn with the cause `closed`. Its end waits for nobody.
class Client : public Space {
 public:
  /// For the facades that make one: `connect` and `blocking::Client`.
  explicit Client(std::shared_ptr<Core> core) : Space(core), core_(std::move(core)) {}
  Client(Client&&) noexcept = default;
  Client& operator=(Client&&) = delete;
  ~Client() { close(); }

  /// Ends the link. Facets stop; no other callback is called any more. `then` is called when all
  /// has been sent and the server has said good-bye, at the latest after two seconds.
  void close(std::function<void()> then) noexcept;
  void close() noexcept { close({}); }

 protected:
  [[nodiscard]] const std::shared_ptr<Core>& core() const { return core_; }
  /// Nothing is asked of the core any more: what it runs on is about to go.
  void release() { core_.reset(); }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace avow
