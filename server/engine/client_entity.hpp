#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "avow/wire/packet.hpp"
#include "server/base/ids.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/reference_table.hpp"

// An entity that lives in a client: what it is told goes into the outbound turn of that client's
// session. This is how one client speaks to another's entity, and how the server answers.

namespace avow::server {

/// There may be very many: 32 bytes.
class ClientEntity final : public Entity {
 public:
  /// `oid` is the client's number of it. Once the session has ended, nobody hears any more.
  ClientEntity(SessionId session, const wire::Number& oid);

  Result<void> check(Admitted&) override { return {}; }
  AssertionToken publish(TurnRun& run, Admitted assertion) override;
  void retract(TurnRun& run, AssertionToken token, Cause cause) override;
  void message(TurnRun& run, Admitted message) override;
  /// Asks the client, and hands its answer to `peer`.
  void sync(TurnRun& run, Reference& peer) override;
  ClientEntity* as_client() override { return this; }

  /// The answer to a sync of this session.
  void answer_sync(TurnRun& run, const Value& answer);

  [[nodiscard]] SessionId session_id() const { return session_; }
  [[nodiscard]] wire::Number oid() const { return big_ != nullptr ? *big_ : small_; }
  /// Its number, if that fits into 64 bits.
  [[nodiscard]] std::optional<std::int64_t> small_oid() const {
    return big_ != nullptr ? std::nullopt : std::optional(small_);
  }

 private:
  SessionId session_;
  std::int64_t small_;
  std::unique_ptr<const wire::Number> big_;  // Of one that is too big.
};
static_assert(sizeof(ClientEntity) == 32);

}  // namespace avow::server
