#pragma once

#include <utility>

#include "avow/wire/packet.hpp"
#include "server/base/ids.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/reference_table.hpp"

// An entity that lives in a client: what it is told goes into the outbound turn of that client's
// session. This is how one client speaks to another's entity, and how the server answers.

namespace avow::server {

class SessionTable;

class ClientEntity final : public Entity {
 public:
  /// `oid` is the client's number of it. Once the session has ended, nobody hears any more.
  ClientEntity(ReferenceTable& references, SessionTable& sessions, SessionId session,
               wire::Number oid)
      : references_(references), sessions_(sessions), session_(session), oid_(std::move(oid)) {}

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
  [[nodiscard]] const wire::Number& oid() const { return oid_; }
  /// Tells the entity which reference owns it.
  void is_owned_by(Reference& plain) { self_ = &plain; }

 private:
  ReferenceTable& references_;
  SessionTable& sessions_;
  Reference* self_ = nullptr;
  SessionId session_;
  wire::Number oid_;
};

}  // namespace avow::server
