#pragma once

#include <cstdint>
#include <optional>

#include "avow/wire/packet.hpp"
#include "server/base/ids.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/reference_table.hpp"

// An entity that lives in a client: what it is told goes into the outbound turn of that client's
// session. This is how one client speaks to another's entity, and how the server answers.

namespace avow::server {

/// There may be very many: 24 bytes.
class ClientEntity final : public Entity {
 public:
  /// `oid` is the client's number of it. Once the session has ended, nobody hears any more.
  ClientEntity(SessionId session, const wire::Number& oid);
  ClientEntity(const ClientEntity&) = delete;
  ClientEntity& operator=(const ClientEntity&) = delete;
  ~ClientEntity() override {
    if (is_big_ != 0) delete oid_.big;
  }

  Result<void> check(Admitted&) override { return {}; }
  AssertionToken publish(TurnRun& run, const Admitted& assertion) override;
  void retract(TurnRun& run, AssertionToken token, Cause cause) override;
  void message(TurnRun& run, Admitted&& message) override;
  /// Asks the client, and hands its answer to `peer`.
  void sync(TurnRun& run, Reference& peer) override;
  ClientEntity* as_client() override { return this; }

  /// The answer to a sync of this session.
  void answer_sync(TurnRun& run, const Value& answer);

  [[nodiscard]] SessionId session_id() const { return SessionId{session_}; }
  [[nodiscard]] wire::Number oid() const { return is_big_ != 0 ? *oid_.big : oid_.small; }
  /// Its number, if that fits into 64 bits.
  [[nodiscard]] std::optional<std::int64_t> small_oid() const {
    return is_big_ != 0 ? std::nullopt : std::optional(oid_.small);
  }

 private:
  static constexpr unsigned session_bits = 63;

  std::uint64_t session_ : session_bits;
  std::uint64_t is_big_ : 1;
  union Oid {
    std::int64_t small;
    const wire::Number* big;  // Of one that does not fit into 64 bits. Owned.
  };
  Oid oid_;
};
static_assert(sizeof(ClientEntity) == 24);

}  // namespace avow::server
