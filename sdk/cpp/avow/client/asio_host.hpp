#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <random>

#include "avow/client/host.hpp"

namespace avow {

/// The world through Asio. `executor` must run one handler at a time (a strand, or a context of one
/// thread). Nothing of the context is touched by the host's destruction.
class AsioHost : public Host {
 public:
  explicit AsioHost(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void post(std::function<void()> job) override;
  [[nodiscard]] bool is_own_thread() const override { return false; }
  [[nodiscard]] std::unique_ptr<Timer> after(Milliseconds wait, std::function<void()> job) override;
  [[nodiscard]] Moment now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] std::uint64_t random() override;
  [[nodiscard]] std::unique_ptr<Transport> connect(const Url& url,
                                                   TransportEvents& events) override;

 private:
  boost::asio::any_io_executor executor_;
  std::random_device random_;
};

}  // namespace avow
