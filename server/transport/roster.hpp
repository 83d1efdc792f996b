#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "avow/base/bytes.hpp"
#include "avow/base/clock.hpp"
#include "server/transport/counters.hpp"

// Who is connected: how many in all and from where, so that no address can take all places.

namespace avow::server {

/// The part of an address that shares a limit: an IPv4 address, or the /64 of an IPv6 one, since
/// whoever has one address of a /64 has them all.
using AddressKey = std::array<std::uint8_t, 8>;

class Roster;

/// A place on the roster; it is free again when this is gone.
/// The roster must outlive its places.
class Place {
 public:
  Place(Place&& other) noexcept;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  Place& operator=(Place&&) = delete;
  ~Place();

 private:
  friend class Roster;
  Place(Roster& roster, std::optional<AddressKey> address) : roster_(&roster), address_(address) {}

  Roster* roster_;
  std::optional<AddressKey> address_;
};

class Roster {
 public:
  Roster(std::size_t connections_max, std::size_t connections_per_address_max)
      : connections_max_(connections_max),
        connections_per_address_max_(connections_per_address_max) {}
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  /// Whether one more connection from `address` would be too many. No address: it is exempt from
  /// the limit per address.
  [[nodiscard]] std::optional<Refusal> refusal_for(const std::optional<AddressKey>& address) const;
  /// A place for a connection that would not be too many.
  [[nodiscard]] Place admit(const std::optional<AddressKey>& address);

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  friend class Place;
  void leave(const std::optional<AddressKey>& address);

  std::size_t connections_max_;
  std::size_t connections_per_address_max_;
  std::size_t size_ = 0;
  // Ordered, so that chosen addresses cannot collide in a hash table.
  std::map<AddressKey, std::size_t> by_address_;
};

/// Lets so many accepts pass in a second, in bursts of at most as many.
class AcceptBudget {
 public:
  explicit AcceptBudget(std::size_t per_second_max)
      : per_second_max_(per_second_max), left_(per_second_max) {}

  /// Takes one accept out of the budget, or says when there will be one.
  [[nodiscard]] std::optional<Moment> spend(Moment now);

 private:
  std::size_t per_second_max_;
  std::size_t left_;
  std::optional<Moment> second_began_;
};

}  // namespace avow::server
