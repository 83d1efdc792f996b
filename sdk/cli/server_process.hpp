#pragma once

#include <string>
#include <sys/types.h>
#include <utility>

#include "avow/base/result.hpp"

namespace avow::cli {

/// A server in memory on a free port of loopback, for as long as this lives. It ends with this
/// process, even if that is killed.
class ServerProcess {
 public:
  /// Starts `avowd` and waits until it listens. Errors: `no-server`.
  [[nodiscard]] static Result<ServerProcess> start();
  ServerProcess(ServerProcess&& other) noexcept
      : process_(std::exchange(other.process_, 0)), url_(std::move(other.url_)) {}
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  explicit ServerProcess(pid_t process) : process_(process) {}

  pid_t process_;
  std::string url_;
};

}  // namespace avow::cli
