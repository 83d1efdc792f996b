#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
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

/// Each client has one of every entity that is told something: there may be very many.
struct Reference {
  ReferenceId id{};
  /// Nothing where there is no reference (any more).
  Entity* entity = nullptr;
  /// Nothing where there are no caveats.
  std::unique_ptr<const Narrowing> narrowing;
  std::uint32_t holds = 0;

  Reference() = default;
  Reference(Reference&&) = delete;
  /// A plain reference owns its entity.
  ~Reference() {
    if (is_plain()) delete entity;
  }

  [[nodiscard]] bool is_plain() const { return narrowing == nullptr; }
  [[nodiscard]] const Reference& plain() const { return is_plain() ? *this : narrowing->plain; }
  [[nodiscard]] Reference& plain() { return is_plain() ? *this : narrowing->plain; }
  [[nodiscard]] const Attenuation* attenuation() const {
    return is_plain() ? nullptr : &narrowing->attenuation;
  }
};

class ReferenceTable {
 public:
  explicit ReferenceTable(const HashKey& key) : by_caveats_(0, CaveatsHash{KeyedHash(key)}) {}
  ReferenceTable(const ReferenceTable&) = delete;
  ReferenceTable& operator=(const ReferenceTable&) = delete;
  ~ReferenceTable();

  /// A first reference to a new entity, which nobody holds yet.
  Reference& add(std::unique_ptr<Entity> entity);
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

  Reference& insert(Entity& entity, std::unique_ptr<const Narrowing> narrowing);
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
