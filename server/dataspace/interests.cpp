#include "server/dataspace/interests.hpp"

#include <utility>

namespace avow::server {

std::uint32_t Interests::begin(Turn& turn, const Interest& interest, std::uint32_t flip) {
  Outline outline = outline_of(interest);
  std::uint32_t topic = topics_.find(outline);
  if (topic == 0) {
    topic = topics_.add(outline, turn.next_topic());
    new_topics_.push_back({.topic = topic, .outline = std::move(outline)});
  }
  const std::uint32_t registration = registrations_.add();
  registrations_[registration].topic = topic;
  registrations_[registration].joins_silently = interest.delivery.resume.has_value();
  const std::uint64_t token = host_.observer_added(interest.observer, topics_[topic].id);
  enter(registration, {.reference = interest.observer, .token = token}, flip);
  return registration;
}

void Interests::begin_again(std::uint32_t registration, std::uint32_t flip) {
  enter(registration, left_[registrations_[registration].place], flip);
}

void Interests::enter(std::uint32_t registration, const Observer& observer, std::uint32_t flip) {
  Registration& entered = registrations_[registration];
  entered.is_in_force = true;
  entered.flip = flip;
  topics_[entered.topic].observers.add(observer, registration, registrations_);
  ++in_force_;
}

void Interests::end(std::uint32_t registration, std::uint32_t flip) {
  Registration& ended = registrations_[registration];
  const Observer observer = topics_[ended.topic].observers.remove(registration, registrations_);
  ended.is_in_force = false;
  ended.flip = flip;
  ended.place = static_cast<std::uint32_t>(left_.size());
  left_.push_back(observer);
  --in_force_;
}

Observer Interests::observer_of(std::uint32_t registration) const {
  const Registration& of = registrations_[registration];
  return of.is_in_force ? topics_[of.topic].observers.all()[of.place] : left_[of.place];
}

bool Interests::settle(std::uint32_t number) {
  Registration& registration = registrations_[number];
  if (registration.is_in_force) {
    topics_[registration.topic].observers.settle();
    registration.was_in_force = true;
    registration.flip = 0;
    return true;
  }
  host_.observer_removed(left_[registration.place].token);
  registrations_.remove(number);
  return false;
}

void Interests::finish_turn() {
  new_topics_.clear();
  left_.clear();
}

}  // namespace avow::server
