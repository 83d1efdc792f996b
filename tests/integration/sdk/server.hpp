#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace avow::test {

/// An `avowd` of a test's own (the program that the environment names as AVOWD), in memory.
class Server {
 public:
  /// Starts it and waits until it listens. `port` "0" takes any.
  explicit Server(const std::string& port = "0");
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::string port() const { return url_.substr(url_.rfind(':') + 1); }
  /// Ends it at once, as a crash would.
  void kill();

 private:
  pid_t process_ = -1;
  std::string url_;
};

}  // namespace avow::test
