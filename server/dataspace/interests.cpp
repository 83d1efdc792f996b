#include "server/dataspace/interests.hpp"

#include <optional>
#include <utility>

namespace avow::server {

std::uint32_t Interests::begin(Turn& turn, const Interest& interest, std::uint32_t flip) {
  Outline outline = outline_of(interest);
  std::uint32_t topic = topics_.find(outline);
  std::optional<Observer> known;
  if (topic != 0) {
    known = topics_[topic].observers.known();
  } else {
    topic = topics_.add(outline, turn.next_topic());
    new_topics_.push_back({.topic = topic, .outline = std::move(outline)});
  }
  const std::uint32_t registration = registrations_.add();
  registrations_[registration].next = topic;
  registrations_[registration].joins_silently = interest.delivery.resume ? 1 : 0;
  enter(registration, {host_.observer_added(interest.observer, topics_[topic].id, known)}, flip);
  return registration;
}

void Interests::begin_again(std::uint32_t registration, std::uint32_t flip) {
  enter(registration, left_[registrations_[registration].place], flip);
}

void Interests::enter(std::uint32_t registration, const Observer& observer, std::uint32_t flip) {
  Registration& entered = registrations_[registration];
  entered.is_in_force = 1;
  joined_at_.find_or_add(registration) = flip;
  topics_[entered.topic()].observers.add(observer, registration, registrations_);
  ++in_force_;
}

void Interests::end(std::uint32_t registration) {
  Registration& ended = registrations_[registration];
  const Observer observer = topics_[ended.topic()].observers.remove(registration, registrations_);
  ended.is_in_force = 0;
  ended.set_place(left_.size());
  left_.push_back(observer);
  --in_force_;
}

Observer Interests::observer_of(std::uint32_t registration) const {
  const Registration& of = registrations_[registration];
  return of.is_in_force != 0 ? topics_[of.topic()].observers.all()[of.place] : left_[of.place];
}

bool Interests::settle(std::uint32_t number) {
  Registration& registration = registrations_[number];
  if (registration.is_in_force != 0) {
    topics_[registration.topic()].observers.settle();
    registration.was_in_force = 1;
    return true;
  }
  host_.observer_removed(left_[registration.place].token, topics_[registration.topic()].id);
  registrations_.remove(number);
  return false;
}

void Interests::finish_turn() {
  new_topics_.clear();
  left_.clear();
  joined_at_.clear();
}

}  // namespace avow::server
