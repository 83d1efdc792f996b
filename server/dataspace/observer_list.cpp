#include "server/dataspace/observer_list.hpp"

#include <utility>

namespace avow::server {

ObserverList& ObserverList::operator=(ObserverList&& other) noexcept {
  std::swap(content_, other.content_);
  std::swap(count_, other.count_);
  const std::uint32_t stayed = stayed_;
  const std::uint32_t is_many = is_many_;
  stayed_ = other.stayed_;
  is_many_ = other.is_many_;
  other.stayed_ = stayed & count_max;
  other.is_many_ = is_many & 1U;
  return *this;
}

ObserverList::~ObserverList() {
  if (is_many_ != 0) delete content_.many;
}

Observer ObserverList::known() const {
  if (is_many_ == 0) return content_.one.observer;
  return count_ != 0 ? content_.many->observers.front() : content_.many->left;
}

void ObserverList::become_many() {
  const One one = content_.one;
  content_.many = new Many{{one.observer}, {one.registration}, {}};
  is_many_ = 1;
}

void ObserverList::add(const Observer& observer, std::uint32_t registration,
                       Registrations& registrations) {
  Registration& added = registrations[registration];
  if (count_ == 1 && is_many_ == 0) become_many();
  if (is_many_ == 0) {
    content_.one = {observer, registration};
    added.place = 0;
  } else {
    // One that comes back within the turn stands before those that joined in it.
    Many& many = *content_.many;
    const std::uint32_t place = added.was_in_force != 0 ? stayed_ : count_;
    many.observers.insert(many.observers.begin() + place, observer);
    many.registrations.insert(many.registrations.begin() + place, registration);
    for (std::uint32_t i = place; i <= count_; ++i) {
      registrations[many.registrations[i]].set_place(i);
    }
  }
  ++count_;
  if (added.was_in_force != 0) ++stayed_;
}

void ObserverList::put(std::uint32_t place, std::uint32_t from, Registrations& registrations) {
  Many& many = *content_.many;
  many.observers[place] = many.observers[from];
  many.registrations[place] = many.registrations[from];
  registrations[many.registrations[place]].set_place(place);
}

Observer ObserverList::remove(std::uint32_t registration, Registrations& registrations) {
  std::uint32_t gap = registrations[registration].place;
  --count_;
  if (is_many_ == 0) {
    if (stayed_ != 0) --stayed_;
    return content_.one.observer;
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
  many.left = removed;
  many.observers.pop_back();
  many.registrations.pop_back();
  return removed;
}

}  // namespace avow::server
