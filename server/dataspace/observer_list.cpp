#include "server/dataspace/observer_list.hpp"

#include <utility>

namespace avow::server {

ObserverList& ObserverList::operator=(ObserverList&& other) noexcept {
  std::swap(content_, other.content_);
  std::swap(one_registration_, other.one_registration_);
  std::swap(count_, other.count_);
  std::swap(stayed_, other.stayed_);
  std::swap(is_many_, other.is_many_);
  return *this;
}

ObserverList::~ObserverList() {
  if (is_many_) delete content_.many;
}

std::span<const Observer> ObserverList::all() const {
  if (is_many_) return content_.many->observers;
  return {&content_.one, count_};
}

std::span<const Observer> ObserverList::present_at(std::uint32_t flip,
                                                   const Registrations& registrations) const {
  std::uint32_t end = stayed_;
  while (end < count_ && registrations[registration_at(end)].flip <= flip) ++end;
  return all().first(end);
}

void ObserverList::become_many() {
  auto* const many = new Many;
  if (count_ == 1) {
    many->observers.push_back(content_.one);
    many->registrations.push_back(one_registration_);
  }
  content_.many = many;
  is_many_ = true;
}

void ObserverList::add(const Observer& observer, std::uint32_t registration,
                       Registrations& registrations) {
  Registration& added = registrations[registration];
  if (count_ == 1 && !is_many_) become_many();
  if (!is_many_) {
    content_.one = observer;
    one_registration_ = registration;
    added.place = 0;
  } else {
    // One that comes back within the turn stands before those that joined in it.
    Many& many = *content_.many;
    const std::uint32_t place = added.was_in_force ? stayed_ : count_;
    many.observers.insert(many.observers.begin() + place, observer);
    many.registrations.insert(many.registrations.begin() + place, registration);
    for (std::uint32_t i = place; i <= count_; ++i) registrations[many.registrations[i]].place = i;
  }
  ++count_;
  if (added.was_in_force) ++stayed_;
}

void ObserverList::put(std::uint32_t place, std::uint32_t from, Registrations& registrations) {
  Many& many = *content_.many;
  many.observers[place] = many.observers[from];
  many.registrations[place] = many.registrations[from];
  registrations[many.registrations[place]].place = place;
}

Observer ObserverList::remove(std::uint32_t registration, Registrations& registrations) {
  std::uint32_t gap = registrations[registration].place;
  --count_;
  if (!is_many_) {
    if (stayed_ != 0) --stayed_;
    return content_.one;
  }
  Many& many = *content_.many;
  const Observer removed = many.observers[gap];
  if (gap < stayed_) {
    // Among those that stayed no order needs to be kept, and there may be very many.
    --stayed_;
    put(gap, stayed_, registrations);
    gap = stayed_;
  }
  for (; gap < count_; ++gap) put(gap, gap + 1, registrations);
  many.observers.pop_back();
  many.registrations.pop_back();
  return removed;
}

}  // namespace avow::server
