#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "avow/client/core.hpp"
#include "avow/client/host.hpp"
#include "tests/unit/client/fake_server.hpp"

// A world of one's own: a thread that runs when told, a clock that stands still, a server made of
// frames.

namespace avow::test {

/// What a fake host and its test share; outlives both.
struct World {
  class Connection;

  std::deque<std::function<void()>> jobs;
  Moment now{};
  std::multimap<Moment, std::weak_ptr<std::function<void()>>> alarms;
  std::uint64_t random = 0;          ///< What chance always answers.
  Connection* connection = nullptr;  ///< The latest one that was not cut.
  std::size_t attempts = 0;
  Heard heard;
  bool said_goodbye = false;

  /// Runs all that was posted, and what that posts.
  void run() {
    while (!jobs.empty()) {
      const std::function<void()> job = std::move(jobs.front());
      jobs.pop_front();
      job();
    }
  }
  /// Lets time go by, and rings what is due.
  void pass(Milliseconds time) {
    const Moment until = now + time;
    while (!alarms.empty() && alarms.begin()->first <= until) {
      now = std::max(now, alarms.begin()->first);
      const auto due = alarms.begin()->second.lock();
      alarms.erase(alarms.begin());
      if (due) (*due)();
      run();
    }
    now = until;
    run();
  }
};

class World::Connection final : public Transport {
 public:
  Connection(World& world, TransportEvents& events) : world_(world), events_(events) {
    world_.connection = this;
    ++world_.attempts;
  }
  ~Connection() override {
    if (world_.connection == this) world_.connection = nullptr;
  }
  void send(Bytes frame) override {
    world_.heard.frame(frame);
    if (!accept_writes) return;
    world_.jobs.emplace_back([&world = world_, this] {
      if (world.connection == this) events_.writable();
    });
  }
  void close() override { world_.said_goodbye = true; }

  // Whoever is told may destroy this connection.
  void establish() {
    World& world = world_;
    events_.connected();
    world.run();
  }
  void tell(const Bytes& frame) {
    World& world = world_;
    events_.received(frame);
    world.run();
  }
  void lose(std::string code = "link-lost") {
    World& world = world_;
    events_.gone({std::move(code), "It is gone."});
    world.run();
  }
  /// Whether what is sent is taken by the network at once.
  bool accept_writes = true;

 private:
  World& world_;
  TransportEvents& events_;
};

class FakeHost : public Host {
 public:
  explicit FakeHost(World& world) : world_(world) {}
  void post(std::function<void()> job) override { world_.jobs.push_back(std::move(job)); }
  [[nodiscard]] bool is_own_thread() const override { return true; }
  [[nodiscard]] std::unique_ptr<Timer> after(Milliseconds wait,
                                             std::function<void()> job) override {
    struct Alarm : Timer {
      std::shared_ptr<std::function<void()>> job;
    };
    auto alarm = std::make_unique<Alarm>();
    alarm->job = std::make_shared<std::function<void()>>(std::move(job));
    world_.alarms.emplace(world_.now + wait, alarm->job);
    return alarm;
  }
  [[nodiscard]] Moment now() const override { return world_.now; }
  [[nodiscard]] std::uint64_t random() override { return world_.random; }
  [[nodiscard]] std::unique_ptr<Transport> connect(const Url&, TransportEvents& events) override {
    return std::make_unique<World::Connection>(world_, events);
  }

 private:
  World& world_;
};

}  // namespace avow::test
