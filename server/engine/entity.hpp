#pragma once

#include <cstdint>

#include "avow/base/result.hpp"
#include "server/base/cause.hpp"

// An entity is a thing that can be told: publish, retract, message, sync. References name entities;
// what comes to an entity has passed the caveats of the reference that it came by.

namespace avow::server {

class Admitted;
class ClientEntity;
class Space;
class TurnRun;
struct Reference;

/// What an entity calls an assertion that it was told of.
enum class AssertionToken : std::uint64_t {};

class Entity {
 public:
  virtual ~Entity() = default;

  /// Whether `assertion` may be published, asked before the first change of its turn. An error ends
  /// the session that asserts it.
  [[nodiscard]] virtual Result<void> check(Admitted& assertion) = 0;
  /// Returns what `retract` is to be given later.
  virtual AssertionToken publish(TurnRun& run, const Admitted& assertion) = 0;
  virtual void retract(TurnRun& run, AssertionToken token, Cause cause) = 0;
  /// `token` will soon be retracted: memory may be called for.
  virtual void prepare_retract(AssertionToken) const {}
  virtual void message(TurnRun& run, Admitted&& message) = 0;
  /// Sees to it that `peer` is sent the message `#t` once everything before has been handled.
  virtual void sync(TurnRun& run, Reference& peer) = 0;

  /// This entity as a client's, if it is one. All others stand inside the server.
  [[nodiscard]] virtual ClientEntity* as_client() { return nullptr; }
  /// This entity as a dataspace, if it is one.
  [[nodiscard]] virtual Space* as_space() { return nullptr; }
};

}  // namespace avow::server
