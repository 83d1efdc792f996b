#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "avow/client/client.hpp"
#include "avow/facts.hpp"
#include "tests/unit/client/fake_host.hpp"

namespace avow::test {

struct Present {
  static constexpr Label label = "present";
  std::string who;
  bool operator==(const Present&) const = default;
};

/// A client in a world of its own. Errors that nobody else is told are kept.
class ClientDriver {
 public:
  explicit ClientDriver(Options options = {}) {
    options.on_error = [this](const Error& error) { errors.push_back(error); };
    core_ = std::make_shared<Core>(std::move(options), std::make_unique<FakeHost>(world));
    client.emplace(core_);
  }
  ~ClientDriver() { end(); }
  ClientDriver(const ClientDriver&) = delete;
  ClientDriver& operator=(const ClientDriver&) = delete;

  /// Ends the client, which answers what is still asked.
  void end() {
    client.reset();
    core_.reset();
    world.run();
    world.pass(Milliseconds(10'000));
  }

  void start() {
    core_->start([this](const Result<void>& outcome) { first_outcome = outcome; });
    world.run();
  }
  /// The server takes the connection and opens the space.
  void open() {
    ASSERT_NE(world.connection, nullptr);
    world.connection->establish();
    world.connection->tell(frame_of({hello()}));
    world.connection->tell(frame_of({opened()}));
  }
  void start_and_open() {
    start();
    open();
  }
  void tell(const Bytes& frame) { world.connection->tell(frame); }
  /// The handle of the last Observe that the server has heard, which is the observer's oid too.
  [[nodiscard]] std::uint64_t last_observer() const {
    return world.heard.published("Observe").back();
  }
  void forget_core() { core_.reset(); }

  World world;
  std::vector<Error> errors;
  std::optional<Result<void>> first_outcome;
  std::optional<Client> client;

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace avow::test
