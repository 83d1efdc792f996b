#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/capability/attenuation.hpp"
#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/segments.hpp"
#include "server/engine/entity.hpp"

// Live references. A reference is an entity together with the caveats on the way to it; two that
// agree in both are one, so that an id stands for equality. In an id stands the place where the
// reference is, so that finding one costs no search, and how often that place has been used: so
// none is ever used again. A reference lives while somebody holds it; entities live while any
// reference to them does.

namespace avow::server {

struct Reference;

/// What a reference has that has caveats.
struct Narrowing {
  Reference& plain;  ///< The reference to the same entity without caveats. Held.
  Attenuation attenuation;
  Value caveats;  ///< The sequence of all caveats, oldest first.
};

/// Each client has one of every entity that is told something: there may be very many, so such an
/// entity stands in the reference itself. 48 bytes.
struct Reference {
  ReferenceId id{};
  /// Nothing where there is no reference (any more).
  Entity* entity = nullptr;
  std::uint32_t holds = 0;

  Reference() = default;
  Reference(Reference&&) = delete;
  ~Reference() { clear(); }

  /// Without caveats. Such a reference owns its entity.
  [[nodiscard]] bool is_plain() const { return kind_ != Kind::narrowed; }
  [[nodiscard]] const Reference& plain() const {
    return is_plain() ? *this : extra_.narrowing->plain;
  }
  [[nodiscard]] Reference& plain() { return is_plain() ? *this : extra_.narrowing->plain; }
  [[nodiscard]] const Attenuation* attenuation() const {
    return is_plain() ? nullptr : &extra_.narrowing->attenuation;
  }

 private:
  friend class ReferenceTable;
  enum class Kind : std::uint8_t { plain, in_place, narrowed };
  static constexpr std::size_t room = 24;

  void own(std::unique_ptr<Entity> owned) {
    entity = owned.release();
    kind_ = Kind::plain;
  }
  template <class E, class... Arguments>
  void own_in_place(Arguments&&... arguments) {
    static_assert(sizeof(E) <= room && alignof(E) <= alignof(void*));
    entity = ::new (static_cast<void*>(extra_.in_place)) E(std::forward<Arguments>(arguments)...);
    kind_ = Kind::in_place;
  }
  void narrow(Entity& narrowed, std::unique_ptr<const Narrowing> by) {
    entity = &narrowed;
    extra_.narrowing = by.release();
    kind_ = Kind::narrowed;
  }
  /// There is no reference any more.
  void clear() {
    Entity* const last = std::exchange(entity, nullptr);
    const Kind kind = std::exchange(kind_, Kind::plain);
    if (kind == Kind::plain) delete last;
    if (kind == Kind::in_place) last->~Entity();
    if (kind == Kind::narrowed) delete extra_.narrowing;
  }

  Kind kind_ = Kind::plain;
  union Extra {
    const Narrowing* narrowing = nullptr;
    alignas(void*) std::byte in_place[room];
  };
  Extra extra_;
};
static_assert(sizeof(Reference) == 48);

class ReferenceTable {
 public:
  explicit ReferenceTable(const HashKey& key) : by_caveats_(0, CaveatsHash{KeyedHash(key)}) {}
  ReferenceTable(const ReferenceTable&) = delete;
  ReferenceTable& operator=(const ReferenceTable&) = delete;
  ~ReferenceTable();

  /// A first reference to a new entity, which nobody holds yet.
  Reference& add(std::unique_ptr<Entity> entity);
  /// The same, of an entity that is small and stands in the reference.
  template <class E, class... Arguments>
  Reference& add_small(Arguments&&... arguments) {
    Reference& added = take_place();
    added.own_in_place<E>(std::forward<Arguments>(arguments)...);
    return added;
  }
  /// `base` with `caveats` added as its newest. Errors: `invalid-caveat`, `limit`.
  [[nodiscard]] Result<Reference*> attenuate(Reference& base, const std::vector<Value>& caveats);
  /// The reference with this id, which is alive.
  [[nodiscard]] Reference& at(ReferenceId id);
  [[nodiscard]] const Reference& at(ReferenceId id) const;
  /// A reference that is alive, by its place.
  [[nodiscard]] Reference& at_place(std::uint32_t place) { return references_[place]; }
  [[nodiscard]] static std::uint32_t place_of(ReferenceId id) {
    return static_cast<std::uint32_t>(id);
  }

  void retain(Reference& reference) { ++reference.holds; }
  void release(Reference& reference);
  /// Holds, or lets go, every reference that stands in `body` (in memory form).
  void retain_all(const Value& body);
  void release_all(const Value& body);
  void release_all(ValueView body);

  /// Forgets what nobody holds any more, entities included. Called between turns only, so that all
  /// references of a turn are alive until its end. Returns whether there was anything.
  bool sweep();
  /// For what lasts as long as the references do.
  [[nodiscard]] Regions& memory() { return memory_; }
  [[nodiscard]] std::size_t size() const { return references_.size() - free_.size() - used_up_; }
  /// Whether all ends: then nothing needs to be let go, and nothing else may be there any more.
  [[nodiscard]] bool is_closing() const { return closing_; }

 private:
  static constexpr unsigned place_bits = 32;
  static constexpr std::uint64_t uses_max = 0xFFFF'FFFF;

  using CaveatsKey = std::pair<ReferenceId, Value>;
  struct CaveatsHash {
    using is_avalanching = void;
    KeyedHash keyed;
    std::size_t operator()(const CaveatsKey& of) const {
      return keyed(of.second.bytes()) ^ scatter(static_cast<std::uint64_t>(of.first));
    }
  };

  Reference& take_place();
  void forget(Reference& reference);
  [[nodiscard]] static std::uint64_t number_of_uses(const Reference& reference);

  bool closing_ = false;  // The first: entities ask for it when they end.
  Regions memory_;
  Segments<Reference> references_{memory_};
  std::vector<std::uint32_t> free_;  // Places.
  std::size_t used_up_ = 0;          // Places whose ids have all been used.
  boost::unordered_flat_map<CaveatsKey, Reference*, CaveatsHash> by_caveats_;
  std::vector<ReferenceId> unheld_;  // Perhaps held again since.
};

}  // namespace avow::server
