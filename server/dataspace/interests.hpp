#pragma once

#include <boost/container_hash/hash.hpp>
#include <cstdint>
#include <vector>

#include "avow/model/pattern.hpp"
#include "server/base/few_map.hpp"
#include "server/dataspace/change.hpp"
#include "server/dataspace/observer_list.hpp"
#include "server/dataspace/outline.hpp"
#include "server/dataspace/topic.hpp"
#include "server/dataspace/turn.hpp"

// Interests come into force and go out of it at their place in the turn; whether somebody is told
// anything of it is found when the turn is settled.

namespace avow::server {

class Interests {
 public:
  /// A topic that came to be in this turn: no fact has been held against it yet.
  struct NewTopic {
    std::uint32_t topic = 0;
    Outline outline;
  };

  Interests(Topics& topics, ObserverHost& host, Regions& memory)
      : topics_(topics), host_(host), registrations_(memory) {}

  /// A new interest, in force from change `flip` of this turn on. Answers its registration.
  std::uint32_t begin(Turn& turn, const Interest& interest, std::uint32_t flip);
  /// One that ended earlier in this turn is in force again.
  void begin_again(std::uint32_t registration, std::uint32_t flip);
  void end(std::uint32_t registration);

  /// The observer of a registration that is in force, or was until this turn.
  [[nodiscard]] Observer observer_of(std::uint32_t registration) const;
  [[nodiscard]] const std::vector<NewTopic>& new_topics() const { return new_topics_; }

  /// The turn is told: the interest is in force before the next one, or (answer: false) is gone.
  bool settle(std::uint32_t registration);
  /// Forgets what belongs to this turn only.
  void finish_turn();

  /// The change of this turn by which an interest came into force; 0 if that was before.
  [[nodiscard]] std::uint32_t joined_at(std::uint32_t registration) const {
    const std::uint32_t* const flip = joined_at_.find(registration);
    return flip != nullptr ? *flip : 0;
  }
  [[nodiscard]] const Registrations& registrations() const { return registrations_; }
  [[nodiscard]] std::uint64_t in_force() const { return in_force_; }

 private:
  void enter(std::uint32_t registration, const Observer& observer, std::uint32_t flip);

  Topics& topics_;
  ObserverHost& host_;
  Registrations registrations_;
  std::vector<NewTopic> new_topics_;
  std::vector<Observer> left_;  // In this turn.
  FewMap<std::uint32_t, std::uint32_t, boost::hash<std::uint32_t>> joined_at_;
  std::uint64_t in_force_ = 0;
};

}  // namespace avow::server
