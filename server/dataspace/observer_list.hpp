#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "server/dataspace/change.hpp"
#include "server/dataspace/pool.hpp"

// Who observes a topic. Most topics have one observer, which is held in place.

namespace avow::server {

/// One interest: an observer of one topic, and the `Observe` fact that it came by.
struct Registration {
  std::uint32_t next = 0;
  std::uint32_t topic = 0;
  std::uint32_t place = 0;  ///< In the topic's list; when out of force, in the list of the left.
  std::uint32_t flip = 0;   ///< The change of this turn by which it came or went last.
  bool is_in_force = false;
  bool was_in_force = false;    ///< When the last turn was settled.
  bool joins_silently = false;  ///< Its observer goes on, and is told what it misses by itself.
};
using Registrations = Pool<Registration>;

/// Those that were in force before this turn come first, then those that joined in it, in that
/// order. Keeps each `Registration::place`.
class ObserverList {
 public:
  ObserverList() = default;
  ObserverList(ObserverList&& other) noexcept { *this = std::move(other); }
  ObserverList& operator=(ObserverList&& other) noexcept;
  ~ObserverList();

  void add(const Observer& observer, std::uint32_t registration, Registrations& registrations);
  Observer remove(std::uint32_t registration, Registrations& registrations);
  /// The turn is over: all were in force before the next one.
  void settle() { stayed_ = count_; }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::span<const Observer> all() const;
  /// Those that were in force before this turn and still are.
  [[nodiscard]] std::span<const Observer> stayed() const { return all().first(stayed_); }
  /// Those in force when change `flip` of this turn happened, and still.
  [[nodiscard]] std::span<const Observer> present_at(std::uint32_t flip,
                                                     const Registrations& registrations) const;

 private:
  struct Many {
    std::vector<Observer> observers;
    std::vector<std::uint32_t> registrations;
  };
  union Content {
    Observer one{};
    Many* many;
  };

  [[nodiscard]] std::uint32_t registration_at(std::uint32_t place) const {
    return is_many_ ? content_.many->registrations[place] : one_registration_;
  }
  void become_many();
  void put(std::uint32_t place, std::uint32_t from, Registrations& registrations);

  Content content_;
  std::uint32_t one_registration_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t stayed_ = 0;
  bool is_many_ = false;
};

}  // namespace avow::server
