#pragma once

#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>

#include "tests/unit/engine/test_client.hpp"

// An engine in which one client writes facts `<n 1>`, `<n 2>` …, for others to observe.

namespace avow::server::testing {

class NumberWorld : public ::testing::Test {
 protected:
  NumberWorld() { begin(test_options()); }
  /// Begins anew, with another engine.
  void begin(const EngineOptions& options) {
    writer.reset();
    engine = std::make_unique<Engine>(options);
    writer = client();
  }
  [[nodiscard]] std::unique_ptr<TestClient> client() {
    auto one = std::make_unique<TestClient>(*engine);
    one->resolve();
    return one;
  }
  /// The revision of the turn in which `writer` says this.
  std::uint64_t write(std::string_view packet) {
    return writer->ask(packet).revisions.at(0).revision;
  }

  /// The entity `oid` of `one` observes the numbers in the way that `options`, a dictionary, say.
  static void observe(TestClient& one, std::int64_t oid, std::string_view options) {
    const std::string number = std::to_string(oid);
    one.say("[[% <A <Observe " + std::string(numbers) + " #:[0 " + number + "] " +
            std::string(options) + "> " + number + ">]]");
  }
  /// A tick, one millisecond after the one before.
  void step() { engine->tick(Moment(Milliseconds(++now_))); }
  /// Ticks until nothing is due any more.
  void run_ticks() {
    while (engine->next_deadline()) step();
  }

  std::unique_ptr<Engine> engine;
  std::unique_ptr<TestClient> writer;

 private:
  std::int64_t now_ = 0;
};

}  // namespace avow::server::testing
