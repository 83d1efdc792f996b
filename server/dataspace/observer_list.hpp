#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "avow/base/check.hpp"
#include "server/dataspace/change.hpp"
#include "server/dataspace/pool.hpp"

// Who observes a topic. Most topics have one observer, which is held in place.

namespace avow::server {

/// One interest: an observer of one topic, and the `Observe` fact that it came by.
struct Registration {
  std::uint32_t next = 0;  ///< While in use: the topic.
  /// In the topic's list; when out of force, in the list of the left.
  std::uint32_t place : 29 = 0;
  std::uint32_t is_in_force : 1 = 0;
  std::uint32_t was_in_force : 1 = 0;  ///< When the last turn was settled.
  /// Its observer goes on, and is told what it misses by itself.
  std::uint32_t joins_silently : 1 = 0;

  [[nodiscard]] std::uint32_t topic() const { return next; }
  void set_place(std::size_t to) {
    AVOW_CHECK(to <= place_max);
    place = static_cast<std::uint32_t>(to) & place_max;
  }

 private:
  static constexpr std::uint32_t place_max = (1U << 29) - 1;
};
static_assert(sizeof(Registration) == 8);
using Registrations = Pool<Registration>;

/// Those that were in force before this turn come first, then those that joined in it, in that
/// order. Keeps each `Registration::place`. 16 bytes.
class ObserverList {
 public:
  ObserverList() = default;
  ObserverList(ObserverList&& other) noexcept { *this = std::move(other); }
  ObserverList& operator=(ObserverList&& other) noexcept;
  ~ObserverList();

  void add(const Observer& observer, std::uint32_t registration, Registrations& registrations);
  Observer remove(std::uint32_t registration, Registrations& registrations);
  /// The turn is over: all were in force before the next one.
  void settle() { stayed_ = count_ & count_max; }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::span<const Observer> all() const {
    if (is_many_ != 0) return content_.many->observers;
    return {&content_.one.observer, count_};
  }
  /// One that is here or, if there is none, that has left in this turn. As long as there has been
  /// no other, the first that came. Not before one has come.
  [[nodiscard]] Observer known() const;
  /// Those that were in force before this turn and still are.
  [[nodiscard]] std::span<const Observer> stayed() const { return all().first(stayed_); }
  /// Those in force when change `flip` of this turn happened, and still. `flip_of(registration)` is
  /// the change by which one that joined in this turn came.
  template <class FlipOf>
  [[nodiscard]] std::span<const Observer> present_at(std::uint32_t flip,
                                                     const FlipOf& flip_of) const {
    std::uint32_t end = stayed_;
    while (end < count_ && flip_of(registration_at(end)) <= flip) ++end;
    return all().first(end);
  }

 private:
  static constexpr std::uint32_t count_max = 0x7FFF'FFFF;

  struct Many {
    std::vector<Observer> observers;
    std::vector<std::uint32_t> registrations;
    Observer left;  // The last one that did.
  };
  struct One {
    Observer observer{};
    std::uint32_t registration = 0;
  };
  union Content {
    One one{};
    Many* many;
  };

  [[nodiscard]] std::uint32_t registration_at(std::uint32_t place) const {
    return is_many_ != 0 ? content_.many->registrations[place] : content_.one.registration;
  }
  void become_many();
  void put(std::uint32_t place, std::uint32_t from, Registrations& registrations);

  Content content_;
  std::uint32_t count_ = 0;
  std::uint32_t stayed_ : 31 = 0;
  std::uint32_t is_many_ : 1 = 0;
};
static_assert(sizeof(ObserverList) == 16);

}  // namespace avow::server
