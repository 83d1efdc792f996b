#pragma once

#include <span>
#include <utility>

#include "server/engine/space.hpp"
#include "server/engine/turn_run.hpp"

// What the sources of a space have in common.

namespace avow::server {

/// Gives what a dataspace tells to the subscriptions.
class Space::Sink final : public DeliverySink {
 public:
  Sink(TurnRun& run, Space& space) : run_(run), space_(space) {}
  void deliver(const Change& change, ByteView captures,
               std::span<const Observer> observers) override {
    if (space_.counts_reached_) space_.count_reached(change, observers.size());
    space_.subscriptions_.deliver(run_, space_.index_in_turn_, change, captures, observers);
  }
  [[nodiscard]] bool tells_what_went(std::span<const Observer> observers) override {
    return space_.told_what_went_ != 0 && space_.subscriptions_.tells_what_went(observers);
  }
  [[nodiscard]] bool hears(const Observer& observer) override {
    return space_.subscriptions_.hears(observer.token);
  }
  [[nodiscard]] std::size_t room_for(const Observer& observer) override {
    return space_.subscriptions_.room_for(run_, observer.token);
  }
  void joined(const Observer& observer, const SnapshotPart& told) override {
    space_.subscriptions_.note_part(run_, observer.token, told);
  }

 private:
  TurnRun& run_;
  Space& space_;
};

/// Within it, the dataspace may call its host.
class Space::InCall {
 public:
  InCall(Space& space, TurnRun& run) : space_(space), outer_(std::exchange(space.run_, &run)) {}
  ~InCall() { space_.run_ = outer_; }
  InCall(const InCall&) = delete;
  InCall& operator=(const InCall&) = delete;

 private:
  Space& space_;
  TurnRun* outer_;
};

}  // namespace avow::server
