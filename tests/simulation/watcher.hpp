#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "server/engine/engine.hpp"
#include "tests/simulation/ledger.hpp"

// Somebody inside the server who observes the facts of durable commits, and hears at once whatever
// the engine lets out.

namespace avow::simulation {

class Watcher final : private server::SessionPort {
 public:
  explicit Watcher(server::Engine& engine);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// What is wrong with what it holds, if this is committed; or nothing.
  [[nodiscard]] std::string difference(const Ledger& committed) const;

  /// How many events it was told.
  [[nodiscard]] std::uint64_t heard() const { return heard_; }

 private:
  void turn(const server::OutboundTurn& turn) override;
  void answer(const server::QueryAnswer&) override {}
  void ended(const Error&) override { is_open_ = false; }
  [[nodiscard]] server::PortStatus status() const override { return {"watcher", "", 0, 0}; }

  server::Engine& engine_;
  server::SessionId session_{};
  bool is_open_ = true;
  struct Held {
    std::size_t space = 0;
    Value captures{};
  };
  std::map<std::uint64_t, Held> held_;  // By handle.
  std::uint64_t heard_ = 0;
  std::string wrong_;
};

}  // namespace avow::simulation
