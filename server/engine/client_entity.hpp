#pragma once

#include <boost/intrusive/list.hpp>

#include "avow/wire/packet.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/reference_table.hpp"

// An entity that lives in a client: what it is told goes into the outbound turn of that client's
// session. This is how one client speaks to another's entity, and how the server answers.

namespace avow::server {

class ClientSession;

class ClientEntity final : public Entity,
                           public boost::intrusive::list_base_hook<
                               boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// `oid` is the client's number of it. The session knows of the entity, and leaves it when it
  /// ends: then nobody hears any more.
  ClientEntity(ReferenceTable& references, ClientSession& session, wire::Number oid);

  Result<void> check(Admitted&) override { return {}; }
  AssertionToken publish(TurnRun& run, Admitted assertion) override;
  void retract(TurnRun& run, AssertionToken token, Cause cause) override;
  void message(TurnRun& run, Admitted message) override;
  /// Asks the client, and hands its answer to `peer`.
  void sync(TurnRun& run, Reference& peer) override;
  ClientEntity* as_client() override { return this; }

  /// The answer to a sync of this session.
  void answer_sync(TurnRun& run, const Value& answer);

  /// Nothing once the session has ended.
  [[nodiscard]] ClientSession* session() const { return session_; }
  [[nodiscard]] const wire::Number& oid() const { return oid_; }
  void session_ended() { session_ = nullptr; }
  /// Tells the entity which reference owns it.
  void is_owned_by(Reference& plain) { self_ = &plain; }

 private:
  ReferenceTable& references_;
  Reference* self_ = nullptr;
  ClientSession* session_;
  wire::Number oid_;
};

using ClientEntityList =
    boost::intrusive::list<ClientEntity, boost::intrusive::constant_time_size<false>>;

}  // namespace avow::server
