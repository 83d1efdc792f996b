#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/value.hpp"
#include "avow/wire/packet.hpp"
#include "server/base/few_map.hpp"
#include "server/base/hash.hpp"
#include "server/engine/number_map.hpp"
#include "server/engine/reference_table.hpp"
#include "server/engine/slab.hpp"

// A session's membrane maps references between the two forms that they have: on its wire, oids of
// either side; in memory, ids that mean the same to all. Each side numbers what it exports. A
// number lives while a live assertion of either direction mentions it (or something else pins it),
// dies with its last use, and is not used again by us.
//
//   wire, from the client    in memory                                   wire, to the client
//   [0 n]   its entity n     a client entity, made at the first mention  [1 n]
//   [1 n]   our export n     the reference that we exported              [0 n]
//   [1 n c] our export n     that reference with caveat c added          [0 m], a number of its own
//   [1 n]   of no export     the nobody reference: hears and does nothing
//
// Membranes live in the engine, not with the conversations: a turn of one session makes exports in
// others, within the one turn.

namespace avow::server {

class ClientEntity;
class ClientSession;
class SessionTable;

/// One mention of an oid that keeps it alive.
struct Pin {
  enum class Side : std::uint8_t { ours, theirs };
  Side side{};
  wire::Number oid;

  bool operator==(const Pin&) const = default;
};
using Pins = std::vector<Pin>;

/// What the membranes of one engine share.
struct MembraneOwner {
  ReferenceTable& references;
  SessionTable& sessions;
  HashKey hash_key;
  Reference& nobody;
  std::size_t references_max;
  /// Membranes with numbers that perhaps have died.
  std::vector<ClientSession*> dirty;
};

struct Export {
  std::int64_t oid = 0;
  Reference* reference = nullptr;
  std::uint32_t place = 0;  ///< Where it is, see `Membrane::export_at`.
  std::uint32_t pins : 31 = 0;
  /// Given out for the answer to a sync: the first message at it is its last use.
  std::uint32_t awaits_sync : 1 = 0;
};

class Membrane {
 public:
  Membrane(MembraneOwner& owner, ClientSession& session);
  Membrane(const Membrane&) = delete;
  Membrane& operator=(const Membrane&) = delete;

  /// An export by its number, or nothing. It stays where it is as long as it is pinned.
  [[nodiscard]] Export* find_export(const wire::Number& oid);
  /// One that is pinned, by its place.
  [[nodiscard]] Export& export_at(std::uint32_t place) { return export_slab_[place]; }
  [[nodiscard]] const Export& export_at(std::uint32_t place) const { return export_slab_[place]; }
  [[nodiscard]] ReferenceTable& references() { return owner_.references; }

  /// Brings the body of an assertion from wire form into memory form. Every number in it is pinned,
  /// and noted in `pins`.
  /// Errors: `bad-reference`, `invalid-caveat`, `duplicate`, `quota`; nothing is pinned then.
  [[nodiscard]] Result<void> read_assertion(Value& body, Pins& pins);
  /// Likewise the body of a message. Errors: as above, and `transient-reference` if it
  /// mentions an entity of the client's that no live assertion holds.
  [[nodiscard]] Result<void> read_message(Value& body);

  /// The body of an assertion to the client in wire form, what it exports included. Pins as above.
  [[nodiscard]] Value write_assertion(const Value& memory, Pins& pins);
  /// The body of a message to the client in wire form; nothing if it mentions a reference that no
  /// live assertion holds, which a message must not introduce.
  [[nodiscard]] std::optional<Value> write_message(const Value& memory);

  /// Whether this very reference is exported now.
  [[nodiscard]] bool exports(const Reference& reference) const {
    return export_numbers_.contains(reference.id);
  }
  /// Exports a reference, pinned once.
  std::int64_t export_pinned(Reference& reference);
  void pin(const Pins& pins);
  void unpin(const Pins& pins);
  void pin(Export& known) { ++known.pins; }
  void unpin(Export& known);
  /// Whether a body in memory form mentions entities of the client's and nothing else, so that
  /// their pins can be told from it. `pins` are those of the body in wire form.
  [[nodiscard]] bool mentions_own(const Value& memory, const Pins& pins);
  /// Pins, or unpins, all that such a body mentions.
  void pin_own(ValueView memory);
  void unpin_own(ValueView memory);
  /// Adds a pin of the client's own number for its entity, where that lives.
  void pin_import(const ClientEntity& entity, Pins& pins);

  [[nodiscard]] std::size_t export_count() const { return exports_.size(); }
  [[nodiscard]] std::size_t import_count() const { return imports_.size(); }
  [[nodiscard]] bool is_full() const;

  /// Forgets the numbers that have died.
  void sweep();
  /// The session is over: forgets them all.
  void clear();

 private:
  struct Import {
    std::uint32_t reference = 0;  // Its place. Held.
    std::uint32_t pins : 31 = 0;
    std::uint32_t is_live : 1 = 0;  // Kept by the table.
  };
  struct OidHash {
    using is_avalanching = void;
    std::size_t operator()(std::int64_t oid) const {
      return scatter(static_cast<std::uint64_t>(oid));  // Our own numbers.
    }
  };
  struct IdHash {
    using is_avalanching = void;
    std::size_t operator()(ReferenceId id) const { return scatter(static_cast<std::uint64_t>(id)); }
  };

  [[nodiscard]] Result<void> read(Value& body, Pins* pins);
  [[nodiscard]] Result<Value> read_reference(ValueView embedded, Pins* pins);
  [[nodiscard]] Result<Value> read_theirs(const wire::Number& oid, Pins* pins);
  [[nodiscard]] Result<Value> read_ours(const wire::WireReference& reference, Pins* pins);
  [[nodiscard]] Value write(const Value& memory, Pins& pins);
  [[nodiscard]] Value write_reference(Reference& reference, Pins& pins);
  [[nodiscard]] std::optional<Value> write_known(Reference& reference);
  /// The client's own number for `reference`, if it is one of its entities and the number lives.
  [[nodiscard]] std::optional<wire::Number> import_number(Reference& reference);
  void pin_one(const Pin& pin);
  void unpin_one(const Pin& pin);
  void note_unpinned(Pin pin);
  void forget_export(std::int64_t oid);
  void forget_import(const wire::Number& oid);

  MembraneOwner& owner_;
  ClientSession& session_;
  std::int64_t last_oid_ = 0;
  Slab<Export> export_slab_;
  FewMap<std::int64_t, std::uint32_t, OidHash> exports_;
  FewMap<ReferenceId, std::int64_t, IdHash> export_numbers_;
  NumberMap<Import> imports_;
  Pins unpinned_;  // Perhaps pinned again since.
  bool dirty_ = false;
};

}  // namespace avow::server
